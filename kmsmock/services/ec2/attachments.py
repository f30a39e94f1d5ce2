"""Volumes in use: the key is needed when a volume is attached or its instance starts, and then not until the next time.

The infrastructure of an instance holds a grant on the key of each of its volumes for as long as it has them.
"""

from __future__ import annotations

from typing import Any

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.records import ec2 as moto_disks
from kmsmock.services import Advice, Moto
from kmsmock.services.ec2 import background, kms_use, notices, volumes
from kmsmock.services.ec2.records import Disks, Volume, check_dry_run
from kmsmock.services.kms import grants, late
from kmsmock.services.kms.client import ServiceKms


def attach_volume(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """AttachVolume: kms:CreateGrant for the caller, then kms:Decrypt by the instance's infrastructure."""
    check_dry_run(call.params)
    volumes.check_created(call, call.params["VolumeId"])
    _check_free(call)
    answer = moto()
    answer["DeleteOnTermination"] = False
    volume = kms.store.records(Disks).volumes.get(call.params["VolumeId"])
    if volume is None:
        return answer
    try:
        connect(kms, volume, call.params["InstanceId"])
    except AwsError as error:
        moto("DetachVolume", VolumeId=volume.id, InstanceId=call.params["InstanceId"])
        key = None if volume.envelope is None else volume.envelope.key_arn
        notices.volume(kms, volume, "attachVolume", "failed", error.message, key)
        raise AwsError(
            "CustomerKeyHasBeenRevoked",
            f"Volume {volume.id} cannot be attached. The encrypted volume was unable to access the KMS master key.",
        ) from None
    return answer


def _check_free(call: Call) -> None:
    """Neither the volume nor the name of the device is taken."""
    place, volume_id, device = (call.account, call.region), call.params["VolumeId"], call.params["Device"]
    if moto_disks.holder(place, volume_id) is not None and not moto_disks.takes_another_instance(place, volume_id):
        # aws/aws-sdk-java#1623
        raise AwsError("VolumeInUse", f"{volume_id} is already attached to an instance")
    if moto_disks.uses_device(place, call.params["InstanceId"], device):
        # Netflix/aminator#238
        taken = f"Invalid value '{device}' for unixDevice. Attachment point {device} is already in use"
        raise AwsError("InvalidParameterValue", taken)


def connect(kms: ServiceKms, volume: Volume, instance_id: str) -> None:
    """Let an instance have a volume. Raises the AwsError of KMS."""
    if volume.envelope is not None:
        volume.grant = kms_use.attach(kms, volume.envelope, instance_id)
    volume.instance = instance_id


def disconnect(kms: ServiceKms, volume: Volume) -> None:
    """Take the grant of a volume's instance back."""
    if volume.envelope is not None and volume.grant is not None:
        grants.retire(kms, volume.grant)
    volume.grant = None


def detach_volume(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """DetachVolume retires the grant. The instance need not be named."""
    params, place = call.params, (call.account, call.region)
    check_dry_run(params)
    volume_id = params["VolumeId"]
    holder, goes = moto_disks.holder(place, volume_id), moto_disks.goes_with_its_instance(place, volume_id)
    if moto_disks.state_of_volume(place, volume_id) is None:
        raise volumes.volume_not_found(volume_id)
    if holder is None:
        # kubernetes-sigs/aws-ebs-csi-driver#1801 shows it on the wire
        raise AwsError("IncorrectState", f"Volume '{volume_id}' is in the 'available' state.")
    given = {name: params[name] for name in ("Device", "Force") if name in params}
    named = params.get("InstanceId") or holder
    answer = moto() if named != holder else moto("DetachVolume", VolumeId=volume_id, InstanceId=holder, **given)
    volume = kms.store.records(Disks).volumes.get(volume_id)
    if volume is not None:
        disconnect(kms, volume)
        volume.instance = None
    return {**answer, "DeleteOnTermination": goes}


def _ids(changes: list[dict[str, Any]]) -> list[str]:
    """The instances that changed, of those that a request names in whatever way."""
    return [each["InstanceId"] for each in changes]


def _of(kms: ServiceKms, instance_id: str) -> list[Volume]:
    return [each for each in kms.store.records(Disks).volumes.values() if each.instance == instance_id]


def terminate_instances(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """TerminateInstances retires the grants of its volumes."""
    check_dry_run(call.params)
    answer = moto()
    for instance_id in _ids(answer["TerminatingInstances"]):
        for volume in _of(kms, instance_id):
            disconnect(kms, volume)
            volume.instance = None
    return answer


def stop_instances(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """StopInstances retires the grants; the volumes stay attached."""
    check_dry_run(call.params)
    answer = moto()
    for instance_id in _ids(answer["StoppingInstances"]):
        for volume in _of(kms, instance_id):
            disconnect(kms, volume)
    return answer


def start_instances(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """StartInstances needs the keys again: an instance that cannot have one is pending, and then stopped once more."""
    check_dry_run(call.params)
    answer = moto()
    records = kms.store.records(Disks)
    for instance_id in _ids(answer["StartingInstances"]):
        records.failed_launches.pop(instance_id, None)
        stopped = [each for each in _of(kms, instance_id) if each.grant is None]
        reason: AwsError | None = None
        try:
            for volume in stopped:
                connect(kms, volume, instance_id)
        except AwsError as error:
            if late.failed(kms.store, call, error, instance_id, "is stopped again: its volumes have no key"):
                for volume in stopped:
                    disconnect(kms, volume)
                reason = INTERNAL_ERROR
        record = moto_disks.instance((call.account, call.region), instance_id)
        change_state(kms, "StartInstances", record, reason)
    return answer


def change_state(kms: ServiceKms, operation: str, record: Any, reason: AwsError | None) -> None:
    """An instance of moto's is pending until the operation is over, and then what came of it.

    With a reason it failed: then a new one is terminated, and one that was there before stopped again.
    """
    records = kms.store.records(Disks)

    def settled() -> None:
        if record._state.name not in ("pending", "running"):
            return  # somebody stopped or terminated it meanwhile
        moto_disks.show_instance(record, "running")
        if reason is not None:
            records.failed_launches[record.id] = reason
            (record.stop if operation == "StartInstances" else record.terminate)()

    background.begin(kms, operation, lambda: moto_disks.show_instance(record, "pending"), settled)


INTERNAL_ERROR = AwsError("Client.InternalError", "Client.InternalError: Client error on launch")
_KEY_STATE = "Client.InvalidKMSKey.InvalidState"
INVALID_KEY = AwsError(_KEY_STATE, f"{_KEY_STATE}: The KMS key provided is in an incorrect state")
"""The StateReasons of an instance whose key refuses: a start is an internal error, a launch blames the key whatever was
wrong with it, also a denial (so in every dated report since October 2023; before that as a start)."""


OPERATIONS: dict[str, Advice] = {
    "AttachVolume": attach_volume,
    "DetachVolume": detach_volume,
    "StartInstances": start_instances,
    "StopInstances": stop_instances,
    "TerminateInstances": terminate_instances,
}
