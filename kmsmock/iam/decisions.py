"""The decisions of a world as a list, and questions to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kmsmock.iam.decision import Decision

_HOLDS: Mapping[str, Callable[[Decision, Any], bool]] = {
    "principal": lambda each, arn: arn in (each.caller, each.request.principal.principal_arn),
    "action": lambda each, action: each.action.lower() == str(action).lower(),
    "resource": lambda each, arn: each.resource == arn,
    "allowed": lambda each, wanted: each.allowed is wanted,
    "effect": lambda each, effect: each.effect == effect,
    "reason": lambda each, reason: each.reason == reason,
}


class Decisions(list[Decision]):
    """Decisions, newest last: a list, of which ``where`` selects."""

    @property
    def denied(self) -> Decisions:
        """Those that did not allow, also where a world in audit mode let the request pass."""
        return self.where(allowed=False)

    def where(self, **wanted: Any) -> Decisions:
        """Those for which every condition holds: ``decisions.where(action="kms:Decrypt", principal=role)``.

        Conditions: ``principal`` (an ARN, or what ``account.role()`` gave; a role stands for its sessions), ``action``,
        ``resource``, ``allowed``, ``effect``, ``reason``. Raises TypeError for another.
        """
        unknown = next((name for name in wanted if name not in _HOLDS), None)
        if unknown is not None:
            raise TypeError(f"{unknown!r}: decisions are told apart by {', '.join(_HOLDS)}")
        given = {name: getattr(value, "arn", value) for name, value in wanted.items()}
        return Decisions(each for each in self if all(_HOLDS[name](each, value) for name, value in given.items()))
