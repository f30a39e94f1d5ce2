"""What takes time in EC2 where a test says so: on its way until world time has passed, and then as the key has it.

The key is asked when the call is made; what comes of it is seen at the end.
"""

from datetime import timedelta

import freezegun
import pytest
from botocore.exceptions import WaiterError

import kmsmock
from tests.support.claims import refused
from tests.support.ec2 import (
    GHOST,
    INACCESSIBLE,
    INTERNAL,
    INVALID,
    NOT_FOUND,
    REASONS,
    ROOT,
    WEST,
    attachment_grants,
    called,
    cmk,
    copy,
    copy_image,
    create_volume,
    disks,
    key_of,
    kms_events,
    kms_of,
    launch,
    make_image,
    make_snapshot,
    make_volume,
    person,
    root_key,
    running,
    share_snapshot,
    spoil,
    under,
)

pytestmark = pytest.mark.evidence(
    "documented", "states of volumes, snapshots and images (EC2 API reference); how long they take is chosen here"
)

LATER = timedelta(minutes=5)
MISSING = "snap-0123456789abcdef0"
OPERATIONS = [
    "CopyImage",
    "CopySnapshot",
    "CreateImage",
    "CreateSnapshot",
    "CreateVolume",
    "RunInstances",
    "StartInstances",
]


def slow(*operations):
    return pytest.mark.kmsmock(delays=dict.fromkeys(operations, LATER))


@pytest.fixture
def ec2(aws_world, owner):
    aws_world.clock.freeze()
    return owner.client("ec2")


# --- what one question tells, however often it was asked before ---------------------------------------------------------------------


def snapshot(ec2, made):
    return ec2.describe_snapshots(SnapshotIds=[made])["Snapshots"][0]


def image(ec2, made):
    return ec2.describe_images(ImageIds=[made])["Images"][0]


def root_snapshot(ec2, image_id):
    """The id of the snapshot of an image."""
    (device,) = image(ec2, image_id)["BlockDeviceMappings"]
    return device["Ebs"]["SnapshotId"]


def volume(ec2, made):
    return ec2.describe_volumes(VolumeIds=[made])["Volumes"][0]


def instance(ec2, made):
    return ec2.describe_instances(InstanceIds=[made])["Reservations"][0]["Instances"][0]


def state(found):
    return found["State"] if isinstance(found["State"], str) else found["State"]["Name"]


def wait(world, describe, passing):
    """What there is when the delay is over; until then it is told to be on its way."""
    for step in (timedelta(), LATER - timedelta(seconds=1)):
        world.clock.advance(step)
        for _ in range(5):
            found = describe()
            assert state(found) == passing
            assert "StateMessage" not in found
    world.clock.advance(seconds=1)
    return describe()


def wait_for_snapshot(world, ec2, made):
    return wait(world, lambda: snapshot(ec2, made), "pending")


def wait_for_image(world, ec2, made):
    return wait(world, lambda: image(ec2, made), "pending")


def wait_for_instance(world, ec2, made):
    return wait(world, lambda: instance(ec2, made), "pending")


def reason(found):
    return (found["StateReason"]["Code"], found["StateReason"]["Message"])


# --- snapshots ------------------------------------------------------------------------------------------------------------------------


@slow("CreateSnapshot")
@pytest.mark.parametrize("encrypted", [True, False])
def test_a_snapshot_is_pending_and_then_completed(aws_world, ec2, kms_key, encrypted):
    key = kms_key if encrypted else None
    disk = make_volume(ec2, kms_key if encrypted else "")
    made = ec2.create_snapshot(VolumeId=disk)
    assert (made["State"], made["Encrypted"]) == ("pending", encrypted)
    assert key_of(snapshot(ec2, made["SnapshotId"])) == key
    found = wait_for_snapshot(aws_world, ec2, made["SnapshotId"])
    assert (found["State"], key_of(found)) == ("completed", key)


@slow("CopySnapshot")
@pytest.mark.parametrize("region", ["same", "another"])
def test_a_copy_is_pending_and_then_completed(aws_world, owner, ec2, kms_key, region):
    target = ec2 if region == "same" else owner.client("ec2", WEST)
    key = cmk(owner, region=target.meta.region_name)
    made = copy(target, make_snapshot(ec2, kms_key), **under(key))
    found = wait_for_snapshot(aws_world, target, made)
    assert (found["State"], key_of(found)) == ("completed", key)
    assert "StateMessage" not in found


