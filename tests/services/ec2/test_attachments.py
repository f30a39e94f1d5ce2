"""Volumes in use: attaching asks for the key, afterwards nothing does until the volume is attached again."""

import pytest

from tests.support.claims import refused
from tests.support.ec2 import (
    DATA,
    attachment_grants,
    change_policy,
    cmk,
    create_volume,
    grantee,
    instance,
    key_of,
    kms_events,
    make_image,
    make_snapshot,
    make_volume,
    person,
    running,
    spoil,
    volume,
)
from tests.support.policies import root, use

pytestmark = pytest.mark.evidence(
    "reported", "replays of recordings in stackd (notes on EBS) and public reports, named at the tests"
)

STATES = ["disabled", "pending", "deleted"]


@pytest.fixture
def disk(ec2, kms_key):
    """The id of an available volume under the key."""
    return make_volume(ec2, kms_key)


def attach(ec2, disk, host):
    return ec2.attach_volume(VolumeId=disk, InstanceId=host, Device=DATA)


def detach(ec2, disk, host):
    ec2.detach_volume(VolumeId=disk, InstanceId=host)
    assert volume(ec2, disk)["State"] == "available"


def attached(ec2, disk):
    found = volume(ec2, disk)
    return found["State"] == "in-use" and found["Attachments"][0]["State"] in {"attaching", "attached"}


def revoked(disk):
    """EC2 refuses the block for want of the key."""
    return refused(
        "CustomerKeyHasBeenRevoked",
        f"Volume {disk} cannot be attached. The encrypted volume was unable to access the KMS master key.",
    )


@pytest.mark.parametrize("state", STATES)
def test_a_volume_cannot_be_attached_while_its_key_cannot_be_used(aws_world, owner, ec2, host, kms_key, disk, state):
    spoil(aws_world, owner, kms_key, state)
    with revoked(disk):
        attach(ec2, disk, host)
    assert volume(ec2, disk)["State"] == "available"


def test_a_volume_can_be_attached_again_when_its_key_can_be_used_again(aws_world, owner, ec2, host, kms_key, disk):
    spoil(aws_world, owner, kms_key, "disabled")
    with revoked(disk):
        attach(ec2, disk, host)
    owner.client("kms").enable_key(KeyId=kms_key)
    attach(ec2, disk, host)
    assert attached(ec2, disk)


@pytest.mark.parametrize(("actions", "may"), [(["kms:CreateGrant"], True), ([], False)])
def test_attaching_needs_create_grant_and_nothing_else(owner, host, disk, actions, may):
    caller = person(owner, *actions).client("ec2")
    if may:
        attach(caller, disk, host)
        assert attached(caller, disk)
    else:
        with revoked(disk):
            attach(caller, disk, host)


def test_a_volume_is_attached_to_one_instance(ec2, host, kms_key, disk, owner):
    """aws/aws-sdk-java#1623: ``VolumeInUse``, 400."""
    attach(ec2, disk, host)
    granted = attachment_grants(owner, kms_key)
    another = running(ec2, make_image(ec2, make_snapshot(ec2)))
    for each in (host, another):
        with refused("VolumeInUse", f"{disk} is already attached to an instance"):
            ec2.attach_volume(VolumeId=disk, InstanceId=each, Device="/dev/sdz")
    assert volume(ec2, disk)["Attachments"][0]["InstanceId"] == host
    assert attachment_grants(owner, kms_key) == granted


def test_a_device_is_one_volumes(ec2, host, kms_key, disk):
    """Netflix/aminator#238."""
    attach(ec2, disk, host)
    second = make_volume(ec2, kms_key)
    text = f"Invalid value '{DATA}' for unixDevice. Attachment point {DATA} is already in use"
    with refused("InvalidParameterValue", text):
        attach(ec2, second, host)
    assert volume(ec2, second)["State"] == "available"


DENIALS = {
    "its role": {"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::111111111111:role/aws:ec2-infrastructure"}},
    "direct calls": {"Null": {"kms:ViaService": "true"}},
}


@pytest.mark.parametrize("condition", DENIALS.values(), ids=DENIALS)
def test_the_infrastructure_decrypts_as_its_own_session_and_directly(owner, ec2, host, kms_key, disk, condition):
    change_policy(owner, kms_key, use("*", "kms:Decrypt", "Deny", Condition=condition))
    with revoked(disk):
        attach(ec2, disk, host)
    assert attachment_grants(owner, kms_key) == []


def test_a_denial_of_decrypt_to_the_caller_does_not_matter(owner, ec2, host, kms_key, disk):
    caller = person(owner, "kms:CreateGrant")
    change_policy(owner, kms_key, use(caller.arn, "kms:Decrypt", "Deny"))
    attach(caller.client("ec2"), disk, host)
    assert attached(ec2, disk)


