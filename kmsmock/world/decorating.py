"""World as a decorator of functions, coroutines and classes of tests: each call, and each test, in a world of its own.

What is decorated is called as before. It is given the world where it has a parameter ``aws_world`` (and its clock,
where it has ``aws_clock``), which nobody else sees: pytest takes parameters for the names of fixtures.
"""

from __future__ import annotations

import inspect
import unittest
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import fields
from functools import update_wrapper
from typing import Any, Protocol, TypeVar, cast
from weakref import WeakKeyDictionary

from kmsmock.clock import Clock
from kmsmock.options import WorldOptions


class World(Protocol):
    """What is known of a world here."""

    options: WorldOptions
    clock: Clock

    def __enter__(self) -> World: ...

    def __exit__(self, *error: object) -> None: ...


Decorated = TypeVar("Decorated", bound=Callable[..., Any])
Enter = Callable[[tuple[Any, ...]], "AbstractContextManager[World]"]
"""The world for a call with these arguments."""

_GIVEN: Mapping[str, Callable[[World], Any]] = {
    "aws_world": lambda world: world,
    "aws_clock": lambda world: world.clock,
}
"""What a function is given, by the names of its parameters: those of the fixtures."""
_ORIGINALS: WeakKeyDictionary[Callable[..., Any], Callable[..., Any]] = WeakKeyDictionary()
"""What ``run`` was, by what it is in a decorated case."""
_RUN = ("run", "debug")
"""How a unittest case runs one test, with its setUp and all that follows."""


def decorated(self: World, what: Decorated) -> Decorated:
    """``@kmsmock.World(region_name="eu-west-1")``: each call has a fresh world with these options.

    A function or coroutine is given it as ``aws_world``, if it has such a parameter. Each test of a ``unittest`` case
    has one from before ``setUp`` until after its cleanups, as ``self.aws_world``; each of another class of tests has
    the one of pytest's fixture. Raises TypeError for what cannot be in a world for as long as it runs.
    """
    if isinstance(what, type):
        return cast("Decorated", _class(self, what))
    if isinstance(what, (staticmethod, classmethod)):
        return cast("Decorated", type(what)(decorated(self, what.__func__)))
    return cast("Decorated", _within(_checked(what), lambda _: _another(self)))


def _another(world: World) -> World:
    """A fresh world with the options of one."""
    return type(world)(**{each.name: getattr(world.options, each.name) for each in fields(WorldOptions)})


def _checked(what: Any) -> Callable[..., Any]:
    name = getattr(what, "__qualname__", repr(what))
    if inspect.isgeneratorfunction(what) or inspect.isasyncgenfunction(what):
        raise TypeError(
            f"World() does not decorate {name}, a generator: its caller would be in its world, too, between the "
            "values. Write `with kmsmock.World() as world:` inside of it"
        )
    if not callable(what):
        raise TypeError(
            f"World() decorates functions and classes of tests, not {name}; a fixture asks for aws_world, or has "
            "`with kmsmock.World() as world:` inside of it"
        )
    return cast("Callable[..., Any]", what)


def _within(function: Callable[..., Any], enter: Enter) -> Callable[..., Any]:
    """The function as it is called from now on: in a world, which it is given if it asks."""
    signature, wanted = _signature(function)
    if inspect.iscoroutinefunction(function):

        async def run_async(*args: Any, **options: Any) -> Any:
            with enter(args) as world:
                return await function(*args, **{name: _GIVEN[name](world) for name in wanted}, **options)

        run: Callable[..., Any] = run_async
    else:

        def run(*args: Any, **options: Any) -> Any:
            with enter(args) as world:
                return function(*args, **{name: _GIVEN[name](world) for name in wanted}, **options)

    update_wrapper(run, function)
    if wanted:
        run.__signature__ = signature  # type: ignore[attr-defined]  # for inspect, and so for pytest
    return run


def _signature(function: Callable[..., Any]) -> tuple[inspect.Signature | None, tuple[str, ...]]:
    """How a function is called by those who do not know of the world, and the parameters that it is given."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # of a builtin
        return None, ()
    wanted = tuple(name for name in signature.parameters if name in _GIVEN)
    left = [each for name, each in signature.parameters.items() if name not in wanted]
    return signature.replace(parameters=left), wanted


# --- classes --------------------------------------------------------------------------------------------------------


def _class(world: World, tests: type) -> type:
    if issubclass(tests, unittest.TestCase):
        return _case(world, tests)
    if not any(name.startswith(("test", "Test")) for name in dir(tests)):  # of a class within, too
        raise TypeError(
            f"World() decorates classes of tests, and {tests.__qualname__} has no method whose name begins with test: "
            "decorate its methods, or enter the world where it is used"
        )
    import pytest

    chosen = {each.name: getattr(world.options, each.name) for each in fields(WorldOptions)}
    given = {each.name: chosen[each.name] for each in fields(WorldOptions) if chosen[each.name] != each.default}
    return cast("type", pytest.mark.kmsmock(**given)(tests))


def _case(world: World, case: type[unittest.TestCase]) -> type[unittest.TestCase]:
    """A unittest case: ``run`` is in the world, so that setUp, tearDown and cleanups are, whoever inherits them."""
    for name in _RUN:
        setattr(case, name, _in_a_world_of_its_own(world, getattr(case, name)))
    for name, method in inspect.getmembers(case, inspect.isfunction):
        if name.startswith("test") and _signature(method)[1]:
            setattr(case, name, _within(method, lambda args: nullcontext(args[0].aws_world)))
    return case


def _in_a_world_of_its_own(world: World, run: Any) -> Any:
    """``TestCase.run`` in a fresh world. A class that inherits a decorated one may have other options."""
    original = _ORIGINALS.get(run, run)

    def run_in_a_world(self: Any, *args: Any, **options: Any) -> Any:
        with _another(world) as self.aws_world:
            return original(self, *args, **options)

    update_wrapper(run_in_a_world, original)
    _ORIGINALS[run_in_a_world] = original
    return run_in_a_world
