"""Multi-Region keys ("Multi-Region keys in AWS KMS" in the developer guide)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from kmsmock import clock, trail
from kmsmock.call import Call
from kmsmock.kms.errors import lifetime as lifetime_errors
from kmsmock.kms.handlers import policies, tags
from kmsmock.kms.handlers.keys import check_quota
from kmsmock.kms.handlers.metadata import metadata
from kmsmock.model.key import Key, KeyMaterial
from kmsmock.store import Store
from kmsmock.wire import regions


def check_primary(key: Key, operation: str) -> None:
    """Only a primary can be replicated."""
    if key.multi_region_type != "PRIMARY":
        raise lifetime_errors.not_primary(key.arn)


def check_updates(key: Key, operation: str) -> None:
    """Only a multi-Region key has a primary to move; a single-Region key is answered as by ReplicateKey."""
    if key.family is None:
        raise lifetime_errors.not_primary(key.arn)


def replicate(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """ReplicateKey: a related key in another Region with the same material and a life of its own."""
    params = call.params
    region = params["ReplicaRegion"]
    assert key.family is not None
    _check_region(store, call, key, region)
    given_tags = tags.checked({}, params.get("Tags", []))
    check_quota(store, call, region)
    replica = Key(
        arn=key.arn.replace(f":{key.region}:", f":{region}:", 1),
        id=key.id,
        account=key.account,
        region=region,
        created=clock.now(),
        description=params.get("Description", ""),
        spec=key.spec,
        usage=key.usage,
        origin=key.origin,
        manager=key.manager,
        policy=policies.default(call.partition, key.account),
        materials=[_copy(key, material) for material in key.materials],
        state="Creating",
        rotation=key.rotation,
        family=key.family,
        tags=given_tags,
    )
    if "Policy" in params:
        replica.policy = policies.checked(store, call._replace(region=region), replica, params["Policy"])
    if key.pending is not None:
        replica.pending = _copy(key, key.pending)
    key.family.keys[region] = replica
    store.add_key(replica)
    store.schedule_after(clock.now(), call.operation, "replica ready", replica.arn)
    answer: dict[str, Any] = {
        "ReplicaKeyMetadata": metadata(store, replica),
        "ReplicaPolicy": replica.policy.text,
    }
    if given_tags:
        answer["ReplicaTags"] = [{"TagKey": name, "TagValue": value} for name, value in given_tags.items()]
    return answer


def _copy(key: Key, material: KeyMaterial) -> KeyMaterial:
    """KMS carries its own material to the replica; imported material has to be imported in each Region."""
    secret = None if key.origin == "EXTERNAL" else material.secret
    return KeyMaterial(
        material.id,
        secret,
        material.created,
        material.rotated,
        material.rotation_type,
        description=material.description,
    )


def _check_region(store: Store, call: Call, key: Key, region: str) -> None:
    assert key.family is not None
    if region == key.region:
        raise lifetime_errors.contains_primary(region)
    partition = regions.partition_of(region, store.extra_regions)
    if partition is None:
        raise lifetime_errors.not_a_region(region)
    if partition != call.partition:
        raise lifetime_errors.other_partition()
    if region in key.family.keys:
        raise lifetime_errors.replica_exists()


def replica_created(store: Store, when: datetime, arn: str) -> None:
    """A replica has been made: it is usable, or waits for its material."""
    key = store.keys.get(arn)
    if key is not None and key.state == "Creating":
        key.state = "PendingImport" if key.materials_missing else "Enabled"
        trail.service_event(store, "SynchronizeMultiRegionKey", when, key)


def update_primary(store: Store, call: Call, key: Key, *replica: Key) -> dict[str, Any]:
    """UpdatePrimaryRegion: primary and replica change roles, and are ``Updating`` until it is done."""
    region = call.params["PrimaryRegion"]
    if key.multi_region_type != "PRIMARY":
        raise lifetime_errors.update_from_replica(key.arn)
    assert key.family is not None
    if region == key.region:
        return {}
    if not replica:
        raise lifetime_errors.no_replica_there(key.id)
    key.family.primary = region
    for each in (key, *replica):
        if each.state != "Updating":
            each.resumes, each.state = each.state, "Updating"
        store.schedule_after(clock.now(), call.operation, "primary updated", each.arn)
    return {}


def primary_updated(store: Store, when: datetime, arn: str) -> None:
    """The change of the primary Region is done for this key."""
    key = store.keys.get(arn)
    if key is not None and key.state == "Updating":
        key.state = key.resumes
