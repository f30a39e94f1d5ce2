"""From a world to its bill."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from kmsmock.billing import keys, periods, prices, requests, savings
from kmsmock.billing.bill import Bill
from kmsmock.billing.lines import Line
from kmsmock.billing.periods import Month
from kmsmock.kms import lifecycle
from kmsmock.store import Store


def bill(store: Store, now: datetime, month: periods.Asked = None, own: prices.OwnPrices = None) -> Bill:
    """What a world costs in a month or a year, as far as it has come. Raises ValueError for what is no month or price.

    What fell due until now happens first, each at its own instant: rotations and deletions count from when they were.
    """
    table = prices.with_own(own)
    name, months = periods.months(month, now)
    events = lifecycle.settled(store, now)
    of_keys = _of_keys(store, events, now, months, table)
    made, payer = list(requests.requests(store, events)), _payer(store)

    def lines(asked: Iterable[requests.Request]) -> tuple[Line, ...]:
        return tuple(requests.lines((each for each in asked if each.month in months), table, payer))

    return Bill(
        name,
        now,
        (*of_keys, *lines(made)),
        {way: lines(savings.remaining(made, way)) for way in savings.WAYS},
        any(store.keys[line.key].key_store for line in of_keys if line.key in store.keys),
    )


def all_lines(store: Store, events: Sequence[requests.Record], first: datetime, now: datetime) -> tuple[Line, ...]:
    """The lines of all months from an instant on. Of the events no more is read than what billing needs."""
    table, months = prices.with_own(None), list(periods.between(periods.month_of(first), periods.month_of(now)))
    made = requests.requests(store, events)
    return (*_of_keys(store, events, now, months, table), *requests.lines(made, table, _payer(store)))


def _of_keys(
    store: Store, events: Iterable[requests.Record], now: datetime, months: list[Month], table: prices.Prices
) -> list[Line]:
    return [line for life in keys.lives(store, events, now) for line in keys.lines(life, months, table)]


def _payer(store: Store) -> Callable[[str], str]:
    def payer(account: str) -> str:
        organization = store.directory.organization_of(account)
        return account if organization is None else organization[0]

    return payer
