"""Instances: which keys their volumes get, how a launch and a start fail, and what a running one no longer needs."""

import pytest

from tests.support.claims import OWNER, allow, policy, refused
from tests.support.ec2 import (
    DATA,
    EAST,
    GHOST,
    INTERNAL,
    INVALID,
    REASONS,
    ROOT,
    USE,
    WEST,
    change_policy,
    cmk,
    disks,
    failed_to_launch,
    instance,
    key_of,
    kms_events,
    launch,
    make_image,
    make_snapshot,
    make_volume,
    managed,
    mapping,
    person,
    root_key,
    running,
    share_image,
    spoil,
    under,
    volume,
)
from tests.support.policies import use

pytestmark = pytest.mark.evidence(
    "reported", 'public reports of launches that KMS refuses; "Instance termination reasons"'
)

STATES = ["disabled", "pending", "deleted"]
EXTRA = "/dev/sdb"


@pytest.fixture
def plain(ec2):
    return make_image(ec2, make_snapshot(ec2), name="plain")


@pytest.fixture
def shared(owner, other):
    """The id of another account's image, under a key of that account, and that key."""
    key, theirs = cmk(other, owner), other.client("ec2")
    made = make_image(theirs, make_snapshot(theirs, key))
    share_image(theirs, made, OWNER)
    return made, key


def state(ec2, instance_id):
    return instance(ec2, instance_id)["State"]["Name"]


def stop(ec2, instance_id):
    ec2.stop_instances(InstanceIds=[instance_id])
    assert state(ec2, instance_id) == "stopped"


def start(ec2, instance_id):
    """The state of an instance some time after it was started; the answer is pending whatever comes."""
    (change,) = ec2.start_instances(InstanceIds=[instance_id])["StartingInstances"]
    assert change["CurrentState"]["Name"] == "pending"
    return state(ec2, instance_id)


# --- which key ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("default", ["aws/ebs", "customer"])
@pytest.mark.parametrize("by_default", [False, True])
def test_the_key_of_a_root_volume(owner, ec2, kms_key, encrypted, plain, shared, default, by_default):
    asked, key = cmk(owner), managed(owner)
    if default == "customer":
        key = cmk(owner)
        ec2.modify_ebs_default_kms_key_id(KmsKeyId=key)
    if by_default:
        ec2.enable_ebs_encryption_by_default()
    cases = [
        (plain, {}, key if by_default else None),
        (encrypted, {}, kms_key),
        (shared[0], {}, key),
        (plain, {"Encrypted": True}, key),
        (encrypted, {"Encrypted": True}, kms_key),
        (shared[0], {"Encrypted": True}, key),
        *((each, under(asked), asked) for each in (plain, encrypted, shared[0])),
    ]
    for source, options, expected in cases:
        made = running(ec2, source, **(mapping(**options) if options else {}))
        assert root_key(ec2, made) == expected, (source, options)


def test_what_a_launch_adds_is_under_the_key_it_names(owner, ec2, kms_key, plain):
    asked = cmk(owner)
    source = make_snapshot(ec2, kms_key)
    added = {"/dev/sdf": {"VolumeSize": 1, **under(asked)}, "/dev/sdg": {"VolumeSize": 1, "Encrypted": True}}
    added |= {"/dev/sdh": {"SnapshotId": source}, "/dev/sdi": {"SnapshotId": source, **under(asked)}}
    mappings = [{"DeviceName": name, "Ebs": ebs} for name, ebs in {**added, "/dev/sdj": {"VolumeSize": 1}}.items()]
    made = running(ec2, plain, BlockDeviceMappings=mappings)
    assert {device: key_of(found) for device, found in disks(ec2, made).items()} == {
        ROOT: None,
        "/dev/sdf": asked,
        "/dev/sdg": managed(owner),
        "/dev/sdh": kms_key,
        "/dev/sdi": asked,
        "/dev/sdj": None,
    }


@pytest.mark.parametrize("form", ["id", "alias", "ARN", "alias ARN"])
def test_a_launch_names_a_key_in_four_ways(owner, ec2, kms_key, plain, form):
    owner.client("kms").create_alias(AliasName="alias/disk", TargetKeyId=kms_key)
    names = {"id": kms_key.rsplit("/", 1)[1], "alias": "alias/disk", "ARN": kms_key}
    named = names.get(form, kms_key.split("key/")[0] + "alias/disk")
    assert root_key(ec2, running(ec2, plain, **mapping(**under(named)))) == kms_key


def test_a_launch_cannot_take_encryption_off(ec2, kms_key, encrypted):
    try:
        made = launch(ec2, encrypted, **mapping(Encrypted=False))
    except ec2.exceptions.ClientError:
        return  # whether it is refused or ignored is open
    found = instance(ec2, made)
    assert found["State"]["Name"] == "terminated" or root_key(ec2, made) == kms_key


