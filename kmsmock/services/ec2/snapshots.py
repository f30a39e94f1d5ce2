"""Snapshots: created, copied under another key, deleted."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.model.envelope import Envelope
from kmsmock.model.key import Key
from kmsmock.records import ec2 as moto_disks
from kmsmock.services import Advice, Moto
from kmsmock.services.ec2 import background, defaults, kms_use, locks, recycle_bin, volumes
from kmsmock.services.ec2.records import Disks, Snapshot, check_dry_run, tags_for
from kmsmock.services.ec2.volumes import snapshot_not_found
from kmsmock.services.kms import late, outages
from kmsmock.services.kms.client import ServiceKms

KEY_NOT_ACCESSIBLE = "Given key ID is not accessible"
SOURCE_NOT_FOUND = "Source snapshot is not found"
SOURCE_NOT_COMPLETE = "Source snapshot is not complete"


def create_snapshot(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """CreateSnapshot: keeps the volume's data key, so KMS is not asked."""
    volumes.check_created(call, call.params["VolumeId"])
    created = moto()
    snapshot = record_snapshot(kms, created, "CreateSnapshot")
    return created | {"State": "pending", "Progress": ""} | _key_of(snapshot)


def _key_of(snapshot: Snapshot) -> dict[str, Any]:
    if snapshot.envelope is None:
        return {"Encrypted": False}
    return {"Encrypted": True, "KmsKeyId": snapshot.envelope.key_arn, "SseType": "sse-kms"}


def record_snapshot(kms: ServiceKms, made: dict[str, Any], operation: str) -> Snapshot:
    """The record of a snapshot that moto made of a volume: it has the volume's data key and content."""
    call, records = kms.call, kms.store.records(Disks)
    volume = records.volumes.get(made["VolumeId"])
    snapshot = Snapshot(made["SnapshotId"], call.account, call.region, made["VolumeSize"], None, made["VolumeId"])
    if volume is not None:
        snapshot.envelope, snapshot.content = volume.envelope, volume.content.copy()
    records.snapshots[snapshot.id] = snapshot
    background.snapshot(
        kms, operation, snapshot, f"arn:{call.partition}:ec2:{call.region}::volume/{snapshot.volume_id}"
    )
    return snapshot


