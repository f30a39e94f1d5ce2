"""A decision for a machine: texts, numbers and lists only."""

from __future__ import annotations

from typing import Any

from kmsmock.iam import advice, remedies
from kmsmock.iam.decision import Decision, verdicts, ways
from kmsmock.iam.nearness import nearest
from kmsmock.iam.request import applicable


def of(decision: Decision) -> dict[str, Any]:
    """What was asked and decided, every statement that was looked at, and what would have to change."""
    request, policies = decision.request, decision.policies
    found = [] if decision.allowed else nearest(request, policies, advice.blocking(request, policies, decision.layer))
    made = []
    if decision.effect == "implicitDeny" and decision.decide is not None:
        made = advice.changes(request, policies, decision.layer, decision.decide)
    return {
        "effect": decision.effect,
        "allowed": decision.allowed,
        "caller": decision.caller,
        "action": decision.action,
        "resource": decision.resource,
        "reason": decision.reason,
        "side": decision.side,
        "note": decision.note,
        "statements": [
            {
                "layer": source.layer.value,
                "policy": source.name,
                "place": source.place(statement),
                "statement": statement.index + 1,
                "sid": statement.sid,
                "effect": statement.effect,
                "matches": why is None,
                "why": why,
            }
            for sources in applicable(request, policies)
            for source in sources
            for statement, why in verdicts(decision, source)
        ],
        "grants": [grant.id for grant in policies.grants],
        "missed_grants": [each._asdict() for each in policies.missed],
        "nearest": [element._asdict() for near in found[:1] for element in near.elements],
        "to_add": [
            {
                "layer": each.layer.value,
                "where": remedies.place(request, policies, each.layer),
                "statement": dict(each.statement),
            }
            for each in made
        ],
        "to_do": list(ways(decision)),
    }
