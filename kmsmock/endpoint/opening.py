"""Opening and closing an address at which a world is served."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Collection, Mapping
from typing import Any, Literal

from kmsmock import active
from kmsmock.door import served
from kmsmock.endpoint import environment, hosts, serving
from kmsmock.endpoint.address import Address
from kmsmock.endpoint.server import Server
from kmsmock.errors import KmsMockError
from kmsmock.model.turns import giving_up
from kmsmock.store import Store

Verify = Literal["known", "all"]
Page = Callable[[Any], "tuple[int, Mapping[str, Any], bytes]"]


def _means_all(host: str) -> bool:
    """Whether a host is none, but all addresses of the machine."""
    return not host or (hosts.is_address(host) and ipaddress.ip_address(host).is_unspecified)


class Endpoint:
    """``world.endpoint()``: what serves a world over HTTP while its block is open. ``with`` gives its ``Address``."""

    def __init__(
        self,
        store: Store,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        tls: bool = False,
        verify: Verify = "known",
        names: Collection[str] = (),
        pages: Mapping[str, Page] | None = None,
    ) -> None:
        if verify not in ("known", "all"):
            raise ValueError(f"verify={verify!r}: give 'known' or 'all'")
        given: tuple[object, object] = (host, port)
        if not isinstance(given[0], str) or isinstance(given[1], bool) or not isinstance(given[1], int):
            raise TypeError(
                f"endpoint({host!r}, {port!r}): give a host as text and a port as a number, 0 for a free one"
            )
        if not 0 <= port <= 65535:
            raise ValueError(f"port={port}: ports go from 0, which is a free one, to 65535")
        if isinstance(names, str):
            raise TypeError(f"names={names!r}: give a list of names, such as ['host.docker.internal']")
        self._store = store
        self._place = (host, port)
        self._tls = tls
        shown = (*(each for each in (host, *names) if not _means_all(each)), "localhost", "127.0.0.1", "::1")
        self._all_names = tuple(dict.fromkeys((*shown, *(f"*.{each}" for each in shown if not hosts.is_address(each)))))
        self._serving = serving.Serving(store, verify, shown, {} if pages is None else pages)
        self._certificate: Any = None
        self._address: Address | None = None
        self._served: served.Served | None = None
        self._server: Any = None

    def __enter__(self) -> Address:
        return self.open()

    def __exit__(self, *error: object) -> None:
        self.close()
        if error[0] is None and self._serving.failures:
            raise self._serving.failures[0]

    def open(self) -> Address:
        """Serve from now on, until ``close()`` or the end of the world. Returns the address; ``with`` does both."""
        if self._address is not None:
            return self._address
        if not active.is_active(self._store):
            raise KmsMockError("this world is not active: open its endpoint while it is")
        if self._tls:
            from kmsmock.endpoint import tls

            self._certificate = tls.certificate(self._all_names)
        made = self._certificate
        server = Server(self._place, self._serving.answer, None if made is None else made.adapter)
        server.begin()
        host, port = self._place[0], server.port
        shown = f"[{host}]" if ":" in host else host
        place = f"{shown}:{port}"
        url = f"{'https' if self._tls else 'http'}://{place}"
        self._server = server
        self._serving.url = url
        self._address = Address(url, host, port, None if made is None else made.bundle, self._environment)
        self._served = served.Served(self._store, place, self._environment)
        served.begin(self._served)
        return self._address

    def _environment(self) -> dict[str, str]:
        bundle = None if self._certificate is None else self._certificate.bundle
        return environment.of(self._store, self._serving.url, self._serving.metadata.container_token, bundle)

    def close(self) -> None:
        """Close the port, and end the threads that served; a request after that is refused."""
        if self._server is None:
            return
        server, self._server, self._address = self._server, None, None
        if self._served is not None:
            served.end(self._served)
        giving_up(server.finish)()  # what is being answered may wait for the turn
        if self._certificate is not None:
            self._certificate.folder.cleanup()

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead a process here; an endpoint that is not open is opened until the world ends."""
        return self.open().environment
