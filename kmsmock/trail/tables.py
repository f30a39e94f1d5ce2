"""Events and the life of a key as tables that fit a width: when, what, who, from where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from kmsmock.iam.arn import Arn
from kmsmock.iam.names import Names
from kmsmock.iam.printable import printable
from kmsmock.telling import colours, columns


class Row(NamedTuple):
    """One event. ``who`` may be an ARN, ``about`` are the ARNs of keys; ``result`` is empty where it went well."""

    when: datetime
    what: str
    who: str
    where: str
    about: tuple[str, ...] = ()
    with_what: str = ""
    result: str = ""
    by_itself: bool = False
    """What KMS does because time passes."""


def table(rows: Iterable[Row], width: int | None = None) -> str:
    """Rows as a text no wider than the terminal, or than ``width``: by day; equal ones are one, and empty columns are
    left out. Where it is too narrow for columns, each row has two lines."""
    found = folded(rows)
    if not found:
        return "nothing happened"
    names = _names(found)
    cells = list(_with_days(found, names))
    shown = [name for name in cells[0] if any(cell[name] for cell in cells)]
    rows_of_text = [shown, *([cell[name] for name in shown] for cell in cells)]
    wide = width or colours.terminal_width()
    told = columns.lines(rows_of_text, wide) if columns.fit(rows_of_text, wide) else _below(cells, wide)
    return "\n".join(told)


def _with_days(found: Iterable[Fold], names: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The cells of each row, and of each day before its first."""
    day = ""
    for row, times, last in found:
        made = _cells(row, times, last, names)
        if day != f"{row.when:%Y-%m-%d}":
            day = f"{row.when:%Y-%m-%d}"
            yield {**dict.fromkeys(made, ""), _WHEN: day}
        yield made


def _below(cells: Iterable[dict[str, str]], width: int) -> Iterator[str]:
    """Where columns would cut words: what happened in a line, and below it who, from where, and about which key."""
    for cell in cells:
        head = columns.GAP.join(filter(None, (cell[_WHEN], cell["what"], cell["result"])))
        place = f"from {cell['from']}" if cell["from"] else ""
        rest = ", ".join(filter(None, (" ".join(filter(None, (cell["who"], place))), cell["about"], cell["with"])))
        yield from columns.wrapped(head, width)
        if rest:
            yield from (f"{' ' * _INDENT}{line}" for line in columns.wrapped(rest, width - _INDENT))


_INDENT = 10
_WHEN = "when (UTC)"


def _names(found: Iterable[Fold]) -> Mapping[str, str]:
    """Short names; of keys with their Regions, if there is more than one."""
    keys = [arn for fold in found for arn in fold.row.about]
    regions = {Arn.of(arn).region for arn in keys}
    names = Names.of(dict.fromkeys([*(fold.row.who for fold in found), *keys])).by_arn
    there = {arn: f" in {Arn.of(arn).region}" for arn in keys if len(regions) > 1}
    return {arn: name + there.get(arn, "") for arn, name in names.items()}


class Fold(NamedTuple):
    """Equal rows: the first, how many, and when the last was."""

    row: Row
    times: int
    last: datetime


def folded(rows: Iterable[Row]) -> list[Fold]:
    """Rows that follow on each other and differ in their time only are one; so are those of what KMS does by itself,
    such as a rotation each year, with whatever else it does in between."""
    found: list[Fold] = []
    open_: dict[tuple[object, ...], int] = {}
    for row in rows:
        what = row[1:]
        if not row.by_itself:
            open_ = {name: place for name, place in open_.items() if name == what}
        elif any(not found[place].row.by_itself for place in open_.values()):
            open_ = {}
        place = open_.get(what)
        if place is None:
            open_[what] = len(found)
            found.append(Fold(row, 1, row.when))
        else:
            first, times, _ = found[place]
            found[place] = Fold(first, times + 1, row.when)
    return found


def _cells(row: Row, times: int, last: datetime, names: Mapping[str, str]) -> dict[str, str]:
    told = "" if times == 1 else f" ({times} times{_until(row.when, last)})"
    return {
        _WHEN: f"{row.when:%H:%M:%S}",
        "what": printable(row.what) + told,
        "who": printable(names.get(row.who, row.who)),
        "from": "" if row.where == row.who else printable(row.where),
        "about": ", ".join(printable(names.get(arn, arn)) for arn in row.about),
        "with": printable(row.with_what),
        "result": printable(row.result),
    }


def _until(first: datetime, last: datetime) -> str:
    """The last day, or the last second of one day."""
    if last.date() != first.date():
        return f", until {last:%Y-%m-%d}"
    return "" if f"{last:%H:%M:%S}" == f"{first:%H:%M:%S}" else f", until {last:%H:%M:%S}"