@slow("CopySnapshot")
@pytest.mark.parametrize("trouble", ["unknown", "hidden", "disabled", "denied", "deleted"])
def test_a_copy_that_fails_is_pending_as_well(aws_world, owner, other, ec2, kms_key, trouble):
    theirs, caller = other.client("ec2"), ec2
    source = {
        "unknown": lambda: MISSING,
        "hidden": lambda: make_snapshot(theirs),
    }.get(trouble, lambda: make_snapshot(ec2, kms_key))()
    spoil(aws_world, owner, kms_key, trouble)
    if trouble == "denied":
        caller = person(owner, "kms:DescribeKey").client("ec2")
    found = wait_for_snapshot(aws_world, ec2, copy(caller, source, **under(cmk(owner))))
    expected = NOT_FOUND if trouble in {"unknown", "hidden"} else INACCESSIBLE
    assert (found["State"], found["StateMessage"]) == ("error", expected)


@slow("CopySnapshot")
def test_a_target_key_that_is_refused_is_refused_at_once(aws_world, owner, ec2, kms_key):
    source = make_snapshot(ec2)
    spoil(aws_world, owner, kms_key, "disabled")
    with refused("InvalidParameterValue", f"The specified keyId {kms_key} is disabled"):
        copy(ec2, source, **under(kms_key))


@slow("CopySnapshot")
@pytest.mark.parametrize("outcome", ["completed", "error"])
def test_what_happens_to_the_key_meanwhile_changes_nothing_for_a_copy(aws_world, owner, ec2, kms_key, outcome):
    kms, source = kms_of(owner), make_snapshot(ec2, kms_key)
    before, meanwhile = (
        (kms.enable_key, kms.disable_key) if outcome == "completed" else (kms.disable_key, kms.enable_key)
    )
    before(KeyId=kms_key)
    made = copy(ec2, source, **under(cmk(owner)))
    meanwhile(KeyId=kms_key)
    assert wait_for_snapshot(aws_world, ec2, made)["State"] == outcome


@slow("CopySnapshot")
def test_what_happens_to_the_source_meanwhile_changes_nothing_for_a_copy(aws_world, other, owner, ec2):
    theirs, key = other.client("ec2"), cmk(owner)
    source = make_snapshot(theirs, cmk(other, owner))
    share_snapshot(theirs, source, owner)
    made = copy(ec2, source, **under(key))
    share_snapshot(theirs, source, owner, "Remove")
    theirs.delete_snapshot(SnapshotId=source)
    assert key_of(wait_for_snapshot(aws_world, ec2, made)) == key


PENDING = pytest.mark.parametrize(
    "operation", [pytest.param(each, marks=slow(each)) for each in ("CreateSnapshot", "CopySnapshot")]
)


def pending(ec2, operation):
    """The id of a snapshot that the operation has not made yet."""
    if operation == "CreateSnapshot":
        made = ec2.create_snapshot(VolumeId=make_volume(ec2))["SnapshotId"]
    else:
        made = copy(ec2, make_snapshot(ec2))
    assert snapshot(ec2, made)["State"] == "pending"
    return made


@PENDING
def test_no_volume_comes_of_a_snapshot_that_is_pending(aws_world, ec2, operation):
    source = pending(ec2, operation)
    with refused("IncorrectState", "Snapshot is in invalid state - pending"):
        create_volume(ec2, SnapshotId=source)
    aws_world.clock.advance(LATER)
    assert volume(ec2, create_volume(ec2, SnapshotId=source))["State"] == "available"


@PENDING
def test_a_copy_of_a_snapshot_that_is_pending_fails_even_if_that_is_soon_completed(aws_world, ec2, operation):
    source = pending(ec2, operation)
    aws_world.clock.advance(LATER - timedelta(seconds=1))
    made = copy(ec2, source)
    aws_world.clock.advance(LATER)
    assert snapshot(ec2, source)["State"] == "completed"
    found = snapshot(ec2, made)
    assert (found["State"], found["StateMessage"]) == ("error", "Source snapshot is not complete")
    again = copy(ec2, source)
    aws_world.clock.advance(LATER)
    assert snapshot(ec2, again)["State"] == "completed"


@slow("CreateSnapshot")
def test_snapshots_are_found_by_the_state_they_are_in(aws_world, ec2):
    made = ec2.create_snapshot(VolumeId=make_volume(ec2))["SnapshotId"]

    def found(status):
        question = [{"Name": "status", "Values": [status]}]
        told = ec2.describe_snapshots(OwnerIds=["self"], Filters=question)["Snapshots"]
        return [each["SnapshotId"] for each in told]

    assert (found("pending"), found("completed")) == ([made], [])
    aws_world.clock.advance(LATER)
    assert (found("pending"), found("completed")) == ([], [made])


