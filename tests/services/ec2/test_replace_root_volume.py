"""Root volumes of running instances are replaced: as a volume is created and attached, with the key of each step."""

import re

import pytest
from botocore.exceptions import ClientError

from tests.support.claims import OWNER, allow, refused
from tests.support.ec2 import (
    DATA,
    ROOT,
    attachment_grants,
    called,
    change_policy,
    cmk,
    copy,
    denied,
    disks,
    grantee,
    instance,
    key_of,
    kms_events,
    make_image,
    make_snapshot,
    make_volume,
    managed,
    person,
    root_key,
    running,
    share_image,
    snapshot,
    spoil,
    under,
    used_keys,
    volume,
)
from tests.support.policies import root, use

pytestmark = pytest.mark.evidence("documented", '"Replace the root volume for an instance" (EC2 user guide)')

STATES = ["disabled", "pending", "deleted"]
SOURCES = ["launch state", "snapshot", "image"]
PASSING = {"pending", "in-progress", "failing", "failing-detached"}


@pytest.fixture
def host(ec2, encrypted):
    """The id of a running instance whose root is under the key."""
    return running(ec2, encrypted)


def root_of(ec2, host):
    return disks(ec2, host)[ROOT]["VolumeId"]


def root_snapshot(ec2, host):
    """The id of a completed snapshot of the root of an instance."""
    made = ec2.create_snapshot(VolumeId=root_of(ec2, host))["SnapshotId"]
    assert snapshot(ec2, made)["State"] == "completed"
    return made


def source(ec2, host, image_id, kind):
    """The parameters for one of the three things that a root can be replaced from."""
    return {
        "launch state": dict,
        "snapshot": lambda: {"SnapshotId": root_snapshot(ec2, host)},
        "image": lambda: {"ImageId": image_id},
    }[kind]()


def replace(ec2, host, **options):
    """The id of a task; it is answered as pending whatever comes."""
    made = ec2.create_replace_root_volume_task(InstanceId=host, **options)["ReplaceRootVolumeTask"]
    assert made["TaskState"] == "pending"
    return made["ReplaceRootVolumeTaskId"]


def task(ec2, task_id):
    """A task once it is over."""
    for _ in range(4):
        (found,) = ec2.describe_replace_root_volume_tasks(ReplaceRootVolumeTaskIds=[task_id])["ReplaceRootVolumeTasks"]
        if found["TaskState"] not in PASSING:
            break
    return found


def replaced(ec2, host, **options):
    """The state in which a replacement ends."""
    return task(ec2, replace(ec2, host, **options))["TaskState"]


# --- the task ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", SOURCES)
def test_a_task_is_pending_and_then_succeeds(ec2, host, encrypted, kind):
    asked = source(ec2, host, encrypted, kind)
    tags = [{"Key": "team", "Value": "a"}]
    told = [{"ResourceType": "replace-root-volume-task", "Tags": tags}]
    answer = ec2.create_replace_root_volume_task(InstanceId=host, TagSpecifications=told, **asked)
    made = answer["ReplaceRootVolumeTask"]
    assert re.fullmatch(r"replacevol-[0-9a-f]{17}", made["ReplaceRootVolumeTaskId"])
    assert (made["InstanceId"], made["TaskState"], made["Tags"]) == (host, "pending", tags)
    assert "CompleteTime" not in made
    found = task(ec2, made["ReplaceRootVolumeTaskId"])
    assert (found["InstanceId"], found["TaskState"], found["Tags"]) == (host, "succeeded", tags)
    assert found["StartTime"] == made["StartTime"]
    assert found["CompleteTime"] >= found["StartTime"]
    assert {name: found[name] for name in asked} == asked


def test_tasks_are_found_by_id_and_instance_in_their_own_account(other, ec2, host, encrypted):
    second = running(ec2, encrypted)
    made = {each: replace(ec2, each) for each in (host, second)}

    def ids(client, **question):
        told = client.describe_replace_root_volume_tasks(**question)["ReplaceRootVolumeTasks"]
        return {each["ReplaceRootVolumeTaskId"] for each in told}

    assert ids(ec2) == set(made.values())
    assert ids(ec2, ReplaceRootVolumeTaskIds=[made[host]]) == {made[host]}
    assert ids(ec2, Filters=[{"Name": "instance-id", "Values": [second]}]) == {made[second]}
    assert ids(other.client("ec2")) == set()


