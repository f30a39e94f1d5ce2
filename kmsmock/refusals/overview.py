"""Many refusals as one text: each explained once, those of one kind in a table."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from kmsmock.iam.names import Names
from kmsmock.iam.printable import printable
from kmsmock.refusals.needed import Needed
from kmsmock.refusals.view import Refusal

MANY = 3
"""So many refusals of a kind are a table."""
WIDTH = 100


class Told(NamedTuple):
    """A refusal, and how often there was one like it."""

    refusal: Refusal
    times: int


def text(refusals: Iterable[Refusal], at_most: int | None = None, width: int = WIDTH) -> str:
    """Every refusal once, in the order in which they came; ``at_most`` so many."""
    found = _counted(_once(list(refusals)))
    shown = found if at_most is None else found[:at_most]
    kinds: dict[str, list[Told]] = {}
    for each in shown:
        kinds.setdefault(each.refusal.cause, []).append(each)
    parts = [part for kind in kinds.values() for part in _of_kind(kind, width)]
    if len(found) > len(shown):
        denied = all(each.refusal.decisions for each in found)
        parts.append(f"... and {len(found) - len(shown)} more: see world.{'decisions' if denied else 'refusals'}")
    return "\n\n".join(parts)


def _once(refusals: list[Refusal]) -> Iterator[Refusal]:
    """All but what failed late because of which another failed, which tells it as well."""
    told = {id(each.behind.late) for each in refusals if each.behind is not None}
    return (each for each in refusals if id(each.late) not in told or each.late is None)


def _counted(refusals: Iterable[Refusal]) -> list[Told]:
    found: dict[tuple[str, ...], list[Refusal]] = {}
    for each in refusals:
        found.setdefault(_what(each), []).append(each)
    return [Told(alike[0], len(alike)) for alike in found.values()]


def _what(refusal: Refusal) -> tuple[str, ...]:
    """What tells a refusal from others."""
    denied = refusal.denials
    what = [(each.caller, each.action, each.resource, each.reason) for each in denied]
    return (refusal.cause, *(what[-1] if what else (refusal.principal, refusal.operation, refusal.key)))


def _of_kind(kind: list[Told], width: int) -> list[str]:
    if len(kind) < MANY:
        return [told.refusal.explain() + (f"\n  ({told.times} times)" if told.times > 1 else "") for told in kind]
    first, times = kind[0].refusal, sum(told.times for told in kind)
    lines = (f"{first.cause}: {first.general} ({times} times)", *_table(kind, width), *_to_do(kind))
    return ["\n".join(lines)]


_COLUMNS: Mapping[str, Callable[[Refusal], str]] = {
    "asked": lambda refusal: refusal.asked,
    "caller": lambda refusal: refusal.principal,
    "about": lambda refusal: refusal.key,
    "at": lambda refusal: refusal.place,
    "because": lambda refusal: refusal.because,
}


def _table(kind: list[Told], width: int) -> Iterator[str]:
    """What all have in common, and a row for each."""
    from kmsmock.telling import colours

    names = Names({arn: name for told in kind for arn, name in told.refusal.names.by_arn.items()})
    cells = {title: [cell(told.refusal) for told in kind] for title, cell in _COLUMNS.items()}
    differing = {title: column for title, column in cells.items() if len(set(column)) > 1}
    for title, column in cells.items():
        if title not in differing and column[0]:
            yield f"  {title:10}{names.whole(printable(column[0]))}"
    for arn in dict.fromkeys(arn for title in ("caller", "about") for arn in differing.get(title, ())):
        if arn in names.by_arn:
            yield f"  where     {names.whole(arn)}"
    columns = differing or {"asked": cells["asked"]}
    if any(told.times > 1 for told in kind):
        columns["times"] = [str(told.times) for told in kind]
    rows = [[printable(names.within(cell)) for cell in row] for row in zip(*columns.values(), strict=True)]
    yield from ("", *(f"    {line}" for line in colours.table([*columns], rows, width - 4)), "")


def _to_do(kind: list[Told]) -> list[str]:
    needed = Needed()
    needed.decisions += [each for told in kind for each in told.refusal.denials]
    lines = []
    for place, statements in needed.missing.items():
        lines += [f"  To allow them: add to {place}", *(f"    {json.dumps(each)}" for each in statements)]
    if not lines:
        lines = [f"  To do: {each}" for each in dict.fromkeys(one for told in kind for one in told.refusal.remedies)]
    return [printable(line) for line in lines]
