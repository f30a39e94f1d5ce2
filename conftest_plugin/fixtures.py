"""The fixtures that users ask for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from conftest_plugin.options import world_options

if TYPE_CHECKING:
    from kmsmock.clock import Clock
    from kmsmock.world import World


@pytest.fixture
def aws_world(request: pytest.FixtureRequest) -> Iterator[World]:
    """A started kmsmock.World, fresh for each test; options come from ``@pytest.mark.kmsmock(...)``."""
    from conftest_plugin.report import noting_what_is_expected
    from kmsmock.world import World

    with World(**world_options(request.node)) as world, noting_what_is_expected(world):
        yield world


@pytest.fixture
def aws_clock(aws_world: World) -> Clock:
    """The clock of aws_world: now(), freeze(), advance(days=31), move_to("2030-01-01")."""
    return aws_world.clock