@pytest.mark.parametrize("kind", SOURCES)
def test_the_instance_goes_on_with_another_root(ec2, kms_key, encrypted, kind):
    host, disk = running(ec2, encrypted), make_volume(ec2, kms_key)
    ec2.attach_volume(VolumeId=disk, InstanceId=host, Device=DATA)
    before = instance(ec2, host)
    old = root_of(ec2, host)
    assert replaced(ec2, host, **source(ec2, host, encrypted, kind)) == "succeeded"
    after = instance(ec2, host)
    new = root_of(ec2, host)
    assert new != old
    assert after["State"]["Name"] == "running"
    assert after["PrivateIpAddress"] == before["PrivateIpAddress"]
    assert disks(ec2, host)[DATA]["VolumeId"] == disk
    assert set(disks(ec2, host)) == {ROOT, DATA}
    (attachment,) = volume(ec2, new)["Attachments"]
    assert (attachment["InstanceId"], attachment["Device"]) == (host, ROOT)
    kept = {each["DeviceName"]: each["Ebs"]["DeleteOnTermination"] for each in before["BlockDeviceMappings"]}
    assert attachment["DeleteOnTermination"] is kept[ROOT]
    assert volume(ec2, new)["Size"] == volume(ec2, old)["Size"]


@pytest.mark.parametrize("delete", [None, False, True])
def test_the_old_root_is_kept_unless_it_is_asked_to_go(ec2, host, kms_key, delete):
    old = root_of(ec2, host)
    made = replace(ec2, host, **({} if delete is None else {"DeleteReplacedRootVolume": delete}))
    found = task(ec2, made)
    assert found["TaskState"] == "succeeded"
    assert bool(found.get("DeleteReplacedRootVolume")) is bool(delete)
    if delete:
        assert volume(ec2, old) is None
    else:
        assert (volume(ec2, old)["State"], key_of(volume(ec2, old))) == ("available", kms_key)


# --- the key of the new root --------------------------------------------------------------------------------------------------------


def test_the_launch_state_has_the_key_of_the_image_whatever_the_default(owner, ec2, host, kms_key):
    ec2.modify_ebs_default_kms_key_id(KmsKeyId=cmk(owner))
    ec2.enable_ebs_encryption_by_default()
    assert replaced(ec2, host) == "succeeded"
    assert root_key(ec2, host) == kms_key


def test_a_snapshot_of_a_root_keeps_its_key_and_may_be_of_a_former_one(owner, ec2, host, kms_key):
    made = root_snapshot(ec2, host)
    other_key = cmk(owner)
    image_id = make_image(ec2, make_snapshot(ec2, other_key), name="other")
    assert replaced(ec2, host, ImageId=image_id) == "succeeded"
    assert root_key(ec2, host) == other_key
    assert replaced(ec2, host, SnapshotId=made) == "succeeded"
    assert root_key(ec2, host) == kms_key
    assert volume(ec2, root_of(ec2, host))["SnapshotId"] == made


def test_an_image_brings_its_key_and_its_id(owner, ec2, host):
    target = cmk(owner)
    image_id = make_image(ec2, make_snapshot(ec2, target), make_snapshot(ec2), name="other")
    assert replaced(ec2, host, ImageId=image_id) == "succeeded"
    assert instance(ec2, host)["ImageId"] == image_id
    assert {device: key_of(found) for device, found in disks(ec2, host).items()} == {ROOT: target}


@pytest.mark.parametrize("default", ["aws/ebs", "customer"])
def test_a_shared_image_brings_the_default_key(owner, other, ec2, host, default):
    theirs, key = other.client("ec2"), managed(owner)
    shared = make_image(theirs, make_snapshot(theirs, cmk(other, owner)))
    share_image(theirs, shared, OWNER)
    if default == "customer":
        key = cmk(owner)
        ec2.modify_ebs_default_kms_key_id(KmsKeyId=key)
    assert replaced(ec2, host, ImageId=shared) == "succeeded"
    assert root_key(ec2, host) == key


