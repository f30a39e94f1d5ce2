"""The wire: prepared requests to parameters, results and errors to responses, by botocore's service models."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache, partial
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.model import OperationModel, ServiceModel, Shape
from botocore.utils import parse_timestamp

from kmsmock import entropy, errors
from kmsmock.errors import AwsError

Convert = Callable[[Any], Any]


@cache
def service_model(name: str) -> ServiceModel:
    """botocore's model of a service, loaded once in a process."""
    import botocore.session

    return botocore.session.get_session().get_service_model(name)


# --- requests -------------------------------------------------------------------------------------------------------


def decode(request: AWSPreparedRequest, operation: OperationModel) -> dict[str, Any]:
    """The parameters of a request, typed as boto3 users know them (bytes for blobs, datetime for timestamps)."""
    protocol = operation.service_model.resolved_protocol
    return _DECODERS[protocol](request, operation)


def body_of(request: AWSPreparedRequest) -> bytes:
    """The body as bytes; streams are left to moto."""
    body = request.body
    if isinstance(body, str):
        return body.encode()
    return bytes(body) if isinstance(body, (bytes, bytearray)) else b""


def _decode_json(request: AWSPreparedRequest, operation: OperationModel) -> dict[str, Any]:
    try:
        params = json.loads(body_of(request) or b"{}")
    except ValueError:
        raise errors.serialization("") from None
    if not isinstance(params, dict):
        raise errors.serialization("")
    known = _members(operation)
    decoded = {}
    for name, value in params.items():
        if name in known and value is not None:
            convert = known[name]
            decoded[name] = value if convert is None else convert(value)
    return decoded


@cache
def _members(operation: OperationModel) -> Mapping[str, Convert | None]:
    shape: Any = operation.input_shape
    return {} if shape is None else {name: _from_json(member) for name, member in shape.members.items()}


def _blob(value: Any) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise errors.serialization("") from None


def _typed(kind: type, value: Any) -> Any:
    """A JSON value of the wrong type is refused before anything else looks at it."""
    if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
        return value
    raise errors.serialization(f"class {type(value).__name__} can not be converted to {kind.__name__}")


def _from_json(shape: Shape) -> Convert | None:
    """The conversion that a JSON value of this shape needs."""
    if shape.type_name == "structure":
        return partial(_each_member, {name: _from_json(member) for name, member in shape.members.items()})  # type: ignore[attr-defined]  # botocore-stubs: only StructureShape has members
    if shape.type_name == "list":
        return partial(_each_item, _from_json(shape.member))  # type: ignore[attr-defined]  # likewise ListShape.member
    return _JSON_TYPES.get(shape.type_name)


_JSON_TYPES: dict[str, Convert] = {
    "blob": _blob,
    "timestamp": parse_timestamp,
    "string": partial(_typed, str),
    "integer": partial(_typed, int),
    "long": partial(_typed, int),
    "boolean": partial(_typed, bool),
    "map": partial(_typed, dict),
}


def _each_member(known: Mapping[str, Convert | None], value: Any) -> Any:
    result = {}
    for name, item in _typed(dict, value).items():
        if name in known and item is not None:
            convert = known[name]
            result[name] = item if convert is None else convert(item)
    return result


def _each_item(convert: Convert | None, value: Any) -> Any:
    items = _typed(list, value)
    return items if convert is None else [convert(item) for item in items]


def _decode_query(request: AWSPreparedRequest, operation: OperationModel) -> dict[str, Any]:
    """The flattened form of the ``query`` and ``ec2`` protocols."""
    form = parse_qs(body_of(request).decode() or urlsplit(request.url).query, keep_blank_values=True)
    flat = {name: values[0] for name, values in form.items()}
    ec2 = operation.service_model.resolved_protocol == "ec2"
    shape = operation.input_shape
    return {} if shape is None else _from_query(shape, flat, "", ec2) or {}


