"""The world: what users enter, by ``with``, as a decorator, and by fixtures."""

from kmsmock.world.world import World

__all__ = ["World"]
