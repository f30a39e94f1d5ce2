"""At which addresses of this machine worlds are served now, for those who start processes and those who send."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from kmsmock.store import Store


class Served(NamedTuple):
    """A world at an address."""

    store: Store
    place: str
    """Host and port, as URLs have them."""
    environment: Callable[[], Mapping[str, str]]
    """What of the environment leads a process there, as whoever acts now."""


_open: list[Served] = []
"""The newest last."""


def begin(made: Served) -> None:
    """A world is served from now on."""
    _open.append(made)


def end(made: Served) -> None:
    """It is not any more."""
    _open[:] = [each for each in _open if each is not made]


def of(store: Store) -> Served | None:
    """Where a world is served, the newest address first; None where it is not."""
    return next((each for each in reversed(_open) if each.store is store), None)


def is_there(url: str) -> bool:
    """Whether a URL names an address at which a world is served."""
    return bool(_open) and urlsplit(url).netloc.rpartition("@")[2].lower() in {each.place for each in _open}
