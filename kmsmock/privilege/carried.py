"""Statements that are carried over from today's policies: who may change a key's policy, and what is denied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kmsmock.iam import Decision, Policy
from kmsmock.iam.arn import Arn
from kmsmock.iam.grammar import values_of
from kmsmock.privilege.basis import changeable, subject_of
from kmsmock.privilege.needs import Gathered
from kmsmock.privilege.statements import Statement, as_of_today

CHANGING = "kms:PutKeyPolicy"
_REST = ("Resource", "NotResource", "Condition")


def changers(found: Gathered, keys: Mapping[str, Policy]) -> dict[str, list[Statement]]:
    """Who may change a key's policy today still may: KMS takes none that its author could not change again, and nobody
    can use a key again that nobody manages ("Default key policy")."""
    made: dict[str, list[Statement]] = {}
    for arn in dict.fromkeys(each.resource for each in found.needs if each.key is not None):
        policy = keys.get(arn)
        for statement in () if policy is None else policy.statements:
            who = _of_account(statement.raw, Arn.of(arn).account)
            if policy is not None and statement.effect == "Allow" and statement.is_about(CHANGING.lower()) and who:
                rest = {name: statement.raw[name] for name in _REST if name in statement.raw}
                alone = {"Sid": "Manage", "Effect": "Allow", **who, "Action": CHANGING, **rest}
                made.setdefault(arn, []).append(as_of_today(policy.version, alone))
    return made


def _of_account(raw: Mapping[str, Any], account: str) -> Statement:
    """The Principal element with the names of an account alone, as no other changes its keys; empty without any."""
    named = raw.get("Principal")
    if not isinstance(named, Mapping):
        return {name: raw[name] for name in ("Principal", "NotPrincipal") if name in raw}
    own = [each for each in values_of(named.get("AWS", [])) if each in ("*", account) or f"::{account}:" in each]
    return {"Principal": {"AWS": own}} if own else {}


def denies(found: Gathered, denied: Iterable[Decision], fixed: frozenset[str]) -> Iterator[tuple[str, Statement]]:
    """Each Deny that has denied something, or that would deny what is needed were its conditions to hold; and whose it
    is, a principal's or a key's."""
    for decision in denied:
        if decision.effect == "explicitDeny":
            source, statement = decision.matched[0]
            if source in changeable(decision, fixed):
                yield subject_of(decision, source), as_of_today(source.policy.version, statement.raw)
    for decision, need in found.examples:
        request, bounded = decision.request, decision.policies.boundary is not None
        for source in changeable(decision, fixed):
            for statement in source.policy.statements:
                about = statement.effect == "Deny" and statement.is_about(need.action.lower())
                if about and statement.concerns(request.principal, request.resource, bounded) is not None:
                    yield subject_of(decision, source), as_of_today(source.policy.version, statement.raw)
