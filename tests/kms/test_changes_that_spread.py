"""Keys, aliases, tags, states and policies that are known everywhere only after a while, where a test says so."""

import json
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kmsmock
from kmsmock.model import spreading
from kmsmock.model.agenda import Agenda
from kmsmock.model.spreading import KNOWN, Spreading
from kmsmock.options import DELAYS, EVENTUAL
from tests.support.claims import OWNER, allow, policy, refused
from tests.support.policies import lacks, make_key

MINUTE = timedelta(minutes=1)
pytestmark = [
    pytest.mark.usefixtures("clock"),
    pytest.mark.evidence(
        "documented",
        '"Eventual consistency" (KMS guide): NotFoundException after CreateKey; "ABAC for AWS KMS": up to five minutes '
        "until tags and aliases count, which may show before",
    ),
]


def slowly(*names, after=MINUTE):
    return pytest.mark.kmsmock(delays=dict.fromkeys(names, after))


def state(kms, key):
    return kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"]


def unknown(key):
    return refused("NotFoundException", f"Key '{key}' does not exist")


# --- keys -----------------------------------------------------------------------------------------------------------


@slowly("CreateKey")
def test_a_new_key_does_not_exist_for_a_while(clock, kms):
    made = kms.create_key(Origin="EXTERNAL")["KeyMetadata"]
    key = made["Arn"]
    assert made["KeyState"] == "PendingImport"
    for ask in (
        lambda: kms.get_parameters_for_import(
            KeyId=key, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048"
        ),
        lambda: kms.describe_key(KeyId=made["KeyId"]),
        lambda: kms.create_alias(AliasName="alias/new", TargetKeyId=key),
    ):
        with unknown(key):
            ask()
    assert kms.list_keys()["Keys"] == []
    clock.advance(minutes=1)
    assert state(kms, key) == "PendingImport"
    assert [each["KeyArn"] for each in kms.list_keys()["Keys"]] == [key]


