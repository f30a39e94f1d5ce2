"""PutBucketEncryption, GetBucketEncryption and DeleteBucketEncryption: what they keep, what they refuse, what they block."""

import pytest

from tests.support.claims import OWNER, allow, refused
from tests.support.s3 import (
    BODY,
    BUCKET,
    GHOST,
    SSE_S3,
    account,
    complete,
    copy,
    create,
    customer,
    customer_shown,
    denied,
    get,
    head,
    key_arn,
    keys,
    kms_calls,
    part,
    part_copy,
    put,
    read,
    set_default,
    share,
    shown,
    sse,
    under,
    uploads,
)

pytestmark = pytest.mark.evidence(
    "recorded",
    "localstack (test_s3.snapshot.json): bucket encryption and its refusals; UpdateObjectEncryption and blocking are documented",
)

NEVER_SET = [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}]
BLOCK, UNBLOCK = ({"BlockedEncryptionTypes": {"EncryptionType": [name]}} for name in ("SSE-C", "NONE"))


def rules(s3, bucket=BUCKET):
    return s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]


def by_default(s3, bucket=BUCKET):
    (rule,) = rules(s3, bucket)
    return rule["ApplyServerSideEncryptionByDefault"]


def configure(s3, *given, bucket=BUCKET):
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": list(given)})


def blocked(s3):
    (rule,) = rules(s3)
    return "SSE-C" in rule.get("BlockedEncryptionTypes", {}).get("EncryptionType", [])


# --- what is kept ----------------------------------------------------------------------------------------------------------


def test_a_bucket_that_was_never_asked_encrypts_with_sse_s3(s3):
    assert rules(s3) == NEVER_SET


@pytest.mark.parametrize("mode", ["aws:kms", "aws:kms:dsse"])
@pytest.mark.parametrize(
    "name",
    [
        None,
        "fake-key-id",
        "aws/s3",
        GHOST,
        "alias/none",
        "alias/aws/s3",
        f"arn:aws:kms:us-east-1:{OWNER}:alias/none",
        key_arn(GHOST),
        key_arn(GHOST, region="eu-west-1"),
        key_arn(GHOST, "999999999999"),
    ],
)
def test_a_key_is_kept_word_for_word_and_nobody_looks_whether_it_exists(aws_world, s3, mode, name):
    with kms_calls(aws_world) as calls:
        set_default(s3, mode, name)
        assert by_default(s3) == {"SSEAlgorithm": mode, **({"KMSMasterKeyID": name} if name else {})}
    assert calls == []


def test_the_key_of_an_id_stays_an_id(s3, kms, key):
    kms.disable_key(KeyId=key)
    set_default(s3, key=key.split("/")[1])
    assert by_default(s3)["KMSMasterKeyID"] == key.split("/")[1]


@pytest.mark.parametrize("mode", ["AES256", "aws:kms"])
@pytest.mark.parametrize("enabled", [None, False, True])
def test_a_rule_tells_whether_it_has_a_bucket_key(s3, mode, enabled):
    set_default(s3, mode, bucket_key=enabled)
    (rule,) = rules(s3)
    assert rule.get("BucketKeyEnabled", False) is bool(enabled)


def test_a_put_replaces_the_rule(s3, key):
    set_default(s3, key=key, bucket_key=True)
    set_default(s3, "AES256")
    (rule,) = rules(s3)
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert not rule.get("BucketKeyEnabled")


def test_a_delete_returns_to_sse_s3_as_often_as_it_is_asked(s3, key):
    set_default(s3, key=key)
    for _ in range(2):
        answer = s3.delete_bucket_encryption(Bucket=BUCKET)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
        assert rules(s3) == NEVER_SET
    assert shown(put(s3)) == SSE_S3


def test_each_bucket_has_its_own_rule(s3, key):
    s3.create_bucket(Bucket="another")
    set_default(s3, key=key)
    assert rules(s3, "another") == NEVER_SET
    assert shown(put(s3, bucket="another")) == SSE_S3


