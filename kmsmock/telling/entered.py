"""Whom to tell of each world that is entered, and of each that is left, with its state. The plugin imports it in every
suite."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Listener = Callable[[Any], None]
LISTENERS: list[Listener] = []
"""pytest's plugin."""
LEAVING: list[Listener] = []
"""Told while all that the world has is still there."""


def listen(begins: Listener, ends: Listener) -> Callable[[], None]:
    """Have them told of each world that begins and ends; returns what ends that, once or more often."""
    told = (LISTENERS, begins), (LEAVING, ends)
    for listeners, tell in told:
        listeners.append(tell)

    def stop() -> None:
        for listeners, tell in told:
            if tell in listeners:
                listeners.remove(tell)

    return stop


def begun(store: Any, at_the_end: Callable[[Callable[[], None]], None]) -> None:
    """Tell of a world, and that it is told of its end, before anything is put back."""
    for tell in LISTENERS:
        tell(store)
    if LEAVING:
        at_the_end(lambda: _ends(store))


def _ends(store: Any) -> None:
    for tell in LEAVING:
        tell(store)


@contextmanager
def going_back(store: Any) -> Iterator[None]:
    """In the block a world is put back to what it was. Who listens is told as if it ended, and another began that has
    done already what this one had done then."""
    _ends(store)
    yield
    for tell in LISTENERS:
        tell(store)
