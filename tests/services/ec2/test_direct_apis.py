"""EBS direct APIs: snapshots that are written and read block by block, each block with the key of its snapshot."""

import base64
import hashlib
import io
import re
from contextlib import contextmanager
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from tests.support.claims import OTHER, OWNER, allow, policy, refused
from tests.support.ec2 import (
    EAST,
    WEST,
    called,
    change_policy,
    cmk,
    copy,
    create_volume,
    grants,
    key_of,
    kms_events,
    make_snapshot,
    make_volume,
    managed,
    share_snapshot,
    snapshot,
    spoil,
    under,
    used_keys,
    volume,
)
from tests.support.policies import message, root

pytestmark = pytest.mark.evidence(
    "documented",
    '"EBS direct APIs" (EBS user guide and API reference); which calls are refused under a key is recorded',
)

SIZE = 524288
A, B, ZERO = (letter * SIZE for letter in (b"a", b"b", b"\0"))
GHOST = "snap-0123456789abcdef0"
ALL = ["StartSnapshot", "PutSnapshotBlock", "CompleteSnapshot", "ListSnapshotBlocks", "ListChangedBlocks"]
ALL += ["GetSnapshotBlock"]
KEY_NOT_FOUND = ("ResourceNotFoundException", 404, "DEPENDENCY_RESOURCE_NOT_FOUND")
DEPENDENCY = ("ValidationException", 400, "INVALID_DEPENDENCY_REQUEST")


@pytest.fixture
def ebs(owner):
    return owner.client("ebs")


@pytest.fixture
def written(ebs, kms_key):
    """The id of a completed snapshot under the key, with a block."""
    return write(ebs, {0: A}, KmsKeyArn=kms_key)


def checksum(data):
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def start(ebs, **options):
    return ebs.start_snapshot(**{"VolumeSize": 1, **options})["SnapshotId"]


def put(ebs, made, index=0, data=A, **options):
    terms = {"DataLength": SIZE, "Checksum": checksum(data), "ChecksumAlgorithm": "SHA256"}
    return ebs.put_snapshot_block(**{"SnapshotId": made, "BlockIndex": index, "BlockData": data, **terms, **options})


def complete(ebs, made, count=0, **options):
    return ebs.complete_snapshot(SnapshotId=made, ChangedBlocksCount=count, **options)["Status"]


def write(ebs, blocks=None, **options):
    """The id of a completed snapshot with these blocks."""
    made = start(ebs, **options)
    for index, data in (blocks or {}).items():
        put(ebs, made, index, data)
    complete(ebs, made, len(blocks or {}))
    return made


def tokens(ebs, made, **options):
    """The token of each block, by its index."""
    listed = ebs.list_snapshot_blocks(SnapshotId=made, **options)["Blocks"]
    return {each["BlockIndex"]: each["BlockToken"] for each in listed}


def get(ebs, made, index, token):
    return ebs.get_snapshot_block(SnapshotId=made, BlockIndex=index, BlockToken=token)["BlockData"].read()


def read(ebs, made):
    """All blocks of a snapshot."""
    return {index: get(ebs, made, index, token) for index, token in tokens(ebs, made).items()}


def changed(ebs, first, second, **options):
    """For each changed block, which of the two snapshots has it."""
    listed = ebs.list_changed_blocks(FirstSnapshotId=first, SecondSnapshotId=second, **options)["ChangedBlocks"]
    return {
        each["BlockIndex"]: (bool(each.get("FirstBlockToken")), bool(each.get("SecondBlockToken"))) for each in listed
    }


def shown(ec2, made):
    """What one question to EC2 tells of a snapshot."""
    return ec2.describe_snapshots(SnapshotIds=[made])["Snapshots"][0]


@contextmanager
def rejected(code, status, reason, text=None):
    """EBS refuses the block, and says for which of its reasons."""
    with refused(code, text, status) as refusal:
        yield refusal
    assert refusal.response.get("Reason") == reason


def invalid(reason, text=None):
    return rejected("ValidationException", 400, reason, text)


def missing(made):
    return rejected("ResourceNotFoundException", 404, "SNAPSHOT_NOT_FOUND", f"The snapshot '{made}' does not exist.")


def key_missing():
    return rejected(*KEY_NOT_FOUND, "KMS key not found.")


@contextmanager
def dependency(exception, text, code):
    """KMS's own words reach the caller of EBS in these of EBS."""
    with rejected(*DEPENDENCY) as refusal:
        yield
    wanted = (
        f"Invalid parameters for a dependent service: com.amazonaws.services.kms.model.{exception}: {text} "
        f"(Service: AWSKMS; Status Code: 400; Error Code: {code}; Request ID: "
    )
    assert refusal.response["Error"]["Message"].startswith(wanted)
    assert re.fullmatch(r"\S+; Proxy: null\)", refusal.response["Error"]["Message"].removeprefix(wanted))


def without(account, *actions, resource="*", name="restricted"):
    """A user who may do everything but these actions."""
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    but = {"Effect": "Deny", "Action": list(actions), "Resource": resource}
    return account.user(name, [policy(everything, but)])


def context(made):
    return {"aws:ebs:id": made}


# --- StartSnapshot: what it answers --------------------------------------------------------------------------------------------


