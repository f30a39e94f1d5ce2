"""Managed policies that are folded up until somebody asks for something of them.

Of an account with thousands few are ever looked at, and each object is one more that a snapshot of it goes through.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from kmsmock.records.contract import MOTO

_FOLDED = "folded"


@cache
def placed_policy() -> Any:
    """moto's managed policy, which unfolds when something is asked of it."""
    base = MOTO.get("moto.iam.models:ManagedPolicy")
    return type(base)("PlacedPolicy", (base,), {"__module__": base.__module__, "__getattr__": _unfolded})


def fold(policies: Iterable[Any]) -> None:
    """Have policies keep what they are in one value that never changes."""
    for policy in policies:
        if type(policy) is placed_policy() and _FOLDED not in vars(policy):
            versions = tuple((type(each), tuple(vars(each).items())) for each in policy.versions)
            rest = {name: value for name, value in vars(policy).items() if name not in ("tags", "versions")}
            tags = tuple((name, tuple(tag.items())) for name, tag in policy.tags.items())
            vars(policy).clear()
            vars(policy)[_FOLDED] = (tuple(rest.items()), versions, tags)


def folded_text(policy: Any) -> str | None:
    """The default version of a policy that is folded up, without unfolding it; None of any other."""
    if _FOLDED not in vars(policy):
        return None
    rest, versions, _ = vars(policy)[_FOLDED]
    default = dict(rest)["default_version_id"]
    return next(str(each["document"]) for each in (dict(one) for _, one in versions) if each["version_id"] == default)


def _unfolded(policy: Any, name: str) -> Any:
    if _FOLDED not in vars(policy):
        raise AttributeError(f"a managed policy has no {name}")
    rest, versions, tags = vars(policy).pop(_FOLDED)
    vars(policy).update(rest, versions=[_record(*each) for each in versions], tags={n: dict(tag) for n, tag in tags})
    return getattr(policy, name)


def _record(kind: type, values: Iterable[tuple[str, Any]]) -> Any:
    made: Any = object.__new__(kind)
    vars(made).update(values)
    return made
