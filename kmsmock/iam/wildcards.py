"""Wildcards over many values at once, in time that no pattern can stretch.

Backtracking is exponential in the stars of a pattern, and even two pointers take a second for half a policy of
``aaa…b`` against a long encryption context. Here a set of places in the values is one number, a bit for each place, and
a character of the pattern moves all of them at once: what a document costs grows with its length, whatever is in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence


class Row:
    """Values side by side, each of one or more segments that wildcards do not leave.

    A segment takes a place for each character, then its end, then a guard, where nothing ever stands: it keeps what
    arithmetic does in one segment out of the next.
    """

    __slots__ = ("_bits", "_ends", "_firsts", "_guards", "_inside", "_lasts", "_starts", "_where", "lasts")

    def __init__(self, values: Iterable[Sequence[str]]) -> None:
        where: dict[str, list[int]] = {}
        firsts, starts, ends, self.lasts = [], [], [], list[int]()
        place = 0
        for segments in values:
            firsts.append(place)
            for segment in segments:
                starts.append(place)
                for at, character in enumerate(segment, place):
                    where.setdefault(character, []).append(at)
                place += len(segment)
                ends.append(place)
                place += 2
            self.lasts.append(ends[-1])
        self._where, self._bits = where, dict[str, int]()
        self._firsts, self._starts, self._ends, self._lasts = map(_number, (firsts, starts, ends, self.lasts))
        self._guards = self._ends << 1
        self._inside = ~(self._ends | self._guards)

    def match(self, *segments: str) -> int:
        """The ends of the values that a pattern covers, as bits; its segments are as many as those of each value."""
        live, starts, guards, before = self._firsts, self._starts, self._guards, ""
        for number, segment in enumerate(segments):
            if number:
                live, before = (live & self._ends) << 2, ""
            for character in segment:
                if not live:
                    return 0
                if character == "*":
                    if before != "*":  # from the first place in each segment to its end
                        below = (live | guards) - starts
                        live = (below & guards) - (live & ~below)
                elif character == "?":
                    live = (live & self._inside) << 1
                else:
                    live = (live & self._places(character)) << 1
                before = character
        return live & self._lasts

    def which(self, *segments: str) -> list[int]:
        """The numbers of the values that a pattern covers."""
        found = self.match(*segments)
        return [number for number, last in enumerate(self.lasts) if found >> last & 1] if found else []

    def _places(self, character: str) -> int:
        found = self._bits.get(character)
        if found is None:
            found = self._bits[character] = _number(self._where.get(character, ()))
        return found


def _number(places: Sequence[int]) -> int:
    """Ascending places as one number."""
    if not places:
        return 0
    row = bytearray(places[-1] // 8 + 1)
    for place in places:
        row[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(row, "little")
