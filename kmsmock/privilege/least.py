"""The narrowest policies and grants under which all stays allowed that was, for everybody in a world."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

from kmsmock.iam import Decision, Policy, decide
from kmsmock.model.grant import Grant
from kmsmock.privilege import carried, covering, usage
from kmsmock.privilege.basis import OwnFault, whose
from kmsmock.privilege.documents import Documents, Grants, Written, write
from kmsmock.privilege.grants import narrowed
from kmsmock.privilege.needs import Case, Gathered, Need, gather
from kmsmock.privilege.statements import Statement
from kmsmock.privilege.usage import Use


@dataclass(frozen=True, slots=True)
class Today:
    """What a world has: its grants, and the policies of its keys; those of ``fixed`` keys cannot be changed."""

    keys: Mapping[str, Policy] = field(default_factory=dict)
    fixed: frozenset[str] = frozenset()
    grants: Mapping[str, Grant] = field(default_factory=dict)


class Facts(NamedTuple):
    """What the least is made of: all that was allowed, statements to carry over, grants, and how today's were used."""

    needs: Mapping[Need, list[Case]]
    changers: Written
    denies: Sequence[tuple[str, Statement]]
    grants: Grants
    uses: Sequence[Use]


class Least(NamedTuple):
    """The least for everybody: what is needed, the documents, and how the statements of today were used."""

    needs: Mapping[Need, list[Case]]
    documents: Documents
    uses: Sequence[Use]


def least(decisions: Iterable[Decision], today: Today) -> Least:
    """What a world needs, replayed. Raises OwnFault where the replay does not agree with what was decided."""
    decisions = list(decisions)
    facts = facts_of(decisions, today)
    made = settled(facts, today.fixed)
    _verify_denied(facts.needs, (each for each in decisions if not each.allowed), made.documents, today.fixed)
    return made


def facts_of(decisions: Sequence[Decision], today: Today) -> Facts:
    """What some decisions tell."""
    found = gather(decisions, today.fixed)
    denied = [each for each in decisions if not each.allowed]
    denies: list[tuple[str, Statement]] = []
    for each in carried.denies(found, denied, today.fixed):
        if each not in denies:
            denies.append(each)
    uses = usage.of(found.examples, denied, today.fixed)
    return Facts(found.needs, carried.changers(found, today.keys), denies, _grants(found, today), uses)


def settled(facts: Facts, fixed: frozenset[str] = frozenset()) -> Least:
    """The documents, under which everything was asked again. Raises OwnFault if anything is denied there."""
    others = facts.changers
    for subject, statement in facts.denies:
        others = _with_deny(facts, others, subject, statement, fixed)
    documents = write(covering.needed(facts.needs, others, facts.grants, fixed), others, facts.grants)
    for need, cases in facts.needs.items():
        if not _all_allowed(cases, documents, fixed):
            raise OwnFault(f"the least privilege denies what was allowed: {need}")
    return Least(facts.needs, documents, facts.uses)


def _with_deny(facts: Facts, others: Written, subject: str, statement: Statement, fixed: frozenset[str]) -> Written:
    """The statements with one Deny more, unless it would deny what was allowed at another time."""
    tried = {**others, subject: [*others.get(subject, ()), statement]}
    concerned = (cases for need, cases in facts.needs.items() if subject in (need.whose, need.resource))
    documents = write(covering.rows_of(facts.needs), tried, facts.grants)
    return tried if _all_allowed(chain.from_iterable(concerned), documents, fixed) else others


def _grants(found: Gathered, today: Today) -> Grants:
    used: dict[str, list[Case]] = {}
    for need, cases in found.needs.items():
        if need.grant:
            used.setdefault(need.grant, []).extend(cases)
    return {
        name: narrowed(today.grants[name], [each.request for each in cases]) if name in today.grants else None
        for name, cases in used.items()
    }


# --- asked again ------------------------------------------------------------------------------------------------------


def _all_allowed(cases: Iterable[Case], documents: Documents, fixed: frozenset[str]) -> bool:
    return all(decide(each.request, documents.under(each, fixed)).allowed for each in cases)


def _verify_denied(
    found: Mapping[Need, list[Case]], denied: Iterable[Decision], documents: Documents, fixed: frozenset[str]
) -> None:
    """What was denied still is, but for what the policies of another time allow."""
    for decision in denied:
        case = Case(decision.request, decision.policies)
        if decide(case.request, documents.under(case, fixed)).allowed and not _at_another_time(decision, found):
            raise OwnFault(f"the least privilege allows what was denied: {decision!r}")


def _at_another_time(decision: Decision, found: Mapping[Need, list[Case]]) -> bool:
    """Whether the policies under which the like was allowed would have allowed a denied request."""
    request = decision.request
    return any(
        decide(request, case.policies).allowed
        for need, cases in found.items()
        if (need.whose, need.action, need.resource) == (whose(request.principal), request.action, request.resource)
        for case in cases
    )
