"""Ready-made set-ups of encrypted disks and images, to start a test from: plain boto3, to be read as documentation.

Accounts are kmsmock's, or anything with ``id`` and ``client(service, region_name)``. What an account does here its root
user does. Each function returns the ids of what it made; take a piece away and see what fails.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from kmsmock.errors import a_text
from kmsmock.iam.arn import Arn, root
from kmsmock.options import checked_account
from kmsmock.wire.regions import partition_by_name

USE_OF_A_SHARED_DISK = ("kms:DescribeKey", "kms:CreateGrant", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*")
"""What others need on a key to launch and copy what is under it ("Share an encrypted Amazon EBS snapshot")."""
ROOT_DEVICE = "/dev/xvda"


class AccountLike(Protocol):
    """An account, as ``aws_world.account("111111111111")`` returns it."""

    @property
    def id(self) -> str:
        """Its twelve digits."""

    def client(self, service: str, region_name: str | None = None) -> Any:
        """A boto3 client of its root user."""


@dataclass(frozen=True, slots=True)
class EncryptedImage:
    """An image over one encrypted snapshot, in one Region of the account that owns both and the key."""

    owner: str
    region: str
    key_arn: str
    snapshot_id: str
    image_id: str


@dataclass(frozen=True, slots=True)
class GoldenImage:
    """What a pipeline made: the image that it began with, the instance that it baked, and the image that it shares."""

    base_image_id: str
    instance_id: str
    image: EncryptedImage


@dataclass(frozen=True, slots=True)
class Backup:
    """A snapshot in the account that owns the volume, and its copies in the backup account, by Region."""

    key_arn: str
    volume_id: str
    snapshot_id: str
    copies: Mapping[str, BackupCopy] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BackupCopy:
    """One copy, and the backup account's key that it is under."""

    key_arn: str
    snapshot_id: str


# --- keys -----------------------------------------------------------------------------------------------------------


def _account(option: str, value: Any) -> Any:
    """An account of a world, or what looks like one. Raises TypeError for anything else."""
    if not hasattr(value, "client") or not hasattr(value, "id"):
        raise TypeError(f"{option}={value!r}: give an account, such as world.account('111111111111')")
    return value


def _ids(accounts: Any) -> list[str]:
    """The ids of accounts. Raises TypeError for what is no list of them, ValueError for what is no id."""
    if isinstance(accounts, (str, bytes)) or not isinstance(accounts, Iterable):
        raise TypeError(f"accounts={accounts!r}: give a list of account ids, such as ['111111111111']")
    return [checked_account(each) for each in accounts]


