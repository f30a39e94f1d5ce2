"""Requests that came over HTTP, on the route of all others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from kmsmock.door import clientless
from kmsmock.endpoint import hosts
from kmsmock.endpoint.server import Answer, Asked
from kmsmock.identity.signature import signature_of
from kmsmock.store import Store
from kmsmock.wire.requests import AWSPreparedRequest


class Serving:
    """How the requests to one address are answered; ``pages`` are functions of them, by the beginning of their path."""

    url = ""

    def __init__(
        self,
        store: Store,
        verify: str,
        names: Collection[str],
        pages: Mapping[str, Callable[[Asked], Answer]],
    ) -> None:
        self._store = store
        self._verify = verify
        self._names = names
        self._pages = pages

    def answer(self, asked: Asked) -> Answer:
        """The answer to one request."""
        path = hosts.plain_path(asked.target)
        for beginning, page in self._pages.items():
            if path.startswith(beginning):
                return page(asked)
        headers: Any = asked.headers
        found = signature_of(AWSPreparedRequest(asked.method, self.url + asked.target, headers, asked.body, False))
        aim = hosts.aim(asked, found, self._names, self._store.region_name)
        scheme = "https" if asked.secure else "http"
        sent = {**asked.headers, "Host": aim.host}
        answered = clientless.process_plain(asked.method, f"{scheme}://{aim.host}{asked.target}", sent, asked.body)
        return answered or (404, {}, b"")
