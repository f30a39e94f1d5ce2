"""CreateVolume and DescribeVolumes."""

from __future__ import annotations

from functools import partial
from typing import Any

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.model.envelope import Envelope
from kmsmock.records import ec2 as moto_disks
from kmsmock.services import Advice, Moto
from kmsmock.services.ec2 import background, defaults, kms_use, notices
from kmsmock.services.ec2.records import Disks, Snapshot, Volume, check_dry_run
from kmsmock.services.kms import late
from kmsmock.services.kms.client import ServiceKms


def create_volume(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """CreateVolume. KMS is asked afterwards: a volume whose key refuses answers ``creating`` and is then gone."""
    params = call.params
    source = _source(kms.store.records(Disks), call)
    if source is not None and source.envelope is not None and params.get("Encrypted") is False:
        raise AwsError("InvalidParameterCombination", "Encrypted snapshots must be used to create encrypted volumes.")
    check_dry_run(params)
    records, token = kms.store.records(Disks), params.get("ClientToken")
    asked_before = None if token is None else records.tokens.get((call.account, call.region, token))
    if token is not None and asked_before is not None:
        return _again(records, moto, token, asked_before)
    asked = params.get("Encrypted") or defaults.encrypts(kms)
    encrypted = bool(asked or (source is not None and source.envelope is not None))
    created = _plain(moto, params, source)
    volume = of_source(kms, created["VolumeId"], source)
    moto_disks.set_performance(volume.place, volume.id, params)  # of a template moto reads the size only
    if token is not None:
        records.tokens[call.account, call.region, token] = volume.id
    created |= {"State": "creating", "Encrypted": encrypted, "SnapshotId": params.get("SnapshotId", "")}
    if encrypted:
        created["SseType"] = "sse-kms"
        try:
            volume.envelope = key_for(kms, source, params.get("KmsKeyId"), volume.id)
        except AwsError as error:
            if late.failed(kms.store, call, error, volume.id, "does not exist: EC2 drops a volume without a key"):
                lost = partial(_lose, kms, records, volume, error.message)
                background.begin(kms, "CreateVolume", partial(show, volume, "creating"), lost)
                return created
            volume.envelope = kms_use.stand_in(kms, params.get("KmsKeyId"))
        own = source is not None and source.account == call.account
        if "KmsKeyId" in params or own:
            created["KmsKeyId"] = volume.envelope.key_arn
    records.volumes[volume.id] = volume
    background.begin(kms, "CreateVolume", partial(show, volume, "creating"), partial(_available, kms, volume))
    return created


def _plain(moto: Moto, params: dict[str, Any], source: Snapshot | None) -> dict[str, Any]:
    """The volume in moto, which is told later what it is made from, and of its key."""
    if not params.keys() & {"SnapshotId", "KmsKeyId", "Encrypted"}:
        return moto()
    wanted = {name: value for name, value in params.items() if name not in ("SnapshotId", "KmsKeyId", "Encrypted")}
    if source is not None:
        wanted.setdefault("Size", source.size)
    elif "SnapshotId" in params:
        wanted["SnapshotId"] = params["SnapshotId"]
    return moto("CreateVolume", **wanted)


def of_source(kms: ServiceKms, volume_id: str, source: Snapshot | None) -> Volume:
    """The record of a new volume of the caller's, with what is on the snapshot that it is made from."""
    volume = Volume(volume_id, kms.call.account, kms.call.region, None)
    if source is not None:
        volume.content, volume.snapshot_id = source.content.copy(), source.id
    return volume


def show(volume: Volume, state: str | None = None) -> None:
    """Let moto tell what a volume is: its key, its snapshot, and a state if it is on its way."""
    key_arn = None if volume.envelope is None else volume.envelope.key_arn
    moto_disks.show_volume(volume.place, volume.id, state, key_arn, volume.snapshot_id)


def _available(kms: ServiceKms, volume: Volume) -> None:
    """A volume is there, and EBS says so."""
    show(volume)
    notices.volume(kms, volume, "createVolume", "available")


def _lose(kms: ServiceKms, records: Disks, volume: Volume, cause: str) -> None:
    """A volume whose key refused was never there; only an event says why."""
    moto_disks.drop_volume(volume.place, volume.id)
    records.gone.add(volume.id)
    notices.volume(kms, volume, "createVolume", "failed", cause)


def check_created(call: Call, volume_id: str) -> None:
    """A volume that is on its way is of no use yet."""
    if moto_disks.state_of_volume((call.account, call.region), volume_id) == "creating":
        raise AwsError("IncorrectState", f"{volume_id} is not 'available'.")  # unverified text


def _again(records: Disks, moto: Moto, token: str, volume_id: str) -> dict[str, Any]:
    """The same request once more makes nothing: it gets the volume, if it is still there."""
    if volume_id in records.gone or volume_id not in records.volumes:
        raise AwsError(
            "IdempotentParameterMismatch",
            f"The client token '{token}' is associated with resource '{volume_id}' which has already been deleted. "
            "Please use a different client token.",
        )
    found: dict[str, Any] = moto("DescribeVolumes", VolumeIds=[volume_id])["Volumes"][0]
    return found


def key_for(kms: ServiceKms, source: Snapshot | None, key_id: str | None, volume_id: str) -> Envelope:
    """The envelope of a new encrypted volume ("Encrypt Amazon EBS volumes from snapshots").

    The key is the one asked for, else that of one's own snapshot, else the account's default key for EBS.
    """
    envelope = None if source is None else source.envelope
    own = source is not None and source.account == kms.call.account
    if source is None:
        return kms_use.new_disk(kms, key_id or defaults.key_of(kms), volume_id)
    if envelope is not None and own and key_id in (None, envelope.key_arn):
        return kms_use.same_key(kms, envelope, volume_id)
    return kms_use.moved(kms, envelope, key_id or defaults.key_of(kms), volume_id)


def _source(records: Disks, call: Call) -> Snapshot | None:
    """The recorded snapshot that a volume is made from; Amazon's are moto's business, others are not found."""
    snapshot_id = call.params.get("SnapshotId")
    if snapshot_id is None:
        return None
    if snapshot_id not in records.snapshots:
        if not moto_disks.has_snapshot((call.account, call.region), snapshot_id):
            raise snapshot_not_found(snapshot_id)
        return None
    source = records.snapshot(snapshot_id, call.region, call.account)
    if source is None:
        raise snapshot_not_found(snapshot_id)
    check_completed(source)
    return source


def check_completed(source: Snapshot) -> None:
    """Nothing is made of a snapshot that is not there yet, or never will be."""
    if source.state == "error":
        raise snapshot_not_found(source.id)
    if source.state != "completed":
        raise AwsError("IncorrectState", f"Snapshot is in invalid state - {source.state}")


def snapshot_not_found(snapshot_id: str) -> AwsError:
    """EC2's answer for a snapshot that does not exist or that the caller cannot see."""
    return AwsError("InvalidSnapshot.NotFound", f"The snapshot '{snapshot_id}' does not exist.")


def describe_volumes(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """DescribeVolumes, DescribeVolumesModifications: moto's own answer; one that is not there is named by itself."""
    check_dry_run(call.params)
    for volume_id in call.params.get("VolumeIds", ()):
        if moto_disks.state_of_volume((call.account, call.region), volume_id) is None:
            raise volume_not_found(volume_id)


def volume_not_found(volume_id: str) -> AwsError:
    """EC2's answer for a volume that does not exist."""
    return AwsError("InvalidVolume.NotFound", f"The volume '{volume_id}' does not exist.")


def delete_volume(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """DeleteVolume asks for no key."""
    check_dry_run(call.params)
    answer = moto()
    kms.store.records(Disks).volumes.pop(call.params["VolumeId"], None)
    return answer


OPERATIONS: dict[str, Advice] = {
    "CreateVolume": create_volume,
    "DeleteVolume": delete_volume,
    "DescribeVolumes": describe_volumes,
    "DescribeVolumesModifications": describe_volumes,
}
