"""``world.snapshot()``: the state of a world as it was, put back into the same world.

Whoever holds something of the world goes on with it: clients, principals, keys and ciphertexts of before stay what
they are. Ids and key material that were given out are not given out again.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import fields
from typing import Any, Protocol

from kmsmock import active
from kmsmock.bridge import moto_state
from kmsmock.clock import Clock
from kmsmock.door.unwinding import Unwinding
from kmsmock.errors import KmsMockError
from kmsmock.identity import acting
from kmsmock.loading.report import Loaded
from kmsmock.model.turns import taking_turns
from kmsmock.refusals.note import keep
from kmsmock.snapshots import Graph, NotKept
from kmsmock.store import Store
from kmsmock.telling import entered

_OWN_WAY = ("acting", "clock", "current_request", "decisions", "unwind", "_drawn")
"""What of a store is put back otherwise, or not at all: numbers that are drawn are not drawn again."""
_STATE = tuple(each.name for each in fields(Store) if each.name not in _OWN_WAY)


class World(Protocol):
    """What is known of a world here."""

    store: Store
    clock: Clock
    loaded: Loaded
    _snapshots: list[Snapshot]

    @property
    def _accounts(self) -> Mapping[str, Any]: ...


class Snapshot:
    """The state of a world at one moment: ``restore()`` puts it back, and so does the end of ``with``.

    All that was made since is gone: in KMS, in the services, accounts, users and roles, what was decided, recorded and
    refused, faults, quotas, who acts, and the time of the clock. It can be put back more than once, until one that was
    made before it is.
    """

    @taking_turns
    def __init__(self, world: World) -> None:
        store = world.store
        self._world = world
        self._values = {name: getattr(store, name) for name in _STATE}
        self._decisions = len(store.decisions)
        self._acting, self._time = acting.shown(store), world.clock.held()
        roots = {**{f"store.{name}": value for name, value in self._values.items()}, "world.accounts": world._accounts}
        without = [store, store.decisions, store._drawn]
        self._loaded = copy(world.loaded)
        held = moto_state.roots()
        self._lists = held[moto_state.LISTS]
        self._graph = Graph({**roots, **held}, without)

    @taking_turns
    def restore(self) -> None:
        """Put the world back. Raises KmsMockError where it is not the innermost active world, or another came first."""
        world, store = self._world, self._world.store
        _must_be_innermost(store, "put back")
        if self not in world._snapshots:
            raise KmsMockError(
                "this snapshot was made after another that its world has been put back to since, or its `with`"
                " is over: what it knows is gone. Put the latest back first"
            )
        with entered.going_back(store):
            del world._snapshots[world._snapshots.index(self) + 1 :]
            moto_state.let_go_of_what_came(self._graph.has)
            for name, value in self._values.items():
                setattr(store, name, value)
            del store.decisions[self._decisions :]
            self._graph.put_back()
            acting.show_again(store, self._acting)
            world.clock.hold_again(self._time)
            world.loaded = copy(self._loaded)

    @taking_turns
    def begin(self) -> None:
        """A world that was made from this one is entered: moto's data and the store are what they were."""
        store = self._world.store
        moto_state.track(self._lists)
        for name, value in self._values.items():
            setattr(store, name, value)
        del store.decisions[self._decisions :]
        try:
            self._graph.put_back()
        except ValueError:  # of a file that is closed
            raise KmsMockError(
                "World(from_snapshot=...): the contents of objects in S3 went with the world of this snapshot; use "
                "`with world.snapshot():` inside of it instead"
            ) from None
        self._world.clock.hold_again(self._time)

    @property
    @taking_turns
    def holds(self) -> bool:
        """Whether the world is as it was, so that nothing would be put back."""
        store, time = self._world.store, self._world.clock.held()
        same = all(getattr(store, name) is value for name, value in self._values.items())
        is_then = time == self._time if self._time.ticks is False else time[:2] == self._time[:2]
        decided = len(store.decisions) == self._decisions
        return same and is_then and decided and acting.shown(store) == self._acting and self._graph.is_same

    @taking_turns
    def forget(self) -> None:
        """Let go of what it knows: it cannot be put back any more."""
        if self in self._world._snapshots:
            self._world._snapshots.remove(self)

    def __enter__(self) -> Snapshot:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is not None:
            keep(error)  # what it says of the world is true now
        self.restore()
        self.forget()

    def __repr__(self) -> str:
        return f"<Snapshot of {self._world!r}: {len(self._graph)} objects>"


_DEFAULTS = (None, None, "strict", (), "model", False, False, False, (), "pass", True, None)


def adopt(world: Any, start: Snapshot, options: tuple[Any, ...]) -> None:
    """Make a world of the one that a snapshot was taken of. Raises KmsMockError while that is active, TypeError for
    what is no snapshot and for options beside it: they are those of its world."""
    if not isinstance(start, Snapshot):
        raise TypeError(f"from_snapshot={start!r}: give what world.snapshot() returned")
    if options != _DEFAULTS:
        raise TypeError("World(from_snapshot=...) has the options of the snapshot's world: give no others")
    before: Any = start._world
    if active.is_active(before.store):
        raise KmsMockError(
            "World(from_snapshot=...): the world of this snapshot is active still; write `with world.snapshot():` in "
            "it, or leave it first"
        )
    for name in _TAKEN_OVER:
        setattr(world, name, getattr(before, name))
    world.loaded = copy(start._loaded)
    world._snapshots, world._to_load, world._undo = [], [], Unwinding()
    world.store.unwind = None


_TAKEN_OVER = (
    *("options", "account_id", "region_name", "_region_of_environment", "identities", "store", "clock", "_accounts"),
)


class StartingPoint:
    """A world that several tests share, each of which finds it as it was and leaves it so.

    It is remembered anew only where something has changed between two of them.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._snapshot: Snapshot | None = None
        self._is_left = True

    def begin(self) -> None:
        """A test begins."""
        if not self._is_left:  # a timeout struck while the world was put back
            self.end()
        if self._snapshot is None or not self._snapshot.holds:
            if self._snapshot is not None:
                self._snapshot.forget()
            self._snapshot = snapshot(self._world)
        self._is_left = False

    def end(self) -> None:
        """The test is over, and so is what it made."""
        if self._snapshot is not None:
            self._snapshot.restore()
        self._is_left = True


@taking_turns
def snapshot(self: World) -> Snapshot:
    """Remember the state of this world: ``with world.snapshot():`` puts it back at the end of the block.

    Whatever the block makes is gone after it, time that it moved is back, and clients, keys and ciphertexts of before
    are good as ever. ``snapshot.restore()`` does it without a block, as often as one likes; snapshots nest. Raises
    KmsMockError where the world is not the innermost active one, and, with its name, for what cannot be put back.
    """
    _must_be_innermost(self.store, "remembered")
    try:
        made = Snapshot(self)
    except NotKept as problem:
        raise KmsMockError(f"world.snapshot() cannot remember {problem}") from None
    self._snapshots.append(made)
    return made


def _must_be_innermost(store: Store, what: str) -> None:
    if active.active() is not store:
        why = "a world inside of it is active" if active.is_active(store) else "it is not active"
        raise KmsMockError(f"this world cannot be {what} now: {why}")
