"""KeyMetadata: each field present only when AWS shows it."""

from __future__ import annotations

from typing import Any

from kmsmock.crypto.specs import algorithms, metadata_field
from kmsmock.model.key import Key
from kmsmock.store import Store


def metadata(store: Store, key: Key) -> dict[str, Any]:
    """The KeyMetadata of DescribeKey, CreateKey and ReplicateKey."""
    answer: dict[str, Any] = {
        "AWSAccountId": key.account,
        "KeyId": key.id,
        "Arn": key.arn,
        "CreationDate": key.created,
        "Enabled": key.state == "Enabled",
        "Description": key.description,
        "KeyUsage": key.usage,
        "KeyState": key.state,
        "Origin": key.origin,
        "KeyManager": key.manager,
        "CustomerMasterKeySpec": key.spec,
        "KeySpec": key.spec,
        "MultiRegion": key.multi_region,
        metadata_field(key.usage): list(algorithms(key.spec, key.usage)),
    }
    if key.symmetric and key.materials and key.key_store is None and key.state != "Creating":
        answer["CurrentKeyMaterialId"] = key.current.id.hex()
    if key.state == "PendingDeletion":
        answer["DeletionDate"] = key.deletion_date
    if key.state == "PendingReplicaDeletion":
        answer["PendingDeletionWindowInDays"] = key.pending_window
    if key.family is not None:
        answer["MultiRegionConfiguration"] = multi_region_configuration(key)
    if key.origin == "EXTERNAL" and not key.materials_missing:
        answer |= _expiration(key)
    if key.key_store is not None:
        answer |= _key_store(store, key)
    return answer


def multi_region_configuration(key: Key) -> dict[str, Any]:
    """The primary and all replicas, by Region."""
    assert key.family is not None
    entries = {region: {"Arn": other.arn, "Region": region} for region, other in sorted(key.family.keys.items())}
    return {
        "MultiRegionKeyType": key.multi_region_type,
        "PrimaryKey": entries.pop(key.family.primary),
        "ReplicaKeys": list(entries.values()),
    }


def _expiration(key: Key) -> dict[str, Any]:
    """ValidTo is the earliest of all materials that the key cannot do without."""
    dates = [material.expires for material in key.materials if material.expires is not None]
    if not dates:
        return {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
    return {"ExpirationModel": "KEY_MATERIAL_EXPIRES", "ValidTo": min(dates)}


def _key_store(store: Store, key: Key) -> dict[str, Any]:
    assert key.key_store is not None
    answer: dict[str, Any] = {"CustomKeyStoreId": key.key_store}
    cluster = store.key_stores[key.key_store].cluster
    if cluster is not None:
        answer["CloudHsmClusterId"] = cluster
    if key.xks_key_id is not None:
        answer["XksKeyConfiguration"] = {"Id": key.xks_key_id}
    return answer