def _from_query(shape: Any, flat: Mapping[str, str], prefix: str, ec2: bool) -> Any:
    if shape.type_name == "structure":
        members = {}
        for name, member in shape.members.items():
            value = _from_query(member, flat, _join(prefix, _query_name(name, member, ec2)), ec2)
            if value is not None:
                members[name] = value
        return members or None
    if shape.type_name == "list":
        item = (
            ""
            if ec2 or shape.serialization.get("flattened")
            else f".{shape.member.serialization.get('name', 'member')}"
        )
        values: list[Any] = []
        while (value := _from_query(shape.member, flat, f"{prefix}{item}.{len(values) + 1}", ec2)) is not None:
            values.append(value)
        return values or None
    raw = flat.get(prefix)
    return None if raw is None else _QUERY_TYPES.get(shape.type_name, str)(raw)


def _query_name(name: str, shape: Shape, ec2: bool) -> str:
    if not ec2:
        return str(shape.serialization.get("name", name))
    given = shape.serialization.get("queryName") or shape.serialization.get("name", name)
    return str(given[:1].upper() + given[1:])


def _join(prefix: str, name: str) -> str:
    return f"{prefix}.{name}" if prefix else name


_QUERY_TYPES: dict[str, Convert] = {
    "integer": int,
    "long": int,
    "boolean": lambda text: text.lower() == "true",
    "float": float,
    "double": float,
    "blob": _blob,
    "timestamp": parse_timestamp,
}


def _decode_rest(request: AWSPreparedRequest, operation: OperationModel) -> dict[str, Any]:
    """URI, query and header members of a REST request; bodies stay with moto."""
    url = urlsplit(request.url)
    query = parse_qs(url.query, keep_blank_values=True)
    params: dict[str, Any] = dict(_path_members(url.hostname or "", url.path))
    shape: Any = operation.input_shape
    for name, member in shape.members.items() if shape is not None else ():
        place, key = member.serialization.get("location"), member.serialization.get("name", name)
        if place == "querystring" and key in query:
            params[name] = _QUERY_TYPES.get(member.type_name, str)(query[key][0])
        elif place == "header":
            value = header(request, key)
            if value is not None:
                params[name] = value if member.type_name == "string" else _header_value(member, value)
    return params


def _header_value(member: Shape, value: str) -> Any:
    return parse_timestamp(value) if member.type_name == "timestamp" else _QUERY_TYPES.get(member.type_name, str)(value)


def _path_members(host: str, path: str) -> dict[str, str]:
    """Bucket and Key of an S3 URL, virtual-hosted or path-style."""
    first = host.split(".s3", 1)[0] if ".s3" in host else ""
    parts = path.lstrip("/")
    if not first:
        first, _, parts = parts.partition("/")
    members = {"Bucket": unquote(first)} if first else {}
    return {**members, "Key": unquote(parts)} if parts else members


def header(request: AWSPreparedRequest, name: str) -> str | None:
    """A request header as text."""
    value: Any = request.headers.get(name)
    return value.decode() if isinstance(value, bytes) else value


_DECODERS: dict[str, Callable[[AWSPreparedRequest, OperationModel], dict[str, Any]]] = {
    "json": _decode_json,
    "query": _decode_query,
    "ec2": _decode_query,
    "rest-xml": _decode_rest,
    "rest-json": _decode_rest,
}


# --- responses ------------------------------------------------------------------------------------------------------

Answer = tuple[int, Mapping[str, str], bytes]


class _Raw:
    """What AWSResponse reads: the body of an answer that never came over a socket."""

    __slots__ = ("_body",)

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: Any) -> Any:
        if self._body:
            body, self._body = self._body, b""
            yield body

    def read(self, amount: int | None = None) -> bytes:
        size = len(self._body) if amount is None or amount < 0 else amount
        chunk, self._body = self._body[:size], self._body[size:]
        return chunk


def response(url: str, answer: Answer) -> AWSResponse:
    """What a before-send handler gives botocore."""
    status, headers, body = answer
    return AWSResponse(url, status, headers, _Raw(body))  # type: ignore[arg-type]  # as moto: anything that reads


