"""The refusals of a world as a list, and questions to it: it can be searched, grouped and written out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Literal, SupportsIndex, overload

from kmsmock.refusals import overview
from kmsmock.refusals.view import Refusal
from kmsmock.store import Store
from kmsmock.telling import colours

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


class Refusals(list[Refusal]):
    """Refusals, newest last: a list, of which ``where`` selects, and which ``by`` groups."""

    @overload
    def __getitem__(self, which: SupportsIndex) -> Refusal: ...

    @overload
    def __getitem__(self, which: slice) -> Refusals: ...

    def __getitem__(self, which: SupportsIndex | slice) -> Refusal | Refusals:
        found = super().__getitem__(which)
        return Refusals(found) if isinstance(found, list) else found

    def where(self, **wanted: Any) -> Refusals:
        """Those for which every condition holds: ``refusals.where(cause="KMS-STATE-DISABLED", principal=role)``.

        Conditions: ``cause``, ``test``, ``principal`` (an ARN, or what ``account.role()`` gave), ``key``, ``service``,
        ``operation``, ``error`` (a code). Raises TypeError for another.
        """
        for name in wanted:
            _must_be_one(name)
        given = {name: getattr(value, "arn", value) for name, value in wanted.items()}
        return Refusals(each for each in self if all(_is(each, name, value) for name, value in given.items()))

    def by(self, what: By) -> dict[str, Refusals]:
        """Grouped by one of the conditions of ``where``: ``refusals.by("cause")``. Raises TypeError for another."""
        _must_be_one(what)
        found: dict[str, Refusals] = {}
        for each in self:
            found.setdefault(_VALUE[what](each), Refusals()).append(each)
        return found

    def to_json(self) -> str:
        """All of them as a JSON list."""
        return json.dumps([each.as_dict() for each in self], indent=2)

    def __str__(self) -> str:
        return overview.text(self)

    def _repr_html_(self) -> str:
        return colours.html(str(self))


def _is(refusal: Refusal, name: Any, value: Any) -> bool:
    """Whether a condition holds; the ARN of a role stands for its sessions."""
    call = refusal.call
    if name == "principal" and call is not None and call.caller.principal.principal_arn == value:
        return True
    return bool(_VALUE[name](refusal) == value)


def _must_be_one(name: str) -> None:
    if name not in _VALUE:
        raise TypeError(f"{name!r}: refusals are told apart by {', '.join(_VALUE)}")