def test_a_started_snapshot_is_pending_for_both_services_until_it_is_completed(aws_world, ebs, ec2, kms_key):
    aws_world.clock.freeze("2030-01-01")
    tags = [{"Key": "team", "Value": "a"}]
    answer = ebs.start_snapshot(VolumeSize=3, Description="disk", Tags=tags, Encrypted=True, KmsKeyArn=kms_key)
    made = answer["SnapshotId"]
    assert re.fullmatch(r"snap-[0-9a-f]{17}", made)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert (answer["Status"], answer["OwnerId"], answer["KmsKeyArn"]) == ("pending", OWNER, kms_key)
    assert (answer["VolumeSize"], answer["BlockSize"], answer["Description"]) == (3, SIZE, "disk")
    assert answer["Tags"] == tags
    assert "ParentSnapshotId" not in answer
    for state in ("pending", "pending", "completed"):
        if state == "completed":
            complete(ebs, made)
        found = shown(ec2, made)
        assert (found["State"], key_of(found), found["StartTime"]) == (state, kms_key, answer["StartTime"])
        assert (found["OwnerId"], found["VolumeId"], found["VolumeSize"]) == (OWNER, "vol-ffffffff", 3)
        assert (found["Description"], found["Tags"]) == ("disk", tags)


def test_a_plain_snapshot_has_no_key_and_asks_kms_nothing(aws_world, ebs, ec2):
    with kms_events(aws_world) as events:
        answer = ebs.start_snapshot(VolumeSize=1)
        made = answer["SnapshotId"]
        put(ebs, made)
        complete(ebs, made, 1)
        assert read(ebs, made) == {0: A}
        child = write(ebs, {1: B}, ParentSnapshotId=made)
        assert read(ebs, child) == {0: A, 1: B}
    assert "KmsKeyArn" not in answer
    assert [key_of(shown(ec2, each)) for each in (made, child)] == [None, None]
    assert events == []


def test_a_client_token_stands_for_one_snapshot(ebs, ec2):
    request = {"VolumeSize": 1, "Description": "once", "ClientToken": "token"}
    first = ebs.start_snapshot(**request)
    again = ebs.start_snapshot(**request)
    assert (again["SnapshotId"], again["StartTime"]) == (first["SnapshotId"], first["StartTime"])
    complete(ebs, first["SnapshotId"])
    late = ebs.start_snapshot(**request)
    assert (late["SnapshotId"], late["Status"]) == (first["SnapshotId"], "pending")
    assert len(ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]) == 1
    with refused("ConflictException", "Current request does not match request stored with this token.", 409):
        ebs.start_snapshot(**{**request, "Description": "twice"})


def test_a_client_token_is_of_its_account(ebs, other):
    assert start(ebs, ClientToken="token") != start(other.client("ebs"), ClientToken="token")


# --- StartSnapshot: which key ---------------------------------------------------------------------------------------------------

NO_KEY = "Encrypt cannot be false when KmsKeyArn is specified"
NOT_ENCRYPTED = "ParentSnapshotId and Encrypt cannot be specified together"
NOT_KEYED = "ParentSnapshotId and KmsKeyArn cannot be specified together"


@pytest.mark.parametrize("default", ["aws/ebs", "customer"])
@pytest.mark.parametrize("by_default", [False, True])
def test_the_key_of_a_snapshot_without_a_parent(owner, ebs, ec2, kms_key, default, by_default):
    key = managed(owner)
    if default == "customer":
        key = cmk(owner)
        ec2.modify_ebs_default_kms_key_id(KmsKeyId=key)
    if by_default:
        ec2.enable_ebs_encryption_by_default()
    for options, expected in [
        ({}, key if by_default else None),
        ({"Encrypted": True}, key),
        ({"Encrypted": True, "KmsKeyArn": kms_key}, kms_key),
        ({"KmsKeyArn": kms_key}, kms_key),
    ]:
        answer = ebs.start_snapshot(VolumeSize=1, **options)
        assert answer.get("KmsKeyArn") == expected, options
        assert key_of(shown(ec2, answer["SnapshotId"])) == expected, options


def test_encryption_by_default_cannot_be_declined(ebs, ec2):
    assert key_of(shown(ec2, start(ebs, Encrypted=False))) is None
    ec2.enable_ebs_encryption_by_default()
    with refused("ValidationException"):
        start(ebs, Encrypted=False)


@pytest.mark.parametrize("by_default", [False, True])
def test_a_key_contradicts_no_encryption(ebs, ec2, kms_key, by_default):
    if by_default:
        ec2.enable_ebs_encryption_by_default()
    with invalid("INVALID_PARAMETER_VALUE", NO_KEY):
        start(ebs, Encrypted=False, KmsKeyArn=kms_key)
    assert ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"] == []


@pytest.mark.parametrize("by_default", [False, True])
def test_the_child_of_an_encrypted_snapshot_keeps_its_key(ebs, ec2, written, kms_key, by_default):
    if by_default:
        ec2.enable_ebs_encryption_by_default()
    answer = ebs.start_snapshot(VolumeSize=1, ParentSnapshotId=written)
    assert (answer["ParentSnapshotId"], answer["KmsKeyArn"]) == (written, kms_key)
    assert key_of(shown(ec2, answer["SnapshotId"])) == kms_key


def test_the_child_of_an_unencrypted_snapshot_is_unencrypted_or_impossible(ebs, ec2):
    parent = write(ebs)
    answer = ebs.start_snapshot(VolumeSize=1, ParentSnapshotId=parent)
    assert answer["ParentSnapshotId"] == parent
    assert key_of(shown(ec2, answer["SnapshotId"])) is None
    ec2.enable_ebs_encryption_by_default()
    with refused("ValidationException"):
        start(ebs, ParentSnapshotId=parent)


