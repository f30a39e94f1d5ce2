"""What lasts for a block: whoever forgets the ``with`` is told, for a test of nothing would be green."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ContextDecorator, contextmanager
from functools import wraps
from types import TracebackType
from typing import Any, Generic, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Block(ContextDecorator, AbstractContextManager[T], Generic[T]):
    """A context manager that warns where nobody enters it, as Python does of a coroutine that nobody awaits."""

    def __init__(self, make: Callable[[], AbstractContextManager[T]], written: str) -> None:
        self._make = make
        self._written = written
        self._used = False

    def __enter__(self) -> T:
        self._used = True
        self._open = self._make()
        return self._open.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        return self._open.__exit__(kind, error, traceback)

    def __call__(self, function: Any) -> Any:
        """As a decorator: each call is a block of its own."""
        self._used = True

        @wraps(function)
        def within(*args: Any, **options: Any) -> Any:
            with self._make():
                return function(*args, **options)

        return within

    def __del__(self) -> None:
        if not self._used:
            text = f"{self._written} has no effect by itself: write `with {self._written}:`"
            warnings.warn(text, RuntimeWarning, stacklevel=2)


def block(written: str) -> Callable[[Callable[P, Iterator[T]]], Callable[P, Block[T]]]:
    """In place of ``contextmanager``; ``written`` is how users write it."""

    def of(function: Callable[P, Iterator[T]]) -> Callable[P, Block[T]]:
        make = contextmanager(function)

        @wraps(function)
        def begin(*args: P.args, **options: P.kwargs) -> Block[T]:
            return Block(lambda: make(*args, **options), written)

        return begin

    return of
