"""Locked snapshots: nobody deletes them before their time, whatever becomes of their keys.

"Amazon EBS snapshot lock concepts" has modes, states and the cooling-off period; codes and texts are assumed.
"""

import datetime

import pytest

from kmsmock import clock
from tests.support.claims import allow, refused
from tests.support.ec2 import copy, create_volume, make_image, make_snapshot, share_snapshot, snapshot, spoil

pytestmark = pytest.mark.evidence("documented", '"Amazon EBS snapshot lock concepts" (EBS user guide)')


def lock(ec2, name, mode="governance", **how):
    return ec2.lock_snapshot(SnapshotId=name, LockMode=mode, **({"LockDuration": 2} | how))


def locked(ec2, **which):
    return {each["SnapshotId"]: each for each in ec2.describe_locked_snapshots(**which)["Snapshots"]}


def state(ec2, name):
    return locked(ec2)[name]["LockState"]


@pytest.fixture
def snap(ec2, kms_key):
    """The id of a snapshot under the key."""
    return make_snapshot(ec2, kms_key)


def must_stay(ec2, name):
    with refused("OperationNotPermitted", f"The snapshot '{name}' is locked and can't be deleted.", status=400):
        ec2.delete_snapshot(SnapshotId=name)
    assert snapshot(ec2, name)["State"] == "completed"


@pytest.mark.parametrize("mode", ["governance", "compliance"])
def test_a_locked_snapshot_is_not_deleted_before_its_time(aws_world, ec2, snap, mode):
    told = lock(ec2, snap, mode)
    assert (told["LockState"], told["LockDuration"]) == (mode, 2)
    assert told["LockExpiresOn"] - told["LockDurationStartTime"] == datetime.timedelta(days=2)
    must_stay(ec2, snap)
    aws_world.clock.advance(days=1)
    must_stay(ec2, snap)
    aws_world.clock.advance(days=1)
    assert state(ec2, snap) == "expired"
    ec2.delete_snapshot(SnapshotId=snap)
    assert snap not in locked(ec2)


def test_it_may_be_locked_until_a_date(ec2, snap):
    until = clock.now() + datetime.timedelta(days=30, hours=1)
    told = ec2.lock_snapshot(SnapshotId=snap, LockMode="governance", ExpirationDate=until)
    assert (told["LockExpiresOn"], told["LockDuration"]) == (until.replace(microsecond=0), 31)


def test_governance_can_be_taken_back_and_changed(ec2, snap):
    lock(ec2, snap, LockDuration=100)
    assert lock(ec2, snap, LockDuration=1)["LockDuration"] == 1
    assert ec2.unlock_snapshot(SnapshotId=snap)["SnapshotId"] == snap
    assert locked(ec2) == {}
    ec2.delete_snapshot(SnapshotId=snap)


@pytest.mark.evidence("assumed", "the words of the refusal are a choice; that it is refused is documented")
def test_compliance_can_be_taken_back_while_it_cools_off(aws_world, ec2, snap):
    told = lock(ec2, snap, "compliance", CoolOffPeriod=3)
    assert (told["LockState"], told["CoolOffPeriod"]) == ("compliance-cooloff", 3)
    must_stay(ec2, snap)
    assert lock(ec2, snap, "governance")["LockState"] == "governance"
    lock(ec2, snap, "compliance", CoolOffPeriod=3)
    ec2.unlock_snapshot(SnapshotId=snap)
    lock(ec2, snap, "compliance", CoolOffPeriod=3)
    aws_world.clock.advance(hours=3)
    assert state(ec2, snap) == "compliance"
    text = f"The lock of snapshot '{snap}' can't be changed. It is locked in compliance mode."
    with refused("OperationNotPermitted", text, status=400):
        ec2.unlock_snapshot(SnapshotId=snap)


@pytest.mark.evidence("assumed", "the words of the refusal are a choice; that it is refused is documented")
def test_compliance_can_only_be_extended(ec2, snap):
    lock(ec2, snap, "compliance")
    text = (
        f"The lock of snapshot '{snap}' can't be changed. "
        "You can only extend the lock of a snapshot that is locked in compliance mode."
    )
    for mode, how in (("governance", {}), ("compliance", {"LockDuration": 1}), ("compliance", {"CoolOffPeriod": 1})):
        with refused("OperationNotPermitted", text, status=400):
            lock(ec2, snap, mode, **how)
    assert lock(ec2, snap, "compliance", LockDuration=3)["LockDuration"] == 3


