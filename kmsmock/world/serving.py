"""``world.endpoint()``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Protocol

from kmsmock.door.unwinding import Unwinding
from kmsmock.foreign import extras
from kmsmock.store import Store

if TYPE_CHECKING:
    from kmsmock.endpoint import Endpoint
    from kmsmock.endpoint.opening import Page, Verify


class _World(Protocol):
    """What is known of a world here."""

    store: Store
    _undo: Unwinding


def endpoint(
    self: _World,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    tls: bool = False,
    verify: Verify = "known",
    names: Collection[str] = (),
    pages: Mapping[str, Page] | None = None,
) -> Endpoint:
    """The world over HTTP, for processes and languages of any kind: ``with world.endpoint() as url:``.

    ``host`` and ``port`` are where it listens (a free port of this machine alone), ``names`` further names of that
    host. ``tls`` serves HTTPS, with a certificate that ``url.ca_bundle`` vouches for. ``verify="all"`` refuses
    credentials that nobody issued. ``url.environment`` is what leads a process there; child processes have it by
    themselves. Raises MissingExtra without ``kmsmock[server]``, OSError for an address that is not to be had,
    ValueError and TypeError for anything else that is none, KmsMockError where the world is not active.
    """
    with extras.needed("server"):
        from kmsmock.endpoint import Endpoint

    made = Endpoint(self.store, host, port, tls=tls, verify=verify, names=names, pages=pages)
    self._undo.add(made.close)
    return made