# --- volumes --------------------------------------------------------------------------------------------------------------------------


@slow("CreateVolume")
@pytest.mark.parametrize("origin", ["blank", "snapshot"])
def test_a_volume_is_creating_and_then_available(aws_world, ec2, kms_key, origin):
    options = under(kms_key)
    if origin == "snapshot":
        disk = create_volume(ec2, **under(kms_key))
        aws_world.clock.advance(LATER)
        options = {"SnapshotId": ec2.create_snapshot(VolumeId=disk)["SnapshotId"]}
        assert snapshot(ec2, options["SnapshotId"])["State"] == "completed"
    with kms_events(aws_world) as events:
        made = create_volume(ec2, **options)
    assert events
    with kms_events(aws_world) as later:
        found = wait(aws_world, lambda: volume(ec2, made), "creating")
    assert (found["State"], key_of(found), later) == ("available", kms_key, [])


@slow("CreateVolume")
@pytest.mark.parametrize("trouble", ["unknown", "disabled", "denied"])
def test_a_volume_that_fails_is_creating_and_then_gone(aws_world, owner, ec2, kms_key, trouble):
    spoil(aws_world, owner, kms_key, trouble)
    caller = person(owner).client("ec2") if trouble == "denied" else ec2
    made = create_volume(caller, **under(GHOST if trouble == "unknown" else kms_key))
    for step in (timedelta(), LATER - timedelta(seconds=1)):
        aws_world.clock.advance(step)
        assert volume(ec2, made)["State"] == "creating"
        assert [each["VolumeId"] for each in ec2.describe_volumes()["Volumes"]] == [made]
    aws_world.clock.advance(seconds=1)
    with refused("InvalidVolume.NotFound", f"The volume '{made}' does not exist."):
        volume(ec2, made)
    assert ec2.describe_volumes()["Volumes"] == []


@slow("CreateVolume")
@pytest.mark.parametrize("outcome", ["available", "gone"])
def test_what_happens_to_the_key_meanwhile_changes_nothing_for_a_volume(aws_world, owner, ec2, kms_key, outcome):
    kms = kms_of(owner)
    before, meanwhile = (
        (kms.enable_key, kms.disable_key) if outcome == "available" else (kms.disable_key, kms.enable_key)
    )
    before(KeyId=kms_key)
    made = create_volume(ec2, **under(kms_key))
    meanwhile(KeyId=kms_key)
    aws_world.clock.advance(LATER)
    if outcome == "available":
        assert volume(ec2, made)["State"] == "available"
    else:
        with refused("InvalidVolume.NotFound"):
            volume(ec2, made)


# --- images ---------------------------------------------------------------------------------------------------------------------------


@slow("CreateImage")
def test_an_image_of_an_instance_is_pending_and_then_available(aws_world, ec2, kms_key, encrypted):
    made = ec2.create_image(InstanceId=running(ec2, encrypted), Name="of the instance")["ImageId"]
    assert wait_for_image(aws_world, ec2, made)["State"] == "available"
    assert key_of(snapshot(ec2, root_snapshot(ec2, made))) == kms_key


@slow("CopyImage")
def test_a_copied_image_is_pending_and_then_available(aws_world, owner, ec2, encrypted):
    target = cmk(owner)
    made = copy_image(ec2, encrypted, **under(target))
    assert wait_for_image(aws_world, ec2, made)["State"] == "available"
    copied = snapshot(ec2, root_snapshot(ec2, made))
    assert (copied["State"], key_of(copied)) == ("completed", target)


@slow("CopyImage")
@pytest.mark.parametrize("trouble", ["disabled", "denied"])
def test_a_copied_image_that_fails_is_pending_as_well(aws_world, owner, ec2, kms_key, encrypted, trouble):
    spoil(aws_world, owner, kms_key, trouble)
    caller = person(owner, "kms:DescribeKey").client("ec2") if trouble == "denied" else ec2
    found = wait_for_image(aws_world, ec2, copy_image(caller, encrypted, **under(cmk(owner))))
    assert found["State"] == "failed"
    assert found["StateReason"]["Message"]


@slow("CopyImage")
def test_nothing_is_launched_from_an_image_that_is_pending(aws_world, ec2, encrypted):
    made = copy_image(ec2, encrypted)
    with refused("InvalidAMIID.Unavailable"):
        launch(ec2, made)
    aws_world.clock.advance(LATER)
    assert state(instance(ec2, launch(ec2, made))) == "running"


# --- instances ------------------------------------------------------------------------------------------------------------------------


