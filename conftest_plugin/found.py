"""What AWS would have refused in one test, for whoever puts it together: as JSON, since xdist's workers send it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conftest_plugin.worlds import Seen
    from kmsmock.refusals import Refusal

Found = dict[str, Any]
"""One refusal: ``test``, ``service``, ``operation``, ``error``, ``cause`` and what it takes to tell it."""
_PARAMETERS = re.compile(r"\[.*\]$", re.DOTALL)


def test_of(nodeid: str) -> str:
    """The function that a test comes from: its parameters may be renamed, or be random."""
    return _PARAMETERS.sub("", nodeid)


def kind_of(found: Found) -> str:
    """What tells a refusal of a test from its others, and nothing that differs from run to run."""
    return f"{found['service']}:{found['operation']} {found['error']} {found['cause']}"


class Collector:
    """Looks through the worlds of the present test, and gives each refusal that was let pass once."""

    def __init__(self) -> None:
        self._told: dict[int, tuple[Seen, int]] = {}
        """By the identity of a world's state, which is held so that no other gets it: how many refusals were told."""

    def new(self, worlds: Sequence[Seen], nodeid: str) -> list[Found]:
        """What was let pass since the last look."""
        from kmsmock.model.turns import turn
        from kmsmock.refusals import Refusal

        with turn:
            found = [
                _plain(Refusal(each.store, made), made.test, nodeid)
                for each in worlds
                for made in each.store.refusals[self._begin(each) :]
                if made.passed
            ]
            self._told = {id(each.store): (each, len(each.store.refusals)) for each in worlds}
        return found

    def _begin(self, seen: Seen) -> int:
        _, told = self._told.get(id(seen.store), (seen, 0))
        return max(seen.refusals, told)


def _plain(refusal: Refusal, made_by: str, nodeid: str) -> Found:
    from kmsmock.refusals import Needed

    needed = Needed()
    needed.decisions += refusal.denials
    by_fixture = "::fixture " in made_by
    return {
        "test": made_by if by_fixture else test_of(nodeid),
        "nodeid": "" if by_fixture else nodeid,
        "service": refusal.service,
        "operation": refusal.operation,
        "error": refusal.error.code,
        "message": refusal.error.message,
        "cause": refusal.cause,
        "general": refusal.general,
        "why": refusal.why,
        "principal": refusal.principal,
        "about": refusal.key,
        "at": refusal.place,
        "to_do": list(refusal.remedies),
        "to_add": needed.missing,
    }