def test_a_bucket_made_anew_has_forgotten(s3, key):
    s3.create_bucket(Bucket="another")
    set_default(s3, key=key, bucket="another", **BLOCK)
    s3.delete_bucket(Bucket="another")
    s3.create_bucket(Bucket="another")
    assert by_default(s3, "another") == {"SSEAlgorithm": "AES256"}
    assert shown(put(s3, bucket="another")) == SSE_S3


# --- what it does ----------------------------------------------------------------------------------------------------------


def test_objects_keep_what_they_were_written_with(s3, kms, key, another):
    put(s3, "plain before")
    set_default(s3, key=key)
    put(s3, "first")
    set_default(s3, key=another)
    put(s3, "second")
    s3.delete_bucket_encryption(Bucket=BUCKET)
    names = ("plain before", "first", "second")
    assert [shown(get(s3, name)) for name in names] == [SSE_S3, under(key), under(another)]
    kms.disable_key(KeyId=another)
    assert [read(s3, name) for name in names[:2]] == [BODY] * 2
    with refused("KMS.DisabledException", f"{another} is disabled."):
        read(s3, "second")


def test_a_key_that_misses_its_alias_prefix_fails_when_it_is_used(s3, write):
    set_default(s3, key="aws/s3")
    with refused("KMS.NotFoundException") as refusal:
        write(s3)
    assert refusal.response["Error"]["Message"].replace("'", "") == "Invalid keyId aws/s3"
    assert shown(write(s3, ServerSideEncryption="AES256")) == SSE_S3


def test_a_bucket_key_is_nothing_under_sse_s3(s3, write):
    set_default(s3, "AES256", bucket_key=True)
    assert shown(write(s3)) == SSE_S3


# --- what it refuses -------------------------------------------------------------------------------------------------------

XML = "The XML you provided was not well-formed or did not validate against our published schema"
AES = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
KMS = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}


@pytest.mark.parametrize("given", [[], [AES, AES], [AES, KMS]], ids=["none", "the same twice", "two"])
def test_there_is_one_rule(s3, key, given):
    set_default(s3, key=key)
    with refused("MalformedXML", XML):
        configure(s3, *given)
    assert by_default(s3)["KMSMasterKeyID"] == key


@pytest.mark.parametrize("name", ["alias/app", GHOST, key_arn(GHOST)])
def test_sse_s3_has_no_key(s3, name):
    with refused(
        "InvalidArgument",
        "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
    ) as refusal:
        set_default(s3, "AES256", name)
    assert refusal.response["Error"]["ArgumentName"] == "ApplyServerSideEncryptionByDefault"
    assert rules(s3) == NEVER_SET


@pytest.mark.parametrize("given", [[], [AES], [AES, AES]], ids=["no rule", "a rule", "two rules"])
def test_a_bucket_that_is_not_there_comes_before_what_is_wrong_with_the_rules(s3, given):
    with refused("NoSuchBucket", "The specified bucket does not exist", 404):
        configure(s3, *given, bucket="nowhere")
    with refused("NoSuchBucket", "The specified bucket does not exist", 404):
        s3.get_bucket_encryption(Bucket="nowhere")
    with refused("NoSuchBucket", "The specified bucket does not exist", 404):
        s3.delete_bucket_encryption(Bucket="nowhere")


CALLS = {
    "put": (set_default, "s3:PutEncryptionConfiguration"),
    "get": (rules, "s3:GetEncryptionConfiguration"),
    "delete": (lambda s3: s3.delete_bucket_encryption(Bucket=BUCKET), "s3:PutEncryptionConfiguration"),
}


