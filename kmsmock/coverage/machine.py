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


def _named(each: object, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(each, name) for name in names}


def _statement(statement: Statement) -> dict[str, Any]:
    return {**_named(statement, _OF_STATEMENT), "parts": [_named(each, _OF_PART) for each in statement.parts]}


_OF_STATEMENT = ("index", "sid", "effect", "state", "allowed", "denied", "unmatched")
_OF_PART = ("element", "key", "value", "matched", "against", "exercised", "missing")
