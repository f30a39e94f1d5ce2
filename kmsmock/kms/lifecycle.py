"""What happens by itself as time passes: before each call, everything that fell due is replayed in order."""

from __future__ import annotations

from datetime import datetime

from kmsmock.kms.handlers import deletion, imports, key_stores, replicas, rotation
from kmsmock.model.agenda import Rules
from kmsmock.model.spreading import KNOWN, Spreading
from kmsmock.store import Store
from kmsmock.trail import timeline
from kmsmock.trail.events import Events
from kmsmock.trail.records import events

SERVICE_WORK = "service work"
"""The event of what a service does after it has answered; it is about a function to call."""

DUE: Rules = {
    "delete key": deletion.delete,
    "expire material": imports.expire,
    "finish rotation": rotation.finish,
    "replica ready": replicas.replica_created,
    "primary updated": replicas.primary_updated,
    "key store connected": key_stores.connected,
    "key store disconnected": key_stores.disconnected,
    KNOWN: lambda store, when, former: store.records(Spreading).known(former),
    SERVICE_WORK: lambda store, when, work: work(),
}


def run_due(store: Store, now: datetime) -> None:
    """Do everything that fell due until ``now``, the rotations of keys that nobody has touched included.

    ``catch_up`` leaves those: they show only to who looks at the key, or at the whole trail.
    """
    catch_up(store, now)
    for key in store.keys.values():
        rotation.run_due(store, key, now)


def catch_up(store: Store, now: datetime) -> None:
    """Replay what fell due until ``now``, each at its own instant."""
    store.agenda.run_due(DUE, store, now)


def settled(store: Store, now: datetime) -> Events:
    """Every event of a world, once everything is done that fell due until ``now``."""
    run_due(store, now)
    return events(store)


def life_of(store: Store, arn: str, now: datetime) -> timeline.Timeline:
    """What happened to a key. Raises ValueError for one that this world never had."""
    found = store.keys.get(arn) or store.deleted_keys.get(arn)
    if found is None:
        raise ValueError(f"there was no key {arn!r} in this world; give the ARN of one")
    return timeline.of(arn, found.created, settled(store, now))
