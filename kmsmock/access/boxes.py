"""Which conditions lead to a difference, said briefly: a set of cells as few boxes, each a row of conditions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, product
from math import prod

from kmsmock.access.conditions import Dimension
from kmsmock.access.values import Kind

Cell = tuple[int, ...]
"""For each dimension, the number of its choice."""
Box = tuple[frozenset[int], ...]

MOST = 4096
"""Cells that are looked at, of one principal, action and key."""


def cells(dimensions: Sequence[Dimension]) -> tuple[list[Cell], bool]:
    """All cells, and that it is all; else those nearest to a plain call, one choice after another being changed."""
    sizes = [len(each.choices) for each in dimensions]
    if prod(sizes) <= MOST:
        return list(product(*map(range, sizes))), True
    found: dict[Cell, None] = {}
    for changed in range(len(sizes) + 1):
        for places in combinations(range(len(sizes)), changed):
            for numbers in product(*(range(1, sizes[place]) for place in places)):
                cell = [0] * len(sizes)
                for place, number in zip(places, numbers, strict=True):
                    cell[place] = number
                found[tuple(cell)] = None
                if len(found) >= MOST:
                    return list(found), False
    return list(found), False


def boxes(inside: Sequence[Cell], looked_at: Sequence[Cell], dimensions: Sequence[Dimension]) -> Iterator[Box]:
    """Boxes that cover the cells ``inside`` and no other that was looked at, the widest conditions first."""
    outside = set(looked_at) - set(inside)
    left = dict.fromkeys(inside)
    while left:
        box = tuple(frozenset({number}) for number in next(iter(left)))
        for whole in (True, False):
            for place, dimension in enumerate(dimensions):
                every = frozenset(range(len(dimension.choices)))
                fits = frozenset(
                    n for n in every if n in box[place] or _clear(_with(box, place, frozenset({n})), outside)
                )
                if fits == every or not whole:
                    box = _with(box, place, fits)
        yield box
        left = {cell: None for cell in left if not holds(box, cell)}


def _with(box: Box, place: int, numbers: frozenset[int]) -> Box:
    return (*box[:place], numbers, *box[place + 1 :])


def holds(box: Box, cell: Cell) -> bool:
    """Whether a cell is in a box."""
    return all(number in numbers for number, numbers in zip(cell, box, strict=True))


def _clear(box: Box, outside: set[Cell]) -> bool:
    """Whether nothing in a box is outside."""
    if prod(map(len, box)) < len(outside):
        return all(cell not in outside for cell in product(*box))
    return not any(holds(box, cell) for cell in outside)


# --- in words -------------------------------------------------------------------------------------------------------


def words(box: Box, dimensions: Sequence[Dimension]) -> tuple[str, ...]:
    """The conditions of a box: of dimensions that it does not fill."""
    found = []
    for dimension, numbers in zip(dimensions, box, strict=True):
        if len(numbers) < len(dimension.choices):
            inside = [kind for number in sorted(numbers) for kind in dimension.choices[number].kinds]
            rest = [
                kind
                for number, choice in enumerate(dimension.choices)
                if number not in numbers
                for kind in choice.kinds
            ]
            found.append(f"{dimension.name} {_said(inside, rest)}")
    return tuple(found)


def _said(inside: Sequence[Kind], outside: Sequence[Kind]) -> str:
    """Some kinds of values, told from the others."""
    absent = [each.value is None for each in inside]
    if not any(each.rest for each in inside):
        named = [_named(each, outside) for each in inside]
        return f"is {' or '.join(sorted(named, key=lambda text: text == 'absent'))}"
    others = [_named(each, inside) for each in outside if each.value is not None]
    may_lack = any(each.value is None for each in outside)
    if not others:
        return "is there" if may_lack else "is anything"
    told = f"is not {' or '.join(others)}"
    if may_lack:
        return f"{told}, and is there"
    return f"{told}, or is absent" if any(absent) else told


def _named(kind: Kind, others: Sequence[Kind]) -> str:
    """A kind, without those of the others that pass the same tests and more."""
    if kind.words.startswith('"') or not kind.tests:
        return kind.words
    more = [each for each in others if each.tests > kind.tests]
    words = [
        each.words if each.words.startswith('"') else " and ".join(sorted(each.tests - kind.tests)) for each in more
    ]
    return f"{kind.words} except {', '.join(words)}" if words else kind.words
