"""freezegun's freezers, in whatever order they end: freezegun itself puts the time of modules back for the last that
began only, and leaves it moved if one that began earlier ends first."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from kmsmock.active import Patches

_LISTS = ("freeze_factories", "ignore_lists", "tick_flags", "tz_offsets")
"""What freezegun keeps of each freezer that is open, in the order in which they began."""
_WHAT_THE_FIRST_KNOWS = ("undo_changes", "modules_at_start", "fake_names", "reals")
"""What only the freezer that found time running knows: where time is to be put back."""


class Freezers:
    """The freezers that are open, those of before the first world without their names."""

    def __init__(self) -> None:
        self._open: list[Any] = []

    def install(self, patches: Patches) -> None:
        """From now on freezers may end in any order. Nothing happens unless freezegun was imported."""
        api: Any = sys.modules.get("freezegun.api")
        if api is None or any(each.owner is api._freeze_time for each in patches):
            return
        self._open = [None] * len(api.freeze_factories)
        patches.replace(api._freeze_time, "start", self._starting(api, api._freeze_time.start))
        patches.replace(api._freeze_time, "stop", self._stopping(api, api._freeze_time.stop))

    def keep(self) -> Callable[[], None]:
        """Remember how many are open; returns what ends those that a test leaves open."""
        before = len(self._open)

        def restore() -> None:
            for last in reversed(self._open[before:]):
                last.stop()
                last.stop = partial(vars(last).pop, "stop", None)  # somebody may mean to end it later

        return restore

    def _starting(self, api: Any, original: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def start(freezer: Any) -> Any:
            made = original(freezer)
            self._open.append(freezer)
            return made

        return start

    def _stopping(self, api: Any, original: Callable[[Any], None]) -> Callable[[Any], None]:
        def stop(freezer: Any) -> None:
            place = self._place(freezer)
            if place is not None:
                del self._open[place]
                if place < len(self._open):
                    self._hand_over(api, freezer, place)
            original(freezer)

        return stop

    def _place(self, freezer: Any) -> int | None:
        """Where a freezer stands; one of before is taken for the last of those."""
        places = [place for place, each in enumerate(self._open) if each is freezer]
        places = places or [place for place, each in enumerate(self._open) if each is None]
        return places[-1] if places else None

    def _hand_over(self, api: Any, freezer: Any, place: int) -> None:
        """A freezer ends before one that began later: its entries go to the end, where freezegun takes them from."""
        for name in _LISTS:
            entries = getattr(api, name)
            if place < len(entries):
                entries.append(entries.pop(place))
        heir = self._open[place]
        if place == 0 and heir is not None:
            for name in _WHAT_THE_FIRST_KNOWS:
                setattr(heir, name, getattr(freezer, name))
            freezer.undo_changes = []


freezers = Freezers()
"""Those of the process."""
