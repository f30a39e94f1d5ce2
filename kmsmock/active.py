"""What is active now: the stack of worlds, and the one stack of what they replaced in other people's modules.

These two are the only state of a process that outlives a call; everything else belongs to a world.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from kmsmock.errors import KmsMockError
from kmsmock.store import Store

_worlds: list[Store] = []
"""The states of the worlds that are active, the innermost last."""

_ABSENT = object()


class Replaced(NamedTuple):
    """One attribute of somebody else's module, class or object while it is ours."""

    owner: Any
    name: str
    before: Any
    """What stood in ``owner`` itself; inherited things stand elsewhere."""
    ours: Any

    def __str__(self) -> str:
        home = getattr(self.owner, "__module__", None) if isinstance(self.owner, type) else None
        label = getattr(self.owner, "__qualname__", getattr(self.owner, "__name__", type(self.owner).__qualname__))
        ours = getattr(self.ours, "__qualname__", type(self.ours).__qualname__)
        return f"{home + '.' if home else ''}{label}.{self.name} is {getattr(self.ours, '__module__', '')}.{ours}"


class Patches:
    """What is replaced in other people's modules while a world is active, put back in reverse order."""

    def __init__(self) -> None:
        self._replaced: list[Replaced] = []

    def replace(self, owner: Any, name: str, ours: Any) -> Any:
        """Set an attribute, remember what was there, and return what it gave."""
        found = getattr(owner, name)
        self._replaced.append(Replaced(owner, name, vars(owner).get(name, _ABSENT), ours))
        setattr(owner, name, ours)
        return found

    def add(self, owner: Any, name: str, ours: Any) -> None:
        """Set an attribute that the owner does not have. Raises KmsMockError if it has one."""
        if hasattr(owner, name):
            raise KmsMockError(f"{owner!r} has a {name} of its own: replace it instead")
        self._replaced.append(Replaced(owner, name, _ABSENT, ours))
        setattr(owner, name, ours)

    def holds(self, owner: Any, name: str) -> bool:
        """Whether an attribute is replaced already, for what is installed more than once while worlds are active."""
        return any(each.owner is owner and each.name == name for each in self._replaced)

    def undo(self) -> None:
        """Put everything back, the last first. What somebody else replaced meanwhile, and holds, is his to put back."""
        while self._replaced:
            owner, name, before, ours = self._replaced.pop()
            if vars(owner).get(name, _ABSENT) is not ours:
                continue
            if before is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, before)

    def __iter__(self) -> Iterator[Replaced]:
        return iter(self._replaced)


patches = Patches()
"""The one stack: of the door, of the bridge, and of whoever else replaces something."""


def active() -> Store | None:
    """The state of the innermost active world."""
    return _worlds[-1] if _worlds else None


def current() -> Store:
    """The same, where there must be one. Raises KmsMockError."""
    if not _worlds:
        raise KmsMockError("no kmsmock world is active")
    return _worlds[-1]


def skip(seconds: float) -> None:
    """Pass time in the innermost world."""
    current().clock.skip(seconds)


def enter(store: Store) -> bool:
    """Put a world onto the stack; True if it is the first."""
    _worlds.append(store)
    return len(_worlds) == 1


def inside(store: Store) -> list[Store]:
    """The worlds that were entered inside of one and are active still, the innermost first."""
    found = [place for place, each in enumerate(_worlds) if each is store]
    return list(reversed(_worlds[found[0] + 1 :])) if found else []


def leave(store: Store) -> bool:
    """Take a world off the stack; True if it was the last."""
    _worlds[:] = [each for each in _worlds if each is not store]
    return not _worlds
