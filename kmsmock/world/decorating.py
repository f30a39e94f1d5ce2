"""World as a decorator of functions, coroutines and classes of tests: each call, and each test, in a world of its own.

What is decorated is called as before. It is given the world where it has a parameter ``aws_world`` (and its clock,
where it has ``aws_clock``), which nobody else sees: pytest takes parameters for the names of fixtures.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar, cast

from kmsmock.world import cases
from kmsmock.world.within import World, another, within

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def decorated(self: World, what: Decorated) -> Decorated:
    """``@kmsmock.World(region_name="eu-west-1")``: each call has a fresh world with these options.

    A function or coroutine is given it as ``aws_world``, if it has such a parameter. Each test of a ``unittest`` case
    has one from before ``setUp`` until after its cleanups, as ``self.aws_world``; where the class has a ``setUpClass``,
    that has a world, ``cls.aws_world``, and each test finds it as ``setUpClass`` left it. Each test of another class
    has the world of pytest's fixture. Raises TypeError for what cannot be in a world for as long as it runs.
    """
    if isinstance(what, type):
        return cast("Decorated", cases.decorated(self, what))
    if isinstance(what, (staticmethod, classmethod)):
        return cast("Decorated", type(what)(decorated(self, what.__func__)))
    return cast("Decorated", within(_checked(what), lambda _: another(self)))


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