@pytest.mark.parametrize("encrypted", [True, False])
@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"Encrypted": True}, NOT_ENCRYPTED),
        ({"Encrypted": False}, NOT_ENCRYPTED),
        ({"KmsKeyArn": ...}, NOT_KEYED),
        ({"KmsKeyArn": ..., "Encrypted": True}, NOT_KEYED),
        ({"KmsKeyArn": ..., "Encrypted": False}, NOT_KEYED),
    ],
)
def test_a_child_takes_no_orders_about_encryption(ebs, kms_key, encrypted, options, text):
    parent = write(ebs, **({"KmsKeyArn": kms_key} if encrypted else {}))
    asked = {name: kms_key if value is ... else value for name, value in options.items()}
    with invalid("INVALID_PARAMETER_VALUE", text):
        start(ebs, ParentSnapshotId=parent, **asked)


def test_a_parent_has_to_be_completed_and_there(ebs, owner):
    pending, elsewhere = start(ebs), write(owner.client("ebs", WEST))
    with invalid("INVALID_SNAPSHOT_ID", f"Source snapshot ({pending}) is not complete."):
        start(ebs, ParentSnapshotId=pending)
    for parent in (GHOST, elsewhere):
        with missing(parent):
            start(ebs, ParentSnapshotId=parent)


# --- blocks -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encrypted", [False, True])
def test_blocks_come_back_as_they_were_written(ebs, kms_key, encrypted):
    made = start(ebs, **({"KmsKeyArn": kms_key} if encrypted else {}))
    for index, data in [(2047, A), (0, A), (0, B), (3, ZERO)]:
        answer = put(ebs, made, index, data, Progress=50)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
        assert (answer["Checksum"], answer["ChecksumAlgorithm"]) == (checksum(data), "SHA256")
    assert complete(ebs, made, 3) == "pending"
    listed = ebs.list_snapshot_blocks(SnapshotId=made)
    assert [each["BlockIndex"] for each in listed["Blocks"]] == [0, 3, 2047]
    assert (listed["VolumeSize"], listed["BlockSize"]) == (1, SIZE)
    assert "NextToken" not in listed
    answer = ebs.get_snapshot_block(SnapshotId=made, BlockIndex=0, BlockToken=listed["Blocks"][0]["BlockToken"])
    assert (answer["DataLength"], answer["Checksum"], answer["ChecksumAlgorithm"]) == (SIZE, checksum(B), "SHA256")
    assert answer["BlockData"].read() == B
    assert read(ebs, made) == {0: B, 3: ZERO, 2047: A}


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_child_has_the_blocks_of_its_parent_besides_its_own(ebs, ec2, kms_key, encrypted):
    parent = write(ebs, {0: A, 3: A, 5: A}, **({"KmsKeyArn": kms_key} if encrypted else {}))
    child = write(ebs, {3: B, 7: B}, ParentSnapshotId=parent)
    grandchild = write(ebs, {0: ZERO}, ParentSnapshotId=child)
    assert read(ebs, parent) == {0: A, 3: A, 5: A}
    assert read(ebs, child) == {0: A, 3: B, 5: A, 7: B}
    assert read(ebs, grandchild) == {0: ZERO, 3: B, 5: A, 7: B}
    ec2.delete_snapshot(SnapshotId=parent)
    assert read(ebs, child) == {0: A, 3: B, 5: A, 7: B}


def test_what_changed_between_two_snapshots_of_a_lineage(ebs):
    parent = write(ebs, {0: A, 3: A, 5: A})
    child = write(ebs, {3: B, 5: A, 7: B}, ParentSnapshotId=parent)
    rewritten_counts = {3: (True, True), 5: (True, True), 7: (False, True)}
    assert changed(ebs, parent, child) == rewritten_counts
    assert changed(ebs, parent, child, StartingBlockIndex=4) == {5: (True, True), 7: (False, True)}
    sibling = write(ebs, {9: A}, ParentSnapshotId=parent)
    assert changed(ebs, sibling, child) == {**rewritten_counts, 9: (True, False)}
    (first, *_) = ebs.list_changed_blocks(FirstSnapshotId=parent, SecondSnapshotId=child)["ChangedBlocks"]
    assert get(ebs, parent, 3, first["FirstBlockToken"]) == A
    assert get(ebs, child, 3, first["SecondBlockToken"]) == B


def test_changes_are_between_two_snapshots_of_a_lineage(ebs):
    one, two = write(ebs), write(ebs)
    with invalid("UNRELATED_SNAPSHOTS"):
        changed(ebs, one, two)
    with invalid("INVALID_SNAPSHOT_ID", "First snapshot should not be empty or null"):
        ebs.list_changed_blocks(SecondSnapshotId=one)
    for pair in ((one, GHOST), (GHOST, one)):
        with missing(GHOST):
            changed(ebs, *pair)


def test_lists_start_where_they_are_asked_to_and_come_in_pages(ebs):
    made = write(ebs, dict.fromkeys(range(0, 202, 2), ZERO))
    assert list(tokens(ebs, made, StartingBlockIndex=197)) == [198, 200]
    page = ebs.list_snapshot_blocks(SnapshotId=made, MaxResults=100)
    assert [each["BlockIndex"] for each in page["Blocks"]] == list(range(0, 200, 2))
    rest = ebs.list_snapshot_blocks(SnapshotId=made, NextToken=page["NextToken"], StartingBlockIndex=7)
    assert [each["BlockIndex"] for each in rest["Blocks"]] == [200]
    assert "NextToken" not in rest
    with invalid("INVALID_PAGE_TOKEN", "The pagination token invalid is invalid."):
        tokens(ebs, made, NextToken="invalid")


