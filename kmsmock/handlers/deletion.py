"""Scheduling and cancelling the deletion of a key ("Deleting AWS KMS keys" in the developer guide)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from kmsmock import clock, errors
from kmsmock.call import Call
from kmsmock.model.key import Key
from kmsmock.store import Store

DEFAULT_WINDOW = 30


def schedule(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """ScheduleKeyDeletion: the key is unusable from now on and gone at its DeletionDate."""
    days = call.params.get("PendingWindowInDays", DEFAULT_WINDOW)
    if not 7 <= days <= 30:
        raise errors.pending_window()
    key.deletion_date = _milliseconds(clock.now() + timedelta(days=days))
    key.pending_window = days
    key.state = "PendingDeletion"
    store.schedule(key.deletion_date, "delete key", key.arn)
    return {
        "KeyId": key.arn,
        "DeletionDate": key.deletion_date,
        "KeyState": key.state,
        "PendingWindowInDays": days,
    }


def cancel(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """CancelKeyDeletion: the key comes back disabled, whatever it was before."""
    key.deletion_date = None
    key.pending_window = None
    key.state = "Disabled"
    return {"KeyId": key.arn}


def _milliseconds(when: Any) -> Any:
    return when.replace(microsecond=when.microsecond // 1000 * 1000)