@pytest.mark.parametrize("call", CALLS)
def test_each_call_takes_its_action_and_none_of_kms(owner, s3, call):
    act, action = CALLS[call]
    act(owner.user("alice", [allow(action)]).client("s3"))
    bob = owner.user("bob", [allow(["kms:*", "s3:PutObject", "s3:GetObject"])])
    reason = f"because no identity-based policy allows the {action} action"
    with denied(bob.arn, action, f'on resource: "arn:aws:s3:::{BUCKET}"', reason):
        act(bob.client("s3"))


def test_a_rule_about_a_key_that_its_author_may_not_use(owner, s3, key):
    client = owner.user("alice", [allow("s3:*")]).client("s3")
    set_default(client, key=key)
    with denied(f"arn:aws:iam::{OWNER}:user/alice", "kms:GenerateDataKey", key):
        put(client)
    assert shown(put(s3)) == under(key)


# --- blocking SSE-C --------------------------------------------------------------------------------------------------------


ROOT = account(OWNER)


def refused_by_the_block(caller=ROOT, key="k"):
    return refused(
        "AccessDenied",
        f'User: {caller} is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::{BUCKET}/{key}" '
        "because this bucket has blocked upload requests that specify Server Side Encryption with Customer provided "
        "keys (SSE-C). Please specify a different server-side encryption type",
        403,
    )


@pytest.mark.parametrize("mode", ["AES256", "aws:kms", "aws:kms:dsse"])
def test_a_block_is_kept_in_the_rule(s3, mode):
    set_default(s3, mode, **BLOCK)
    (rule,) = rules(s3)
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": mode}
    assert rule["BlockedEncryptionTypes"] == {"EncryptionType": ["SSE-C"]}


@pytest.mark.parametrize("mode", ["AES256", "aws:kms"])
def test_a_block_refuses_a_customers_key_and_nothing_else(s3, write, key, mode):
    set_default(s3, mode, **BLOCK)
    with refused_by_the_block():
        write(s3, **customer())
    assert (keys(s3), uploads(s3)) == ([], [])
    assert shown(write(s3, ServerSideEncryption="AES256")) == SSE_S3
    assert shown(write(s3, **sse(key))) == under(key)
    write(s3)


def test_a_block_names_who_was_refused(owner, s3):
    set_default(s3, "AES256", **BLOCK)
    alice = owner.user("alice", [allow("s3:*")])
    with refused_by_the_block(alice.arn, "mine"):
        put(alice.client("s3"), "mine", **customer())


def test_a_block_holds_for_other_accounts_too(s3, other):
    share(s3)
    set_default(s3, "AES256", **BLOCK)
    with refused("AccessDenied", status=403):
        put(other.user("bob", [allow("s3:*")]).client("s3"), **customer())


def test_a_block_leaves_what_is_stored_readable(s3):
    put(s3, **customer())
    set_default(s3, "AES256", **BLOCK)
    assert read(s3, **customer()) == BODY
    assert shown(head(s3, **customer())) == customer_shown()
    assert shown(copy(s3, "copied", "k", **customer(prefix="CopySource"))) == SSE_S3
    created = create(s3, "parts")
    complete(s3, created, [part_copy(s3, created, 1, "k", **customer(prefix="CopySource"))])
    assert read(s3, "parts") == read(s3, "copied") == BODY


def test_a_block_stops_an_upload_that_has_begun(s3):
    created = create(s3, **customer())
    set_default(s3, "AES256", **BLOCK)
    for step in (part, part_copy):
        with refused("AccessDenied", status=403):
            step(s3, created, **customer())


def test_only_none_lifts_a_block(s3, key):
    set_default(s3, "AES256", **BLOCK)
    for rule in ({}, {"key": key}):
        set_default(s3, "aws:kms" if rule else "AES256", **rule)
        assert blocked(s3)
        with refused_by_the_block():
            put(s3, **customer())
    set_default(s3, "AES256", **UNBLOCK)
    assert not blocked(s3)
    assert shown(put(s3, **customer())) == customer_shown()
    set_default(s3, "AES256")
    assert not blocked(s3)
    assert shown(put(s3, **customer())) == customer_shown()
