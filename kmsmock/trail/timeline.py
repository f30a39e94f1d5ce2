"""The life of a key, as dated events and as a text to read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from kmsmock.clock import instant
from kmsmock.iam.printable import printable
from kmsmock.trail import tables
from kmsmock.trail.callers import INTERNAL


class Moment(NamedTuple):
    """``what`` is the name of the CloudTrail event, ``who`` the caller's ARN or ``AWS Internal``, ``details`` a short
    text, ``where`` the address, or the service that called for somebody."""

    when: datetime
    what: str
    who: str
    details: str
    where: str = ""


class Timeline(list[Moment]):
    """Dated events, oldest first; ``str()`` of it is a text to read, ``table()`` says who and from where as well."""

    def table(self, width: int | None = None) -> str:
        """The life as text, no wider than the terminal, or than ``width``; rotations through the years are one row."""
        return tables.table(map(_row, self), width)

    def __str__(self) -> str:
        width = max((len(moment.what) for moment in self), default=0)
        return "\n".join(
            f"{moment.when:%Y-%m-%d %H:%M:%S}  {moment.what:{width}}  {printable(moment.details)}".rstrip()
            for moment in self
        )


def of(arn: str, created: datetime, events: Iterable[dict[str, Any]]) -> Timeline:
    """What happened to a key, from the trail: how it was made, every change of it, and what KMS did by itself.

    Calls that only use or read it, and those that were refused, leave no mark on its life.
    """
    moments = [_moment(event) for event in events if _concerns(event, arn)]
    maker, place = next(((moment.who, moment.where) for moment in moments if moment.what == "CreateKey"), ("", ""))
    made = Moment(created, "CreateKey", maker, arn, place)
    return Timeline([made, *(moment for moment in moments if moment.what != "CreateKey")])


def _row(moment: Moment) -> tables.Row:
    by_itself = moment.who == INTERNAL
    told = "" if by_itself or moment.what == "CreateKey" else moment.details
    return tables.Row(moment.when, moment.what, moment.who, moment.where, with_what=told, by_itself=by_itself)


def _concerns(event: dict[str, Any], arn: str) -> bool:
    """One of the records of a change, the one that names the caller."""
    foreign = event["userIdentity"].get("type") == "AWSAccount"
    changed = not event["readOnly"] and "errorCode" not in event and not foreign
    return changed and any(resource.get("ARN") == arn for resource in event["resources"])


def _moment(event: dict[str, Any]) -> Moment:
    identity = event["userIdentity"]
    who = identity.get("arn") or identity.get("invokedBy", "")
    record = event.get("serviceEventDetails") or event.get("requestParameters") or {}
    answer = {name: value for name, value in record.items() if name not in ("keyId", "policy") and value is not None}
    details = ", ".join(f"{name}={_short(value)}" for name, value in answer.items())
    return Moment(instant(event["eventTime"]), event["eventName"], who, details, event["sourceIPAddress"])


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:16]}…"
