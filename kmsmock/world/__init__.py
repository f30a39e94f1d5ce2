"""The world: what users enter, by ``with``, as a decorator, and by fixtures."""

from kmsmock.world.linting import assert_no_findings, lint
from kmsmock.world.loaded_world import access_diff, load
from kmsmock.world.snapshots import Snapshot
from kmsmock.world.world import World

__all__ = ["Snapshot", "World", "access_diff", "assert_no_findings", "lint", "load"]
