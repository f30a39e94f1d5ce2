"""What is active now: the stack of worlds, and the one stack of what they replaced in other people's modules.

These, and who entered which world, are the only state of a process that outlives a call; everything else belongs to a
world.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from kmsmock.clock import Lock
from kmsmock.errors import KmsMockError
from kmsmock.store import Store

if TYPE_CHECKING:
    import asyncio


@dataclass(slots=True, eq=False)
class Visit:
    """The time in which a world is active, and the thread and asyncio task that entered it."""

    thread: threading.Thread
    task: asyncio.Task[Any] | None

    def is_elsewhere(self) -> bool:
        """Whether those who run now are not those who entered it. A task that is done leaves its world to all tasks of
        its thread: so do fixtures, which are set up in tasks of their own."""
        if self.thread is not threading.current_thread():
            return self.thread.is_alive()
        return self.task is not None and self.task is not _task() and not self.task.done()

    def began_elsewhere(self) -> bool:
        """Whether those who run now are others than those who entered it, whatever has become of these."""
        return self.thread is not threading.current_thread() or self.task is not _task()

    def __str__(self) -> str:
        return self.thread.name if self.task is None else f"{self.task.get_name()} in {self.thread.name}"


def _task() -> asyncio.Task[Any] | None:
    import asyncio

    try:
        return asyncio.current_task()
    except RuntimeError:  # no loop runs in this thread
        return None


class _Active(NamedTuple):
    store: Store
    visit: Visit


_worlds: list[_Active] = []
"""The worlds that are active, the innermost last."""
_mine: ContextVar[tuple[Visit, ...]] = ContextVar("kmsmock_worlds", default=())
"""Those that were active where this thread or task began, or that it entered itself."""
changing = Lock()
"""Held by whoever enters or leaves a world."""

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

    def found(self, owner: Any, name: str) -> Any:
        """What an attribute is, or was before it was first replaced."""
        first = next((each for each in self._replaced if each.owner is owner and each.name == name), None)
        return vars(owner)[name] if first is None else first.before

    def holds(self, owner: Any, name: str) -> bool:
        """Whether an attribute is replaced already, for what is installed more than once while worlds are active."""
        return any(each.owner is owner and each.name == name for each in self._replaced)

    def undo(self) -> None:
        """Put everything back, the last first. What somebody else replaced meanwhile, and holds, is his to put back."""
        while self._replaced:
            owner, name, before, ours = self._replaced[-1]
            if vars(owner).get(name, _ABSENT) is ours:
                if before is _ABSENT:
                    delattr(owner, name)
                else:
                    setattr(owner, name, before)
            self._replaced.pop()

    def __iter__(self) -> Iterator[Replaced]:
        return iter(self._replaced)


patches = Patches()
"""The one stack: of the door, of the bridge, and of whoever else replaces something."""


def active() -> Store | None:
    """The state of the innermost active world."""
    return _worlds[-1].store if _worlds else None


def current() -> Store:
    """The same, where there must be one. Raises KmsMockError."""
    if not _worlds:
        raise KmsMockError("no kmsmock world is active")
    return _worlds[-1].store


def here() -> Store | None:
    """The innermost active world, for a request of this thread or task; None without one.

    Raises KmsMockError where the request is none of that world's: its thread or task began in one that is over, or in
    one inside of which another thread or task has entered its own.
    """
    mine, (store, visit) = _mine.get(), _worlds[-1] if _worlds else (None, None)
    if not mine or mine[-1] is visit:
        return store
    still = _still(mine)
    if not still and mine[-1].began_elsewhere():
        raise KmsMockError(
            f"this request comes from {_who()}, which began in a kmsmock world that is over: it goes neither into "
            "another world nor to AWS. End threads and tasks before their world, or start them outside of it"
        )
    if still and visit is not None and still[-1] is not visit and visit.is_elsewhere():
        raise KmsMockError(
            f"this request comes from {_who()}, which began in a kmsmock world inside of which {visit} has entered "
            "another: only one can answer. Enter worlds one after the other, or in the test before its threads and "
            "tasks begin"
        )
    return store


def _still(visits: Iterable[Visit]) -> list[Visit]:
    """Those of worlds that are active."""
    there = {id(each.visit) for each in _worlds}
    return [each for each in visits if id(each) in there]


def _who() -> str:
    task = _task()
    return f"thread {threading.current_thread().name}" if task is None else f"task {task.get_name()}"


def carried(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that runs, on whatever thread, in the worlds of whoever hands it over."""
    mine = _mine.get()
    if not mine:
        return function

    def run(*args: Any, **options: Any) -> Any:
        token = _mine.set(mine)
        try:
            return function(*args, **options)
        finally:
            _mine.reset(token)

    return run


def skip(seconds: float) -> None:
    """Pass time in the innermost world."""
    current().clock.skip(seconds)


def check() -> None:
    """Raise KmsMockError where another thread or task has a world, so that none can be entered here."""
    if _worlds and _worlds[-1].visit.is_elsewhere():
        raise KmsMockError(
            f"a kmsmock world is active that {_worlds[-1].visit} entered: in one process worlds are entered one inside "
            "of the other, by one thread or task. Leave that one first, enter yours in the test before its threads "
            "and tasks begin, or use processes (pytest-xdist)"
        )


def enter(store: Store) -> bool:
    """Put a world onto the stack; True if it is the first."""
    made = _Active(store, Visit(threading.current_thread(), _task()))
    _mine.set((*_still(_mine.get()), made.visit))
    _worlds.append(made)
    return len(_worlds) == 1


def is_active(store: Store) -> bool:
    """Whether a world has been entered and not left."""
    return any(each.store is store for each in _worlds)


def inside(store: Store) -> list[Store]:
    """The worlds that were entered inside of one and are active still, the innermost first."""
    stores = [each.store for each in _worlds]
    found = [place for place, each in enumerate(stores) if each is store]
    return list(reversed(stores[found[0] + 1 :])) if found else []


def leave(store: Store) -> bool:
    """Take a world off the stack; True if it was the last."""
    _worlds[:] = [each for each in _worlds if each.store is not store]
    _mine.set(tuple(_still(_mine.get())))
    return not _worlds
