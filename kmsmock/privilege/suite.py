"""The least privilege of a whole suite: by principal and by key, over all its tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from kmsmock.iam.names import short
from kmsmock.privilege import plain, usage
from kmsmock.privilege.documents import Documents
from kmsmock.privilege.least import settled
from kmsmock.privilege.plain import Privilege
from kmsmock.privilege.usage import Difference
from kmsmock.telling.colours import table
from kmsmock.telling.words import counted

VERSION = 1
"""Of the file."""
AT_MOST = 20
"""Statements of today in the terminal; the file has them all."""


class SuitePrivilege(NamedTuple):
    """The documents of a suite, the grants as arguments of CreateGrant, and how the policies of today differ."""

    documents: Documents
    grants: Sequence[dict[str, Any]]
    diff: Sequence[Difference]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "version": VERSION,
            "identity_policies": dict(sorted(self.documents.identity.items())),
            "key_policies": dict(sorted(self.documents.keys.items())),
            "grants": list(self.grants),
            "diff": [each._asdict() for each in self.diff],
        }

    def lines(self, width: int, file: str) -> Iterator[str]:
        """The statements of today that are wider than they need to be, as a table; and what the file has."""
        places: dict[tuple[str, str, str], list[str]] = {}
        for each in self.diff:
            if each.kind in ("over-wide", "unused"):
                place = each.place.replace(each.subject, short(each.subject))
                places.setdefault((each.kind, each.today, each.used), []).append(place)
        rows = [(kind, today, _several(alike), used) for (kind, today, used), alike in places.items()]
        if rows:
            yield from table(("", "statement", "of", "used"), rows[:AT_MOST], width)
        if len(rows) > AT_MOST:
            yield f"... and {len(rows) - AT_MOST} more"
        told = (
            counted(len(self.documents.identity), "identity policy", "identity policies"),
            counted(len(self.documents.keys), "key policy", "key policies"),
            counted(len(self.grants), "grant"),
        )
        yield f"{file} has the narrowest that would do: {', '.join(told)}"


def _several(places: Sequence[str]) -> str:
    return places[0] if len(places) == 1 else f"{places[0]}, and {len(places) - 1} more"


def of(found: Iterable[Privilege]) -> SuitePrivilege:
    """All that the worlds of a suite were allowed, put together and asked again. Raises OwnFault."""
    facts, grants = plain.together(found)
    made = settled(facts)
    documents = made.documents
    left = (*documents.identity.values(), *documents.keys.values())
    return SuitePrivilege(documents, grants, sorted(usage.differences(made.uses, left)))
