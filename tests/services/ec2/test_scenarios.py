"""The ready-made set-ups, used as a test would use them, and what fails when a piece is taken away."""

import pytest
from botocore.exceptions import WaiterError

from kmsmock import scenarios
from tests.support.claims import OTHER, OWNER, allow, refused
from tests.support.ec2 import EAST, WEST, instance, key_of, launch, root_key, snapshot
from tests.support.organization import Organization

THIRD = "333333333333"


@pytest.fixture
def third(aws_world):
    return aws_world.account(THIRD)


def runs(account, image_id, region=EAST):
    """Whether an instance of the image comes up."""
    ec2 = account.client("ec2", region)
    return instance(ec2, launch(ec2, image_id))["State"]["Name"] == "running"


def close_key(owner, key_arn):
    """The key's policy names its own account only."""
    kms = owner.client("kms", key_arn.split(":")[3])
    kms.put_key_policy(KeyId=key_arn, PolicyName="default", Policy=scenarios.key_policy(owner.id))


def gone(world, owner, key_arn):
    """The key is scheduled for deletion, and its time comes."""
    owner.client("kms", key_arn.split(":")[3]).schedule_key_deletion(KeyId=key_arn, PendingWindowInDays=7)
    world.clock.advance(days=8)


def unshare_image(owner, image, account):
    ec2 = owner.client("ec2", image.region)
    ec2.modify_image_attribute(ImageId=image.image_id, LaunchPermission={"Remove": [{"UserId": account}]})


def unshare_snapshot(owner, image, account):
    ec2 = owner.client("ec2", image.region)
    ec2.modify_snapshot_attribute(
        SnapshotId=image.snapshot_id, CreateVolumePermission={"Remove": [{"UserId": account}]}
    )


# --- shared with an account -------------------------------------------------------------------------------------------


def test_an_image_shared_with_an_account_is_launched_and_copied_there(owner, other, third):
    image = scenarios.image_shared_with_account(owner, other)
    assert runs(other, image.image_id)
    copy = scenarios.copy_under_own_key(other, image)
    assert key_of(snapshot(other.client("ec2"), copy.snapshot_id)) == copy.key_arn
    assert copy.key_arn.split(":")[4] == OTHER
    with refused("AuthFailure", f"Not authorized for images: [{image.image_id}]"):
        launch(third.client("ec2"), image.image_id)


def test_without_the_key_policy_a_shared_image_is_of_no_use(aws_world, owner, other):
    image = scenarios.image_shared_with_account(owner, other)
    close_key(owner, image.key_arn)
    assert not runs(other, image.image_id)
    assert aws_world.decisions[-1].resource == image.key_arn
    with pytest.raises(WaiterError):
        scenarios.copy_under_own_key(other, image)


def test_without_the_launch_permission_there_is_no_image(owner, other):
    image = scenarios.image_shared_with_account(owner, other)
    unshare_image(owner, image, OTHER)
    with refused("AuthFailure", f"Not authorized for images: [{image.image_id}]"):
        launch(other.client("ec2"), image.image_id)


def test_without_the_snapshot_permission_an_image_is_launched_but_not_copied(owner, other):
    image = scenarios.image_shared_with_account(owner, other)
    unshare_snapshot(owner, image, OTHER)
    assert runs(other, image.image_id)
    with refused("InvalidRequest", "You do not have permission to access the storage of this ami"):
        scenarios.copy_under_own_key(other, image)


def test_a_copy_outlives_the_first_key(aws_world, owner, other):
    image = scenarios.image_shared_with_account(owner, other)
    copy = scenarios.copy_under_own_key(other, image, WEST)
    gone(aws_world, owner, image.key_arn)
    assert not runs(other, image.image_id)
    assert runs(other, copy.image_id, WEST)


# --- shared with an organization ----------------------------------------------------------------------------------------


@pytest.fixture
def organization(aws_world):
    """An organization with one member; the owner of the images is no part of it."""
    return Organization(aws_world, "999999999999")


