"""The constraints of botocore's KMS model, checked as KMS does and refused in its wording.

botocore itself checks only types, required members and minimum sizes, and a client may switch even that off.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

from kmsmock import errors
from kmsmock.wire import models
from kmsmock.wire.models import Shape

Check = Callable[[Any, str], Iterator[str]]
"""``check(value, path)`` yields the texts of the constraints that the value breaks."""

_PATTERN = "failed to satisfy constraint: Member must satisfy regular expression pattern: "


def check(operation: str, params: dict[str, Any]) -> None:
    """Raise ValidationException for every constraint of the model that the parameters break."""
    violations = [text for row in _checks(operation) for text in _missing_or(params, *row)]
    if violations:
        raise errors.constraint_violations(violations)


Row = tuple[str, str, bool, "Check | None"]
"""A member: its name, its path in messages, whether it is required, and what else it must satisfy."""


def _missing_or(
    params: dict[str, Any], name: str, path: str, required: bool, constraint: Check | None
) -> Iterable[str]:
    value = params.get(name)
    if value is None:
        text = f"Value null at '{path}' failed to satisfy constraint: Member must not be null"
        return (text,) if required else ()
    return () if constraint is None else constraint(value, path)


@cache
def _checks(operation: str) -> tuple[Row, ...]:
    """The members of an operation's input that have something to check, compiled once."""
    shape = models.service_model("kms").operation_model(operation).input_shape
    return () if shape is None else _rows(shape)


def _rows(shape: Any) -> tuple[Row, ...]:
    rows = (
        (name, _member(name), name in shape.required_members, _compile(each)) for name, each in shape.members.items()
    )
    return tuple(row for row in rows if row[2:] != (False, None))


def _compile(shape: Shape) -> Check | None:
    """The check for one shape, or None if anything goes."""
    own = [make(shape) for applies, make in _CONSTRAINTS if applies(shape)]
    nested = _NESTED.get(shape.type_name)
    inner = nested(shape) if nested is not None else None
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


def _enumeration(shape: Shape) -> Check:
    recorded = _RECORDED_ORDER.get(shape.name, ())
    allowed = (*recorded, *(value for value in shape.metadata["enum"] if value not in recorded))

    def test(value: Any, path: str) -> Iterator[str]:
        if value not in allowed:
            yield (
                f"Value '{value}' at '{path}' failed to satisfy constraint: "
                f"Member must satisfy enum value set: [{', '.join(allowed)}]"
            )

    return test


def _pattern(shape: Shape) -> Check:
    text = shape.metadata["pattern"]
    matches = re.compile(text, re.ASCII).fullmatch

    def test(value: Any, path: str) -> Iterator[str]:
        if not matches(value):
            yield f"Value '{value}' at '{path}' {_PATTERN}{text}"

    return test


_SIZED = {"string", "blob", "list", "map"}
_NUMBERS = {"integer", "long"}
_CONSTRAINTS: tuple[tuple[Callable[[Shape], bool], Callable[[Shape], Check]], ...] = (
    (lambda shape: shape.type_name in _SIZED and bool({"min", "max"} & shape.metadata.keys()), _length),
    (lambda shape: shape.type_name in _NUMBERS and bool({"min", "max"} & shape.metadata.keys()), _range),
    (lambda shape: "enum" in shape.metadata, _enumeration),
    (lambda shape: "pattern" in shape.metadata, _pattern),
)


def _structure(shape: Any) -> Check | None:
    rows = _rows(shape)
    if not rows:
        return None

    def test(value: Any, path: str) -> Iterator[str]:
        for name, member, required, constraint in rows:
            yield from _missing_or(value, name, f"{path}.{member}", required, constraint)

    return test


def _list(shape: Any) -> Check | None:
    each = _compile(shape.member)
    if each is None:
        return None

    def test(value: Any, path: str) -> Iterator[str]:
        for index, item in enumerate(value, 1):
            yield from each(item, f"{path}.{index}.member")

    return test


def _map(shape: Any) -> Check | None:
    each = _compile(shape.value)
    if each is None:
        return None

    def test(value: Any, path: str) -> Iterator[str]:
        for name, item in value.items():
            yield from each(item, f"{path}.{name}")

    return test


_NESTED: dict[str, Callable[[Any], Check | None]] = {"structure": _structure, "list": _list, "map": _map}


def _member(name: str) -> str:
    """AWS writes member names in lower camel case."""
    return name[:1].lower() + name[1:]
