"""freezegun's freezers, in whatever order they end: freezegun itself puts the time of modules back for the last that
began only, and leaves it moved if one that began earlier ends first."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from kmsmock.active import Patches
from kmsmock.clock import FREEZEGUN

_LISTS = (
    "freezegun.api:freeze_factories",
    "freezegun.api:ignore_lists",
    "freezegun.api:tick_flags",
    "freezegun.api:tz_offsets",
)
"""What freezegun keeps of each freezer that is open, in the order in which they began."""
_WHAT_THE_FIRST_KNOWS = ("undo_changes", "modules_at_start", "fake_names", "reals")
"""What only the freezer that found time running knows: where time is to be put back."""


class Freezers:
    """The freezers that are open, those of before the first world without their names."""

    def __init__(self) -> None:
        self._open: list[Any] = []

    def install(self, patches: Patches) -> None:
        """From now on freezers may end in any order. Nothing happens unless freezegun was imported."""
        kind: Any = FREEZEGUN.find("freezegun.api:_freeze_time")
        if kind is None or patches.holds(kind, "start"):
            return
        self._open = [None] * len(FREEZEGUN.get(_LISTS[0]))
        patches.replace(kind, "start", self._starting(kind.start))
        patches.replace(kind, "stop", self._stopping(kind.stop))

    def keep(self) -> Callable[[], None]:
        """Remember how many are open; returns what ends those that a test leaves open."""
        before = len(self._open)

        def restore() -> None:
            for last in reversed(self._open[before:]):
                last.stop()
                last.stop = partial(vars(last).pop, "stop", None)  # somebody may mean to end it later

        return restore

    def _starting(self, original: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def start(freezer: Any) -> Any:
            made = original(freezer)
            self._open.append(freezer)
            return made

        return start

    def _stopping(self, original: Callable[[Any], None]) -> Callable[[Any], None]:
        def stop(freezer: Any) -> None:
            place = self._place(freezer)
            if place is not None:
                del self._open[place]
                if place < len(self._open):
                    self._hand_over(freezer, place)
            original(freezer)

        return stop

    def _place(self, freezer: Any) -> int | None:
        """Where a freezer stands; one of before is taken for the last of those."""
        places = [place for place, each in enumerate(self._open) if each is freezer]
        places = places or [place for place, each in enumerate(self._open) if each is None]
        return places[-1] if places else None

    def _hand_over(self, freezer: Any, place: int) -> None:
        """A freezer ends before one that began later: its entries go to the end, where freezegun takes them from."""
        for name in _LISTS:
            entries = FREEZEGUN.get(name)
            if place < len(entries):
                entries.append(entries.pop(place))
        heir = self._open[place]
        if place == 0 and heir is not None:
            for name in _WHAT_THE_FIRST_KNOWS:
                setattr(heir, name, getattr(freezer, name))
            freezer.undo_changes = []


freezers = Freezers()
"""Those of the process."""
