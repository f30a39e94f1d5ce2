"""Requests for objects of S3: moto's own methods answer them, of a request that is taken apart once.

moto makes a request of werkzeug's of each, and looks through it for all that any service might want. The little that
its methods for objects read is given to them here. What is not plain goes the whole way through moto.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, cached_property
from typing import Any, NamedTuple
from urllib.parse import SplitResult, parse_qs, urlsplit

from kmsmock.wire.decoding.request import body_of
from kmsmock.wire.requests import AWSPreparedRequest

Answering = Callable[[Any, dict[str, Any], str], Any]
"""A method of moto's: its response, the query, the key of the object."""

_TRAILED, _SIGNED_IN_CHUNKS = "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "STREAMING-AWS4"


class _Headers(dict[str, str]):
    """Headers by their names in lower case, in whatever case they are asked for."""

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return super().__contains__(str(name).lower())


class _Request(NamedTuple):
    """What moto looks at of a request."""

    method: str
    url: str
    headers: _Headers


def answer(request: AWSPreparedRequest) -> Any:
    """moto's answer to a request for an object; None for one that moto is to read by itself."""
    url = urlsplit(request.url)
    headers = _Headers((name.lower(), _text(value)) for name, value in request.headers.items())
    answering = _ANSWERING.get(request.method)
    if answering is None or _is_special(url, headers):
        return None
    headers["host"] = url.netloc
    if not headers.get("content-type"):
        headers.pop("content-type", None)  # an empty one is none
    query = parse_qs(url.query, keep_blank_values=True)
    moto = _moto()
    response = moto.response(
        _Request(request.method, request.url, headers), url.path or "/", {**query}, body_of(request)
    )
    if not (response.bucket_name and response.key):
        return None
    moto.visit(response.current_account, response.access_key, "s3", response.region)
    response.backend.log_incoming_request(response.request, response.bucket_name)
    try:
        given = answering(response, query, response.key)
    except moto.refusal as refused:
        given = response.serialized(moto.result(refused))
    status, told, body = given
    if body and "content-type" not in map(str.lower, told):
        told["content-type"] = "application/xml"
    return status, told, body.encode() if isinstance(body, str) else body


def _is_special(url: SplitResult, headers: _Headers) -> bool:
    """Whether moto looks at more of a request than its methods for objects do, or takes it for something else."""
    return (
        ";" in url.path  # Python takes it for the beginning of parameters
        or ".s3-accesspoint." in url.netloc
        or not headers.get("authorization", "").startswith("AWS4-")
        or "range" in headers
        or headers.get("x-amz-content-sha256", "").startswith(_SIGNED_IN_CHUNKS)
    )


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


class _Moto(NamedTuple):
    """What is used of moto."""

    response: Any
    refusal: Any
    result: Any
    visit: Any


@cache
def _moto() -> _Moto:
    from moto.core.responses import ActionResult, http_date, utcnow
    from moto.iam.models import mark_account_as_visited
    from moto.s3.exceptions import S3ClientError
    from moto.s3.responses import S3Response
    from moto.s3.utils import parse_region_from_url

    class Response(S3Response):  # type: ignore[misc]  # moto tells no types
        """moto's response to a request, as its ``setup_class`` leaves it for the methods that answer."""

        def __init__(self, request: Any, path: str, query: dict[str, Any], body: bytes) -> None:
            super().__init__()
            headers = request.headers
            signed_by = headers["authorization"].split(",", 1)[0]
            self.request, self.headers, self.method = request, headers, request.method
            self.raw_path, self.querystring, self.data = path, query, query
            self.raw_body = body
            self.body: bytes | None = body if body or request.method != "GET" else None  # moto reads parameters in it
            self.region = parse_region_from_url(request.url, use_default_region=False) or signed_by.split("/")[2]
            self.uri_match = dict[str, Any]()
            match = self.access_key_regex.search(signed_by)
            self.access_key = "AKIAEXAMPLE" if match is None else match[1]
            self.current_account = self.get_current_account()
            if headers.get("x-amz-content-sha256") == _TRAILED:
                self.body = self._handle_encoded_body(body)
            self.bucket_name = self.parse_bucket_name_from_url(request, request.url)
            self.key: str = super().parse_key_name()

        def parse_key_name(self) -> str:
            return self.key

        @cached_property
        def backend(self) -> Any:
            return super().backend

        @cached_property
        def response_headers(self) -> dict[str, str]:
            return {"server": "amazon.com", "date": http_date(utcnow())}

    return _Moto(Response, S3ClientError, ActionResult, mark_account_as_visited)


_ANSWERING: Mapping[str, Answering] = {
    "DELETE": lambda response, query, key: response._key_response_delete(response.bucket_name, query, key),
    "GET": lambda response, query, key: response._key_response_get(query, key),
    "HEAD": lambda response, query, key: response.head_object(response.bucket_name, query, key, response.headers),
    "PUT": lambda response, query, key: response._key_response_put(query, key),
}
