"""Volumes, snapshots and images between accounts and regions, through boto3."""

import json

import pytest

from tests.support.claims import OTHER, OWNER, policy, refused

pytestmark = pytest.mark.evidence(
    "reported",
    'replays of recordings in stackd (notes on EBS and EC2) and public reports; "Share a snapshot" (EBS user guide)',
)

SHARED = ["kms:DescribeKey", "kms:CreateGrant", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"]


def key_of(account, *statements, region="us-east-1"):
    root = {"Effect": "Allow", "Principal": {"AWS": account.root.arn}, "Action": "kms:*", "Resource": "*"}
    text = json.dumps(policy(root, *statements))
    return account.client("kms", region).create_key(Policy=text)["KeyMetadata"]["Arn"]


def let(account, actions=SHARED):
    return {"Effect": "Allow", "Principal": {"AWS": account.root.arn}, "Action": actions, "Resource": "*"}


def snapshot_of(account, key=None):
    ec2 = account.client("ec2")
    encryption = {"Encrypted": True, "KmsKeyId": key} if key else {}
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=3, **encryption)["VolumeId"]
    return ec2.create_snapshot(VolumeId=volume)["SnapshotId"]


def image_of(account, snapshot):
    mapping = {"DeviceName": "/dev/sda1", "Ebs": {"SnapshotId": snapshot}}
    return account.client("ec2").register_image(
        Name="image", RootDeviceName="/dev/sda1", BlockDeviceMappings=[mapping]
    )["ImageId"]


def shown(client, snapshot):
    return client.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"][0]


@pytest.fixture
def shared(owner, other):
    """A key that the other account may use, and a snapshot under it that is shared."""
    key = key_of(owner, let(other))
    snapshot = snapshot_of(owner, key)
    add = {"Add": [{"UserId": OTHER}]}
    owner.client("ec2").modify_snapshot_attribute(SnapshotId=snapshot, CreateVolumePermission=add)
    return key, snapshot


def test_an_encrypted_volume_says_creating_and_then_shows_its_key(owner, key):
    ec2 = owner.client("ec2")
    made = ec2.create_volume(AvailabilityZone="us-east-1a", Size=3, Encrypted=True, KmsKeyId=key.split("/")[1])
    assert (made["State"], made["KmsKeyId"]) == ("creating", key)
    (volume,) = ec2.describe_volumes(VolumeIds=[made["VolumeId"]])["Volumes"]
    assert (volume["State"], volume["Encrypted"], volume["KmsKeyId"]) == ("available", True, key)


def test_a_volume_without_a_key_is_under_the_aws_managed_key(owner, kms):
    ec2 = owner.client("ec2")
    made = ec2.create_volume(AvailabilityZone="us-east-1a", Size=3, Encrypted=True)
    assert "KmsKeyId" not in made
    managed = kms.describe_key(KeyId="alias/aws/ebs")["KeyMetadata"]["Arn"]
    assert ec2.describe_volumes(VolumeIds=[made["VolumeId"]])["Volumes"][0]["KmsKeyId"] == managed


def test_a_volume_whose_key_refuses_is_accepted_and_then_gone(owner, kms, key):
    kms.disable_key(KeyId=key)
    ec2 = owner.client("ec2")
    made = ec2.create_volume(AvailabilityZone="us-east-1a", Size=3, Encrypted=True, KmsKeyId=key)
    assert made["State"] == "creating"
    with refused("InvalidVolume.NotFound"):
        ec2.describe_volumes(VolumeIds=[made["VolumeId"]])


def test_a_key_without_encrypted_is_refused(owner, key):
    text = "The parameter KmsKeyId requires the parameter Encrypted to be set."
    with refused("InvalidParameterDependency", text):
        owner.client("ec2").create_volume(AvailabilityZone="us-east-1a", Size=3, KmsKeyId=key)


