"""Bucket policies: within the account, across accounts, and what they demand of a request."""

import json

import pytest

from tests.support.claims import OTHER, OWNER, allow, policy, refused
from tests.support.policies import assume, make_key, session_arn, signing, trust, use

pytestmark = pytest.mark.evidence(
    "documented", '"Bucket policies" and "How Amazon S3 authorizes a request" (S3 user guide)'
)

BUCKET, OBJECTS = "arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"
ACCOUNT, FOREIGN = f"arn:aws:iam::{OWNER}:root", f"arn:aws:iam::{OTHER}:root"
IN_RESOURCE = "with an explicit deny in a resource-based policy"
NO_IDENTITY = "because no identity-based policy allows the s3:GetObject action"


def on_bucket(principal, actions="s3:*", effect="Allow", resource=(BUCKET, OBJECTS), **more):
    named = principal if principal == "*" or isinstance(principal, dict) else {"AWS": principal}
    return {"Effect": effect, "Principal": named, "Action": actions, "Resource": list(resource), **more}


@pytest.fixture
def s3(owner):
    """The owner's client; the bucket has one object."""
    client = owner.client("s3")
    client.create_bucket(Bucket="bucket")
    client.put_object(Bucket="bucket", Key="k", Body=b"body")
    return client


def put_policy(s3, *statements):
    s3.put_bucket_policy(Bucket="bucket", Policy=json.dumps(policy(*statements)))


def read(principal):
    return principal.client("s3").get_object(Bucket="bucket", Key="k")["Body"].read()


def denied(caller, reason, action="s3:GetObject", resource="arn:aws:s3:::bucket/k"):
    text = f'User: {caller} is not authorized to perform: {action} on resource: "{resource}" {reason}'
    return refused("AccessDenied", text, 403)


# --- within the account ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("principal", "policies", "allowed"),
    [
        (None, [], False),
        (None, [allow("s3:GetObject")], True),
        ("alice", [], True),
        ("*", [], True),
        (ACCOUNT, [], False),
        (ACCOUNT, [allow("s3:GetObject")], True),
        (FOREIGN, [allow("s3:GetObject")], True),
        ("alice", [policy({"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"})], None),
    ],
)
def test_iam_or_the_bucket_policy_is_enough(owner, s3, principal, policies, allowed):
    alice = owner.user("alice", policies)
    if principal is not None:
        put_policy(s3, on_bucket(alice.arn if principal == "alice" else principal, "s3:GetObject"))
    if allowed:
        assert read(alice) == b"body"
        return
    reason = "with an explicit deny in an identity-based policy" if allowed is None else NO_IDENTITY
    with denied(alice.arn, reason):
        read(alice)


def test_an_explicit_deny_for_everybody_means_everybody(owner, s3):
    put_policy(s3, on_bucket("*", "s3:GetObject", "Deny"))
    alice = owner.user("alice", [allow("s3:*")])
    role = owner.role("worker", [allow("s3:*")])
    for principal, caller in ((alice, alice.arn), (role, session_arn("worker", "kmsmock")), (owner.root, ACCOUNT)):
        with denied(caller, IN_RESOURCE):
            read(principal)
    s3.delete_bucket_policy(Bucket="bucket")
    assert read(alice) == b"body"


def test_a_deny_that_spares_one_role_by_its_arn(owner, s3):
    role = owner.role("worker", [allow("s3:*")])
    condition = {"ArnNotEquals": {"aws:PrincipalArn": role.arn}}
    put_policy(s3, on_bucket("*", "s3:ListBucket", "Deny", Condition=condition))
    assert role.client("s3").list_objects_v2(Bucket="bucket")["KeyCount"] == 1
    with denied(ACCOUNT, IN_RESOURCE, "s3:ListBucket", BUCKET):
        s3.list_objects_v2(Bucket="bucket")


def test_a_boundary_and_a_session_policy_limit_what_the_bucket_policy_gives_a_role(owner, s3):
    bounded = owner.role("bounded", boundary=allow("kms:*"))
    free = owner.role("free", trust=trust(ACCOUNT))
    alice = owner.user("alice", [allow("sts:AssumeRole")])
    put_policy(s3, on_bucket([bounded.arn, free.arn], "s3:GetObject"))
    assert read(free) == b"body"
    with denied(session_arn("bounded", "kmsmock"), "because no permissions boundary allows the s3:GetObject action"):
        read(bounded)
    given = assume(alice.client("sts"), free, Policy=json.dumps(allow("kms:*")))
    with denied(session_arn("free"), "because no session policy allows the s3:GetObject action"):
        signing(given, "s3").get_object(Bucket="bucket", Key="k")


# --- across accounts ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("principal", "policies", "allowed"),
    [
        (None, [allow("s3:*")], False),
        (FOREIGN, [], False),
        (FOREIGN, [allow("s3:GetObject", OBJECTS)], True),
        ("bob", [], False),
        ("bob", [allow("s3:GetObject", OBJECTS)], True),
        ("*", [], False),
        ("*", [allow("s3:GetObject")], True),
        (ACCOUNT, [allow("s3:GetObject")], False),
    ],
)
def test_another_account_needs_both_and_is_told_nothing(other, s3, principal, policies, allowed):
    bob = other.user("bob", policies)
    if principal is not None:
        put_policy(s3, on_bucket(bob.arn if principal == "bob" else principal, "s3:GetObject"))
    if allowed:
        assert read(bob) == b"body"
    else:
        with refused("AccessDenied", "Access Denied", 403):
            read(bob)