def test_a_block_token_is_of_its_block_and_snapshot(ebs):
    made, twin = write(ebs, {0: A, 1: A}), write(ebs, {0: A})
    mine, theirs = tokens(ebs, made), tokens(ebs, twin)
    for index, token in [(0, mine[1]), (0, theirs[0]), (5, mine[0]), (0, "invalid")]:
        with invalid("INVALID_BLOCK_TOKEN", f"The block token {token} is invalid."):
            get(ebs, made, index, token)
    tokens(ebs, made)
    assert get(ebs, made, 0, mine[0]) == A


def test_a_block_token_is_good_for_some_days(aws_world, ebs):
    aws_world.clock.freeze()
    made = write(ebs, {0: A})
    listed = ebs.list_snapshot_blocks(SnapshotId=made)
    (block,) = listed["Blocks"]
    left = listed["ExpiryTime"] - aws_world.clock.now()
    assert timedelta(days=6) < left <= timedelta(days=7)
    aws_world.clock.advance(left - timedelta(minutes=1))
    assert get(ebs, made, 0, block["BlockToken"]) == A
    aws_world.clock.advance(minutes=1, seconds=1)
    with invalid("INVALID_BLOCK_TOKEN"):
        get(ebs, made, 0, block["BlockToken"])
    assert read(ebs, made) == {0: A}


def test_a_block_with_another_checksum_is_refused(ebs):
    made = start(ebs)
    text = (
        "The value passed in as x-amz-Checksum does not match the computed checksum. "
        f"Computed checksum: {checksum(A)} expected checksum: {checksum(B)}"
    )
    with refused("InvalidSignatureException", text, 403):
        put(ebs, made, data=A, Checksum=checksum(B))
    complete(ebs, made)
    assert read(ebs, made) == {}


@pytest.mark.parametrize(
    ("options", "reason", "text"),
    [
        ({"data": b"short"}, "INVALID_PARAMETER_VALUE", "Failed to read block data"),
        ({"DataLength": 1}, "INVALID_BLOCK", "Block data length 1 is not valid, expected 524288"),
        ({"index": 2048}, "INVALID_BLOCK", "Block index 2048 is beyond the volume size extent"),
        (
            {"ChecksumAlgorithm": "SHA1"},
            "INVALID_PARAMETER_VALUE",
            "Unsupported Checksum Algorithm 'SHA1', supported algorithms are SHA256",
        ),
    ],
)
def test_what_is_no_block_is_refused(ebs, options, reason, text):
    with invalid(reason, text):
        put(ebs, start(ebs), **options)


# --- CompleteSnapshot ---------------------------------------------------------------------------------------------------------------


def test_a_snapshot_is_written_before_and_read_after_its_completion(ebs, ec2):
    made = start(ebs)
    put(ebs, made)
    for question in (lambda: tokens(ebs, made), lambda: get(ebs, made, 0, "invalid"), lambda: changed(ebs, made, made)):
        with missing(made):
            question()
    answer = ebs.complete_snapshot(SnapshotId=made, ChangedBlocksCount=1)
    assert (answer["Status"], answer["ResponseMetadata"]["HTTPStatusCode"]) == ("pending", 202)
    assert shown(ec2, made)["State"] == "completed"
    with invalid("INVALID_SNAPSHOT_ID", "Snapshot is already completed"):
        put(ebs, made)
    assert read(ebs, made) == {0: A}


@pytest.mark.parametrize("count", [0, 1])
def test_a_completed_snapshot_is_completed_again_whatever_the_count(ebs, ec2, count):
    made = write(ebs)
    assert shown(ec2, made)["State"] == "completed"
    assert complete(ebs, made, count) == "completed"
    assert "StateMessage" not in shown(ec2, made)


LINEAR = {"ChecksumAlgorithm": "SHA256", "ChecksumAggregationMethod": "LINEAR"}


def test_the_checksum_of_a_snapshot_is_that_of_its_blocks_checksums(ebs, ec2):
    made = start(ebs)
    for index, data in [(5, A), (2, B)]:
        put(ebs, made, index, data)
    joined = hashlib.sha256(B).digest() + hashlib.sha256(A).digest()
    complete(ebs, made, 2, Checksum=checksum(joined), **LINEAR)
    assert shown(ec2, made)["State"] == "completed"


@pytest.mark.parametrize(
    ("count", "options", "text"),
    [
        (2, {}, "Changed blocks count mismatch for snapshot"),
        (1, {"Checksum": checksum(A), **LINEAR}, "Checksum mismatch for snapshot"),
    ],
)
def test_a_snapshot_that_is_not_what_was_said_ends_in_error(ebs, ec2, count, options, text):
    made = start(ebs)
    put(ebs, made)
    assert complete(ebs, made, count, **options) == "pending"
    found = shown(ec2, made)
    assert (found["State"], found["StateMessage"]) == ("error", text)
    with missing(made):
        tokens(ebs, made)


def test_a_method_of_aggregation_without_a_checksum_is_refused(ebs):
    text = "Invalid parameter combination. Snapshot checksum is missing."
    with invalid("INVALID_PARAMETER_VALUE", text):
        complete(ebs, start(ebs), ChecksumAggregationMethod="LINEAR")


def test_only_what_was_started_here_is_written_and_completed(ebs, ec2):
    for made in (GHOST, make_snapshot(ec2)):
        with missing(made):
            complete(ebs, made)
    with missing(GHOST):
        put(ebs, GHOST)


# --- the key: what is asked of KMS ----------------------------------------------------------------------------------------------------


def names(events, caller):
    """The operations that the caller was behind."""
    return [event["eventName"] for event in events if event["userIdentity"].get("arn") == caller]


