"""Policy coverage for machines: texts, numbers and lists only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kmsmock.coverage.policies import Part, Policy, Statement, percent_of


def totals(statements: Sequence[Statement], parts: Sequence[Part]) -> dict[str, Any]:
    """The numbers of all policies together."""
    exercised = sum(each.exercised for each in statements)
    return {
        "version": 1,
        "statements": len(statements),
        "exercised": exercised,
        "percent": round(percent_of(exercised, len(statements)), 2),
        "percent_of_parts": round(percent_of(sum(each.exercised for each in parts), len(parts)), 2),
    }


def policy(policy: Policy) -> dict[str, Any]:
    """One policy."""
    return {
        "policy": policy.title,
        "kind": policy.kind,
        "name": policy.name,
        "places": list(policy.places),
        "whose": list(policy.whose),
        "percent": round(policy.percent, 2),
        "missing": list(policy.missing),
        "document": policy.document,
        "statements": [_statement(each) for each in policy.statements],
    }


def _statement(statement: Statement) -> dict[str, Any]:
    return {
        "index": statement.index,
        "sid": statement.sid,
        "effect": statement.effect,
        "state": statement.state,
        "allowed": statement.allowed,
        "denied": statement.denied,
        "unmatched": statement.unmatched,
        "parts": [_part(each) for each in statement.parts],
    }


def _part(part: Part) -> dict[str, Any]:
    return {
        "element": part.element,
        "key": part.key,
        "value": part.value,
        "matched": part.matched,
        "against": part.against,
        "exercised": part.exercised,
        "missing": part.missing,
    }
