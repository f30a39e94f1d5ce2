"""Tables of plain text that fit a width, and in which words stay whole as long as there is room for them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import zip_longest

GAP = "  "


def fit(rows: Sequence[Sequence[str]], width: int) -> bool:
    """Whether no word has to be cut."""
    return sum(map(_longest_word, zip(*rows, strict=True))) + len(GAP) * (len(rows[0]) - 1) <= width


def lines(rows: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    """Rows as lines, the first column as wide as it has to be; a cell that is too long goes on below."""
    widths = _widths(rows, width)
    for row in rows:
        cells = [wrapped(cell, size) for cell, size in zip(row, widths, strict=True)]
        for parts in zip_longest(*cells, fillvalue=""):
            yield GAP.join(part.ljust(size) for part, size in zip(parts, widths, strict=True)).rstrip()


def wrapped(text: str, width: int) -> list[str]:
    """A text in lines that are no wider; ARNs and the like are cut only where they have to be."""
    return textwrap.wrap(text, max(1, width), break_on_hyphens=False) or [""]


def _longest_word(column: Sequence[str]) -> int:
    return max((len(word) for cell in column for word in cell.split()), default=0)


def _widths(rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """What each column gets: whoever has most to spare beyond its longest word gives first, then the widest."""
    columns = list(zip(*rows, strict=True))
    widths, words = [max(map(len, column)) for column in columns], [*map(_longest_word, columns)]
    for _ in range(sum(widths) + len(GAP) * (len(widths) - 1) - width):
        place = max(range(1, len(widths)), key=lambda n: (max(0, widths[n] - words[n]), widths[n]), default=0)
        if not place or widths[place] <= 1:
            break
        widths[place] -= 1
    return widths
