"""The constraints of botocore's models, checked as the services of AWS do and refused in their wording.

botocore itself checks only types, required members and minimum sizes, and a client may switch even that off.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cache
from typing import Any

from botocore.model import Shape

from kmsmock.wire import models

Check = Callable[[Any, str], Iterator[str]]
"""``check(value, path)`` yields the texts of the constraints that the value breaks."""

Inside = tuple[str, ...]
"""The shapes around one, by name."""

_PATTERN = "failed to satisfy constraint: Member must satisfy regular expression pattern: "


def violations(service: str, operation: str, params: dict[str, Any], only: Collection[str] = ()) -> list[str]:
    """The texts of the constraints that parameters break, of all members of a request or ``only`` of some.

    ``service`` is botocore's name.
    """
    rows = _checks(service, operation)
    return [text for row in rows if not only or row[0] in only for text in _missing_or(params, *row)]


Row = tuple[str, str, bool, "Check | None"]
"""A member: its name, its path in messages, whether it is required, and what else it must satisfy."""


def _missing_or(
    params: dict[str, Any], name: str, path: str, required: bool, constraint: Check | None
) -> Iterable[str]:
    value = params.get(name) if params else None  # a list, or a map, may hold nothing where something is to be
    if value is None:
        text = f"Value null at '{path}' failed to satisfy constraint: Member must not be null"
        return (text,) if required else ()
    return () if constraint is None else constraint(value, path)


@cache
def _checks(service: str, operation: str) -> tuple[Row, ...]:
    """The members of an operation's input that have something to check, compiled once."""
    shape = models.service_model(service).operation_model(operation).input_shape
    return () if shape is None else _rows(shape)


def _shape_of(name: str) -> Shape:
    return models.service_model("kms").shape_for(name)


def _rows(shape: Any, inside: Inside = ()) -> tuple[Row, ...]:
    rows = (
        (name, _member(name), name in shape.required_members, _compile(each, inside))
        for name, each in shape.members.items()
    )
    return tuple(row for row in rows if row[2:] != (False, None))


def _compile(shape: Shape, inside: Inside) -> Check | None:
    """The check for one shape, or None if anything goes. Of shapes that hold themselves the first one is looked at."""
    own = [make(shape) for applies, make in _CONSTRAINTS if applies(shape)]
    nested = None if shape.name in inside else _NESTED.get(shape.type_name)
    inner = nested(shape, (*inside, shape.name)) if nested is not None else None
    checks = [*own, *([inner] if inner is not None else [])]
    if not checks:
        return None

    def check_all(value: Any, path: str) -> Iterator[str]:
        for each in checks:
            yield from each(value, path)

    return checks[0] if len(checks) == 1 else check_all


def _length(shape: Shape) -> Check:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    answer = shape.type_name == "string"

    def test(value: Any, path: str) -> Iterator[str]:
        seen = f"Value '{value}' at" if answer else "Value at"
        text = f"{seen} '{path}' failed to satisfy constraint: Member must have length"
        if low is not None and len(value) < low:
            yield f"{text} greater than or equal to {low}"
        if high is not None and len(value) > high:
            yield f"{text} less than or equal to {high}"

    return test


def too_long(value: str, path: str, most: int) -> str:
    """The text for a string that is too long, for limits that models do not have."""
    text = f"Value '{value}' at '{path}' failed to satisfy constraint: Member must have length"
    return f"{text} less than or equal to {most}"


def _range(shape: Shape) -> Check:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")

    def test(value: Any, path: str) -> Iterator[str]:
        text = f"Value '{value}' at '{path}' failed to satisfy constraint: Member must have value"
        if low is not None and value < low:
            yield f"{text} greater than or equal to {low}"
        if high is not None and value > high:
            yield f"{text} less than or equal to {high}"

    return test


_RECORDED_ORDER: dict[str, tuple[str, ...]] = {
    "KeyUsageType": ("ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC"),
    "MacAlgorithmSpec": ("HMAC_SHA_384", "HMAC_SHA_256", "HMAC_SHA_224", "HMAC_SHA_512"),
    "KeySpec": (
        "RSA_2048",
        "ECC_NIST_P384",
        "ECC_NIST_P256",
        "ECC_NIST_P521",
        "HMAC_384",
        "RSA_3072",
        "ECC_SECG_P256K1",
        "RSA_4096",
        "SYMMETRIC_DEFAULT",
        "HMAC_256",
        "HMAC_224",
        "HMAC_512",
    ),
}
"""AWS names the values in an order of its own; values that are newer than the recording come after."""


