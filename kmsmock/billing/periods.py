"""Months in UTC, and time as the bill counts it: in hours of the clock."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from typing import NamedTuple

_EPOCH, _HOUR = datetime(1970, 1, 1, tzinfo=timezone.utc), timedelta(hours=1)
_MONTH = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2]))?")
_ACCEPTED = 'give a month as "2026-02", a year as "2026", a date, or None for the present month'


Asked = str | date | None
"""What a bill may be asked for."""


class Month(NamedTuple):
    """A month of a year. They are in the order of time."""

    year: int
    month: int

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"

    @property
    def next(self) -> Month:
        return Month(self.year + self.month // 12, self.month % 12 + 1)

    @property
    def start(self) -> int:
        """The first hour; that of the next month is the end."""
        return _start(self.year, self.month)

    @property
    def hours(self) -> int:
        return self.next.start - self.start


@lru_cache(1200)
def _start(year: int, month: int) -> int:
    return begun(datetime(year, month, 1, tzinfo=timezone.utc))


def begun(when: datetime) -> int:
    """The hour in which an instant lies, counted from 1970."""
    return (when - _EPOCH) // _HOUR


def over(when: datetime) -> int:
    """The hour that begins with an instant or after it.

    Unverified: that an hour of a key that has begun counts whole; AWS says "prorated hourly".
    """
    return -((_EPOCH - when) // _HOUR)


def month_of(when: date) -> Month:
    """The month of a day, or of an instant as UTC has it."""
    if isinstance(when, datetime) and when.tzinfo is not None:
        when = when.astimezone(timezone.utc)
    return Month(when.year, when.month)


def month_of_hour(hour: int) -> Month:
    """The month in which an hour lies."""
    return month_of(_EPOCH + hour * _HOUR)


def between(first: Month, last: Month) -> Iterator[Month]:
    """The months from the first to the last, both included."""
    while first <= last:
        yield first
        first = first.next


def months(asked: Asked, now: datetime) -> tuple[str, list[Month]]:
    """What a bill is called, and the months of it that have begun. Raises ValueError for what cannot be billed."""
    present = month_of(now)
    if asked is None or isinstance(asked, date):
        first = last = present if asked is None else month_of(asked)
    else:
        found = _MONTH.fullmatch(str(asked))
        if found is None or not int(found[1]):
            raise ValueError(f"month={asked!r} is no month; {_ACCEPTED}")
        year = int(found[1])
        first, last = (Month(year, int(found[2] or 1)), Month(year, int(found[2] or 12)))
    if first > present:
        raise ValueError(f"{first} has not begun: it is {now:%Y-%m-%d} in this world; {_ACCEPTED}")
    return str(first) if first == last else f"{first.year:04}", list(between(first, min(last, present)))