@slow("RunInstances")
def test_an_instance_is_pending_and_then_runs(aws_world, owner, ec2, kms_key, encrypted):
    with kms_events(aws_world) as events:
        made = launch(ec2, encrypted)
    assert called(events, "CreateGrant")
    with kms_events(aws_world) as later:
        found = wait_for_instance(aws_world, ec2, made)
    assert (state(found), later) == ("running", [])
    assert root_key(ec2, made) == kms_key
    assert len(attachment_grants(owner, kms_key)) == 1


@slow("RunInstances")
@pytest.mark.parametrize("trouble", ["disabled", "deleted", "denied"])
def test_an_instance_that_fails_is_pending_and_then_terminated(aws_world, owner, ec2, kms_key, encrypted, trouble):
    spoil(aws_world, owner, kms_key, trouble)
    caller = person(owner).client("ec2") if trouble == "denied" else ec2
    found = wait_for_instance(aws_world, ec2, launch(caller, encrypted))
    assert (state(found), reason(found)) == ("terminated", (INVALID, REASONS[INVALID]))


@slow("RunInstances")
def test_what_happens_to_the_key_meanwhile_changes_nothing_for_an_instance(aws_world, owner, ec2, kms_key, encrypted):
    kms = kms_of(owner)
    kept = launch(ec2, encrypted)
    kms.disable_key(KeyId=kms_key)
    lost = launch(ec2, encrypted)
    kms.enable_key(KeyId=kms_key)
    aws_world.clock.advance(LATER)
    assert (state(instance(ec2, kept)), state(instance(ec2, lost))) == ("running", "terminated")


def stopped(ec2, image_id):
    """The id of an instance that ran."""
    made = running(ec2, image_id)
    ec2.stop_instances(InstanceIds=[made])
    assert state(instance(ec2, made)) == "stopped"
    return made


@slow("StartInstances")
def test_a_started_instance_is_pending_and_then_runs(aws_world, owner, ec2, kms_key, encrypted):
    made = stopped(ec2, encrypted)
    (change,) = ec2.start_instances(InstanceIds=[made])["StartingInstances"]
    assert (change["PreviousState"]["Name"], change["CurrentState"]["Name"]) == ("stopped", "pending")
    assert state(wait_for_instance(aws_world, ec2, made)) == "running"
    assert disks(ec2, made)[ROOT]["State"] == "in-use"
    assert len(attachment_grants(owner, kms_key)) == 1


@slow("StartInstances")
@pytest.mark.parametrize("trouble", ["disabled", "denied"])
def test_a_start_that_fails_is_pending_and_then_stopped_again(aws_world, owner, ec2, kms_key, encrypted, trouble):
    made = stopped(ec2, encrypted)
    spoil(aws_world, owner, kms_key, trouble)
    caller = person(owner).client("ec2") if trouble == "denied" else ec2
    (change,) = caller.start_instances(InstanceIds=[made])["StartingInstances"]
    assert change["CurrentState"]["Name"] == "pending"
    found = wait_for_instance(aws_world, ec2, made)
    assert (state(found), reason(found)) == ("stopped", (INTERNAL, REASONS[INTERNAL]))
    assert attachment_grants(owner, kms_key) == []


# --- waiters --------------------------------------------------------------------------------------------------------------------------

WAITERS = {
    "CreateVolume": ("volume_available", "VolumeIds"),
    "CopySnapshot": ("snapshot_completed", "SnapshotIds"),
    "CopyImage": ("image_available", "ImageIds"),
    "RunInstances": ("instance_running", "InstanceIds"),
}
ON_THEIR_WAY = pytest.mark.parametrize("operation", [pytest.param(each, marks=slow(each)) for each in WAITERS])


def begin(ec2, operation, owner, kms_key, *, bad=False):
    """The waiter for something that has begun, and its parameters; what is bad needs a key that is disabled."""
    target, images = cmk(owner), []
    if operation != "CreateVolume":
        images += [make_image(ec2, make_snapshot(ec2, kms_key))]
    if bad:
        kms_of(owner).disable_key(KeyId=kms_key)
    made = {
        "CreateVolume": lambda: create_volume(ec2, **under(kms_key)),
        "CopySnapshot": lambda: copy(ec2, root_snapshot(ec2, *images), **under(target)),
        "CopyImage": lambda: copy_image(ec2, *images, **under(target)),
        "RunInstances": lambda: launch(ec2, *images),
    }[operation]()
    waiter, parameter = WAITERS[operation]
    return ec2.get_waiter(waiter), {parameter: [made]}


