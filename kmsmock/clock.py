"""The only reader of time: what freezegun (or the machine) says it is, and the test's handle to move it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

from kmsmock.errors import KmsMockError
from kmsmock.foreign.contract import Contract
from kmsmock.foreign.quick_freezes import quick_scan
from kmsmock.telling import colours

UTC = timezone.utc


class Lock:
    """A lock of the process, which a thread may take twice: ``with lock.held:``. A forked child begins with it open."""

    held: Any

    def __init__(self) -> None:
        self._open()
        if hasattr(os, "register_at_fork"):  # else no process forks
            os.register_at_fork(after_in_child=self._open)

    def _open(self) -> None:
        self.held = threading.RLock()


moving = Lock()
"""Time is of the whole process: whoever freezes, moves or releases it holds this meanwhile."""

FREEZEGUN = Contract(
    "freezegun",
    {
        "freezegun.api:FakeDate": "its class of dates, which libraries keep that were imported while time stood still",
        "freezegun.api:FakeDatetime": "its class of instants, likewise",
        "freezegun.api:_freeze_time": "a freezer",
        "freezegun.api:_freeze_time.fake_names": "SET: a freezer that ends hands on how time is put back",
        "freezegun.api:_freeze_time.modules_at_start": "SET: likewise",
        "freezegun.api:_freeze_time.reals": "SET: likewise",
        "freezegun.api:_freeze_time.start": "REPLACED: which freezers are open",
        "freezegun.api:_freeze_time.stop": "REPLACED: freezers end in any order",
        "freezegun.api:_freeze_time.undo_changes": "SET: a freezer that ends hands on how time is put back",
        "freezegun.api:_get_cached_module_attributes": "REPLACED while a freeze starts, to start faster",
        "freezegun.api:freeze_factories": "the freeze of the test itself, which the clock moves; SET: their order",
        "freezegun.api:ignore_lists": "SET: the order of open freezers",
        "freezegun.api:real_date": "what a frozen date is put back to",
        "freezegun.api:real_datetime": "what a frozen instant is put back to",
        "freezegun.api:real_time": "the machine's clock, for what signs outside of the process",
        "freezegun.api:sys": "REPLACED while a freeze starts, to start faster",
        "freezegun.api:tick_flags": "SET: the order of open freezers",
        "freezegun.api:tz_offsets": "SET: the order of open freezers",
    },
    optional=frozenset({"freezegun.api:_get_cached_module_attributes", "freezegun.api:sys"}),
)
TIME_MACHINE = Contract(
    "time-machine",
    {
        "time_machine:coordinates_stack": "the same before version 3",
        "time_machine:escape_hatch": "the machine's clock, for what signs outside of the process",
        "time_machine:traveller_stack": "the traveller of the test itself, which the clock of the world moves",
    },
    optional=frozenset({"time_machine:coordinates_stack", "time_machine:traveller_stack"}),
)
"""What is read of those who hold time, each name with its reason."""
_OPEN = "freezegun.api:freeze_factories"


def timestamp() -> float:
    """Seconds since 1970, frozen if the test froze time. Looked up at each call so that freezegun's patch is seen."""
    return time.time()


def of_the_machine() -> datetime:
    """What the clock of the machine says, wherever tests moved time: processes that no test started go by it."""
    machine = TIME_MACHINE.find("time_machine:escape_hatch")
    if machine is not None and machine.is_travelling():
        seconds = float(machine.time.time())
    else:
        seconds = float(FREEZEGUN.get("freezegun.api:real_time")())
    return datetime.fromtimestamp(seconds, UTC)


END = datetime(9990, 1, 1, tzinfo=UTC)
"""What AWS plans in years ahead, seven of them for a rotation, is a date of Python's as well: they end with 9999."""
_END_IN_SECONDS = END.timestamp()
_THE_END = "time ends with the year 9989: what AWS plans ahead has to be a date, too, and Python's end with 9999"


def now() -> datetime:
    """The instant at which a call happens, with its zone (UTC). Raises KmsMockError where a test froze it too late."""
    seconds = timestamp()
    if seconds >= _END_IN_SECONDS:
        raise KmsMockError(_THE_END)
    return datetime.fromtimestamp(seconds, UTC)


def names_of_zone() -> tuple[str, str]:
    """What the machine's own time zone is called, without and with summer time."""
    return time.tzname