@pytest.mark.parametrize("kind", SOURCES)
def test_what_is_not_encrypted_asks_for_nothing(aws_world, owner, ec2, kind):
    plain = make_image(ec2, make_snapshot(ec2))
    host = running(ec2, plain)
    asked = source(ec2, host, plain, kind)
    caller = person(owner).client("ec2")
    with kms_events(aws_world) as events:
        assert replaced(caller, host, **asked) == "succeeded"
    assert (root_key(ec2, host), events) == (None, [])


# --- what is asked of KMS -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", SOURCES)
def test_a_replacement_creates_and_attaches(aws_world, owner, ec2, host, encrypted, kms_key, kind):
    asked = source(ec2, host, encrypted, kind)
    with kms_events(aws_world) as events:
        assert replaced(ec2, host, **asked) == "succeeded"
    new = root_of(ec2, host)
    (wrapped,) = called(events, "ReEncrypt")
    assert wrapped["destinationEncryptionContext"] == {"aws:ebs:id": new}
    (granted,) = called(events, "CreateGrant")
    assert (granted["granteePrincipal"], granted["operations"]) == (grantee(host), ["Decrypt"])
    assert granted["constraints"] == {"encryptionContextSubset": {"aws:ebs:id": new}}
    assert [each["encryptionContext"] for each in called(events, "Decrypt")] == [{"aws:ebs:id": new}]
    for name in ("ReEncrypt", "CreateGrant", "Decrypt"):
        assert used_keys(events, name) == [{kms_key}]
        (caller,) = (event["userIdentity"].get("arn") for event in events if event["eventName"] == name)
        assert caller == (grantee(host) if name == "Decrypt" else root(owner))


def test_the_grant_of_the_old_root_ends_and_that_of_the_new_begins(owner, ec2, host, kms_key):
    (old,) = attachment_grants(owner, kms_key)
    assert replaced(ec2, host) == "succeeded"
    (new,) = attachment_grants(owner, kms_key)
    assert new["GrantId"] != old["GrantId"]
    assert (new["GranteePrincipal"], new["Operations"]) == (grantee(host), ["Decrypt"])
    assert new["Constraints"] == {"EncryptionContextSubset": {"aws:ebs:id": root_of(ec2, host)}}
    target = cmk(owner)
    image_id = make_image(ec2, make_snapshot(ec2, target), name="other")
    assert replaced(ec2, host, ImageId=image_id) == "succeeded"
    assert attachment_grants(owner, kms_key) == []
    assert len(attachment_grants(owner, target)) == 1


def test_an_instance_with_another_root_stops_and_starts_with_its_key(aws_world, owner, ec2, host, kms_key):
    target = cmk(owner)
    image_id = make_image(ec2, make_snapshot(ec2, target), name="other")
    assert replaced(ec2, host, ImageId=image_id) == "succeeded"
    spoil(aws_world, owner, kms_key, "disabled")
    for expected in ("running", "stopped"):
        ec2.stop_instances(InstanceIds=[host])
        assert instance(ec2, host)["State"]["Name"] == "stopped"
        ec2.start_instances(InstanceIds=[host])
        assert instance(ec2, host)["State"]["Name"] == expected
        spoil(aws_world, owner, target, "disabled")


# --- failures -------------------------------------------------------------------------------------------------------------------------


def check_failure(ec2, host, old, state):
    """A task failed, and the instance is left with the root that its state says."""
    assert state in {"failed", "failed-detached"}
    found = instance(ec2, host)
    assert found["State"]["Name"] == "running"
    roots = {each["Ebs"]["VolumeId"] for each in found["BlockDeviceMappings"] if each["DeviceName"] == ROOT}
    assert roots == ({old} if state == "failed" else set())


