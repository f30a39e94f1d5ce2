"""Volumes, snapshots and images for tests about what is shared with whom."""

import json

from tests.support.claims import policy

ZONE = "us-east-1a"


def key_open_to(account, *others, region="us-east-1"):
    """The ARN of a key of the account that the others' accounts may use as well."""
    principals = [each.root.arn for each in (account, *others)]
    statement = {"Effect": "Allow", "Principal": {"AWS": principals}, "Action": "kms:*", "Resource": "*"}
    made = account.client("kms", region).create_key(Policy=json.dumps(policy(statement)))
    return made["KeyMetadata"]["Arn"]


def volume(account, key=None, region="us-east-1", **more):
    """The id of a new volume, under a key if one is given."""
    encryption = {"Encrypted": True, "KmsKeyId": key} if key else {}
    asked = {"AvailabilityZone": f"{region}a", "Size": 3, **encryption, **more}
    return account.client("ec2", region).create_volume(**asked)["VolumeId"]


def snapshot(account, key=None, region="us-east-1"):
    """The id of a new snapshot, under a key if one is given."""
    return account.client("ec2", region).create_snapshot(VolumeId=volume(account, key, region))["SnapshotId"]


def image(account, name="image", key=None, region="us-east-1", **more):
    """The id of a new image over one snapshot."""
    mapping = {"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": snapshot(account, key, region)}}
    return account.client("ec2", region).register_image(
        **{"Name": name, "RootDeviceName": "/dev/xvda", "BlockDeviceMappings": [mapping], **more}
    )["ImageId"]


def share_image(account, image_id, region="us-east-1", **entry):
    """Let somebody launch an image: UserId=…, Group="all"."""
    account.client("ec2", region).modify_image_attribute(ImageId=image_id, LaunchPermission={"Add": [entry]})


def share_snapshot(account, snapshot_id, region="us-east-1", **entry):
    """Let somebody make volumes of a snapshot: UserId=…, Group="all"."""
    account.client("ec2", region).modify_snapshot_attribute(
        SnapshotId=snapshot_id, CreateVolumePermission={"Add": [entry]}
    )


def images_of(answer):
    """The ids that DescribeImages tells."""
    return {each["ImageId"] for each in answer["Images"]}


def snapshots_of(answer):
    """The ids that DescribeSnapshots tells."""
    return {each["SnapshotId"] for each in answer["Snapshots"]}


def disks_of(account, instance_id):
    """What DescribeVolumes tells of an instance's volumes, by device."""
    attached = [{"Name": "attachment.instance-id", "Values": [instance_id]}]
    found = account.client("ec2").describe_volumes(Filters=attached)["Volumes"]
    return {each["Attachments"][0]["Device"]: each for each in found}
