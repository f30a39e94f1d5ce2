"""Requests that no client made, as the operations of botocore's models that they stand for.

They go on in the form in which a client would send them: what moto reads and AWS does not (an ``Action`` beside the
target, parameters beside the body) would be done without having been asked about.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from botocore.awsrequest import AWSPreparedRequest, HeadersDict
from botocore.model import OperationModel, ServiceModel

from kmsmock import errors
from kmsmock.bridge import routing
from kmsmock.errors import AwsError
from kmsmock.wire import models, s3_post_forms
from kmsmock.wire.decoding.request import body_of, header

_UNPACKED = 100 * 2**20
"""How large a packed body may become; no API takes more at once, and a small one may unpack into anything."""


class Asked(NamedTuple):
    """An operation, and the request for it as a client would send it."""

    request: AWSPreparedRequest
    operation: OperationModel


class UnknownOperation(Exception):
    """A request to a service that has no such operation."""

    def __init__(self, service: ServiceModel, error: AwsError) -> None:
        super().__init__(str(error))
        self.operation = service.operation_model(service.operation_names[0])
        self.error = error


def bytes_of(body: Any) -> bytes:
    """A whole body, in whatever way a library was given it."""
    if body is None:
        return b""
    if hasattr(body, "read"):
        body = body.read()
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, (bytes, bytearray, memoryview)):
        return bytes(body)
    return b"".join(each.encode() if isinstance(each, str) else each for each in body)


def read(request: AWSPreparedRequest, services: list[str]) -> Asked | None:
    """What a request asks of the services that live at its host; None where none of them has such an operation.

    Raises UnknownOperation where it names an operation that its service does not have.
    """
    refusal = None
    for name in services:
        try:
            asked = _read(request, name)
        except UnknownOperation as unknown:
            refusal = refusal or unknown
            continue
        if asked is not None:
            return asked
    if refusal is not None:
        raise refusal
    return None


def unknown(service: str) -> UnknownOperation:
    """The refusal of a request that names no operation in any way."""
    model = models.service_model(service)
    return UnknownOperation(model, _UNKNOWN.get(model.resolved_protocol, _not_found)(""))


def not_allowed(method: str) -> UnknownOperation:
    """The refusal of S3 for a method that none of its operations has there ("Error responses", S3 API reference)."""
    text = "The specified method is not allowed against this resource."
    error = AwsError("MethodNotAllowed", text, 405, Method=method)
    return UnknownOperation(models.service_model("s3"), error)


def _read(request: AWSPreparedRequest, name: str) -> Asked | None:
    if name == "s3":
        return _read_s3(request)
    model = models.service_model(name)
    spoken = (*model.metadata.get("protocols", ()), *(("query",) if model.is_query_compatible else ()))
    for protocol in dict.fromkeys(spoken):
        reader = _READERS.get(protocol)
        asked = None if reader is None else reader(request, models.speaking(name, protocol))
        if asked is not None:
            return asked
    return None


def _read_s3(request: AWSPreparedRequest) -> Asked | None:
    """S3's requests are signed, and stored, as they are."""
    model = models.service_model("s3")
    found = "PutObject" if s3_post_forms.is_form(request) else routing.operation_by_path("s3", request)
    return Asked(request, model.operation_model(found)) if found in model.operation_names else None


# --- the protocols ----------------------------------------------------------------------------------------------------


def _read_json(request: AWSPreparedRequest, model: ServiceModel) -> Asked | None:
    target = header(request, "X-Amz-Target")
    if target is None:
        return None
    prefix, _, name = target.rpartition(".")
    if prefix != model.metadata.get("targetPrefix") or name not in model.operation_names:
        raise UnknownOperation(model, errors.unknown_operation())
    url = _only(request.url, _signs)
    kind = f"application/x-amz-json-{model.metadata.get('jsonVersion', '1.0')}"
    return Asked(_made(request, url, {"X-Amz-Target": target, "Content-Type": kind}), model.operation_model(name))


def _read_query(request: AWSPreparedRequest, model: ServiceModel) -> Asked | None:
    """Parameters come in the query, in a form, or in both."""
    sent = _unpacked(request).decode(errors="replace")
    pairs = parse_qsl(urlsplit(request.url).query, True) + parse_qsl(sent, True)
    action = next((value for name, value in pairs if name == "Action"), None)
    if action is None:
        return None
    if action not in model.operation_names:
        raise UnknownOperation(model, _invalid_action(action))
    body = urlencode([each for each in pairs if not _signs(each[0])]).encode()
    kind = "application/x-www-form-urlencoded; charset=utf-8"
    made = _made(request, _only(request.url, _signs), {"Content-Type": kind}, body, "POST")
    return Asked(made, model.operation_model(action))


def _read_rest(request: AWSPreparedRequest, model: ServiceModel) -> Asked | None:
    url = _only(request.url, lambda name: name != "Action")
    made = _made(request, url, {})
    name = routing.operation_by_path(model.service_name, made)
    return Asked(made, model.operation_model(name)) if name in model.operation_names else None


_READERS: dict[str, Callable[[AWSPreparedRequest, ServiceModel], Asked | None]] = {
    "json": _read_json,
    "query": _read_query,
    "ec2": _read_query,
    "rest-json": _read_rest,
    "rest-xml": _read_rest,
}


def _invalid_action(action: str) -> AwsError:
    # EC2's words ("Error codes for the Amazon EC2 API"); other services add their version, unverified.
    if not action:
        return AwsError("MissingAction", "The request must contain the parameter Action", 400)
    return AwsError("InvalidAction", f"The action {action} is not valid for this web service.", 400)


def _not_found(_: str) -> AwsError:
    # "restJson1 protocol" in Smithy; the text is unverified.
    return AwsError("UnknownOperationException", "", 404)


_UNKNOWN: dict[str, Callable[[str], AwsError]] = {
    "json": lambda _: errors.unknown_operation(),
    "query": _invalid_action,
    "ec2": _invalid_action,
}


# --- the form of a client ---------------------------------------------------------------------------------------------


def _signs(name: str) -> bool:
    """Whether a parameter of a URL belongs to its signature."""
    return name.lower().startswith("x-amz-") or name == "AWSAccessKeyId"


def _only(url: str, wanted: Callable[[str], bool]) -> str:
    parts = urlsplit(url)
    pairs = [each for each in parts.query.split("&") if each and wanted(each.partition("=")[0])]
    return parts._replace(query="&".join(pairs)).geturl()


def _made(
    request: AWSPreparedRequest,
    url: str,
    given: dict[str, str],
    body: bytes | None = None,
    method: str | None = None,
) -> AWSPreparedRequest:
    """The request with other parts; packed bodies are unpacked, as services do that take them."""
    names: Any = request.headers
    kept = {
        name: value
        for name, value in names.items()
        if name.lower() not in ("x-amz-target", "content-encoding") and name.lower() not in map(str.lower, given)
    }
    sent: Any = HeadersDict({**kept, **given})
    content = _unpacked(request) if body is None else body
    return AWSPreparedRequest(method or request.method, url, sent, content, request.stream_output)


def _unpacked(request: AWSPreparedRequest) -> bytes:
    body = body_of(request)
    if header(request, "Content-Encoding") != "gzip":
        return body
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
            unpacked = file.read(_UNPACKED + 1)
    except (OSError, EOFError):
        return body
    return unpacked if len(unpacked) <= _UNPACKED else body
