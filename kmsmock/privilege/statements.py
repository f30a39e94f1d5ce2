"""From single needs to statements: what differs in one element alone becomes one, so that nothing else is let in."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from kmsmock.iam import Policy, compile_policy
from kmsmock.privilege.terms import Term, Terms, block, literal

_TO_BE_MADE = ("/*", ":*")
_OBJECTS = ("arn:aws:s3:", "arn:aws-cn:s3:", "arn:aws-us-gov:s3:")
"""An object may be called ``*``."""
Document = dict[str, Any]
Statement = dict[str, Any]


class Row(NamedTuple):
    """A statement that allows: every action on every resource, whichever of the values a condition has."""

    actions: Iterable[str]
    resources: Iterable[str]
    conditions: Terms = ()
    principal: tuple[str, Iterable[str]] | None = None


class _Cells(NamedTuple):
    """A row as what makes it up, part by part: actions, resources, principals, and the values of each condition."""

    parts: dict[Hashable, frozenset[str]]
    kind: str | None
    """Of the principals."""
    own: Terms
    """The conditions that must be the same: those of today's statements."""


def merged(rows: Iterable[Row]) -> list[Statement]:
    """The statements that allow just what the rows do, as few as are easily found, in a lasting order."""
    cells = [_cells(each) for each in rows]
    before = -1
    while before != len(cells):
        before = len(cells)
        for part in dict.fromkeys(part for each in cells for part in each.parts):
            cells = _joined(cells, part)
    return sorted(map(_statement, cells), key=_order)


def _cells(row: Row) -> _Cells:
    parts: dict[Hashable, frozenset[str]] = {"actions": frozenset(row.actions), "resources": frozenset(row.resources)}
    kind = None
    if row.principal is not None:
        kind, names = row.principal
        parts["principals"] = frozenset(names)
    own = tuple(each for each in row.conditions if each.own or each.operator != "StringEquals")
    parts.update({each.key: frozenset(each.values) for each in row.conditions if each not in own})
    return _Cells(parts, kind, own)


def _joined(cells: Iterable[_Cells], part: Hashable) -> list[_Cells]:
    """Those that differ in one part alone as one."""
    found: dict[Hashable, _Cells] = {}
    for each in cells:
        others = frozenset((name, value) for name, value in each.parts.items() if name != part)
        alike = (others, each.kind, each.own, part in each.parts)
        before = found.get(alike)
        if before is None or part not in each.parts:
            found[alike] = each
        else:
            found[alike] = each._replace(parts={**each.parts, part: before.parts[part] | each.parts[part]})
    return list(found.values())


def _statement(cells: _Cells) -> Statement:
    kind, own = cells.kind, cells.own
    parts = dict(cells.parts)
    actions, resources, principals = (parts.pop(name, frozenset()) for name in ("actions", "resources", "principals"))
    made: Statement = {"Effect": "Allow"}
    if kind is not None:
        made["Principal"] = "*" if kind == "*" else {kind: _listed(principals)}
    made |= {"Action": _listed(actions), "Resource": _listed(resources)}
    seen = (Term("StringEquals", str(key), tuple(sorted(values))) for key, values in parts.items())
    conditions = block([*seen, *own])
    return made | ({"Condition": conditions} if conditions else {})


def _listed(values: Iterable[str]) -> str | list[str]:
    listed = sorted(values)
    return listed[0] if len(listed) == 1 else listed


def _order(statement: Statement) -> str:
    return repr([statement.get(name) for name in ("Principal", "Resource", "Action", "Condition")])


def resource(arn: str) -> str:
    """The ARN of a request as an element of a policy: its own wildcards are none there, but for what stands for a
    resource that is still to be made, such as ``arn:aws:ec2:us-east-1:111111111111:volume/*``."""
    if arn == "*" or (arn.endswith(_TO_BE_MADE) and not arn.startswith(_OBJECTS)):
        return arn
    return literal(arn).replace("*", "${*}").replace("?", "${?}")


def document(statements: Sequence[Statement]) -> Document | None:
    """A policy document; None where there is nothing to say, as AWS takes none without a statement."""
    return {"Version": "2012-10-17", "Statement": list(statements)} if statements else None


def key_policy(rows: Iterable[Row]) -> Policy:
    """Rows of a key policy, compiled."""
    made = document(merged(rows))
    assert made is not None
    return compile_policy(made, kind="resource")


def as_of_today(version: str, raw: Mapping[str, Any]) -> Statement:
    """A statement as the present version of the language has it, in which there are variables."""
    return {name: value if version == "2012-10-17" else _literal(value) for name, value in raw.items()}


def _literal(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _literal(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_literal(each) for each in value]
    return literal(value) if isinstance(value, str) else value
