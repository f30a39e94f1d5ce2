"""What was counted as plain data, which goes into files and is put together from many: of tests, workers and runs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from kmsmock.coverage.counting import Counted, Counting, Place
from kmsmock.coverage.shapes import masked
from kmsmock.coverage.templates import file_of

AT_MOST = 5
"""Names of whose a policy is, and lines that wrote it, that are kept of each."""
_QUOTED = re.compile(r'"([^"]+)"')


class Policy(NamedTuple):
    """One policy, and how often each statement of it matched and did not; of each part of it, how often it took part in
    that. ``policy`` tells it from others, ``what`` is its kind, ``name`` its Id or the name that IAM knows it by."""

    policy: str
    what: str
    name: str
    whose: list[str]
    places: list[str]
    document: dict[str, Any]
    counts: dict[str, list[int]]


def of(counting: Counting) -> list[Policy]:
    """What was counted since the last time, a policy each."""
    return [_plain(each) for each in counting.take()]


def _plain(counted: Counted) -> Policy:
    document, whose = counted.shape.document, masked(counted.whose)
    quoted = _QUOTED.search(whose)
    name = str(document.get("Id") or document.get("Name") or (quoted[1] if quoted else ""))
    places = sorted(filter(None, map(_place, counted.written)), key=in_order)[:AT_MOST]
    return Policy(counted.shape.key, counted.kind, name, [whose], places, dict(document), counted.counts)


def _place(place: Place) -> str:
    if place.element:
        at = file_of(place.template) or (place.own.place if place.own is not None else "")
        return f"{at}:{place.element}" if at else place.element
    return place.file or (place.own.place if place.own is not None else "")


def in_order(place: str) -> tuple[str, int, str]:
    """Lines of a file by their numbers."""
    file, _, number = place.rpartition(":")
    return (file, int(number), "") if number.isdigit() else (file, 0, number)


def merged(policies: Iterable[Policy], by_name: Sequence[str] = ()) -> list[Policy]:
    """Policies of many tests and runs: those that say the same are one, and those whose name one of the patterns in
    ``by_name`` covers are one if they have the same name."""
    found: dict[str, list[Policy]] = {}
    for each in policies:
        named = each.name and any(fnmatchcase(each.name, pattern) for pattern in by_name)
        found.setdefault(f"named {each.name}" if named else each.policy, []).append(each)
    return [_one(same) for same in found.values()]


def _one(same: Sequence[Policy]) -> Policy:
    if len(same) == 1:
        return same[0]
    shown = max(same, key=lambda each: (len(str(each.document)), str(each.document)))
    counts: dict[str, list[int]] = {path: [0, 0] for path in shown.counts}
    for path, (matched, against) in _all_counts(same):
        found = counts.setdefault(path, [0, 0])
        found[0] += matched
        found[1] += against
    return shown._replace(
        whose=sorted({each for policy in same for each in policy.whose})[:AT_MOST],
        places=sorted({each for policy in same for each in policy.places}, key=in_order)[:AT_MOST],
        counts=counts,
    )


def _all_counts(same: Iterable[Policy]) -> Iterator[tuple[str, list[int]]]:
    for each in same:
        yield from each.counts.items()
