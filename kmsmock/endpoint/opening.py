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


def _shown(host: str, port: int) -> str:
    """Host and port, as URLs have them."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


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
        self._servers: list[Any] = []
        self._metadata_url = ""

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
        host, port = self._place[0], self._begin(self._place, self._serving.answer, made)
        place = _shown(host, port)
        url = f"{'https' if self._tls else 'http'}://{place}"
        self._serving.url = self._metadata_url = url
        if self._tls:  # the metadata services have no TLS, and SDKs trust no certificates of ours there
            plain = self._begin((host, 0), self._serving.answer_metadata, None)
            self._metadata_url = f"http://{_shown(host, plain)}"
        self._address = Address(url, host, port, None if made is None else made.bundle, self._environment)
        self._served = served.Served(self._store, place, self._environment)
        served.begin(self._served)
        return self._address

    def _begin(self, place: tuple[str, int], answer: Any, certificate: Any) -> int:
        """Listen at a place, and serve there. Returns the port."""
        server = Server(place, answer, None if certificate is None else certificate.adapter)
        server.begin()
        self._servers.append(server)
        return server.port

    def _environment(self) -> dict[str, str]:
        bundle = None if self._certificate is None else self._certificate.bundle
        token = self._serving.metadata.container_token
        return environment.of(self._store, self._serving.url, self._metadata_url, token, bundle)

    def close(self) -> None:
        """Close the port, and end the threads that served; a request after that is refused."""
        if not self._servers:
            return
        servers, self._servers, self._address = self._servers, [], None
        if self._served is not None:
            served.end(self._served)
        for each in servers:
            giving_up(each.finish)()  # what is being answered may wait for the turn
        if self._certificate is not None:
            self._certificate.folder.cleanup()

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead a process here; an endpoint that is not open is opened until the world ends."""
        return self.open().environment
