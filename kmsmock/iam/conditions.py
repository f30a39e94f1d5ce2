"""Condition operators, as one table ("IAM JSON policy elements: Condition operators"), and the block that uses them."""

from __future__ import annotations

import base64
import binascii
import ipaddress
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal, InvalidOperation
from typing import Any

from kmsmock.iam.matching import Context, Value, has_variable, match_arn, match_wildcard, substitute, unprotect

MULTIVALUED = frozenset(
    {
        "aws:tagkeys",
        "aws:calledvia",
        "aws:principalorgpaths",
        "aws:resourceorgpaths",
        "aws:sourceorgpaths",
        "aws:vpceorgpaths",
        "aws:principalservicenameslist",
        "kms:encryptioncontextkeys",
        "kms:grantoperations",
        "kms:resourcealiases",
    }
)

Test = Callable[[str, str], bool]
"""``test(seen, wanted)``: does one value of the request match one value of the policy?"""


class Unreadable(ValueError):
    """A value of the request that its operator cannot read, and that therefore matches nothing, negated or not."""


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


_END_OF_TIME = 10**12
"""Seconds since 1970 above which a number is no date."""


def _instant(text: str) -> int | None:
    """Milliseconds since 1970, from ISO 8601 or epoch seconds."""
    number = _number(text)
    if number is not None:
        return int(number * 1000) if abs(number) < _END_OF_TIME else None
    try:
        read = datetime.fromisoformat(text.replace("Z", "+00:00"))
        read = read if read.tzinfo is not None else read.replace(tzinfo=timezone.utc)
        return int(read.timestamp() * 1000)
    except (ValueError, OverflowError):
        return None


def _ordered(read: Callable[[str], Any], compare: Callable[[Any, Any], bool]) -> Test:
    def test(seen: str, wanted: str) -> bool:
        left, right = read(seen), read(wanted)
        return left is not None and right is not None and compare(left, right)

    return test


def _bool(seen: str, wanted: str) -> bool:
    return (seen.lower() == "true") == (wanted.lower() == "true")


def _binary(seen: str, wanted: str) -> bool:
    try:
        return base64.b64decode(seen, validate=True) == base64.b64decode(wanted, validate=True)
    except (binascii.Error, ValueError):
        return False


def _address(seen: str, wanted: str) -> bool:
    try:
        address = ipaddress.ip_address(seen)
    except ValueError:
        raise Unreadable(seen) from None
    try:
        network = ipaddress.ip_network(wanted, strict=":" in wanted)
    except ValueError:
        return False
    return address.version == network.version and address in network


def _arn(seen: str, wanted: str) -> bool:
    if seen.count(":") < 5:
        raise Unreadable(seen)
    return match_arn(wanted, seen)


def _equal(seen: str, wanted: str) -> bool:
    return seen == unprotect(wanted)


def _equal_ignoring_case(seen: str, wanted: str) -> bool:
    return seen.lower() == unprotect(wanted).lower()


def _like(seen: str, wanted: str) -> bool:
    return match_wildcard(wanted, seen)


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": lambda left, right: left == right,
    "LessThan": lambda left, right: left < right,
    "LessThanEquals": lambda left, right: left <= right,
    "GreaterThan": lambda left, right: left > right,
    "GreaterThanEquals": lambda left, right: left >= right,
}

OPERATORS: dict[str, tuple[Test, bool]] = {
    "StringEquals": (_equal, False),
    "StringNotEquals": (_equal, True),
    "StringEqualsIgnoreCase": (_equal_ignoring_case, False),
    "StringNotEqualsIgnoreCase": (_equal_ignoring_case, True),
    "StringLike": (_like, False),
    "StringNotLike": (_like, True),
    **{f"Numeric{name}": (_ordered(_number, compare), False) for name, compare in _COMPARISONS.items()},
    "NumericNotEquals": (_ordered(_number, _COMPARISONS["Equals"]), True),
    **{f"Date{name}": (_ordered(_instant, compare), False) for name, compare in _COMPARISONS.items()},
    "DateNotEquals": (_ordered(_instant, _COMPARISONS["Equals"]), True),
    "Bool": (_bool, False),
    "BinaryEquals": (_binary, False),
    "IpAddress": (_address, False),
    "NotIpAddress": (_address, True),
    "ArnEquals": (_arn, False),
    "ArnLike": (_arn, False),
    "ArnNotEquals": (_arn, True),
    "ArnNotLike": (_arn, True),
}
"""Operator -> its test, and whether it is negated."""

