"""Who can use a key, as a list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kmsmock.errors import did_you_mean
from kmsmock.iam import Decision
from kmsmock.iam.printable import printable
from kmsmock.options import checked_account
from kmsmock.telling.selection import Selection


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who may. ``principal`` is an ARN (a role's stands for its sessions), a service, or ``*`` for accounts of
    which nothing is known.

    ``by`` are the statements and grants that let him, each with where it stands. ``conditions`` must hold for it, in
    words; without any he may just ask. ``decision.explain()`` tells the rest.
    """

    principal: str
    kind: str
    account: str
    by: tuple[str, ...]
    conditions: tuple[str, ...] = ()
    decision: Decision | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        conditions = f", if {' and '.join(self.conditions)}" if self.conditions else ""
        return printable(f"{self.principal} ({self.kind}) by {' and '.join(self.by)}{conditions}")

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "principal": self.principal,
            "kind": self.kind,
            "account": self.account,
            "by": list(self.by),
            "conditions": list(self.conditions),
        }


_HOLDS: Mapping[str, Callable[[Holder, Any], bool]] = {
    "principal": lambda each, who: each.principal == _arn(who),
    "kind": lambda each, kind: each.kind == kind,
    "account": lambda each, account: each.account == account,
    "conditional": lambda each, wanted: bool(each.conditions) is wanted,
}
KINDS = ("root", "user", "role", "session", "federated", "service", "anyone")


class Holders(Selection[Holder]):
    """Who may do something with a key: a list, of which ``where(account="222222222222", conditional=False)`` selects.

    Conditions: ``principal`` (an ARN, or what ``account.role()`` gave), ``kind``, ``account``, ``conditional``. Raises
    TypeError for another, ValueError for a kind or an account that there cannot be.
    """

    what = "who can use a key is"
    holds = _HOLDS

    def __init__(self, found: Iterable[Holder] = (), *, asked: str = "") -> None:
        super().__init__(found)
        self.asked = asked
        """The action and the key."""

    def among(self, found: Iterable[Holder]) -> Holders:
        return Holders(found, asked=self.asked)

    def check(self, name: str, value: Any) -> None:
        if name == "kind" and value not in KINDS:
            hint = did_you_mean(str(value), KINDS, "")
            raise ValueError(f"kind={value!r}: give one of {', '.join(KINDS)}; {hint}".rstrip("; "))
        if name == "account":
            checked_account(value)

    @property
    def principals(self) -> list[str]:
        """Who they are, each once."""
        return list(dict.fromkeys(each.principal for each in self))

    def as_dict(self) -> dict[str, Any]:
        """All of it, for JSON."""
        return {"asked": self.asked, "holders": [each.as_dict() for each in self]}

    def __str__(self) -> str:
        if not self:
            return f"{self.asked}: nobody can"
        return "\n".join((f"{self.asked}: {len(self)} can", *(f"  {each}" for each in self)))


def _arn(value: Any) -> Any:
    """The ARN of a principal; that of a session of ``account.role()`` is its role's."""
    caller = getattr(value, "caller", None)
    return value if caller is None else caller.principal.principal_arn
