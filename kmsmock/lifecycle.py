"""What happens by itself as time passes: before each call, everything that fell due is replayed in order."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from datetime import datetime

from kmsmock import trail
from kmsmock.store import Store


def _delete_key(store: Store, when: datetime, arn: str) -> None:
    """The waiting period is over ("Deleting AWS KMS keys" in the developer guide). A cancelled one is out of date."""
    key = store.keys.get(arn)
    if key is not None and key.deletion_date == when:
        trail.service_event(store, "DeleteKey", when, key)
        store.remove_key(arn)


DUE: Mapping[str, Callable[[Store, datetime, str], None]] = {
    "delete key": _delete_key,
}


def catch_up(store: Store, now: datetime) -> None:
    """Replay what fell due until ``now``, each at its own instant. Time that runs backwards undoes nothing."""
    agenda = store.agenda
    while agenda and agenda[0][0] <= now:
        when, _, event, arn = heapq.heappop(agenda)
        DUE[event](store, when, arn)