def test_the_root_user_of_another_account_needs_the_bucket_policy(other, s3):
    with refused("AccessDenied", "Access Denied", 403):
        read(other.root)
    put_policy(s3, on_bucket(FOREIGN))
    assert read(other.root) == b"body"


def test_a_foreign_reader_of_an_encrypted_object_needs_the_bucket_and_the_key(kms, other, s3):
    bob = other.user("bob", [allow(["s3:*", "kms:*"])])
    key = make_key(kms)
    s3.put_object(Bucket="bucket", Key="k", Body=b"body", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    put_policy(s3, on_bucket(FOREIGN, "s3:GetObject"))
    with refused(
        "AccessDenied",
        f"User: {bob.arn} is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext "
        "because the resource does not exist in this Region, no resource-based policies allow access, "
        "or a resource-based policy explicitly denies access",
        403,
    ):
        read(bob)
    kms.put_key_policy(KeyId=key, Policy=json.dumps(policy(use(ACCOUNT), use(FOREIGN, "kms:Decrypt"))))
    assert read(bob) == b"body"
    s3.delete_bucket_policy(Bucket="bucket")
    with refused("AccessDenied", "Access Denied", 403):
        read(bob)


# --- demands --------------------------------------------------------------------------------------------------------

KMS_ONLY = {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}
PRESENT = {"Null": {"s3:x-amz-server-side-encryption": "true"}}
MY_KEYS = {"StringNotLike": {"s3:x-amz-server-side-encryption-aws-kms-key-id": f"arn:aws:kms:*:{OWNER}:key/*"}}
THEIRS = f"arn:aws:kms:us-east-1:{OTHER}:key/12345678-1234-1234-1234-123456789012"
KMS = {"ServerSideEncryption": "aws:kms"}


@pytest.mark.parametrize(
    ("condition", "wrong", "right"),
    [
        (KMS_ONLY, {}, KMS),
        (KMS_ONLY, {"ServerSideEncryption": "AES256"}, KMS),
        (PRESENT, {}, {"ServerSideEncryption": "AES256"}),
        (MY_KEYS, {**KMS, "SSEKMSKeyId": THEIRS}, {**KMS, "SSEKMSKeyId": "KEY"}),
        (MY_KEYS, {}, {**KMS, "SSEKMSKeyId": "KEY"}),
    ],
)
def test_a_bucket_that_demands_encryption(owner, s3, key, condition, wrong, right):
    put_policy(s3, on_bucket("*", "s3:PutObject", "Deny", [OBJECTS], Condition=condition))
    alice = owner.user("alice", [allow("s3:*"), allow("kms:*")])
    for principal in (alice, owner.root):
        with denied(principal.arn, IN_RESOURCE, "s3:PutObject"):
            principal.client("s3").put_object(Bucket="bucket", Key="k", Body=b"x", **wrong)
        assert read(principal) == b"body"
    right = {name: key if value == "KEY" else value for name, value in right.items()}
    for principal in (alice, owner.root):
        assert principal.client("s3").put_object(Bucket="bucket", Key="k", Body=b"x", **right)


@pytest.mark.parametrize(
    ("condition", "right", "wrong"),
    [
        ({"StringEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}, KMS, {"ServerSideEncryption": "AES256"}),
        ({"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}, {"ACL": "bucket-owner-full-control"}, {}),
        ({"StringEquals": {"s3:x-amz-storage-class": "STANDARD_IA"}}, {"StorageClass": "STANDARD_IA"}, {}),
    ],
)
def test_an_allow_that_demands_something_of_the_request(owner, s3, condition, right, wrong):
    statement = on_bucket("*", ["s3:PutObject", "s3:PutObjectAcl"], "Allow", [OBJECTS], Condition=condition)
    alice = owner.user("alice", [allow("kms:*")])
    put_policy(s3, statement)
    ask = {"Bucket": "bucket", "Key": "k", "Body": b"x"}
    assert alice.client("s3").put_object(**ask, **right)
    with denied(alice.arn, "because no identity-based policy allows the s3:PutObject action", "s3:PutObject"):
        alice.client("s3").put_object(**ask, **wrong)


@pytest.mark.parametrize(
    ("principal", "exists"),
    [
        (f"arn:aws:iam::{OWNER}:user/nobody", False),
        ("AIDACKCEVSQ6C2EXAMPLE", False),
        (FOREIGN, True),
        ("arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1EXAMPLE", True),
    ],
)
def test_a_bucket_policy_names_only_principals_that_exist(s3, principal, exists):
    if exists:
        put_policy(s3, on_bucket(principal))
        return
    with refused("MalformedPolicy", "Invalid principal in policy"):
        put_policy(s3, on_bucket(principal))
    with refused("NoSuchBucketPolicy", status=404):
        s3.get_bucket_policy(Bucket="bucket")
