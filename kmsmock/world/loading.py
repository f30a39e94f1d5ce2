"""``world.load(path)``; what it needs is imported when it is called."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from kmsmock.errors import KmsMockError
from kmsmock.loading.report import Loaded
from kmsmock.loading.things import Read
from kmsmock.model.turns import taking_turns
from kmsmock.options import checked_account
from kmsmock.store import Store
from kmsmock.wire import regions


class _World(Protocol):
    """What is known of a world here."""

    store: Store
    account_id: str
    region_name: str
    loaded: Loaded
    _to_load: list[Read]


def read(
    world: _World,
    paths: tuple[str | Path, ...],
    account_id: str | None,
    region_name: str | None,
    parameters: Mapping[str, Any] | None,
) -> Read:
    """What files and folders tell, for a world. Raises ValueError or TypeError, saying what is accepted."""
    from kmsmock.loading import sources

    if not paths or not all(isinstance(each, (str, Path)) for each in paths):
        raise TypeError("load() takes paths: of templates, plans, folders of cdk.out, and dumps of accounts")
    if region_name is not None:
        regions.check("region_name", region_name, world.store.extra_regions)
    account = world.account_id if account_id is None else checked_account(account_id)
    asked = sources.Asked(account, region_name or world.region_name, dict(parameters or {}))
    return sources.read(paths, asked)


@taking_turns
def load(
    self: _World,
    *paths: str | Path,
    account_id: str | None = None,
    region_name: str | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> Loaded:
    """Put what files describe into this world, as it stands there, and tell what was taken, what was not, and why.

    ``paths`` are templates of CloudFormation, folders that ``cdk synth`` wrote, plans and states of Terraform as
    ``terraform show -json`` prints them, and dumps of accounts (``docs/loading.md``); several are read together, so
    that one may name what another makes. ``account_id`` and ``region_name`` are for what does not say its own (default:
    the world's); ``parameters`` are those of templates. Returns the report of this call; ``world.loaded`` is that of
    all. Raises ValueError for a file that is none of these, KmsMockError where the world is not active.
    """
    if self.store.unwind is None:
        raise KmsMockError("world.load() is for a world that is active: enter it first, as `with` does")
    return place(self, read(self, paths, account_id, region_name, parameters))


def place(world: _World, found: Read) -> Loaded:
    """Make what was read."""
    from kmsmock.loading import making

    made = making.make(world.store, found)
    told = Loaded()
    told.add(found, made)
    world.loaded.add(found, made)
    return told


def begin(world: _World) -> None:
    """A world is entered: what was read for it is made."""
    while world._to_load:
        place(world, world._to_load.pop(0))
