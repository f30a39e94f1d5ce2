"""Calls of EC2 as key policies see them: by the caller, via EC2 of a Region, for an AWS resource, in a resource's name."""

import pytest

from tests.support.claims import OWNER, allow, refused
from tests.support.ec2 import (
    DATA,
    EAST,
    INACCESSIBLE,
    USE,
    WEST,
    attachment_grants,
    called,
    change_policy,
    cmk,
    copy,
    create_volume,
    grantee,
    image,
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
    snapshot,
    under,
    volume,
)
from tests.support.policies import assume, root, session_arn, signing, steward, trust, use

pytestmark = pytest.mark.evidence(
    "documented", '"How Amazon EBS uses AWS KMS", kms:ViaService and kms:GrantIsForAWSResource (KMS developer guide)'
)

EVERYTHING = ["kms:*"]
SERVICE = "ec2.us-east-1.amazonaws.com"


@pytest.fixture
def alice(owner):
    """A user whose identity policies do not speak of KMS."""
    return person(owner, name="alice")


def opened(owner, alice, *conditions, region=EAST, actions=USE):
    """The ARN of a key that its policy opens to alice under each of these conditions."""
    statements = [use(alice.arn, actions, Condition=each) for each in conditions]
    return cmk(owner, region=region, statements=statements)


def via(region):
    return {"StringEquals": {"kms:ViaService": f"ec2.{region}.amazonaws.com"}}


def new(ec2, key):
    return volume(ec2, create_volume(ec2, **under(key)))


def context(resource):
    return {"aws:ebs:id": resource}


# --- kms:ViaService and the caller --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "may"),
    [
        (via(EAST), True),
        (via(WEST), False),
        ({"StringEquals": {"kms:ViaService": "ebs.us-east-1.amazonaws.com"}}, False),
        ({"StringEquals": {"kms:CallerAccount": OWNER}}, True),
        ({"StringEquals": {"kms:CallerAccount": "222222222222"}}, False),
        ({"Bool": {"aws:ViaAWSService": "true"}}, True),
        ({"Bool": {"aws:PrincipalIsAWSService": "true"}}, False),
        ({"StringEquals": {"aws:PrincipalArn": f"arn:aws:iam::{OWNER}:user/alice"}}, True),
        ({"ForAnyValue:StringEquals": {"aws:CalledVia": "ec2.amazonaws.com"}}, True),
    ],
)
def test_a_call_for_a_caller_is_the_callers_via_ec2(owner, alice, condition, may):
    found = new(alice.client("ec2"), opened(owner, alice, condition))
    assert (found is not None) is may


def test_what_is_allowed_via_ec2_is_not_allowed_otherwise(owner, alice, host):
    key = opened(owner, alice, via(EAST))
    ec2, kms = alice.client("ec2"), alice.client("kms")
    disk = make_volume(ec2, key)
    ec2.attach_volume(VolumeId=disk, InstanceId=host, Device=DATA)
    assert volume(ec2, disk)["State"] == "in-use"
    calls = [
        lambda: kms.describe_key(KeyId=key),
        lambda: kms.generate_data_key_without_plaintext(KeyId=key, NumberOfBytes=64, EncryptionContext=context(disk)),
        lambda: kms.create_grant(KeyId=key, GranteePrincipal=alice.arn, Operations=["Decrypt"]),
    ]
    for call in calls:
        with refused("AccessDeniedException"):
            call()


@pytest.mark.parametrize(
    ("source", "target", "outcome"), [(EAST, WEST, "completed"), (WEST, WEST, "error"), (EAST, EAST, "refused")]
)
def test_a_copy_asks_for_each_key_via_ec2_of_its_own_region(owner, alice, ec2, source, target, outcome):
    made = make_snapshot(ec2, opened(owner, alice, via(source)))
    key = opened(owner, alice, via(target), region=WEST)
    west = alice.client("ec2", WEST)
    if outcome == "refused":
        with refused("AuthFailure", f"Not authorized to use key {key} ", 403):
            copy(west, made, **under(key))
        return
    found = snapshot(west, copy(west, made, **under(key)))
    assert (found["State"], found.get("StateMessage")) == (outcome, INACCESSIBLE if outcome == "error" else None)


def test_a_session_of_a_role_is_the_caller_as_that_session(aws_world, owner, ec2, host):
    role = owner.role("builder", [allow(["ec2:*", *USE])], trust=trust(f"arn:aws:iam::{OWNER}:root"))
    session = assume(steward(owner), role)
    builder = signing(session, "ec2", region_name=EAST)
    key = cmk(owner)
    with kms_events(aws_world) as events:
        disk = make_volume(builder, key)
        builder.attach_volume(VolumeId=disk, InstanceId=host, Device=DATA)
    by = {each["eventName"]: each["userIdentity"]["arn"] for each in events if "arn" in each["userIdentity"]}
    assert by["GenerateDataKeyWithoutPlaintext"] == by["CreateGrant"] == session_arn("builder")
    (made,) = attachment_grants(owner, key)
    assert made["GranteePrincipal"] == grantee(host)


