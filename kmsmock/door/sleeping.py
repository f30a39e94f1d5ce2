"""Back-offs and waiters of botocore in world time: while a world is active they move the clock instead of sleeping."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import botocore.endpoint
import botocore.retries.bucket
import botocore.waiter

from kmsmock.active import Patches, active, skip

_SLEEPERS = (botocore.endpoint, botocore.waiter, botocore.retries.bucket)
"""The modules of botocore that sleep: between attempts, between looks of a waiter, and in adaptive mode."""


class WorldTime:
    """Stands in for the module ``time`` there; all but ``sleep`` is the module's own."""

    @staticmethod
    def sleep(seconds: float) -> None:
        (time.sleep if active() is None else skip)(seconds)

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


def _acquire(original: Callable[..., bool]) -> Callable[..., bool]:
    """The token bucket of adaptive mode waits on a condition, and looks at the clock only afterwards."""

    def acquire(self: Any, amount: float, block: bool) -> bool:
        if block and active() is not None:
            self._refill()
            missing: float = self._sleep_amount(amount)
            if missing > 0:
                skip(missing)
                self._refill()
                self._current_capacity = max(self._current_capacity, amount)  # whatever the rounding
        return original(self, amount, block)

    return acquire


def install(patches: Patches) -> None:
    """What botocore would sleep passes in the innermost world."""
    for module in _SLEEPERS:
        patches.replace(module, "time", WorldTime())
    bucket = botocore.retries.bucket.TokenBucket
    patches.replace(bucket, "_acquire", _acquire(vars(bucket)["_acquire"]))