def test_a_snapshot_keeps_the_key_of_its_volume_without_asking_kms(aws_world, owner, key):
    ec2 = owner.client("ec2")
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=3, Encrypted=True, KmsKeyId=key)["VolumeId"]
    decided = len(aws_world.decisions)
    made = ec2.create_snapshot(VolumeId=volume)
    assert (made["State"], made["Encrypted"], made["KmsKeyId"]) == ("pending", True, key)
    assert shown(ec2, made["SnapshotId"])["State"] == "completed"
    assert len(aws_world.decisions) == decided


def test_a_shared_snapshot_is_seen_and_an_unshared_one_is_not(owner, other, shared):
    theirs = other.client("ec2")
    assert shown(theirs, shared[1])["KmsKeyId"] == shared[0]
    assert shown(theirs, shared[1])["OwnerId"] == OWNER
    listed = theirs.describe_snapshots(RestorableByUserIds=["self"], OwnerIds=[OWNER])["Snapshots"]
    assert [entry["SnapshotId"] for entry in listed] == [shared[1]]
    with refused("InvalidSnapshot.NotFound"):
        theirs.describe_snapshots(SnapshotIds=[snapshot_of(owner)])


def test_a_shared_snapshot_is_copied_under_the_consumers_key_into_another_region(aws_world, other, shared):
    mine = key_of(other, region="eu-west-1")
    ec2 = other.client("ec2", "eu-west-1")
    start = len(aws_world.decisions)
    copy = ec2.copy_snapshot(SourceSnapshotId=shared[1], SourceRegion="us-east-1", Encrypted=True, KmsKeyId=mine)
    result = shown(ec2, copy["SnapshotId"])
    assert (result["State"], result["KmsKeyId"], result["OwnerId"]) == ("completed", mine, OTHER)
    assert result["VolumeId"] == "vol-ffffffff"
    root, here, there = other.root.arn, "ec2.us-east-1.amazonaws.com", "ec2.eu-west-1.amazonaws.com"
    assert [(d.caller, d.action, d.resource) for d in aws_world.decisions[start:]] == [
        (root, "kms:DescribeKey", mine),
        (root, "kms:CreateGrant", shared[0]),
        (here, "kms:Decrypt", shared[0]),
        (here, "kms:RetireGrant", shared[0]),
        (root, "kms:GenerateDataKeyWithoutPlaintext", mine),
        (root, "kms:CreateGrant", mine),
        (there, "kms:Decrypt", mine),
        (there, "kms:RetireGrant", mine),
    ]


def test_no_grant_is_left_when_the_copy_is_done(owner, other, shared):
    other.client("ec2").copy_snapshot(SourceSnapshotId=shared[1], SourceRegion="us-east-1")
    assert owner.client("kms").list_grants(KeyId=shared[0])["Grants"] == []


@pytest.mark.parametrize(
    "break_it",
    [
        lambda kms, key: kms.disable_key(KeyId=key),
        lambda kms, key: kms.schedule_key_deletion(KeyId=key),
        lambda kms, key: kms.put_key_policy(
            KeyId=key,
            Policy=json.dumps(
                policy(
                    {
                        "Effect": "Allow",
                        "Principal": {"AWS": f"arn:aws:iam::{OWNER}:root"},
                        "Action": "kms:*",
                        "Resource": "*",
                    }
                )
            ),
        ),
    ],
    ids=["disabled", "pending deletion", "not shared"],
)
def test_a_copy_whose_source_key_refuses_is_accepted_and_ends_in_error(owner, other, shared, break_it):
    break_it(owner.client("kms"), shared[0])
    ec2 = other.client("ec2")
    copy = ec2.copy_snapshot(SourceSnapshotId=shared[1], SourceRegion="us-east-1", Encrypted=True)["SnapshotId"]
    assert (shown(ec2, copy)["State"], shown(ec2, copy)["StateMessage"]) == ("error", "Given key ID is not accessible")


def test_a_copy_of_what_is_not_shared_is_accepted_and_ends_in_error(owner, other):
    ec2 = other.client("ec2")
    copy = ec2.copy_snapshot(SourceSnapshotId=snapshot_of(owner), SourceRegion="us-east-1")["SnapshotId"]
    assert shown(ec2, copy)["StateMessage"] == "Source snapshot is not found"