WRONG = {
    "neither": ({"LockDuration": None}, "InvalidParameterCombination"),
    "both": ({"ExpirationDate": datetime.datetime(2100, 1, 1)}, "InvalidParameterCombination"),
    "cooling in governance": ({"CoolOffPeriod": 1}, "InvalidParameterCombination"),
    "too long": ({"LockDuration": 36501}, "InvalidParameterValue"),
    "over": ({"LockDuration": None, "ExpirationDate": datetime.datetime(2000, 1, 1)}, "InvalidParameterValue"),
    "cools too long": ({"LockMode": "compliance", "CoolOffPeriod": 73}, "InvalidParameterValue"),
    "no mode": ({"LockMode": "tight"}, "InvalidParameterValue"),
}


@pytest.mark.parametrize("case", WRONG)
def test_parameters_have_to_go_together(ec2, snap, case):
    given, code = WRONG[case]
    asked = {"LockMode": "governance", "LockDuration": 1, **given}
    with refused(code, status=400):
        ec2.lock_snapshot(SnapshotId=snap, **{name: value for name, value in asked.items() if value is not None})
    assert locked(ec2) == {}


def test_a_lock_does_not_keep_the_key(aws_world, owner, ec2, snap, kms_key):
    lock(ec2, snap, "compliance", LockDuration=30)
    spoil(aws_world, owner, kms_key, "deleted")
    made = create_volume(ec2, SnapshotId=snap)
    with refused("InvalidVolume.NotFound", f"The volume '{made}' does not exist."):
        ec2.describe_volumes(VolumeIds=[made])
    must_stay(ec2, snap)


def test_a_copy_is_not_locked(ec2, snap):
    lock(ec2, snap)
    copied = copy(ec2, snap)
    assert copied not in locked(ec2)
    ec2.delete_snapshot(SnapshotId=copied)


def test_an_image_goes_and_leaves_its_locked_snapshot(ec2, snap):
    image = make_image(ec2, snap)
    lock(ec2, snap)
    told = ec2.deregister_image(ImageId=image, DeleteAssociatedSnapshots=True)["DeleteSnapshotResults"]
    assert told == [{"SnapshotId": snap, "ReturnCode": "client-error"}]
    must_stay(ec2, snap)


def test_only_the_owner_locks(ec2, theirs, other, snap):
    share_snapshot(ec2, snap, other)
    for act in (lambda: lock(theirs, snap), lambda: theirs.unlock_snapshot(SnapshotId=snap)):
        with refused("InvalidSnapshot.NotFound", f"The snapshot '{snap}' does not exist.", status=400):
            act()
    lock(ec2, snap)
    assert locked(theirs) == {}


def test_it_needs_its_own_permission(owner, ec2, snap):
    keeper = owner.user("keeper", [allow(["ec2:LockSnapshot"])]).client("ec2")
    lock(keeper, snap)
    with refused("UnauthorizedOperation", status=403):
        keeper.unlock_snapshot(SnapshotId=snap)


@pytest.mark.evidence("assumed", "the words of the refusal are a choice; that it is refused is documented")
def test_what_is_not_locked_cannot_be_unlocked(ec2, snap):
    with refused("IncorrectState", f"The snapshot '{snap}' is not locked.", status=400):
        ec2.unlock_snapshot(SnapshotId=snap)


@pytest.mark.evidence("assumed", "the words of the refusal are a choice; that it is refused is documented")
def test_locks_are_listed_by_id_and_state(ec2, snap):
    second = make_snapshot(ec2)
    lock(ec2, snap)
    lock(ec2, second, "compliance")
    assert set(locked(ec2)) == {snap, second}
    assert set(locked(ec2, SnapshotIds=[snap])) == {snap}
    assert set(locked(ec2, Filters=[{"Name": "lock-state", "Values": ["compliance"]}])) == {second}
    with refused("InvalidParameterValue", "The filter 'mode' is invalid", status=400):
        locked(ec2, Filters=[{"Name": "mode", "Values": ["x"]}])


def test_a_dry_run_locks_nothing(ec2, snap):
    with refused("DryRunOperation", status=412):
        lock(ec2, snap, DryRun=True)
    assert locked(ec2) == {}
