"""Bucket policies that demand an encryption look at what the request says, and at the ARN of the key that it names."""

import json

import pytest

from tests.support.claims import OWNER, allow, policy, refused
from tests.support.s3 import (
    ARN,
    BODY,
    BUCKET,
    SSE_S3,
    WRITES,
    alias,
    customer,
    customer_shown,
    denied,
    keys,
    put,
    read,
    set_default,
    shown,
    sse,
    under,
    uploads,
)

pytestmark = pytest.mark.evidence("documented", "condition keys of S3 (Service Authorization Reference)")

MODE, KEY, CUSTOMER = (
    f"s3:x-amz-server-side-encryption{end}" for end in ("", "-aws-kms-key-id", "-customer-algorithm")
)


@pytest.fixture
def alice(owner, s3):
    return owner.user("alice", [allow(["s3:*", "kms:*"])])


def deny_writes(s3, **condition):
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": f"{ARN}/*"}
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy({**statement, "Condition": condition})))


def denied_write(principal):
    reason = "with an explicit deny in a resource-based policy"
    return denied(principal.arn, "s3:PutObject", f'on resource: "{ARN}/k"', reason)


@pytest.mark.parametrize("default", [False, True])
def test_a_write_without_a_header_is_unencrypted_to_a_policy(s3, alice, key, default):
    if default:
        set_default(s3, key=key)
    deny_writes(s3, Null={MODE: "true"})
    client = alice.client("s3")
    with denied_write(alice):
        put(client)
    assert shown(put(client, ServerSideEncryption="AES256")) == SSE_S3
    assert shown(put(client, **sse(key))) == under(key)


@pytest.mark.parametrize(
    ("mode", "allowed"),
    [(None, False), ("AES256", False), ("aws:kms", True), ("aws:kms:dsse", False)],
)
def test_a_policy_demands_a_mode(s3, alice, write, mode, allowed):
    deny_writes(s3, StringNotEquals={MODE: "aws:kms"})
    options = {"ServerSideEncryption": mode} if mode else {}
    if allowed:
        write(alice.client("s3"), **options)
    else:
        with refused("AccessDenied", status=403):
            write(alice.client("s3"), **options)
        assert (keys(s3), uploads(s3)) == ([], [])


def test_a_denial_names_the_policy_and_comes_before_kms(s3, alice, kms, key):
    kms.disable_key(KeyId=key)
    deny_writes(s3, StringEquals={MODE: "aws:kms"})
    with denied_write(alice):
        put(alice.client("s3"), **sse(key))


@pytest.mark.parametrize("form", ["id", "ARN", "alias", "alias ARN"])
@pytest.mark.parametrize("operation", WRITES)
def test_a_policy_demands_a_key_by_its_arn_however_the_request_names_it(s3, alice, kms, key, another, operation, form):
    def named(arn, name):
        return {
            "id": lambda: arn.split("/")[1],
            "ARN": lambda: arn,
            "alias": lambda: alias(kms, arn, name),
            "alias ARN": lambda: f"arn:aws:kms:us-east-1:{OWNER}:{alias(kms, arn, name)}",
        }[form]()

    deny_writes(s3, StringNotEquals={KEY: key})
    write, client = WRITES[operation], alice.client("s3")
    assert shown(write(client, "right", **sse(named(key, "alias/right")))) == under(key)
    with refused("AccessDenied", status=403):
        write(client, "wrong", **sse(named(another, "alias/wrong")))
    assert "wrong" not in keys(s3)


@pytest.mark.parametrize("operation", WRITES)
def test_a_policy_forbids_customers_keys(s3, alice, operation):
    deny_writes(s3, Null={CUSTOMER: "false"})
    with refused("AccessDenied", status=403):
        WRITES[operation](alice.client("s3"), **customer())
    assert shown(WRITES[operation](alice.client("s3"))) == SSE_S3


def test_a_policy_demands_customers_keys(s3, alice):
    deny_writes(s3, StringNotEquals={CUSTOMER: "AES256"})
    with denied_write(alice):
        put(alice.client("s3"))
    assert shown(put(alice.client("s3"), **customer())) == customer_shown()
    assert read(s3, **customer()) == BODY


def test_an_identity_policy_demands_a_mode(owner, s3, key):
    only = {"StringEquals": {MODE: "aws:kms", KEY: key}}
    client = owner.user("bob", [allow("s3:PutObject", Condition=only), allow("kms:*")]).client("s3")
    for options in ({}, {"ServerSideEncryption": "AES256"}):
        with refused("AccessDenied", status=403):
            put(client, **options)
    assert shown(put(client, **sse(key))) == under(key)
