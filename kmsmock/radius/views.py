"""The methods of ``World`` that look at what it did; what they need is imported when they are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from kmsmock.coverage.asked import policy_coverage
from kmsmock.model.turns import taking_turns
from kmsmock.store import Store

if TYPE_CHECKING:
    from kmsmock.privilege import LeastPrivilege
    from kmsmock.radius.dependents import Dependents
    from kmsmock.radius.holders import Holders


__all__ = ["depends_on", "least_privilege", "policy_coverage", "who_can"]


class _World(Protocol):
    """What is known of a world: its state, and the accounts that somebody asked it for."""

    store: Store

    @property
    def _accounts(self) -> Mapping[str, Any]: ...


@taking_turns
def depends_on(self: _World, key: str) -> Dependents:
    """What is lost once a key (its ARN, id, alias or the alias's ARN) is disabled or deleted, in whatever account.

    ``str()`` of it is a tree; ``.where(kind="object", account="222222222222")`` selects. Raises ValueError for a key
    that this world never had, TypeError for what is no text.
    """
    from kmsmock.radius import losses

    return losses.depends_on(self.store, key, self._accounts)


@taking_turns
def who_can(self: _World, action: str, key: str) -> Holders:
    """Who may do an action (``"kms:Decrypt"``) on a key, by what, and under which conditions if not just so.

    Asked are the root users, users and roles of all accounts of this world, and whom the key policy and grants name.
    Raises ValueError for an action that is not done on a key and for a key that this world never had.
    """
    from kmsmock.radius import permitted

    return permitted.who_can(self.store, action, key, self._accounts)


@taking_turns
def least_privilege(self: _World, principal: Any) -> LeastPrivilege:
    """The narrowest policies and grants under which all that a principal was allowed so far stays allowed.

    ``principal`` is what ``account.role()`` gave, or the ARN of a user, a role or its session; a role stands for its
    sessions. The answer has ``identity_policy``, ``key_policies``, ``grants`` and ``diff``, and has been replayed.
    Raises ValueError for somebody who asked for nothing, TypeError for what is no principal.
    """
    from kmsmock.privilege import asking

    return asking.least_privilege(self.store, principal)
