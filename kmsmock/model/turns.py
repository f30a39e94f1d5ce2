"""One at a time: the rule for whatever several threads read and change, our state and moto's alike.

Whoever looks at the state of a world, or changes it, has the turn: a request from the moment it is read to its answer,
and each method of ``World``, ``Account`` and ``Principal`` that looks itself. So nothing below the door needs a lock or
a copy, whatever it iterates over. There is one turn for the process, because moto's data are the process's.

Whoever waits for another thread gives the turn up meanwhile: that one may need it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

turn = threading.RLock()
"""``with turn:`` waits for it; who has it may take it again."""

if hasattr(os, "register_at_fork"):
    # a child begins between two requests, with a turn that somebody can have
    os.register_at_fork(before=turn.acquire, after_in_parent=turn.release, after_in_child=turn.release)


def taking_turns(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """A function that has the turn while it runs."""

    @wraps(function)
    def take_turn(*args: Arguments.args, **options: Arguments.kwargs) -> Result:
        with turn:
            return function(*args, **options)

    return take_turn


@contextmanager
def given_up() -> Iterator[None]:
    """In the block others may have the turn. What was read before it may have changed after it."""
    times = 0
    try:
        while True:
            turn.release()
            times += 1
    except RuntimeError:  # it is not ours any more, or never was
        pass
    try:
        yield
    finally:
        for _ in range(times):
            turn.acquire()


def giving_up(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """A function that waits, during which others may have the turn."""

    @wraps(function)
    def let_others(*args: Arguments.args, **options: Arguments.kwargs) -> Result:
        with given_up():
            return function(*args, **options)

    return let_others
