"""Requests to parameters, by botocore's service models: what a prepared request asks for."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache, partial
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree

from botocore.awsrequest import AWSPreparedRequest
from botocore.model import OperationModel, Shape
from botocore.utils import parse_timestamp

from kmsmock import errors
from kmsmock.wire import answers, s3_post_forms

Convert = Callable[[Any], Any]


def decode(request: AWSPreparedRequest, operation: OperationModel) -> dict[str, Any]:
    """The parameters of a request, typed as boto3 users know them (bytes for blobs, datetime for timestamps).

    Nothing of requests in protocols that no service of the model speaks.
    """
    decoder = _DECODERS.get(operation.service_model.resolved_protocol)
    return {} if decoder is None else decoder(request, operation)


def body_of(request: AWSPreparedRequest) -> bytes:
    """The body as bytes; streams are left to moto."""
    body = request.body
    if isinstance(body, str):
        return body.encode()
    return bytes(body) if isinstance(body, (bytes, bytearray)) else b""


def _decode_json(request: AWSPreparedRequest, operation: OperationModel) -> dict[str, Any]:
    try:
        params = json.loads(body_of(request) or b"{}")
    except (ValueError, RecursionError):
        raise errors.serialization("") from None
    if not isinstance(params, dict):
        raise errors.serialization("")
    known = _members(operation.service_model.service_name, operation.name)
    decoded = {}
    for name, value in params.items():
        if name in known and value is not None:
            convert = known[name]
            decoded[name] = value if convert is None else convert(value)
    return decoded


@cache
def _members(service: str, operation: str) -> Mapping[str, Convert | None]:
    """The parameters of an operation, compiled once for all clients: none of them is to be remembered."""
    shape: Any = answers.service_model(service).operation_model(operation).input_shape
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
    raise errors.wrong_json_type(value, kind)


def _string(value: Any) -> str:
    """A text; half a surrogate pair is none."""
    if not isinstance(value, str):
        raise errors.wrong_json_type(value, str)
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise errors.serialization("") from None
    return value


def _timestamp(value: Any) -> datetime:
    """Epoch seconds, or a text that dates can be read from."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise errors.wrong_json_type(value, datetime)
    try:
        return parse_timestamp(value)  # type: ignore[arg-type]  # the stubs forget that it takes numbers
    except (ValueError, RuntimeError, OverflowError, OSError):
        raise errors.wrong_json_type(value, datetime) from None


def _pair_text(value: Any) -> str:
    """A name or value of a map of strings. KMS writes numbers and booleans out; anything else has no text."""
    if isinstance(value, (bool, int, float)):
        value = json.dumps(value)
    return _string(value)


def _text_map(value: Any) -> dict[str, str]:
    return {_pair_text(name): _pair_text(item) for name, item in _typed(dict, value).items()}


def _from_json(shape: Shape, inside: tuple[str, ...] = ()) -> Convert | None:
    """The conversion that a JSON value of this shape needs. Shapes that hold themselves are taken as they come."""
    if shape.name in inside:
        return None
    if shape.type_name in ("structure", "map", "list"):
        inside = (*inside, shape.name)
    if shape.type_name == "structure":
        return partial(_each_member, {name: _from_json(member, inside) for name, member in shape.members.items()})  # type: ignore[attr-defined]  # botocore-stubs: only StructureShape has members
    if shape.type_name == "map":
        value: Any = shape.value  # type: ignore[attr-defined]  # likewise MapShape.value
        return _text_map if value.type_name == "string" else partial(_each_value, _from_json(value, inside))
    if shape.type_name == "list":
        return partial(_each_item, _from_json(shape.member, inside))  # type: ignore[attr-defined]  # likewise ListShape.member
    return _JSON_TYPES.get(shape.type_name)


_JSON_TYPES: dict[str, Convert] = {
    "blob": _blob,
    "timestamp": _timestamp,
    "string": _string,
    "integer": partial(_typed, int),
    "long": partial(_typed, int),
    "boolean": partial(_typed, bool),
}


def _each_member(known: Mapping[str, Convert | None], value: Any) -> Any:
    result = {}
    for name, item in _typed(dict, value).items():
        if name in known and item is not None:
            convert = known[name]
            result[name] = item if convert is None else convert(item)
    return result


def _each_value(convert: Convert | None, value: Any) -> Any:
    pairs = _typed(dict, value)
    return pairs if convert is None else {name: convert(item) for name, item in pairs.items()}


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
    """URI, query and header members of a REST request, and what its body holds if it is a document."""
    url = urlsplit(request.url)
    query = parse_qs(url.query, keep_blank_values=True)
    s3 = operation.service_model.endpoint_prefix == "s3"
    labels = {} if s3 else _labels(operation, url.path)
    if s3 and s3_post_forms.is_form(request):
        return _form(request, operation)
    params: dict[str, Any] = _bucket_and_key(url.hostname or "", url.path) if s3 else {}
    if operation.service_model.resolved_protocol == "rest-json":
        params |= _json_body(request, operation)
    else:
        params |= _xml_body(request, operation)
    places = _places(operation)
    for key, label in labels.items():
        params[places["uri", key][0]] = label
    for key, values in query.items():
        if ("querystring", key) in places:
            name, member = places["querystring", key]
            params[name] = _QUERY_TYPES.get(member.type_name, str)(values[0])
    for key in request.headers:
        if ("header", key.lower()) in places:
            name, member = places["header", key.lower()]
            value = str(header(request, key))
            params[name] = value if member.type_name == "string" else _header_value(member, value)
    return params


