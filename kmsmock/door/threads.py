"""Threads and executors: what a block starts acts as the block does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from kmsmock.active import Patches
from kmsmock.identity.acting import carried


def install(patches: Patches) -> None:
    """New threads, and work that is given to executors, carry with them who acts."""
    patches.replace(threading.Thread, "start", _starting(threading.Thread.start))
    patches.replace(ThreadPoolExecutor, "submit", _submitting(ThreadPoolExecutor.submit))


def _starting(original: Callable[..., Any]) -> Callable[..., Any]:
    def start(self: threading.Thread) -> None:
        run = carried(self.run)

        def run_once() -> None:
            del self.run  # the class's own is under it; kept, thread and method hold each other
            run()

        self.run = run_once  # type: ignore[method-assign]  # of this one thread
        original(self)

    return start


def _submitting(original: Callable[..., Any]) -> Callable[..., Any]:
    def submit(self: Any, fn: Callable[..., Any], /, *args: Any, **options: Any) -> Any:
        return original(self, carried(fn), *args, **options)

    return submit
