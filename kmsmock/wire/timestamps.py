"""Times in answers, as botocore reads them: in the forms that services write, without looking for other ones."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from botocore.utils import parse_timestamp
from dateutil.tz import tzlocal, tzutc  # type: ignore[import-untyped]  # botocore needs it; its stubs are a package more

from kmsmock import clock

_ISO = re.compile(r"([1-9]\d{3})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?Z", re.ASCII)
_RFC = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d\d) ([A-Z][a-z]{2}) ([1-9]\d{3}) (\d\d):(\d\d):(\d\d) GMT", re.ASCII
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UTC = ("UTC", "UTC")


def read(text: Any) -> datetime:
    """What botocore's ``parse_timestamp`` makes of a value."""
    try:
        found = _read(text) if isinstance(text, str) else None
    except ValueError:  # no such day
        found = None
    return parse_timestamp(text) if found is None else found


def _read(text: str) -> datetime | None:
    found = _ISO.fullmatch(text)
    if found is not None:
        year, month, day, hour, minute, second = map(int, found.groups()[:6])
        zone, part = _zone(), int((found[7] or "0").ljust(6, "0"))
        return None if zone is None else datetime(year, month, day, hour, minute, second, part, zone)
    found = _RFC.fullmatch(text)
    if found is None or found[2] not in _MONTHS:
        return None
    month = _MONTHS.index(found[2]) + 1
    return datetime(int(found[3]), month, int(found[1]), int(found[4]), int(found[5]), int(found[6]), tzinfo=tzutc())


def _zone() -> Any:
    """The zone that dateutil gives a time in UTC: the machine's own where that is UTC; None where it has to look."""
    names = clock.names_of_zone()
    if names == _UTC:
        return tzlocal()
    return None if "UTC" in names else tzutc()
