"""What must be in the parameters, by botocore's models: clients see to it themselves, others do not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from botocore.model import OperationModel

from kmsmock.wire import complaints, models
from kmsmock.wire.complaints import Place

_Look = Callable[[Any, Place], Iterator[Place]]
"""``look(value, place)`` yields the places of what is missing."""


class _Looks(NamedTuple):
    """The looks at what an operation is asked: None where nothing is required."""

    parameters: _Look | None
    document: _Look | None
    """What a body in XML is, which has a name of its own among the parameters (S3's documents)."""


_looks: dict[tuple[str, str], _Looks] = {}


def check(operation: OperationModel, params: dict[str, Any]) -> None:
    """Raise the service's error for the first required parameter that decoded parameters lack, at any depth.

    But for what ``check_document`` looks at.
    """
    _raise(operation, params, _looks_at(operation).parameters)


def check_document(operation: OperationModel, params: dict[str, Any]) -> None:
    """The same for the document that the body is: S3 looks for the bucket before it looks into one."""
    _raise(operation, params, _looks_at(operation).document)


def _raise(operation: OperationModel, params: dict[str, Any], look: _Look | None) -> None:
    found = None if look is None else next(look(params, ()), None)
    if found is not None:
        raise complaints.missing(operation, found)


def _looks_at(operation: OperationModel) -> _Looks:
    asked = (operation.service_model.service_name, operation.name)
    if asked not in _looks:
        _looks[asked] = _compiled(operation)
    return _looks[asked]


def _compiled(operation: OperationModel) -> _Looks:
    """By botocore's own model: a client's may be another one, without buckets in URIs."""
    name = models.name_of(operation.service_model)
    if name is not None and operation.name in models.service_model(name).operation_names:
        operation = models.service_model(name).operation_model(operation.name)
    shape: Any = operation.input_shape
    if shape is None:
        return _Looks(None, None)
    protocol = operation.service_model.resolved_protocol
    document = shape.serialization.get("payload") if protocol == "rest-xml" else None

    def looking(*, into: bool) -> _Look | None:
        members = {name: member for name, member in shape.members.items() if (name == document) is into}
        return _of_structure(shape, members, protocol == "rest-json", (shape.name,))

    return _Looks(looking(into=False), looking(into=True))


def _of(shape: Any, sent: bool, inside: tuple[str, ...]) -> _Look | None:
    """The look at a value of this shape; None where nothing is required. ``sent``: by the names in the request."""
    if shape.name in inside:
        return None
    inside = (*inside, shape.name)
    if shape.type_name == "structure":
        return _of_structure(shape, shape.members, sent, inside)
    if shape.type_name == "list":
        each = _of(shape.member, sent, inside)
        return None if each is None else partial(_of_items, each)
    if shape.type_name == "map":
        each = _of(shape.value, sent, inside)
        return None if each is None else partial(_of_values, each)
    return None


def _of_structure(shape: Any, members: Mapping[str, Any], sent: bool, inside: tuple[str, ...]) -> _Look | None:
    """The look at these members of a structure."""
    named = {
        name: member.serialization.get("name", name) if sent and "location" not in member.serialization else name
        for name, member in members.items()
    }
    needed = tuple(named[name] for name in shape.required_members if name in named)
    looks = {named[name]: look for name, member in members.items() if (look := _of(member, sent, inside))}
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
