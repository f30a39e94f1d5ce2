"""A bill as text: a table of keys, one of requests, and what services asked for others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from kmsmock.billing.lines import Line, total
from kmsmock.billing.prices import OF_KEYS
from kmsmock.telling import colours

if TYPE_CHECKING:
    from kmsmock.billing.bill import Bill

Column = Callable[[Line], str]

_WHERE: Mapping[str, Column] = {
    "account": lambda line: line.account,
    "Region": lambda line: line.region,
}
_OF_KEYS: Mapping[str, Column] = {
    **_WHERE,
    "key": lambda line: line.key.rpartition("/")[2],
    "what": lambda line: line.kind + (f", arrears of {line.arrears}" if line.arrears else ""),
}
_OF_REQUESTS: Mapping[str, Column] = {**_WHERE, "requests of kind": lambda line: line.kind}
_OF_SERVICES: Mapping[str, Column] = {
    "asked by": lambda line: line.via,
    "for": lambda line: line.principal,
    "Region": lambda line: line.region,
}


def money(amount: Decimal) -> str:
    """An amount with two places, or as many as it takes, up to six."""
    whole, _, places = f"{amount:,.6f}".partition(".")
    return f"{whole}.{places[:2]}{places[2:].rstrip('0')}"


def of(bill: Bill, width: int) -> str:
    """The whole text."""
    return "\n".join(_lines(bill, width))


def _lines(bill: Bill, width: int) -> Iterator[str]:
    yield f"KMS in {bill.month}, as of {bill.until:%Y-%m-%d %H:%M} UTC: {money(bill.total)} USD"
    keys = [line for line in bill.lines if line.kind in OF_KEYS]
    for title, lines, columns, quantity in (
        (f"keys: {money(bill.keys)} USD", keys, _OF_KEYS, "hours"),
        (f"requests: {money(bill.requests)} USD", bill.request_lines, _OF_REQUESTS, "requests"),
        ("of them, by services", [line for line in bill.request_lines if line.via], _OF_SERVICES, "requests"),
    ):
        if lines:
            yield ""
            yield title
            yield from _table(lines, columns, quantity, width)
    saved = {way: saving for way, saving in bill.savings.items() if saving.requests}
    if saved:
        yield ""
        for way, (count, amount) in saved.items():
            yield f"{way} would have saved up to {count:,} requests, {money(amount)} USD"
    if bill.other_stores:
        yield ""
        yield "CloudHSM clusters and external key managers cost more, which is not in this bill."


def _table(lines: Sequence[Line], columns: Mapping[str, Column], quantity: str, width: int) -> list[str]:
    """A row for all lines that show the same."""
    rows: dict[tuple[str, ...], list[Line]] = defaultdict(list)
    for line in lines:
        rows[tuple(show(line) for show in columns.values())].append(line)
    free = quantity == "requests"
    return colours.table(
        [*columns, quantity, *(["free"] if free else []), "USD"],
        [
            [
                *row,
                f"{sum(line.quantity for line in alike):,}",
                *([f"{sum(line.free for line in alike):,}"] if free else []),
                money(total(alike)),
            ]
            for row, alike in sorted(rows.items())
        ],
        width,
    )