# --- aws/ebs --------------------------------------------------------------------------------------------------------------------


def test_the_key_of_aws_is_open_to_the_account_through_ec2_alone(owner, alice, host):
    ec2, kms = alice.client("ec2"), alice.client("kms")
    disk = make_volume(ec2, None)
    ec2.attach_volume(VolumeId=disk, InstanceId=host, Device=DATA)
    key = managed(owner)
    assert key_of(volume(ec2, disk)) == key
    source = ec2.create_snapshot(VolumeId=disk)["SnapshotId"]
    assert key_of(snapshot(ec2, source)) == key
    assert key_of(snapshot(ec2, copy(ec2, source))) == key
    with refused("AccessDeniedException"):
        kms.generate_data_key_without_plaintext(KeyId=key, NumberOfBytes=64)
    with refused("AccessDeniedException"):
        owner.client("kms").encrypt(KeyId=key, Plaintext=b"x")


def test_the_key_of_aws_is_that_of_the_service(owner, ec2):
    make_volume(ec2, None)
    told = owner.client("kms").describe_key(KeyId=managed(owner))["KeyMetadata"]
    assert told["KeyManager"] == "AWS"
    aliases = owner.client("kms").list_aliases(KeyId=told["KeyId"])["Aliases"]
    assert [each["AliasName"] for each in aliases] == ["alias/aws/ebs"]


# --- kms:GrantIsForAWSResource ------------------------------------------------------------------------------------------------


def test_the_grants_of_ec2_are_for_an_aws_resource(owner, alice, host, ec2):
    only = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    rest = [action for action in USE if action != "kms:CreateGrant"]
    statements = [use(alice.arn, rest), use(alice.arn, "kms:CreateGrant", Condition=only)]
    keys = [cmk(owner, statements=statements) for _ in range(2)]
    client = alice.client("ec2")
    disk = make_volume(client, keys[0])
    client.attach_volume(VolumeId=disk, InstanceId=host, Device=DATA)
    source = client.create_snapshot(VolumeId=disk)["SnapshotId"]
    assert snapshot(client, source)["State"] == "completed"
    assert key_of(snapshot(client, copy(client, source, **under(keys[1])))) == keys[1]
    running(client, make_image(client, source))
    with refused("AccessDeniedException"):
        alice.client("kms").create_grant(KeyId=keys[0], GranteePrincipal=alice.arn, Operations=["Decrypt"])


# --- the encryption context -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "volumes", "copies"), [("vol-*", True, False), ("snap-*", False, True), ("*", True, True)]
)
def test_data_keys_of_volumes_and_of_copies_are_made_in_their_names(owner, alice, ec2, pattern, volumes, copies):
    named = {"StringLike": {"kms:EncryptionContext:aws:ebs:id": pattern}}
    data_keys = use(alice.arn, "kms:GenerateDataKeyWithoutPlaintext", Condition=named)
    rest = use(alice.arn, ["kms:DescribeKey", "kms:CreateGrant", "kms:Decrypt", "kms:ReEncrypt*"])
    key, client = cmk(owner, statements=[data_keys, rest]), alice.client("ec2")
    assert (new(client, key) is not None) is volumes
    found = snapshot(client, copy(client, make_snapshot(ec2), **under(key)))
    assert (found["State"] == "completed") is copies


def test_a_context_has_the_id_and_nothing_else(owner, alice):
    alone = {
        "ForAllValues:StringEquals": {"kms:EncryptionContextKeys": "aws:ebs:id"},
        "Null": {"kms:EncryptionContextKeys": "false"},
    }
    data_keys = use(alice.arn, "kms:GenerateDataKeyWithoutPlaintext", Condition=alone)
    rest = use(alice.arn, ["kms:DescribeKey", "kms:CreateGrant", "kms:Decrypt", "kms:ReEncrypt*"])
    assert new(alice.client("ec2"), cmk(owner, statements=[data_keys, rest])) is not None


# --- attaching: a grant to the infrastructure, which then decrypts --------------------------------------------------------------


def attach(ec2, key, host):
    """The id of a volume under a key, attached."""
    disk = make_volume(ec2, key)
    ec2.attach_volume(VolumeId=disk, InstanceId=host, Device=DATA)
    return disk