def arn_of(organization):
    return organization.client.describe_organization()["Organization"]["Arn"]


def test_an_image_shared_with_an_organization_is_for_its_members(owner, other, organization):
    image = scenarios.image_shared_with_organization(owner, arn_of(organization))
    assert runs(organization.member, image.image_id)
    with refused("AuthFailure", f"Not authorized for images: [{image.image_id}]"):
        launch(other.client("ec2"), image.image_id)


def test_the_key_of_an_image_shared_with_an_organization_is_for_its_members_too(owner, organization):
    image = scenarios.image_shared_with_organization(owner, arn_of(organization))
    close_key(owner, image.key_arn)
    assert not runs(organization.member, image.image_id)


# --- across Regions -----------------------------------------------------------------------------------------------------


def test_an_image_is_copied_to_another_region_and_shared_there(owner, other):
    image = scenarios.image_shared_with_account(owner, other)
    there = scenarios.copy_under_own_key(owner, image, WEST, shared_with=[OTHER])
    assert (there.region, there.key_arn.split(":")[3:5]) == (WEST, [WEST, OWNER])
    assert runs(other, there.image_id, WEST)
    own = scenarios.copy_under_own_key(other, there)
    close_key(owner, there.key_arn)
    assert not runs(other, there.image_id, WEST)
    assert runs(other, own.image_id, WEST)


def test_shares_do_not_travel_with_a_copy(owner, other):
    image = scenarios.image_shared_with_account(owner, other)
    there = scenarios.copy_under_own_key(owner, image, WEST)
    with refused("AuthFailure", f"Not authorized for images: [{there.image_id}]"):
        launch(other.client("ec2", WEST), there.image_id)


# --- a golden image -----------------------------------------------------------------------------------------------------


def test_every_consumer_launches_a_golden_image_or_has_its_own_copy(owner, other, third):
    made = scenarios.golden_image_pipeline(owner, [other, third])
    image = made.image
    assert key_of(snapshot(owner.client("ec2"), image.snapshot_id)) == image.key_arn
    assert instance(owner.client("ec2"), made.instance_id)["State"]["Name"] == "terminated"
    assert runs(other, image.image_id)
    copy = scenarios.copy_under_own_key(third, image)
    ec2 = third.client("ec2")
    assert root_key(ec2, launch(ec2, copy.image_id)) == copy.key_arn


def test_a_golden_image_may_be_baked_from_another(owner, other):
    first = scenarios.golden_image_pipeline(owner, [])
    second = scenarios.golden_image_pipeline(owner, [other], first.image.image_id)
    assert second.base_image_id == first.image.image_id
    assert runs(other, second.image.image_id)
    with refused("AuthFailure", f"Not authorized for images: [{first.image.image_id}]"):
        launch(other.client("ec2"), first.image.image_id)


@pytest.mark.parametrize("piece", ["key", "image", "snapshot"])
def test_what_one_consumer_loses_another_keeps(owner, other, third, piece):
    image = scenarios.golden_image_pipeline(owner, [other, third]).image
    if piece == "key":
        kms = owner.client("kms")
        document = scenarios.key_policy(OWNER, scenarios.for_accounts([THIRD]))
        kms.put_key_policy(KeyId=image.key_arn, PolicyName="default", Policy=document)
        assert not runs(other, image.image_id)
    elif piece == "image":
        unshare_image(owner, image, OTHER)
        with refused("AuthFailure", f"Not authorized for images: [{image.image_id}]"):
            launch(other.client("ec2"), image.image_id)
    else:
        unshare_snapshot(owner, image, OTHER)
        with refused("InvalidRequest"):
            scenarios.copy_under_own_key(other, image)
    assert runs(third, image.image_id)
    assert scenarios.copy_under_own_key(third, image)


# --- a backup account ---------------------------------------------------------------------------------------------------


