"""The state of a key as its source tells it: whether it can be used, what it waits for, when it rotates and goes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from kmsmock import clock
from kmsmock.model.key import DEFAULT_PERIOD, Key, KeyMaterial, KeyState, rotation_of
from kmsmock.store import Store

_LEFT_AS_IT_IS: Mapping[str, KeyState] = {"Disabled": "Disabled", "Unavailable": "Unavailable"}
_LONGEST_WAIT = 30


def moment(value: Any) -> datetime | None:
    """A point in time as ``aws`` prints it: a text, or seconds; None for what is none."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = datetime.fromtimestamp(value, timezone.utc)
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.replace("Z", "+00:00"))
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo is not None else value.replace(tzinfo=timezone.utc)


def set_state(store: Store, key: Key, values: Mapping[str, Any]) -> None:
    """``KeyState`` of DescribeKey, ``Enabled`` of a template, and what GetKeyRotationStatus says.

    A key that a template makes for material from outside waits for it, as AWS's does; a plan may bring some.
    """
    waits = key.origin == "EXTERNAL" and not values.get("Material")
    state = str(values.get("KeyState") or ("PendingImport" if waits else ""))
    if state == "PendingImport":
        key.materials, key.state = [], "PendingImport"
    elif state in ("PendingDeletion", "PendingReplicaDeletion"):
        _wait(store, key, moment(values.get("DeletionDate")))
    elif state in _LEFT_AS_IT_IS:
        key.state = _LEFT_AS_IT_IS[state]
    elif not values.get("Enabled", True):
        key.state = "Disabled"
    for each in key.materials if key.origin == "EXTERNAL" else ():
        _was_imported(each, moment(values.get("ValidTo")))
    if values.get("EnableKeyRotation"):
        rotation = rotation_of(key)
        rotation.period = int(values.get("RotationPeriodInDays") or DEFAULT_PERIOD)
        later = clock.milliseconds(clock.now()) + timedelta(days=rotation.period)
        rotation.due = moment(values.get("NextRotationDate")) or later


def _wait(store: Store, key: Key, until: datetime | None) -> None:
    """A key on its way out; where the date has passed, or is not told, it has as long as it can have."""
    now = clock.milliseconds(clock.now())
    latest = now + timedelta(days=_LONGEST_WAIT)
    key.pending_window = _LONGEST_WAIT
    key.deletion_date = until if until is not None and until > now else latest
    key.state = "PendingDeletion"
    store.schedule(key.deletion_date, "delete key", key.arn)


def _was_imported(material: KeyMaterial, expires: datetime | None) -> None:
    material.imported, material.expires = True, expires
