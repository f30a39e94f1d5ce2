"""Which events a trail logs ("Logging management events", "Filtering events with advanced event selectors")."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kmsmock.errors import AwsError
from kmsmock.services.cloudtrail.state import Trail

Record = Mapping[str, Any]


def let_in(trail: Trail, record: Record) -> bool:
    """True if the selectors of a trail want an event of management; a trail without selectors wants all."""
    if trail.selectors:
        return any(_basic(selector, record) for selector in trail.selectors)
    if trail.advanced:
        return any(_advanced(selector, record) for selector in trail.advanced)
    return True


def check(params: Mapping[str, Any]) -> None:
    """Raise CloudTrail's error for selectors that say what nobody knows. The text is unverified."""
    for selector in params.get("EventSelectors") or ():
        kind = selector.get("ReadWriteType", "All")
        if kind not in _READ_WRITE:
            raise _invalid(f"The value of ReadWriteType is not valid: {kind}")
    for selector in params.get("AdvancedEventSelectors") or ():
        for field in selector.get("FieldSelectors", ()):
            unknown = field.keys() - {"Field", *_OPERATORS, *_NEGATED}
            if unknown or "Field" not in field:
                raise _invalid(f"A field selector needs a Field and known operators, not {', '.join(sorted(field))}")


def _invalid(text: str) -> AwsError:
    return AwsError("InvalidEventSelectorsException", text)


_READ_WRITE: Mapping[str, tuple[bool, ...]] = {"All": (True, False), "ReadOnly": (True,), "WriteOnly": (False,)}


def _basic(selector: Mapping[str, Any], record: Record) -> bool:
    return (
        bool(selector.get("IncludeManagementEvents", True))
        and record["readOnly"] in _READ_WRITE[selector.get("ReadWriteType", "All")]
        and record["eventSource"] not in selector.get("ExcludeManagementEventSources", ())
    )


_OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "Equals": lambda value, given: value == given,
    "StartsWith": lambda value, given: value.startswith(given),
    "EndsWith": lambda value, given: value.endswith(given),
}
_NEGATED = {f"Not{name}": holds for name, holds in _OPERATORS.items()}


def _advanced(selector: Mapping[str, Any], record: Record) -> bool:
    return all(_holds(field, record) for field in selector.get("FieldSelectors", ()))


def _holds(field: Mapping[str, Any], record: Record) -> bool:
    """Any of the values of an operator will do; with a negated one, none may hold."""
    value = _value(record, field["Field"])
    wanted = all(
        any(holds(value, each) for each in field[name]) for name, holds in _OPERATORS.items() if field.get(name)
    )
    return wanted and not any(holds(value, each) for name, holds in _NEGATED.items() for each in field.get(name) or ())


def _value(record: Record, name: str) -> str:
    found: Any = record
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return str(found).lower() if isinstance(found, bool) else str(found or "")
