"""aiobotocore's clients, and so those of aioboto3 and s3fs, ask the world as botocore's do.

None of this happens, and aiobotocore is not imported, unless the user has imported it.
"""

from __future__ import annotations

import inspect
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from functools import cache
from importlib import import_module
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from kmsmock.active import Patches, active, skip
from kmsmock.bridge import switches
from kmsmock.door import hosts, signers
from kmsmock.wire.contract import AIOBOTOCORE
from kmsmock.wire.refused import NotSent

_ENDPOINT = "aiobotocore.endpoint:AioEndpoint"
_SLEEPERS = (
    "aiobotocore.endpoint:AioEndpoint._sleep",
    "aiobotocore.waiter:AIOWaiter._sleep",
    "aiobotocore.retries.bucket:AsyncTokenBucket._wait_for_new_fill_rate",
)
"""How it sleeps between attempts, between looks of a waiter and in adaptive mode; so do other classes there."""
_SHORTEST = 0.001
"""Seconds; the token bucket of adaptive mode asks again as long as a rounding error is left."""


def is_async(endpoint: object) -> bool:
    """Whether an endpoint is that of an asynchronous client."""
    asynchronous = AIOBOTOCORE.find(_ENDPOINT)
    return asynchronous is not None and isinstance(endpoint, asynchronous)


# --- what a client sends, and what it reads ---------------------------------------------------------------------------


def door(ask: Callable[..., AWSResponse | None]) -> Callable[..., Any]:
    """``ask``, a ``before-send`` handler, for asynchronous clients."""

    async def ask_asynchronously(event_name: str, request: AWSPreparedRequest, **_: Any) -> Any:
        readable = request if active() is None else await _readable(request)
        answer = ask(event_name, readable)
        return None if answer is None else _answer_class()(answer)

    return ask_asynchronously


async def unwrapped(sending: Awaitable[Any]) -> Any:
    """What a client waits for; a refusal comes out of it as itself."""
    try:
        return await sending
    except NotSent as carrier:
        raise carrier.refusal from None


class _Bytes(bytes):
    """A body that can be awaited, as aiobotocore does, and taken as it is, as what suites put over aiobotocore does."""

    def __await__(self) -> Generator[None, None, bytes]:
        yield from ()
        return bytes(self)


class _Text(str):
    """A text that can be both, too."""

    __slots__ = ()

    def __await__(self) -> Generator[None, None, str]:
        yield from ()
        return str(self)


@cache
def _answer_class() -> Any:
    """The class of what aiobotocore gets for an answer; its parent is not there before aiobotocore is imported."""
    from aiobotocore.awsrequest import AioAWSResponse

    class Answer(AioAWSResponse):  # type: ignore[misc]  # without types
        def __init__(self, answer: AWSResponse) -> None:
            super().__init__(answer.url, answer.status_code, answer.headers, _Body(answer))
            self._whole = answer

        @property
        def content(self) -> _Bytes:
            return _Bytes(self._whole.content)

        @property
        def text(self) -> _Text:
            return _Text(self._whole.text)

    return Answer


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
    """What aiobotocore would sleep passes in the innermost world, and nothing that aims at AWS reaches its sockets."""
    endpoint = AIOBOTOCORE.find(_ENDPOINT)
    if endpoint is None or patches.holds(endpoint, "_send"):
        return
    AIOBOTOCORE.check()
    from aiobotocore.signers import AioRequestSigner

    for name in _SLEEPERS:
        module, method = name.partition(":")[0], name.rpartition(".")[2]
        for each in vars(import_module(module)).values():
            if isinstance(each, type) and method in vars(each):
                patches.replace(each, method, _sleeping(vars(each)[method]))
    patches.replace(endpoint, "_send", _sending(vars(endpoint)["_send"]))
    patches.replace(AioRequestSigner, "sign", _signing(AioRequestSigner.sign))


def take_conversion(patches: Patches) -> None:
    """aiobotocore waits for what reads an answer; what a suite put in its place may answer at once."""
    module = AIOBOTOCORE.get("aiobotocore.endpoint:")
    original = vars(module)["convert_to_response_dict"]
    if inspect.iscoroutinefunction(original):
        return

    async def convert_to_response_dict(*args: Any, **options: Any) -> Any:
        read = original(*args, **options)
        return await read if inspect.isawaitable(read) else read

    patches.replace(module, "convert_to_response_dict", convert_to_response_dict)


def _sleeping(original: Callable[..., Any]) -> Callable[..., Any]:
    async def sleep(self: object, seconds: float) -> None:
        if active() is None:
            await original(self, seconds)
        else:
            skip(max(seconds, _SHORTEST))

    return sleep


def _sending(original: Callable[..., Any]) -> Callable[..., Any]:
    async def send(self: Any, request: AWSPreparedRequest) -> Any:
        """As botocore_clients': what moto lets through gets here, and nothing else that aims at AWS."""
        if not switches.lets_through(request.url, self._endpoint_prefix):
            hosts.must_be_let_out(request)
        return await original(self, request)

    return send


def _signing(original: Callable[..., Any]) -> Callable[..., Any]:
    async def sign(self: Any, operation_name: str, request: Any, *args: Any, **options: Any) -> Any:
        """As botocore_clients': ambient credentials are those of whoever acts."""
        found = signers.given(self, request)
        chosen = signers.instead_of(found and await found.get_frozen_credentials(), request.url)
        if chosen is not None:
            from aiobotocore.credentials import AioCredentials

            signers.use(request, AioCredentials(*chosen))
        await original(self, operation_name, request, *args, **options)
        used = signers.given(self, request)
        signers.look_at(request, used and await used.get_frozen_credentials())

    return sign
