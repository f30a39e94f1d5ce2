"""Who calls KMS for EC2: actions, principals, encryption contexts, and the grants that come and go."""

import pytest

from tests.support.claims import OWNER, policy, refused
from tests.support.ec2 import (
    INACCESSIBLE,
    USE,
    called,
    cmk,
    copy,
    create_volume,
    denied,
    grants,
    key_of,
    kms_events,
    make_snapshot,
    make_volume,
    person,
    share_snapshot,
    snapshot,
    under,
    used_keys,
    volume,
)
from tests.support.policies import root

pytestmark = pytest.mark.evidence(
    "reported",
    "replays of recordings in stackd (notes on EBS): the calls of KMS that creating, copying and attaching makes",
)

GENERATE, REENCRYPT = "GenerateDataKeyWithoutPlaintext", "ReEncrypt"
SERVICE = "ec2.us-east-1.amazonaws.com"


@pytest.fixture
def second(owner):
    """The ARN of another key of the account."""
    return cmk(owner)


@pytest.fixture
def foreign(owner, other):
    """A snapshot that another account shares, and its key."""
    key = cmk(other, owner)
    theirs = other.client("ec2")
    made = make_snapshot(theirs, key)
    share_snapshot(theirs, made, OWNER)
    return made, key


def context(resource):
    return {"aws:ebs:id": resource}


def names(events, caller=None):
    """The operations that were called, and that it was the caller who did."""
    mine = [event for event in events if caller is None or event["userIdentity"].get("arn") == caller]
    return [event["eventName"] for event in mine]


def new(ec2, **options):
    return volume(ec2, create_volume(ec2, **options))


# --- new volumes ------------------------------------------------------------------------------------------------------------


def test_a_new_volume_has_a_data_key_of_64_bytes_made_in_its_name(aws_world, owner, kms_key):
    alice = person(owner, *USE, name="alice")
    with kms_events(aws_world) as events:
        made = create_volume(alice.client("ec2"), **under(kms_key))
        assert volume(alice.client("ec2"), made)
    (asked,) = called(events, GENERATE)
    assert (asked["numberOfBytes"], asked["encryptionContext"]) == (64, context(made))
    assert used_keys(events, GENERATE) == [{kms_key}]
    assert GENERATE in names(events, alice.arn)
    assert grants(owner, kms_key) == []


def test_a_new_volume_by_default_is_no_different(aws_world, owner, ec2, kms_key):
    ec2.modify_ebs_default_kms_key_id(KmsKeyId=kms_key)
    ec2.enable_ebs_encryption_by_default()
    with kms_events(aws_world) as events:
        made = make_volume(ec2)
    (asked,) = called(events, GENERATE)
    assert (asked["encryptionContext"], used_keys(events, GENERATE)) == (context(made), [{kms_key}])


@pytest.mark.parametrize("options", [{}, {"Encrypted": False}])
def test_what_is_not_encrypted_calls_nothing(aws_world, ec2, options):
    with kms_events(aws_world) as events:
        source = ec2.create_snapshot(VolumeId=create_volume(ec2, **options))["SnapshotId"]
        assert snapshot(ec2, source)["State"] == "completed"
        assert new(ec2, SnapshotId=source)
        assert snapshot(ec2, copy(ec2, source))["State"] == "completed"
        ec2.get_ebs_default_kms_key_id()
        ec2.get_ebs_encryption_by_default()
        ec2.enable_ebs_encryption_by_default()
    assert events == []