@ON_THEIR_WAY
def test_a_waiter_lets_world_time_pass(aws_world, owner, ec2, kms_key, operation):
    waiter, asked = begin(ec2, operation, owner, kms_key)
    started, wall = aws_world.clock.now(), freezegun.api.real_perf_counter()
    waiter.wait(**asked)
    assert LATER <= aws_world.clock.now() - started <= LATER + timedelta(seconds=15)
    assert freezegun.api.real_perf_counter() - wall < 5


@ON_THEIR_WAY
def test_a_waiter_sees_a_failure_when_its_time_has_come(aws_world, owner, ec2, kms_key, operation):
    waiter, asked = begin(ec2, operation, owner, kms_key, bad=True)
    started = aws_world.clock.now()
    with pytest.raises(WaiterError):
        waiter.wait(**asked)
    assert LATER <= aws_world.clock.now() - started <= LATER + timedelta(seconds=15)


# --- the option -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.kmsmock(delays=False)
def test_without_delays_the_next_question_finds_all_settled(owner, ec2, kms_key, encrypted):
    source = make_snapshot(ec2, kms_key)
    assert snapshot(ec2, ec2.create_snapshot(VolumeId=make_volume(ec2))["SnapshotId"])["State"] == "completed"
    assert snapshot(ec2, copy(ec2, source))["State"] == "completed"
    assert snapshot(ec2, copy(ec2, MISSING))["State"] == "error"
    assert volume(ec2, create_volume(ec2, SnapshotId=source))["State"] == "available"
    assert image(ec2, copy_image(ec2, encrypted))["State"] == "available"
    host = launch(ec2, encrypted)
    assert state(instance(ec2, host)) == "running"
    assert image(ec2, ec2.create_image(InstanceId=host, Name="of the instance")["ImageId"])["State"] == "available"


@pytest.mark.kmsmock(delays=True)
def test_with_delays_a_test_sees_the_middle_of_what_takes_time(aws_world, ec2, kms_key):
    def settle():
        aws_world.clock.advance(days=1)

    disk = create_volume(ec2, **under(kms_key))
    assert volume(ec2, disk)["State"] == "creating"
    settle()
    assert volume(ec2, disk)["State"] == "available"
    source = ec2.create_snapshot(VolumeId=disk)["SnapshotId"]
    assert snapshot(ec2, source)["State"] == "pending"
    settle()
    assert snapshot(ec2, source)["State"] == "completed"
    copied, lost = copy(ec2, source), copy(ec2, MISSING)
    assert [snapshot(ec2, each)["State"] for each in (copied, lost)] == ["pending"] * 2
    settle()
    assert [snapshot(ec2, each)["State"] for each in (copied, lost)] == ["completed", "error"]
    host = launch(ec2, make_image(ec2, source))
    assert state(instance(ec2, host)) == "pending"
    settle()
    assert state(instance(ec2, host)) == "running"
    made = ec2.create_image(InstanceId=host, Name="of the instance")["ImageId"]
    assert image(ec2, made)["State"] == "pending"
    settle()
    assert image(ec2, made)["State"] == "available"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_world_takes_delays_of_these_operations(operation):
    kmsmock.World(delays={operation: LATER})
    with pytest.raises(TypeError, match="timedelta"):
        kmsmock.World(delays={operation: 300})


def test_an_operation_that_takes_no_time_is_refused_with_those_that_do():
    with pytest.raises(ValueError, match="CopySnapshot"):
        kmsmock.World(delays={"DeleteSnapshot": LATER})


# --- root volumes ---------------------------------------------------------------------------------------------------------------------


@slow("CreateReplaceRootVolumeTask")
@pytest.mark.parametrize("outcome", ["succeeded", "failed"])
def test_a_replacement_is_in_progress_and_then_over(aws_world, owner, ec2, kms_key, encrypted, outcome):
    host = running(ec2, encrypted)
    old = disks(ec2, host)[ROOT]["VolumeId"]
    if outcome == "failed":
        kms_of(owner).disable_key(KeyId=kms_key)
    made = ec2.create_replace_root_volume_task(InstanceId=host)["ReplaceRootVolumeTask"]
    assert made["TaskState"] == "pending"

    def task():
        (found,) = ec2.describe_replace_root_volume_tasks()["ReplaceRootVolumeTasks"]
        return found

    aws_world.clock.advance(LATER - timedelta(seconds=1))
    assert (task()["TaskState"], "CompleteTime" in task()) == ("in-progress", False)
    assert disks(ec2, host)[ROOT]["VolumeId"] == old
    aws_world.clock.advance(seconds=1)
    assert task()["TaskState"] == outcome
    assert (disks(ec2, host)[ROOT]["VolumeId"] != old) is (outcome == "succeeded")
    assert len(attachment_grants(owner, kms_key)) == 1
