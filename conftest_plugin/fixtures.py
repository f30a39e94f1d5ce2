"""The fixtures that users ask for, and the one that makes a world of a marker."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from conftest_plugin import sharing
from conftest_plugin.options import load_into, principal_of, world_options
from conftest_plugin.switch import SWITCH

if TYPE_CHECKING:
    from kmsmock.clock import Clock
    from kmsmock.world import World


@pytest.fixture
def aws_world(request: pytest.FixtureRequest) -> Iterator[World]:
    """A started kmsmock.World, fresh for each test; options come from ``@pytest.mark.kmsmock(...)``. In a test that
    shares a world, by aws_world_module or aws_world_session, it is that one.

    Those of ``--kmsmock`` are for tests that do not ask for a world: the others enforce what they were written for.
    """
    from kmsmock.world import World

    shared = sharing.asked_for(request)
    if shared is not None:
        yield request.getfixturevalue(shared)
        return
    asked = (
        "aws_world" in getattr(request.node, "fixturenames", ())
        or request.node.get_closest_marker("kmsmock") is not None
    )
    switched = {} if asked else request.config.stash[SWITCH].options_of(request.node)
    options = {**switched, **world_options(request.node)}
    who, what = options.pop("acting_as", None), options.pop("load", None)
    with World(**options) as world:
        load_into(world, what, request.node)
        if who is not None:
            world.act_as(principal_of(world, who))
        yield world


@pytest.fixture
def aws_clock(aws_world: World) -> Clock:
    """The clock of aws_world: now(), freeze(), advance(days=31), move_to("2030-01-01")."""
    return aws_world.clock


@pytest.fixture(scope="module")
def aws_world_module(request: pytest.FixtureRequest) -> Iterator[World]:
    """A started kmsmock.World for all tests of a module that ask for it; what one of them makes is gone after it."""
    yield from sharing.begun(request)


@pytest.fixture(scope="session")
def aws_world_session(request: pytest.FixtureRequest) -> Iterator[World]:
    """A started kmsmock.World for all tests of the run that ask for it; what one of them makes is gone after it."""
    yield from sharing.begun(request)


@pytest.fixture(autouse=True)
def _world_of_kmsmock(request: pytest.FixtureRequest) -> None:
    """A marked test has a world, also if it does not ask for the fixture: its clients are not to meet the real AWS.

    So has each test of a suite that is switched (``--kmsmock``); where a fixture of a wider scope has one, it is that.
    """
    if sharing.join(request):
        return
    wider = request.config.pluginmanager.get_plugin("kmsmock-wider")
    if wider is not None and wider.hold(request):
        return
    if request.node.get_closest_marker("kmsmock") is not None:
        request.getfixturevalue("aws_world")
    elif request.config.stash[SWITCH].mode_of(request.node) is not None:
        from kmsmock.active import active

        if active() is None:
            request.getfixturevalue("aws_world")
