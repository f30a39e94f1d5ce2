"""freezegun's freezers, in whatever order they end and wherever they are interrupted.

freezegun itself puts the time of modules back for the last that began only, leaves it moved if one that began earlier
ends first, and has half of it moved where a timeout strikes as it starts or ends.
"""

from __future__ import annotations

import copyreg
from collections.abc import Callable, Collection
from functools import partial
from types import ModuleType
from typing import Any

from kmsmock.active import Patches
from kmsmock.clock import FREEZEGUN, moving
from kmsmock.foreign.contract import imported

_LISTS = (
    "freezegun.api:freeze_factories",
    "freezegun.api:ignore_lists",
    "freezegun.api:tick_flags",
    "freezegun.api:tz_offsets",
)
"""What freezegun keeps of each freezer that is open, in the order in which they began."""
_WHAT_THE_FIRST_KNOWS = ("modules_at_start", "fake_names", "reals", "undo_changes")
"""What only the freezer that found time running knows: where time is to be put back."""


class Freezers:
    """The freezers that are open, those of before the first world without their names."""

    def __init__(self) -> None:
        self._open: list[Any] = []

    def install(self, patches: Patches) -> None:
        """From now on freezers may end in any order, on any thread, and be interrupted."""
        kind: Any = FREEZEGUN.get("freezegun.api:_freeze_time")
        if patches.holds(kind, "start"):
            return
        self._open = [None] * len(FREEZEGUN.get(_LISTS[0]))
        start, stop = kind.start, kind.stop
        patches.replace(kind, "start", self._starting(start, stop))
        patches.replace(kind, "stop", self._stopping(stop))

    def keep(self) -> Callable[[], None]:
        """Remember how many are open; returns what ends those that a test leaves open."""
        before = len(self._open)

        def restore() -> None:
            for last in reversed(self._open[before:]):
                if last is not None:
                    last.stop()
                    last.stop = partial(vars(last).pop, "stop", None)  # somebody may mean to end it later

        return restore

    def _starting(self, original: Callable[[Any], Any], end: Callable[[Any], None]) -> Callable[[Any], Any]:
        def start(freezer: Any) -> Any:
            with moving.held:
                return self._start(freezer, original, end)

        return start

    def _stopping(self, original: Callable[[Any], None]) -> Callable[[Any], None]:
        def stop(freezer: Any) -> None:
            with moving.held:
                self._stop(freezer, original)

        return stop

    def _start(self, freezer: Any, original: Callable[[Any], Any], end: Callable[[Any], None]) -> Any:
        before, opened = _entries(), list(self._open)
        try:
            made = original(freezer)
            self._open.append(freezer)
            return made
        except BaseException:  # a timeout, or Ctrl-C
            self._open = opened
            _settle(before, freezer, end)
            raise

    def _stop(self, freezer: Any, original: Callable[[Any], None]) -> None:
        place = self._place(freezer)
        if place is None:
            return
        opened = [each for number, each in enumerate(self._open) if number != place]
        after = {name: [*entries[:place], *entries[place + 1 :]] for name, entries in _entries().items()}
        try:
            if place < len(opened):
                _take_out(after, freezer, opened[place] if place == 0 else None)
            else:
                original(freezer)
            self._open = opened
        except BaseException:  # as above
            self._open = opened
            _take_out(after, freezer, opened[0] if opened and place == 0 else None)
            _settle(after, freezer, original)
            raise

    def _place(self, freezer: Any) -> int | None:
        """Where a freezer stands; one of before is taken for the last of those."""
        places = [place for place, each in enumerate(self._open) if each is freezer]
        places = places or [place for place, each in enumerate(self._open) if each is None]
        return places[-1] if places else None


Entries = dict[str, list[Any]]


def _entries() -> Entries:
    return {name: list(FREEZEGUN.get(name)) for name in _LISTS}


def _take_out(after: Entries, freezer: Any, heir: Any) -> None:
    """A freezer ends before others, whose entries stay. Time is put back by the ``heir`` of the first that began."""
    if heir is not None and freezer.undo_changes:
        for name in _WHAT_THE_FIRST_KNOWS:
            setattr(heir, name, getattr(freezer, name))
        freezer.undo_changes = []
    for name, entries in after.items():
        FREEZEGUN.get(name)[:] = entries


def _settle(wanted: Entries, freezer: Any, end: Callable[[Any], None]) -> None:
    """freezegun's lists as they are to be after an interruption; where nobody holds time any more, it runs."""
    _take_out(wanted, freezer, None)
    if wanted[_LISTS[0]]:
        return
    api, _ = FREEZEGUN.holder(_LISTS[0])
    reals = {name: value for name, value in vars(api).items() if name.startswith("real_") and _fake_of(api, name)}
    fakes = {name: _fake_of(api, name) for name in reals}
    mender = api.freeze_time(api.real_datetime(2000, 1, 1))  # a text would be parsed, by the time that nobody has
    mender.fake_names = tuple(each.__name__ for each in fakes.values())
    mender.reals = {id(fakes[name]): real for name, real in reals.items()}
    mender.modules_at_start = _modules_without(fakes.values())
    mender.undo_changes = freezer.undo_changes  # beside what it finds in modules: the class of event loops
    for name in _LISTS:
        FREEZEGUN.get(name)[:] = [()]
    for name in ("real_datetime", "real_date"):
        copyreg.dispatch_table.setdefault(reals[name], reals[name].__reduce__)
    end(mender)
    freezer.undo_changes, freezer.modules_at_start = [], set()


def _modules_without(fakes: Collection[Any]) -> set[str]:
    """The names of the modules that hold none of the fakes: freezegun looks at each name of those that it is not told
    to have been there."""
    known = {id(each) for each in fakes}
    return {
        name
        for name, module in list(imported().items())
        if type(module) is ModuleType and known.isdisjoint(map(id, list(vars(module).values())))
    }


def _fake_of(api: Any, name: str) -> Any:
    """What stands in the place of ``real_time``, ``real_datetime`` and their like."""
    kind = name.removeprefix("real_")
    return getattr(api, f"fake_{kind}", None) or getattr(api, f"Fake{kind.capitalize()}", None)


freezers = Freezers()
"""Those of the process."""