def milliseconds(when: datetime) -> datetime:
    """An instant as precise as KMS's answers."""
    return when.replace(microsecond=when.microsecond // 1000 * 1000)


class Held(NamedTuple):
    """How a clock holds time. ``ticks`` is None where it does not, ``is_held`` whether anybody does."""

    ticks: bool | None
    is_held: bool
    at: datetime


class Clock:
    """``world.clock``: reads and moves the time of the world, with freezegun underneath.

    A test's own ``freeze_time`` drives the world as well; then ``advance`` and ``move_to`` move that freeze.
    """

    def __init__(self) -> None:
        self._freezer: Any = None
        self._ticks = False

    def __repr__(self) -> str:
        return f"<Clock {now():%Y-%m-%d %H:%M:%S} UTC>"

    _repr_html_ = colours.html_of_repr

    def now(self) -> datetime:
        """The world's time, in UTC."""
        return now()

    def freeze(self, at: datetime | str | None = None) -> None:
        """Stop time at ``at`` (default: now). A naive datetime or a string without zone is taken as UTC.

        Raises ValueError for what is no date, and for one after the year 9989.
        """
        wanted = None if at is None else instant(at)
        if wanted is not None and wanted >= END:
            raise ValueError(f"{wanted:%Y-%m-%d}: {_THE_END}")
        with moving.held:
            target = now() if wanted is None else wanted
            if self._ticks and len(FREEZEGUN.find(_OPEN)) > 1:
                self.release()
            mover = None if self._ticks else self._mover()
            if mover is None:
                self._start(target)
            else:
                mover(target)

    def advance(self, delta: timedelta | None = None, **units: float) -> datetime:
        """Move time forward by a timedelta or by its keywords (``days=31``, ``hours=2``); freezes it if it still runs.

        Returns the new time. Raises ValueError for a move backwards: use ``move_to`` for that.
        """
        if (delta is None) == (not units):
            raise TypeError("advance() takes either a timedelta or its keywords, such as advance(days=31)")
        step = delta if delta is not None else _step(units)
        if not isinstance(step, timedelta):
            raise TypeError(f"advance() takes a timedelta or keywords such as days=31, not {delta!r}")
        if step < timedelta(0):
            raise ValueError(f"advance() moves time forward, not by {step}; use move_to() to go back")
        with moving.held:
            return self.move_to(_in(step, units))

    def move_to(self, at: datetime | str) -> datetime:
        """Set the time, freezing it if it still runs. What was deleted or rotated in the future stays so."""
        with moving.held:
            self.freeze(instant(at))
            return now()

    def skip(self, seconds: float) -> None:
        """Let time pass without waiting for it; time that runs goes on running from there."""
        with moving.held:
            target = now() + timedelta(seconds=seconds)
            mover = self._mover()
            if mover is not None:
                mover(target)
            else:
                self._start(target, tick=True)

    def release(self) -> None:
        """Let time run again, if this clock froze it. Called when the world ends."""
        with moving.held:
            if self._freezer is not None:
                self._freezer.stop()
                self._freezer, self._ticks = None, False

    def held(self) -> Held:
        """Whether time is held, by whom, and where."""
        return Held(None if self._freezer is None else self._ticks, self._mover() is not None, now())

    def hold_again(self, held: Held) -> None:
        """The same as it was: time that was not held runs again, and whoever holds it, holds it where he did."""
        with moving.held:
            if held.ticks is None and self._freezer is not None:
                self.release()
            if held.ticks:
                self._start(held.at, tick=True)
            elif held.ticks is False and (self._freezer is None or self._ticks):
                self._start(held.at)
            elif held.is_held and (mover := self._mover()) is not None:
                mover(held.at)

    def _start(self, target: datetime, *, tick: bool = False) -> None:
        """Hold time. What ticked so far ends after that, so that no other thread finds time let go meanwhile."""
        import freezegun

        # event loops keep their own time: what they wait for would never come
        freezer = freezegun.freeze_time(_naive(target), tick=tick, ignore=["_pytest.timing"], real_asyncio=True)
        former, ticked, before = self._freezer, self._ticks, len(FREEZEGUN.find(_OPEN))
        try:
            with quick_scan(freezegun.api):
                freezer.start()
            self._freezer, self._ticks = freezer, tick
            if former is not None:
                former.stop()
        except BaseException:  # a timeout, or Ctrl-C
            if len(FREEZEGUN.find(_OPEN)) > before:
                freezer.stop()
            self._freezer, self._ticks = former, ticked
            raise

    def _mover(self) -> Callable[[datetime], object] | None:
        """How to move time that somebody holds: freezegun's innermost factory, the test's or ours, else time-machine's
        traveller. None while time runs."""
        factories = FREEZEGUN.find(_OPEN)
        if factories:
            return lambda target: factories[-1].move_to(_naive(target))
        travellers = TIME_MACHINE.first("time_machine:traveller_stack", "time_machine:coordinates_stack")
        return travellers[-1].move_to if travellers else None


_UNITS = ("weeks", "days", "hours", "minutes", "seconds", "milliseconds", "microseconds")
_CALENDAR = {"year": 365, "years": 365, "month": 30, "months": 30}
"""What a calendar counts and a timedelta does not, and about how many days each is."""


def _spelled(units: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in units.items())


def _in(step: timedelta, units: Mapping[str, Any]) -> datetime:
    """The instant so far from now. Raises ValueError for one that is no date."""
    try:
        return now() + step
    except OverflowError:
        raise ValueError(f"advance({_spelled(units) or step}): {_THE_END}") from None


def _step(units: Mapping[str, Any]) -> timedelta:
    """A timedelta from its keywords. Raises TypeError or ValueError that says what to write instead."""
    for name, value in units.items():
        if name in _CALENDAR:
            days = f"days={value!r} * {_CALENDAR[name]}"
            raise TypeError(f"advance() has no {name}: write advance({days}), or move_to() with a date")
        if name not in _UNITS:
            meant = (
                next((unit for unit in _UNITS if unit.startswith(name.rstrip("s"))), None) if len(name) > 1 else None
            )
            known = f"it takes {', '.join(_UNITS[:5])}"
            raise TypeError(f"advance() has no {name}{f'; did you mean {meant}?' if meant else f': {known}'}")
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            raise TypeError(f"advance({name}={value!r}): give a number")
    try:
        return timedelta(**units)
    except (OverflowError, ValueError) as problem:
        raise ValueError(f"advance({_spelled(units)}): {problem}") from None


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
