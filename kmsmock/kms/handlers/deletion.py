"""Scheduling and cancelling the deletion of a key ("Deleting AWS KMS keys" in the developer guide)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from kmsmock import clock, trail
from kmsmock.call import Call
from kmsmock.kms.errors import keys as key_errors
from kmsmock.kms.handlers import rotation
from kmsmock.model.key import Key
from kmsmock.store import Store

DEFAULT_WINDOW = 30


def schedule(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """ScheduleKeyDeletion: the key is unusable from now on and gone at its DeletionDate.

    A primary with replicas waits for the last of them to go; only then does its own waiting period start.
    """
    days = call.params.get("PendingWindowInDays", DEFAULT_WINDOW)
    if not 7 <= days <= 30:
        raise key_errors.pending_window()
    key.pending_window = days
    answer: dict[str, Any] = {"KeyId": key.arn}
    if key.multi_region_type == "PRIMARY" and len(key.related) > 1:
        key.state = "PendingReplicaDeletion"
    else:
        _start(store, key, clock.now())
        answer["DeletionDate"] = key.deletion_date
    return {**answer, "KeyState": key.state, "PendingWindowInDays": days}


def _start(store: Store, key: Key, now: datetime) -> None:
    assert key.pending_window is not None
    key.deletion_date = clock.milliseconds(now + timedelta(days=key.pending_window))
    key.state = "PendingDeletion"
    store.schedule(key.deletion_date, "delete key", key.arn)


def cancel(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """CancelKeyDeletion: the key comes back disabled whatever it was before, or waiting for its imported material."""
    key.deletion_date = None
    key.pending_window = None
    key.state = "PendingImport" if key.origin == "EXTERNAL" and key.materials_missing else "Disabled"
    if key.key_store is not None and store.key_stores[key.key_store].state != "CONNECTED":
        key.resumes, key.state = "Disabled", "Unavailable"
    return {"KeyId": key.arn}


def delete(store: Store, when: datetime, arn: str) -> None:
    """The waiting period is over. A cancelled one is out of date."""
    key = store.keys.get(arn)
    if key is None or key.deletion_date != when:
        return
    rotation.run_due(store, key, when)  # a replica rotated with its primary as long as it was there
    trail.service_event(store, "DeleteKey", when, key)
    store.remove_key(arn)
    if key.family is None:
        return
    del key.family.keys[key.region]
    primary = key.family.keys.get(key.family.primary)
    if primary is not None and primary.state == "PendingReplicaDeletion" and len(key.family.keys) == 1:
        _start(store, primary, when)
