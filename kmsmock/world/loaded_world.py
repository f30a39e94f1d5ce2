"""``kmsmock.load(path)``: a world that begins with what files describe; ``kmsmock.access_diff(old, new)`` of two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kmsmock.world import loading
from kmsmock.world.world import World

if TYPE_CHECKING:
    from kmsmock.access import Access, AccessDiff


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


def access_diff(
    old: Access | str | Path | Sequence[str | Path],
    new: Access | str | Path | Sequence[str | Path],
    *,
    account_id: str | None = None,
    region_name: str | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> AccessDiff:
    """Which access to KMS keys is new, and which is gone, by principal, action, key and condition.

    ``old`` and ``new`` are paths as ``load`` takes them (one, or a list of those that belong together), or what
    ``world.access()`` returned; the rest is as in ``load``. The evaluator is asked on both sides, for everybody who is
    there or named, for each action, under all conditions that either side has. Raises ValueError for a file that is
    none, TypeError for anything else.
    """
    from kmsmock.access import comparing

    how = {"account_id": account_id, "region_name": region_name, "parameters": parameters}
    return comparing.compare(_picture("old", old, how), _picture("new", new, how))


def _picture(name: str, described: Any, how: Mapping[str, Any]) -> Access:
    from kmsmock.access.picture import Access

    if isinstance(described, Access):
        return described
    paths = [described] if isinstance(described, (str, Path)) else described
    if not isinstance(paths, (list, tuple)) or not all(isinstance(each, (str, Path)) for each in paths):
        raise TypeError(f"{name}={described!r}: give a path, a list of paths, or what world.access() returned")
    with load(*paths, **how) as world:
        return world.access()