def encode(operation: OperationModel, result: Mapping[str, Any]) -> Answer:
    """The response to a call that succeeded."""
    if operation.service_model.resolved_protocol == "json":
        body = _write_json(result).encode() if operation.output_shape is not None else b""
        return 200, _headers(operation), body
    return _by_moto(operation, result)


def encode_error(operation: OperationModel, error: AwsError) -> Answer:
    """The response to a call that AWS would refuse. An empty text leaves the message out, as recorded."""
    if operation.service_model.resolved_protocol == "json":
        name = "Message" if error.code == "AccessDeniedException" else "message"
        body = {"__type": error.code, **({name: error.message} if error.message else {})}
        return error.status, _headers(operation), json.dumps(body).encode()
    return (
        error.status,
        {"Content-Type": "text/xml", **_request_id()},
        _ERROR_XML[operation.service_model.resolved_protocol](error).encode(),
    )


def _headers(operation: OperationModel) -> dict[str, str]:
    version = operation.service_model.metadata.get("jsonVersion", "1.1")
    return {"Content-Type": f"application/x-amz-json-{version}", **_request_id()}


def _request_id() -> dict[str, str]:
    return {"x-amzn-RequestId": entropy.uuid()}


def _to_json(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime):
        return round(value.timestamp(), 3)
    raise TypeError(f"{type(value).__name__} cannot be put on the wire")


_write_json = json.JSONEncoder(default=_to_json).encode
"""Made once: json.dumps would make an encoder at each call."""


def _by_moto(operation: OperationModel, result: Mapping[str, Any]) -> Answer:
    """XML results are written by moto's serializer, which knows the quirks of each protocol."""
    from moto.core.serialize import get_serializer_class
    from moto.core.utils import get_service_model

    service = operation.service_model
    serializer = get_serializer_class(service.service_name, service.resolved_protocol)
    model = get_service_model(service.service_name).operation_model(operation.name)
    written = serializer(operation_model=model).serialize(dict(result))
    body = written["body"]
    return written["status_code"], written["headers"], body.encode() if isinstance(body, str) else body


def _escape(text: str) -> str:
    from xml.sax.saxutils import escape

    return escape(text)


def _query_error(error: AwsError) -> str:
    return (
        "<ErrorResponse><Error><Type>Sender</Type>"
        f"<Code>{error.code}</Code><Message>{_escape(error.message)}</Message></Error>"
        f"<RequestId>{entropy.uuid()}</RequestId></ErrorResponse>"
    )


def _ec2_error(error: AwsError) -> str:
    return (
        f"<Response><Errors><Error><Code>{error.code}</Code><Message>{_escape(error.message)}</Message></Error></Errors>"
        f"<RequestID>{entropy.uuid()}</RequestID></Response>"
    )


def _s3_error(error: AwsError) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{error.code}</Code>'
        f"<Message>{_escape(error.message)}</Message><RequestId>{entropy.uuid()}</RequestId></Error>"
    )


_ERROR_XML: dict[str, Callable[[AwsError], str]] = {"query": _query_error, "ec2": _ec2_error, "rest-xml": _s3_error}


def parse(operation: OperationModel, answer: Answer) -> dict[str, Any]:
    """What boto3 would make of an answer. Raises AwsError if the answer is an error."""
    from botocore.parsers import create_parser

    status, headers, body = answer
    parser = create_parser(operation.service_model.resolved_protocol)
    shape: Any = operation.output_shape
    parsed: dict[str, Any] = parser.parse({"status_code": status, "headers": _lower(headers), "body": body}, shape)
    if status >= 300:
        error = parsed.get("Error", {})
        raise AwsError(error.get("Code", str(status)), error.get("Message") or "", status)
    parsed.pop("ResponseMetadata", None)
    return parsed


def _lower(headers: Mapping[str, Any]) -> Any:
    from botocore.compat import HTTPHeaders

    lowered = HTTPHeaders()
    for name, value in headers.items():
        lowered[name] = str(value)
    return lowered
