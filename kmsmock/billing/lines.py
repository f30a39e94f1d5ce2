"""The lines of a bill: each so many hours or requests, and what they cost."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

_PLACES = 10
"""Lines are rounded to ten places, as AWS's cost and usage reports show them, so that sums of them are exact."""


class Line(NamedTuple):
    """``kind`` is the row of the table of prices, ``quantity`` the hours of a key or the number of requests, ``free``
    those of them that the free tier pays. ``account`` is the one that pays.

    ``via`` is the service that asked for ``principal``, whose ARN is a role's for all its sessions. ``arrears`` is the
    month of hours that were free until a deletion was cancelled in a later one; empty for all others.
    """

    month: str
    account: str
    region: str
    kind: str
    quantity: int
    amount: Decimal
    key: str = ""
    free: int = 0
    via: str = ""
    principal: str = ""
    arrears: str = ""


class Saving(NamedTuple):
    """How many requests would not have been made, and what they cost."""

    requests: int
    amount: Decimal


def amount(price: Decimal, quantity: int, unit: int) -> Decimal:
    """What a quantity costs at a price for a whole unit: the hours of a month, or ten thousand requests."""
    return round(price * quantity / unit, _PLACES)


def total(lines: tuple[Line, ...] | list[Line]) -> Decimal:
    """What lines cost together."""
    return sum((line.amount for line in lines), Decimal(0))
