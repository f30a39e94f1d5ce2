"""Policy coverage as a user sees it: a list of policies to ask, to print and to write down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from kmsmock.coverage import machine, text
from kmsmock.coverage.policies import Part, Policy, Statement, percent_of
from kmsmock.telling.selection import Selection


class PolicyCoverage(Selection[Policy]):
    """The policies of a world or a suite: a list, of which ``where(kind="key", exercised=False)`` selects.

    Conditions: ``kind`` (``key``, ``inline``, ``managed``, ``trust``, ``bucket``, ``grant`` ...), ``name``, ``place``
    (a file, or a file and a line), ``exercised`` (whether all statements were). Raises TypeError for another.
    """

    what = "policies are"
    holds: ClassVar[Mapping[str, Callable[[Policy, Any], bool]]] = {
        "kind": lambda each, kind: each.kind == kind,
        "name": lambda each, name: each.name == name,
        "place": lambda each, place: any(at == place or at.startswith(f"{place}:") for at in each.places),
        "exercised": lambda each, wanted: (each.exercised == len(each.statements)) is wanted,
    }

    @property
    def statements(self) -> list[Statement]:
        return [statement for policy in self for statement in policy.statements]

    @property
    def parts(self) -> list[Part]:
        return [part for statement in self.statements for part in statement.parts]

    @property
    def percent(self) -> float:
        """The statements that were exercised, in percent: what ``--kmsmock-cov-fail-under`` is held against."""
        return percent_of(sum(each.exercised for each in self.statements), len(self.statements))

    @property
    def percent_of_parts(self) -> float:
        """The actions, principals, resources and conditions that were exercised, in percent."""
        return percent_of(sum(each.exercised for each in self.parts), len(self.parts))

    @property
    def missing(self) -> list[str]:
        """What no test tried, policy by policy."""
        return [f"{policy.title}: {each}" for policy in self for each in policy.missing]

    def as_dict(self) -> dict[str, Any]:
        """All of it for a machine: texts, numbers and lists only."""
        return {**machine.totals(self.statements, self.parts), "policies": [machine.policy(each) for each in self]}

    def __str__(self) -> str:
        return "\n".join(text.lines(self, missing=True))
