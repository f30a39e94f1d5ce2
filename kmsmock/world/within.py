"""Functions and coroutines that run in a world, which they are given where they ask for it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from copy import deepcopy
from dataclasses import fields
from functools import update_wrapper
from typing import Any, Protocol

from kmsmock.loading.things import Read
from kmsmock.options import WorldOptions
from kmsmock.world import snapshots


class World(snapshots.World, Protocol):
    """What is known of a world here."""

    options: WorldOptions
    _start_from: snapshots.Snapshot | None
    _to_load: list[Read]

    def __enter__(self) -> World: ...

    def __exit__(self, *error: object) -> None: ...

    def start(self) -> World: ...

    def stop(self) -> None: ...


Enter = Callable[[tuple[Any, ...]], AbstractContextManager[World]]
"""The world for a call with these arguments."""

_GIVEN: Mapping[str, Callable[[World], Any]] = {
    "aws_world": lambda world: world,
    "aws_clock": lambda world: world.clock,
}
"""What a function is given, by the names of its parameters: those of the fixtures."""


def another(world: World) -> World:
    """A fresh world with the options of one, which begins with what that one begins with."""
    options = {each.name: getattr(world.options, each.name) for each in fields(WorldOptions)}
    if world._start_from is not None:
        options = {"from_snapshot": world._start_from}
    made = type(world)(**options)
    made._to_load.extend(deepcopy(world._to_load))
    return made


def chosen(world: World) -> dict[str, Any]:
    """The options of a world that are not those of any other."""
    given = {each: getattr(world.options, each.name) for each in fields(WorldOptions)}
    return {each.name: value for each, value in given.items() if value != each.default}


def within(function: Callable[..., Any], enter: Enter) -> Callable[..., Any]:
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


def asks(function: Callable[..., Any]) -> bool:
    """Whether a function is to be given something of the world."""
    return bool(_signature(function)[1])


def _signature(function: Callable[..., Any]) -> tuple[inspect.Signature | None, tuple[str, ...]]:
    """How a function is called by those who do not know of the world, and the parameters that it is given."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # of a builtin
        return None, ()
    wanted = tuple(name for name in signature.parameters if name in _GIVEN)
    left = [each for name, each in signature.parameters.items() if name not in wanted]
    return signature.replace(parameters=left), wanted
