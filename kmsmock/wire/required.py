"""What must be in the parameters, by botocore's models: clients see to it themselves, others do not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from botocore.model import OperationModel

from kmsmock.wire import complaints, models
from kmsmock.wire.complaints import Place

_Look = Callable[[Any, Place], Iterator[Place]]
"""``look(value, place)`` yields the places of what is missing."""
_looks: dict[tuple[str, str], _Look | None] = {}


def check(operation: OperationModel, params: dict[str, Any], *, document: bool = True) -> None:
    """Raise the service's error for the first required parameter that decoded parameters lack, at any depth.

    Without ``document`` what a body is that has a name of its own (S3's documents) is not looked into.
    """
    asked = (operation.service_model.service_name, operation.name)
    if asked not in _looks:
        _looks[asked] = _compiled(operation)
    look = _looks[asked]
    shape: Any = operation.input_shape
    left_out = None if document or shape is None else shape.serialization.get("payload")
    for place in () if look is None else look(params, ()):
        if left_out is None or place[0] != left_out:
            raise complaints.missing(operation, place)


def _compiled(operation: OperationModel) -> _Look | None:
    """By botocore's own model: a client's may be another one, without buckets in URIs."""
    name = models.name_of(operation.service_model)
    if name is not None and operation.name in models.service_model(name).operation_names:
        operation = models.service_model(name).operation_model(operation.name)
    shape: Any = operation.input_shape
    return None if shape is None else _of(shape, operation.service_model.resolved_protocol == "rest-json", ())


def _of(shape: Any, sent: bool, inside: tuple[str, ...]) -> _Look | None:
    """The look at a value of this shape; None where nothing is required. ``sent``: by the names in the request."""
    if shape.name in inside:
        return None
    inside = (*inside, shape.name)
    if shape.type_name == "structure":
        return _of_structure(shape, sent, inside)
    if shape.type_name == "list":
        each = _of(shape.member, sent, inside)
        return None if each is None else partial(_of_items, each)
    if shape.type_name == "map":
        each = _of(shape.value, sent, inside)
        return None if each is None else partial(_of_values, each)
    return None


def _of_structure(shape: Any, sent: bool, inside: tuple[str, ...]) -> _Look | None:
    named = {
        name: member.serialization.get("name", name) if sent and "location" not in member.serialization else name
        for name, member in shape.members.items()
    }
    needed = tuple(named[name] for name in shape.required_members)
    looks = {named[name]: look for name, member in shape.members.items() if (look := _of(member, sent, inside))}
    return partial(_of_members, needed, looks) if needed or looks else None


def _of_members(needed: tuple[str, ...], looks: dict[str, _Look], value: Any, place: Place) -> Iterator[Place]:
    for name in needed:
        if value.get(name) is None:
            yield (*place, name)
    for name, look in looks.items():
        if value.get(name) is not None:
            yield from look(value[name], (*place, name))


def _of_items(look: _Look, value: Any, place: Place) -> Iterator[Place]:
    for number, item in enumerate(value, 1):
        if item is not None:
            yield from look(item, (*place, number))


def _of_values(look: _Look, value: Any, place: Place) -> Iterator[Place]:
    for name, item in value.items():
        if item is not None:
            yield from look(item, (*place, name))
