"""THE TABLE of what can be wrong in a policy: each statement, value and condition dropped, widened or narrowed.

A mutant is found again in a document by its path, so that documents which differ only in what AWS makes up (ids of
keys) are changed alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from kmsmock.coverage.shapes import masked, parts_of
from kmsmock.iam.grammar import values_of
from kmsmock.iam.matching import is_wild

Raw = Mapping[str, Any]


class Mutant(NamedTuple):
    """One change of one policy. ``policy`` is the key of its shape, ``path`` where the change is (``0/Action/1``);
    ``to`` is what a value becomes, or which value of a condition goes."""

    policy: str
    path: str
    how: str
    value: str = ""
    to: str = ""

    @property
    def told(self) -> str:
        """``Action kms:Decrypt could be widened to kms:* and no test would fail``, without the statement's label."""
        element = self.path.partition("/")[2].partition("/")[0]
        thing = f"{element} {self.value}" if element else "this statement"
        become = {"dropped": "deleted", "made optional": "made optional (IfExists)"}.get(self.how, self.how)
        return f"{thing} could be {become}{f' to {self.to}' if self.to else ''} and no test would fail"

    @property
    def statement(self) -> int:
        return int(self.path.partition("/")[0])


Used = Callable[[str], "str | None"]
"""What a wildcard at a path covered first in the run; None for nothing, and where nobody knows."""


def of(policy: str, statements: list[Raw], used: Used) -> Iterator[Mutant]:
    """Every mutant of a document, by the key and the statements of its shape."""
    for number, raw in enumerate(statements):
        at = str(number)
        yield Mutant(policy, at, "dropped")
        for path, value in parts_of(raw):
            element = path.partition("/")[0]
            first = partial(used, f"{at}/{path}")
            for how, to in _MAKERS[element](raw, element, path, value, first):
                yield Mutant(policy, f"{at}/{path}", how, _shown(element, path, value), to)


def _shown(element: str, path: str, value: Any) -> str:
    return path.split("/", 1)[1].replace("/", " ", 1) if element == "Condition" else str(value)


Found = Iterator[tuple[str, str]]
"""What is done to a part, and what it becomes."""


def _dropped(raw: Raw, element: str) -> Found:
    count = sum(path.partition("/")[0] == element for path, _ in parts_of(raw))
    if count > 1:
        yield "dropped", ""


def _of_negated(raw: Raw, element: str, path: str, value: Any, used: Any) -> Found:
    yield from _dropped(raw, element)


def _of_action(raw: Raw, element: str, path: str, value: Any, used: Any) -> Found:
    yield from _dropped(raw, element)
    service, _, name = str(value).partition(":")
    if name and name != "*":
        yield "widened", f"{service}:*"
    elif name and "Principal" not in raw:  # a resource's own policy is about no other service
        yield "widened", "*"
    yield from _narrowed(value, used)


def _of_resource(raw: Raw, element: str, path: str, value: Any, used: Any) -> Found:
    yield from _dropped(raw, element)
    if value != "*":
        yield "widened", "*"
    if "Principal" not in raw:  # of a resource's own policy it is that resource anyway
        yield from _narrowed(value, used)


def _of_principal(raw: Raw, element: str, path: str, value: Any, used: Any) -> Found:
    yield from _dropped(raw, element)
    if value != "*" and not path.startswith(("Principal/Federated", "Principal/CanonicalUser")):
        yield "widened", "*"
    if value == "*":
        yield from _narrowed(value, used)


def _narrowed(value: Any, used: Callable[[], str | None]) -> Found:
    to = used() if is_wild(str(value)) else None
    if to is not None and to.lower() != str(value).lower():
        yield "narrowed", to


def _of_condition(raw: Raw, element: str, path: str, value: Any, used: Any) -> Found:
    yield "dropped", ""
    operator = path.split("/")[1]
    if not operator.endswith("IfExists") and operator != "Null" and ":" not in operator and "Not" not in operator:
        yield "made optional", ""
    listed = values_of(value)
    if len(listed) > 1:
        yield from (("narrowed", f"all but {each}") for each in listed)


_MAKERS: Mapping[str, Callable[[Raw, str, str, Any, Any], Found]] = {
    "Principal": _of_principal,
    "NotPrincipal": _of_negated,
    "Action": _of_action,
    "NotAction": _of_negated,
    "Resource": _of_resource,
    "NotResource": _of_negated,
    "Condition": _of_condition,
}


# --- making one -----------------------------------------------------------------------------------------------------


def changed(mutant: Mutant, statements: list[Any]) -> list[Any]:
    """The statements of a document with the change in them."""
    at = mutant.statement
    part = mutant.path.partition("/")[2]
    if not part:
        return [*statements[:at], *statements[at + 1 :]]
    raw = statements[at]
    make = _of_a_condition if part.startswith("Condition/") else _of_a_value
    return [*statements[:at], make(mutant, raw, part), *statements[at + 1 :]]


def _of_a_value(mutant: Mutant, raw: Raw, part: str) -> Raw:
    element, *group, number = part.split("/")
    if element == "Principal" and mutant.to == "*":
        return {**raw, element: "*"}
    whole = raw[element]
    values = values_of(whole[group[0]] if group else whole)
    left = [*values[: int(number)], *([mutant.to] if mutant.to else []), *values[int(number) + 1 :]]
    if element == "Principal" and mutant.how == "narrowed":
        return {**raw, element: {"AWS": left}}
    if not group:
        return {**raw, element: left}
    others = {name: value for name, value in whole.items() if name != group[0]}
    return {**raw, element: {**others, **({group[0]: left} if left else {})}}


def _of_a_condition(mutant: Mutant, raw: Raw, part: str) -> Raw:
    _, operator, key = part.split("/", 2)
    conditions = {name: dict(keys) for name, keys in raw["Condition"].items()}
    value = conditions[operator].pop(key)
    if mutant.how == "made optional":
        conditions.setdefault(f"{operator}IfExists", {})[key] = value
    elif mutant.how == "narrowed":
        conditions[operator][key] = [each for each in values_of(value) if f"all but {masked(str(each))}" != mutant.to]
    return {**raw, "Condition": {name: keys for name, keys in conditions.items() if keys}}


# --- of grants ------------------------------------------------------------------------------------------------------


def of_grant(policy: str, params: Mapping[str, Any]) -> Iterator[Mutant]:
    """Every mutant of a grant."""
    yield Mutant(policy, "0", "dropped", "this grant")
    operations = params.get("Operations", ())
    if len(operations) > 1:
        for number, each in enumerate(operations):
            yield Mutant(policy, f"0/Operations/{number}", "dropped", each)
    if params.get("Constraints"):
        yield Mutant(policy, "0/Constraints", "dropped", ", ".join(params["Constraints"]))


def changed_grant(mutant: Mutant, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """The parameters of a CreateGrant with the change in them; a grant that is dropped gives nothing."""
    if mutant.path == "0":
        return {**params, "Operations": []}
    if mutant.path == "0/Constraints":
        return {name: value for name, value in params.items() if name != "Constraints"}
    at = int(mutant.path.rpartition("/")[2])
    operations = params["Operations"]
    return {**params, "Operations": [*operations[:at], *operations[at + 1 :]]}
