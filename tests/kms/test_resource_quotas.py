"""How many there may be of something, and that it can be set; and which refused calls count against request quotas."""

import json

import pytest
from botocore.config import Config

import kmsmock
from kmsmock.quotas import RESOURCES
from tests.support.claims import OTHER, OWNER, allow, policy, refused
from tests.support.key_stores import HSM
from tests.support.rotation import AWAY

ONCE = Config(retries={"total_max_attempts": 1})
pytestmark = [
    pytest.mark.usefixtures("clock"),
    pytest.mark.evidence("documented", '"Resource quotas" (KMS guide); texts of keys and aliases are recorded'),
]


def full(text):
    return refused("LimitExceededException", text)


def keys_full(limit, usage):
    return full(f"Key quota for this account in this region is {limit} but the current usage is {usage}.")


def test_the_numbers_are_those_of_the_guide():
    assert {name: each.limit for name, each in RESOURCES.items()} == {
        "keys": 100_000,
        "aliases per key": 50,
        "grants per key": 50_000,
        "grants per grantee": None,
        "key policy size": 32_768,
        "custom key stores": 10,
        "on-demand rotations": 25,
    }


@pytest.mark.kmsmock(quotas={"keys": 2})
def test_keys_are_counted_by_account_and_region_whatever_their_state(owner, other, kms):
    first, second = (kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2))
    kms.disable_key(KeyId=first)
    kms.schedule_key_deletion(KeyId=second, PendingWindowInDays=7)
    with keys_full(2, 2):
        kms.create_key()
    assert owner.client("kms", AWAY).create_key()
    assert other.client("kms").create_key()


@pytest.mark.kmsmock(quotas={"keys": 1})
def test_a_deleted_key_makes_room_and_an_aws_managed_one_takes_none(clock, kms):
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.describe_key(KeyId="alias/aws/s3")
    with keys_full(1, 1):
        kms.create_key()
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    clock.advance(days=7, hours=1)
    assert kms.create_key()


@pytest.mark.kmsmock(quotas={"keys": 1})
def test_a_replica_is_a_key_of_its_region(aws_world, owner, kms, away):
    away.create_key()
    primary = kms.create_key(MultiRegion=True)["KeyMetadata"]["Arn"]
    with keys_full(1, 1):
        kms.replicate_key(KeyId=primary, ReplicaRegion=AWAY)
    kms.replicate_key(KeyId=primary, ReplicaRegion="eu-west-3")
    with keys_full(1, 1):
        owner.client("kms", "eu-west-3").create_key()


@pytest.mark.kmsmock(quotas={"aliases per key": 1})
def test_aliases_are_counted_by_key_also_when_they_move(kms):
    first, second = (kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2))
    kms.create_alias(AliasName="alias/a", TargetKeyId=first)
    text = "Aliases per key quota for this account in this region is 1, current usage is 1."
    with full(text):
        kms.create_alias(AliasName="alias/b", TargetKeyId=first)
    kms.create_alias(AliasName="alias/b", TargetKeyId=second)
    with full(text):
        kms.update_alias(AliasName="alias/b", TargetKeyId=first)
    kms.update_alias(AliasName="alias/b", TargetKeyId=second)


@pytest.mark.kmsmock(quotas={"grants per grantee": 1})
@pytest.mark.evidence("assumed", "AWS had such a quota until 2021; its text is nowhere to be found")
def test_grants_are_counted_by_grantee_where_a_test_says_so(kms, key):
    ask = {"KeyId": key, "Operations": ["Decrypt"]}
    kms.create_grant(GranteePrincipal=f"arn:aws:iam::{OTHER}:root", Name="a", **ask)
    kms.create_grant(GranteePrincipal=f"arn:aws:iam::{OTHER}:root", Name="a", **ask)  # is the first
    with full("Grants for a given principal per key quota for this account in this region is 1, current usage is 1."):
        kms.create_grant(GranteePrincipal=f"arn:aws:iam::{OTHER}:root", **ask)
    kms.create_grant(GranteePrincipal=f"arn:aws:iam::{OWNER}:root", **ask)
    second = kms.create_key()["KeyMetadata"]["Arn"]
    kms.create_grant(GranteePrincipal=f"arn:aws:iam::{OTHER}:root", **{**ask, "KeyId": second})


@pytest.mark.kmsmock(quotas={"grants per grantee": 1})
def test_a_retired_grant_makes_room(kms, key):
    ask = {"KeyId": key, "Operations": ["Decrypt"], "GranteePrincipal": f"arn:aws:iam::{OTHER}:root"}
    first = kms.create_grant(**ask)["GrantId"]
    kms.revoke_grant(KeyId=key, GrantId=first)
    assert kms.create_grant(**ask)["GrantId"] != first


@pytest.mark.kmsmock(quotas={"key policy size": 400})
@pytest.mark.evidence("assumed", "the code and the limit are documented, the text is not")
def test_key_policies_have_a_size(kms, key):
    text = json.dumps(
        policy({"Sid": "s" * 400, "Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"})
    )
    for ask in (lambda: kms.put_key_policy(KeyId=key, Policy=text), lambda: kms.create_key(Policy=text)):
        with full("Key policy size quota is 400 bytes."):
            ask()


@pytest.mark.evidence("assumed", "the code and the limit are documented, the text is not")
def test_there_are_ten_custom_key_stores_of_both_types_or_as_many_as_a_test_says(aws_world, kms):
    aws_world.quotas({"custom key stores": 1})
    kms.create_custom_key_store(CustomKeyStoreName="one", **HSM)
    with full("Custom key store quota for this account in this region is 1, current usage is 1."):
        kms.create_custom_key_store(
            **{**HSM, "CustomKeyStoreName": "other", "CloudHsmClusterId": "cluster-bbcdefghijk"}
        )


