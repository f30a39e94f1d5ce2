"""CopyImage, called in the destination Region: each snapshot is copied as CopySnapshot would."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.records import images as moto_images
from kmsmock.services import Advice, Moto
from kmsmock.services.ec2 import background, defaults, images, snapshots, visible_images
from kmsmock.services.ec2.records import Disks, Image, Snapshot, check_dry_run, tags_for
from kmsmock.services.kms.client import ServiceKms

COPY_FAILED = "Copy image failed with an internal error"

Sources = Mapping[str, Snapshot]
"""The snapshots under the image that is copied, by id."""


def copy_image(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """The image answers at once and ends up ``failed`` if a snapshot could not be copied."""
    params, records = call.params, kms.store.records(Disks)
    source, sources = _source(call, kms, moto)
    _check_copy(call, kms, sources)
    check_dry_run(params)
    keeper = source.account if source.id in records.images else call.account  # moto has Amazon's in every account
    kept = moto_images.like((keeper, source.region), source.id)
    created = moto("RegisterImage", Name=params["Name"], Description=params.get("Description", ""))
    traits = {**kept, "source_image_id": source.id, "source_image_region": source.region}
    image = images.record_image(call, created["ImageId"], source.root_device, [], traits)
    records.images[image.id] = image
    for mapping in source.mappings:
        image.mappings.append(_copied_mapping(call, kms, mapping, image, sources))
    images.tag(moto, [image.id], [*_tags_of(call, source, moto), *tags_for(params, "image")])
    images.tag(moto, image.snapshot_ids(), tags_for(params, "snapshot"))
    background.image(kms, "CopyImage", image)
    return {"ImageId": image.id}


def _source(call: Call, kms: ServiceKms, moto: Moto) -> tuple[Image, Sources]:
    """The image that is copied, and what is under it; one of Amazon's is as public as they are."""
    params, records = call.params, kms.store.records(Disks)
    image_id, region = params["SourceImageId"], params["SourceRegion"]
    if image_id in records.images:
        source = records.image(image_id, region, call.account)
        if source is None or source.state == "failed":
            raise visible_images.not_found(image_id)
        visible_images.check_available(source)
        return source, {name: records.snapshots[name] for name in source.snapshot_ids()}
    found = moto("DescribeImages", region=region, ImageIds=[image_id])["Images"]
    if not found:
        raise visible_images.not_found(image_id)
    entry = found[0]
    amazons = Image(image_id, entry["OwnerId"], region, entry["BlockDeviceMappings"], entry["RootDeviceName"])
    under = [each["Ebs"] for each in amazons.mappings if "Ebs" in each]
    return amazons, {
        ebs["SnapshotId"]: Snapshot(ebs["SnapshotId"], amazons.account, region, ebs["VolumeSize"], None, public=True)
        for ebs in under
    }


def _tags_of(call: Call, source: Image, moto: Moto) -> list[dict[str, str]]:
    """The tags that a copy keeps if CopyImageTags says so: those of one's own image."""
    if not call.params.get("CopyImageTags") or source.account != call.account:
        return []
    original = moto("DescribeImages", region=source.region, ImageIds=[source.id])["Images"][0]
    found: list[dict[str, str]] = original.get("Tags", [])
    return found


def _check_copy(call: Call, kms: ServiceKms, sources: Sources) -> None:
    for snapshot in sources.values():
        if not kms.store.records(Disks).sees_snapshot(call.account, snapshot):
            raise AwsError("InvalidRequest", "You do not have permission to access the storage of this ami")
        if snapshot.envelope is not None and call.params.get("Encrypted") is False:
            text = (
                f"Snapshot {snapshot.id} is encrypted. "
                "Creating an unencrypted copy from an encrypted snapshot is not supported."
            )
            raise AwsError("InvalidRequest", text)


def _copied_mapping(
    call: Call, kms: ServiceKms, mapping: dict[str, Any], image: Image, sources: Sources
) -> dict[str, Any]:
    source = sources.get(mapping.get("Ebs", {}).get("SnapshotId"))
    if source is None:
        return mapping
    records = kms.store.records(Disks)
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


OPERATIONS: dict[str, Advice] = {"CopyImage": copy_image}
