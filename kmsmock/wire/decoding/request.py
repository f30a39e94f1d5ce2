"""Body and headers of a prepared request, whatever type they came in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.awsrequest import AWSPreparedRequest

Convert = Callable[[Any], Any]
_PIECE = 2**20
"""How much of a stream is read at a time: botocore's, asked for as a whole, copies itself again for each chunk."""


def body_of(request: AWSPreparedRequest) -> bytes:
    """The body as bytes; streams are left to moto."""
    body = request.body
    if isinstance(body, str):
        return body.encode()
    return bytes(body) if isinstance(body, (bytes, bytearray)) else b""


def whole(request: AWSPreparedRequest) -> AWSPreparedRequest:
    """A request whose stream has been read. The client keeps its own, to rewind it for another attempt."""
    body: Any = request.body
    if not hasattr(body, "read"):
        return request
    read = list(iter(lambda: body.read(_PIECE) or None, None))
    content = read[0][:0].join(read) if read else b""  # of bytes, or of text
    return AWSPreparedRequest(request.method, request.url, request.headers, content, request.stream_output)


def header(request: AWSPreparedRequest, name: str) -> str | None:
    """A request header as text."""
    value: Any = request.headers.get(name)
    return value.decode() if isinstance(value, bytes) else value
