"""Images: registered, made of instances, deregistered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.records import ec2 as moto_disks
from kmsmock.records import images as moto_images
from kmsmock.services import Advice, Moto
from kmsmock.services.ec2 import background, locks, snapshots, visible_images
from kmsmock.services.ec2.records import Disks, Image, check_dry_run, tags_for
from kmsmock.services.ec2.volumes import check_completed, snapshot_not_found
from kmsmock.services.kms.client import ServiceKms


def register_image(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """RegisterImage: an image over snapshots that the caller can see; it is encrypted if they are."""
    params = call.params
    records = kms.store.records(Disks)
    mappings = params.get("BlockDeviceMappings", [])
    for mapping in mappings:
        _check_mapping(records, call, mapping.get("Ebs", {}))
    created = moto()
    root_device = params.get("RootDeviceName") or "/dev/sda1"
    image = record_image(call, created["ImageId"], root_device, mappings, _registered_as(params))
    records.images[image.id] = image
    tag(moto, [image.id], tags_for(params, "image"))
    return created


def _registered_as(params: Mapping[str, Any]) -> dict[str, Any]:
    """What RegisterImage says of an image, with AWS's defaults; moto takes a name and a description only."""
    return {
        "architecture": params.get("Architecture", "i386"),
        "boot_mode": params.get("BootMode"),
        "ena_support": params.get("EnaSupport"),
        "image_location": params.get("ImageLocation"),
        "imds_support": params.get("ImdsSupport"),
        "kernel_id": params.get("KernelId"),
        "ramdisk_id": params.get("RamdiskId"),
        "sriov_net_support": params.get("SriovNetSupport"),
        "tpm_support": params.get("TpmSupport"),
        "virtualization_type": params.get("VirtualizationType", "paravirtual"),
    }


def tag(moto: Moto, resources: Sequence[str], tags: Sequence[Mapping[str, str]]) -> None:
    """Tag what was just made, if there is anything to tag it with."""
    if resources and tags:
        moto("CreateTags", Resources=resources, Tags=tags)


def _check_mapping(records: Disks, call: Call, ebs: dict[str, Any]) -> None:
    snapshot_id = ebs.get("SnapshotId")
    if snapshot_id is None:
        return
    if "Encrypted" in ebs:
        # Unverified text; that Encrypted may not stand beside SnapshotId is documented.
        raise AwsError("InvalidParameterCombination", "The parameter Encrypted cannot be used with SnapshotId.")
    snapshot = records.snapshot(snapshot_id, call.region, call.account)
    if snapshot is None:
        raise snapshot_not_found(snapshot_id)
    check_completed(snapshot)


def record_image(
    call: Call, image_id: str, root_device: str, mappings: list[dict[str, Any]], traits: Mapping[str, Any]
) -> Image:
    """The record of an image that moto has just made, and what moto is told of it."""
    image = Image(image_id, call.account, call.region, mappings, root_device)
    moto_images.tell(image.place, image_id, traits)
    moto_disks.drop_snapshot_of_image(image.place, image_id)
    moto_disks.name_root(image.place, image_id, root_device)
    return image