_VARIABLES_IN = ("String", "Arn", "Bool")


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator on one key. ``key`` is in lower case; ``shown`` is the operator and key as written."""

    operator: str
    quantifier: str
    if_exists: bool
    key: str
    wanted: tuple[str, ...]
    shown: str
    variables: bool

    def test(self) -> Callable[[Context], bool]:
        """``holds`` as a function; the commonest condition by far has a short way of its own."""
        if self.operator != "StringEquals" or self.quantifier or self.variables or self.key in MULTIVALUED:
            return self.holds
        key, if_exists, wanted = self.key, self.if_exists, frozenset(map(unprotect, self.wanted))

        def equals(context: Context) -> bool:
            seen = context.get(key)
            return if_exists if seen is None else seen in wanted

        return equals

    def holds(self, context: Context) -> bool:
        """Whether the request satisfies this condition, by the truth tables of single- and multivalued keys."""
        seen = context.get(self.key)
        if self.operator == "Null":
            return any((seen is None) == (text.lower() == "true") for text in self.wanted)
        test, negated = OPERATORS[self.operator]
        if seen is None:
            if self.quantifier:
                return self.quantifier == "ForAllValues" or self.if_exists
            return self.if_exists or negated
        wanted = self._wanted(context) if self.variables else self.wanted

        def one(value: str) -> bool:
            try:
                return any(test(value, each) for each in wanted) != negated
            except Unreadable:
                return False

        values = (seen,) if isinstance(seen, str) else seen
        if self.quantifier == "ForAllValues":
            return all(map(one, values))
        if self.quantifier == "ForAnyValue":
            return any(map(one, values))
        return isinstance(seen, str) and self.key not in MULTIVALUED and one(seen)

    def _wanted(self, context: Context) -> tuple[str, ...]:
        """The wanted values with variables filled in; one without a value can equal nothing."""
        filled = (substitute(text, context) for text in self.wanted)
        return tuple(text for text in filled if text is not None)

    def mismatch(self, context: Context) -> str:
        """Why this condition does not hold, for a person."""
        seen = context.get(self.key)
        wanted = " or ".join(f'"{text}"' for text in self.wanted)
        return f"condition {self.shown}: wanted {wanted}, the request has {_shown(seen)}"


def _shown(seen: Value | None) -> str:
    if seen is None:
        return "no such key"
    if isinstance(seen, str):
        return f'"{seen}"'
    return "[" + ", ".join(f'"{value}"' for value in seen) + "]"


def compile_conditions(block: Any, variables: bool) -> tuple[Condition, ...]:
    """The conditions of a Condition element. Raises ValueError for an operator or a shape that AWS does not know."""
    if not isinstance(block, Mapping):
        raise ValueError("Condition must be an object")
    return tuple(
        _compile(name, key, values, variables) for name, keys in block.items() for key, values in _items(name, keys)
    )


_LITERALS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("Numeric", lambda text: _number(text) is not None),
    ("Date", lambda text: _instant(text) is not None),
    ("Bool", lambda text: text.lower() in ("true", "false")),
    ("Null", lambda text: text.lower() in ("true", "false")),
    ("BinaryEquals", lambda text: _binary(text, text)),
)


def unreadable(condition: Condition) -> str | None:
    """A value that the condition's operator cannot read; policies that are stored may not have any."""
    for family, readable in _LITERALS:
        if condition.operator.startswith(family):
            return next((text for text in condition.wanted if not has_variable(text) and not readable(text)), None)
    if "IpAddress" in condition.operator:
        return next((text for text in condition.wanted if not _is_network(text)), None)
    return None


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _items(operator: str, keys: Any) -> Iterable[tuple[str, Any]]:
    if not isinstance(keys, Mapping):
        raise ValueError(f"Condition operator {operator} must hold an object")
    return keys.items()


def _compile(name: str, key: str, values: Any, variables: bool) -> Condition:
    quantifier, _, operator = name.rpartition(":")
    if_exists = operator.endswith("IfExists")
    base = operator.removesuffix("IfExists")
    known = _SPELLING.get(base.lower())
    if known is None or quantifier not in ("", "ForAllValues", "ForAnyValue") or (known == "Null" and if_exists):
        raise ValueError(f"Invalid Condition type : {name}.")
    wanted = tuple(_text(value) for value in (values if isinstance(values, list) else [values]))
    uses = variables and known.startswith(_VARIABLES_IN) and any(map(has_variable, wanted))
    return Condition(known, quantifier, if_exists, key.lower(), wanted, f"{name} {key}", uses)


_SPELLING = {name.lower(): name for name in (*OPERATORS, "Null")}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    raise ValueError("Condition values must be strings, numbers or booleans")
