"""One resource or data source of a plan or a state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Element:
    """``not_known`` tells which of the ``values`` only an apply tells, as the plan has it in ``after_unknown``."""

    address: str
    module: str
    type: str
    values: Mapping[str, Any]
    not_known: Mapping[str, Any]
    mode: str = "managed"


def constant(expression: Any) -> Any:
    """What the configuration writes as it is; None for what it computes."""
    return expression.get("constant_value") if isinstance(expression, Mapping) else None


def primary(expression: Any) -> list[str]:
    """The references of an expression, without those that are the beginning of others."""
    found = [str(each) for each in expression.get("references", [])] if isinstance(expression, Mapping) else []
    longer = {each: [one for one in found if one.startswith((f"{each}.", f"{each}["))] for each in found}
    return [each for each in found if not longer[each]]