def test_attaching_makes_a_grant_and_the_infrastructure_decrypts_by_it(aws_world, owner, host):
    key, caller = cmk(owner), person(owner, "kms:*", name="carol")
    client = caller.client("ec2")
    disk = make_volume(client, key)
    with kms_events(aws_world) as events:
        client.attach_volume(VolumeId=disk, InstanceId=host, Device=DATA)
    by = [(each["eventName"], each["userIdentity"].get("arn")) for each in events]
    assert by.index(("CreateGrant", caller.arn)) < by.index(("Decrypt", grantee(host)))
    assert ("Decrypt", caller.arn) not in by
    assert [each["encryptionContext"] for each in called(events, "Decrypt")] == [context(disk)]


def test_the_grant_of_an_attachment(owner, ec2, host):
    key = cmk(owner)
    disk = attach(ec2, key, host)
    (made,) = attachment_grants(owner, key)
    wanted = {
        "GranteePrincipal": grantee(host),
        "RetiringPrincipal": SERVICE,
        "Operations": ["Decrypt"],
        "Constraints": {"EncryptionContextSubset": context(disk)},
        "IssuingAccount": root(owner),
        "KeyId": key,
    }
    assert {name: made[name] for name in wanted} == wanted


END = {
    "DetachVolume": lambda ec2, disk, host: ec2.detach_volume(VolumeId=disk, InstanceId=host),
    "StopInstances": lambda ec2, disk, host: ec2.stop_instances(InstanceIds=[host]),
    "TerminateInstances": lambda ec2, disk, host: ec2.terminate_instances(InstanceIds=[host]),
}


@pytest.mark.parametrize("end", END.values(), ids=END)
def test_the_grant_goes_with_the_attachment(owner, ec2, host, end):
    key = cmk(owner)
    disk = attach(ec2, key, host)
    assert len(attachment_grants(owner, key)) == 1
    end(person(owner).client("ec2"), disk, host)  # it is EC2 that retires it
    instance(ec2, host)
    assert attachment_grants(owner, key) == []


def test_a_start_makes_a_new_grant_for_the_one_who_starts(aws_world, owner, ec2, host):
    key = cmk(owner)
    disk = attach(ec2, key, host)
    (before,) = attachment_grants(owner, key)
    ec2.stop_instances(InstanceIds=[host])
    assert instance(ec2, host)["State"]["Name"] == "stopped"
    starter = person(owner, "kms:CreateGrant", name="starter")
    with kms_events(aws_world) as events:
        starter.client("ec2").start_instances(InstanceIds=[host])
        assert instance(ec2, host)["State"]["Name"] == "running"
    assert {each["userIdentity"]["arn"] for each in events if each["eventName"] == "CreateGrant"} == {starter.arn}
    (after,) = attachment_grants(owner, key)
    assert after["GrantId"] != before["GrantId"]
    assert after["Constraints"] == {"EncryptionContextSubset": context(disk)}


def test_a_launch_makes_a_grant_for_each_encrypted_volume(owner, ec2):
    key = cmk(owner)
    sources = [make_snapshot(ec2, each) for each in (key, "", key)]
    host = running(ec2, make_image(ec2, *sources))
    disks = {each["Ebs"]["VolumeId"] for each in instance(ec2, host)["BlockDeviceMappings"]}
    named = {each["Constraints"]["EncryptionContextSubset"]["aws:ebs:id"] for each in attachment_grants(owner, key)}
    assert named == {each for each in disks if key_of(volume(ec2, each))}
    assert len(named) == 2
    assert {each["GranteePrincipal"] for each in attachment_grants(owner, key)} == {grantee(host)}


def test_a_grant_revoked_by_hand_does_not_stop_what_runs(owner, ec2, host):
    key = cmk(owner)
    disk = attach(ec2, key, host)
    (made,) = attachment_grants(owner, key)
    owner.client("kms").revoke_grant(KeyId=key, GrantId=made["GrantId"])
    assert volume(ec2, disk)["State"] == "in-use"
    assert instance(ec2, host)["State"]["Name"] == "running"
    ec2.detach_volume(VolumeId=disk, InstanceId=host)
    assert volume(ec2, disk)["State"] == "available"


def test_the_volumes_of_a_shared_image_are_granted_on_the_key_of_the_launcher(owner, other, ec2):
    theirs, key = other.client("ec2"), cmk(other, owner)
    made = make_image(theirs, make_snapshot(theirs, key))
    theirs.modify_image_attribute(ImageId=made, LaunchPermission={"Add": [{"UserId": OWNER}]})
    own = cmk(owner)
    ec2.modify_ebs_default_kms_key_id(KmsKeyId=own)
    host = running(ec2, made)
    assert root_key(ec2, host) == own
    assert len(attachment_grants(owner, own)) == 1
    assert attachment_grants(other, key) == []
    change_policy(other, key)
    ec2.stop_instances(InstanceIds=[host])
    assert instance(ec2, host)["State"]["Name"] == "stopped"
    ec2.start_instances(InstanceIds=[host])
    assert instance(ec2, host)["State"]["Name"] == "running"
    assert image(ec2, made)["ImageId"] == made