# --- volumes from snapshots -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", [False, True])
@pytest.mark.parametrize("kind", ["of a volume", "copied"])
def test_an_own_snapshot_under_the_same_key_is_wrapped_anew(aws_world, owner, ec2, kms_key, kind, asked):
    disk = make_volume(ec2, kms_key)
    source = ec2.create_snapshot(VolumeId=disk)["SnapshotId"]
    assert snapshot(ec2, source)["State"] == "completed"
    ec2.delete_volume(VolumeId=disk)
    if kind == "copied":
        source = copy(ec2, source, **under(kms_key))
        assert snapshot(ec2, source)["State"] == "completed"
    with kms_events(aws_world) as events:
        made = create_volume(ec2, SnapshotId=source, **(under(kms_key) if asked else {}))
        assert volume(ec2, made)["State"] == "available"
    (asked_for,) = called(events, REENCRYPT)
    assert names(events, root(owner)) == [REENCRYPT]
    assert asked_for["sourceEncryptionContext"] == context(disk if kind == "of a volume" else source)
    assert asked_for["destinationEncryptionContext"] == context(made)
    assert used_keys(events, REENCRYPT) == [{kms_key}]
    assert called(events, "CreateGrant") == grants(owner, kms_key) == []


def test_another_key_means_a_fresh_data_key_and_a_grant_to_ec2_while_it_lasts(aws_world, owner, ec2, kms_key, second):
    source = make_snapshot(ec2, kms_key)
    with kms_events(aws_world) as events:
        made = create_volume(ec2, SnapshotId=source, **under(second))
        assert key_of(volume(ec2, made)) == second
    check_fresh_key(events, made, second)
    assert grants(owner, kms_key) == grants(owner, second) == []


@pytest.mark.parametrize("same_key", [False, True])
def test_so_does_a_shared_snapshot_even_under_the_same_key(aws_world, owner, other, ec2, foreign, second, same_key):
    source, key = foreign
    target = key if same_key else second
    with kms_events(aws_world) as events:
        made = create_volume(ec2, SnapshotId=source, **under(target))
        assert key_of(volume(ec2, made)) == target
    check_fresh_key(events, made, target)
    assert grants(other, key) == grants(owner, second) == []


def check_fresh_key(events, made, target):
    (asked,) = called(events, GENERATE)
    assert (asked["numberOfBytes"], asked["encryptionContext"]) == (64, context(made))
    assert used_keys(events, GENERATE) == [{target}]
    *_, granted = (each for each in called(events, "CreateGrant") if each["keyId"] == target)
    wanted = {
        "granteePrincipal": SERVICE,
        "retiringPrincipal": SERVICE,
        "operations": ["Decrypt"],
        "constraints": {"encryptionContextSubset": context(made)},
    }
    assert {name: granted.get(name) for name in wanted} == wanted


def test_an_unencrypted_snapshot_calls_as_a_new_volume_does_and_makes_a_grant(aws_world, owner, ec2, kms_key):
    source = make_snapshot(ec2)
    with kms_events(aws_world) as events:
        made = create_volume(ec2, SnapshotId=source, **under(kms_key))
        assert volume(ec2, made)["State"] == "available"
    assert {GENERATE, "CreateGrant", "Decrypt"} == set(names(events)) - {"DescribeKey", "RetireGrant"}
    assert [each["encryptionContext"] for each in called(events, GENERATE)] == [context(made)]
    assert {frozenset(each["encryptionContext"].items()) for each in called(events, "Decrypt")} == {
        frozenset(context(made).items())
    }
    assert grants(owner, kms_key) == []


# --- copies -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["own", "foreign"])
def test_a_copy_makes_a_grant_on_either_key_and_a_data_key_in_its_name(
    aws_world, owner, other, ec2, kms_key, foreign, second, kind
):
    source, key = foreign if kind == "foreign" else (make_snapshot(ec2, kms_key), kms_key)
    alice = person(owner, "kms:*", name="alice")
    with kms_events(aws_world) as events:
        made = copy(alice.client("ec2"), source, **under(second))
        assert snapshot(ec2, made)["State"] == "completed"
    assert names(events, alice.arn)[0] == "DescribeKey"
    assert used_keys(events, "DescribeKey")[0] == {second}
    assert {"CreateGrant", GENERATE} <= set(names(events, alice.arn))
    assert set().union(*used_keys(events, "CreateGrant")) == {key, second}
    (asked,) = called(events, GENERATE)
    assert (asked["numberOfBytes"], asked["encryptionContext"]) == (64, context(made))
    assert used_keys(events, GENERATE) == [{second}]
    assert grants(other if kind == "foreign" else owner, key) == grants(owner, second) == []


