"""RunInstances: launching from encrypted images, and what becomes of an instance whose key refuses."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.records import ec2 as moto_disks
from kmsmock.services import Advice, Moto, key_switches
from kmsmock.services.ec2 import attachments, defaults, launch_templates, visible_images
from kmsmock.services.ec2.kms_use import stand_in
from kmsmock.services.ec2.records import Disks, Snapshot
from kmsmock.services.ec2.volumes import key_for, of_source, show
from kmsmock.services.kms import late
from kmsmock.services.kms.client import ServiceKms

Plan = tuple[dict[str, Any], Snapshot | None]
"""What a volume is asked to be, and the snapshot underneath."""
Mappings = Mapping[str, Plan]
"""The plan of each device."""


def run_instances(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """RunInstances. The answer always says ``pending``; what cannot open its volumes is terminated afterwards."""
    named = call.params.get("LaunchTemplate")
    template = {} if named is None else launch_templates.data_of(named, moto)
    image_id = call.params.get("ImageId") or template.get("ImageId")
    params = call.params if image_id is None else {**call.params, "ImageId": image_id}
    image = visible_images.check(kms, image_id)
    layers = (template.get("BlockDeviceMappings", ()), params.get("BlockDeviceMappings", ()))
    mappings = planned(kms, image_id, *layers)
    if image is None and not planning(mappings):
        if "RunInstances" not in kms.store.delays:
            return None
        reservation = moto()
    else:
        reservation = _launch(moto, params, mappings)
    for instance in reservation["Instances"]:
        place = call.account, call.region
        record = moto_disks.instance(place, instance["InstanceId"], reservation["ReservationId"])
        if image is not None:
            record.root_device_name = instance["RootDeviceName"] = image.root_device
        reason = opened(kms, record.id, moto_disks.devices(record), mappings)
        attachments.change_state(kms, "RunInstances", record, reason)
    return reservation


def planned(kms: ServiceKms, image_id: str | None, *layers: Sequence[Mapping[str, Any]]) -> Mappings:
    """What a launch of an image makes: each layer of BlockDeviceMappings lies over the one before, the image lowest."""
    records = kms.store.records(Disks)
    image = records.images.get(image_id or "")
    merged: dict[str, dict[str, Any]] = {}
    for layer in (image.mappings if image is not None else (), *layers):
        for mapping in layer:
            if "NoDevice" in mapping:
                merged.pop(mapping["DeviceName"], None)
            elif "Ebs" in mapping:
                merged[mapping["DeviceName"]] = {**merged.get(mapping["DeviceName"], {}), **mapping["Ebs"]}
    for device, ebs in merged.items():
        key_switches.check_disk(ebs)
        _check_size(kms, image_id, device, ebs)
    default = {"Encrypted": True} if defaults.encrypts(kms) else {}
    asked = {
        device: ({**default, **ebs}, records.snapshots.get(ebs.get("SnapshotId", ""))) for device, ebs in merged.items()
    }
    if image is None and image_id is not None and (default or planning(asked)):
        # one of Amazon's: its root is a disk as well
        place = kms.call.account, kms.call.region
        return {moto_disks.root_name(place, image_id): (default, None), **asked}
    return asked


def _check_size(kms: ServiceKms, image_id: str | None, device: str, ebs: Mapping[str, Any]) -> None:
    """Raise EC2's error for a disk of no size. One that is to be encrypted is taken for the root of its image, which in
    moto has another name than in AWS.
    """
    if not ebs.get("Encrypted") and not ebs.keys() & {"VolumeSize", "SnapshotId"}:
        place = kms.call.account, kms.call.region
        if image_id is None or device != moto_disks.root_name(place, image_id):
            raise AwsError("MissingParameter", "The request must contain the parameter size or snapshotId")


def planning(mappings: Mappings) -> bool:
    """Whether a launch has disks that moto alone would not make as they were asked for."""
    shaped = any(ebs.keys() & {"VolumeType", "Iops", "Throughput"} for ebs, _ in mappings.values())
    return shaped or encrypted(mappings)


def encrypted(mappings: Mappings) -> bool:
    """Whether a launch needs a key."""
    return any(is_encrypted(ebs, source) for ebs, source in mappings.values())


def is_encrypted(ebs: dict[str, Any], source: Snapshot | None) -> bool:
    """Whether a volume needs a key."""
    return bool(ebs.get("Encrypted")) or (source is not None and source.envelope is not None)


def blank(mappings: Mappings) -> list[dict[str, Any]]:
    """The same devices for moto, with blank volumes: it knows neither the snapshots nor other accounts' images."""
    return [
        {
            "DeviceName": device,
            "Ebs": {
                "VolumeSize": ebs.get("VolumeSize") or (source.size if source is not None else 8),
                "DeleteOnTermination": ebs.get("DeleteOnTermination", True),
            },
        }
        for device, (ebs, source) in mappings.items()
    ]


def _launch(moto: Moto, params: dict[str, Any], mappings: Mappings) -> dict[str, Any]:
    given = {name: value for name, value in params.items() if name != "BlockDeviceMappings"}
    with warnings.catch_warnings():
        # moto announces that it will refuse images it does not know, as another account's are
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        return moto("RunInstances", BlockDeviceMappings=blank(mappings), **given)


def opened(kms: ServiceKms, instance_id: str, volumes: Mapping[str, str], mappings: Mappings) -> AwsError | None:
    """Give each encrypted volume its data key, and the instance's infrastructure a grant on it.

    ``volumes`` are the ids by device. If a key refuses no grant is left, and the reason is returned.
    """
    records = kms.store.records(Disks)
    created = []
    for device, (ebs, source) in mappings.items():
        volume = of_source(kms, volumes[device], source)
        created.append(volume)
        try:
            if is_encrypted(ebs, source):
                volume.envelope = key_for(kms, source, ebs.get("KmsKeyId"), volume.id)
            attachments.connect(kms, volume, instance_id)
        except AwsError as error:
            if late.failed(kms.store, kms.call, error, instance_id, "is terminated: its volumes have no key"):
                for each in created:
                    attachments.disconnect(kms, each)
                return attachments.INVALID_KEY
            volume.envelope, volume.instance = volume.envelope or stand_in(kms, ebs.get("KmsKeyId")), instance_id
    records.launches[instance_id] = mappings
    for volume, (ebs, _) in zip(created, mappings.values(), strict=True):
        records.volumes[volume.id] = volume
        show(volume)
        moto_disks.set_performance(volume.place, volume.id, ebs)
    return None


def describe_instances(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """DescribeInstances: moto's answer, with the reason of a launch that failed."""
    failed = kms.store.records(Disks).failed_launches
    if not failed:
        return None
    answer = moto()
    for reservation in answer.get("Reservations", []):
        for instance in reservation["Instances"]:
            reason = failed.get(instance["InstanceId"])
            if reason is not None:
                instance["StateReason"] = {"Code": reason.code, "Message": reason.message}
                instance["StateTransitionReason"] = "Server.InternalError"
    return answer


OPERATIONS: dict[str, Advice] = {"RunInstances": run_instances, "DescribeInstances": describe_instances}