def test_a_data_key_of_64_bytes_is_made_in_the_name_of_the_snapshot(aws_world, owner, kms_key):
    alice = without(owner, "iam:*", name="alice")
    with kms_events(aws_world) as events:
        made = start(alice.client("ebs"), KmsKeyArn=kms_key)
    (asked,) = called(events, "GenerateDataKey")
    assert (asked["numberOfBytes"], asked["encryptionContext"]) == (64, context(made))
    assert set(names(events, alice.arn)) - {"DescribeKey"} == {"GenerateDataKey"}
    assert used_keys(events, "GenerateDataKey") == [{kms_key}]


@pytest.mark.parametrize("kind", ["direct", "of a volume", "copied"])
def test_a_child_has_the_data_key_of_its_parent_wrapped_anew(aws_world, owner, ebs, ec2, kms_key, kind):
    disk = make_volume(ec2, kms_key)
    parent = {
        "direct": lambda: write(ebs, KmsKeyArn=kms_key),
        "of a volume": lambda: ec2.create_snapshot(VolumeId=disk)["SnapshotId"],
        "copied": lambda: copy(ec2, make_snapshot(ec2), **under(kms_key)),
    }[kind]()
    assert snapshot(ec2, parent)["State"] == "completed"
    with kms_events(aws_world) as events:
        child = start(ebs, ParentSnapshotId=parent)
    (asked,) = called(events, "ReEncrypt")
    assert asked["sourceEncryptionContext"] == context(disk if kind == "of a volume" else parent)
    assert asked["destinationEncryptionContext"] == context(child)
    assert used_keys(events, "ReEncrypt") == [{kms_key}]
    assert {each["encryptionContext"]["aws:ebs:id"] for each in called(events, "Decrypt")} == {child}
    assert called(events, "CreateGrant") == called(events, "GenerateDataKey") == []
    assert set(names(events, root(owner))) - {"DescribeKey"} == {"ReEncrypt", "Decrypt"}
    assert grants(owner, kms_key) == []


def test_reading_and_writing_decrypt_in_the_name_of_the_snapshot_and_make_no_grant(aws_world, owner, ebs, kms_key):
    made = start(ebs, KmsKeyArn=kms_key)
    with kms_events(aws_world) as writing:
        put(ebs, made)
    with kms_events(aws_world) as completing:
        complete(ebs, made, 1)
    with kms_events(aws_world) as listing:
        token = tokens(ebs, made)[0]
    with kms_events(aws_world) as reading:
        assert get(ebs, made, 0, token) == A
    for events in (writing, reading):
        assert {each["encryptionContext"]["aws:ebs:id"] for each in called(events, "Decrypt")} == {made}
        assert used_keys(events, "Decrypt")[0] == {kms_key}
    assert set(names(listing, root(owner))) == {"DescribeKey"}
    assert completing == []
    assert grants(owner, kms_key) == []


def test_the_blocks_of_a_child_are_read_in_the_name_of_the_child(aws_world, ebs, written):
    child = write(ebs, ParentSnapshotId=written)
    token = tokens(ebs, child)[0]
    with kms_events(aws_world) as events:
        assert get(ebs, child, 0, token) == A
    assert {each["encryptionContext"]["aws:ebs:id"] for each in called(events, "Decrypt")} == {child}


# --- the key: who may, and when -----------------------------------------------------------------------------------------------------

REFUSALS = {  # the calls that are refused to a caller who may do all but this with the key; recorded
    "GenerateDataKey": {"start": DEPENDENCY},
    "ReEncryptFrom": {"child": DEPENDENCY},
    "ReEncryptTo": {"child": DEPENDENCY},
    "Decrypt": {"get": KEY_NOT_FOUND, "child": KEY_NOT_FOUND},
    "DescribeKey": {"list": KEY_NOT_FOUND, "get": KEY_NOT_FOUND},
    "GenerateDataKeyWithoutPlaintext": {},
    "CreateGrant": {},
    "Encrypt": {},
}


