"""What a world cost, from its first key to its end, in sums."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from kmsmock.billing import making
from kmsmock.results.kinds import Bill
from kmsmock.results.moments import Moment
from kmsmock.store import Store


def lines(store: Store, moments: Sequence[Moment], now: datetime) -> Iterator[Bill]:
    """The bill by year, account, Region, row of the table of prices and service."""
    keys = [*store.deleted_keys.values(), *store.keys.values()]
    if not keys:
        return
    first = min([*(key.created for key in keys), *(each.when for each in moments[:1])])
    sums: dict[tuple[str, str, str, str, str], tuple[int, int, Decimal]] = {}
    for line in making.all_lines(store, [each.brief for each in moments], first, now):
        what = line.month[:4], line.account, line.region, line.kind, line.via
        quantity, free, amount = sums.get(what, (0, 0, Decimal(0)))
        sums[what] = quantity + line.quantity, free + line.free, amount + line.amount
    for (year, account, region, item, via), (quantity, free, amount) in sums.items():
        yield Bill(year, account, region, item, quantity, str(amount), free=free, via=via)
