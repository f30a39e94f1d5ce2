"""Snapshots and images: how copies fail and what they are, and that an image carries the keys of its snapshots."""

import pytest

from tests.support.claims import OTHER, OWNER, allow, refused
from tests.support.ec2 import (
    GHOST,
    INACCESSIBLE,
    NOT_FOUND,
    WEST,
    cmk,
    copy,
    create_volume,
    key_of,
    make_snapshot,
    managed,
    person,
    receivers,
    share_snapshot,
    snapshot,
    spoil,
    under,
    volume,
)

pytestmark = pytest.mark.evidence("reported", "replays of recordings in stackd (notes on EBS): copies that fail later")

TAGS = [{"Key": "team", "Value": "a"}]


def tagged(kind):
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": TAGS}]}


@pytest.fixture
def source(ec2, kms_key):
    """The id of a snapshot under the key."""
    return make_snapshot(ec2, kms_key)


def copied(ec2, source, **options):
    return snapshot(ec2, copy(ec2, source, **options))


# --- CopySnapshot: the key of the copy --------------------------------------------------------------------------------------


@pytest.mark.parametrize("default", ["aws/ebs", "customer"])
@pytest.mark.parametrize("by_default", [False, True])
@pytest.mark.parametrize("region", ["same", "another"])
def test_the_key_of_a_copy(owner, ec2, west, source, default, by_default, region):
    plain, target = make_snapshot(ec2), ec2 if region == "same" else west
    there = target.meta.region_name
    asked = cmk(owner, region=there)
    if default == "customer":
        key = cmk(owner, region=there)
        target.modify_ebs_default_kms_key_id(KmsKeyId=key)
    else:
        key = managed(owner, there)
    if by_default:
        target.enable_ebs_encryption_by_default()
    for origin, options, expected in [
        (plain, {}, key if by_default else None),
        (plain, {"Encrypted": True}, key),
        (plain, under(asked), asked),
        (source, {}, key),
        (source, {"Encrypted": True}, key),
        (source, {"Encrypted": False}, key),
        (source, under(asked), asked),
        (source, {"KmsKeyId": asked}, asked),
        (plain, {"KmsKeyId": asked}, asked),
    ]:
        found = copied(target, origin, **options)
        assert (found["State"], key_of(found)) == ("completed", expected), (origin, options)


@pytest.mark.parametrize("state", ["disabled", "pending", "deleted"])
def test_a_copy_by_default_fails_with_the_default_key(aws_world, owner, ec2, state):
    plain, key = make_snapshot(ec2), cmk(owner)
    ec2.modify_ebs_default_kms_key_id(KmsKeyId=key)
    spoil(aws_world, owner, key, state)
    try:
        outcome = copied(ec2, plain, Encrypted=True)["State"]
    except ec2.exceptions.ClientError:
        outcome = "refused"  # whether the default key is looked at before the answer is open
    assert outcome in {"refused", "error"}
    ec2.reset_ebs_default_kms_key_id()
    assert key_of(copied(ec2, plain, Encrypted=True)) == managed(owner)


# --- CopySnapshot: what is refused, and what fails later ----------------------------------------------------------------------

INVALID, DISABLED = "The specified keyId {} is invalid", "The specified keyId {} is disabled"


@pytest.mark.parametrize("encrypted", [True, False])
@pytest.mark.parametrize(
    ("trouble", "message"),
    [
        ("unknown", INVALID),
        ("other Region", INVALID),
        ("asymmetric", INVALID),
        ("pending", INVALID),
        ("deleted", INVALID),
        ("disabled", DISABLED),
    ],
)
def test_a_target_key_that_cannot_be_used_is_refused_at_once(
    aws_world, owner, ec2, source, encrypted, trouble, message
):
    key = {
        "unknown": lambda: f"arn:aws:kms:us-east-1:{OWNER}:key/{GHOST}",
        "other Region": lambda: cmk(owner, region=WEST),
        "asymmetric": lambda: cmk(owner, KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT"),
    }.get(trouble, lambda: cmk(owner))()
    spoil(aws_world, owner, key, trouble)
    origin = source if encrypted else make_snapshot(ec2)
    before = ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]
    with refused("InvalidParameterValue", message.format(key)):
        copy(ec2, origin, **under(key))
    assert ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"] == before


def test_a_target_key_that_the_caller_may_not_describe_is_refused_at_once(owner, ec2, source):
    key = cmk(owner)
    caller = person(owner, "kms:CreateGrant", "kms:GenerateDataKey*", "kms:Decrypt", "kms:ReEncrypt*").client("ec2")
    with refused("AuthFailure", f"Not authorized to use key {key} ", 403):
        copy(caller, source, **under(key))


@pytest.mark.parametrize("state", ["disabled", "pending", "deleted"])
@pytest.mark.parametrize("asked", [False, True])
def test_a_copy_fails_when_the_key_of_its_source_cannot_be_used(aws_world, owner, ec2, kms_key, source, state, asked):
    target = cmk(owner)
    spoil(aws_world, owner, kms_key, state)
    found = copied(ec2, source, **(under(target) if asked else {}))
    assert (found["State"], found["StateMessage"]) == ("error", INACCESSIBLE)


@pytest.mark.parametrize("region", ["same", "another"])
@pytest.mark.parametrize("kind", ["unknown", "hidden", "of the other Region"])
def test_a_copy_fails_when_its_source_cannot_be_seen(other, ec2, west, region, kind):
    target = ec2 if region == "same" else west
    source = {
        "unknown": lambda: "snap-0123456789abcdef0",
        "hidden": lambda: make_snapshot(other.client("ec2")),
        "of the other Region": lambda: make_snapshot(west),
    }[kind]()
    found = copied(target, source)
    assert (found["State"], found["StateMessage"]) == ("error", NOT_FOUND)
    assert found["OwnerId"] == OWNER


