"""Threads and executors: what a block starts acts as the block does, and what a world starts is that world's."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from kmsmock import active
from kmsmock.active import Patches
from kmsmock.identity import acting


def install(patches: Patches) -> None:
    """New threads, and work that is given to executors, carry with them who acts, in which world."""
    patches.replace(threading.Thread, "start", _starting(threading.Thread.start))
    patches.replace(ThreadPoolExecutor, "submit", _submitting(ThreadPoolExecutor.submit))


def _starting(original: Callable[..., Any]) -> Callable[..., Any]:
    def start(self: threading.Thread) -> None:
        run = _carried(self.run)

        def run_once() -> None:
            del self.run  # the class's own is under it; kept, thread and method hold each other
            run()

        self.run = run_once  # type: ignore[method-assign]  # of this one thread
        original(self)

    return start


def _submitting(original: Callable[..., Any]) -> Callable[..., Any]:
    def submit(self: Any, fn: Callable[..., Any], /, *args: Any, **options: Any) -> Any:
        return original(self, _carried(fn), *args, **options)

    return submit


def _carried(function: Callable[..., Any]) -> Callable[..., Any]:
    return active.carried(acting.carried(function))
