"""Lists that answer questions: ``where`` selects, and a slice is one of them, too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, SupportsIndex, TypeVar, overload

from kmsmock.errors import did_you_mean
from kmsmock.telling import colours

T = TypeVar("T")
S = TypeVar("S", bound="Selection[Any]")


class Selection(list[T]):
    """A list, of which ``where`` selects. Notebooks show it as ``str()`` does."""

    what: ClassVar[str]
    """What is in it: the beginning of the error for a condition that there is not."""
    holds: ClassVar[Mapping[str, Callable[[Any, Any], bool]]]
    """The conditions: whether one holds of something in the list, for a value."""

    def among(self: S, found: Iterable[Any]) -> S:
        """Some of it, with whatever else the list knows."""
        return type(self)(found)

    @overload
    def __getitem__(self, which: SupportsIndex) -> T: ...

    @overload
    def __getitem__(self: S, which: slice) -> S: ...

    def __getitem__(self, which: SupportsIndex | slice) -> Any:
        found = super().__getitem__(which)
        return self.among(found) if isinstance(found, list) else found

    def where(self: S, **wanted: Any) -> S:
        """Those for which every condition holds. Raises TypeError for a condition that there is not."""
        for name, value in wanted.items():
            if name not in self.holds:
                hint = did_you_mean(name, self.holds, "")
                raise TypeError(f"{name!r}: {self.what} told apart by {', '.join(self.holds)}; {hint}".rstrip("; "))
            self.check(name, value)
        return self.among(each for each in self if all(self.holds[name](each, value) for name, value in wanted.items()))

    def check(self, name: str, value: Any) -> None:
        """Raise ValueError for a value that nothing can have."""

    def _repr_html_(self) -> str:
        return colours.html(str(self))
