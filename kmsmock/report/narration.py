"""A test told in world terms: who did what with which key, what was refused and why, and when time moved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from kmsmock.iam.arn import Arn
from kmsmock.iam.names import Names, short
from kmsmock.iam.printable import printable
from kmsmock.refusals import Refusal
from kmsmock.report.verbs import DETAILS, USUAL, VERBS
from kmsmock.results.moments import Moment, moment
from kmsmock.store import Store
from kmsmock.telling.words import counted
from kmsmock.trail.callers import INTERNAL
from kmsmock.trail.recording import ApiCall
from kmsmock.trail.records import Written

REFUSED, PASSED = "refused: ", "AWS would refuse: "
_MOVED = timedelta(minutes=1)
"""Time that goes by in a test by itself is less."""
_LONGEST = 100
"""Characters of a parameter's value."""


@dataclass(frozen=True, slots=True)
class Line:
    """What happened at an instant. ``more`` stands below it."""

    when: datetime
    text: str
    more: tuple[str, ...] = ()
    by_kms: bool = False


def told(store: Store, events: int = 0, refusals: int = 0, decisions: int = 0) -> list[str]:
    """What happened in a world since it had so many events, refusals and decisions, as lines of text."""
    moments = [moment(each) for each in store.events[events:]]
    found = [Refusal(store, each) for each in store.refusals[refusals:]]
    names = _names(store, moments, found)
    regions = {each.region for each in moments}
    there = [(number, 1, _of_event(store, number, each, names, regions)) for number, each in enumerate(moments, events)]
    there += [
        (made.events, 0, _of_refusal(each, names))
        for made, each in zip(store.refusals[refusals:], found, strict=True)
        if not each.passed or store.enforce != "off"
    ]
    lines = [line for _, _, line in sorted(there, key=lambda each: each[:2]) if line is not None]
    told_ = [printable(each) for each in _in_order(lines)]
    asked = store.decisions[decisions:]
    if asked:
        denied = sum(not each.allowed for each in asked)
        told_.append(f"{counted(len(asked), 'decision')}, {denied or 'none'} of them a denial")
    return told_


def _names(store: Store, moments: Iterable[Moment], refusals: Iterable[Refusal]) -> Names:
    """Short names of whoever and whatever is told of; keys by their aliases."""
    keys = {**store.deleted_keys, **store.keys}
    named = {arn: short(arn, [Arn.of(each).resource for each in key.aliases]) for arn, key in keys.items()}
    others = {each.who for each in moments} | {each.principal for each in refusals} | {each.key for each in refusals}
    others |= {arn for each in refusals for denied in each.decisions for arn in (denied.resource, denied.caller)}
    named |= {arn: short(arn) for arn in others if arn not in named and Arn.find(arn) is not None}
    return Names(named)


def _of_event(store: Store, number: int, found: Moment, names: Names, regions: set[str]) -> Line | None:
    """A call that succeeded, or what KMS did by itself; what was refused is told with its reason."""
    if found.error:
        return None
    by_kms = found.who == INTERNAL
    who = "KMS" if by_kms else names.by_arn.get(found.who, found.who)
    what = VERBS.get(found.name, f"calls {found.name} of" if found.keys else "calls")
    key = names.by_arn.get(found.keys[0], found.keys[0]) if found.keys else ""
    service = found.source.removesuffix(".amazonaws.com")
    action = found.name if service == "kms" else f"{service}:{found.name}"
    via = f" through {found.via.partition('.')[0]}" if found.via else ""
    where = f" in {found.region}" if len(regions) > 1 else ""
    details = "" if by_kms else names.within(_details(store.events[number]))
    said = f"{who} {what} {key}{via}{where}" if key else f"{who} calls {action}{via}{where}"
    return Line(found.when, f"{said}: {action}{details}" if key else f"{said}{details}", by_kms=by_kms)


def _details(made: Any) -> str:
    """The parameters that say what kind of call it was."""
    params: dict[str, Any] = {}
    if isinstance(made, ApiCall):
        params = made.call.params
    elif isinstance(made, Written):
        given = made.records[0]["requestParameters"] or {}
        params = {f"{name[:1].upper()}{name[1:]}": value for name, value in given.items()}
    shown = {name: str(params[name]) for name in DETAILS if params.get(name) not in (None, "", USUAL.get(name))}
    return "".join(f", {name}={value[:_LONGEST]}" for name, value in shown.items())


def _of_refusal(found: Refusal, names: Names) -> Line:
    """Who was refused what; of a denial behind it, who was denied; of what failed after its call was answered, how."""
    key = f" on {names.by_arn.get(found.key, found.key)}" if found.key else ""
    what, who = PASSED if found.passed else REFUSED, names.by_arn.get(found.principal, found.principal) or "somebody"
    asked = f"{found.service}:{found.operation}"
    more = [names.within(found.why)]
    if found.decisions and found.asked != asked:
        denied = found.decisions[-1]
        more.append(f"{names.by_arn.get(denied.caller, denied.caller)} was denied {denied.action}")
    if found.late is not None:
        more.append(f"{asked} was answered before; {found.late.about}: {found.late.outcome}")
    return Line(found.when, f"{what}{who}, {asked}{key}: {found.error.code}", tuple(f"  {each}" for each in more))


def _in_order(lines: Iterable[Line]) -> Iterator[str]:
    """Equal lines as one, and between them how time went by. What KMS does while nobody asks has its own dates."""
    before: datetime | None = None
    for _, alike in groupby(lines, key=lambda each: (each.text, each.more)):
        same = list(alike)
        first, last = same[0], same[-1]
        if first.by_kms:
            yield f"{first.when:%Y-%m-%d} {first.text}" + _times(same, f", the last on {last.when:%Y-%m-%d}")
            continue
        if before is not None and first.when - before >= _MOVED:
            yield f"-- {_passed(first.when - before)} later: {first.when:%Y-%m-%d %H:%M} --"
        before = last.when if before is None else max(before, last.when)
        yield first.text + _times(same, "")
        yield from first.more


def _times(same: list[Line], more: str) -> str:
    return f" ({len(same)} times{more})" if len(same) > 1 else ""


def _passed(time: timedelta) -> str:
    for unit, size in (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", _MOVED)):
        if time >= size:
            return counted(time // size, unit)
    return "a moment"
