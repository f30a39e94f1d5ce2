"""The KMS permissions that each operation of S3 takes, and what policies see of the calls that S3 makes."""

import pytest

from tests.support.claims import allow, refused
from tests.support.policies import key_policy
from tests.support.s3 import (
    ARN,
    BODY,
    BUCKET,
    PART,
    SSE_S3,
    WEST,
    WRITES,
    complete,
    copy,
    create,
    denied,
    get,
    head,
    keys,
    part,
    part_copy,
    put,
    read,
    shown,
    sse,
    under,
    upload,
)

pytestmark = pytest.mark.evidence(
    "documented",
    '"Using server-side encryption with AWS KMS keys", "Required permissions for Amazon S3 API operations"',
)

CONTEXT = {"department": "10.103.1"}
HERE = {"aws:s3:arn": f"{ARN}/k"}
USE = ["kms:GenerateDataKey", "kms:Decrypt"]


# --- permissions -----------------------------------------------------------------------------------------------------------


def client_of(owner, *actions, **more):
    statements = [allow("s3:*"), allow(list(actions), **more)] if actions else [allow("s3:*")]
    return owner.user("alice", statements).client("s3")


def alice(owner):
    return f"arn:aws:iam::{owner.id}:user/alice"


@pytest.mark.parametrize("operation", WRITES)
def test_a_write_takes_generate_data_key_only(owner, s3, key, operation):
    WRITES[operation](client_of(owner, "kms:GenerateDataKey"), **sse(key))


@pytest.mark.parametrize("operation", WRITES)
def test_a_write_is_refused_whatever_else_is_allowed(owner, s3, key, operation):
    with denied(alice(owner), "kms:GenerateDataKey", key):
        WRITES[operation](client_of(owner, "kms:Decrypt", "kms:Encrypt", "kms:DescribeKey"), **sse(key))


def test_a_read_takes_decrypt_only(owner, s3, key):
    put(s3, **sse(key))
    client = client_of(owner, "kms:Decrypt")
    assert read(client) == BODY
    copy(client, "copied", "k")
    assert read(client, "copied") == BODY


def test_an_upload_takes_both(owner, s3, key):
    upload(client_of(owner, *USE), PART, BODY, **sse(key))
    assert read(s3) == PART + BODY


def test_an_upload_stops_where_decrypt_is_missing(owner, s3, key):
    client = client_of(owner, "kms:GenerateDataKey")
    created = create(client, **sse(key))
    for step in (part, part_copy):
        with denied(alice(owner), "kms:Decrypt", key):
            step(client, created)
    sent = part(s3, created)
    with denied(alice(owner), "kms:Decrypt", key):
        complete(client, created, [sent])
    assert keys(s3) == []
    complete(s3, created, [sent])
    assert read(s3) == BODY


def test_a_grant_is_enough(owner, s3, kms, key):
    client = client_of(owner)
    kms.create_grant(
        KeyId=key,
        GranteePrincipal=alice(owner),
        Operations=["GenerateDataKey", "Decrypt"],
        Constraints={"EncryptionContextSubset": HERE},
    )
    put(client, **sse(key, context=CONTEXT))
    assert read(client) == BODY
    with denied(alice(owner), "kms:GenerateDataKey", key):
        put(client, "other", **sse(key))


# --- what policies see -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("region", ["us-east-1", WEST])
def test_kms_sees_the_way_through_s3_in_the_region_of_the_bucket(owner, s3, west, region):
    kms = owner.client("kms", region_name=region)
    via = {"StringEquals": {"kms:ViaService": f"s3.{region}.amazonaws.com"}}
    alice = owner.user("alice", [allow("s3:*"), allow("kms:*", Condition=via)])
    key = kms.create_key()["KeyMetadata"]["Arn"]
    bucket = BUCKET if region == "us-east-1" else "west"
    client = alice.client("s3", region_name=region)
    upload(client, PART, BODY, bucket=bucket, **sse(key))
    assert read(client, bucket=bucket) == PART + BODY
    with refused("AccessDeniedException"):
        alice.client("kms", region_name=region).generate_data_key(KeyId=key, KeySpec="AES_256")


def test_a_key_policy_can_be_for_s3_only(owner, s3, kms):
    via = {"StringNotEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}
    deny = {"Effect": "Deny", "Principal": "*", "Action": USE, "Resource": "*", "Condition": via}
    key = kms.create_key(Policy=key_policy(deny))["KeyMetadata"]["Arn"]
    put(s3, **sse(key))
    assert read(s3) == BODY
    with refused("AccessDeniedException"):
        kms.generate_data_key(KeyId=key, KeySpec="AES_256")


def test_policies_see_the_object_and_the_callers_context(owner, s3, key):
    mine = {"StringLike": {"kms:EncryptionContext:aws:s3:arn": f"{ARN}/mine/*"}}
    client = client_of(owner, *USE, Condition=mine | {"StringEquals": {"kms:EncryptionContext:department": "a"}})
    put(client, "mine/k", **sse(key, context={"department": "a"}))
    assert read(client, "mine/k") == BODY
    for name, department in (("yours/k", "a"), ("mine/l", "b")):
        with denied(alice(owner), "kms:GenerateDataKey", key):
            put(client, name, **sse(key, context={"department": department}))
        put(s3, name, **sse(key, context={"department": department}))
        with denied(alice(owner), "kms:Decrypt", key):
            get(client, name)


# --- UpdateObjectEncryption ------------------------------------------------------------------------------------------------

UPDATE = ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:ReEncrypt*"]


def update(s3, key):
    s3.update_object_encryption(Bucket=BUCKET, Key="k", ObjectEncryption={"SSEKMS": {"KMSKeyArn": key}})


@pytest.mark.parametrize("source", [False, True])
def test_an_update_takes_what_reencryption_takes(owner, s3, key, another, source):
    put(s3, **(sse(another) if source else {}))
    update(client_of(owner, *UPDATE), key)
    assert shown(head(s3)) == under(key)


@pytest.mark.parametrize("missing", [*UPDATE, "the source"])
def test_an_update_that_lacks_a_permission_changes_nothing(owner, s3, key, another, missing):
    put(s3, **sse(another))
    actions = [action for action in UPDATE if action != missing]
    resources = {"resource": key} if missing == "the source" else {}
    with refused("AccessDenied", status=403):
        update(client_of(owner, *actions, **resources), key)
    assert shown(head(s3)) == under(another)


def test_an_update_has_an_action_of_its_own(owner, s3, key):
    put(s3)
    client = owner.user("alice", [allow(["s3:GetObject", "s3:PutObject"]), allow("kms:*")]).client("s3")
    with refused("AccessDenied", status=403):
        update(client, key)
    assert shown(head(s3)) == SSE_S3
