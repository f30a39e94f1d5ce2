"""Policy coverage as a table for the terminal, as pytest-cov prints one of modules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kmsmock.coverage.policies import Policy, Statement, percent_of

_COLUMNS = ("policy", "stmts", "exercised", "missing", "cover")


def lines(found: Sequence[Policy], *, missing: bool, width: int | None = None) -> Iterator[str]:
    """The table, with what is missing below each policy that lacks something; one line where there are none."""
    if not found:
        yield "No policies were used."
        return
    rows = [(each.title, *_numbers(each.statements)) for each in found]
    rows.append(("TOTAL", *_numbers([each for policy in found for each in policy.statements])))
    first = max(len(row[0]) for row in (_COLUMNS, *rows))
    if width is not None:
        first = max(20, min(first, width - sum(len(name) + 2 for name in _COLUMNS[1:])))
    head = _row(_COLUMNS, first)
    yield head
    yield "-" * len(head)
    for policy, row in zip(found, rows[:-1], strict=True):
        yield _row(row, first)
        if missing:
            yield from (f"    {each}" for each in policy.missing)
    yield "-" * len(head)
    yield _row(rows[-1], first)


def _numbers(statements: Sequence[Statement]) -> tuple[str, ...]:
    exercised = sum(each.exercised for each in statements)
    return (
        *map(str, (len(statements), exercised, len(statements) - exercised)),
        percent(percent_of(exercised, len(statements))),
    )


def percent(value: float) -> str:
    """Whole percents; what is not all of it is never told as such, nor what is something as nothing."""
    return f"{min(99, max(1, round(value))) if 0 < value < 100 else round(value)}%"


def _row(cells: Sequence[str], first: int) -> str:
    name, *numbers = cells
    if len(name) > first:
        name = f"...{name[3 - first :]}"
    return name.ljust(first) + "".join(
        f"  {each:>{len(column)}}" for each, column in zip(numbers, _COLUMNS[1:], strict=True)
    )
