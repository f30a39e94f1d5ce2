"""Many threads, tasks and connections, in one world for a while: nothing is lost, nothing raises what AWS would not.

``python -m tools.soak [SECONDS] [MANY]`` (60 seconds, 64 at once); ``make soak``. What each does, and what there has to
be afterwards, is the test's own: ``tests/support/crowd.py``.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count

from botocore.config import Config

import kmsmock
from tests.support.crowd import EVERYTHING, Crowd, expected

_SWITCHES = 1e-5
"""Seconds after which threads change places, to find what 5 ms would hide."""


def by_threads(crowd: Crowd, many: int, until: float) -> int:
    """Everything, over and over, in so many threads. How often it was done; raises what one of them raised."""
    numbers = count()

    def work() -> int:
        done = 0
        while time.perf_counter() < until:
            name = f"name{next(numbers)}"
            for each in EVERYTHING:
                each(crowd, name)
            done += 1
        return done

    with ThreadPoolExecutor(many) as pool:
        return sum(each.result() for each in [pool.submit(work) for _ in range(many)])


def by_tasks(crowd: Crowd, many: int, until: float) -> int:
    """The same in so many tasks of one loop, each step in the loop's own threads."""
    numbers = count()

    async def work() -> int:
        done = 0
        while time.perf_counter() < until:
            name = f"name{next(numbers)}"
            for each in EVERYTHING:
                await asyncio.to_thread(each, crowd, name)
            done += 1
        return done

    async def everybody() -> int:
        return sum(await asyncio.gather(*(work() for _ in range(many))))

    return asyncio.run(everybody())


_WAYS: dict[str, Callable[[Crowd, int, float], int]] = {
    "threads": by_threads,
    "tasks": by_tasks,
    "connections": by_threads,
}
"""How it is done; over connections, the threads ask at the address of the world."""


@contextmanager
def _crowd(way: str, world: kmsmock.World, many: int) -> Iterator[Crowd]:
    if way != "connections":
        yield Crowd(world)
        return
    before = set(threading.enumerate())
    with world.endpoint() as url:
        yield Crowd(world, endpoint_url=url, config=Config(max_pool_connections=many))
    left = set(threading.enumerate()) - before
    if left:
        raise AssertionError(f"left are {left}")


def main(seconds: float = 60, many: int = 64) -> None:
    """All ways, each for so many seconds; raises what one of them raised, and AssertionError for a wrong count."""
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    sys.setswitchinterval(_SWITCHES)
    for way, run in _WAYS.items():
        with kmsmock.World() as world:
            with _crowd(way, world, many) as crowd:
                begun = time.perf_counter()
                done = run(crowd, many, begun + seconds)
                took = time.perf_counter() - begun
                counted = crowd.counted()
            if counted != expected(done):
                raise AssertionError(f"counted {counted}, expected {expected(done)}")
            events = len(world.events)
        sys.stdout.write(f"{many} {way}, {took:.0f} s: everything {done} times, {events} events, all there\n")


if __name__ == "__main__":
    main(*(float(each) if number == 0 else int(each) for number, each in enumerate(sys.argv[1:3])))
