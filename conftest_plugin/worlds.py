"""The worlds that the present test has had, whoever made them: fixtures, the test itself, a module, unittest."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kmsmock.store import Store


AT_MOST = 10
"""Worlds of one test that are kept until it ends: a test that enters thousands is not to hold them all."""


class Seen:
    """A world, and how many refusals, decisions and events it had when somebody began to count."""

    def __init__(self, store: Store, refusals: int = 0, decisions: int = 0, events: int = 0) -> None:
        self.store = store
        self.refusals, self.decisions, self.events = refusals, decisions, events


def now(store: Store) -> Seen:
    """What a world has had so far is of nobody who comes now."""
    from kmsmock.model.turns import turn

    with turn:
        return Seen(store, len(store.refusals), len(store.decisions), len(store.events))


class Worlds:
    """Told of each world that is entered. ``seen`` are those of the present test."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []

    def __call__(self, store: Store) -> None:
        from conftest_plugin.expected import note_what_is_expected

        note_what_is_expected()
        others = [each for each in self.seen if each.store is not store]  # one that was put back is told of again
        self.seen = [*others[-AT_MOST + 1 :], now(store)]

    def begin(self) -> None:
        """A test begins: of the worlds that go on, only what comes now counts."""
        if not self.seen:
            return
        from kmsmock import active

        self.seen = [now(each.store) for each in self.seen if active.is_active(each.store)]
