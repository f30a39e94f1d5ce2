"""The refusals of a world as a list, and questions to it: it can be searched, grouped and written out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Literal

from kmsmock.refusals import overview
from kmsmock.refusals.view import Refusal
from kmsmock.store import Store
from kmsmock.telling.selection import Selection

By = Literal["cause", "test", "principal", "key", "service", "operation", "error"]


def of(store: Store) -> Refusals:
    """Everything that a world has refused, newest last."""
    return Refusals(Refusal(store, each) for each in store.refusals)


_VALUE: Mapping[By, Callable[[Refusal], str]] = {
    "cause": lambda each: each.cause,
    "test": lambda each: each.test,
    "principal": lambda each: each.principal,
    "key": lambda each: each.key,
    "service": lambda each: each.service,
    "operation": lambda each: each.operation,
    "error": lambda each: each.error.code,
}


def _holding(value_of: Callable[[Refusal], str]) -> Callable[[Refusal, Any], bool]:
    return lambda refusal, wanted: bool(value_of(refusal) == getattr(wanted, "arn", wanted))


def _is_by(refusal: Refusal, who: Any) -> bool:
    """Whether somebody asked; the ARN of a role stands for its sessions."""
    arns = (
        [refusal.principal]
        if refusal.call is None
        else [refusal.principal, refusal.call.caller.principal.principal_arn]
    )
    return getattr(who, "arn", who) in arns


_HOLDS: Mapping[str, Callable[[Refusal, Any], bool]] = {
    **{name: _holding(value_of) for name, value_of in _VALUE.items()},
    "principal": _is_by,
}


class Refusals(Selection[Refusal]):
    """Refusals, newest last: a list, of which ``where(cause="KMS-STATE-DISABLED", principal=role)`` selects, and which
    ``by`` groups.

    Conditions: ``cause``, ``test``, ``principal`` (an ARN, or what ``account.role()`` gave), ``key``, ``service``,
    ``operation``, ``error`` (a code). Raises TypeError for another.
    """

    what = "refusals are"
    holds = _HOLDS

    def by(self, what: By) -> dict[str, Refusals]:
        """Grouped by one of the conditions of ``where``: ``refusals.by("cause")``. Raises TypeError for another."""
        if what not in _VALUE:
            raise TypeError(f"{what!r}: refusals are told apart by {', '.join(_VALUE)}")
        found: dict[str, Refusals] = {}
        for each in self:
            found.setdefault(_VALUE[what](each), Refusals()).append(each)
        return found

    def to_json(self) -> str:
        """All of them as a JSON list."""
        return json.dumps([each.as_dict() for each in self], indent=2)

    def __str__(self) -> str:
        return overview.text(self)