def create_snapshots(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """CreateSnapshots of an instance: each keeps its volume's data key."""
    check_dry_run(call.params)
    answer = moto()
    left_out = _left_out(call.params["InstanceSpecification"], moto)
    for created in [each for each in answer["Snapshots"] if each["VolumeId"] in left_out]:
        moto("DeleteSnapshot", SnapshotId=created["SnapshotId"])
        answer["Snapshots"].remove(created)
    for created in answer["Snapshots"]:
        snapshot = record_snapshot(kms, created, "CreateSnapshot")
        created.update(State="pending", **_key_of(snapshot))
    return answer


def _left_out(instance: dict[str, Any], moto: Moto) -> set[str]:
    """The volumes of an instance that are not to be snapped; moto snaps all."""
    left_out = set(instance.get("ExcludeDataVolumeIds", ()))
    if instance.get("ExcludeBootVolume"):
        found = moto("DescribeInstances", InstanceIds=[instance["InstanceId"]])["Reservations"][0]["Instances"][0]
        attached = {each["DeviceName"]: each["Ebs"]["VolumeId"] for each in found.get("BlockDeviceMappings", ())}
        left_out |= {name for device, name in attached.items() if device == found.get("RootDeviceName")}
    return left_out


def delete_snapshot(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """DeleteSnapshot asks for no key; what an image stands on stays."""
    records, name = kms.store.records(Disks), call.params["SnapshotId"]
    if name not in records.snapshots:
        if not moto_disks.has_snapshot((call.account, call.region), name):
            raise snapshot_not_found(name)
        return None
    snapshot = owned_snapshot(kms, call)
    image = next((each for each in records.images.values() if name in each.snapshot_ids()), None)
    if image is not None:
        raise AwsError("InvalidSnapshot.InUse", f"The snapshot {name} is currently in use by {image.id}")
    locks.must_be_unlocked(kms, name)
    check_dry_run(call.params)
    return remove(kms, snapshot, moto)


def remove(kms: ServiceKms, snapshot: Snapshot, delete: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Let moto delete a snapshot, and forget it; the Recycle Bin may keep it."""
    record = moto_disks.snapshot_record(snapshot.place, snapshot.id)
    answer = delete()
    del kms.store.records(Disks).snapshots[snapshot.id]
    recycle_bin.keep(kms, snapshot, record)
    return answer


def copy_snapshot(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """CopySnapshot, called in the destination Region.

    The destination key is looked at at once; what fails later leaves a snapshot in state ``error`` with a StateMessage,
    as recorded.
    """
    params = call.params
    _check_copy(call)
    records = kms.store.records(Disks)
    source = records.snapshot(params["SourceSnapshotId"], params["SourceRegion"], call.account)
    asked = params.get("Encrypted") or "KmsKeyId" in params or defaults.encrypts(kms)
    encrypted = bool(asked or (source is not None and source.envelope is not None))
    key_id = params.get("KmsKeyId") or defaults.key_of(kms)
    if encrypted:
        _check_destination(kms, key_id)
    check_dry_run(params)
    copy = new_snapshot(call, source.size if source is not None else 1, params.get("Description", ""))
    records.snapshots[copy.id] = copy
    tags = tags_for(params, "snapshot")
    if tags:
        moto("CreateTags", Resources=[copy.id], Tags=tags)
    if source is None or source.state != "completed":
        late = source is not None and source.state == "pending"
        copy.outcome, copy.message = "error", SOURCE_NOT_COMPLETE if late else SOURCE_NOT_FOUND
    else:
        copy_content(kms, copy, source, key_id if encrypted else None)
    copied = f"arn:{call.partition}:ec2:{params['SourceRegion']}::snapshot/{params['SourceSnapshotId']}"
    background.snapshot(kms, "CopySnapshot", copy, copied)
    return {"SnapshotId": copy.id, "Tags": tags}


def copy_content(kms: ServiceKms, copy: Snapshot, source: Snapshot, key_id: str | None) -> None:
    """Give a copy what is on its source, under a new data key; a key that refuses leaves the copy in error."""
    copy.content, copy.copy_of = source.content.copy(), source.id
    if key_id is None:
        return
    try:
        copy.envelope = kms_use.new_key(kms, source.envelope, key_id, copy.id, source.region)
    except AwsError as error:
        if late.failed(kms.store, kms.call, error, copy.id, "is in error: EC2 could not use its key"):
            copy.outcome, copy.message = "error", KEY_NOT_ACCESSIBLE
        else:
            copy.envelope = kms_use.stand_in(kms, key_id)


def new_snapshot(call: Call, size: int, description: str) -> Snapshot:
    """A snapshot in moto for the caller that is not made of a volume."""
    created = moto_disks.add_snapshot((call.account, call.region), size, description)
    return Snapshot(created, call.account, call.region, size, None, moto_disks.NO_VOLUME)


def _check_copy(call: Call) -> None:
    params = call.params
    if not re.fullmatch(r"snap-[0-9a-f]{8,17}", params["SourceSnapshotId"]):
        raise AwsError("InvalidParameterValue", "The specified snapshotId is invalid")
    destination = params.get("DestinationRegion", call.region)
    if destination != call.region:
        text = f"DestinationRegion '{destination}' does not match the current region ({call.region})"
        raise AwsError("InvalidParameterValue", text)


def _check_destination(kms: ServiceKms, key_id: str) -> None:
    """The synchronous half: DescribeKey on the destination key, as the caller."""
    invalid = AwsError("InvalidParameterValue", f"The specified keyId {key_id} is invalid")
    try:
        key = kms.forward("DescribeKey", KeyId=key_id)["KeyMetadata"]
    except AwsError as error:
        if kms_use.denied(error):
            raise AwsError("AuthFailure", f"Not authorized to use key {key_id} ", 403) from None
        raise outages.of("ec2", error) or invalid from None
    if key["KeyState"] == "Disabled":
        raise AwsError("InvalidParameterValue", f"The specified keyId {key_id} is disabled")
    if key["KeyState"] != "Enabled" or key["KeySpec"] != "SYMMETRIC_DEFAULT":
        raise invalid


def owned_snapshot(kms: ServiceKms, call: Call) -> Snapshot:
    """The caller's own snapshot that SnapshotId names, else InvalidSnapshot.NotFound."""
    snapshot = kms.store.records(Disks).snapshot(call.params["SnapshotId"], call.region, call.account)
    if snapshot is None or snapshot.account != call.account:
        raise snapshot_not_found(call.params["SnapshotId"])
    return snapshot


def under_managed_key(kms: ServiceKms, envelope: Envelope | None) -> bool:
    """True for what is encrypted under an AWS managed key, which no other account can ever use."""
    key: Key | None = None if envelope is None else kms.store.keys.get(envelope.key_arn)
    return key is not None and key.manager == "AWS"


OPERATIONS: dict[str, Advice] = {
    "CreateSnapshot": create_snapshot,
    "CopySnapshot": copy_snapshot,
    "CreateSnapshots": create_snapshots,
    "DeleteSnapshot": delete_snapshot,
}
