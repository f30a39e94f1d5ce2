"""What AWS would have refused in a suite, put together: by cause, then who, what about, where and what to do."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from conftest_plugin.found import Found, kind_of
from kmsmock.telling.words import counted

AT_MOST = 12
"""Causes in the terminal; the file has them all."""
_FEW = 3
_WHOLE = "--kmsmock-summary=FILE has all of it, test by test; --kmsmock=strict makes these tests fail"


def by_cause(found: Iterable[Found]) -> dict[str, list[Found]]:
    """Refusals by their causes, those first that most tests have."""
    groups: dict[str, list[Found]] = {}
    for each in found:
        groups.setdefault(each["cause"], []).append(each)
    return dict(sorted(groups.items(), key=lambda group: (-len({each["test"] for each in group[1]}), group[0])))


def as_dict(found: Sequence[Found]) -> dict[str, Any]:
    """All of it for a machine: texts, numbers and lists only."""
    return {
        "version": 1,
        "refusals": len(found),
        "tests": len({each["test"] for each in found}),
        "causes": [
            {
                "cause": cause,
                "general": group[0]["general"],
                "refusals": len(group),
                "tests": sorted({each["test"] for each in group}),
                "principals": _counted(each["principal"] for each in group),
                "about": _counted(each["about"] for each in group),
                "to_do": _counted(line for each in group for line in each["to_do"]),
                "to_add": _to_add(group),
            }
            for cause, group in by_cause(found).items()
        ],
        "found": [{**each, "kind": kind_of(each)} for each in found],
    }


def lines(found: Sequence[Found], tests: int, known: int = 0) -> Iterator[str]:
    """The summary for the terminal; none where there is nothing to say."""
    if known:
        yield f"{counted(known, 'refusal')} that the baseline knows {'was' if known == 1 else 'were'} let pass."
    if not found:
        return
    groups = by_cause(found)
    concerned = len({each["nodeid"] for each in found if each["nodeid"]})
    new = " that the baseline does not know" if known else ""
    causes = counted(len(groups), "cause")
    yield f"{counted(len(found), 'refusal')}{new}, for {causes}, in {concerned} of {tests} tests:"
    for cause, group in list(groups.items())[:AT_MOST]:
        yield ""
        yield from _of_cause(cause, group)
    if len(groups) > AT_MOST:
        yield f"... and {counted(len(groups) - AT_MOST, 'cause')} more"
    yield ""
    yield _WHOLE


def _of_cause(cause: str, group: Sequence[Found]) -> Iterator[str]:
    tests = Counter(each["test"] for each in group)
    yield f"{cause}: {group[0]['general']} ({counted(len(group), 'refusal')}, {counted(len(tests), 'test')})"
    rows: Mapping[str, Iterable[str]] = {
        "asked": (f"{each['service']}:{each['operation']} ({each['error']})" for each in group),
        "caller": (each["principal"] for each in group),
        "about": (each["about"] for each in group),
        "at": (each["at"] for each in group),
        "to do": (line for each in group for line in each["to_do"]),
    }
    for title, values in rows.items():
        yield from _row(title, _counted(values))
    for place, statements in list(_to_add(group).items())[:_FEW]:
        yield from (f"  {'to add':8}in {place}: {json.dumps(each)}" for each in statements[:_FEW])
    yield from _row("tests", dict(tests.most_common()))


def _row(title: str, counted: Mapping[str, int]) -> Iterator[str]:
    for number, (value, times) in enumerate(list(counted.items())[:_FEW]):
        often = f" ({times} times)" if times > 1 else ""
        yield f"  {'' if number else title:8}{value}{often}"
    if len(counted) > _FEW:
        yield f"  {'':8}... and {len(counted) - _FEW} more"


def of_test(new: Sequence[Found], baseline: str) -> str:
    """Why a test fails that did what a baseline does not know."""
    told = [f"AWS would refuse what this test does, and {baseline} does not know of it:"]
    for kind, group in _by_kind(new).items():
        first = group[0]
        told += ["", f"{kind}" + (f" ({len(group)} times)" if len(group) > 1 else ""), f"  why     {first['why']}"]
        told += [f"  {title:8}{first[name]}" for title, name in _TOLD.items() if first[name]]
        told += [f"  {'to do':8}{line}" for line in first["to_do"]]
        told += [f"  {'to add':8}in {at}: {json.dumps(each)}" for at, all_ in first["to_add"].items() for each in all_]
    told += ["", f"If it is to stay for now: --kmsmock-baseline={baseline} --kmsmock-update-baseline"]
    return "\n".join(told)


_TOLD = {"answer": "message", "caller": "principal", "about": "about", "at": "at"}


def of_baseline(name: str, gone: Mapping[str, Sequence[str]], *, written: bool) -> Iterator[str]:
    """What has become of a baseline."""
    count = sum(map(len, gone.values()))
    if count:
        verb = "has left" if written else "is still in"
        yield f"{counted(count, 'refusal')} that did not happen any more {verb} {name}:"
        for test, kinds in list(gone.items())[:AT_MOST]:
            yield from (f"  {test}: {kind}" for kind in kinds)
        if len(gone) > AT_MOST:
            yield f"  ... and of {counted(len(gone) - AT_MOST, 'test')} more"
        if not written:
            yield "Take them out with --kmsmock-update-baseline."
    if written:
        yield f"{name} is written: what it knows passes, and whatever AWS would refuse beside it fails."


def _by_kind(found: Iterable[Found]) -> dict[str, list[Found]]:
    kinds: dict[str, list[Found]] = {}
    for each in found:
        kinds.setdefault(kind_of(each), []).append(each)
    return kinds


def _to_add(group: Iterable[Found]) -> dict[str, list[Any]]:
    """What would have to be added, by the place where, each statement once."""
    places: dict[str, list[Any]] = {}
    for each in group:
        for place, statements in each["to_add"].items():
            there = places.setdefault(place, [])
            there += [statement for statement in statements if statement not in there]
    return places


def _counted(values: Iterable[str]) -> dict[str, int]:
    return dict(Counter(value for value in values if value).most_common())