def test_a_copy_that_works_has_no_message(ec2, source):
    assert "StateMessage" not in copied(ec2, source)


def test_an_id_that_is_none_is_refused(ec2):
    with refused("InvalidParameterValue", "The specified snapshotId is invalid"):
        copy(ec2, "snapshot-1")


def test_the_destination_is_where_the_call_goes(ec2, west, source):
    elsewhere = {"SourceSnapshotId": source, "SourceRegion": "us-east-1", "DestinationRegion": "us-west-2"}
    presigned = ec2.generate_presigned_url("copy_snapshot", Params=elsewhere)  # botocore keeps to one that is given
    with refused("InvalidParameterValue", f"DestinationRegion 'us-west-2' does not match the current region ({WEST})"):
        west.copy_snapshot(**elsewhere, PresignedUrl=presigned)


def test_a_failed_copy_is_good_for_nothing_and_can_be_deleted(ec2):
    made = copy(ec2, "snap-0123456789abcdef0")
    assert snapshot(ec2, made)["State"] == "error"
    with pytest.raises(ec2.exceptions.ClientError):
        create_volume(ec2, SnapshotId=made)
    ec2.delete_snapshot(SnapshotId=made)
    with refused("InvalidSnapshot.NotFound"):
        snapshot(ec2, made)


# --- CopySnapshot: what a copy is ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("region", ["same", "another"])
def test_a_copy_inherits_nothing_but_its_size(ec2, west, kms_key, region):
    target = ec2 if region == "same" else west
    source = make_snapshot(ec2, kms_key, Description="nightly", **tagged("snapshot"))
    share_snapshot(ec2, source, OTHER)
    found = copied(target, source)
    assert found["SnapshotId"] != source
    assert (found["OwnerId"], found["VolumeId"], found["VolumeSize"]) == (OWNER, "vol-ffffffff", 1)
    assert (found.get("Tags", []), receivers(target, found["SnapshotId"])) == ([], [])
    assert found["Description"] != "nightly"
    named = copied(target, source, Description="mine", **tagged("snapshot"))
    assert (named["Description"], named["Tags"]) == ("mine", TAGS)


def test_a_copy_outlives_its_source_and_the_source_its_key(aws_world, owner, ec2, kms_key, source):
    made, target = copy(ec2, source), cmk(owner)
    rekeyed = copy(ec2, source, **under(target))
    for each in (made, rekeyed):
        assert snapshot(ec2, each)["State"] == "completed"
    ec2.delete_snapshot(SnapshotId=source)
    spoil(aws_world, owner, kms_key, "deleted")
    for each in (made, rekeyed):
        assert volume(ec2, create_volume(ec2, SnapshotId=each))["State"] == "available"


def test_a_copy_of_a_shared_snapshot_outlives_the_share(owner, other, ec2, kms_key):
    key = cmk(other, owner)
    theirs = other.client("ec2")
    source = make_snapshot(theirs, key)
    share_snapshot(theirs, source, OWNER)
    made = copied(ec2, source, **under(kms_key))
    share_snapshot(theirs, source, OWNER, "Remove")
    theirs.delete_snapshot(SnapshotId=source)
    assert key_of(made) == kms_key
    assert key_of(volume(ec2, create_volume(ec2, SnapshotId=made["SnapshotId"]))) == kms_key


def test_a_shared_snapshot_is_copied_into_another_region_in_one_call(owner, other, west):
    theirs, target = other.client("ec2"), cmk(owner, region=WEST)
    source = make_snapshot(theirs, cmk(other, owner))
    share_snapshot(theirs, source, OWNER)
    found = copied(west, source, **under(target))
    assert (found["State"], found["OwnerId"], key_of(found)) == ("completed", OWNER, target)


# --- IAM of copies ----------------------------------------------------------------------------------------------------------


def arn(snapshot_id, region="us-east-1"):
    return f"arn:aws:ec2:{region}::snapshot/{snapshot_id}"


@pytest.mark.parametrize(
    ("allowed", "denied", "may"),
    [("*", None, True), ("source", None, False), ("*", "source", False), ("target", "source", False)],
)
def test_a_copy_is_a_matter_of_its_source_and_its_target(owner, ec2, allowed, denied, may):
    source = make_snapshot(ec2)
    places = {"source": arn(source), "target": arn("*"), "*": "*"}
    policies = [allow("ec2:CopySnapshot", places[allowed]), allow("ec2:Describe*")]
    if denied:
        refusal = {"Effect": "Deny", "Action": "ec2:CopySnapshot", "Resource": places[denied]}
        policies.append({"Version": "2012-10-17", "Statement": [refusal]})
    caller = owner.user("copier", policies).client("ec2")
    if may:
        assert copied(caller, source)["State"] == "completed"
    else:
        with refused("UnauthorizedOperation", status=403):
            copy(caller, source)


@pytest.mark.parametrize("may", [True, False])
def test_tags_of_a_copy_need_a_permission_of_their_own(owner, ec2, may):
    source = make_snapshot(ec2)
    actions = ["ec2:CopySnapshot", "ec2:Describe*", *(["ec2:CreateTags"] if may else [])]
    caller = owner.user("copier", [allow(actions)]).client("ec2")
    assert copied(caller, source)["State"] == "completed"
    if may:
        assert copied(caller, source, **tagged("snapshot"))["Tags"] == TAGS
    else:
        with refused("UnauthorizedOperation", status=403):
            copy(caller, source, **tagged("snapshot"))