def outcome(call):
    """None for success; otherwise code, status and reason."""
    try:
        call()
    except ClientError as error:
        response = error.response
        return (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"], response.get("Reason"))
    return None


def calls(ebs, key, made, token):
    return {
        "start": lambda: start(ebs, KmsKeyArn=key),
        "list": lambda: tokens(ebs, made),
        "get": lambda: get(ebs, made, 0, token),
        "child": lambda: start(ebs, ParentSnapshotId=made),
    }


@pytest.mark.parametrize("action", REFUSALS)
def test_which_permissions_a_caller_needs(owner, ebs, kms_key, written, action):
    token = tokens(ebs, written)[0]
    caller = without(owner, f"kms:{action}", resource=kms_key).client("ebs")
    outcomes = {name: outcome(call) for name, call in calls(caller, kms_key, written, token).items()}
    assert {name: found for name, found in outcomes.items() if found} == REFUSALS[action]


def test_generate_data_key_is_all_that_a_start_needs(owner, kms_key):
    caller = owner.user("modest", [allow("ebs:*"), allow("kms:GenerateDataKey", kms_key)])
    assert start(caller.client("ebs"), KmsKeyArn=kms_key)
    weak = owner.user("weak", [allow("ebs:*")])
    action = "kms:GenerateDataKey"
    text = message(
        weak.arn, action, f"on resource: {kms_key}", f"because no identity-based policy allows the {action} action"
    )
    with dependency("AWSKMSException", text, "AccessDeniedException"):
        start(weak.client("ebs"), KmsKeyArn=kms_key)


def test_writing_needs_decrypt(owner, ebs, kms_key):
    made = start(ebs, KmsKeyArn=kms_key)
    caller = without(owner, "kms:Decrypt", resource=kms_key).client("ebs")
    assert outcome(lambda: put(caller, made)) in {DEPENDENCY, KEY_NOT_FOUND}
    assert complete(caller, made) == "pending"
    assert read(ebs, made) == {}


def test_an_aws_managed_key_needs_no_permission(owner, ec2):
    caller = owner.user("weak", [allow("ebs:*")]).client("ebs")
    made = write(caller, {0: A}, Encrypted=True)
    child = write(caller, {1: B}, ParentSnapshotId=made)
    assert read(caller, child) == {0: A, 1: B}
    assert key_of(shown(ec2, child)) == managed(owner)


def test_what_is_not_encrypted_needs_no_permission_for_keys(owner):
    caller = owner.user("weak", [allow("ebs:*")]).client("ebs")
    made = write(caller, {0: A})
    assert read(caller, write(caller, ParentSnapshotId=made)) == {0: A}


def test_a_disabled_key_keeps_everything_but_the_list_and_the_completion(aws_world, owner, ebs, kms_key, written):
    token, staged = tokens(ebs, written)[0], start(ebs, KmsKeyArn=kms_key)
    spoil(aws_world, owner, kms_key, "disabled")
    kept = calls(ebs, kms_key, written, token)
    assert set(kept.pop("list")()) == {0}
    for call in (*kept.values(), lambda: put(ebs, staged)):
        with dependency("DisabledException", f"{kms_key} is disabled.", "DisabledException"):
            call()
    assert complete(ebs, staged) == "pending"
    owner.client("kms").enable_key(KeyId=kms_key)
    assert get(ebs, written, 0, token) == A


def test_a_key_pending_deletion_does_as_well(aws_world, owner, ebs, kms_key, written):
    token, staged = tokens(ebs, written)[0], start(ebs, KmsKeyArn=kms_key)
    spoil(aws_world, owner, kms_key, "pending")
    kept = calls(ebs, kms_key, written, token)
    assert set(kept.pop("list")()) == {0}
    for call in (*kept.values(), lambda: put(ebs, staged)):
        assert outcome(call) == DEPENDENCY
    assert complete(ebs, staged) == "pending"


def test_a_deleted_key_takes_the_blocks_with_it(aws_world, owner, ebs, kms_key, written):
    spoil(aws_world, owner, kms_key, "deleted")
    with key_missing():
        tokens(ebs, written)
    for options in ({"KmsKeyArn": kms_key}, {"ParentSnapshotId": written}):
        assert outcome(lambda options=options: start(ebs, **options)) in {DEPENDENCY, KEY_NOT_FOUND}


@pytest.mark.parametrize("trouble", ["unknown", "of another Region", "of another account"])
def test_a_key_that_is_not_there_to_use_starts_nothing(owner, other, ebs, ec2, trouble):
    key = {
        "unknown": lambda: f"arn:aws:kms:{EAST}:{OWNER}:key/12345678-1234-1234-1234-123456789012",
        "of another Region": lambda: cmk(owner, region=WEST),
        "of another account": lambda: cmk(other),
    }[trouble]()
    with refused("ValidationException"):
        start(ebs, KmsKeyArn=key)
    assert ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"] == []


def test_a_key_of_another_account_works_as_its_policy_says(owner, other, ebs):
    made = write(ebs, {0: A}, KmsKeyArn=cmk(other, owner))
    assert read(ebs, made) == {0: A}


@pytest.mark.parametrize(("service", "may"), [("ec2", True), ("ebs", False)])
def test_the_key_is_used_by_way_of_ec2(owner, ebs, kms_key, written, service, may):
    token = tokens(ebs, written)[0]
    condition = {"StringEquals": {"kms:ViaService": f"{service}.us-east-1.amazonaws.com"}}
    caller = owner.user("caller", [allow("ebs:*"), allow("kms:*", Condition=condition)]).client("ebs")
    wanted = {"start": DEPENDENCY, "list": KEY_NOT_FOUND, "get": KEY_NOT_FOUND, "child": DEPENDENCY}
    outcomes = {name: outcome(call) for name, call in calls(caller, kms_key, written, token).items()}
    assert outcomes == (dict.fromkeys(wanted) if may else wanted)


@pytest.mark.parametrize(("pattern", "may"), [("snap-*", True), ("vol-*", False)])
def test_the_key_is_used_in_the_name_of_snapshots(owner, ebs, kms_key, written, pattern, may):
    token = tokens(ebs, written)[0]
    condition = {"StringLike": {"kms:EncryptionContext:aws:ebs:id": pattern}}
    actions = ["kms:GenerateDataKey", "kms:Decrypt", "kms:ReEncrypt*"]
    policies = [allow("ebs:*"), allow("kms:DescribeKey"), allow(actions, Condition=condition)]
    caller = owner.user("caller", policies).client("ebs")
    wanted = {"start": DEPENDENCY, "list": None, "get": KEY_NOT_FOUND, "child": DEPENDENCY}
    outcomes = {name: outcome(call) for name, call in calls(caller, kms_key, written, token).items()}
    assert outcomes == (dict.fromkeys(wanted) if may else wanted)


# --- sharing --------------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def theirs(other):
    """A client of the account that snapshots are shared with."""
    return other.client("ebs")


@pytest.mark.parametrize("kind", ["plain", "encrypted"])
def test_a_shared_snapshot_is_read_while_it_is_shared(owner, other, ebs, ec2, theirs, kind):
    made = write(ebs, {0: A}, **({"KmsKeyArn": cmk(owner, other)} if kind == "encrypted" else {}))
    token = tokens(ebs, made)[0]
    hidden = [lambda: tokens(theirs, made), lambda: get(theirs, made, 0, token)]
    for question in hidden:
        with missing(made):
            question()
    share_snapshot(ec2, made, OTHER)
    assert read(theirs, made) == {0: A}
    assert get(theirs, made, 0, token) == A
    share_snapshot(ec2, made, OTHER, "Remove")
    for question in hidden:
        with missing(made):
            question()


@pytest.mark.parametrize("side", ["key policy", "identity policy"])
def test_a_shared_snapshot_needs_its_key_from_both_sides(owner, other, ebs, ec2, side):
    key = cmk(owner, other)
    made = write(ebs, {0: A}, KmsKeyArn=key)
    token = tokens(ebs, made)[0]
    share_snapshot(ec2, made, OTHER)
    reader = other.user("reader", [allow("ebs:*"), allow("kms:*")])
    assert read(reader.client("ebs"), made) == {0: A}
    if side == "key policy":
        change_policy(owner, key)
    else:
        reader = other.user("weak", [allow("ebs:*")])
    for question in (lambda: tokens(reader.client("ebs"), made), lambda: get(reader.client("ebs"), made, 0, token)):
        with key_missing():
            question()


@pytest.mark.parametrize(
    ("action", "refusals"),
    [
        ("Decrypt", {"list", "get"}),
        ("DescribeKey", {"list", "get"}),
        ("CreateGrant", set()),
        ("GenerateDataKeyWithoutPlaintext", set()),
    ],
)
def test_the_list_of_a_shared_snapshot_needs_decrypt_too(owner, other, ebs, ec2, action, refusals):
    key = cmk(owner, other)
    made = write(ebs, {0: A}, KmsKeyArn=key)
    token = tokens(ebs, made)[0]
    share_snapshot(ec2, made, OTHER)
    reader = without(other, f"kms:{action}", resource=key).client("ebs")
    questions = {"list": lambda: tokens(reader, made), "get": lambda: get(reader, made, 0, token)}
    outcomes = {name: outcome(question) for name, question in questions.items()}
    assert outcomes == {name: KEY_NOT_FOUND if name in refusals else None for name in questions}


def test_changes_between_shared_snapshots_need_both_of_them(owner, other, ebs, ec2, theirs):
    parent = write(ebs, {0: A}, KmsKeyArn=cmk(owner, other))
    child = write(ebs, {1: B}, ParentSnapshotId=parent)
    share_snapshot(ec2, parent, OTHER)
    with missing(child):
        changed(theirs, parent, child)
    share_snapshot(ec2, child, OTHER)
    assert changed(theirs, parent, child) == {1: (False, True)}


def test_sharing_gives_reading_and_nothing_else(ebs, ec2, theirs):
    made = write(ebs, {0: A})
    share_snapshot(ec2, made, OTHER)
    for call in (
        lambda: start(theirs, ParentSnapshotId=made),
        lambda: put(theirs, made),
        lambda: complete(theirs, made),
    ):
        with missing(made):
            call()


def test_public_snapshots_are_read_by_their_owner_only(ebs, ec2, theirs):
    made = write(ebs, {0: A})
    token = tokens(ebs, made)[0]
    share_snapshot(ec2, made, "all")
    assert read(ebs, made) == {0: A}
    for question in (lambda: tokens(theirs, made), lambda: get(theirs, made, 0, token)):
        with invalid("INVALID_SNAPSHOT_ID", "Public snapshots are not supported"):
            question()


def test_a_snapshot_is_of_its_region(owner, ebs):
    made = write(ebs, {0: A})
    with missing(made):
        tokens(owner.client("ebs", WEST), made)


# --- what EC2 makes of it -------------------------------------------------------------------------------------------------------------


def test_a_volume_from_a_written_snapshot_has_its_key(aws_world, ec2, written, kms_key):
    with kms_events(aws_world) as events:
        made = create_volume(ec2, SnapshotId=written)
        assert key_of(volume(ec2, made)) == kms_key
    (asked,) = called(events, "ReEncrypt")
    assert asked["sourceEncryptionContext"] == context(written)
    assert asked["destinationEncryptionContext"] == context(made)


@pytest.mark.parametrize("state", ["disabled", "pending", "deleted"])
def test_no_volume_comes_of_a_written_snapshot_whose_key_cannot_be_used(aws_world, owner, ec2, written, kms_key, state):
    spoil(aws_world, owner, kms_key, state)
    assert volume(ec2, create_volume(ec2, SnapshotId=written)) is None


def test_a_snapshot_that_is_being_written_is_not_there_for_ec2_yet(ebs, ec2, kms_key):
    made = start(ebs, KmsKeyArn=kms_key)
    with refused("IncorrectState", "Snapshot is in invalid state - pending"):
        create_volume(ec2, SnapshotId=made)
    copied = snapshot(ec2, copy(ec2, made))
    assert (copied["State"], copied["StateMessage"]) == ("error", "Source snapshot is not complete")
    complete(ebs, made)
    assert key_of(volume(ec2, create_volume(ec2, SnapshotId=made))) == kms_key


def test_a_copy_has_the_blocks_under_its_own_key(aws_world, owner, ebs, ec2, written, kms_key):
    target = cmk(owner)
    made = copy(ec2, written, **under(target))
    assert key_of(snapshot(ec2, made)) == target
    spoil(aws_world, owner, kms_key, "disabled")
    assert read(ebs, made) == {0: A}


@pytest.mark.parametrize("encrypted", [False, True])
def test_blocks_go_on_from_a_snapshot_to_its_volume_and_the_next_snapshot(ebs, ec2, kms_key, encrypted):
    made = write(ebs, {0: A, 4: B}, **({"KmsKeyArn": kms_key} if encrypted else {}))
    disk = create_volume(ec2, SnapshotId=made)
    assert volume(ec2, disk)["SnapshotId"] == made
    following = ec2.create_snapshot(VolumeId=disk)["SnapshotId"]
    assert snapshot(ec2, following)["State"] == "completed"
    assert read(ebs, following) == {0: A, 4: B}
    assert changed(ebs, made, following) == {}
    child = write(ebs, {4: ZERO}, ParentSnapshotId=following)
    assert changed(ebs, made, child) == {4: (True, True)}


def test_a_block_may_be_a_stream(ebs):
    made = start(ebs)
    put(ebs, made, 0, A, BlockData=io.BytesIO(A))
    complete(ebs, made, 1)
    assert read(ebs, made) == {0: A}


def test_a_snapshot_that_nobody_goes_on_writing_ends_in_error(aws_world, ebs, ec2):
    aws_world.clock.freeze()
    made = start(ebs, Timeout=10)
    for index in range(3):
        aws_world.clock.advance(minutes=9)
        put(ebs, made, index)
    assert shown(ec2, made)["State"] == "pending"
    aws_world.clock.advance(minutes=10)
    found = shown(ec2, made)
    assert (found["State"], found["Encrypted"]) == ("error", False)
    with missing(made):
        complete(ebs, made, 3)


# --- IAM ------------------------------------------------------------------------------------------------------------------------------


def arn(made, region=EAST):
    return f"arn:aws:ec2:{region}::snapshot/{made}"


def forbidden(caller, action, where):
    """EBS refuses the block for want of an Allow in the policies of a user."""
    reason = f"because no identity-based policy allows the {action} action"
    return refused("AccessDeniedException", message(caller.arn, action, f"on resource: {where}", reason), 403)


@pytest.mark.parametrize("action", ALL)
def test_each_operation_is_asked_for_of_a_user(owner, ebs, action):
    made, child = write(ebs, {0: A}), start(ebs)
    token = tokens(ebs, made)[0]
    others = [f"ebs:{each}" for each in ALL if each != action]
    caller = owner.user("caller", [allow(["ec2:*", *others])])
    client = caller.client("ebs")
    call, where = {
        "StartSnapshot": (lambda: start(client), "null"),
        "PutSnapshotBlock": (lambda: put(client, child), child),
        "CompleteSnapshot": (lambda: complete(client, child), child),
        "ListSnapshotBlocks": (lambda: tokens(client, made), made),
        "ListChangedBlocks": (lambda: changed(client, made, made), made),
        "GetSnapshotBlock": (lambda: get(client, made, 0, token), made),
    }[action]
    with forbidden(caller, f"ebs:{action}", arn(where)):
        call()


def test_ec2_is_not_asked_about_what_ebs_allows(owner):
    caller = owner.user("caller", [allow("ebs:*")]).client("ebs")
    made = write(caller, {0: A})
    assert read(caller, made) == {0: A}


@pytest.mark.parametrize(("account", "may"), [("", True), (OWNER, False)])
def test_the_arn_of_a_snapshot_has_no_account(owner, ebs, account, may):
    made = write(ebs, {0: A})
    caller = owner.user("caller", [allow("ebs:ListSnapshotBlocks", f"arn:aws:ec2:{EAST}:{account}:snapshot/{made}")])
    if may:
        assert set(tokens(caller.client("ebs"), made)) == {0}
    else:
        with forbidden(caller, "ebs:ListSnapshotBlocks", arn(made)):
            tokens(caller.client("ebs"), made)


@pytest.mark.parametrize("which", ["first", "second"])
def test_changes_are_a_matter_of_both_snapshots(owner, ebs, which):
    parent = write(ebs, {0: A})
    child = write(ebs, {1: B}, ParentSnapshotId=parent)
    allowed, wanted = (parent, child) if which == "first" else (child, parent)
    caller = owner.user("caller", [allow("ebs:ListChangedBlocks", arn(allowed))])
    with forbidden(caller, "ebs:ListChangedBlocks", arn(wanted)):
        changed(caller.client("ebs"), parent, child)


def test_a_child_is_a_matter_of_its_parent(owner, ebs):
    parent = write(ebs, {0: A})
    caller = owner.user("caller", [allow("ebs:StartSnapshot", arn("null"))])
    with forbidden(caller, "ebs:StartSnapshot", arn(parent)):
        start(caller.client("ebs"), ParentSnapshotId=parent)
    heir = owner.user("heir", [allow("ebs:StartSnapshot", arn(parent))])
    assert start(heir.client("ebs"), ParentSnapshotId=parent)


def test_tags_need_a_permission_of_their_own(owner):
    tags = [{"Key": "team", "Value": "a"}]
    caller = owner.user("caller", [allow("ebs:StartSnapshot")])
    assert start(caller.client("ebs"))
    with forbidden(caller, "ec2:CreateTags", arn("*")):
        start(caller.client("ebs"), Tags=tags)
    tagger = owner.user("tagger", [allow(["ebs:StartSnapshot", "ec2:CreateTags"])])
    assert start(tagger.client("ebs"), Tags=tags)


@pytest.mark.parametrize(("value", "may"), [("a", True), ("b", False)])
def test_who_may_read_can_depend_on_tags(owner, ebs, value, may):
    made = write(ebs, {0: A}, Tags=[{"Key": "team", "Value": "a"}])
    condition = {"StringEquals": {"aws:ResourceTag/team": value}}
    caller = owner.user("caller", [allow(["ebs:ListSnapshotBlocks", "ebs:GetSnapshotBlock"], Condition=condition)])
    if may:
        assert read(caller.client("ebs"), made) == {0: A}
    else:
        with forbidden(caller, "ebs:ListSnapshotBlocks", arn(made)):
            tokens(caller.client("ebs"), made)