def _named(shape: Shape) -> tuple[str, ...]:
    """The values of an enumeration in the order in which AWS names them."""
    recorded = _RECORDED_ORDER.get(shape.name, ())
    return (*recorded, *(value for value in shape.metadata["enum"] if value not in recorded))


def _enumeration(shape: Shape) -> Check:
    allowed = shape.metadata["enum"]
    # Recorded of GenerateDataKey: AWS names the specs of keys where a spec of data keys is meant.
    named = _named(_shape_of("KeySpec") if shape.name == "DataKeySpec" else shape)

    def test(value: Any, path: str) -> Iterator[str]:
        if value not in allowed:
            yield (
                f"Value '{value}' at '{path}' failed to satisfy constraint: "
                f"Member must satisfy enum value set: [{', '.join(named)}]"
            )

    return test


def _pattern(shape: Shape) -> Check:
    text = shape.metadata["pattern"]
    matches = _compiled(text).fullmatch

    def test(value: Any, path: str) -> Iterator[str]:
        if not matches(value):
            yield f"Value '{value}' at '{path}' {_PATTERN}{text}"

    return test


_CLASSES = {r"\p{L}": r"\w", r"\p{N}": r"\w", r"\p{Z}": r"\s"}
"""Classes of Unicode as Python has them: the underscore is allowed wherever a model allows all letters."""


def _compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of Java's. Without classes of Unicode, letters are those of ASCII."""
    if r"\p{" not in pattern:
        return re.compile(pattern, re.ASCII)
    for theirs, ours in _CLASSES.items():
        pattern = pattern.replace(theirs, ours)
    return re.compile(pattern)


_SIZED = {"string", "blob", "list", "map"}
_NUMBERS = {"integer", "long"}
_CONSTRAINTS: tuple[tuple[Callable[[Shape], bool], Callable[[Shape], Check]], ...] = (
    (lambda shape: shape.type_name in _SIZED and bool({"min", "max"} & shape.metadata.keys()), _length),
    (lambda shape: shape.type_name in _NUMBERS and bool({"min", "max"} & shape.metadata.keys()), _range),
    (lambda shape: "enum" in shape.metadata, _enumeration),
    (lambda shape: "pattern" in shape.metadata, _pattern),
)


def _structure(shape: Any, inside: Inside) -> Check | None:
    rows = _rows(shape, inside)
    if not rows:
        return None

    def test(value: Any, path: str) -> Iterator[str]:
        for name, member, required, constraint in rows:
            yield from _missing_or(value, name, f"{path}.{member}", required, constraint)

    return test


def _list(shape: Any, inside: Inside) -> Check | None:
    """The members' check; of plain values AWS shows the whole list, and all that each member must satisfy."""
    each = _compile(shape.member, inside)
    if each is None:
        return None
    if shape.member.type_name == "string":
        return _list_of_strings(shape.member, each)

    def test(value: Any, path: str) -> Iterator[str]:
        for index, item in enumerate(value, 1):
            yield from each(item, f"{path}.{index}.member")

    return test


def _list_of_strings(member: Shape, each: Check) -> Check:
    rules = ", ".join(_rules(member))

    def test(value: Any, path: str) -> Iterator[str]:
        if any(text for item in value for text in each(item, path)):
            seen = f"Value '[{', '.join(value)}]' at '{path}'"
            yield f"{seen} failed to satisfy constraint: Member must satisfy constraint: [{rules}]"

    return test


def _rules(shape: Shape) -> Iterator[str]:
    """What a string must satisfy, in AWS's words and order."""
    limits = shape.metadata
    if "max" in limits:
        yield f"Member must have length less than or equal to {limits['max']}"
    if "min" in limits:
        yield f"Member must have length greater than or equal to {limits['min']}"
    if "enum" in limits:
        yield f"Member must satisfy enum value set: [{', '.join(_named(shape))}]"
    if "pattern" in limits:
        yield f"{_PATTERN.partition(': ')[2]}{limits['pattern']}"


def _map(shape: Any, inside: Inside) -> Check | None:
    each = _compile(shape.value, inside)
    if each is None:
        return None

    def test(value: Any, path: str) -> Iterator[str]:
        for name, item in value.items():
            yield from each(item, f"{path}.{name}")

    return test


_NESTED: dict[str, Callable[[Any, Inside], Check | None]] = {"structure": _structure, "list": _list, "map": _map}


def _member(name: str) -> str:
    """AWS writes member names in lower camel case."""
    return name[:1].lower() + name[1:]
