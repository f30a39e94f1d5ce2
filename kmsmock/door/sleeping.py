"""Back-offs and waiters of botocore in world time: while a world is active they move the clock instead of sleeping."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import botocore.endpoint
import botocore.retries.bucket
import botocore.waiter

_SLEEPERS = (botocore.endpoint, botocore.waiter, botocore.retries.bucket)
"""The modules of botocore that sleep: between attempts, between looks of a waiter, and in adaptive mode."""


class WorldTime:
    """Stands in for the module ``time`` there; all but ``sleep`` is the module's own."""

    def __init__(self, skip: Callable[[float], None]) -> None:
        self.sleep = skip

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


_original_acquire = botocore.retries.bucket.TokenBucket._acquire  # type: ignore[attr-defined]  # private


def _acquire(skip: Callable[[float], None]) -> Callable[..., bool]:
    """The token bucket of adaptive mode waits on a condition, and looks at the clock only afterwards."""

    def acquire(self: Any, amount: float, block: bool) -> bool:
        if block:
            self._refill()
            missing: float = self._sleep_amount(amount)
            if missing > 0:
                skip(missing)
                self._refill()
                self._current_capacity = max(self._current_capacity, amount)  # whatever the rounding
        return _original_acquire(self, amount, block)  # type: ignore[no-any-return]  # as above

    return acquire


def install(skip: Callable[[float], None]) -> None:
    """Let ``skip(seconds)`` pass the time that botocore would sleep."""
    for module in _SLEEPERS:
        vars(module)["time"] = WorldTime(skip)
    botocore.retries.bucket.TokenBucket._acquire = _acquire(skip)  # type: ignore[attr-defined]  # as above


def remove() -> None:
    """Let botocore sleep again."""
    for module in _SLEEPERS:
        vars(module)["time"] = time
    botocore.retries.bucket.TokenBucket._acquire = _original_acquire  # type: ignore[attr-defined]  # as above
