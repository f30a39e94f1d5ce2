"""Private keys made once in a process and used again by later worlds, because RSA keys take long to make."""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import Any

from kmsmock.crypto import asymmetric

_made: defaultdict[str, list[Any]] = defaultdict(list)
_lock = threading.Lock()


def draw(spec: str, number: int) -> Any:
    """The ``number``-th key of a spec (from 0). A world never asks twice for the same, so no two of its keys agree."""
    with _lock:
        created = _made[spec]
        while len(created) <= number:
            created.append(asymmetric.generate(spec))
        return created[number]
