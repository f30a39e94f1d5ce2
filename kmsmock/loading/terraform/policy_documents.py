"""``data.aws_iam_policy_document`` whose text only an apply would tell: put together from what the plan has of it.

Elements that are not known are what the configuration refers to there, which the report says: the plan does not tell
what the configuration writes around a reference.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from kmsmock.loading.terraform.elements import Element, constant, primary
from kmsmock.loading.things import Read

_ELEMENTS = {
    "actions": "Action",
    "not_actions": "NotAction",
    "resources": "Resource",
    "not_resources": "NotResource",
}
_PRINCIPALS = {"principals": "Principal", "not_principals": "NotPrincipal"}


class Plan(Protocol):
    """What is known of a plan here."""

    read: Read

    def expressions(self, element: Element) -> Mapping[str, Any]: ...
    def reference(self, element: Element, text: str) -> Any: ...
    def where(self, element: Element) -> str: ...
    def not_known(self, element: Element, name: str, why: str) -> str: ...


def document(plan: Plan, element: Element) -> dict[str, Any]:
    """The document, with those of which it is made."""
    statements = list(_others(plan, element, "source_policy_documents"))
    configured = plan.expressions(element).get("statement") or []
    known = element.values.get("statement") or []
    for number in range(max(len(known), len(configured))):
        now = known[number] if number < len(known) else {}
        written = configured[number] if number < len(configured) and len(configured) == len(known or configured) else {}
        statements.append(_statement(plan, element, now or {}, written, number))
    statements += _others(plan, element, "override_policy_documents")
    return {"Version": str(element.values.get("version") or "2012-10-17"), "Statement": statements}


def _others(plan: Plan, element: Element, name: str) -> Iterator[Any]:
    for text in _values(plan, element, element.values.get(name), plan.expressions(element).get(name), name):
        try:
            found = json.loads(text).get("Statement", [])
        except (ValueError, AttributeError):
            plan.not_known(element, name, "one of these documents only an apply tells")
            continue
        yield from found if isinstance(found, list) else [found]


def _statement(
    plan: Plan, element: Element, known: Mapping[str, Any], written: Mapping[str, Any], number: int
) -> dict[str, Any]:
    found: dict[str, Any] = {"Effect": known.get("effect") or constant(written.get("effect")) or "Allow"}
    sid = known.get("sid") or constant(written.get("sid"))
    if sid:
        found["Sid"] = sid
    for name, shown in _ELEMENTS.items():
        values = _values(plan, element, known.get(name), written.get(name), f"statement {number + 1}, {name}")
        if values:
            found[shown] = values
    for name, shown in _PRINCIPALS.items():
        listed = list(_blocks(known.get(name), written.get(name)))
        named: dict[str, list[Any]] = {}
        for now, block in listed:
            kind = str(now.get("type") or constant(block.get("type")))
            where = f"statement {number + 1}, {name}"
            named.setdefault(kind, []).extend(
                _values(plan, element, now.get("identifiers"), block.get("identifiers"), where)
            )
        if named:
            found[shown] = "*" if named == {"*": ["*"]} else named
    conditions = _conditions(plan, element, known.get("condition"), written.get("condition"), number)
    if conditions:
        found["Condition"] = conditions
    return found


def _conditions(plan: Plan, element: Element, known: Any, written: Any, number: int) -> dict[str, Any]:
    found: dict[str, dict[str, Any]] = {}
    for now, block in _blocks(known, written):
        test = str(now.get("test") or constant(block.get("test")))
        where = f"statement {number + 1}, condition {test}"
        key = now.get("variable") or constant(block.get("variable"))
        key = key or next(iter(_values(plan, element, None, block.get("variable"), where)), "")
        found.setdefault(test, {})[str(key)] = _values(plan, element, now.get("values"), block.get("values"), where)
    return found


def _blocks(known: Any, written: Any) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """The blocks of a kind, as far as they are known, each beside what the configuration says of it.

    Sets have no order: by place alone those are put together of which nothing is known.
    """
    now, blocks = list(known or []), list(written or [])
    if len(now) != len(blocks):
        yield from ((each, {}) for each in now) if now else (({}, each) for each in blocks)
        return
    for each in now:
        alike = [one for one in blocks if _fits(each, one)] or blocks
        blocks.remove(alike[0])
        yield each or {}, alike[0]


def _fits(known: Mapping[str, Any] | None, block: Mapping[str, Any]) -> bool:
    """Whether a block of the configuration may be one that is partly known: whatever both tell is the same."""
    for name, value in (known or {}).items():
        fixed = constant(block.get(name))
        listed = sorted(map(str, fixed)) if isinstance(fixed, list) else fixed
        mine = sorted(map(str, value)) if isinstance(value, list) else value
        if fixed is not None and value is not None and listed != mine:
            return False
        if fixed is None and isinstance(value, list) and value and block.get(name) is None:
            return False
    return True


def _values(plan: Plan, element: Element, known: Any, written: Any, where: str) -> list[Any]:
    """A set of texts: those that are known, and what the configuration refers to where some are not."""
    listed = [known] if isinstance(known, str) else list(known or [])
    found = [each for each in listed if each is not None]
    if found and len(found) == len(listed):
        return found
    fixed = constant(written)
    if fixed is not None:
        return [fixed] if isinstance(fixed, str) else list(fixed)
    references = primary(written)
    if not references:
        return found
    values = list(found)
    for each in references:
        value = plan.reference(element, each)
        if value is None:
            value = plan.not_known(element, f"{where} ({each})", "only an apply tells it")
        else:
            note = f"{plan.where(element)}: {where} is taken to be {each}, which is all that the plan tells of it"
            if note not in plan.read.notes:
                plan.read.notes.append(note)
        values += [one for one in (value if isinstance(value, list) else [value]) if one not in values]
    return values