def test_backups_are_copies_under_the_keys_of_the_backup_account(aws_world, owner, other):
    backup = scenarios.backup_account(owner, other)
    assert set(backup.copies) == {EAST, WEST}
    gone(aws_world, owner, backup.key_arn)
    for region, copy in backup.copies.items():
        ec2 = other.client("ec2", region)
        assert key_of(snapshot(ec2, copy.snapshot_id)) == copy.key_arn
        assert copy.key_arn.split(":")[3:5] == [region, OTHER]
        volume = ec2.create_volume(AvailabilityZone=f"{region}a", SnapshotId=copy.snapshot_id)["VolumeId"]
        ec2.get_waiter("volume_available").wait(VolumeIds=[volume])


@pytest.mark.parametrize("piece", ["key", "snapshot", "deleted key"])
def test_the_next_backup_fails_without_a_piece(aws_world, owner, other, piece):
    backup = scenarios.backup_account(owner, other, copy_regions=[EAST])
    if piece == "key":
        close_key(owner, backup.key_arn)
    elif piece == "deleted key":
        gone(aws_world, owner, backup.key_arn)
    else:
        permission = {"Remove": [{"UserId": OTHER}]}
        owner.client("ec2").modify_snapshot_attribute(SnapshotId=backup.snapshot_id, CreateVolumePermission=permission)
    for region in (EAST, WEST):
        with pytest.raises(WaiterError):
            scenarios.copy_snapshot_under_own_key(other, backup.snapshot_id, EAST, region)


# --- one role alone, and two accounts in two Regions ----------------------------------------------------------------------


@pytest.mark.parametrize("missing", [None, "source key", "target key"])
def test_one_role_copies_snapshots_between_two_regions_with_two_keys(owner, missing):
    keys = {region: scenarios.make_key(owner, region) for region in (EAST, WEST)}
    source = scenarios.encrypted_image(owner, keys[EAST])
    policies = [
        allow(["ec2:CopySnapshot", "ec2:DescribeSnapshots"]),
        allow("kms:CreateGrant", keys[EAST], Condition={"Bool": {"kms:GrantIsForAWSResource": "true"}}),
        allow(["kms:DescribeKey", "kms:CreateGrant", "kms:GenerateDataKeyWithoutPlaintext"], keys[WEST]),
    ]
    if missing is not None:
        del policies[1 if missing == "source key" else 2]
    ec2 = owner.role("backup", policies=policies).client("ec2", WEST)
    asked = {"SourceSnapshotId": source.snapshot_id, "SourceRegion": EAST, "Encrypted": True, "KmsKeyId": keys[WEST]}
    if missing == "target key":
        with refused("AuthFailure", f"Not authorized to use key {keys[WEST]} ", 403):
            ec2.copy_snapshot(**asked)
        return
    found = snapshot(ec2, ec2.copy_snapshot(**asked)["SnapshotId"])
    if missing is None:
        assert (found["State"], key_of(found)) == ("completed", keys[WEST])
    else:
        assert (found["State"], found["StateMessage"]) == ("error", "Given key ID is not accessible")


def test_another_account_re_encrypts_a_shared_image_in_both_regions(aws_world, owner, other):
    here = scenarios.image_shared_with_account(owner, other)
    there = scenarios.copy_under_own_key(owner, here, WEST, shared_with=[OTHER])
    copies = [scenarios.copy_under_own_key(other, image) for image in (here, there)]
    for image in (here, there):
        close_key(owner, image.key_arn)
        assert not runs(other, image.image_id, image.region)
    for copy in copies:
        ec2 = other.client("ec2", copy.region)
        assert root_key(ec2, launch(ec2, copy.image_id)) == copy.key_arn


# --- with delays --------------------------------------------------------------------------------------------------------


@pytest.mark.kmsmock(delays=True)
def test_the_set_ups_wait_for_what_takes_time(aws_world, owner, other):
    started = aws_world.clock.now()
    made = scenarios.golden_image_pipeline(owner, [other])
    assert scenarios.copy_under_own_key(other, made.image, WEST)
    assert scenarios.backup_account(owner, other)
    assert (aws_world.clock.now() - started).total_seconds() > 600