def test_the_destination_key_of_a_copy_is_looked_at_at_once(owner, other, kms, key, shared):
    ec2 = other.client("ec2")
    ask = {"SourceSnapshotId": shared[1], "SourceRegion": "us-east-1", "Encrypted": True}
    with refused("AuthFailure", f"Not authorized to use key {key} ", 403):
        ec2.copy_snapshot(KmsKeyId=key, **ask)
    with refused("InvalidParameterValue", "The specified keyId alias/none is invalid"):
        ec2.copy_snapshot(KmsKeyId="alias/none", **ask)
    mine = key_of(other)
    other.client("kms").disable_key(KeyId=mine)
    with refused("InvalidParameterValue", f"The specified keyId {mine} is disabled"):
        ec2.copy_snapshot(KmsKeyId=mine, **ask)


def test_the_key_in_one_region_is_not_the_key_in_another(other, shared):
    ec2 = other.client("ec2", "eu-west-1")
    near = key_of(other)
    with refused("InvalidParameterValue", f"The specified keyId {near} is invalid"):
        ec2.copy_snapshot(SourceSnapshotId=shared[1], SourceRegion="us-east-1", Encrypted=True, KmsKeyId=near)


def test_what_is_encrypted_cannot_be_public_nor_shared_under_the_managed_key(owner, key):
    ec2 = owner.client("ec2")
    managed = ec2.create_snapshot(
        VolumeId=ec2.create_volume(AvailabilityZone="us-east-1a", Size=3, Encrypted=True)["VolumeId"]
    )["SnapshotId"]
    with refused("OperationNotPermitted", "Encrypted snapshots with EBS default key cannot be shared"):
        ec2.modify_snapshot_attribute(SnapshotId=managed, CreateVolumePermission={"Add": [{"UserId": OTHER}]})
    with refused("OperationNotPermitted", "Encrypted snapshots cannot be shared publicly."):
        ec2.modify_snapshot_attribute(SnapshotId=snapshot_of(owner, key), OperationType="add", GroupNames=["all"])
    with refused(
        "InvalidParameter",
        "Snapshots encrypted with the AWS Managed CMK can’t be shared. Specify another snapshot.",
    ):
        ec2.modify_image_attribute(ImageId=image_of(owner, managed), LaunchPermission={"Add": [{"UserId": OTHER}]})
    image = image_of(owner, snapshot_of(owner, key))
    with refused("UnsupportedOperation", "Encrypted snapshots can’t be shared publicly. Specify another snapshot."):
        ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"Group": "all"}]})
    assert ec2.describe_image_attribute(ImageId=image, Attribute="launchPermission")["LaunchPermissions"] == []


def test_an_unencrypted_image_can_be_public(owner, other):
    image = image_of(owner, snapshot_of(owner))
    owner.client("ec2").modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"Group": "all"}]})
    (seen,) = other.client("ec2").describe_images(ImageIds=[image])["Images"]
    assert (seen["Public"], seen["OwnerId"]) == (True, OWNER)


def test_copying_an_image_needs_permission_on_its_storage(owner, other, shared):
    image = image_of(owner, snapshot_of(owner, shared[0]))
    ec2 = owner.client("ec2")
    theirs = other.client("ec2")
    assert theirs.describe_images(ImageIds=[image], Owners=["self"])["Images"] == []
    ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"UserId": OTHER}]})
    with refused("InvalidRequest", "You do not have permission to access the storage of this ami"):
        theirs.copy_image(Name="copy", SourceImageId=image, SourceRegion="us-east-1")
    with refused("AuthFailure", f"Not authorized for image:{image}"):
        theirs.describe_image_attribute(ImageId=image, Attribute="launchPermission")


