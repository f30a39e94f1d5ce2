"""Notes on objects that are not ours, moto's records and botocore's clients: attributes under names of our own."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Note(Generic[T]):
    """One kind of note. It goes with the object that it is written on, and no other code looks at it."""

    def __init__(self, name: str) -> None:
        self._attribute = f"_kmsmock_{name}"

    def get(self, record: Any) -> T | None:
        """What is noted on an object, or None."""
        found: T | None = vars(record).get(self._attribute)
        return found

    def written(self, record: Any) -> T:
        """The same, where there must be a note. Raises KeyError."""
        found: T = vars(record)[self._attribute]
        return found

    def set(self, record: Any, value: T) -> None:
        """Write the note, in place of an earlier one."""
        vars(record)[self._attribute] = value

    def remove(self, record: Any) -> None:
        """Take the note away, if there is one."""
        vars(record).pop(self._attribute, None)
