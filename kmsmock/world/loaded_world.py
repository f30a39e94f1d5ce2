"""``kmsmock.load(path)``: a world that begins with what files describe."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kmsmock.world import loading
from kmsmock.world.world import World


def load(
    *paths: str | Path,
    account_id: str | None = None,
    region_name: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    **options: Any,
) -> World:
    """A world with what files describe in it: ``with kmsmock.load("plan.json") as world:``, as ``World.load`` says.

    Read at once, so that a file that is none raises ValueError here; ``options`` are those of ``World``.
    """
    world = World(account_id=account_id, region_name=region_name, **options)
    world._to_load.append(loading.read(world, paths, account_id, region_name, parameters))
    return world
