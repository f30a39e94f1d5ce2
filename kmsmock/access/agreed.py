"""What was agreed: differences that a file says are meant, so that CI does not stop for them.

The file is what ``diff --format json`` prints, or a list of such entries, written by hand or cut from there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kmsmock.access.difference import CHANGES, AccessDiff, Change
from kmsmock.iam.matching import match_wildcard

_FIELDS = ("change", "principal", "key", "actions", "conditions", "why")
_TOLD = ("kind", "called", "by", "against", "assumed")
"""What else a difference tells, which an entry may have and which does not count."""
_ACCEPTED = (
    "give a list of objects with principal, key and actions, and if they are to count change, conditions and why, or "
    "what `diff --format json` prints"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One difference that is meant. Without ``conditions`` it is meant under any; patterns have ``*``."""

    number: int
    change: str
    principal: str
    key: str
    actions: tuple[str, ...]
    conditions: tuple[str, ...]
    why: str

    def covers(self, each: Change, action: str) -> bool:
        """Whether an action of a difference is meant."""
        return (
            self.change == each.change
            and match_wildcard(self.principal, each.principal)
            and any(match_wildcard(self.key, name) for name in (each.key, *each.called))
            and any(match_wildcard(one.lower(), action.lower()) for one in self.actions)
            and set(self.conditions) <= set(each.conditions)
        )

    def __str__(self) -> str:
        conditions = f", if {' and '.join(self.conditions)}" if self.conditions else ""
        return (
            f"entry {self.number}: {self.change} {self.principal} {', '.join(self.actions)} on {self.key}{conditions}"
        )


@dataclass(slots=True)
class Agreed:
    """The entries of a file, and those that nothing was found for."""

    entries: Sequence[Entry] = ()
    _used: set[int] = field(default_factory=set)

    @classmethod
    def read(cls, path: Path) -> Agreed:
        """Raises ValueError, saying what is accepted, for what is no such file, and OSError."""
        try:
            document = json.loads(path.read_text(encoding="utf-8-sig"))
        except ValueError as problem:
            raise ValueError(f"{path}: {problem}") from None
        entries = document.get("differences") if isinstance(document, dict) else document
        if not isinstance(entries, list):
            raise ValueError(f"{path}: {_ACCEPTED}")
        return cls([_entry(path, number, each) for number, each in enumerate(entries, 1)])

    def without(self, found: AccessDiff) -> AccessDiff:
        """The differences, without what was agreed."""
        left = []
        for each in found:
            actions = tuple(action for action in each.actions if not self._is_agreed(each, action))
            if actions:
                left.append(each.of_actions(actions))
        return found.among(left)

    def _is_agreed(self, each: Change, action: str) -> bool:
        covering = [entry.number for entry in self.entries if entry.covers(each, action)]
        self._used.update(covering)
        return bool(covering)

    @property
    def unused(self) -> list[Entry]:
        """The entries for which there was no difference."""
        return [each for each in self.entries if each.number not in self._used]


def _entry(path: Path, number: int, given: Any) -> Entry:
    where = f"{path}, entry {number}"
    if not isinstance(given, Mapping):
        raise ValueError(f"{where}: {_ACCEPTED}")
    unknown = sorted(set(given) - {*_FIELDS, *_TOLD})
    if unknown:
        raise ValueError(f"{where}: there is no field {unknown[0]!r}; there are {', '.join(_FIELDS)}")
    change = given.get("change", "new")
    if change not in CHANGES:
        raise ValueError(f"{where}: change is {' or '.join(CHANGES)}, not {change!r}")
    for name in ("principal", "key"):
        if not isinstance(given.get(name), str):
            raise ValueError(
                f"{where}: {name} is missing; it is a text, such as an ARN, in which * stands for anything"
            )
    return Entry(
        number=number,
        change=change,
        principal=given["principal"],
        key=given["key"],
        actions=_texts(where, "actions", given.get("actions")),
        conditions=_texts(where, "conditions", given.get("conditions", [])),
        why=str(given.get("why", "")),
    )


def _texts(where: str, name: str, given: Any) -> tuple[str, ...]:
    listed: Iterable[Any] = [given] if isinstance(given, str) else given if isinstance(given, list) else [None]
    found = tuple(each for each in listed if isinstance(each, str))
    if len(found) != len(list(listed)) or (name == "actions" and not found):
        raise ValueError(f"{where}: {name} is a list of texts, such as {_EXAMPLES[name]}")
    return found


_EXAMPLES = {
    "actions": ["kms:Decrypt"],
    "conditions": ['kms:ViaService is "s3.eu-west-1.amazonaws.com"'],
}
