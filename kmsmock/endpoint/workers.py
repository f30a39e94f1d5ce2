"""The threads that serve: one for each request that is on its way, made when the others are busy.

cheroot's own pool starts all of its threads at once and sleeps until they are there; this one is what cheroot asks of a
pool ("ThreadPool objects must provide min, get(), put(obj), start() and stop(timeout) attributes").
"""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

_LIMIT = 32
"""How many requests are read or answered at a time; further ones wait."""
_PATIENCE = 5.0
"""Seconds that an answer that has begun may take while the server stops."""


class Workers:
    """Threads that take connections with a request, serve it, and give them back or close them."""

    min = 0

    def __init__(self, give_back: Callable[[Any], None], failed: Callable[[BaseException], None]) -> None:
        self._give_back = give_back
        self._failed = failed
        self._waiting: queue.Queue[Any] = queue.Queue()
        self._threads: list[threading.Thread] = []
        self._busy: set[Any] = set()
        self._lock = threading.Lock()
        self._unserved = 0
        self._stopping = False

    def start(self) -> None:
        """Nothing is started before somebody asks."""

    def get(self) -> Any:
        """The next connection with a request; None where there is to be no further one."""
        return self._waiting.get()

    def put(self, connection: Any) -> None:
        """A connection has something to read."""
        with self._lock:
            self._unserved += 1
            if self._unserved > len(self._threads) < _LIMIT and not self._stopping:
                thread = threading.Thread(target=self._work, name="kmsmock-endpoint-worker", daemon=True)
                self._threads.append(thread)
                thread.start()
        self._waiting.put(connection)

    def stop(self, timeout: float | None = _PATIENCE) -> None:
        """Close what is being read, and wait for the threads."""
        with self._lock:
            self._stopping = True
            threads, busy = tuple(self._threads), tuple(self._busy)
        for each in busy:
            with suppress(OSError):
                each.socket.shutdown(socket.SHUT_RD)
        for _ in threads:
            self._waiting.put(None)
        for each in threads:
            each.join(timeout)
        self._threads.clear()

    def _work(self) -> None:
        while (connection := self.get()) is not None:
            keep = False
            with self._lock:
                self._busy.add(connection)
            try:
                keep = not self._stopping and connection.communicate()
            except BaseException as problem:  # the thread goes on for the next
                self._failed(problem)
            finally:
                with self._lock:
                    self._busy.discard(connection)
                    self._unserved -= 1
                with suppress(OSError):
                    self._give_back(connection) if keep else connection.close()
