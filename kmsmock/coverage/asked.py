"""The method of ``World`` about its policies; what it needs is imported when it is called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from kmsmock.model.turns import taking_turns
from kmsmock.store import Store

if TYPE_CHECKING:
    from kmsmock.coverage.view import PolicyCoverage


class _World(Protocol):
    store: Store


@taking_turns
def policy_coverage(self: _World, merge: Sequence[str] = (), *, aws_made: bool = False) -> PolicyCoverage:
    """Which statements of its policies and grants this world has needed so far, and which parts of them.

    ``merge`` makes one of all policies of one name (their Id, or what IAM calls them) that a pattern covers, such as
    ``"tenant-*"``. ``aws_made`` adds what nobody wrote: default key policies, AWS managed policies. ``print()`` shows a
    table; ``.percent``, ``.missing`` and ``.where(...)`` are to be asserted.
    """
    from kmsmock.coverage import making

    return making.of(self.store, merge, aws_made=aws_made)
