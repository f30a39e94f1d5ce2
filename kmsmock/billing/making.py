"""From a world to its bill."""

from __future__ import annotations

from datetime import datetime

from kmsmock.billing import keys, periods, prices, requests, savings
from kmsmock.billing.bill import Bill
from kmsmock.kms import lifecycle
from kmsmock.store import Store


def bill(store: Store, now: datetime, month: periods.Asked = None, own: prices.OwnPrices = None) -> Bill:
    """What a world costs in a month or a year, as far as it has come. Raises ValueError for what is no month or price.

    What fell due until now happens first, each at its own instant: rotations and deletions count from when they were.
    """
    table = prices.with_own(own)
    name, months = periods.months(month, now)
    events = lifecycle.settled(store, now)
    of_keys = [line for life in keys.lives(store, events, now) for line in keys.lines(life, months, table)]
    made = [each for each in requests.requests(store, events) if each.month in months]

    def payer(account: str) -> str:
        organization = store.directory.organization_of(account)
        return account if organization is None else organization[0]

    return Bill(
        name,
        now,
        (*of_keys, *requests.lines(made, table, payer)),
        {way: tuple(requests.lines(savings.remaining(made, way), table, payer)) for way in savings.WAYS},
        any(store.keys[line.key].key_store for line in of_keys if line.key in store.keys),
    )