def test_what_is_not_encrypted_asks_for_nothing(aws_world, owner, host):
    caller = person(owner).client("ec2")
    disk = make_volume(caller)
    with kms_events(aws_world) as events:
        attach(caller, disk, host)
        detach(caller, disk, host)
    assert events == []


def test_a_volume_is_detached_without_naming_its_instance(owner, ec2, host, kms_key, disk):
    attach(ec2, disk, host)
    ec2.detach_volume(VolumeId=disk)
    assert volume(ec2, disk)["State"] == "available"
    assert attachment_grants(owner, kms_key) == []


def test_an_aws_managed_key_needs_no_permission(owner, host):
    caller = person(owner).client("ec2")
    disk = make_volume(caller, None)
    attach(caller, disk, host)
    assert attached(caller, disk)


@pytest.mark.parametrize("state", STATES)
def test_what_is_attached_goes_on_until_it_is_detached(aws_world, owner, ec2, host, kms_key, disk, state):
    attach(ec2, disk, host)
    spoil(aws_world, owner, kms_key, state)
    assert attached(ec2, disk)
    assert instance(ec2, host)["State"]["Name"] == "running"
    detach(ec2, disk, host)
    with revoked(disk):
        attach(ec2, disk, host)


def test_what_is_attached_goes_on_when_the_key_policy_changes(owner, ec2, host, kms_key, disk):
    attach(ec2, disk, host)
    lockout = use("*", ["kms:Decrypt", "kms:CreateGrant"], "Deny")
    change_policy(owner, kms_key, lockout)
    assert attached(ec2, disk)
    detach(ec2, disk, host)
    with revoked(disk):
        attach(ec2, disk, host)


def test_each_attachment_has_a_grant_of_its_own_while_it_lasts(owner, ec2, host, kms_key, disk):
    second = make_volume(ec2, kms_key)
    attach(ec2, disk, host)
    ec2.attach_volume(VolumeId=second, InstanceId=host, Device="/dev/sdg")
    subsets = [each["Constraints"]["EncryptionContextSubset"] for each in attachment_grants(owner, kms_key)]
    assert sorted(subsets, key=repr) == sorted(({"aws:ebs:id": each} for each in (disk, second)), key=repr)
    assert {each["GranteePrincipal"] for each in attachment_grants(owner, kms_key)} == {grantee(host)}
    detach(ec2, disk, host)
    (left,) = attachment_grants(owner, kms_key)
    assert left["Constraints"] == {"EncryptionContextSubset": {"aws:ebs:id": second}}
    ec2.terminate_instances(InstanceIds=[host])
    assert instance(ec2, host)["State"]["Name"] == "terminated"
    assert attachment_grants(owner, kms_key) == []


def test_the_volume_of_a_key_of_another_account(owner, other, ec2, host):
    key = cmk(other, owner)
    disk = make_volume(ec2, key)
    attach(ec2, disk, host)
    (made,) = attachment_grants(other, key)
    assert (made["GranteePrincipal"], made["IssuingAccount"]) == (grantee(host), root(owner))
    detach(ec2, disk, host)
    change_policy(other, key)
    with revoked(disk):
        attach(ec2, disk, host)


# --- volumes as such ----------------------------------------------------------------------------------------------------------


def test_a_modified_volume_keeps_its_key(aws_world, owner, ec2, kms_key, disk):
    spoil(aws_world, owner, kms_key, "disabled")
    change = person(owner).client("ec2").modify_volume(VolumeId=disk, Size=2)["VolumeModification"]
    assert change["VolumeId"] == disk
    found = volume(ec2, disk)
    assert (found["Size"], key_of(found)) == (2, kms_key)


def test_deleting_and_describing_ask_for_no_key(aws_world, owner, ec2, kms_key, disk):
    spoil(aws_world, owner, kms_key, "disabled")
    caller = person(owner).client("ec2")
    with kms_events(aws_world) as events:
        assert key_of(volume(caller, disk)) == kms_key
        caller.delete_volume(VolumeId=disk)
    assert events == []
    assert volume(ec2, disk) is None


@pytest.mark.parametrize(("value", "answer"), [("true", {"customer", "managed"}), ("false", {"plain"})])
def test_volumes_are_found_by_whether_they_are_encrypted(ec2, kms_key, value, answer):
    made = {"plain": make_volume(ec2), "customer": make_volume(ec2, kms_key), "managed": make_volume(ec2, None)}
    told = ec2.describe_volumes(Filters=[{"Name": "encrypted", "Values": [value]}])["Volumes"]
    assert {each["VolumeId"] for each in told} == {made[name] for name in answer}


def test_volumes_are_found_by_their_state_only_when_they_exist(ec2, kms_key):
    create_volume(ec2, Encrypted=True, KmsKeyId="alias/nothing")
    kept = make_volume(ec2, kms_key)
    told = ec2.describe_volumes(Filters=[{"Name": "status", "Values": ["creating", "available", "error"]}])["Volumes"]
    assert [each["VolumeId"] for each in told] == [kept]
