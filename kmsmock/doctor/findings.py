"""What the doctor finds: a check says what will happen and what to write, a finding says where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from kmsmock.telling import own_lines

Level = Literal["change", "refused", "look", "works"]
"""``change``: it stands in the way. ``refused``: AWS would refuse it, so strict shows it. ``look``: it goes past the
world, or goes otherwise than one may think. ``works``: what people ask about, and may leave as it is."""


class Check(NamedTuple):
    """One thing that is looked for. The texts hold ``{names}`` of what a finding tells of itself."""

    code: str
    level: Level
    title: str
    happens: str
    write: str = ""


class Place(NamedTuple):
    """A line of a file by its number; 0 is the file as a whole."""

    file: str
    number: int = 0

    def __str__(self) -> str:
        if not self.number:
            return self.file
        return own_lines.place(self.file, self.number)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something at a place; ``what`` is it in a few words."""

    check: Check
    what: str
    place: Place
    tells: Mapping[str, str] = field(default_factory=dict)

    @property
    def happens(self) -> str:
        return _filled(self.check.happens, self.tells)

    @property
    def write(self) -> str:
        return _filled(self.check.write, self.tells)


class Group(NamedTuple):
    """Findings of one kind: what happens and what to write is the same for all."""

    check: Check
    happens: str
    write: str
    found: tuple[Finding, ...]


def grouped(findings: Iterable[Finding], order: Iterable[Check]) -> list[Group]:
    """Findings of one kind together, in the order of the checks; each of them in the order of the files."""
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for each in findings:
        groups.setdefault((each.check.code, each.happens, each.write), []).append(each)
    ranks = {check.code: rank for rank, check in enumerate(order)}
    made = [
        Group(found[0].check, happens, write, tuple(_distinct(found))) for (_, happens, write), found in groups.items()
    ]
    return sorted(made, key=lambda group: ranks[group.check.code])


def _distinct(found: Iterable[Finding]) -> Iterable[Finding]:
    """One finding for what is said twice of one line."""
    return {(each.what, each.place): each for each in found}.values()


def _filled(text: str, tells: Mapping[str, str]) -> str:
    """Names in braces only: policies and settings have braces of their own."""
    for name, value in tells.items():
        text = text.replace(f"{{{name}}}", value)
    return text
