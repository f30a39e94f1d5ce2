"""Worlds of a wider scope than a test's: one begins where a fixture of a module, a class or a session begins a mock.

What it makes is then in the world, and enforced, and the tests that use it are in that world, too.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from conftest_plugin.contract import MOTO
from conftest_plugin.options import world_options
from conftest_plugin.switch import Switch

if TYPE_CHECKING:
    from kmsmock.call import Refused
    from kmsmock.world import World


class WiderWorlds:
    """A plugin for suites that are switched."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self.set_up: list[str] = []
        """The fixtures of a wider scope that have been set up since somebody asked, as ``Refusal.test`` names them."""
        self._open: list[World] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
    ) -> Generator[None, object, object]:
        """Have a world where the fixture's mock begins, for as long as the fixture is there."""
        if fixturedef.scope == "function" or self._switch.mode_of(request.node) is None:
            return (yield)
        name = f"{fixturedef.baseid}::fixture {fixturedef.argname}"
        self.set_up.append(name)
        before = len(self._open)
        with _at_the_first_mock(lambda: self._enter(fixturedef, request)), _made_by(name):
            found = yield
        if len(self._open) > before and MOTO.get("moto.core.models:MockAWS._nested_count") < _TWO_MOCKS:
            self._leave()  # the mock is over, and what it made with it
        return found

    def _enter(self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest) -> None:
        from kmsmock import active
        from kmsmock.world import World

        if active.active() is not None:
            return
        options = {**self._switch.options_of(request.node), **world_options(request.node)}
        options.pop("acting_as", None)
        options.pop("load", None)
        world = World(**options)
        world.start()
        self._open.append(world)
        # what the fixture itself does at its end is added later, and done before
        fixturedef.addfinalizer(lambda: self._leave() if world in self._open else None)

    def _leave(self) -> None:
        self._open.pop().stop()

    def hold(self, request: pytest.FixtureRequest) -> bool:
        """Hold the world that a test shares with others to the test's own mode, as long as it runs.

        False where there is none, or where the test wants one of its own.
        """
        from kmsmock import active
        from kmsmock.model.turns import turn
        from kmsmock.wire.models import ids_of

        options = {**self._switch.options_of(request.node), **world_options(request.node)}
        store = self._open[-1].store if self._open else None
        own = bool(options.keys() - {"enforce", "enforce_services"}) or "aws_world" in getattr(
            request.node, "fixturenames", ()
        )
        if store is None or own or active.active() is not store:
            return False
        before = store.enforce, store.enforce_services

        def back() -> None:
            with turn:
                store.enforce, store.enforce_services = before

        request.addfinalizer(back)
        with turn:
            store.enforce = options.get("enforce", store.enforce)
            store.enforce_services = ids_of("enforce_services", options.get("enforce_services", ()))
        return True


_TWO_MOCKS = 2
"""A world's, and that of the suite."""


@contextmanager
def _at_the_first_mock(enter: Callable[[], None]) -> Iterator[None]:
    """Call ``enter`` where the block begins a mock of moto's, before it does."""
    mock: Any = MOTO.get("moto.core.models:MockAWS")
    original = mock.start

    def start(self: Any, *args: Any, **options: Any) -> Any:
        mock.start = original
        enter()
        return original(self, *args, **options)

    mock.start = start
    try:
        yield
    finally:
        mock.start = original


@contextmanager
def _made_by(name: str) -> Iterator[None]:
    """What is refused in the block was refused to a fixture, and not to the test that happens to need it first."""
    before = _refused()
    count = len(before)
    try:
        yield
    finally:
        now = _refused()
        for each in now[count if now is before else 0 :]:
            each.test = name


def _refused() -> list[Refused]:
    from kmsmock import active
    from kmsmock.model.turns import turn

    store = active.active()
    with turn:
        return [] if store is None else store.refusals
