"""What a program that serves has in its hands: the world, where it began, and what the admin API gave names to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from kmsmock.endpoint.address import Address
from kmsmock.endpoint.server import Asked
from kmsmock.faults import Fault
from kmsmock.world.snapshots import Snapshot
from kmsmock.world.world import World


@dataclass(slots=True)
class Served:
    """A world that is served."""

    world: World
    start: Snapshot
    """The world as it began, once all was loaded."""
    address: Address | None = None
    snapshots: dict[str, Snapshot] = field(default_factory=dict)
    """By their names, the oldest first."""
    faults: dict[str, Fault] = field(default_factory=dict)
    """Those that were made here, by their ids."""
    made: int = 0
    """How many faults there were so far."""

    def forget(self) -> None:
        """The world was put back: what it lost has no name any more."""
        self.snapshots = {name: each for name, each in self.snapshots.items() if each in self.world._snapshots}

    def url(self, asked: Asked) -> str:
        """The address, as whoever asks names it: that of a container is another inside of it."""
        scheme = "https" if asked.secure else "http"
        own = "" if self.address is None else urlsplit(self.address).netloc
        return f"{scheme}://{asked.headers.get('Host') or own}"


class Question(NamedTuple):
    """One request to the admin API, read: what its path, its query and its body give."""

    served: Served
    given: Mapping[str, Any]
    asked: Asked

    def get(self, name: str, default: Any = None) -> Any:
        """What was given under a name."""
        return self.given.get(name, default)

    def only(self, *names: str) -> dict[str, Any]:
        """Of these names, those that were given."""
        return {name: self.given[name] for name in names if name in self.given}
