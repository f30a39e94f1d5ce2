"""Fast snapshot restores: of one's own and of shared snapshots, without a question to KMS.

"Amazon EBS fast snapshot restore" (EBS user guide) and botocore's model; codes and texts of refusals are assumed.
"""

import pytest

from tests.support import floors
from tests.support.claims import allow, refused
from tests.support.ec2 import cmk, make_snapshot, share_snapshot, spoil

pytestmark = pytest.mark.evidence("documented", '"Amazon EBS fast snapshot restore" (EBS user guide)')


def enable(ec2, *snapshots, zones=("us-east-1a",)):
    return ec2.enable_fast_snapshot_restores(AvailabilityZones=list(zones), SourceSnapshotIds=list(snapshots))


def disable(ec2, *snapshots, zones=("us-east-1a",)):
    return ec2.disable_fast_snapshot_restores(AvailabilityZones=list(zones), SourceSnapshotIds=list(snapshots))


def told(ec2, **which):
    found = ec2.describe_fast_snapshot_restores(**which)["FastSnapshotRestores"]
    return [(each["SnapshotId"], each["AvailabilityZone"], each["State"]) for each in found]


def test_it_is_enabled_zone_by_zone(ec2, kms_key):
    name = make_snapshot(ec2, kms_key)
    done = enable(ec2, name, zones=["us-east-1a", "us-east-1b"])
    assert [each["State"] for each in done["Successful"]] == ["enabling", "enabling"]
    assert done["Unsuccessful"] == []
    assert told(ec2) == [(name, "us-east-1a", "enabled"), (name, "us-east-1b", "enabled")]
    (gone,) = disable(ec2, name)["Successful"]
    assert gone["State"] == "disabling"
    assert told(ec2) == [(name, "us-east-1b", "enabled")]


def test_it_may_be_enabled_by_the_id_of_a_zone(ec2):
    zone = ec2.describe_availability_zones()["AvailabilityZones"][0]
    name = make_snapshot(ec2)
    ec2.enable_fast_snapshot_restores(AvailabilityZoneIds=[zone["ZoneId"]], SourceSnapshotIds=[name])
    assert told(ec2) == [(name, zone["ZoneName"], "enabled")]


def test_kms_is_not_asked_and_the_volume_asks_as_ever(aws_world, owner, ec2, kms_key):
    name = make_snapshot(ec2, kms_key)
    spoil(aws_world, owner, kms_key, "disabled")
    before = len(aws_world.events)
    assert enable(ec2, name)["Unsuccessful"] == []
    assert aws_world.events[before:] == []
    made = ec2.create_volume(AvailabilityZone="us-east-1a", SnapshotId=name)["VolumeId"]
    with refused("InvalidVolume.NotFound", f"The volume '{made}' does not exist.", status=400):
        ec2.describe_volumes(VolumeIds=[made])


def test_a_shared_snapshot_is_enabled_by_who_may_use_it(owner, other, ec2, theirs):
    name = make_snapshot(ec2, cmk(owner, other))
    (failed,) = enable(theirs, name)["Unsuccessful"]
    (error,) = failed["FastSnapshotRestoreStateErrors"]
    assert (failed["SnapshotId"], error["Error"]["Code"]) == (name, "InvalidSnapshot.NotFound")
    assert error["Error"]["Message"] == f"The snapshot '{name}' does not exist."
    share_snapshot(ec2, name, other)
    assert enable(theirs, name)["Successful"][0]["OwnerId"] == other.id
    assert (told(theirs), told(ec2)) == ([(name, "us-east-1a", "enabled")], [])
    share_snapshot(ec2, name, other, "Remove")
    assert told(theirs) == []


def test_it_goes_with_its_snapshot(ec2):
    name = make_snapshot(ec2)
    enable(ec2, name)
    ec2.delete_snapshot(SnapshotId=name)
    assert told(ec2) == []


def test_some_may_fail_where_others_do_not(ec2):
    name, ghost = make_snapshot(ec2), "snap-0123456789abcdef0"
    done = enable(ec2, name, ghost)
    assert [each["SnapshotId"] for each in done["Successful"]] == [name]
    assert [each["SnapshotId"] for each in done["Unsuccessful"]] == [ghost]


def test_what_is_not_enabled_cannot_be_disabled(ec2):
    name = make_snapshot(ec2)
    ((error,),) = [each["FastSnapshotRestoreStateErrors"] for each in disable(ec2, name)["Unsuccessful"]]
    text = f"Fast snapshot restores is not enabled for snapshot '{name}' in us-east-1a."
    assert error["Error"] == {"Code": "InvalidParameterValue", "Message": text}


@pytest.mark.evidence("assumed", "the words of the refusal are a choice; that it is refused is documented")
@floors.newest_botocore
def test_zones_have_to_be_there(ec2):
    with refused("InvalidParameterValue", "Invalid availability zone: [eu-west-1a]", status=400):
        enable(ec2, make_snapshot(ec2), zones=["eu-west-1a"])
    with refused("InvalidParameterCombination", status=400):
        ec2.enable_fast_snapshot_restores(SourceSnapshotIds=[make_snapshot(ec2)])


def test_they_are_listed_by_filters(ec2):
    first, second = make_snapshot(ec2), make_snapshot(ec2)
    enable(ec2, first, second)
    assert told(ec2, Filters=[{"Name": "snapshot-id", "Values": [second]}]) == [(second, "us-east-1a", "enabled")]
    assert told(ec2, Filters=[{"Name": "state", "Values": ["disabled"]}]) == []


def test_it_needs_permission_on_the_snapshot(owner, ec2):
    name, another = make_snapshot(ec2), make_snapshot(ec2)
    resource = f"arn:aws:ec2:us-east-1::snapshot/{name}"
    person = owner.user("fast", [allow(["ec2:EnableFastSnapshotRestores"], resource)]).client("ec2")
    assert enable(person, name)["Successful"]
    with refused("UnauthorizedOperation", status=403):
        enable(person, another)
