"""The Recycle Bin: deleted snapshots are kept for as long as a rule says, under their keys, whatever becomes of those.

"Recycle Bin" (EBS user guide) and botocore's model of ``rbin``; the texts of what it refuses are assumed.
"""

import datetime

import pytest

from tests.support.claims import refused
from tests.support.ec2 import create_volume, make_image, make_snapshot, share_snapshot, snapshot, spoil, volume

pytestmark = pytest.mark.evidence("documented", '"Recycle Bin" (EBS user guide), botocore\'s model of rbin')


@pytest.fixture
def rbin(owner):
    return owner.client("rbin")


def days(number):
    return {"RetentionPeriodValue": number, "RetentionPeriodUnit": "DAYS"}


def rule(rbin, number=7, **more):
    return rbin.create_rule(ResourceType="EBS_SNAPSHOT", RetentionPeriod=days(number), **more)["Identifier"]


def tagged(value, key="team"):
    return {"TagSpecifications": [{"ResourceType": "snapshot", "Tags": [{"Key": key, "Value": value}]}]}


def kept(ec2, **which):
    return {each["SnapshotId"]: each for each in ec2.list_snapshots_in_recycle_bin(**which)["Snapshots"]}


def delete(ec2, name):
    ec2.delete_snapshot(SnapshotId=name)
    with refused("InvalidSnapshot.NotFound", f"The snapshot '{name}' does not exist.", status=400):
        ec2.describe_snapshots(SnapshotIds=[name])
    return name


def test_without_a_rule_nothing_is_kept(ec2):
    delete(ec2, make_snapshot(ec2))
    assert kept(ec2) == {}


def test_a_deleted_snapshot_comes_back_as_it_was(ec2, rbin, kms_key):
    rule(rbin)
    name = make_snapshot(ec2, kms_key, Description="daily", **tagged("red"))
    before = snapshot(ec2, name)
    delete(ec2, name)
    entry = kept(ec2)[name]
    assert entry["RecycleBinExitTime"] - entry["RecycleBinEnterTime"] == datetime.timedelta(days=7)
    assert (entry["Description"], entry["VolumeId"]) == ("daily", before["VolumeId"])
    told = ec2.restore_snapshot_from_recycle_bin(SnapshotId=name)
    assert (told["SnapshotId"], told["Encrypted"], told["SseType"]) == (name, True, "sse-kms")
    assert snapshot(ec2, name) == before
    assert kept(ec2) == {}
    assert volume(ec2, create_volume(ec2, SnapshotId=name))["KmsKeyId"] == kms_key


def test_what_is_in_the_bin_is_of_no_use(ec2, rbin):
    rule(rbin)
    name = delete(ec2, make_snapshot(ec2))
    with refused("InvalidSnapshot.NotFound", f"The snapshot '{name}' does not exist.", status=400):
        create_volume(ec2, SnapshotId=name)
    with refused("InvalidSnapshot.NotFound", f"The snapshot '{name}' does not exist.", status=400):
        ec2.delete_snapshot(SnapshotId=name)


@pytest.mark.parametrize("state", ["disabled", "pending", "deleted"])
def test_a_snapshot_comes_back_without_its_key_and_is_of_no_use(aws_world, owner, ec2, rbin, kms_key, state):
    rule(rbin, 30)
    name = delete(ec2, make_snapshot(ec2, kms_key))
    spoil(aws_world, owner, kms_key, state)
    assert name in kept(ec2)
    ec2.restore_snapshot_from_recycle_bin(SnapshotId=name)
    assert snapshot(ec2, name)["KmsKeyId"] == kms_key
    made = create_volume(ec2, SnapshotId=name)
    with refused("InvalidVolume.NotFound", f"The volume '{made}' does not exist.", status=400):
        ec2.describe_volumes(VolumeIds=[made])


def test_kms_is_not_asked(owner, aws_world, ec2, rbin, kms_key):
    rule(rbin)
    name = make_snapshot(ec2, kms_key)
    before = len(aws_world.events)
    delete(ec2, name)
    ec2.restore_snapshot_from_recycle_bin(SnapshotId=name)
    assert aws_world.events[before:] == []


def test_when_its_time_is_over_it_is_gone(aws_world, ec2, rbin):
    rule(rbin)
    name = delete(ec2, make_snapshot(ec2))
    aws_world.clock.advance(days=7)
    assert kept(ec2) == {}
    with refused("InvalidSnapshot.NotFound", f"The snapshot '{name}' does not exist.", status=400):
        ec2.restore_snapshot_from_recycle_bin(SnapshotId=name)


def test_a_rule_may_be_about_tags(ec2, rbin):
    rule(rbin, ResourceTags=[{"ResourceTagKey": "team", "ResourceTagValue": "red"}])
    red, blue = (delete(ec2, make_snapshot(ec2, **tagged(value))) for value in ("red", "blue"))
    assert (red in kept(ec2), blue in kept(ec2)) == (True, False)


def test_a_rule_may_leave_tags_out(ec2, rbin):
    rule(rbin, ExcludeResourceTags=[{"ResourceTagKey": "team", "ResourceTagValue": "red"}])
    red, blue = (delete(ec2, make_snapshot(ec2, **tagged(value))) for value in ("red", "blue"))
    assert (red in kept(ec2), blue in kept(ec2)) == (False, True)


