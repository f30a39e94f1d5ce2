"""The Condition block of a statement ("IAM JSON policy elements: Condition"); its operators are in ``operators``."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kmsmock.iam.matching import Context, Value, has_variable, substitute, unprotect
from kmsmock.iam.operators import OPERATORS, binary, instant, number

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

NETWORK = frozenset(
    {
        "aws:ec2instancesourceprivateipv4",
        "aws:ec2instancesourcevpc",
        "aws:referer",
        "aws:sourcevpc",
        "aws:sourcevpcarn",
        "aws:sourcevpce",
        "aws:vpceaccount",
        "aws:vpceorgid",
        "aws:vpceorgpaths",
        "aws:vpcsourceip",
    }
)
"""The way that a caller's own request came: a service's call for him has not come that way. Of ``aws:SourceIp``, which
stays, and of the two keys of instances, which go, AWS's documents do not tell."""

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
        """Whether a request satisfies this condition, by the truth tables of single- and multivalued keys; the
        commonest condition by far has a short way of its own."""
        if self.operator == "Null":
            return self._null
        if self.operator == "StringEquals" and not (self.quantifier or self.variables or self.key in MULTIVALUED):
            return self._equals()
        fits, negated, readable = OPERATORS[self.operator]
        absent = self.quantifier == "ForAllValues" if self.quantifier else negated
        prepared = None if self.variables else fits(self.wanted)

        def holds(context: Context) -> bool:
            seen = context.get(self.key)
            if seen is None:
                return absent or self.if_exists
            if not self.quantifier and (not isinstance(seen, str) or self.key in MULTIVALUED):
                return False
            values = (seen,) if isinstance(seen, str) else seen
            read = values if readable is None else [each for each in values if readable(each)]
            matching = (prepared or fits(self._wanted(context)))(read)
            found = len(read) - matching if negated else matching
            return found == len(values) if self.quantifier == "ForAllValues" else found > 0

        return holds

    def _null(self, context: Context) -> bool:
        missing = context.get(self.key) is None
        return any(missing == (text.lower() == "true") for text in self.wanted)

    def _equals(self) -> Callable[[Context], bool]:
        key, if_exists, wanted = self.key, self.if_exists, frozenset(map(unprotect, self.wanted))

        def equals(context: Context) -> bool:
            seen = context.get(key)
            return if_exists if seen is None else seen in wanted

        return equals

    def holds(self, context: Context) -> bool:
        """Whether a request satisfies this condition, once."""
        return self.test()(context)

    def _wanted(self, context: Context) -> tuple[str, ...]:
        """The wanted values with variables filled in; one without a value can equal nothing."""
        filled = (substitute(text, context) for text in self.wanted)
        return tuple(text for text in filled if text is not None)

    def mismatch(self, context: Context) -> str:
        """Why this condition does not hold, for a person."""
        return f"condition {self.shown}: wanted {self.quoted}, the request has {shown(context.get(self.key))}"

    @property
    def quoted(self) -> str:
        """The wanted values, for a person."""
        return " or ".join(f'"{text}"' for text in self.wanted) or "nothing"


def shown(seen: Value | None) -> str:
    """What a request has for a condition key, for a person."""
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
    ("Numeric", lambda text: number(text) is not None),
    ("Date", lambda text: instant(text) is not None),
    ("Bool", lambda text: text.lower() in ("true", "false")),
    ("Null", lambda text: text.lower() in ("true", "false")),
    ("BinaryEquals", lambda text: binary(text) is not None),
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