def key_policy(owner: str, *statements: Mapping[str, Any], partition: str = "aws") -> str:
    """The default statement of a key in account ``owner``, and others."""
    delegation = {
        "Sid": "Enable IAM User Permissions",
        "Effect": "Allow",
        "Principal": {"AWS": root(partition, checked_account(owner))},
        "Action": "kms:*",
        "Resource": "*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [delegation, *statements]})


def for_accounts(accounts: Iterable[str], partition: str = "aws") -> dict[str, Any]:
    """The statement that lets other accounts use disks under a key; their own policies say who there may."""
    return {
        "Sid": "Allow use of shared disks",
        "Effect": "Allow",
        "Principal": {"AWS": [root(partition, account) for account in _ids(accounts)]},
        "Action": list(USE_OF_A_SHARED_DISK),
        "Resource": "*",
    }


def for_organization(organization_id: str) -> dict[str, Any]:
    """The same for every account of an organization."""
    of = a_text("organization_id", organization_id, "o-a1b2c3d4e5")
    return {
        "Sid": "Allow use of shared disks in the organization",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": list(USE_OF_A_SHARED_DISK),
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalOrgID": of}},
    }


def make_key(owner: AccountLike, region: str, *statements: Mapping[str, Any]) -> str:
    """The ARN of a new key of the account, with these statements besides the default one."""
    kms = _account("owner", owner).client("kms", region)
    created: str = kms.create_key(Policy=key_policy(owner.id, *statements, partition=partition_by_name(region)))[
        "KeyMetadata"
    ]["Arn"]
    return created


# --- an encrypted image, and who may have it ------------------------------------------------------------------------


def _region_of_key(key_arn: Any) -> str:
    arn = Arn.find(a_text("key_arn", key_arn, "arn:aws:kms:us-east-1:111111111111:key/..."))
    if arn is None or arn.service != "kms":
        raise ValueError(f"key_arn={key_arn!r}: give the ARN of a key, as make_key() returns it")
    return arn.region


def encrypted_image(owner: AccountLike, key_arn: str, name: str = "encrypted") -> EncryptedImage:
    """An image over a snapshot of a new volume under a key, in the key's Region. Nobody else can use it yet."""
    region = _region_of_key(key_arn)
    ec2 = _account("owner", owner).client("ec2", region)
    volume_id = ec2.create_volume(AvailabilityZone=f"{region}a", Size=8, Encrypted=True, KmsKeyId=key_arn)["VolumeId"]
    ec2.get_waiter("volume_available").wait(VolumeIds=[volume_id])
    snapshot_id = ec2.create_snapshot(VolumeId=volume_id)["SnapshotId"]
    ec2.get_waiter("snapshot_completed").wait(SnapshotIds=[snapshot_id])
    mapping = {"DeviceName": ROOT_DEVICE, "Ebs": {"SnapshotId": snapshot_id}}
    image_id = ec2.register_image(Name=name, RootDeviceName=ROOT_DEVICE, BlockDeviceMappings=[mapping])["ImageId"]
    return EncryptedImage(owner.id, region, key_arn, snapshot_id, image_id)


def share_with_accounts(owner: AccountLike, image: EncryptedImage, accounts: Sequence[str]) -> None:
    """Launch permission on the image, and on its snapshot what copying it needs. The key's policy is another matter."""
    entries = [{"UserId": account} for account in _ids(accounts)]
    ec2 = _account("owner", owner).client("ec2", image.region)
    ec2.modify_image_attribute(ImageId=image.image_id, LaunchPermission={"Add": entries})
    ec2.modify_snapshot_attribute(SnapshotId=image.snapshot_id, CreateVolumePermission={"Add": entries})


def image_shared_with_account(owner: AccountLike, consumer: AccountLike, region: str = "us-east-1") -> EncryptedImage:
    """An image that another account may launch and copy ("Share an AMI with specific AWS accounts")."""
    key_arn = make_key(owner, region, for_accounts([consumer.id], partition_by_name(region)))
    image = encrypted_image(owner, key_arn, "shared")
    share_with_accounts(owner, image, [consumer.id])
    return image


def image_shared_with_organization(
    owner: AccountLike, organization_arn: str, region: str = "us-east-1"
) -> EncryptedImage:
    """An image that every account of an organization may launch ("Share an AMI with organizations").

    They can launch it, but not copy it: snapshots are shared with accounts only.
    """
    organization_id = organization_arn.rpartition("/")[2]
    image = encrypted_image(owner, make_key(owner, region, for_organization(organization_id)), "shared")
    ec2 = owner.client("ec2", region)
    ec2.modify_image_attribute(
        ImageId=image.image_id, LaunchPermission={"Add": [{"OrganizationArn": organization_arn}]}
    )
    return image


# --- copies ---------------------------------------------------------------------------------------------------------


def copy_under_own_key(
    account: AccountLike, image: EncryptedImage, region: str | None = None, *, shared_with: Sequence[str] = ()
) -> EncryptedImage:
    """A copy that belongs to ``account``, under a new key of its own, in the image's Region or another.

    Permissions are not copied: ``shared_with`` are the accounts that get the copy's image, snapshot and key.
    The copy does not need the first key any more.
    """
    region = region or image.region
    key_arn = make_key(
        account, region, *([for_accounts(shared_with, partition_by_name(region))] if shared_with else [])
    )
    ec2 = account.client("ec2", region)
    copied = ec2.copy_image(
        Name=f"copy of {image.image_id}",
        SourceImageId=image.image_id,
        SourceRegion=image.region,
        Encrypted=True,
        KmsKeyId=key_arn,
    )["ImageId"]
    ec2.get_waiter("image_available").wait(ImageIds=[copied])
    mapping = ec2.describe_images(ImageIds=[copied])["Images"][0]["BlockDeviceMappings"][0]
    created = EncryptedImage(account.id, region, key_arn, mapping["Ebs"]["SnapshotId"], copied)
    if shared_with:
        share_with_accounts(account, created, shared_with)
    return created


# --- a golden image -------------------------------------------------------------------------------------------------


def golden_image_pipeline(
    build: AccountLike, consumers: Sequence[AccountLike], base_image_id: str | None = None, region: str = "us-east-1"
) -> GoldenImage:
    """The build account launches a base image with its root under a key, makes an image of that, and shares it.

    Without ``base_image_id`` an unencrypted base image is made. Consumers launch the image, or ``copy_under_own_key``.
    """
    ids = [consumer.id for consumer in consumers]
    key_arn = make_key(build, region, *([for_accounts(ids, partition_by_name(region))] if ids else []))
    ec2 = build.client("ec2", region)
    base = base_image_id or _base_image(ec2, region)
    device = ec2.describe_images(ImageIds=[base])["Images"][0]["RootDeviceName"]
    instance_id = ec2.run_instances(
        ImageId=base,
        MinCount=1,
        MaxCount=1,
        BlockDeviceMappings=[{"DeviceName": device, "Ebs": {"Encrypted": True, "KmsKeyId": key_arn}}],
    )["Instances"][0]["InstanceId"]
    ec2.get_waiter("instance_running").wait(InstanceIds=[instance_id])
    image_id = ec2.create_image(InstanceId=instance_id, Name="golden")["ImageId"]
    ec2.get_waiter("image_available").wait(ImageIds=[image_id])
    ec2.terminate_instances(InstanceIds=[instance_id])
    mapping = ec2.describe_images(ImageIds=[image_id])["Images"][0]["BlockDeviceMappings"][0]
    image = EncryptedImage(build.id, region, key_arn, mapping["Ebs"]["SnapshotId"], image_id)
    if ids:
        share_with_accounts(build, image, ids)
    return GoldenImage(base, instance_id, image)


def _base_image(ec2: Any, region: str) -> str:
    volume_id = ec2.create_volume(AvailabilityZone=f"{region}a", Size=8)["VolumeId"]
    ec2.get_waiter("volume_available").wait(VolumeIds=[volume_id])
    snapshot_id = ec2.create_snapshot(VolumeId=volume_id)["SnapshotId"]
    ec2.get_waiter("snapshot_completed").wait(SnapshotIds=[snapshot_id])
    mapping = {"DeviceName": ROOT_DEVICE, "Ebs": {"SnapshotId": snapshot_id}}
    created: str = ec2.register_image(Name="base", RootDeviceName=ROOT_DEVICE, BlockDeviceMappings=[mapping])["ImageId"]
    return created


# --- a backup account -----------------------------------------------------------------------------------------------


def backup_account(
    production: AccountLike,
    backup: AccountLike,
    region: str = "us-east-1",
    copy_regions: Sequence[str] = ("us-east-1", "eu-west-1"),
) -> Backup:
    """Production shares an encrypted snapshot; the backup account copies it under its own key, in each Region.

    The copies outlive production's snapshot and its key.
    """
    key_arn = make_key(production, region, for_accounts([backup.id], partition_by_name(region)))
    ec2 = production.client("ec2", region)
    volume_id = ec2.create_volume(AvailabilityZone=f"{region}a", Size=8, Encrypted=True, KmsKeyId=key_arn)["VolumeId"]
    ec2.get_waiter("volume_available").wait(VolumeIds=[volume_id])
    snapshot_id = ec2.create_snapshot(VolumeId=volume_id)["SnapshotId"]
    ec2.get_waiter("snapshot_completed").wait(SnapshotIds=[snapshot_id])
    ec2.modify_snapshot_attribute(SnapshotId=snapshot_id, CreateVolumePermission={"Add": [{"UserId": backup.id}]})
    copies = {each: copy_snapshot_under_own_key(backup, snapshot_id, region, each) for each in copy_regions}
    return Backup(key_arn, volume_id, snapshot_id, copies)


def copy_snapshot_under_own_key(account: AccountLike, snapshot_id: str, source_region: str, region: str) -> BackupCopy:
    """A copy of a snapshot that ``account`` can see, under a new key of its own. Raises WaiterError if it fails."""
    key_arn = make_key(account, region)
    ec2 = account.client("ec2", region)
    copied = ec2.copy_snapshot(
        SourceSnapshotId=snapshot_id, SourceRegion=source_region, Encrypted=True, KmsKeyId=key_arn
    )["SnapshotId"]
    ec2.get_waiter("snapshot_completed").wait(SnapshotIds=[copied])
    return BackupCopy(key_arn, copied)