def test_of_two_rules_the_longer_counts(ec2, rbin):
    rule(rbin, 3)
    rule(rbin, 9, ResourceTags=[{"ResourceTagKey": "team"}])
    for name, wanted in ((make_snapshot(ec2, **tagged("red")), 9), (make_snapshot(ec2), 3)):
        delete(ec2, name)
        entry = kept(ec2)[name]
        assert entry["RecycleBinExitTime"] - entry["RecycleBinEnterTime"] == datetime.timedelta(days=wanted)


def test_what_is_kept_stays_when_the_rule_goes(ec2, rbin):
    made = rule(rbin)
    name = delete(ec2, make_snapshot(ec2))
    rbin.delete_rule(Identifier=made)
    assert name in kept(ec2)
    assert delete(ec2, make_snapshot(ec2)) not in kept(ec2)


def test_shares_come_back(ec2, theirs, other, rbin):
    rule(rbin)
    name = make_snapshot(ec2)
    share_snapshot(ec2, name, other)
    delete(ec2, name)
    with refused("InvalidSnapshot.NotFound"):
        snapshot(theirs, name)
    assert kept(theirs) == {}
    ec2.restore_snapshot_from_recycle_bin(SnapshotId=name)
    assert snapshot(theirs, name)["OwnerId"] == "111111111111"


def test_snapshots_of_an_image_are_kept_too(ec2, rbin):
    rule(rbin)
    name = make_snapshot(ec2)
    ec2.deregister_image(ImageId=make_image(ec2, name), DeleteAssociatedSnapshots=True)
    assert name in kept(ec2)


def test_the_bin_is_of_an_account_and_a_region(ec2, west, rbin):
    rule(rbin)
    delete(ec2, make_snapshot(ec2))
    assert kept(west) == {}
    assert delete(west, make_snapshot(west)) not in kept(west)


def test_a_key_is_still_needed_for_what_is_in_the_bin(aws_world, ec2, rbin, kms_key):
    rule(rbin)
    name = delete(ec2, make_snapshot(ec2, kms_key))
    (found,) = [each for each in aws_world.depends_on(kms_key) if each.kind == "deleted snapshot"]
    assert found.arn.endswith(f"snapshot/{name}")
    assert found.why == "under the key, and could be brought back from the Recycle Bin"
    aws_world.clock.advance(days=7)
    assert [each for each in aws_world.depends_on(kms_key) if each.kind == "deleted snapshot"] == []


# --- rules ------------------------------------------------------------------------------------------------------------


def test_a_rule_is_told_as_it_was_made(rbin):
    made = rbin.create_rule(
        ResourceType="EBS_SNAPSHOT", RetentionPeriod=days(5), Description="all", Tags=[{"Key": "a", "Value": "b"}]
    )
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert (
        made["Tags"] == rbin.list_tags_for_resource(ResourceArn=made["RuleArn"])["Tags"] == [{"Key": "a", "Value": "b"}]
    )
    told = rbin.get_rule(Identifier=made["Identifier"])
    assert (told["Description"], told["Status"], told["LockState"]) == ("all", "available", "unlocked")
    assert told["RetentionPeriod"] == days(5)
    changed = rbin.update_rule(Identifier=made["Identifier"], RetentionPeriod=days(6))
    assert (changed["RetentionPeriod"], changed["Description"]) == (days(6), "all")
    (listed,) = rbin.list_rules(ResourceType="EBS_SNAPSHOT")["Rules"]
    assert (listed["Identifier"], listed["RetentionPeriod"]) == (made["Identifier"], days(6))
    rbin.tag_resource(ResourceArn=made["RuleArn"], Tags=[{"Key": "c", "Value": "d"}])
    rbin.untag_resource(ResourceArn=made["RuleArn"], TagKeys=["a"])
    assert rbin.list_tags_for_resource(ResourceArn=made["RuleArn"])["Tags"] == [{"Key": "c", "Value": "d"}]


@pytest.mark.evidence("assumed", "the words of the refusal are a choice; that it is refused is documented")
def test_a_rule_that_is_not_there(rbin):
    with refused("ResourceNotFoundException", "The rule does not exist.", status=404):
        rbin.get_rule(Identifier="AAAAAAAAAAA")
    with refused("ResourceNotFoundException", "The rule does not exist.", status=404):
        rbin.delete_rule(Identifier="AAAAAAAAAAA")


@pytest.mark.evidence("assumed", "the words of the refusal are a choice; that it is refused is documented")
def test_a_year_is_the_longest(rbin):
    with refused("ValidationException", "The retention period must be between 1 and 365 days.", status=400):
        rule(rbin, 366)


def test_what_is_not_modelled_is_refused_by_name(ec2, rbin):
    with pytest.raises(NotImplementedError, match="Recycle Bin rules of EC2_IMAGE"):
        rbin.create_rule(ResourceType="EC2_IMAGE", RetentionPeriod=days(1))
    with pytest.raises(NotImplementedError, match="locked Recycle Bin rules"):
        rule(rbin, LockConfiguration={"UnlockDelay": {"UnlockDelayValue": 7, "UnlockDelayUnit": "DAYS"}})
    with pytest.raises(NotImplementedError, match="ListImagesInRecycleBin"):
        ec2.list_images_in_recycle_bin()
