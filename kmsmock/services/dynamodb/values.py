"""Attribute values have exactly one type (aws/aws-sdk-js#43, #381: the texts)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from kmsmock import errors
from kmsmock.call import Call
from kmsmock.wire import models

_SUPPLIED = "Supplied AttributeValue {}, must contain exactly one of the supported datatypes"
_Find = Callable[[Any], Iterator[Mapping[str, Any]]]


def check(call: Call) -> None:
    """Raise AwsError if a value of the request has no type, or several."""
    for name, find in _members(call.operation).items():
        for value in find(call.params[name]) if name in call.params else ():
            if len(value) != 1:
                raise errors.validation(_SUPPLIED.format("has more than one datatypes set" if value else "is empty"))


@cache
def _members(operation: str) -> dict[str, _Find]:
    """The parameters of an operation that have attribute values in them, and what finds these."""
    shape: Any = models.service_model("dynamodb").operation_model(operation).input_shape
    found = {name: _finder(member) for name, member in shape.members.items()}
    return {name: find for name, find in found.items() if find is not None}


def _finder(shape: Any) -> _Find | None:
    if shape.name == "AttributeValue":
        return _attribute
    if shape.type_name == "structure":
        finders = {name: _finder(member) for name, member in shape.members.items()}
        known = {name: find for name, find in finders.items() if find is not None}
        return (lambda value: _chosen(known, value)) if known else None
    if shape.type_name in ("map", "list"):
        inner = _finder(shape.value if shape.type_name == "map" else shape.member)
        return (lambda value: (each for one in _items(value) for each in inner(one))) if inner else None
    return None


def _chosen(known: Mapping[str, _Find], value: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    return (each for name in value if name in known for each in known[name](value[name]))


def _items(value: Any) -> Any:
    return value.values() if isinstance(value, dict) else value


def _attribute(value: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield value
    for inside in (*value.get("L", ()), *value.get("M", {}).values()):
        yield from _attribute(inside)
