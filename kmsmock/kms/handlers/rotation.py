"""Automatic and on-demand rotation ("Rotating AWS KMS keys" in the developer guide)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from kmsmock import clock, entropy, trail
from kmsmock.call import Call
from kmsmock.crypto.symmetric import material_id
from kmsmock.kms.errors import keys as key_errors
from kmsmock.kms.errors import lifetime as lifetime_errors
from kmsmock.kms.handlers import paging
from kmsmock.model.key import DEFAULT_PERIOD, PENDING_DELETION, Key, KeyMaterial, Rotation, rotation_of
from kmsmock.quotas import RESOURCES
from kmsmock.store import Store

ON_DEMAND_ROTATIONS = RESOURCES["on-demand rotations"].limit or 0
CLOSE = timedelta(minutes=20)
"""RotateKeyOnDemand conflicts with an automatic rotation that is due so soon."""


def enable(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """EnableKeyRotation. On a key that rotates already, only another period changes anything."""
    rotation = rotation_of(key)
    period = call.params.get("RotationPeriodInDays")
    if rotation.period is None or period not in (None, rotation.period):
        rotation.period = period or DEFAULT_PERIOD
        rotation.due = clock.milliseconds(clock.now()) + timedelta(days=rotation.period)
    return {}


def disable(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """DisableKeyRotation; nothing changes if it is off."""
    if key.rotation is not None:
        key.rotation.period = key.rotation.due = None
    return {}


def status(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """GetKeyRotationStatus. A key that is pending deletion says false; its settings come back on cancellation."""
    rotation = key.rotation or Rotation()
    on = rotation.period is not None and key.state != "PendingDeletion"
    if key.manager == "AWS":
        # Documented as always true, recorded as false for a new key: true once it has rotated.
        on = len(key.materials) > 1
    answer: dict[str, Any] = {"KeyId": key.arn, "KeyRotationEnabled": on}
    if on:
        answer |= {"RotationPeriodInDays": rotation.period, "NextRotationDate": rotation.due}
    if rotation.started is not None:
        answer["OnDemandRotationStartDate"] = rotation.started
    return answer


def rotate_now(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """RotateKeyOnDemand: answered at once and done in the background; asking again meanwhile changes nothing."""
    rotation = rotation_of(key)
    if rotation.started is None:
        now = clock.milliseconds(clock.now())
        if rotation.on_demand >= ON_DEMAND_ROTATIONS:
            raise lifetime_errors.rotations_used_up(key.arn)
        if rotation.due is not None and abs(rotation.due - now) < CLOSE:
            raise lifetime_errors.rotation_conflict(key.arn)
        if key.origin == "EXTERNAL":
            _check_pending(key)
        rotation.started = now
        store.schedule_after(now, call.operation, "finish rotation", key.arn)
    return {"KeyId": key.arn}


def _check_pending(key: Key) -> None:
    """Material that has expired since it was imported rotates in all the same (recorded)."""
    if key.pending is None:
        raise lifetime_errors.no_material_pending(key.arn)
    if any(related.pending is None or not related.pending.imported for related in key.related):
        raise lifetime_errors.replicas_lack_material()


def list_(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """ListKeyRotations, oldest first. Rotations that have not ended are not listed."""
    everything = call.params.get("IncludeKeyMaterial") == "ALL_KEY_MATERIAL"
    if everything and not key.symmetric:
        raise lifetime_errors.only_for_symmetric("includeKeyMaterial")
    answer = [material for material in key.materials if everything or material.rotated is not None]
    if everything and key.pending is not None:
        answer.append(key.pending)
    numbered = [(f"{number:06}", material) for number, material in enumerate(answer)]
    return paging.page(
        "Rotations", numbered, call, 100, mark=lambda item: item[0], show=lambda item: _entry(key, item[1])
    )


def _entry(key: Key, material: KeyMaterial) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "KeyId": key.arn,
        "KeyMaterialId": material.id.hex(),
        "KeyMaterialState": _material_state(key, material),
    }
    if material.rotated is not None:
        answer |= {"RotationDate": material.rotated, "RotationType": material.rotation_type}
    if key.origin == "EXTERNAL":
        answer["ImportState"] = "PENDING_IMPORT" if material.secret is None else "IMPORTED"
        if material.description:
            answer["KeyMaterialDescription"] = material.description
        if material.secret is not None:
            expires = material.expires is not None
            answer["ExpirationModel"] = f"KEY_MATERIAL_{'EXPIRES' if expires else 'DOES_NOT_EXPIRE'}"
            if expires:
                answer["ValidTo"] = material.expires
    return answer


def _material_state(key: Key, material: KeyMaterial) -> str:
    if material is key.pending:
        complete = all(each.pending is not None and each.pending.imported for each in key.related)
        return "PENDING_ROTATION" if complete else "PENDING_MULTI_REGION_IMPORT_AND_ROTATION"
    return "CURRENT" if material is key.current else "NON_CURRENT"


# --- what happens by itself -----------------------------------------------------------------------------------------


def run_due(store: Store, key: Key, now: datetime) -> None:
    """Do every automatic rotation that fell due since somebody last looked, each at its own instant.

    A key that is not enabled waits, and rotates when it is enabled again.
    """
    rotation = key.rotation
    if rotation is None or rotation.due is None or rotation.due > now:
        return
    primary = key if key.family is None else key.family.keys.get(key.family.primary)
    if primary is None or primary.state not in ("Enabled", "Updating"):
        return
    assert rotation.period is not None
    period = timedelta(days=rotation.period)
    while rotation.due <= now:
        _add_material(store, primary, rotation.due, "AUTOMATIC")
        rotation.due += period


def resume(store: Store, key: Key) -> None:
    """A key was enabled: if its rotation fell due meanwhile, it happens now, and the schedule goes on from there."""
    rotation, now = key.rotation, clock.milliseconds(clock.now())
    if key.multi_region_type != "REPLICA" and rotation is not None and rotation.due is not None and rotation.due <= now:
        rotation.due = now
        run_due(store, key, now)


def finish(store: Store, when: datetime, arn: str) -> None:
    """The end of an on-demand rotation, also of a key that was disabled or scheduled for deletion meanwhile."""
    key = store.keys.get(arn)
    if key is None or key.rotation is None or key.rotation.started is None:
        return
    run_due(store, key, when)
    key.rotation.started = None
    if key.origin == "EXTERNAL" and key.pending is None:
        return  # it was deleted meanwhile: nothing comes of the rotation
    key.rotation.on_demand += 1
    if key.origin == "EXTERNAL":
        _promote(store, key, when)
    else:
        _add_material(store, key, when, "ON_DEMAND")


def _add_material(store: Store, key: Key, when: datetime, kind: str) -> None:
    secret = entropy.random_bytes(32)
    new_id = bytes.fromhex(material_id(key.id, secret))
    for related in key.related:
        previous = related.current.id
        related.materials.append(KeyMaterial(new_id, secret, when, rotated=when, rotation_type=kind))
        store.file_material(related, related.current)
        _record(store, related, when, kind, previous)


def _promote(store: Store, key: Key, when: datetime) -> None:
    """Imported material that was pending becomes current, in every Region."""
    for related in key.related:
        pending = related.pending
        if pending is not None:
            previous = related.current.id
            pending.rotated, pending.rotation_type = when, "ON_DEMAND"
            related.materials.append(pending)
            related.pending = None
            store.file_material(related, pending)
            _record(store, related, when, "ON_DEMAND", previous)
            if related.materials_missing and related.state not in PENDING_DELETION:
                related.state = "PendingImport"


def _record(store: Store, key: Key, when: datetime, kind: str, previous: bytes) -> None:
    trail.service_event(
        store,
        "RotateKey",
        when,
        key,
        rotationType=kind,
        keyOrigin=key.origin,
        previousKeyMaterialId=previous.hex(),
        currentKeyMaterialId=key.current.id.hex(),
    )
    if key.multi_region_type == "REPLICA":
        trail.service_event(store, "SynchronizeMultiRegionKey", when, key)


def check_replica(key: Key, operation: str) -> None:
    """Rotation is a matter of the primary."""
    if key.multi_region_type == "REPLICA":
        raise lifetime_errors.replica_not_valid(key.arn, operation)


def check_in_kms(key: Key, operation: str) -> None:
    """What is in a custom key store has no rotation, not even a status of one."""
    if key.key_store is not None:
        raise key_errors.origin_not_valid(key.arn, key.origin)


def check_kind(key: Key, operation: str) -> None:
    """Which keys can rotate at all. DisableKeyRotation of an HMAC key is a recorded success, so it is let through."""
    check_in_kms(key, operation)
    if not key.symmetric and operation != "DisableKeyRotation":
        raise key_errors.unsupported()
    if key.origin == "EXTERNAL" and key.symmetric and operation != "RotateKeyOnDemand":
        raise key_errors.origin_not_valid(key.arn, key.origin)
    check_replica(key, operation)