@slowly("CreateKey")
def test_another_account_is_told_of_a_new_key_what_it_is_told_of_none(clock, kms, other):
    key = make_key(kms, {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"})
    role = other.role("guest", [allow("kms:*")])
    with refused("AccessDeniedException"):
        role.client("kms").describe_key(KeyId=key)
    clock.advance(minutes=1)
    assert state(role.client("kms"), key) == "Enabled"


@slowly("CreateKey")
def test_a_refusal_says_that_the_key_is_not_known_yet(aws_world, kms):
    key = kms.create_key()["KeyMetadata"]["Arn"]
    with unknown(key):
        kms.describe_key(KeyId=key)
    told = aws_world.refusals[-1]
    assert told.cause == "KMS-NOT-YET-KNOWN"
    assert told.history == (f"the new key is known from {aws_world.clock.now() + MINUTE:%Y-%m-%d %H:%M:%S} on",)


@slowly("CreateKey")
def test_a_service_that_is_given_a_new_key_does_not_find_it_either(owner, kms):
    s3 = owner.client("s3")
    s3.create_bucket(Bucket="reports")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    with refused("KMS.NotFoundException", f"Key '{key}' does not exist"):
        s3.put_object(Bucket="reports", Key="a", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)


# --- aliases --------------------------------------------------------------------------------------------------------

ALIAS = f"arn:aws:kms:us-east-1:{OWNER}:alias/mine"


@slowly("CreateAlias")
def test_a_new_alias_means_nothing_for_a_while_although_it_is_listed(clock, kms, key):
    kms.create_alias(AliasName="alias/mine", TargetKeyId=key)
    with refused("NotFoundException", f"Alias {ALIAS} is not found."):
        kms.encrypt(KeyId="alias/mine", Plaintext=b"x")
    assert [each["AliasName"] for each in kms.list_aliases(KeyId=key)["Aliases"]] == ["alias/mine"]
    clock.advance(minutes=1)
    assert kms.encrypt(KeyId="alias/mine", Plaintext=b"x")["KeyId"] == key


@slowly("UpdateAlias", "DeleteAlias")
def test_an_alias_means_what_it_meant_until_it_is_known_that_it_moved_or_went(clock, kms, key):
    second, third = (kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2))
    kms.create_alias(AliasName="alias/mine", TargetKeyId=key)

    def means():
        return kms.encrypt(KeyId="alias/mine", Plaintext=b"x")["KeyId"]

    kms.update_alias(AliasName="alias/mine", TargetKeyId=second)
    kms.update_alias(AliasName="alias/mine", TargetKeyId=third)
    assert means() == key
    clock.advance(minutes=1)
    assert means() == third
    kms.delete_alias(AliasName="alias/mine")
    assert kms.list_aliases(KeyId=third)["Aliases"] == []
    assert means() == third
    clock.advance(minutes=1)
    with refused("NotFoundException", f"Alias {ALIAS} is not found."):
        means()


@slowly("DeleteAlias", after=timedelta(days=30))
def test_a_deleted_alias_means_nothing_once_its_key_is_deleted(clock, kms, key):
    kms.create_alias(AliasName="alias/mine", TargetKeyId=key)
    kms.delete_alias(AliasName="alias/mine")
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    clock.advance(days=8)
    with refused("NotFoundException", f"Alias {ALIAS} is not found."):
        kms.describe_key(KeyId="alias/mine")


@slowly("CreateAlias", "UpdateAlias", "DeleteAlias")
def test_permissions_by_aliases_follow_later(clock, owner, kms, key):
    condition = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/mine"}}
    role = owner.role("worker", [allow("kms:DescribeKey", Condition=condition)])
    mine = role.client("kms")
    kms.create_alias(AliasName="alias/mine", TargetKeyId=key)
    with lacks(_session(role), "kms:DescribeKey", key):
        mine.describe_key(KeyId=key)
    clock.advance(minutes=1)
    assert state(mine, key) == "Enabled"
    second = kms.create_key()["KeyMetadata"]["Arn"]
    kms.update_alias(AliasName="alias/mine", TargetKeyId=second)
    assert state(mine, key) == "Enabled"
    with lacks(_session(role), "kms:DescribeKey", second):
        mine.describe_key(KeyId=second)
    clock.advance(minutes=1)
    assert state(mine, second) == "Enabled"
    with lacks(_session(role), "kms:DescribeKey", key):
        mine.describe_key(KeyId=key)


def _session(role):
    return role.client("sts").get_caller_identity()["Arn"]


# --- tags -----------------------------------------------------------------------------------------------------------


@slowly("TagResource", "UntagResource")
def test_permissions_by_tags_follow_later_although_the_tags_show(aws_world, clock, owner, kms, key):
    role = owner.role("worker", [allow("kms:Encrypt", Condition={"StringEquals": {"aws:ResourceTag/team": "blue"}})])
    mine = role.client("kms")
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": "team", "TagValue": "blue"}])
    assert kms.list_resource_tags(KeyId=key)["Tags"] == [{"TagKey": "team", "TagValue": "blue"}]
    with lacks(_session(role), "kms:Encrypt", key):
        mine.encrypt(KeyId=key, Plaintext=b"x")
    assert "the new tags of the key are known from" in aws_world.decisions[-1].explain()
    clock.advance(minutes=1)
    assert mine.encrypt(KeyId=key, Plaintext=b"x")
    kms.untag_resource(KeyId=key, TagKeys=["team"])
    assert mine.encrypt(KeyId=key, Plaintext=b"x")
    clock.advance(minutes=1)
    with lacks(_session(role), "kms:Encrypt", key):
        mine.encrypt(KeyId=key, Plaintext=b"x")


# --- states ---------------------------------------------------------------------------------------------------------


@slowly("DisableKey", "EnableKey")
@pytest.mark.evidence(
    "reported", "hashicorp/terraform#14029: EnableKeyRotation after EnableKey answers DisabledException"
)
def test_a_key_works_on_after_it_was_disabled_and_is_disabled_after_it_was_enabled(clock, kms, key):
    disabled = f"{key} is disabled."
    kms.disable_key(KeyId=key)
    assert state(kms, key) == "Disabled"
    assert kms.encrypt(KeyId=key, Plaintext=b"x")
    clock.advance(minutes=1)
    with refused("DisabledException", disabled):
        kms.encrypt(KeyId=key, Plaintext=b"x")
    kms.enable_key(KeyId=key)
    assert state(kms, key) == "Enabled"
    for ask in (kms.enable_key_rotation, lambda **named: kms.encrypt(Plaintext=b"x", **named)):
        with refused("DisabledException", disabled):
            ask(KeyId=key)
    clock.advance(minutes=1)
    kms.enable_key_rotation(KeyId=key)


@slowly("DisableKey")
def test_a_key_that_is_pending_deletion_is_so_at_once(kms, key):
    kms.disable_key(KeyId=key)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    with refused("KMSInvalidStateException", f"{key} is pending deletion."):
        kms.encrypt(KeyId=key, Plaintext=b"x")


@slowly("s3:DisableKey", "s3:EnableKey")
@pytest.mark.evidence(
    "reported", "localstack/localstack#7786: DescribeKey says Disabled, S3 refuses only after seconds"
)
def test_s3_uses_a_disabled_key_for_a_while_that_kms_refuses_to_others(clock, owner, kms, key):
    s3 = owner.client("s3")
    s3.create_bucket(Bucket="reports")
    put = {"Bucket": "reports", "Key": "a", "Body": b"x", "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    kms.disable_key(KeyId=key)
    s3.put_object(**put)
    with refused("DisabledException", f"{key} is disabled."):
        kms.encrypt(KeyId=key, Plaintext=b"x")
    clock.advance(minutes=1)
    with refused("KMS.DisabledException", f"{key} is disabled."):
        s3.put_object(**put)
    kms.enable_key(KeyId=key)
    assert kms.encrypt(KeyId=key, Plaintext=b"x")
    with refused("KMS.DisabledException", f"{key} is disabled."):
        s3.get_object(Bucket="reports", Key="a")
    clock.advance(minutes=1)
    assert s3.get_object(Bucket="reports", Key="a")["Body"].read() == b"x"


# --- policies -------------------------------------------------------------------------------------------------------


@slowly("GetKeyPolicy")
@pytest.mark.evidence("reported", "hashicorp/terraform-provider-aws#20588: GetKeyPolicy reads the former policy")
def test_the_former_key_policy_is_read_while_the_new_one_decides(clock, owner, kms, key):
    role = owner.role("worker")
    before = kms.get_key_policy(KeyId=key)["Policy"]
    root = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{OWNER}:root"}, "Action": "kms:*", "Resource": "*"}
    named = {"Effect": "Allow", "Principal": {"AWS": role.arn}, "Action": "kms:DescribeKey", "Resource": "*"}
    kms.put_key_policy(KeyId=key, Policy=json.dumps(policy(root, named)))
    assert kms.get_key_policy(KeyId=key)["Policy"] == before
    assert state(role.client("kms"), key) == "Enabled"
    clock.advance(minutes=1)
    assert role.arn in kms.get_key_policy(KeyId=key)["Policy"]


# --- names, and the order of things ---------------------------------------------------------------------------------


def test_a_wrong_name_is_told_with_all_that_there_are():
    known = ", ".join(sorted({*DELAYS, *EVENTUAL}))
    with pytest.raises(ValueError, match="CreateKeys") as near:
        kmsmock.World(delays={"CreateKeys": MINUTE})
    assert str(near.value) == f"delays of CreateKeys: only {known} take time; did you mean 'CreateKey'?"
    with pytest.raises(ValueError, match="Quux") as far:
        kmsmock.World(delays={"Quux": MINUTE})
    assert str(far.value) == f"delays of Quux: only {known} take time"


def test_true_lets_nothing_spread_slowly():
    with kmsmock.World(delays=True) as world:
        assert not EVENTUAL.keys() & world.store.delays.keys()


@given(st.lists(st.tuples(st.sampled_from(["slow", "quick"]), st.integers(0, 90)), max_size=8), st.integers(0, 200))
def test_changes_of_one_thing_are_seen_in_their_order_and_all_of_them_in_the_end(changes, later):
    agenda, passed = Agenda(), 0
    spread = Spreading({"slow": timedelta(seconds=60), "quick": timedelta(seconds=5)}, agenda)
    rules = {KNOWN: lambda state, when, former: spread.known(former)}

    def now():
        return datetime(2030, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=passed)

    with patch.object(spreading, "clock", SimpleNamespace(now=now)):
        seen = [0]
        for value, (operation, pause) in enumerate(changes):
            spread.change(operation, "number", "it", value)
            passed += pause
            agenda.run_due(rules, None, now())
            seen.append(spread.seen("number", "it", value + 1))
        assert seen == sorted(seen)
        passed += later
        agenda.run_due(rules, None, now())
        assert spread.seen("number", "it", len(changes)) == len(changes) or later < 60
