"""What a world cost, from its first key to its end, in sums."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from kmsmock import billing
from kmsmock.results import kinds
from kmsmock.store import Store


def lines(store: Store, now: datetime) -> Iterator[kinds.Record]:
    """The bill by year, account, Region, row of the table of prices and service."""
    keys = [*store.deleted_keys.values(), *store.keys.values()]
    if not keys:
        return
    first = min(key.created for key in keys)
    sums: dict[tuple[str, ...], tuple[int, int, Decimal]] = {}
    for year in range(first.year, now.year + 1):
        for line in billing.bill(store, now, f"{year:04}").lines:
            what = f"{year:04}", line.account, line.region, line.kind, line.via
            quantity, free, amount = sums.get(what, (0, 0, Decimal(0)))
            sums[what] = quantity + line.quantity, free + line.free, amount + line.amount
    for (period, account, region, item, via), (quantity, free, amount) in sums.items():
        yield kinds.Bill(period, account, region, item, quantity, f"{amount:f}", free=free, via=via)
