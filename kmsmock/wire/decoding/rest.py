"""Parameters of the REST protocols (``rest-json`` and ``rest-xml``)."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree

from botocore.awsrequest import AWSPreparedRequest
from botocore.model import OperationModel, Shape

from kmsmock.wire import complaints, s3_post_forms
from kmsmock.wire.decoding.json import sent_members
from kmsmock.wire.decoding.query import _read, _Unreadable
from kmsmock.wire.decoding.request import body_of, header


def _decode_rest(request: AWSPreparedRequest, operation: OperationModel) -> dict[str, Any]:
    """URI, query and header members of a REST request, and what its body holds if it is a document."""
    try:
        return _parameters(request, operation)
    except _Unreadable as bad:
        raise complaints.unreadable(operation, bad.name, bad.value) from None


def _parameters(request: AWSPreparedRequest, operation: OperationModel) -> dict[str, Any]:
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
        name, member = places["uri", key]
        params[name] = _read(member, key, label)
    for key, values in query.items():
        if ("querystring", key) in places:
            name, member = places["querystring", key]
            params[name] = _query_value(key, member, values)
    for key in request.headers:
        if ("header", key.lower()) in places:
            name, member = places["header", key.lower()]
            params[name] = _read(member, key, str(header(request, key)))
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
                params[name] = _read(member, name, value)
    return params


def bucket_of(request: AWSPreparedRequest) -> str:
    """The bucket of a request to S3, empty where it names none."""
    url = urlsplit(request.url)
    return _bucket_and_key(url.hostname or "", url.path).get("Bucket", "")


def _query_value(key: str, member: Any, values: list[str]) -> Any:
    """What a name of the query stands for: a list is sent as the name again and again."""
    if member.type_name == "list":
        return [_read(member.member, key, value) for value in values]
    return _read(member, key, values[0])


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
        body = json.loads(body_of(request) or b"{}", object_hook=_without_nulls)
    except (ValueError, RecursionError):
        raise complaints.malformed(operation) from None
    if not isinstance(body, dict):
        raise complaints.malformed(operation)
    known = sent_members(operation)
    for name, value in body.items():
        convert = known.get(name)
        if convert is not None:
            convert(value)  # what it makes of it is not wanted: advice reads what was sent
    return body


def _without_nulls(members: dict[str, Any]) -> dict[str, Any]:
    """A structure in which a member that is null is not there, as the JSON protocols read it."""
    return {name: value for name, value in members.items() if value is not None}


def _xml_body(request: AWSPreparedRequest, operation: OperationModel) -> dict[str, Any]:
    """The structure or text that a body is, by the member of the input that is the payload, or the members that are in
    it where none is; other payloads stay."""
    shape: Any = operation.input_shape
    payload = None if shape is None else shape.serialization.get("payload")
    if payload is not None and shape.members[payload].type_name == "string":
        return {payload: body_of(request).decode(errors="replace")}
    body = body_of(request)
    if payload is not None and payload in shape.required_members and shape.members[payload].type_name == "blob":
        return {payload: body}
    held = shape if payload is None else shape.members[payload]
    if held is None or held.type_name != "structure" or not body:
        return {}
    if payload is None and not any("location" not in member.serialization for member in shape.members.values()):
        return {}
    try:
        root = ElementTree.fromstring(body, ElementTree.XMLParser(target=_Plain()))  # noqa: S314 - no DTD
        found: dict[str, Any] = _from_xml(root, held)
    except (ElementTree.ParseError, RecursionError, _Unreadable):
        raise complaints.malformed(operation) from None
    return found if payload is None else {payload: found}


class _Plain(ElementTree.TreeBuilder):
    """Builds documents without a type: that is where entities are declared which expand."""

    def doctype(self, *_: Any) -> None:
        raise ElementTree.ParseError


def _from_xml(element: ElementTree.Element, shape: Any) -> Any:
    if shape.type_name == "structure":
        members: dict[str, Any] = {}
        for name, member in shape.members.items():
            tag = member.serialization.get("name", name)
            if member.serialization.get("xmlAttribute"):
                members.update((name, text) for key, text in element.attrib.items() if _bare(key) == _bare(tag))
                continue
            found = [child for child in element if _bare(child.tag) == tag]
            if not found:
                continue
            if member.type_name == "list" and member.serialization.get("flattened"):
                members[name] = [_from_xml(child, member.member) for child in found]
            else:
                members[name] = _from_xml(found[0], member)
        return members
    if shape.type_name == "list":
        return [_from_xml(child, shape.member) for child in element]
    return _read(shape, element.tag, element.text or "")


def _bare(name: str) -> str:
    """The name of an element or attribute without its namespace, or the prefix that stands for one."""
    return re.split("[}:]", name)[-1]


def _bucket_of_host(host: str) -> str:
    """The bucket before the name of an endpoint. Hosts that are not AWS's have it in the path, as moto reads them."""
    return host.split(".s3", 1)[0] if ".s3" in host and ("amazonaws." in host or ".s3." in host) else ""


def _bucket_and_key(host: str, path: str) -> dict[str, str]:
    """Bucket and Key of an S3 URL, virtual-hosted or path-style."""
    first = _bucket_of_host(host)
    parts = path.removeprefix("/")
    if not first:
        first, _, parts = parts.partition("/")
    members = {"Bucket": unquote(first)} if first else {}
    return {**members, "Key": unquote(parts)} if parts else members
