"""A bill as text: a table of keys, one of requests, and what services asked for others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal

from kmsmock.billing.lines import Line, Saving, total
from kmsmock.billing.prices import OF_KEYS, OF_REQUESTS
from kmsmock.telling import colours

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


def of(title: str, lines: Sequence[Line], savings: Mapping[str, Saving], other_stores: bool, width: int) -> str:
    """The whole text."""
    return "\n".join(_lines(title, lines, savings, other_stores, width))


def _lines(
    title: str, lines: Sequence[Line], savings: Mapping[str, Saving], other_stores: bool, width: int
) -> Iterator[str]:
    yield title
    keys = [line for line in lines if line.kind in OF_KEYS]
    asked = [line for line in lines if line.kind in OF_REQUESTS]
    for name, part, columns, quantity in (
        ("keys", keys, _OF_KEYS, "hours"),
        ("requests", asked, _OF_REQUESTS, "requests"),
        ("of them, by services", [line for line in asked if line.via], _OF_SERVICES, "requests"),
    ):
        if part:
            yield ""
            yield f"{name}: {money(total(part))} USD"
            yield from _table(part, columns, quantity, width)
    saved = {way: saving for way, saving in savings.items() if saving.requests}
    if saved:
        yield ""
        for way, (count, amount) in saved.items():
            yield f"{way} would have saved up to {count:,} requests, {money(amount)} USD"
    if other_stores:
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
