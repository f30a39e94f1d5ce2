"""Public reports on volumes and snapshots under keys: what vanishes, what may be shared, what restoring needs."""

import pytest

from tests.support.claims import OTHER, allow, refused
from tests.support.policies import everything_but_kms, root, use
from tests.support.reports import (
    NO_KEY,
    WEST,
    gone,
    image_of,
    make_key,
    managed,
    snapshot,
    snapshot_of,
    volume,
    volume_of,
)

pytestmark = pytest.mark.evidence("reported", "public reports, named at each test")

SHARING = "Encrypted snapshots with EBS default key cannot be shared"
ON_A_KEY = ["kms:DescribeKey", "kms:CreateGrant", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"]


@pytest.fixture
def ec2(owner):
    return owner.client("ec2")


def share(ec2, snapshot_id, account=OTHER):
    ec2.modify_snapshot_attribute(
        SnapshotId=snapshot_id, Attribute="createVolumePermission", OperationType="add", UserIds=[account]
    )


@pytest.mark.parametrize("which", ["unknown", "of another Region", "not allowed"])
def test_a_volume_under_a_key_that_cannot_be_used_is_answered_for_and_vanishes(owner, ec2, which):
    # aws/aws-cli issue 2604, kubernetes-sigs/aws-ebs-csi-driver issues 16, 1140 and 2441
    keys = {"unknown": NO_KEY, "of another Region": make_key(owner, region=WEST), "not allowed": make_key(owner)}
    client = owner.user("csi", [everything_but_kms()]).client("ec2") if which == "not allowed" else ec2
    answer = client.create_volume(AvailabilityZone="us-east-1a", Size=80, Encrypted=True, KmsKeyId=keys[which])
    assert (answer["State"], answer["Encrypted"]) == ("creating", True)
    assert gone(ec2, answer["VolumeId"])
    assert ec2.describe_volumes()["Volumes"] == []


def test_the_same_request_made_again_is_told_that_its_volume_was_deleted(owner):
    # kubernetes-sigs/aws-ebs-csi-driver issue 3010: IdempotentParameterMismatch hides the missing permission
    key = make_key(owner)
    client = owner.user("csi", [everything_but_kms()]).client("ec2")
    made = volume_of(client, key, ClientToken="pvc-1")
    assert gone(client, made)
    with refused(
        "IdempotentParameterMismatch",
        f"The client token 'pvc-1' is associated with resource '{made}' which has already been deleted. "
        "Please use a different client token.",
    ):
        volume_of(client, key, ClientToken="pvc-1")


@pytest.mark.parametrize("permitted", [True, False])
def test_restoring_an_encrypted_snapshot_needs_reencrypt_and_fails_silently_without(owner, ec2, permitted):
    # velero-io/velero-plugin-for-aws issues 15 and 25, velero-io/velero issue 7513, aws-ebs-csi-driver issue 2685
    key = make_key(owner)
    source = snapshot_of(ec2, key)
    rights = ["kms:ReEncryptFrom", "kms:ReEncryptTo"] if permitted else []
    velero = owner.user("velero", [everything_but_kms(*rights, resource=key)]).client("ec2")
    made = velero.create_volume(AvailabilityZone="us-east-1a", SnapshotId=source)["VolumeId"]
    if permitted:
        assert (volume(velero, made)["State"], volume(velero, made)["KmsKeyId"]) == ("available", key)
    else:
        assert gone(velero, made)


def test_a_snapshot_of_an_old_cluster_is_restored_under_the_key_of_a_new_one(owner, ec2):
    # velero-io/velero-plugin-for-aws issue 24, velero-io/velero issues 2203 and 9127
    old, new = make_key(owner), make_key(owner)
    source = snapshot_of(ec2, old)
    kept = ec2.create_volume(AvailabilityZone="us-east-1a", SnapshotId=source)["VolumeId"]
    moved = ec2.create_volume(AvailabilityZone="us-east-1a", SnapshotId=source, Encrypted=True, KmsKeyId=new)
    assert volume(ec2, kept)["KmsKeyId"] == old
    assert volume(ec2, moved["VolumeId"])["KmsKeyId"] == new
    assert snapshot(ec2, source)["KmsKeyId"] == old


def test_a_snapshot_under_the_default_key_cannot_be_shared(owner, ec2):
    # hashicorp/packer issues 7499 and 8271: snapshot_users with a key that was lost on the way
    source = snapshot_of(ec2, None)
    assert snapshot(ec2, source)["KmsKeyId"] == managed(owner, "ebs")
    with refused("OperationNotPermitted", SHARING):
        share(ec2, source)
    told = ec2.describe_snapshot_attribute(SnapshotId=source, Attribute="createVolumePermission")
    assert told["CreateVolumePermissions"] == []


def test_the_daily_snapshot_is_copied_under_another_key_to_be_shared(owner, other, ec2):
    # 2i2c-org/infrastructure pull request 9028: a snapshot has the key of its volume; a copy may have another
    key = make_key(owner, use(root(OTHER), ON_A_KEY))
    daily = snapshot_of(ec2, None)
    copy = ec2.copy_snapshot(SourceSnapshotId=daily, SourceRegion="us-east-1", Encrypted=True, KmsKeyId=key)
    assert snapshot(ec2, copy["SnapshotId"])["KmsKeyId"] == key
    share(ec2, copy["SnapshotId"])
    theirs = other.client("ec2")
    seen = [each["SnapshotId"] for each in theirs.describe_snapshots(RestorableByUserIds=["self"])["Snapshots"]]
    assert seen == [copy["SnapshotId"]]
    made = theirs.create_volume(AvailabilityZone="us-east-1a", SnapshotId=copy["SnapshotId"])["VolumeId"]
    assert volume(theirs, made)["KmsKeyId"] == managed(other, "ebs")


def test_an_encrypted_snapshot_is_for_nobody_in_general(owner, ec2):
    # aws-samples/aws-iam-permissions-guardrails issue 23, ScaleSec/terraform_aws_scp issue 60
    source = snapshot_of(ec2, make_key(owner))
    with refused("OperationNotPermitted", "Encrypted snapshots cannot be shared publicly."):
        ec2.modify_snapshot_attribute(
            SnapshotId=source, Attribute="createVolumePermission", OperationType="add", GroupNames=["all"]
        )


def test_a_copy_of_a_shared_snapshot_whose_key_is_not_shared_ends_in_an_error(owner, other, ec2):
    # aws-samples/aws-backup-automation issue 2: the member's key was not shared with the account of the backups
    source = snapshot_of(ec2, make_key(owner))
    share(ec2, source)
    backup = other.user("backup", [allow(["ec2:*", "kms:*"])]).client("ec2")
    made = backup.copy_snapshot(SourceSnapshotId=source, SourceRegion="us-east-1")["SnapshotId"]
    found = snapshot(backup, made)
    assert (found["State"], found["StateMessage"]) == ("error", "Given key ID is not accessible")


def test_the_copy_works_once_the_key_admits_the_account_of_the_backups(owner, other, ec2):
    # aws-samples/aws-backup-automation issue 2, the remedy; the copy is under the receiver's own key
    source = snapshot_of(ec2, make_key(owner, use(root(OTHER), ON_A_KEY)))
    share(ec2, source)
    backup = other.user("backup", [allow(["ec2:*", "kms:*"])]).client("ec2")
    made = backup.copy_snapshot(SourceSnapshotId=source, SourceRegion="us-east-1")["SnapshotId"]
    found = snapshot(backup, made)
    assert (found["State"], found["KmsKeyId"]) == ("completed", managed(other, "ebs"))


def test_a_volume_whose_key_may_not_be_granted_cannot_be_attached(owner, ec2):
    # kubernetes-retired/kube-aws issue 393, awsdocs/aws-kms-developer-guide pull request 2: attaching takes CreateGrant
    key = make_key(owner)
    made = volume_of(ec2, key)
    instance = ec2.run_instances(ImageId=image_of(ec2, snapshot_of(ec2)), MinCount=1, MaxCount=1)["Instances"][0]
    ask = {"VolumeId": made, "InstanceId": instance["InstanceId"], "Device": "/dev/xvdf"}
    lacks = owner.user("lacks", [everything_but_kms("kms:Decrypt", "kms:GenerateDataKeyWithoutPlaintext")])
    text = f"Volume {made} cannot be attached. The encrypted volume was unable to access the KMS master key."
    with refused("CustomerKeyHasBeenRevoked", text):
        lacks.client("ec2").attach_volume(**ask)
    assert volume(ec2, made)["State"] == "available"
    enough = owner.user("enough", [everything_but_kms("kms:CreateGrant", resource=key)])
    enough.client("ec2").attach_volume(**ask)
    assert volume(ec2, made)["State"] == "in-use"


def test_the_snapshot_of_an_image_cannot_be_deleted_before_the_image(owner, ec2):
    # getmoto/moto issue 1928, gruntwork-io/cloud-nuke issue 727, cloud-custodian issue 9444 (also of a disabled image)
    inner = snapshot_of(ec2, make_key(owner))
    made = image_of(ec2, inner)
    with refused("InvalidSnapshot.InUse", f"The snapshot {inner} is currently in use by {made}"):
        ec2.delete_snapshot(SnapshotId=inner)
    ec2.deregister_image(ImageId=made)
    ec2.delete_snapshot(SnapshotId=inner)
    assert ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"] == []
