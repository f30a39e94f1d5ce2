"""Classes of tests in worlds: unittest's cases, whose tests unittest runs, and others, which pytest runs."""

from __future__ import annotations

import inspect
import unittest
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import update_wrapper
from typing import Any, cast
from weakref import WeakKeyDictionary

from kmsmock.world.snapshots import StartingPoint
from kmsmock.world.within import World, another, asks, chosen, within

_ORIGINALS: WeakKeyDictionary[Callable[..., Any], Callable[..., Any]] = WeakKeyDictionary()
"""What ``run`` was, by what it is in a decorated case."""
_RUN = ("run", "debug")
"""How a case runs one test, with its setUp and all that follows."""
_SHARED: WeakKeyDictionary[type, tuple[World, StartingPoint]] = WeakKeyDictionary()
"""The worlds of classes whose setUpClass has run."""


def decorated(world: World, tests: type) -> type:
    """The class, each test of which has a world. Raises TypeError for one without tests."""
    if issubclass(tests, unittest.TestCase):
        return _case(world, tests)
    if not any(name.startswith(("test", "Test")) for name in dir(tests)):  # of a class within, too
        raise TypeError(
            f"World() decorates classes of tests, and {tests.__qualname__} has no method whose name begins with test: "
            "decorate its methods, or enter the world where it is used"
        )
    import pytest

    return cast("type", pytest.mark.kmsmock(**chosen(world))(tests))


def _case(world: World, case: type[unittest.TestCase]) -> type[unittest.TestCase]:
    """A case: ``run`` is in the world, so that setUp, tearDown and cleanups are, whoever inherits them."""
    for name in _RUN:
        setattr(case, name, _in_a_world(world, getattr(case, name)))
    for name, method in inspect.getmembers(case, inspect.isfunction):
        if name.startswith("test") and asks(method):
            setattr(case, name, within(method, lambda args: nullcontext(args[0].aws_world)))
    _share(world, case)
    own: Any = vars(case).get("__init_subclass__")

    def init_subclass(cls: Any, /, **options: Any) -> None:
        if own is None:
            super(case, cls).__init_subclass__(**options)
        else:
            own.__func__(cls, **options)
        _share(world, cls)

    setattr(case, "__init_subclass__", classmethod(init_subclass))  # noqa: B010 - mypy knows how it is called
    return case


def _in_a_world(world: World, run: Any) -> Any:
    """``TestCase.run`` in a fresh world, or in that of the class. One that inherits may have other options."""
    original = _ORIGINALS.get(run, run)

    def run_in_a_world(self: Any, *args: Any, **options: Any) -> Any:
        with _of_a_test(world, type(self)) as self.aws_world:
            return original(self, *args, **options)

    update_wrapper(run_in_a_world, original)
    _ORIGINALS[run_in_a_world] = original
    return run_in_a_world


@contextmanager
def _of_a_test(world: World, case: type) -> Iterator[World]:
    """The world of one test."""
    if case not in _SHARED:
        with another(world) as fresh:
            yield fresh
        return
    shared, start = _SHARED[case]
    start.begin()
    try:
        yield shared
    finally:
        start.end()


def _share(world: World, case: type[unittest.TestCase]) -> None:
    """Have a setUpClass of the class's own run in a world, which its tests share: each finds it as that left it."""
    if "setUpClass" not in vars(case):
        return
    original: Any = vars(case)["setUpClass"].__func__

    def set_up_class(cls: Any) -> None:
        if cls not in _SHARED:  # that of a class above is called by this one
            shared = another(world)
            shared.start()
            cls.addClassCleanup(_end, cls, shared)
            _SHARED[cls] = shared, StartingPoint(shared)
            cls.aws_world = shared
        original(cls)

    update_wrapper(set_up_class, original)
    setattr(case, "setUpClass", classmethod(set_up_class))  # noqa: B010 - mypy takes it for another method


def _end(case: Any, shared: World) -> None:
    """After tearDownClass, or a setUpClass that failed."""
    del _SHARED[case], case.aws_world
    shared.stop()
