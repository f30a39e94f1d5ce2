"""Results of calls as botocore's parser would have read them off the wire, without a wire.

``json`` goes over it as it is; in ``ec2``, which is XML, values become texts, so that only those are read here whose
type is plainly that of the model: the rest is written, and read by botocore.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache, partial
from typing import Any, NamedTuple

from botocore.model import OperationModel, Shape
from botocore.utils import parse_timestamp

from kmsmock.wire import models, timestamps
from kmsmock.wire.answers import headers_of

Convert = Callable[[Any], Any]
Build = Callable[[Any, "_Protocol", tuple[str, ...]], Convert]


class NotPlain(Exception):
    """A result that has to be written to see what becomes of it."""


class _Protocol(NamedTuple):
    """How answers look, and how values of each type of shape are read; those that are not named, as they are."""

    headers: Callable[[OperationModel, str], dict[str, str]]
    shapes: Mapping[str, Build]


def as_parsed(operation: OperationModel, result: Mapping[str, Any], request_id: str) -> dict[str, Any]:
    """What a client gives its caller for a result: a copy of its own, without what botocore's model does not know.

    Raises NotPlain.
    """
    told = headers(operation, request_id)
    read: dict[str, Any] = _converter(operation)(result)
    read["ResponseMetadata"] = {
        "RequestId": request_id,
        "HTTPStatusCode": 200,
        "HTTPHeaders": {name.lower(): value for name, value in told.items()},
        "RetryAttempts": 0,
    }
    return read


def headers(operation: OperationModel, request_id: str) -> dict[str, str]:
    """The headers that a result which is read here would have come with."""
    return _protocol(operation).headers(operation, request_id)


def _protocol(operation: OperationModel) -> _Protocol:
    protocol = _PROTOCOLS.get(operation.service_model.resolved_protocol)
    if protocol is None:
        raise NotPlain
    return protocol


def _converter(operation: OperationModel) -> Convert:
    """How a result is read. What a client has in a model of its own alone is compiled each time."""
    name = models.name_of(operation.service_model)
    if name is None or operation.name not in models.service_model(name).operation_names:
        return _compiled(operation)
    return _shared(name, operation.name)


@cache
def _shared(service: str, operation: str) -> Convert:
    return _compiled(models.service_model(service).operation_model(operation))


def _compiled(operation: OperationModel) -> Convert:
    shape: Any = operation.output_shape
    if shape is None:
        return lambda _: {}
    if operation.has_event_stream_output:
        return _refuse
    try:
        return _structure(shape, _protocol(operation), (shape.name,))
    except NotPlain:
        return _refuse


def _refuse(value: Any) -> Any:
    raise NotPlain


def _from_result(shape: Any, protocol: _Protocol, inside: tuple[str, ...]) -> Convert | None:
    """The conversion that a value of this shape needs; None for one that is handed on as it is."""
    if shape.name in inside:  # one that holds itself
        raise NotPlain
    build = protocol.shapes.get(shape.type_name)
    return None if build is None else build(shape, protocol, (*inside, shape.name))


def _structure(shape: Any, protocol: _Protocol, inside: tuple[str, ...]) -> Convert:
    if shape.is_document_type or shape.is_tagged_union:
        raise NotPlain
    members = {name: _from_result(each, protocol, inside) for name, each in shape.members.items()}
    return partial(_each_member, tuple(members.items()))


def _list(shape: Any, protocol: _Protocol, inside: tuple[str, ...]) -> Convert:
    convert = _from_result(shape.member, protocol, inside)
    return list if convert is None else partial(_each_item, convert)


def _map(shape: Any, protocol: _Protocol, inside: tuple[str, ...]) -> Convert:
    convert = _from_result(shape.value, protocol, inside)
    return dict if convert is None else partial(_each_value, convert)


def _number_of_seconds(value: Any) -> datetime:
    """Times come in whole milliseconds, in the time zone of the machine."""
    if not isinstance(value, datetime):
        raise NotPlain
    seconds: Any = round(value.timestamp(), 3)
    return parse_timestamp(seconds)


def _text_in_seconds(value: Any) -> datetime:
    """Times come in whole seconds, which moto writes with a dot and zeros."""
    if not isinstance(value, datetime) or value.utcoffset():
        raise NotPlain
    return timestamps.read(value.strftime("%Y-%m-%dT%H:%M:%SZ"))


def _text(value: Any) -> str:
    """XML cannot say all that a text may hold."""
    if type(value) is not str or not value.isprintable():
        raise NotPlain
    return value


def _exactly(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise NotPlain
    return value


def _item_of_xml(convert: Convert, value: Any) -> Any:
    if value is None or value == {}:  # moto leaves them out
        raise NotPlain
    return convert(value)


def _list_of_xml(shape: Any, protocol: _Protocol, inside: tuple[str, ...]) -> Convert:
    convert = _from_result(shape.member, protocol, inside)
    if convert is None or shape.serialization.get("flattened"):
        raise NotPlain
    return partial(_each_item, partial(_item_of_xml, convert))


def _plainly(convert: Convert) -> Build:
    return lambda shape, protocol, inside: convert


def _unread(shape: Shape, protocol: _Protocol, inside: tuple[str, ...]) -> Convert:
    raise NotPlain


_PROTOCOLS: Mapping[str | None, _Protocol] = {
    "json": _Protocol(
        headers_of,
        {
            "structure": _structure,
            "list": _list,
            "map": _map,
            "timestamp": _plainly(_number_of_seconds),
            "blob": _plainly(bytes),
        },
    ),
    "ec2": _Protocol(
        lambda operation, request_id: {"Content-Type": "text/xml"},
        {
            "structure": _structure,
            "list": _list_of_xml,
            "map": _unread,
            "timestamp": _plainly(_text_in_seconds),
            "string": _plainly(_text),
            "boolean": _plainly(partial(_exactly, bool)),
            "integer": _plainly(partial(_exactly, int)),
            "long": _plainly(partial(_exactly, int)),
            "float": _plainly(partial(_exactly, float)),
            "double": _plainly(partial(_exactly, float)),
            "blob": _plainly(partial(_exactly, bytes)),
        },
    ),
}


def _each_member(members: tuple[tuple[str, Convert | None], ...], value: Mapping[str, Any]) -> dict[str, Any]:
    read = {}
    for name, convert in members:
        item = value.get(name)
        if item is not None:
            read[name] = item if convert is None else convert(item)
    return read


def _each_item(convert: Convert, value: Any) -> list[Any]:
    return [convert(item) for item in value]


def _each_value(convert: Convert, value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: convert(item) for name, item in value.items()}