@pytest.mark.parametrize("kind", SOURCES)
@pytest.mark.parametrize("state", STATES)
def test_a_key_that_cannot_be_used_leaves_the_old_root(aws_world, owner, ec2, host, encrypted, kms_key, kind, state):
    asked = source(ec2, host, encrypted, kind)
    old, volumes = root_of(ec2, host), ec2.describe_volumes()["Volumes"]
    spoil(aws_world, owner, kms_key, state)
    made = replace(ec2, host, DeleteReplacedRootVolume=True, **asked)
    found = task(ec2, made)
    assert found["TaskState"] == "failed"
    check_failure(ec2, host, old, "failed")
    assert volume(ec2, old)["State"] == "in-use"
    assert ec2.describe_volumes()["Volumes"] == volumes


def test_a_failed_replacement_leaves_the_grants_as_they_were(aws_world, owner, ec2, host, kms_key):
    before = attachment_grants(owner, kms_key)
    spoil(aws_world, owner, kms_key, "disabled")
    assert replaced(ec2, host) == "failed"
    assert attachment_grants(owner, kms_key) == before
    owner.client("kms").enable_key(KeyId=kms_key)
    assert replaced(ec2, host) == "succeeded"


def test_a_disabled_key_of_the_old_root_is_not_asked(aws_world, owner, ec2, host, kms_key):
    target = cmk(owner)
    image_id = make_image(ec2, make_snapshot(ec2, target), name="other")
    spoil(aws_world, owner, kms_key, "disabled")
    assert replaced(ec2, host, ImageId=image_id) == "succeeded"
    assert root_key(ec2, host) == target


@pytest.mark.parametrize(
    ("action", "outcome"),
    [
        ("ReEncryptFrom", {"failed"}),
        ("ReEncryptTo", {"failed"}),
        ("CreateGrant", {"failed", "failed-detached"}),
        ("DescribeKey", {"succeeded"}),
        ("Decrypt", {"succeeded"}),
        ("GenerateDataKeyWithoutPlaintext", {"succeeded"}),
    ],
)
@pytest.mark.parametrize("kind", SOURCES)
def test_which_permissions_a_caller_needs(owner, ec2, host, encrypted, kms_key, kind, action, outcome):
    asked = source(ec2, host, encrypted, kind)
    old = root_of(ec2, host)
    state = replaced(denied(owner, action, kms_key), host, **asked)
    assert state in outcome
    if state != "succeeded":
        check_failure(ec2, host, old, state)


def test_the_infrastructure_decrypts_as_its_own_session(owner, ec2, host, kms_key):
    old = root_of(ec2, host)
    role = {"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{OWNER}:role/aws:ec2-infrastructure"}}
    change_policy(owner, kms_key, use("*", "kms:Decrypt", "Deny", Condition=role))
    check_failure(ec2, host, old, replaced(ec2, host))


@pytest.mark.parametrize("side", ["key policy", "identity policy"])
def test_a_shared_image_needs_its_key_from_both_sides(owner, other, ec2, host, side):
    theirs, key = other.client("ec2"), cmk(other, owner)
    shared = make_image(theirs, make_snapshot(theirs, key))
    share_image(theirs, shared, OWNER)
    old, client = root_of(ec2, host), ec2
    if side == "key policy":
        change_policy(other, key)
    else:
        local = owner.user("local", [allow("ec2:*"), allow("kms:*", f"arn:aws:kms:*:{OWNER}:key/*")])
        client = local.client("ec2")
    assert replaced(client, host, ImageId=shared) == "failed"
    check_failure(ec2, host, old, "failed")


@pytest.mark.parametrize("state", STATES)
def test_a_default_key_that_cannot_be_used_keeps_shared_images_out(aws_world, owner, other, ec2, host, state):
    theirs, key = other.client("ec2"), cmk(owner)
    shared = make_image(theirs, make_snapshot(theirs, cmk(other, owner)))
    share_image(theirs, shared, OWNER)
    ec2.modify_ebs_default_kms_key_id(KmsKeyId=key)
    spoil(aws_world, owner, key, state)
    assert replaced(ec2, host, ImageId=shared) == "failed"


# --- what is refused at once ------------------------------------------------------------------------------------------------------------