@pytest.mark.parametrize("override", [False, True])
def test_a_launch_template_names_a_key(owner, ec2, kms_key, plain, override):
    data = {"ImageId": plain, "InstanceType": "t3.micro", **mapping(**under(kms_key))}
    ec2.create_launch_template(LaunchTemplateName="disks", LaunchTemplateData=data)
    asked = cmk(owner)
    options = mapping(**under(asked)) if override else {}
    template = {"LaunchTemplateName": "disks"}
    answer = ec2.run_instances(LaunchTemplate=template, MinCount=1, MaxCount=1, **options)
    made = answer["Instances"][0]["InstanceId"]
    assert state(ec2, made) == "running"
    assert root_key(ec2, made) == (asked if override else kms_key)


def test_a_launch_template_does_not_look_at_its_key(aws_world, owner, ec2, kms_key, plain):
    spoil(aws_world, owner, kms_key, "disabled")
    data = {"ImageId": plain, "InstanceType": "t3.micro", **mapping(**under(kms_key))}
    with kms_events(aws_world) as events:
        ec2.create_launch_template(LaunchTemplateName="disks", LaunchTemplateData=data)
    assert events == []
    answer = ec2.run_instances(LaunchTemplate={"LaunchTemplateName": "disks"}, MinCount=1, MaxCount=1)
    failed_to_launch(ec2, answer["Instances"][0]["InstanceId"], INVALID)


# --- how a launch fails ---------------------------------------------------------------------------------------------------------


def test_a_launch_that_will_fail_is_answered_as_any_other(aws_world, owner, ec2, kms_key, encrypted):
    spoil(aws_world, owner, kms_key, "disabled")
    before = ec2.describe_volumes()["Volumes"]
    answer = ec2.run_instances(ImageId=encrypted, MinCount=2, MaxCount=2)["Instances"]
    assert [each["State"]["Name"] for each in answer] == ["pending"] * 2
    for each in answer:
        failed_to_launch(ec2, each["InstanceId"], INVALID)
    assert ec2.describe_volumes()["Volumes"] == before


@pytest.mark.parametrize("trouble", ["unknown", "other Region", *STATES])
def test_a_key_in_the_wrong_state_or_place(aws_world, owner, ec2, plain, trouble):
    key = {
        "unknown": lambda: f"arn:aws:kms:{EAST}:{OWNER}:key/{GHOST}",
        "other Region": lambda: cmk(owner, region=WEST),
    }.get(trouble, lambda: cmk(owner))()
    spoil(aws_world, owner, key, trouble)
    failed_to_launch(ec2, launch(ec2, plain, **mapping(**under(key))), INVALID)
    failed_to_launch(ec2, launch(ec2, plain, **mapping(EXTRA, VolumeSize=1, **under(key))), INVALID)


@pytest.mark.parametrize("state_of_default", STATES)
def test_a_default_key_in_the_wrong_state(aws_world, owner, ec2, plain, shared, state_of_default):
    key = cmk(owner)
    ec2.modify_ebs_default_kms_key_id(KmsKeyId=key)
    spoil(aws_world, owner, key, state_of_default)
    failed_to_launch(ec2, launch(ec2, shared[0]), INVALID)
    ec2.enable_ebs_encryption_by_default()
    failed_to_launch(ec2, launch(ec2, plain), INVALID)


def test_a_caller_without_permissions(owner, ec2, kms_key, plain, encrypted, shared):
    caller = person(owner).client("ec2")
    failed_to_launch(caller, launch(caller, encrypted), INVALID)
    failed_to_launch(caller, launch(caller, shared[0]), INVALID)
    failed_to_launch(caller, launch(caller, plain, **mapping(**under(kms_key))), INVALID)
    running(caller, plain)


@pytest.mark.parametrize("side", ["key policy", "identity policy"])
def test_a_shared_image_needs_its_key_from_both_sides(owner, other, ec2, shared, side):
    image_id, key = shared
    client = ec2
    if side == "key policy":
        change_policy(other, key)
    else:
        own_keys = f"arn:aws:kms:*:{OWNER}:key/*"
        statements = [
            {"Effect": "Allow", "Action": action, "Resource": where}
            for action, where in [("ec2:*", "*"), ("kms:*", own_keys)]
        ]
        client = owner.user("local", [policy(*statements)]).client("ec2")
    failed_to_launch(client, launch(client, image_id), INVALID)


def test_the_documented_permissions_are_enough_to_launch_a_shared_image(owner, other, ec2):
    key = cmk(other, statements=[use(f"arn:aws:iam::{OWNER}:root", USE)])
    theirs = other.client("ec2")
    made = make_image(theirs, make_snapshot(theirs, key))
    share_image(theirs, made, OWNER)
    ec2.modify_ebs_default_kms_key_id(KmsKeyId=cmk(owner))
    running(person(owner, *USE).client("ec2"), made)


def test_a_denied_grant(owner, ec2, kms_key, encrypted):
    caller = person(owner, *(action for action in USE if action != "kms:CreateGrant")).client("ec2")
    failed_to_launch(caller, launch(caller, encrypted), INVALID)