def test_the_quota_of_rotations_is_the_same_for_everybody(aws_world):
    with pytest.raises(ValueError, match="rotations") as told:
        aws_world.quotas({"on-demand rotations": 30})
    assert str(told.value) == "the quota on-demand rotations is 25 for everybody: AWS does not adjust it"


@pytest.mark.parametrize("number", [-1, 2.5, True, "3", None])
def test_there_is_a_whole_number_of_things(number):
    with pytest.raises(TypeError) as told:
        kmsmock.World(quotas={"keys": number})
    assert str(told.value) == f"the quota keys is a whole number, not {number!r}"


@pytest.mark.kmsmock(quotas={"keys": 100})
def test_quotas_of_resources_alone_throttle_nobody(owner):
    kms = owner.client("kms", config=ONCE)
    assert all(kms.create_key() for _ in range(12))


def test_they_are_aws_own_again_once_others_are_set(aws_world, kms):
    aws_world.quotas({"keys": 0})
    with keys_full(0, 0):
        kms.create_key()
    aws_world.quotas(False)
    assert kms.create_key()


@pytest.mark.kmsmock(quotas={"keys": 0, "custom key stores": 0}, enforce="audit")
def test_an_audit_lets_pass_what_exceeds_a_quota_and_keeps_it(aws_world, kms):
    assert kms.create_key()
    assert [(each.cause, each.passed) for each in aws_world.refusals] == [("KMS-QUOTA-KEYS", True)]


# --- refused calls and request quotas -------------------------------------------------------------------------------

GHOST = f"arn:aws:kms:us-east-1:{OWNER}:key/00000000-0000-0000-0000-000000000000"
REFUSED = {
    "parameters": ("ValidationException", lambda kms, key: kms.encrypt(KeyId=key, Plaintext=b"x" * 5000)),
    "no such key": ("NotFoundException", lambda kms, key: kms.encrypt(KeyId=GHOST, Plaintext=b"x")),
    "no such alias": ("NotFoundException", lambda kms, key: kms.encrypt(KeyId="alias/ghost", Plaintext=b"x")),
    "no ciphertext": ("InvalidCiphertextException", lambda kms, key: kms.decrypt(CiphertextBlob=b"x")),
    "no grant token": (
        "InvalidGrantTokenException",
        lambda kms, key: kms.encrypt(KeyId=key, Plaintext=b"x", GrantTokens=["x"]),
    ),
    "dry run": ("DryRunOperationException", lambda kms, key: kms.encrypt(KeyId=key, Plaintext=b"x", DryRun=True)),
}


@pytest.mark.parametrize("why", REFUSED)
@pytest.mark.evidence("assumed", "no page says which refused calls count: all that somebody signed")
def test_a_refused_call_counts_whatever_it_is_refused_for(aws_world, owner, key, why):
    kms = owner.client("kms", config=ONCE)
    code, ask = REFUSED[why]
    aws_world.quotas({"symmetric": 2})
    for _ in range(2):
        with refused(code):
            ask(kms, key)
    with refused("ThrottlingException"):
        ask(kms, key)
    with refused("ThrottlingException"):
        kms.encrypt(KeyId=key, Plaintext=b"x")


@pytest.mark.evidence("assumed", "no page says which refused calls count: all that somebody signed")
def test_a_key_in_the_wrong_state_and_a_replica_that_is_not_made_count_once(aws_world, owner, key):
    kms = owner.client("kms", config=ONCE)
    kms.disable_key(KeyId=key)
    aws_world.quotas({"symmetric": 1, "ReplicateKey": 1, "CreateKey": 1})
    with refused("DisabledException"):
        kms.encrypt(KeyId=key, Plaintext=b"x")
    with refused("ThrottlingException"):
        kms.generate_random(NumberOfBytes=1)
    with refused("NotFoundException"):
        kms.replicate_key(KeyId=GHOST, ReplicaRegion=AWAY)
    assert owner.client("kms", AWAY, config=ONCE).create_key()  # of which a replica takes two
    with refused("ThrottlingException"):
        kms.replicate_key(KeyId=GHOST, ReplicaRegion=AWAY)


@pytest.mark.evidence("assumed", "no page says which refused calls count: not those of nobody, and not throttled ones")
def test_calls_that_are_throttled_that_fail_or_that_nobody_signed_do_not_count(aws_world, clock, owner, key):
    kms = owner.client("kms", config=ONCE)
    user = owner.user("gone", [allow("kms:*")])
    theirs = user.client("kms", config=ONCE)
    owner.client("iam").delete_user_policy(UserName="gone", PolicyName="policy-1")
    for each in owner.client("iam").list_access_keys(UserName="gone")["AccessKeyMetadata"]:
        owner.client("iam").delete_access_key(UserName="gone", AccessKeyId=each["AccessKeyId"])
    aws_world.quotas({"symmetric": 1})
    with refused("UnrecognizedClientException"):
        theirs.encrypt(KeyId=key, Plaintext=b"x")
    with aws_world.fault("kms", "Encrypt", error="KMSInternalException"), refused("KMSInternalException", status=500):
        kms.encrypt(KeyId=key, Plaintext=b"x")
    kms.encrypt(KeyId=key, Plaintext=b"x")
    for _ in range(3):
        with refused("ThrottlingException"):
            kms.encrypt(KeyId=key, Plaintext=b"x")
    clock.advance(seconds=1)
    kms.encrypt(KeyId=key, Plaintext=b"x")
