"""What was found in a project, and what to write first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from kmsmock.doctor.checks import clients, environment, mocks, patches, plugins, refusals, versions
from kmsmock.doctor.findings import Check, Finding, Group, Level, grouped
from kmsmock.doctor.project import Project
from kmsmock.doctor.tree import Unread

KINDS: Sequence[tuple[Sequence[Check], Callable[[Project], Iterator[Finding]]]] = (
    (versions.CHECKS, versions.find),
    (plugins.CHECKS, plugins.find),
    (mocks.CHECKS, mocks.find),
    (environment.CHECKS, environment.find),
    (refusals.CHECKS, refusals.find),
    (clients.CHECKS, clients.find),
    (patches.CHECKS, patches.find),
)
"""The checks of each kind, those that matter most first, and who looks."""
LEVELS: Mapping[Level, str] = {
    "change": "Change first",
    "refused": "What AWS would refuse, as far as the text tells",
    "look": "Look at",
    "works": "Works as it is",
}
CHECKS: Sequence[Check] = sorted(
    (check for checks, _ in KINDS for check in checks), key=lambda check: list(LEVELS).index(check.level)
)
"""All checks, in the order in which they are told."""


class Diagnosis(NamedTuple):
    """``groups`` are in the order of ``CHECKS``; ``first`` is what to write, step by step."""

    files: int
    sources: int
    unread: Sequence[Unread]
    groups: Sequence[Group]
    first: Sequence[str]

    @property
    def status(self) -> int:
        """0 if nothing stands in the way, 1 if something has to be changed first."""
        return int(any(group.check.level == "change" for group in self.groups))


def diagnose(paths: Sequence[Path]) -> Diagnosis:
    """Look at the project in some paths."""
    project = Project(paths)
    groups = grouped((each for _, find in KINDS for each in find(project)), CHECKS)
    return Diagnosis(len(project.files), len(project.sources), project.unread, groups, _first(project, groups))


_BASELINE = "--kmsmock-baseline=kmsmock-baseline.json"
_STEPS = (
    "pytest --kmsmock=audit    # nothing is refused that moto lets pass; the end says what AWS would refuse",
    f"pytest {_BASELINE} --kmsmock-update-baseline    # from now on that is known",
    f"pytest {_BASELINE}    # in CI: only what is new fails",
    "pytest --kmsmock    # strict, once the baseline is empty",
)


def _first(project: Project, groups: Sequence[Group]) -> list[str]:
    """What has to be changed, what to install, and the commands from the first look to strict."""
    steps = [f"{group.check.code}: {group.write.splitlines()[0]}" for group in groups if group.check.level == "change"]
    if not project.requires("kmsmock"):
        steps.append("pip install kmsmock, and name it beside pytest and moto in the requirements of the tests")
    tried, *others = _STEPS
    scopes = sorted({each.tells["scope"] for group in groups if group.check is mocks.WIDE for each in group.found})
    wide = f"; worlds are as wide as fixtures with mocks: {', '.join(scopes)}" if scopes else ""
    return [*steps, tried + wide, *others]
