"""Parameters of a call as they would be decoded off the wire, without a wire (protocol ``json``).

Only values that are plainly right are taken: what botocore refuses, or writes in another way than it was given, is
botocore's to look at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from botocore.model import OperationModel

from kmsmock.wire import models

Take = Callable[[Any], Any]


class NotPlain(Exception):
    """A value that botocore has to look at."""


def reader(operation: OperationModel) -> Take:
    """What reads the parameters of an operation of a model that ships with botocore. It raises NotPlain."""
    return _shared(operation.service_model.service_name, operation.name)


@cache
def _shared(service: str, operation: str) -> Take:
    shape: Any = models.service_model(service).operation_model(operation).input_shape
    return _nothing if shape is None else _of(shape, ())


def _nothing(value: Any) -> dict[str, Any]:
    if value:
        raise NotPlain
    return {}


def _of(shape: Any, inside: tuple[str, ...]) -> Take:
    if shape.name in inside:
        return _refuse
    return _SHAPES.get(shape.type_name, _other)(shape, (*inside, shape.name))


def _refuse(value: Any) -> Any:
    raise NotPlain


def _other(shape: Any, inside: tuple[str, ...]) -> Take:
    """Timestamps are written to the second, numbers with a fraction in many ways: these are rare."""
    return _refuse


def _structure(shape: Any, inside: tuple[str, ...]) -> Take:
    if shape.is_tagged_union or shape.is_document_type:
        return _refuse
    members = {name: _of(each, inside) for name, each in shape.members.items() if "name" not in each.serialization}
    return partial(_each_member, members, tuple(shape.required_members))


def _list(shape: Any, inside: tuple[str, ...]) -> Take:
    return partial(_each_item, shape.metadata.get("min", 0), _of(shape.member, inside))


def _map(shape: Any, inside: tuple[str, ...]) -> Take:
    return partial(_each_pair, _of(shape.key, inside), _of(shape.value, inside))


def _exactly(kind: type) -> Callable[[Any, tuple[str, ...]], Take]:
    return lambda shape, inside: partial(_typed, kind)


def _number(shape: Any, inside: tuple[str, ...]) -> Take:
    return partial(_whole, shape.metadata.get("min", float("-inf")))


def _string(shape: Any, inside: tuple[str, ...]) -> Take:
    return partial(_text, shape.metadata.get("min", 0))


_SHAPES: Mapping[str, Callable[[Any, tuple[str, ...]], Take]] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _string,
    "blob": _exactly(bytes),
    "boolean": _exactly(bool),
    "integer": _number,
    "long": _number,
}


def _each_member(members: Mapping[str, Take], required: tuple[str, ...], value: Any) -> dict[str, Any]:
    if type(value) is not dict:
        raise NotPlain
    for name in required:
        if name not in value:
            raise NotPlain
    try:
        return {name: members[name](item) for name, item in value.items()}
    except KeyError:
        raise NotPlain from None


def _each_item(least: int, take: Take, value: Any) -> list[Any]:
    if type(value) not in (list, tuple) or len(value) < least:
        raise NotPlain
    return [take(item) for item in value]


def _each_pair(key: Take, item: Take, value: Any) -> dict[str, Any]:
    if type(value) is not dict:
        raise NotPlain
    return {key(name): item(each) for name, each in value.items()}


def _text(least: int, value: Any) -> str:
    """A text that JSON gives back as it was: no half of a surrogate pair is in it."""
    if type(value) is not str or len(value) < least:
        raise NotPlain
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise NotPlain from None
    return value


def _whole(least: float, value: Any) -> int:
    if type(value) is not int or value < least:
        raise NotPlain
    return value


def _typed(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise NotPlain
    return value
