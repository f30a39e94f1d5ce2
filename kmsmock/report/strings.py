"""Values that many tests share, kept once: in the page stands the number of each."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any


class Table:
    """Gives each value a number; ``values`` are all of them in order."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._numbers: dict[Hashable, int] = {}

    def number(self, name: Hashable, make: Callable[[], Any] | None = None) -> int:
        """The number of a value: of a text, or of what is made if there is none of that name yet."""
        found = self._numbers.get(name)
        if found is None:
            value = name if make is None else make()  # which may add values before its own
            found = self._numbers[name] = len(self.values)
            self.values.append(value)
        return found


MARK = "\N{CURRENCY SIGN}"


class Names:
    """The keys of one world by number, so that worlds in which the same happens read the same, whatever their ids.

    ``¤0a¤`` stands for the ARN of key 0, ``¤0i¤`` for its id; the sign itself is doubled.
    """

    def __init__(self, arns: list[str]) -> None:
        self.arns = arns
        self._number = {arn: number for number, arn in enumerate(arns)}
        ids: dict[str, int] = {}
        for number, arn in enumerate(arns):
            ids.setdefault(arn.rpartition("/")[2], number)
        self._marks = [
            *((arn, f"{MARK}{number}a{MARK}") for number, arn in enumerate(arns)),
            *((each, f"{MARK}{number}i{MARK}") for each, number in ids.items() if each),
        ]

    def key(self, arn: str) -> int:
        """The number of a key; -1 for what is no key of the world."""
        return self._number.get(arn, -1)

    def local(self, text: str) -> str:
        """A text with marks instead of keys."""
        text = text.replace(MARK, MARK * 2)
        if ":key/" in text or "-" in text:
            for name, mark in self._marks:
                if name in text:
                    text = text.replace(name, mark)
        return text
