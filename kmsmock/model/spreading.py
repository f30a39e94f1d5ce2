"""What changed and is not known everywhere yet, where a test says so: until then the former value is seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol, TypeVar

from kmsmock import clock
from kmsmock.model.agenda import Agenda

KNOWN = "change known"
"""The event of a change that has spread; it is about the ``Former`` that is not seen any more."""
T = TypeVar("T")


class World(Protocol):
    """What is needed of the store."""

    @property
    def delays(self) -> Mapping[str, timedelta]: ...
    @property
    def agenda(self) -> Agenda: ...


@dataclass(slots=True, eq=False)
class Former:
    """What something was before a change, and when the change is known."""

    place: tuple[str, str]
    value: Any
    known_from: datetime


class NotYet(NamedTuple):
    """Why something was refused: what is not known everywhere yet, and from when on it is."""

    what: str
    known_from: datetime


@dataclass(slots=True)
class Spreading:
    """The former values of what changes, by what it is and whose it is, oldest first.

    Changes become known in the order in which they were made, as far as one thing is concerned: while an earlier one
    spreads, a later one is not seen either.
    """

    delays: Mapping[str, timedelta]
    agenda: Agenda
    _former: dict[tuple[str, str], list[Former]] = field(default_factory=dict)

    @classmethod
    def for_world(cls, store: World) -> Spreading:
        return cls(store.delays, store.agenda)

    def change(self, operation: str, what: str, whose: str, value: Any) -> None:
        """Something is about to change by an operation; ``value`` is what it is until now."""
        delay = self.delays.get(operation)
        if delay:
            former = Former((what, whose), value, clock.now() + delay)
            self._former.setdefault(former.place, []).append(former)
            self.agenda.add(former.known_from, KNOWN, former)

    def known(self, former: Former) -> None:
        """A change has spread."""
        waiting = self._former[former.place]
        waiting.remove(former)
        if not waiting:
            del self._former[former.place]

    def seen(self, what: str, whose: str, present: T) -> T:
        """What is seen of something: its former value while a change of it spreads."""
        waiting = self._former.get((what, whose)) if self._former else None
        if not waiting:
            return present
        value: T = waiting[0].value
        return value

    def until(self, what: str, whose: str) -> datetime | None:
        """When the last change of something is known; None where nothing spreads."""
        waiting = self._former.get((what, whose)) if self._former else None
        return max(each.known_from for each in waiting) if waiting else None