def test_a_copy_that_failed_leaves_no_grant(owner, ec2, kms_key, second):
    source = make_snapshot(ec2, kms_key)
    caller = denied(owner, GENERATE, second)
    assert snapshot(ec2, copy(caller, source, **under(second)))["State"] == "error"
    assert grants(owner, kms_key) == grants(owner, second) == []


# --- what a caller needs: everything but one action on one key ---------------------------------------------------------------

ACTIONS = [
    "DescribeKey",
    "CreateGrant",
    "Decrypt",
    "Encrypt",
    "ReEncryptFrom",
    "ReEncryptTo",
    GENERATE,
    "GenerateDataKey",
]
NEEDED = {  # all else may be denied; recorded, but for what is said of copies of plain snapshots
    "CreateVolume": {"source": ["ReEncryptFrom", "ReEncryptTo"]},  # an own snapshot, under its key
    "CreateVolume shared": {"source": ["ReEncryptFrom"], "target": ["ReEncryptTo", "CreateGrant", GENERATE]},
    "CopySnapshot": {"source": ["CreateGrant"], "target": ["DescribeKey", "CreateGrant", GENERATE]},
    "CopySnapshot shared": {"source": ["CreateGrant"], "target": ["DescribeKey", "CreateGrant", GENERATE]},
}


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize(("call", "key"), [(call, key) for call in NEEDED for key in NEEDED[call]])
def test_which_permissions_a_caller_needs(owner, ec2, kms_key, foreign, second, call, key, action):
    shared = "shared" in call
    source, source_key = foreign if shared else (make_snapshot(ec2, kms_key), kms_key)
    caller = denied(owner, action, source_key if key == "source" else second)
    options = under(second) if "target" in NEEDED[call] else {}
    needed = action in NEEDED[call][key]
    if call.startswith("CreateVolume"):
        found = new(caller, SnapshotId=source, **options)
        assert (found is None) is needed
    elif needed and action == "DescribeKey":
        with refused("AuthFailure", f"Not authorized to use key {second} ", 403):
            copy(caller, source, **options)
    else:
        found = snapshot(caller, copy(caller, source, **options))
        assert (found["State"], found.get("StateMessage")) == (
            ("error", INACCESSIBLE) if needed else ("completed", None)
        )


def test_the_least_that_a_copy_needs(owner, ec2, kms_key, second):
    source = make_snapshot(ec2, kms_key)
    statements = [
        {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"},
        {"Effect": "Allow", "Action": "kms:CreateGrant", "Resource": [kms_key, second]},
        {"Effect": "Allow", "Action": ["kms:DescribeKey", f"kms:{GENERATE}"], "Resource": second},
    ]
    caller = owner.user("modest", [policy(*statements)]).client("ec2")
    assert key_of(snapshot(caller, copy(caller, source, **under(second)))) == second


def test_nothing_replaces_create_grant_for_a_copy(owner, ec2, kms_key, second):
    source = make_snapshot(ec2, kms_key)
    actions = ["kms:DescribeKey", "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"]
    caller = person(owner, *actions).client("ec2")
    assert snapshot(caller, copy(caller, source, **under(second)))["StateMessage"] == INACCESSIBLE


@pytest.mark.parametrize(("action", "needed"), [(GENERATE, True), ("DescribeKey", False), ("Encrypt", False)])
def test_what_a_new_volume_needs(owner, kms_key, action, needed):
    assert (new(denied(owner, action, kms_key), **under(kms_key)) is None) is needed


@pytest.mark.parametrize(("action", "needed"), [(GENERATE, True), ("CreateGrant", True), ("DescribeKey", False)])
def test_what_a_volume_from_an_unencrypted_snapshot_needs(owner, ec2, kms_key, action, needed):
    source = make_snapshot(ec2)
    found = new(denied(owner, action, kms_key), SnapshotId=source, **under(kms_key))
    assert (found is None) is needed