def test_an_image_copy_whose_key_refuses_is_accepted_and_ends_failed(owner, other, shared):
    key, snapshot = shared
    image = image_of(owner, snapshot)
    owner.client("ec2").modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"UserId": OTHER}]})
    owner.client("kms").disable_key(KeyId=key)
    ec2 = other.client("ec2")
    copy = ec2.copy_image(Name="copy", SourceImageId=image, SourceRegion="us-east-1", Encrypted=True)["ImageId"]
    (seen,) = ec2.describe_images(ImageIds=[copy])["Images"]
    assert (seen["State"], seen["StateReason"]["Message"]) == ("failed", "Copy image failed with an internal error")


def launched(ec2, image):
    instance = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]
    assert instance["State"]["Name"] == "pending"
    return ec2.describe_instances(InstanceIds=[instance["InstanceId"]])["Reservations"][0]["Instances"][0]


def test_a_launch_grants_the_infrastructure_the_volumes_key(owner, key):
    instance = launched(owner.client("ec2"), image_of(owner, snapshot_of(owner, key)))
    assert instance["State"]["Name"] == "running"
    volume = instance["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
    (grant,) = owner.client("kms").list_grants(KeyId=key)["Grants"]
    assert grant["GranteePrincipal"] == (
        f"arn:aws:sts::{OWNER}:assumed-role/aws:ec2-infrastructure/{instance['InstanceId']}"
    )
    assert grant["Operations"] == ["Decrypt"]
    assert grant["Constraints"] == {"EncryptionContextSubset": {"aws:ebs:id": volume}}
    assert owner.client("ec2").describe_volumes(VolumeIds=[volume])["Volumes"][0]["KmsKeyId"] == key


def test_a_launch_whose_key_is_disabled_is_pending_and_then_terminated(owner, kms, key):
    image = image_of(owner, snapshot_of(owner, key))
    kms.disable_key(KeyId=key)
    instance = launched(owner.client("ec2"), image)
    assert instance["State"]["Name"] == "terminated"
    assert instance["StateReason"] == {
        "Code": "Client.InvalidKMSKey.InvalidState",
        "Message": "Client.InvalidKMSKey.InvalidState: The KMS key provided is in an incorrect state",
    }


def test_a_launch_from_a_shared_image_re_encrypts_under_the_launchers_default_key(owner, other, shared):
    image = image_of(owner, shared[1])
    owner.client("ec2").modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"UserId": OTHER}]})
    ec2 = other.client("ec2")
    instance = launched(ec2, image)
    assert instance["State"]["Name"] == "running"
    volume = instance["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
    managed = other.client("kms").describe_key(KeyId="alias/aws/ebs")["KeyMetadata"]["Arn"]
    assert ec2.describe_volumes(VolumeIds=[volume])["Volumes"][0]["KmsKeyId"] == managed


def test_an_image_that_is_not_shared_cannot_be_launched(owner, other):
    image = image_of(owner, snapshot_of(owner))
    with refused("AuthFailure", f"Not authorized for images: [{image}]"):
        launched(other.client("ec2"), image)


def test_a_dry_run_changes_nothing(owner, key):
    snapshot = snapshot_of(owner, key)
    ec2 = owner.client("ec2")
    with refused("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412):
        ec2.modify_snapshot_attribute(
            SnapshotId=snapshot, CreateVolumePermission={"Add": [{"UserId": OTHER}]}, DryRun=True
        )
    shares = ec2.describe_snapshot_attribute(SnapshotId=snapshot, Attribute="createVolumePermission")
    assert shares["CreateVolumePermissions"] == []


def test_a_suite_without_encryption_sees_plain_moto(aws_world, monkeypatch):
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "true")
    import boto3

    ec2 = boto3.resource("ec2", region_name="us-east-1")
    image = next(iter(ec2.images.filter(Owners=["amazon"]).limit(1)))
    (instance,) = ec2.create_instances(ImageId=image.id, MinCount=1, MaxCount=1)
    instance.wait_until_running()
    assert [volume.encrypted for volume in instance.volumes.all()] == [False]
