"""Condition operators, as one table ("IAM JSON policy elements: Condition operators").

An operator reads the values of the policy once, so that a value of the request meets all of them in one look.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import operator
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from kmsmock.iam.matching import is_wild, match_arn, match_wildcard, plain, units, unprotect
from kmsmock.iam.wildcards import Row

Fits = Callable[[Sequence[str]], int]
"""How many values of the request match any of the wanted values that it was made of."""


def number(text: str) -> Decimal | None:
    """A number of any size; None for what is none."""
    try:
        read = Decimal(text)
    except InvalidOperation:
        return None
    return read if read.is_finite() else None


_END_OF_TIME = 10**12
"""Seconds since 1970 above which a number is no date."""
_LOOSE = re.compile(
    r"(\d+)(?:-(\d+)(?:-(\d+))?)?t(?:(\d+)(?::(\d+)(?::(\d+)(?:\.(\d{1,9}))?(?:z|([+-]\d\d)(?::?(\d\d))?)?)?)?)?",
    re.IGNORECASE | re.ASCII,
)
"""Dates that IAM reads though digits or parts are missing (getmoto/moto pull request 2269, whose author asked AWS)."""


def instant(text: str) -> int | None:
    """Milliseconds since 1970, from ISO 8601 or epoch seconds."""
    seconds = number(text)
    if seconds is not None:
        return int(seconds * 1000) if abs(seconds) < _END_OF_TIME else None
    try:
        read = _exact(text)
        read = read if read.tzinfo is not None else read.replace(tzinfo=timezone.utc)
        return int(read.timestamp() * 1000)
    except (ValueError, OverflowError):
        return None


def _exact(text: str) -> datetime:
    """A date as Python reads it, or as IAM does."""
    loose = _LOOSE.fullmatch(text)
    if loose is None:
        return datetime.fromisoformat(text.replace("Z", "+00:00"))
    *parts, fraction, zone, minutes = loose.groups(default="")
    year, month, day = (int(part or 1) for part in parts[:3])
    hour, minute, second = (int(part or 0) for part in parts[3:])
    offset = timedelta(hours=abs(int(zone or 0)), minutes=int(minutes or 0))
    where = timezone(-offset if zone.startswith("-") else offset)
    return datetime(year, month, day, hour, minute, second, int(f"{fraction:0<6.6}"), where)


def binary(text: str) -> bytes | None:
    """The bytes of Base64; None for what is none."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _same(read: Callable[[str], object]) -> Callable[[Sequence[str]], Fits]:
    """Equal, in the reading of ``read``; what it cannot read (None) equals nothing."""

    def fits(wanted: Sequence[str]) -> Fits:
        among = {read(unprotect(each)) for each in wanted} - {None}
        return lambda values: sum(read(each) in among for each in values)

    return fits


def _beyond(
    read: Callable[[str], Any], compare: Callable[[Any, Any], bool], widest: Callable[[list[Any]], Any]
) -> Callable[[Sequence[str]], Fits]:
    """Less or greater than any of the wanted values, which is to say than the ``widest``."""

    def fits(wanted: Sequence[str]) -> Fits:
        bounds = [each for each in map(read, wanted) if each is not None]
        if not bounds:
            return lambda values: 0
        bound = widest(bounds)
        return lambda values: sum(each is not None and compare(each, bound) for each in map(read, values))

    return fits


def _inside(wanted: Sequence[str]) -> Fits:
    """In any of the networks, which are told apart by version and length and looked up by their first bits."""
    networks: dict[tuple[int, int], set[int]] = {}
    for text in wanted:
        try:
            network = ipaddress.ip_network(text, strict=":" in text)
        except ValueError:
            continue
        rest = network.max_prefixlen - network.prefixlen
        networks.setdefault((network.version, rest), set()).add(int(network.network_address) >> rest)

    def one(text: str) -> bool:
        address = ipaddress.ip_address(text)
        return any(
            version == address.version and int(address) >> rest in known for (version, rest), known in networks.items()
        )

    return lambda values: sum(map(one, values))


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _covered(
    match: Callable[[str, str], bool], segments: Callable[[str], list[str]]
) -> Callable[[Sequence[str]], Fits]:
    """Covered by any wanted pattern: one value by ``match``, several in one row of ``segments``."""

    def fits(wanted: Sequence[str]) -> Fits:
        exact = {unprotect(each) for each in wanted if not is_wild(each)}
        wild = [each for each in wanted if is_wild(each)]

        def count(values: Sequence[str]) -> int:
            left = [each for each in values if each not in exact]
            if not left or not wild:
                return len(values) - len(left)
            if len(left) == 1:
                return len(values) - (not any(match(each, left[0]) for each in wild))
            row, found = Row(segments(plain(each)) for each in left), 0
            for pattern in wild:
                found |= row.match(*segments(units(pattern)))
            return len(values) - len(left) + found.bit_count()

        return count

    return fits


def _is_arn(text: str) -> bool:
    return text.count(":") >= 5


class Operator(NamedTuple):
    """How values are told to match; ``negated``: whether none of the wanted may; ``readable``: values for which this
    does not hold match nothing, negated or not."""

    fits: Callable[[Sequence[str]], Fits]
    negated: bool = False
    readable: Callable[[str], bool] | None = None


_EQUAL, _EQUAL_IGNORING_CASE = _same(str), _same(str.lower)
_LIKE, _ARN_LIKE = _covered(match_wildcard, lambda text: [text]), _covered(match_arn, lambda text: text.split(":", 5))
_COMPARISONS: dict[str, tuple[Callable[[Any, Any], bool], Callable[[list[Any]], Any]]] = {
    "LessThan": (operator.lt, max),
    "LessThanEquals": (operator.le, max),
    "GreaterThan": (operator.gt, min),
    "GreaterThanEquals": (operator.ge, min),
}

OPERATORS: dict[str, Operator] = {
    "StringEquals": Operator(_EQUAL),
    "StringNotEquals": Operator(_EQUAL, negated=True),
    "StringEqualsIgnoreCase": Operator(_EQUAL_IGNORING_CASE),
    "StringNotEqualsIgnoreCase": Operator(_EQUAL_IGNORING_CASE, negated=True),
    "StringLike": Operator(_LIKE),
    "StringNotLike": Operator(_LIKE, negated=True),
    "NumericEquals": Operator(_same(number)),
    "NumericNotEquals": Operator(_same(number), negated=True),
    **{f"Numeric{name}": Operator(_beyond(number, *how)) for name, how in _COMPARISONS.items()},
    "DateEquals": Operator(_same(instant)),
    "DateNotEquals": Operator(_same(instant), negated=True),
    **{f"Date{name}": Operator(_beyond(instant, *how)) for name, how in _COMPARISONS.items()},
    "Bool": Operator(_same(lambda text: text.lower() == "true")),
    "BinaryEquals": Operator(_same(binary)),
    "IpAddress": Operator(_inside, readable=_is_address),
    "NotIpAddress": Operator(_inside, negated=True, readable=_is_address),
    "ArnEquals": Operator(_ARN_LIKE, readable=_is_arn),
    "ArnLike": Operator(_ARN_LIKE, readable=_is_arn),
    "ArnNotEquals": Operator(_ARN_LIKE, negated=True, readable=_is_arn),
    "ArnNotLike": Operator(_ARN_LIKE, negated=True, readable=_is_arn),
}
