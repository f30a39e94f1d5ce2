"""Images: register, copy under another key, share, describe across accounts."""

from __future__ import annotations

from typing import Any

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.records import ec2 as moto_disks
from kmsmock.services import Advice, Moto
from kmsmock.services.ec2 import background, defaults, snapshots
from kmsmock.services.ec2.records import Disks, Image, Snapshot, check_dry_run
from kmsmock.services.ec2.volumes import check_completed, snapshot_not_found
from kmsmock.services.kms.client import ServiceKms

COPY_FAILED = "Copy image failed with an internal error"


def register_image(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """RegisterImage: an image over snapshots that the caller can see; it is encrypted if they are."""
    params = call.params
    records = kms.store.records(Disks)
    mappings = params.get("BlockDeviceMappings", [])
    for mapping in mappings:
        _check_mapping(records, call, mapping.get("Ebs", {}))
    created = moto()
    image = _image(call, created["ImageId"], params.get("RootDeviceName") or "/dev/sda1", mappings)
    records.images[image.id] = image
    tags = [tag for each in params.get("TagSpecifications", ()) for tag in each["Tags"]]
    if tags:
        moto("CreateTags", Resources=[created["ImageId"]], Tags=tags)
    return created


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


def _image(call: Call, image_id: str, root_device: str, mappings: list[dict[str, Any]]) -> Image:
    """The record of an image that moto has just made, and what moto is told of it."""
    image = Image(image_id, call.account, call.region, mappings, root_device)
    moto_disks.drop_snapshot_of_image(image.place, image_id)
    moto_disks.name_root(image.place, image_id, root_device)
    return image


def create_image(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """CreateImage: over snapshots of the instance's volumes, which keep their keys."""
    params, records = call.params, kms.store.records(Disks)
    asked = [each.get("Ebs", {}) for each in params.get("BlockDeviceMappings", ())]
    if any({"Encrypted", "KmsKeyId"} & each.keys() for each in asked):
        # that it cannot be changed is documented, with which error is not
        raise AwsError("InvalidParameterCombination", "CreateImage cannot change the encryption of a volume.")
    check_dry_run(params)
    created = moto()
    described = moto("DescribeInstances", InstanceIds=[params["InstanceId"]])["Reservations"][0]["Instances"][0]
    image = _image(call, created["ImageId"], described["RootDeviceName"], [])
    for device in described.get("BlockDeviceMappings", ()):
        image.mappings.append(_snapped(kms, moto, device, image.id))
    records.images[image.id] = image
    background.image(kms, "CreateImage", image)
    return created


def _snapped(kms: ServiceKms, moto: Moto, device: dict[str, Any], image_id: str) -> dict[str, Any]:
    """The mapping of an image over a new snapshot of a device of its instance."""
    description = f"Created by CreateImage({kms.call.params['InstanceId']}) for {image_id}"
    created = moto("CreateSnapshot", VolumeId=device["Ebs"]["VolumeId"], Description=description)
    snapshot = snapshots.record_snapshot(kms, created, "CreateImage")
    return {"DeviceName": device["DeviceName"], "Ebs": {"SnapshotId": snapshot.id, "VolumeSize": snapshot.size}}


def deregister_image(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """DeregisterImage leaves the snapshots, unless it is told to delete those that no other image has."""
    records = kms.store.records(Disks)
    image = records.images.get(call.params["ImageId"])
    if image is None:
        return None
    if image.account != call.account or image.region != call.region:
        raise image_not_found(image.id)
    check_dry_run(call.params)
    answer = moto()
    del records.images[image.id]
    if call.params.get("DeleteAssociatedSnapshots"):
        used = {name for each in records.images.values() for name in each.snapshot_ids()}
        for name in set(image.snapshot_ids()) - used:
            moto("DeleteSnapshot", SnapshotId=name)
            records.snapshots.pop(name, None)
    return answer


def copy_image(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """CopyImage, called in the destination Region: each snapshot is copied as CopySnapshot would.

    The image answers at once and ends up ``failed`` if a snapshot could not be copied.
    """
    params = call.params
    records = kms.store.records(Disks)
    if params["SourceImageId"] not in records.images:
        return None
    source = records.image(params["SourceImageId"], params["SourceRegion"], call.account)
    if source is None or source.state == "failed":
        raise image_not_found(params["SourceImageId"])
    check_available(source)
    disks_of = [records.snapshots[snapshot_id] for snapshot_id in source.snapshot_ids()]
    _check_copy(call, kms, disks_of)
    check_dry_run(params)
    created = moto("RegisterImage", Name=params["Name"], Description=params.get("Description", ""))
    image = _image(call, created["ImageId"], source.root_device, [])
    records.images[image.id] = image
    for mapping in source.mappings:
        image.mappings.append(_copied_mapping(call, kms, mapping, image))
    if params.get("CopyImageTags") and source.account == call.account:
        original = moto("DescribeImages", region=source.region, ImageIds=[source.id])["Images"][0]
        if original.get("Tags"):
            moto("CreateTags", Resources=[image.id], Tags=original["Tags"])
    background.image(kms, "CopyImage", image)
    return {"ImageId": image.id}


def _check_copy(call: Call, kms: ServiceKms, disks_of: list[Snapshot]) -> None:
    for snapshot in disks_of:
        if not kms.store.records(Disks).sees_snapshot(call.account, snapshot):
            raise AwsError("InvalidRequest", "You do not have permission to access the storage of this ami")
        if snapshot.envelope is not None and call.params.get("Encrypted") is False:
            text = (
                f"Snapshot {snapshot.id} is encrypted. "
                "Creating an unencrypted copy from an encrypted snapshot is not supported."
            )
            raise AwsError("InvalidRequest", text)


def _copied_mapping(call: Call, kms: ServiceKms, mapping: dict[str, Any], image: Image) -> dict[str, Any]:
    records = kms.store.records(Disks)
    source = records.snapshots.get(mapping.get("Ebs", {}).get("SnapshotId"))
    if source is None:
        return mapping
    description = f"Copied for DestinationAmi {image.id} from SourceAmi {call.params['SourceImageId']}"
    copy = snapshots.new_snapshot(call, source.size, description)
    records.snapshots[copy.id] = copy
    encrypted = source.envelope is not None or call.params.get("Encrypted") or defaults.encrypts(kms)
    key_id = call.params.get("KmsKeyId") or defaults.key_of(kms)
    snapshots.copy_content(kms, copy, source, key_id if encrypted else None)
    background.snapshot(kms, "CopyImage", copy)
    if copy.outcome == "error":
        image.outcome, image.reason = "failed", COPY_FAILED
    return {**mapping, "Ebs": {**mapping["Ebs"], "SnapshotId": copy.id}}


def image_not_found(image_id: str) -> AwsError:
    """EC2's answer for an image that does not exist or that the caller cannot see."""
    return AwsError("InvalidAMIID.NotFound", f"The image id '[{image_id}]' does not exist")


def check_available(image: Image) -> None:
    """Nothing is made of an image that is on its way, has failed or is disabled."""
    if image.state != "available":
        text = f"The image ID '{image.id}' is not available"  # the code is documented, the text is not
        raise AwsError("InvalidAMIID.Unavailable", text)


def describe_images(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """DescribeImages: one's own and public ones from moto, and what other accounts of the world share."""
    records = kms.store.records(Disks)
    params = call.params
    asked = params.get("ImageIds", [])
    executable = params.get("ExecutableUsers", [])
    owners = {call.account if owner == "self" else owner for owner in params.get("Owners", [])}
    recorded = [
        image
        for image in records.images.values()
        if records.image(image.id, call.region, call.account) is not None
        and (not asked or image.id in asked)
        and (not owners or image.account in owners)
        and (not executable or any(_executable(records, image, user, call.account) for user in executable))
        and (asked or params.get("IncludeDeprecated") or image.account == call.account or not image.deprecated)
    ]
    if not records.images:
        return None
    shown = []
    others = [image_id for image_id in asked if image_id not in records.images]
    if others or not asked:
        given = {name: value for name, value in params.items() if name not in ("ImageIds", "DryRun")}
        answer = moto("DescribeImages", ImageIds=others, **given)["Images"]
        explicit = bool(executable) and "all" not in executable
        shown = [
            entry for entry in answer if entry["ImageId"] not in records.images and not (explicit and entry["Public"])
        ]
    filters = {"Filters": params["Filters"]} if "Filters" in params else {}
    for owner in sorted({image.account for image in recorded}):
        wanted = {image.id for image in recorded if image.account == owner}
        # moto looks at filters only when no ids are given
        about = {"Owners": [owner], **filters} if filters else {"ImageIds": sorted(wanted)}
        theirs = moto("DescribeImages", account=owner, **about)["Images"]
        shown += [_amended(entry, records, call) for entry in theirs if entry["ImageId"] in wanted]
    return {"Images": shown}


def _executable(records: Disks, image: Image, user: str, account: str) -> bool:
    """Whether ExecutableUsers names an image: ``self`` by any share, ``all`` what is public, others by their number."""
    if user == "all":
        return image.public
    return records.may_launch(account, image) if user == "self" else image.names(user)


def _amended(entry: dict[str, Any], records: Disks, call: Call) -> dict[str, Any]:
    image = records.images[entry["ImageId"]]
    entry |= {
        "State": image.state,
        "Public": image.public,
        "BlockDeviceMappings": [_shown_mapping(mapping, records) for mapping in image.mappings],
    }
    if image.deprecates is not None:
        entry["DeprecationTime"] = image.deprecates.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    if image.account != call.account:
        entry.pop("Tags", None)
    if image.reason and image.state == image.outcome:
        entry["StateReason"] = {"Code": "Client.InternalError", "Message": image.reason}
    return entry


def _shown_mapping(mapping: dict[str, Any], records: Disks) -> dict[str, Any]:
    snapshot = records.snapshots.get(mapping.get("Ebs", {}).get("SnapshotId"))
    if snapshot is None:
        return mapping
    ebs = {"VolumeSize": snapshot.size, "DeleteOnTermination": True, "VolumeType": "gp2", **mapping["Ebs"]}
    return {**mapping, "Ebs": {**ebs, "Encrypted": snapshot.envelope is not None}}


OPERATIONS: dict[str, Advice] = {
    "RegisterImage": register_image,
    "CopyImage": copy_image,
    "CreateImage": create_image,
    "DeregisterImage": deregister_image,
    "DescribeImages": describe_images,
}
