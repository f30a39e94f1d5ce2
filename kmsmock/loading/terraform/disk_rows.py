"""The types of Terraform's AWS provider that are disks, snapshots and images, and whom these are shared with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kmsmock.loading.terraform.elements import Element
from kmsmock.loading.terraform.row import Plan, Row, simple, thing
from kmsmock.loading.things import Thing

_ENCRYPTED = {"Encrypted": "encrypted", "KmsKeyId": "kms_key_id"}
_SHARED = {
    "ImageId": "image_id",
    "UserId": "account_id",
    "Group": "group",
    "OrganizationArn": "organization_arn",
    "OrganizationalUnitArn": "organizational_unit_arn",
}


def _image(plan: Plan, element: Element) -> Iterator[Thing]:
    """Of the disks of an image the first that has a snapshot is made."""
    blocks = element.values.get("ebs_block_device") or []
    snapshot = next((each["snapshot_id"] for each in blocks if each.get("snapshot_id")), None)
    if snapshot is None:
        snapshot = plan.referred_in(element, "snapshot_id", "ebs_block_device")
    given = {
        aws: plan.value(element, own) for aws, own in {"Name": "name", "RootDeviceName": "root_device_name"}.items()
    }
    yield thing(plan, element, "image", {**given, "SnapshotId": snapshot, "Disks": len(blocks)})


ROWS: Mapping[str, Row] = {
    "aws_ebs_volume": simple("volume", {**_ENCRYPTED, "Size": "size", "AvailabilityZone": "availability_zone"}),
    "aws_ebs_snapshot": simple("snapshot", {**_ENCRYPTED, "VolumeId": "volume_id"}),
    "aws_ebs_snapshot_copy": simple(
        "snapshot copy", {**_ENCRYPTED, "SourceSnapshotId": "source_snapshot_id", "SourceRegion": "source_region"}
    ),
    "aws_ami": Row(_image, frozenset({"name", "root_device_name", "ebs_block_device"})),
    "aws_ami_copy": simple(
        "image copy",
        {**_ENCRYPTED, "Name": "name", "SourceImageId": "source_ami_id", "SourceRegion": "source_ami_region"},
    ),
    "aws_ami_launch_permission": simple("image permission", _SHARED),
    "aws_snapshot_create_volume_permission": simple(
        "snapshot permission", {"SnapshotId": "snapshot_id", "UserId": "account_id"}
    ),
}
