"""What keys cost: key months by the hour, rotations, scheduled and cancelled deletions.

Follows "Key storage" on the page "AWS Key Management Service Pricing", and for replicas "ReplicateKey" in the API
reference: pricing applies to each primary and replica.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from kmsmock.billing.lines import Line, amount
from kmsmock.billing.periods import Month, begun, between, month_of, month_of_hour, over
from kmsmock.billing.prices import BILLED_ROTATIONS, KEY, MANAGED, ROTATION, Prices
from kmsmock.clock import instant
from kmsmock.model.key import PENDING_DELETION, Key
from kmsmock.store import Store

Record = dict[str, Any]
_MARKS = ("CreateKey", "ScheduleKeyDeletion", "CancelKeyDeletion", "DeleteKey")


class Waiting(NamedTuple):
    """The hours for which a key waited for a deletion that was cancelled, and the month of that."""

    start: int
    end: int
    cancelled: Month


class Life(NamedTuple):
    """The hours of a key from its creation until now, or until it was scheduled for the deletion that came or will.

    A replica that is deleted and made anew in a Region has a life of its own each time, and one ARN.
    """

    key: Key
    start: int
    end: int
    waits: tuple[Waiting, ...]


def lives(store: Store, events: Iterable[Record], now: datetime) -> Iterator[Life]:
    """All keys that a world has or had."""
    marks: Mapping[str, list[tuple[datetime, str]]] = defaultdict(list)
    for event in events:
        if event["eventName"] in _MARKS and "errorCode" not in event:
            for each in event["resources"]:
                marks[each["ARN"]].append((instant(event["eventTime"]), event["eventName"]))
    for arn, key in {**store.deleted_keys, **store.keys}.items():
        yield from _of_key(key, marks[arn], now)


def _of_key(key: Key, marks: list[tuple[datetime, str]], now: datetime) -> Iterator[Life]:
    """A key that was scheduled before the world began has no mark of it, and costs nothing here.

    Unverified: that a primary costs nothing while it is PendingReplicaDeletion.
    """
    start: datetime | None = key.created if all(name != "CreateKey" for _, name in marks) else None
    scheduled, waits = None, list[Waiting]()
    for when, name in marks:
        if name == "CreateKey":
            start, scheduled, waits = when, None, []
        elif name == "ScheduleKeyDeletion":
            scheduled = when
        elif name == "CancelKeyDeletion" and scheduled is not None:
            waits.append(Waiting(over(scheduled), over(when), month_of(when)))
            scheduled = None
        elif name == "DeleteKey" and start is not None:
            yield Life(key, begun(start), over(scheduled or start), tuple(waits))
            start = None
    if start is not None:
        ends = scheduled or (start if key.state in PENDING_DELETION else now)
        yield Life(key, begun(start), over(ends), tuple(waits))


def lines(life: Life, months: Iterable[Month], prices: Prices) -> Iterator[Line]:
    """The lines of one key in these months."""
    for month in months:
        for kind, start in _layers(life, prices):
            alive, waits = life._replace(start=start), [wait for wait in life.waits if wait.cancelled == month]
            hours = _charged(alive, month) + sum(_waited(alive, wait, month) for wait in waits)
            if hours:
                yield _line(life.key, kind, month, month, hours, prices)
            for wait in waits:
                for earlier in between(month_of_hour(wait.start), month):
                    hours = 0 if earlier == month else _waited(alive, wait, earlier)
                    if hours:
                        yield _line(life.key, kind, month, earlier, hours, prices)


def _layers(life: Life, prices: Prices) -> Iterator[tuple[str, int]]:
    """What of a key costs something, and from which hour on: itself, its first rotation, its second.

    A replica has the materials of its primary's earlier rotations from the beginning. Unverified: that a replica is
    charged for rotations, these included, as its primary is; AWS says that pricing applies to each related key.
    """
    if life.key.manager != "CUSTOMER":
        yield MANAGED, life.start
        return
    yield KEY, life.start
    rotations = [begun(material.rotated) for material in life.key.materials if material.rotated is not None]
    for rotated in sorted(rotations)[: int(prices[BILLED_ROTATIONS])]:
        yield ROTATION, max(rotated, life.start)


def _line(key: Key, kind: str, month: Month, of: Month, hours: int, prices: Prices) -> Line:
    """Hours of one month, on the bill of the same or of a later one.

    Unverified: that the bills of months that are over stay as they are, and a cancelled deletion is charged with the
    month in which it is cancelled. AWS says that the key costs as though it had never been scheduled.
    """
    charged = amount(prices[kind], hours, of.hours)
    arrears = "" if of == month else str(of)
    return Line(str(month), key.account, key.region, kind, hours, charged, key.arn, arrears=arrears)


def _charged(life: Life, month: Month) -> int:
    """The hours of a month in which a key did not wait for its deletion."""
    return _common(life.start, life.end, month) - sum(_waited(life, wait, month) for wait in life.waits)


def _waited(life: Life, wait: Waiting, month: Month) -> int:
    return _common(max(life.start, wait.start), wait.end, month)


def _common(start: int, end: int, month: Month) -> int:
    return max(0, min(end, month.next.start) - max(start, month.start))