_PLACES: dict[tuple[str, str], dict[tuple[str, str], tuple[str, Shape]]] = {}


def _places(operation: OperationModel) -> dict[tuple[str, str], tuple[str, Shape]]:
    """Where each member of an operation's input travels: place and key there to the member's name and shape."""
    asked = (operation.service_model.service_name, operation.name)
    found = _PLACES.get(asked)
    if found is None:
        shape: Any = operation.input_shape
        found = _PLACES[asked] = {}
        for name, member in shape.members.items() if shape is not None else ():
            place, key = member.serialization.get("location"), member.serialization.get("name", name)
            found[place or "", key.lower() if place == "header" else key] = name, member
    return found


def _form(request: AWSPreparedRequest, operation: OperationModel) -> dict[str, Any]:
    """A form as the PutObject that it is."""
    form = s3_post_forms.read(request)
    params: dict[str, Any] = {"Bucket": bucket_of(request), "Key": form.key}
    shape: Any = operation.input_shape
    for name, member in shape.members.items():
        if member.serialization.get("location") == "header":
            value = form.parameter(member.serialization.get("name", name))
            if value is not None:
                params[name] = value if member.type_name == "string" else _header_value(member, value)
    return params


def bucket_of(request: AWSPreparedRequest) -> str:
    """The bucket of a request to S3, empty where it names none."""
    url = urlsplit(request.url)
    return _bucket_and_key(url.hostname or "", url.path).get("Bucket", "")


def _header_value(member: Shape, value: str) -> Any:
    return parse_timestamp(value) if member.type_name == "timestamp" else _QUERY_TYPES.get(member.type_name, str)(value)


def _labels(operation: OperationModel, path: str) -> dict[str, Any]:
    """What the placeholders of the operation's URI stand for."""
    template = re.escape(operation.http["requestUri"].split("?")[0]).replace(r"\{", "{").replace(r"\}", "}")
    pattern = re.sub(r"\{(\w+)(\\\+)?\}", lambda label: f"(?P<{label[1]}>{'.+' if label[2] else '[^/]+'})", template)
    match = re.fullmatch(pattern, path)
    return {} if match is None else {name: unquote(value) for name, value in match.groupdict().items()}


def _json_body(request: AWSPreparedRequest, operation: OperationModel) -> dict[str, Any]:
    """The members that the body holds, or the payload that it is: bytes, or a stream as it came."""
    shape: Any = operation.input_shape
    payload = None if shape is None else shape.serialization.get("payload")
    if payload is not None and shape.members[payload].type_name == "blob":
        return {payload: body_of(request) or request.body or b""}
    try:
        body = json.loads(body_of(request) or b"{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _xml_body(request: AWSPreparedRequest, operation: OperationModel) -> dict[str, Any]:
    """The structure or text that a body is, by the member of the input that is the payload; other payloads stay."""
    shape: Any = operation.input_shape
    payload = None if shape is None else shape.serialization.get("payload")
    if payload is not None and shape.members[payload].type_name == "string":
        return {payload: body_of(request).decode(errors="replace")}
    if payload is None or shape.members[payload].type_name != "structure":
        return {}
    try:
        root = ElementTree.fromstring(body_of(request))  # noqa: S314 - the test's own request, in its own process
    except ElementTree.ParseError:
        return {}
    return {payload: _from_xml(root, shape.members[payload])}


def _from_xml(element: ElementTree.Element, shape: Any) -> Any:
    if shape.type_name == "structure":
        members: dict[str, Any] = {}
        for name, member in shape.members.items():
            tag = member.serialization.get("name", name)
            found = [child for child in element if child.tag.rpartition("}")[2] == tag]
            if not found:
                continue
            if member.type_name == "list" and member.serialization.get("flattened"):
                members[name] = [_from_xml(child, member.member) for child in found]
            else:
                members[name] = _from_xml(found[0], member)
        return members
    if shape.type_name == "list":
        return [_from_xml(child, shape.member) for child in element]
    return _QUERY_TYPES.get(shape.type_name, str)(element.text or "")


def _bucket_and_key(host: str, path: str) -> dict[str, str]:
    """Bucket and Key of an S3 URL, virtual-hosted or path-style."""
    first = host.split(".s3", 1)[0] if ".s3" in host else ""
    parts = path.removeprefix("/")
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
