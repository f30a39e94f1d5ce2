"""Places in a request: by the names of members from the request down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Path = tuple[str, ...]
"""The names of members from the request down to a place; ``*`` is each item of a list."""


def at(given: Any, path: Path) -> Iterator[Any]:
    """What stands at a place; nothing where the way to it is not there."""
    if not path:
        yield given
    elif path[0] == "*":
        for item in given or ():
            yield from at(item, path[1:])
    elif isinstance(given, Mapping):
        yield from at(given.get(path[0]), path[1:])