def test_one_bad_disk_is_enough(aws_world, owner, ec2, kms_key):
    second = cmk(owner)
    source = make_image(ec2, make_snapshot(ec2, kms_key), make_snapshot(ec2, second))
    running(ec2, source)
    spoil(aws_world, owner, second, "disabled")
    failed_to_launch(ec2, launch(ec2, source), INVALID)


@pytest.mark.parametrize("may", [True, False])
def test_a_dry_run_ends_before_kms_is_asked(aws_world, owner, kms_key, encrypted, may):
    spoil(aws_world, owner, kms_key, "disabled")
    caller = owner.user("dry", [allow(["ec2:*"] if may else ["ec2:Describe*"])]).client("ec2")
    outcome = ("DryRunOperation", 412) if may else ("UnauthorizedOperation", 403)
    with kms_events(aws_world) as events, refused(outcome[0], status=outcome[1]):
        launch(caller, encrypted, DryRun=True)
    assert events == []


# --- the life of an instance --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key_state", STATES)
def test_a_running_instance_goes_on_and_does_not_start_again(aws_world, owner, ec2, kms_key, encrypted, key_state):
    made = running(ec2, encrypted)
    spoil(aws_world, owner, kms_key, key_state)
    assert state(ec2, made) == "running"
    ec2.reboot_instances(InstanceIds=[made])
    assert state(ec2, made) == "running"
    assert volume(ec2, disks(ec2, made)[ROOT]["VolumeId"])["State"] == "in-use"
    stop(ec2, made)
    assert start(ec2, made) == "stopped"
    reason = instance(ec2, made)["StateReason"]
    assert (reason["Code"], reason["Message"]) == (INTERNAL, REASONS[INTERNAL])


@pytest.mark.parametrize("rescue", ["enabled", "cancelled"])
def test_an_instance_starts_again_once_its_key_is_back(aws_world, owner, ec2, kms_key, encrypted, rescue):
    kms, made = owner.client("kms"), running(ec2, encrypted)
    stop(ec2, made)
    spoil(aws_world, owner, kms_key, "disabled" if rescue == "enabled" else "pending")
    assert start(ec2, made) == "stopped"
    if rescue == "cancelled":
        kms.cancel_key_deletion(KeyId=kms_key)
        assert start(ec2, made) == "stopped"  # a key that is kept from deletion is disabled
    kms.enable_key(KeyId=kms_key)
    assert start(ec2, made) == "running"


@pytest.mark.parametrize(("actions", "outcome"), [(["kms:CreateGrant"], "running"), ([], "stopped")])
def test_who_starts_an_instance_needs_create_grant(owner, ec2, encrypted, actions, outcome):
    made = running(ec2, encrypted)
    stop(ec2, made)
    starter = person(owner, *actions).client("ec2")
    assert start(starter, made) == outcome
    if outcome == "stopped":
        assert instance(ec2, made)["StateReason"]["Code"] == INTERNAL
        assert start(ec2, made) == "running"


def test_a_data_volume_keeps_an_instance_from_starting_too(aws_world, owner, ec2, kms_key, plain):
    made, disk = running(ec2, plain), make_volume(ec2, kms_key)
    ec2.attach_volume(VolumeId=disk, InstanceId=made, Device=DATA)
    spoil(aws_world, owner, kms_key, "disabled")
    stop(ec2, made)
    assert start(ec2, made) == "stopped"
    ec2.detach_volume(VolumeId=disk, InstanceId=made)
    assert start(ec2, made) == "running"


def test_stopping_and_terminating_ask_for_no_key(aws_world, owner, ec2, kms_key, encrypted):
    first, second = running(ec2, encrypted), running(ec2, encrypted)
    spoil(aws_world, owner, kms_key, "disabled")
    caller = person(owner).client("ec2")
    stop(caller, first)
    caller.terminate_instances(InstanceIds=[first, second])
    assert {state(ec2, each) for each in (first, second)} == {"terminated"}


def test_a_deleted_key_takes_what_was_made_of_it(aws_world, owner, ec2, kms_key, encrypted):
    own = cmk(owner)
    kept = running(ec2, encrypted, **mapping(**under(own)))
    lost = running(ec2, encrypted)
    for each in (kept, lost):
        stop(ec2, each)
    spoil(aws_world, owner, kms_key, "deleted")
    assert (start(ec2, kept), start(ec2, lost)) == ("running", "stopped")
    failed_to_launch(ec2, launch(ec2, encrypted), INVALID)


def test_a_launch_of_a_shared_image_outlives_the_key_and_the_image(aws_world, other, ec2, shared):
    image_id, key = shared
    made = running(ec2, image_id)
    other.client("ec2").deregister_image(ImageId=image_id)
    spoil(aws_world, other, key, "deleted")
    stop(ec2, made)
    assert start(ec2, made) == "running"
