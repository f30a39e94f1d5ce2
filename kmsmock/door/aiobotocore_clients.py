"""aiobotocore's clients, and so those of aioboto3 and s3fs, ask the world as botocore's do.

None of this happens, and aiobotocore is not imported, unless the user has imported it.
"""

from __future__ import annotations

import inspect
import io
import sys
from collections.abc import AsyncIterator, Callable
from importlib import import_module
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from kmsmock.active import Patches, skip
from kmsmock.bridge import requests, switches

_ENDPOINT = "aiobotocore.endpoint"
_SLEEPERS = (
    (_ENDPOINT, "_sleep"),
    ("aiobotocore.waiter", "_sleep"),
    ("aiobotocore.retries.bucket", "_wait_for_new_fill_rate"),
)
"""The modules whose classes sleep by such a method: between attempts, between looks of a waiter, in adaptive mode."""
_SHORTEST = 0.001
"""Seconds; the token bucket of adaptive mode asks again as long as a rounding error is left."""


def is_async(endpoint: object) -> bool:
    """Whether an endpoint is that of an asynchronous client."""
    module = sys.modules.get(_ENDPOINT)
    return module is not None and isinstance(endpoint, module.AioEndpoint)


# --- what a client sends, and what it reads ---------------------------------------------------------------------------


def door(is_open: Callable[[], bool], ask: Callable[..., AWSResponse | None]) -> Callable[..., Any]:
    """``ask``, a ``before-send`` handler, for asynchronous clients. It too does nothing unless a world is active."""

    async def ask_asynchronously(event_name: str, request: AWSPreparedRequest, **_: Any) -> Any:
        answer = ask(event_name, await _readable(request)) if is_open() else None
        if answer is None:
            return None
        from aiobotocore.awsrequest import AioAWSResponse

        return AioAWSResponse(answer.url, answer.status_code, answer.headers, _Body(answer))

    return ask_asynchronously


async def _readable(request: AWSPreparedRequest) -> AWSPreparedRequest:
    """The request with a body that need not be awaited. The client keeps its own, to rewind it for another attempt."""
    body: Any = request.body
    if inspect.iscoroutinefunction(getattr(body, "read", None)):
        content = await body.read()
    elif hasattr(body, "__aiter__"):
        content = b"".join([chunk async for chunk in body])
    else:
        return request
    return AWSPreparedRequest(request.method, request.url, request.headers, content, request.stream_output)


class _Body:
    """What aiobotocore reads of aiohttp's response and of its ``content``, in one."""

    def __init__(self, answer: AWSResponse) -> None:
        self.url = answer.url
        self._stream = io.BytesIO(answer.content)

    @property
    def content(self) -> _Body:
        return self

    async def read(self, amount: int = -1) -> bytes:
        return self._stream.read(amount)

    async def iter_chunks(self) -> AsyncIterator[tuple[bytes, bool]]:
        yield self._stream.read(), True

    def at_eof(self) -> bool:
        return self._stream.tell() == self._stream.getbuffer().nbytes

    def close(self) -> None:
        self._stream.close()


# --- entering and leaving -------------------------------------------------------------------------------------------


def install(patches: Patches) -> None:
    """What aiobotocore would sleep passes in the innermost world, and nothing reaches its sockets."""
    module = sys.modules.get(_ENDPOINT)
    if module is None or any(each.owner is module.AioEndpoint for each in patches):
        return
    from aiobotocore.signers import AioRequestSigner

    for name, method in _SLEEPERS:
        for each in vars(import_module(name)).values():
            if isinstance(each, type) and method in vars(each):
                patches.replace(each, method, _sleep)
    patches.replace(module.AioEndpoint, "_send", _sending(vars(module.AioEndpoint)["_send"]))
    patches.replace(AioRequestSigner, "get_auth_instance", _signing(AioRequestSigner.get_auth_instance))


async def _sleep(_: object, seconds: float) -> None:
    skip(max(seconds, _SHORTEST))


def _sending(original: Callable[..., Any]) -> Callable[..., Any]:
    async def _send(self: Any, request: AWSPreparedRequest) -> Any:
        """As botocore_clients': what moto lets through gets here, and nothing else unless a handler was taken away."""
        if switches.lets_through(request.url) or switches.lets_service_through(self._endpoint_prefix):
            return await original(self, request)
        raise requests.refused(request.method, request.url)

    return _send


def _signing(original: Callable[..., Any]) -> Callable[..., Any]:
    """As botocore_clients': a client without credentials signs with the ones that everybody's mocks use."""

    async def get_auth_instance(self: Any, *args: Any, **options: Any) -> Any:
        if self._credentials is None and len(args) < 4:
            from aiobotocore.credentials import AioCredentials

            options["request_credentials"] = options.get("request_credentials") or AioCredentials("testing", "testing")
        return await original(self, *args, **options)

    return get_auth_instance
