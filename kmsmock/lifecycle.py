"""What happens by itself as time passes: before each call, everything that fell due is replayed in order."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from datetime import datetime

from kmsmock.handlers import deletion, imports, key_stores, replicas, rotation
from kmsmock.store import Store

DUE: Mapping[str, Callable[[Store, datetime, str], None]] = {
    "delete key": deletion.delete,
    "expire material": imports.expire,
    "rotate": rotation.rotate_due,
    "finish rotation": rotation.finish,
    "replica ready": replicas.ready,
    "primary updated": replicas.updated,
    "key store connected": key_stores.connected,
    "key store disconnected": key_stores.disconnected,
}


def catch_up(store: Store, now: datetime) -> None:
    """Replay what fell due until ``now``, each at its own instant. Time that runs backwards undoes nothing."""
    agenda = store.agenda
    while agenda and agenda[0][0] <= now:
        when, _, event, arn = heapq.heappop(agenda)
        DUE[event](store, when, arn)
