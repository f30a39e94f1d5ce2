"""Statements that others cover: who may decrypt without a condition needs no statement to do it through a service."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from kmsmock.iam import decide
from kmsmock.privilege import terms
from kmsmock.privilege.carried import CHANGING
from kmsmock.privilege.documents import Documents, Grants, Rows, Written, write
from kmsmock.privilege.needs import Case, KeySide, Need, row_of_identity, row_of_key
from kmsmock.privilege.terms import Terms

Side = TypeVar("Side", Terms, KeySide)
Found = Mapping[Need, list[Case]]


@dataclass(slots=True)
class _Group:
    """The needs of one principal for one action on one resource: no other statement has a say in them, but for those
    that are carried over. What is left of their statements, and every request."""

    whose: str
    action: str
    resource: str
    identity: list[Terms] = field(default_factory=list)
    keys: list[KeySide] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)

    def rows(self, identity: Iterable[Terms], keys: Iterable[KeySide]) -> Rows:
        """Their statements, with some on either side."""
        return Rows(
            {self.whose: [row_of_identity(self.action, self.resource, each) for each in identity]},
            {self.resource: [row_of_key(self.action, each) for each in keys]},
        )


def rows_of(found: Found) -> Rows:
    """The statements of all needs, whether another one covers them or not."""
    rows = Rows({}, {})
    for group in _groups(found):
        rows.add(group.rows(group.identity, group.keys))
    return rows


def needed(found: Found, others: Written, grants: Grants, fixed: frozenset[str]) -> Rows:
    """The statements of the needs, each of which is needed. ``others`` are there besides."""
    rows = Rows({}, {})
    for group in _groups(found):
        there = {name: others[name] for name in (group.whose, group.resource) if name in others}
        _thin(group, there, grants, fixed)
        rows.add(group.rows(group.identity, group.keys))
    return rows


def _groups(found: Found) -> Iterable[_Group]:
    groups: dict[tuple[str, str, str], _Group] = {}
    for need, cases in found.items():
        name = need.whose, need.action, need.resource
        group = groups.setdefault(name, _Group(*name))
        if need.identity is not None and need.identity not in group.identity:
            group.identity.append(need.identity)
        if need.key is not None and need.key not in group.keys:
            group.keys.append(need.key)
        group.cases += cases
    return groups.values()


def _thin(group: _Group, there: Written, grants: Grants, fixed: frozenset[str]) -> None:
    """Leave out what others cover: first of the identity policy, then of the key policy."""
    group.identity = _left(
        group,
        group.identity,
        lambda side: side,
        terms.form,
        lambda left: write(group.rows(left, group.keys), there, grants),
        fixed,
    )
    group.keys = _left(
        group,
        group.keys,
        lambda side: side.conditions,
        lambda side: (side.kind, side.name, terms.form(side.conditions)),
        lambda left: write(group.rows(group.identity, left), there, grants),
        fixed,
    )


def _left(
    group: _Group,
    sides: list[Side],
    conditions: Callable[[Side], Terms],
    form: Callable[[Side], object],
    written: Callable[[list[Side]], Documents],
    fixed: frozenset[str],
) -> list[Side]:
    """Those of a side without which something would be denied. Of two of one form, which differ in pinned values alone,
    none covers anything of the other's."""
    carried, forms = group.action == CHANGING, {each: form(each) for each in sides}
    if not carried and len(set(forms.values())) < 2:
        return sides
    for each in sorted(sides, key=lambda side: -len(conditions(side))):
        near = [other for other in sides if forms[other] != forms[each]]
        concerned = [case for case in group.cases if terms.may_hold(conditions(each), case.request)]
        if not carried and not _may_do_without(concerned, [conditions(other) for other in near]):
            continue
        documents = written(near)
        if all(decide(case.request, documents.under(case, fixed)).allowed for case in concerned):
            sides = [other for other in sides if other != each]
    return sides


def _may_do_without(cases: Iterable[Case], others: Sequence[Terms]) -> bool:
    """Whether others may let in each request, or a grant does: quicker to see than to ask anew."""
    return all(case.policies.grants or any(terms.may_hold(each, case.request) for each in others) for case in cases)
