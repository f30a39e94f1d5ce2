"""The only reader of time: what freezegun (or the machine) says it is, and the test's handle to move it."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from typing import Any

UTC = timezone.utc


def timestamp() -> float:
    """Seconds since 1970, frozen if the test froze time. Looked up at each call so that freezegun's patch is seen."""
    return time.time()


def now() -> datetime:
    """The instant at which a call happens, with its zone (UTC)."""
    return datetime.fromtimestamp(timestamp(), UTC)


def milliseconds(when: datetime) -> datetime:
    """An instant as precise as KMS's answers."""
    return when.replace(microsecond=when.microsecond // 1000 * 1000)


class Clock:
    """``world.clock``: reads and moves the time of the world, with freezegun underneath.

    A test's own ``freeze_time`` drives the world as well; then ``advance`` and ``move_to`` move that freeze.
    """

    def __init__(self) -> None:
        self._freezer: Any = None

    def now(self) -> datetime:
        """The world's time, in UTC."""
        return now()

    def freeze(self, at: datetime | str | None = None) -> None:
        """Stop time at ``at`` (default: now). A naive datetime or a string without zone is taken as UTC."""
        target = now() if at is None else instant(at)
        factory = self._factory()
        if factory is not None:
            factory.move_to(_naive(target))
        else:
            import freezegun

            self._freezer = freezegun.freeze_time(_naive(target), ignore=["_pytest.timing"])
            self._freezer.start()

    def advance(self, delta: timedelta | None = None, **units: float) -> datetime:
        """Move time forward by a timedelta or by its keywords (``days=31``, ``hours=2``); freezes it if it still runs.

        Returns the new time. Raises ValueError for a move backwards: use ``move_to`` for that.
        """
        if (delta is None) == (not units):
            raise TypeError("advance() takes either a timedelta or its keywords, such as advance(days=31)")
        step = delta if delta is not None else timedelta(**units)
        if not isinstance(step, timedelta):
            raise TypeError(f"advance() takes a timedelta or keywords such as days=31, not {delta!r}")
        if step < timedelta(0):
            raise ValueError(f"advance() moves time forward, not by {step}; use move_to() to go back")
        return self.move_to(now() + step)

    def move_to(self, at: datetime | str) -> datetime:
        """Set the time, freezing it if it still runs. What was deleted or rotated in the future stays so."""
        self.freeze(instant(at))
        return now()

    def release(self) -> None:
        """Let time run again, if this clock froze it. Called when the world ends."""
        if self._freezer is not None:
            self._freezer.stop()
            self._freezer = None

    def _factory(self) -> Any:
        """The innermost frozen-time factory of freezegun, the test's or ours; None while time runs."""
        import sys

        api = sys.modules.get("freezegun.api")
        factories = api.freeze_factories if api is not None else []
        return factories[-1] if factories else None


def instant(value: datetime | str) -> datetime:
    """A datetime with zone from a datetime or ISO 8601 text: UTC unless it says otherwise."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.replace("Z", "+00:00"))
        except ValueError:
            raise ValueError(
                f"not a date that can be read: {value!r}; give ISO 8601, such as 2030-01-31T12:00"
            ) from None
    if not isinstance(value, datetime):
        raise TypeError(f"a datetime or an ISO 8601 string is needed, not {value!r}")
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _naive(value: datetime) -> datetime:
    """freezegun takes naive UTC."""
    return value.astimezone(UTC).replace(tzinfo=None)
