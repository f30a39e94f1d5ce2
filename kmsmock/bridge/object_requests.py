"""Requests for objects of S3: moto's own methods answer them, of a request that is taken apart once.

moto makes a request of werkzeug's of each, and looks through it for all that any service might want. The little that
its methods for objects read is given to them here. What is not plain goes the whole way through moto.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import SplitResult, parse_qs, urlsplit

from kmsmock.wire.decoding.request import body_of
from kmsmock.wire.requests import AWSPreparedRequest

Answering = Callable[[Any, dict[str, Any], str], Any]
"""A method of moto's: its response, the query, the key of the object."""

_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
"""Types of bodies that moto takes for forms, wherever they come."""
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
    query = parse_qs(url.query, keep_blank_values=True)
    response = _response(_Request(request.method, request.url, headers), url, {**query}, body_of(request))
    key = response.parse_key_name()
    if not (response.bucket_name and key):
        return None
    moto = _moto()
    moto.visit(response.current_account, response.access_key, "s3", response.region)
    response.backend.log_incoming_request(response.request, response.bucket_name)
    try:
        given = answering(response, query, key)
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
        or headers.get("content-type", "").startswith(_FORMS)
        or headers.get("x-amz-content-sha256", "").startswith(_SIGNED_IN_CHUNKS)
    )


def _response(request: _Request, url: SplitResult, query: dict[str, Any], body: bytes) -> Any:
    """moto's response to a request, as its ``setup_class`` leaves it for the methods that answer."""
    moto, headers = _moto(), request.headers
    signed_by = headers["authorization"].split(",", 1)[0]
    response: Any = moto.response()
    response.request, response.headers, response.method = request, headers, request.method
    response.raw_path, response.querystring, response.data = url.path or "/", query, query
    response.raw_body = response.body = body
    response.region = moto.region_of(request.url, use_default_region=False) or signed_by.split("/")[2]
    response.uri_match, response.response_headers = {}, {"server": "amazon.com", "date": moto.date(moto.now())}
    match = response.access_key_regex.search(signed_by)
    response.access_key = "AKIAEXAMPLE" if match is None else match[1]
    response.current_account = response.get_current_account()
    if headers.get("x-amz-content-sha256") == _TRAILED:
        response.body = response._handle_encoded_body(body)
    response.bucket_name = response.parse_bucket_name_from_url(request, request.url)
    return response


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


class _Moto(NamedTuple):
    """What is used of moto."""

    response: Any
    refusal: Any
    result: Any
    region_of: Any
    visit: Any
    date: Any
    now: Any


@cache
def _moto() -> _Moto:
    from moto.core.responses import ActionResult, http_date, utcnow
    from moto.iam.models import mark_account_as_visited
    from moto.s3.exceptions import S3ClientError
    from moto.s3.responses import S3Response
    from moto.s3.utils import parse_region_from_url

    return _Moto(
        S3Response, S3ClientError, ActionResult, parse_region_from_url, mark_account_as_visited, http_date, utcnow
    )


_ANSWERING: Mapping[str, Answering] = {
    "DELETE": lambda response, query, key: response._key_response_delete(response.bucket_name, query, key),
    "GET": lambda response, query, key: response._key_response_get(query, key),
    "HEAD": lambda response, query, key: response.head_object(response.bucket_name, query, key, response.headers),
    "PUT": lambda response, query, key: response._key_response_put(query, key),
}