def create_image(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """CreateImage: over snapshots of the instance's volumes, which keep their keys."""
    params, records = call.params, kms.store.records(Disks)
    asked = {each["DeviceName"]: each for each in params.get("BlockDeviceMappings", ())}
    _check_disks(call, records, asked)
    check_dry_run(params)
    created = moto("CreateImage", **{name: value for name, value in params.items() if name != "TagSpecifications"})
    described = moto("DescribeInstances", InstanceIds=[params["InstanceId"]])["Reservations"][0]["Instances"][0]
    launched_from = records.images.get(described.get("ImageId", ""))
    keeper = (call.account, call.region) if launched_from is None else launched_from.place
    traits = moto_images.like(keeper, described.get("ImageId", ""))
    image = record_image(call, created["ImageId"], described["RootDeviceName"], [], traits)
    for device in described.get("BlockDeviceMappings", ()):
        changed = asked.pop(device["DeviceName"], {})
        if "NoDevice" not in changed:
            image.mappings.append(_snapped(kms, moto, device, image.id, changed.get("Ebs", {})))
    image.mappings += [_blank(mapping) for mapping in asked.values() if "NoDevice" not in mapping]
    records.images[image.id] = image
    tag(moto, [image.id], tags_for(params, "image"))
    tag(moto, image.snapshot_ids(), tags_for(params, "snapshot"))
    background.image(kms, "CreateImage", image)
    return created


def _check_disks(call: Call, records: Disks, asked: Mapping[str, Mapping[str, Any]]) -> None:
    """An image cannot encrypt what is not encrypted; ``Encrypted`` of what is encrypted is ignored, as documented."""
    record = moto_disks.instance((call.account, call.region), call.params["InstanceId"])
    for device, volume_id in ({} if record is None else moto_disks.devices(record)).items():
        volume = records.volumes.get(volume_id)
        plain = volume is None or volume.envelope is None
        if plain and asked.get(device, {}).get("Ebs", {}).get("Encrypted"):
            # that it fails is documented, with which error is not
            raise AwsError("InvalidParameterCombination", "CreateImage cannot change the encryption of a volume.")


def _blank(mapping: dict[str, Any]) -> dict[str, Any]:
    """The mapping of a volume that an image adds to those of its instance."""
    if "Ebs" not in mapping:
        return mapping
    return {**mapping, "Ebs": {"DeleteOnTermination": True, "VolumeType": "gp2", "Encrypted": False, **mapping["Ebs"]}}


def _snapped(
    kms: ServiceKms, moto: Moto, device: dict[str, Any], image_id: str, changed: Mapping[str, Any]
) -> dict[str, Any]:
    """The mapping of an image over a new snapshot of a device of its instance, with what the request changes of it."""
    description = f"Created by CreateImage({kms.call.params['InstanceId']}) for {image_id}"
    created = moto("CreateSnapshot", VolumeId=device["Ebs"]["VolumeId"], Description=description)
    snapshot = snapshots.record_snapshot(kms, created, "CreateImage")
    ebs = moto_disks.mapping_of(snapshot.place, device["Ebs"]["VolumeId"])
    kept = {name: value for name, value in changed.items() if name != "Encrypted"}
    return {"DeviceName": device["DeviceName"], "Ebs": {**ebs, **kept, "SnapshotId": snapshot.id}}


def deregister_image(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """DeregisterImage leaves the snapshots, unless it is told to delete those that no other image has."""
    records = kms.store.records(Disks)
    image = records.images.get(call.params["ImageId"])
    if image is None:
        return None
    if image.account != call.account or image.region != call.region:
        raise visible_images.not_found(image.id)
    check_dry_run(call.params)
    answer = moto()
    del records.images[image.id]
    records.deregistered.add(image.id)
    if not call.params.get("DeleteAssociatedSnapshots"):
        return answer
    results = [
        {"SnapshotId": name, "ReturnCode": _deleted(kms, moto, name)} for name in dict.fromkeys(image.snapshot_ids())
    ]
    return {**answer, "DeleteSnapshotResults": results}


def _deleted(kms: ServiceKms, moto: Moto, name: str) -> str:
    """What became of a snapshot that goes with its image; the code for one that others share is unverified."""
    records = kms.store.records(Disks)
    if any(name in each.snapshot_ids() for each in records.images.values()):
        return "skipped"
    snapshot = records.snapshots.get(name)
    if snapshot is None or snapshot.account != kms.call.account or locks.is_locked(kms, name):
        return "client-error"
    snapshots.remove(kms, snapshot, partial(moto, "DeleteSnapshot", SnapshotId=name))
    return "success"


OPERATIONS: dict[str, Advice] = {
    "RegisterImage": register_image,
    "CreateImage": create_image,
    "DeregisterImage": deregister_image,
}
