"""What services send over HTTP to endpoints of their users: SNS, EventBridge and Firehose, and APIs that pass it on.

moto really sends it. While a world is active it gets to this machine, and to whatever mocks ``requests``; elsewhere it
is not delivered, as where nobody listens: the call succeeds on AWS too, which tries again and gives up. An API says
that its integration failed.
"""

from __future__ import annotations

import warnings
from contextvars import ContextVar
from functools import partial
from typing import Any, NamedTuple

from kmsmock.active import Patches, active

_delivering: ContextVar[bool] = ContextVar("kmsmock_delivering", default=False)


class NotDelivered(Exception):
    """Keeps a delivery in the process."""


def held() -> bool:
    """Whether what is about to be sent now is a delivery that may not leave the process."""
    store = active()
    return _delivering.get() and store is not None and store.enforce_network


def install_sns(patches: Patches) -> None:
    """Subscriptions over HTTP."""
    from moto.sns import models

    patches.replace(models, "requests", _Sender(models.requests))


def install_events(patches: Patches) -> None:
    """API destinations."""
    from moto.events import models

    patches.replace(models, "requests", _Sender(models.requests))


def install_firehose(patches: Patches) -> None:
    """HTTP endpoints."""
    from moto.firehose import models

    patches.replace(models, "requests", _Sender(models.requests))


def install_integrations(patches: Patches) -> None:
    """APIs with an integration over HTTP."""
    from moto.apigateway.integration_parsers import http_parser

    patches.replace(http_parser, "requests", _Caller(http_parser.requests))


class _Sender:
    """``requests`` as these services use it."""

    def __init__(self, requests: Any) -> None:
        self._requests = requests

    def post(self, url: str, **options: Any) -> Any:
        return self.request("POST", url, **options)

    def request(self, method: str, url: str, **options: Any) -> Any:
        token = _delivering.set(True)
        try:
            return self._requests.request(method, url, **options)
        except NotDelivered:
            where = url.split("?", maxsplit=1)[0]
            warnings.warn(
                f"kmsmock: nothing is delivered to {where!r}: no request leaves a world's process. Mock it, "
                "let it be a server of the test's, or make the world with World(enforce_network=False).",
                stacklevel=2,
            )
            return None
        finally:
            _delivering.reset(token)


class _Caller:
    """``requests`` as API Gateway uses it, by methods of every name: somebody waits for the answer."""

    def __init__(self, requests: Any) -> None:
        self._sender = _Sender(requests)

    def __getattr__(self, method: str) -> Any:
        return partial(self._ask, method.upper())

    def _ask(self, method: str, url: str) -> Any:
        answer = self._sender.request(method, url)
        return _FAILED if answer is None else answer


class _Failed(NamedTuple):
    status_code: int
    text: str


_FAILED = _Failed(504, '{"message": "Network error communicating with endpoint"}')
"""The status of INTEGRATION_FAILURE ("Gateway response types for API Gateway"). The text is unverified."""
