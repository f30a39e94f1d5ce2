"""The records of a world as a list, and questions to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol, SupportsIndex, overload

from kmsmock.clock import instant
from kmsmock.telling import colours
from kmsmock.trail import questions, tables
from kmsmock.trail.callers import INTERNAL


class Event(dict[str, Any]):
    """One CloudTrail record: a dict, which ``str()`` writes out as JSON and ``repr()`` tells in a line."""

    def __repr__(self) -> str:
        identity = self["userIdentity"]
        who = identity.get("arn") or identity.get("invokedBy") or identity.get("type", "")
        ended = f": {self['errorCode']}" if self.get("errorCode") else ""
        return f"<Event {self['eventName']} by {who} at {self['eventTime']}{ended}>"

    def __str__(self) -> str:
        return json.dumps(self, indent=2, default=str)

    def _repr_html_(self) -> str:
        return colours.html(f"{self!r}\n{self}")


Record = dict[str, Any]


class Named(Protocol):
    """Somebody with an ARN, such as ``account.role("app")``."""

    @property
    def arn(self) -> str: ...


class _Any:
    """Stands for a condition that was not given; ``error=None`` is one."""


_ANY = _Any()


def _is(*path: str) -> Callable[[Record, Any], bool]:
    def holds(record: Record, wanted: Any) -> bool:
        found: Any = record
        for name in path:
            found = found.get(name) if isinstance(found, Mapping) else None
        return bool(found == wanted)

    return holds


def _by(record: Record, who: str) -> bool:
    """A caller by his ARN; that of a role stands for its sessions, the name of a service for its own calls."""
    identity = record["userIdentity"]
    if identity.get("type") == "AssumedRole":
        issuer = identity["sessionContext"]["sessionIssuer"]["arn"]
        return who in (identity["arn"], issuer)
    if identity.get("type") == "AWSService":
        return bool(identity["invokedBy"] == who)
    return bool(identity.get("arn") == who)


def _about(record: Record, key: str) -> bool:
    """A key by its ARN, or by its id in whatever Region."""
    arns = [each["ARN"] for each in record["resources"]]
    return key in arns or any(arn.endswith(f":key/{key}") for arn in arns)


_HOLDS: Mapping[str, Callable[[Record, Any], bool]] = {
    "name": _is("eventName"),
    "principal": _by,
    "key": _about,
    "source": _is("eventSource"),
    "error": _is("errorCode"),
    "account": _is("recipientAccountId"),
    "region": _is("awsRegion"),
    "via": _is("userIdentity", "invokedBy"),
}


class Events(list[Event]):
    """CloudTrail records, oldest first: a list, of which ``where`` selects; so is a slice of it."""

    @overload
    def __getitem__(self, which: SupportsIndex) -> Event: ...

    @overload
    def __getitem__(self, which: slice) -> Events: ...

    def __getitem__(self, which: SupportsIndex | slice) -> Event | Events:
        found = super().__getitem__(which)
        return Events(found) if isinstance(found, list) else found

    def table(self, width: int | None = None) -> str:
        """The records as text, no wider than the terminal, or than ``width``: when, what, who, from where, about which
        key, and what it came to. Equal ones that follow on each other are one row, and so are the rotations of a key
        through the years."""
        return tables.table(map(_row, _once(self)), width)

    def where(
        self,
        *,
        name: str | _Any = _ANY,
        principal: Named | str | _Any = _ANY,
        key: str | _Any = _ANY,
        source: str | _Any = _ANY,
        error: str | _Any | None = _ANY,
        account: str | _Any = _ANY,
        region: str | _Any = _ANY,
        via: str | _Any | None = _ANY,
    ) -> Events:
        """The records for which every condition holds: ``events.where(name="Decrypt", principal=role, error=None)``.

        ``principal`` is an ARN, or what ``account.role()`` and ``account.user()`` gave; a role stands for all its
        sessions. ``key`` is the ARN or id of a key. ``error`` is a code, or None for calls that succeeded. ``account``
        is the one that the record was written for, ``via`` the service that called for somebody
        (``"s3.amazonaws.com"``), or None for those who called themselves. Raises ValueError for an event, a service, a
        Region or an account that does not exist.
        """
        given = {
            "name": name,
            "principal": getattr(principal, "arn", principal),
            "key": key,
            "source": source,
            "error": error,
            "account": account,
            "region": region,
            "via": via,
        }
        wanted = {condition: value for condition, value in given.items() if value is not _ANY}
        if "principal" in wanted and not isinstance(wanted["principal"], str):
            raise TypeError(f"principal={principal!r}: give an ARN, or what account.role() or account.user() gave")
        questions.check(self, wanted)
        return Events(
            record for record in self if all(_HOLDS[condition](record, value) for condition, value in wanted.items())
        )


def _once(records: Iterable[Record]) -> Iterator[Record]:
    """Of the records that one event has in several accounts the first, which is the caller's."""
    seen = set[str]()
    for each in records:
        shared = each.get("sharedEventID", "")
        if shared not in seen:
            yield each
        if shared:
            seen.add(shared)


def _row(record: Record) -> tables.Row:
    identity = record["userIdentity"]
    invoked = identity.get("invokedBy", "")
    source = str(record["eventSource"]).partition(".")[0]
    return tables.Row(
        instant(record["eventTime"]),
        record["eventName"] if source == "kms" else f"{source} {record['eventName']}",
        identity.get("arn") or invoked or identity.get("principalId", ""),
        record["sourceIPAddress"],
        tuple(each["ARN"] for each in record["resources"] if ":key/" in each["ARN"]),
        result=record.get("errorCode", ""),
        by_itself=invoked == INTERNAL,
    )
