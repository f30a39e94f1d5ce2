"""What became of mutants, as plain data that workers send, and put together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from kmsmock.mutation.mutants import Mutant

Outcome = Literal["noticed", "not tried", "unnoticed"]
_FIRST: Sequence[Outcome] = ("noticed", "not tried", "unnoticed")
"""What one worker found goes before what another did not."""


class Verdict(NamedTuple):
    """``decisions`` is how many would have been others, ``by`` a test that failed."""

    mutant: Mutant
    outcome: Outcome
    decisions: int = 0
    by: str = ""

    def as_list(self) -> list[Any]:
        """For another process."""
        return [list(self.mutant), self.outcome, self.decisions, self.by]

    @classmethod
    def of(cls, told: Sequence[Any]) -> Verdict:
        return cls(Mutant(*told[0]), *told[1:])


def merged(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """What all workers found, a verdict for each mutant: one test that notices is enough."""
    found: dict[Mutant, Verdict] = {}
    for each in verdicts:
        before = found.get(each.mutant, each)
        best = min(before, each, key=lambda one: _FIRST.index(one.outcome))
        decisions = each.decisions if before is each else before.decisions + each.decisions
        found[each.mutant] = best._replace(decisions=decisions)
    return list(found.values())


def score(verdicts: Iterable[Verdict]) -> float | None:
    """The mutants that some test notices, in percent of those that were tried; None where none was."""
    outcomes = [each.outcome for each in verdicts if each.outcome != "not tried"]
    return 100 * outcomes.count("noticed") / len(outcomes) if outcomes else None


def as_dict(verdicts: Sequence[Verdict], titles: Mapping[str, str]) -> dict[str, Any]:
    """All of it for a machine."""
    return {
        "version": 1,
        "score": score(verdicts),
        "mutants": [
            {
                **each.mutant._asdict(),
                "policy": titles.get(each.mutant.policy, each.mutant.policy),
                "outcome": each.outcome,
                "decisions": each.decisions,
                "by": each.by,
            }
            for each in verdicts
        ],
    }