def test_a_stopped_instance_keeps_its_root(ec2, host):
    ec2.stop_instances(InstanceIds=[host])
    assert instance(ec2, host)["State"]["Name"] == "stopped"
    with refused("IncorrectInstanceState"):
        replace(ec2, host)
    assert ec2.describe_replace_root_volume_tasks()["ReplaceRootVolumeTasks"] == []


@pytest.mark.parametrize("kind", ["of another volume", "copied"])
def test_a_snapshot_is_of_a_root_that_the_instance_has_or_had(ec2, host, kms_key, kind):
    made = make_snapshot(ec2, kms_key) if kind == "of another volume" else copy(ec2, root_snapshot(ec2, host))
    assert snapshot(ec2, made)["State"] == "completed"
    text = (
        f"Invalid snapshot for root volume for virt {host}. "
        "The snapshot should be of one of the root volumes attached to the instance in the past"
    )
    with refused("InvalidParameterValue", text):
        replace(ec2, host, SnapshotId=made)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"InstanceId": "i-0123456789abcdef0"}, "InvalidInstanceID.NotFound"),
        ({"SnapshotId": "snap-0123456789abcdef0"}, "InvalidSnapshot.NotFound"),
        ({"ImageId": "ami-0123456789abcdef0"}, "InvalidAMIID.NotFound"),
    ],
)
def test_what_is_not_there_is_refused(ec2, host, options, code):
    with refused(code):
        ec2.create_replace_root_volume_task(**{"InstanceId": host, **options})


def test_an_image_that_is_not_shared_is_not_there(other, ec2, host):
    theirs = other.client("ec2")
    with refused("InvalidAMIID.NotFound"):
        replace(ec2, host, ImageId=make_image(theirs, make_snapshot(theirs)))


def test_the_instance_of_another_account_is_not_there(other, host):
    with refused("InvalidInstanceID.NotFound"):
        replace(other.client("ec2"), host)


@pytest.mark.parametrize("may", [True, False])
def test_a_dry_run_ends_before_kms_is_asked(aws_world, owner, ec2, host, kms_key, may):
    spoil(aws_world, owner, kms_key, "disabled")
    caller = owner.user("dry", [allow(["ec2:*"] if may else ["ec2:Describe*"])]).client("ec2")
    code, status = ("DryRunOperation", 412) if may else ("UnauthorizedOperation", 403)
    with kms_events(aws_world) as events, refused(code, status=status):
        replace(caller, host, DryRun=True)
    assert events == []
    assert ec2.describe_replace_root_volume_tasks()["ReplaceRootVolumeTasks"] == []


def test_a_replacement_is_allowed_by_name(owner, ec2, host):
    caller = owner.user("weak", [allow(["ec2:Describe*", "ec2:RunInstances", "ec2:AttachVolume", "kms:*"])])
    old = root_of(ec2, host)
    with refused("UnauthorizedOperation", status=403):
        replace(caller.client("ec2"), host)
    assert root_of(ec2, host) == old


def test_one_source_is_enough(ec2, host, encrypted):
    with pytest.raises(ClientError):
        replace(ec2, host, ImageId=encrypted, SnapshotId=root_snapshot(ec2, host))
    assert ec2.describe_replace_root_volume_tasks()["ReplaceRootVolumeTasks"] == []


def test_the_root_of_a_volume_that_was_encrypted_at_launch_stays_under_a_key(owner, ec2, kms_key):
    plain = make_image(ec2, make_snapshot(ec2), name="plain")
    mappings = [{"DeviceName": ROOT, "Ebs": under(kms_key)}]
    host = running(ec2, plain, BlockDeviceMappings=mappings)
    assert replaced(ec2, host, SnapshotId=root_snapshot(ec2, host)) == "succeeded"
    assert root_key(ec2, host) == kms_key


def test_an_instance_without_a_root_has_none_to_replace(ec2, host):
    ec2.detach_volume(VolumeId=root_of(ec2, host), InstanceId=host)
    with refused("IncorrectInstanceState"):
        ec2.create_replace_root_volume_task(InstanceId=host)
    assert ec2.describe_replace_root_volume_tasks()["ReplaceRootVolumeTasks"] == []
    with refused("InvalidNextToken"):
        ec2.describe_replace_root_volume_tasks(NextToken="nonsense")
