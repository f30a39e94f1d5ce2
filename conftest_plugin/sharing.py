"""Worlds for all tests of a module, or of the run: what a test makes in one is gone when the test ends.

A test whose fixtures ask for one is in it, and has no other: its ``aws_world`` is that one. Before the test the world
is remembered, once for all tests that find it as the one before did, and after it the world is put back.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from conftest_plugin.options import load_into, principal_of, world_options

if TYPE_CHECKING:
    from kmsmock.world import World

NAMES = ("aws_world_module", "aws_world_session")
_OPEN = pytest.StashKey[list["Shared"]]()
"""The worlds that are there, the innermost last."""


class Shared:
    """A world that tests share, under the name of its fixture."""

    def __init__(self, name: str, world: World) -> None:
        from kmsmock.world.snapshots import StartingPoint

        self.name, self.world = name, world
        self.is_in_test = False
        self._start = StartingPoint(world)

    def begin(self) -> None:
        """A test begins: fixtures of wider scopes have done what they do."""
        self._start.begin()
        self.is_in_test = True

    def end(self) -> None:
        """The test is over, and so is what it made."""
        self.is_in_test = False
        self._start.end()


def open_worlds(config: pytest.Config) -> list[Shared]:
    """The worlds that tests share now."""
    return config.stash.setdefault(_OPEN, [])


def begun(request: pytest.FixtureRequest) -> Iterator[World]:
    """The world of one of the fixtures, as long as that is there. Options are those of markers on its module."""
    from kmsmock.errors import KmsMockError
    from kmsmock.world import World

    name, worlds = str(request.fixturename), open_worlds(request.config)
    if worlds and worlds[-1].name == NAMES[0]:
        raise KmsMockError(
            f"{name} would begin inside the world of {worlds[-1].name}, and end after it: use one of them in a module"
        )
    if not request.config.pluginmanager.has_plugin(_LATE):
        request.config.pluginmanager.register(_Late(request.config), _LATE)
    options = world_options(request.node)
    who, what = options.pop("acting_as", None), options.pop("load", None)
    with World(**options) as world:
        load_into(world, what, request.node)
        if who is not None:
            world.act_as(principal_of(world, who))
        worlds.append(Shared(name, world))
        try:
            yield world
        finally:
            worlds.pop()


def asked_for(request: pytest.FixtureRequest) -> str | None:
    """The fixture whose world a test shares, by all the fixtures that it uses. Raises KmsMockError for two."""
    asked = [each for each in NAMES if each in request.fixturenames]
    if len(asked) > 1:
        from kmsmock.errors import KmsMockError

        raise KmsMockError(f"a test is in one world: use {' or '.join(asked)}, not both")
    return asked[0] if asked else None


def join(request: pytest.FixtureRequest) -> bool:
    """Put a test into the world that it shares with others, until it ends; False where it is to have its own.

    A test that asks for no world, while one is there that others share, is in that: its calls would be, anyway.
    """
    name, worlds = asked_for(request), open_worlds(request.config)
    if name is not None:
        request.getfixturevalue(name)
    elif not worlds or "aws_world" in request.fixturenames or request.node.get_closest_marker("kmsmock") is not None:
        return False
    from kmsmock import active
    from kmsmock.errors import KmsMockError

    shared = worlds[-1]
    if name is not None and shared.name != name:
        raise KmsMockError(f"{name} is shared, and {shared.name} is inside of it: use one of them in a module")
    if active.active() is not shared.world.store:
        return False
    options = {key: value for marker in _own_markers(request.node) for key, value in marker.kwargs.items()}
    who = options.pop("acting_as", None)
    if options:
        raise KmsMockError(
            f"@pytest.mark.kmsmock({', '.join(options)}) is for a world of its own, and this test shares "
            f"{shared.name}, which has begun: mark the module"
        )
    shared.begin()
    request.addfinalizer(shared.end)
    if who is not None:
        shared.world.act_as(principal_of(shared.world, who))
    return True


def _own_markers(node: pytest.Item) -> Iterator[pytest.Mark]:
    """The markers of a test and of its classes: those of its module are for the world that it shares."""
    for where, marker in node.iter_markers_with_node("kmsmock"):
        if isinstance(where, (pytest.Item, pytest.Class)):
            yield marker


_LATE = "kmsmock-late"


class _Late:
    """A plugin for as long as worlds are shared: what a fixture of a wider scope makes is not to go with a test."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
        """Raise KmsMockError for one that is set up within a test, and does something in the world."""
        worlds = open_worlds(self._config)
        if fixturedef.scope == "function" or not worlds or not worlds[-1].is_in_test:
            return (yield)
        before = worlds[-1].world.snapshot()
        found = yield
        done = not before.holds
        before.forget()
        if done:
            from kmsmock.errors import KmsMockError

            raise KmsMockError(
                f"the fixture {fixturedef.argname!r} is for more than this test, and what it made in "
                f"{worlds[-1].name} would go with it: name it in the parameters, not by getfixturevalue()"
            )
        return found
