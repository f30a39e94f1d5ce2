"""``world.loaded``: what was taken of the files, what was not and why, and which values are not known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kmsmock.errors import nearest
from kmsmock.loading.things import Ignored, NotKnown, Read
from kmsmock.telling import colours


@dataclass(frozen=True, slots=True)
class Taken:
    """One thing that the world has now."""

    kind: str
    arn: str
    where: str

    def __str__(self) -> str:
        return f"{self.where}: {self.kind} {self.arn}"


def _plural(kind: str, number: int) -> str:
    """The name of a kind, as one says it of so many."""
    if number == 1:
        return kind
    if kind.endswith("y") and kind[-2] not in "aeiou":
        return f"{kind[:-1]}ies"
    return f"{kind}es" if kind.endswith("s") else f"{kind}s"


@dataclass(slots=True)
class Loaded:
    """What came of loading. ``loaded["DataKey"]`` is the ARN of what a file calls so: a logical id, an address.

    ``taken``, ``ignored`` (what, where, why), ``unknown`` (values that only an apply would tell) and ``notes`` (what
    was assumed) are complete: whatever stands in the files is in one of them. ``str()`` is a text, ``plain()`` is for
    JSON.
    """

    taken: tuple[Taken, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    unknown: tuple[NotKnown, ...] = ()
    notes: tuple[str, ...] = ()
    _names: dict[str, str] | None = None
    whole: frozenset[tuple[str, str]] = frozenset()
    """Accounts of which all users or all roles were loaded: ``("111111111111", "role")``."""

    def add(self, read: Read, taken: Sequence[Taken]) -> None:
        """One more source was loaded."""
        self.taken += tuple(taken)
        self.ignored += tuple(read.ignored)
        self.unknown += tuple(read.unknown)
        self.notes += tuple(read.notes)
        self.whole |= read.whole
        self._names = {**(self._names or {}), **read.names}

    def __getitem__(self, name: str) -> str:
        known = self._names or {}
        if name not in known:
            meant = nearest(name, known)
            hint = "" if meant is None else f"; did you mean {meant!r}?"
            raise KeyError(f"nothing that was loaded is called {name!r}{hint}")
        return known[name]

    def __contains__(self, name: object) -> bool:
        return name in (self._names or {})

    def names_of(self, arn: str) -> tuple[str, ...]:
        """What the files call something, by its ARN."""
        return tuple(name for name, each in (self._names or {}).items() if each == arn)

    def counts(self) -> dict[str, int]:
        """How many things of each kind were taken."""
        return dict(sorted(Counter(each.kind for each in self.taken).items()))

    def plain(self) -> dict[str, Any]:
        """All of it as plain data, for JSON."""
        return {
            "taken": [{"kind": each.kind, "arn": each.arn, "where": each.where} for each in self.taken],
            "ignored": [{"where": each.where, "what": each.what, "why": each.why} for each in self.ignored],
            "unknown": [
                {"where": each.where, "what": each.what, "why": each.why, "stands": each.stands}
                for each in self.unknown
            ],
            "notes": list(self.notes),
        }

    def __str__(self) -> str:
        counted = ", ".join(f"{number} {_plural(kind, number)}" for kind, number in self.counts().items())
        lines = [f"taken: {counted or 'nothing'}"]
        for title, told in (("not taken", self.ignored), ("not known", self.unknown), ("assumed", self.notes)):
            if told:
                lines += [f"{title}:", *(f"  {each}" for each in told)]
        return "\n".join(lines)

    _repr_html_ = colours.html_of_repr
