"""What falls due when, in one order for the whole world: KMS's own work, and what services do later."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

Rules = Mapping[str, Callable[[Any, datetime, Any], object]]
"""Event -> what happens: a function of the world's state, the instant, and what the event is about."""


@dataclass(slots=True)
class Agenda:
    """Entries in order of their due time; those of one instant in the order in which they were made."""

    _entries: list[tuple[datetime, int, str, Any]] = field(default_factory=list)
    _sequence: Iterator[int] = field(default_factory=count)
    _running: bool = False

    def add(self, when: datetime, event: str, subject: Any) -> None:
        """``event`` is a row of the rules, ``subject`` what it is about: a key's ARN, or what a service has to do."""
        heapq.heappush(self._entries, (when, next(self._sequence), event, subject))

    def run_due(self, rules: Rules, state: Any, now: datetime) -> None:
        """Do what fell due until ``now``, each at its own instant. Time that runs backwards undoes nothing.

        What an entry does may look at the agenda again; that finds nothing to do, so that the order holds.
        """
        entries = self._entries
        if self._running or not entries or entries[0][0] > now:
            return
        self._running = True
        try:
            while entries and entries[0][0] <= now:
                when, _, event, subject = heapq.heappop(entries)
                rules[event](state, when, subject)
        finally:
            self._running = False
