"""Results of calls as botocore's parser would have read them off the wire, without a wire (protocol ``json``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from botocore.model import OperationModel, Shape
from botocore.utils import parse_timestamp

from kmsmock.wire import models
from kmsmock.wire.answers import headers_of

Convert = Callable[[Any], Any]


def as_parsed(operation: OperationModel, result: Mapping[str, Any], request_id: str) -> dict[str, Any]:
    """What a client gives its caller for a result: a copy of its own, without what botocore's model does not know."""
    headers = headers_of(operation, request_id)
    read: dict[str, Any] = _converter(operation)(result)
    read["ResponseMetadata"] = {
        "RequestId": request_id,
        "HTTPStatusCode": 200,
        "HTTPHeaders": {name.lower(): value for name, value in headers.items()},
        "RetryAttempts": 0,
    }
    return read


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
    members = {name: _from_result(member, (shape.name,)) for name, member in shape.members.items()}
    return partial(_each_member, tuple(members.items()))


def _from_result(shape: Any, inside: tuple[str, ...]) -> Convert | None:
    """The conversion that a value of this shape needs; None for one that is handed on as it is."""
    if shape.name in inside:
        raise NotImplementedError(f"{shape.name} holds itself: results of such shapes are not read")
    build = _SHAPES.get(shape.type_name)
    return None if build is None else build(shape, (*inside, shape.name))


def _structure(shape: Any, inside: tuple[str, ...]) -> Convert:
    return partial(_each_member, tuple((name, _from_result(each, inside)) for name, each in shape.members.items()))


def _list(shape: Any, inside: tuple[str, ...]) -> Convert:
    convert = _from_result(shape.member, inside)
    return list if convert is None else partial(_each_item, convert)


def _map(shape: Any, inside: tuple[str, ...]) -> Convert:
    convert = _from_result(shape.value, inside)
    return dict if convert is None else partial(_each_value, convert)


def _timestamp(shape: Shape, inside: tuple[str, ...]) -> Convert:
    """Times come in whole milliseconds, in the time zone of the machine."""
    return lambda value: parse_timestamp(round(value.timestamp(), 3))


def _blob(shape: Shape, inside: tuple[str, ...]) -> Convert:
    return bytes


_SHAPES: Mapping[str, Callable[[Any, tuple[str, ...]], Convert]] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "timestamp": _timestamp,
    "blob": _blob,
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
