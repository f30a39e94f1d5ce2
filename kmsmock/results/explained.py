"""Refusals as records. Working out what would help takes longer than the call: one of a kind is explained in full."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from kmsmock.refusals import Refusal
from kmsmock.results import kinds

EXPECTED = 1
"""Explanations of one kind of refusals that tests were prepared for, by process."""
UNEXPECTED = 3
"""The same of others."""


class Explained:
    """Which kinds have been explained in this process."""

    def __init__(self) -> None:
        self._told = Counter[tuple[str, ...]]()

    def told_of(self, refusal: Refusal, *, expected: bool, told: Callable[[datetime], str]) -> kinds.Refusal:
        """A refusal as a line, explained if few of its kind have been."""
        kind = (refusal.cause, refusal.service, refusal.operation, refusal.error.code, str(expected))
        self._told[kind] += 1
        wanted = self._told[kind] <= (EXPECTED if expected else UNEXPECTED)
        return kinds.Refusal(
            told(refusal.when),
            refusal.cause,
            refusal.general,
            refusal.why,
            refusal.service,
            refusal.operation,
            refusal.asked,
            refusal.error.code,
            refusal.error.message,
            principal=refusal.principal,
            key=refusal.key,
            via=refusal.via[-1] if refusal.via else "",
            at=refusal.place,
            passed=refusal.passed,
            expected=expected,
            explanation=refusal.explain() if wanted else "",
        )
