"""The worlds that are active, innermost last: what the whole package may ask for without knowing what a world is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kmsmock.world import World


_worlds: list[World] = []
"""The stack of active worlds: the only global state."""


def active() -> World | None:
    """The innermost active world."""
    return _worlds[-1] if _worlds else None


def skip(seconds: float) -> None:
    """Pass time in the innermost world."""
    _worlds[-1].clock.skip(seconds)
