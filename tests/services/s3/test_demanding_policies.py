"""Buckets that make demands: encryption headers, a certain key, TLS, no ACLs; and writers of another account."""

import json

import pytest

from tests.support.claims import OTHER, OWNER, allow, policy, refused
from tests.support.demanding_policies import HEADER, KEY_ID, demand
from tests.support.policies import make_key, use
from tests.support.s3 import (
    ARN,
    BODY,
    BUCKET,
    copy,
    create,
    customer,
    denied,
    denied_by_key_side,
    get,
    head,
    kms_calls,
    put,
    read,
    set_default,
    share,
    sse,
)

pytestmark = pytest.mark.evidence(
    "documented", '"Using server-side encryption with AWS KMS keys" and "Bucket policy examples" (S3 user guide)'
)

CUSTOMER = f"{HEADER}-customer-algorithm"
WRITER, OWNER_ROOT = f"arn:aws:iam::{OWNER}:user/writer", f"arn:aws:iam::{OWNER}:root"
FOREIGNER, OTHER_ROOT = f"arn:aws:iam::{OTHER}:user/writer", f"arn:aws:iam::{OTHER}:root"
THIS_CIPHERTEXT = "on the resource associated with this ciphertext"
NO_ACLS = ("AccessControlListNotSupported", "The bucket does not allow ACLs")


@pytest.fixture
def writer(owner):
    """A client of a user who may do everything that the bucket allows."""
    return owner.user("writer", policies=[allow("*")]).client("s3")


@pytest.fixture
def foreigner(s3, other):
    """A client of a user of another account whom the bucket lets do everything."""
    share(s3)
    return other.user("writer", policies=[allow("*")]).client("s3")


def denied_by_bucket(action="s3:PutObject", resource=f"{ARN}/k", who=WRITER):
    why = "with an explicit deny in a resource-based policy"
    text = f'User: {who} is not authorized to perform: {action} on resource: "{resource}" {why}'
    return refused("AccessDenied", text, 403)


# --- the encryption header -----------------------------------------------------------------------------------------------

ANY = {"AES256", "aws:kms", "aws:kms:dsse"}
HEADER_DEMANDS = {
    "SSE-KMS": ({"StringNotEquals": {HEADER: "aws:kms"}}, {"aws:kms"}),
    "SSE-KMS if any": ({"StringNotEqualsIfExists": {HEADER: "aws:kms"}}, {"aws:kms"}),
    "either kind of KMS": ({"StringNotEquals": {HEADER: ["aws:kms", "aws:kms:dsse"]}}, {"aws:kms", "aws:kms:dsse"}),
    "some header": ({"Null": {HEADER: "true"}}, ANY),
    "no header": ({"Null": {HEADER: "false"}}, {None}),
    "nothing else": ({"StringNotEquals": {HEADER: "aws:kms"}, "Null": {HEADER: "false"}}, {None, "aws:kms"}),
}


@pytest.mark.parametrize(("condition", "passing"), HEADER_DEMANDS.values(), ids=HEADER_DEMANDS)
def test_a_policy_about_the_header_sees_the_request_and_not_the_default(s3, writer, key, write, condition, passing):
    """s3:x-amz-server-side-encryption is the header; a request without it has no such key, whatever the default."""
    set_default(s3, key=key)
    demand(s3, condition)
    for mode in (None, *sorted(ANY)):
        options = {} if mode is None else sse(None if mode == "AES256" else key, mode)
        if mode in passing:
            assert write(writer, **options)["ServerSideEncryption"] == (mode or "aws:kms")
        else:
            with denied_by_bucket():
                write(writer, **options)


def test_a_denied_write_asks_nothing_of_kms_and_stores_nothing(s3, writer, key, write, aws_world):
    """The permission in S3 comes before the one in KMS."""
    demand(s3, {"StringNotEquals": {HEADER: "AES256"}})
    with kms_calls(aws_world) as calls, denied_by_bucket():
        write(writer, **sse(key))
    assert calls == []
    with refused("404", "Not Found", 404):
        head(s3)


def test_the_root_user_is_held_to_the_policy_too(s3, write):
    """A Deny for everyone leaves out nobody."""
    demand(s3, {"Null": {HEADER: "true"}})
    with denied_by_bucket(who=OWNER_ROOT):
        write(s3)
    assert write(s3, **sse(mode="AES256"))


# --- the key -------------------------------------------------------------------------------------------------------------


def forms(kms, key, name):
    """The four ways to name a key."""
    kms.create_alias(AliasName=f"alias/{name}", TargetKeyId=key)
    prefix, key_id = key.split("key/")
    return {"ARN": key, "id": key_id, "alias": f"alias/{name}", "alias ARN": f"{prefix}alias/{name}"}


FORMS = ["ARN", "id", "alias", "alias ARN"]


@pytest.mark.parametrize("form", FORMS)
def test_a_policy_about_the_key_compares_arns(s3, kms, writer, key, another, write, form):
    """However the request names the key, the condition sees its ARN."""
    right, wrong = (forms(kms, chosen, name)[form] for chosen, name in [(key, "right"), (another, "wrong")])
    for operator in ("StringNotEquals", "StringNotEqualsIfExists", "ArnNotEquals"):
        demand(s3, {operator: {KEY_ID: key}})
        assert write(writer, **sse(right))["SSEKMSKeyId"] == key
        with denied_by_bucket():
            write(writer, **sse(wrong))


@pytest.mark.parametrize("form", FORMS)
def test_a_policy_about_the_key_sees_the_key_of_the_default(s3, kms, writer, key, another, write, form):
    """The condition is about the key that S3 will use, also when the request names none."""
    demand(s3, {"StringNotEquals": {KEY_ID: key}})
    set_default(s3, key=forms(kms, key, "right")[form])
    assert write(writer)["SSEKMSKeyId"] == key
    set_default(s3, key=forms(kms, another, "wrong")[form])
    with denied_by_bucket():
        write(writer)


@pytest.mark.parametrize("options", [sse(), sse(mode="AES256"), {}], ids=["aws/s3", "AES256", "nothing"])
def test_a_policy_that_demands_a_key_refuses_what_has_another_or_none(s3, writer, key, write, options):
    """Naming no key means aws/s3, and SSE-S3 has no key at all."""
    demand(s3, {"StringNotEquals": {KEY_ID: key}})
    with denied_by_bucket():
        write(writer, **options)


def test_a_policy_may_leave_requests_without_a_key_alone(s3, writer, key, another, write):
    """With Null beside it, the demand for a key is about SSE-KMS only."""
    demand(s3, {"StringNotEquals": {KEY_ID: key}, "Null": {KEY_ID: "false"}})
    assert [write(writer, **options)["ServerSideEncryption"] for options in ({}, sse(key))] == ["AES256", "aws:kms"]
    with denied_by_bucket():
        write(writer, **sse(another))


# --- the customer's key, and TLS -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("forbidden", [True, False])
def test_a_policy_about_keys_of_the_customer(s3, writer, write, forbidden):
    """s3:x-amz-server-side-encryption-customer-algorithm is there when the request has a customer's key."""
    set_default(s3, "AES256", BlockedEncryptionTypes={"EncryptionType": ["NONE"]})
    demand(s3, {"Null": {CUSTOMER: str(not forbidden).lower()}})
    bad, good = (customer(), {}) if forbidden else ({}, customer())
    with denied_by_bucket():
        write(writer, **bad)
    assert write(writer, **good).get("SSECustomerAlgorithm") == (None if forbidden else "AES256")


@pytest.mark.parametrize("action", ["PutObject", "GetObject", "ListBucket"])
def test_a_policy_may_demand_tls(s3, owner, writer, action):
    """aws:SecureTransport is false for an endpoint of http, and true for https."""
    demand(s3, {"Bool": {"aws:SecureTransport": "false"}}, "s3:*")
    plain = owner.user("plain", policies=[allow("*")])
    do, resource = {
        "PutObject": (put, f"{ARN}/k"),
        "GetObject": (lambda client: get(client, "plain"), f"{ARN}/plain"),
        "ListBucket": (lambda client: client.list_objects_v2(Bucket=BUCKET), ARN),
    }[action]
    do(writer)
    do(plain.client("s3", "us-east-1", endpoint_url="https://s3.us-east-1.amazonaws.com"))
    with denied_by_bucket(f"s3:{action}", resource, plain.arn):
        do(plain.client("s3", "us-east-1", endpoint_url="http://s3.us-east-1.amazonaws.com"))


# --- ownership -----------------------------------------------------------------------------------------------------------


def test_a_new_bucket_owns_its_objects(s3):
    """Object Ownership is BucketOwnerEnforced unless the bucket says otherwise."""
    controls = s3.get_bucket_ownership_controls(Bucket=BUCKET)["OwnershipControls"]
    assert controls == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}


def test_a_write_with_an_acl_is_refused(s3, write):
    """Where ACLs are off, a canned ACL is refused; bucket-owner-full-control changes nothing and is allowed."""
    for acl in ("private", "public-read", "public-read-write", "authenticated-read", "bucket-owner-read"):
        with refused(*NO_ACLS):
            write(s3, ACL=acl)
    assert write(s3, ACL="bucket-owner-full-control")


def test_acls_cannot_be_set_afterwards(s3):
    """PutObjectAcl and PutBucketAcl are refused; reading shows full control of the owner."""
    for acl in ("public-read", "authenticated-read"):
        with refused(*NO_ACLS):
            s3.put_object_acl(Bucket=BUCKET, Key="plain", ACL=acl)
        with refused(*NO_ACLS):
            s3.put_bucket_acl(Bucket=BUCKET, ACL=acl)
    shown = s3.get_object_acl(Bucket=BUCKET, Key="plain")
    assert [(g["Permission"], g["Grantee"]["ID"]) for g in shown["Grants"]] == [("FULL_CONTROL", shown["Owner"]["ID"])]


def test_a_bucket_may_turn_acls_on(s3, write):
    """With ObjectWriter ACLs are accepted."""
    s3.delete_public_access_block(Bucket=BUCKET)
    s3.put_bucket_ownership_controls(Bucket=BUCKET, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    assert write(s3, ACL="authenticated-read")


# --- writers of another account ------------------------------------------------------------------------------------------


def test_both_accounts_must_admit_a_foreigner_to_the_key(s3, kms, other, foreigner, key, write, aws_world):
    """The key's policy and the writer's own must allow it; then the bucket's owner and the writer read it."""
    with denied_by_key_side(FOREIGNER, "kms:GenerateDataKey"):
        write(foreigner, **sse(key))
    shared = make_key(kms, use(OTHER_ROOT))
    bare = other.user("bare", policies=[allow("s3:*")])
    with denied(bare.arn, "kms:GenerateDataKey", "on this resource"):
        write(bare.client("s3"), **sse(shared))
    before = len(aws_world.events)
    assert write(foreigner, **sse(shared))["SSEKMSKeyId"] == shared
    made = next(event for event in aws_world.events[before:] if event["eventName"] == "GenerateDataKey")
    assert (made["userIdentity"]["arn"], made["resources"][0]["ARN"]) == (FOREIGNER, shared)
    put(foreigner, **sse(shared))
    assert (read(foreigner), read(s3)) == (BODY, BODY)


@pytest.mark.parametrize("form", FORMS)
def test_a_foreigner_may_lock_the_bucket_owner_out_with_a_key_of_its_own(s3, other, foreigner, form):
    """The owner of the bucket owns the object, but who reads it is for the owner of the key to say."""
    theirs = other.client("kms")
    key = theirs.create_key()["KeyMetadata"]["Arn"]
    assert put(foreigner, **sse(forms(theirs, key, "mine")[form]))["SSEKMSKeyId"] == key
    assert (read(foreigner), head(s3)["ContentLength"]) == (BODY, len(BODY))
    for refuse in (get, lambda client: copy(client, "copy", "k")):
        with denied_by_key_side(OWNER_ROOT, "kms:Decrypt", THIS_CIPHERTEXT):
            refuse(s3)
    admit = [use(OTHER_ROOT), use(OWNER_ROOT, "kms:Decrypt")]
    theirs.put_key_policy(KeyId=key, Policy=json.dumps(policy(*admit)))
    assert read(s3) == BODY


def test_a_foreign_reader_needs_the_key_as_well(s3, foreigner, key):
    """A bucket policy alone does not open an object under a key that is not shared."""
    put(s3, **sse(key))
    with denied_by_key_side(FOREIGNER, "kms:Decrypt", THIS_CIPHERTEXT):
        get(foreigner)
    assert head(foreigner)["SSEKMSKeyId"] == key


def test_a_default_that_is_a_bare_id_is_looked_up_in_the_account_of_the_requester(s3, kms, foreigner, write):
    """That is why a bucket for other accounts needs the ARN of its key as default."""
    shared = make_key(kms, use(OTHER_ROOT))
    bare = shared.split("key/")[1]
    set_default(s3, key=bare)
    assert write(s3)["SSEKMSKeyId"] == shared
    theirs = f"arn:aws:kms:us-east-1:{OTHER}:key/{bare}"
    with refused("KMS.NotFoundException", f"Key '{theirs}' does not exist"):
        write(foreigner)
    set_default(s3, key=shared)
    assert write(foreigner)["SSEKMSKeyId"] == shared


def test_a_default_that_is_an_alias_is_the_alias_of_the_requester(s3, kms, other, foreigner, key, write):
    """Without such an alias the writer fails; with one its object is silently under its own key."""
    kms.create_alias(AliasName="alias/app", TargetKeyId=key)
    set_default(s3, key="alias/app")
    with refused("KMS.NotFoundException"):
        write(foreigner)
    theirs = other.client("kms")
    own = theirs.create_key()["KeyMetadata"]["Arn"]
    theirs.create_alias(AliasName="alias/app", TargetKeyId=own)
    assert (write(foreigner)["SSEKMSKeyId"], write(s3)["SSEKMSKeyId"]) == (own, key)


def test_aws_s3_is_the_one_of_the_writer_and_no_other_account_reads_it(s3, other, foreigner, managed):
    """Naming no key takes aws/s3 of the uploading account, which cannot be shared."""
    theirs = put(foreigner, "theirs", **sse())["SSEKMSKeyId"]
    assert theirs == other.client("kms").describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["Arn"]
    assert put(s3, "ours", **sse())["SSEKMSKeyId"] == managed() != theirs
    assert (read(foreigner, "theirs"), read(s3, "ours")) == (BODY, BODY)
    for client, who, name in [(s3, OWNER_ROOT, "theirs"), (foreigner, FOREIGNER, "ours")]:
        with denied_by_key_side(who, "kms:Decrypt", THIS_CIPHERTEXT):
            get(client, name)


# --- whose bucket, and is it there ---------------------------------------------------------------------------------------

AES256 = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
OPERATIONS = {
    "GetObject": lambda s3, **more: get(s3, "plain", **more),
    "PutObject": put,
    "CopyObject": copy,
    "CreateMultipartUpload": create,
    "ListObjectsV2": lambda s3, **more: s3.list_objects_v2(Bucket=BUCKET, **more),
    "PutBucketEncryption": lambda s3, **more: s3.put_bucket_encryption(
        Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [AES256]}, **more
    ),
}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_bucket_must_belong_to_whom_the_caller_expects(s3, operation):
    """ExpectedBucketOwner of another account is AccessDenied, also for the owner's root user."""
    with refused("AccessDenied", None, 403):
        OPERATIONS[operation](s3, ExpectedBucketOwner=OTHER)
    assert OPERATIONS[operation](s3, ExpectedBucketOwner=OWNER)


def test_the_source_of_a_copy_must_belong_to_whom_the_caller_expects(s3):
    """ExpectedSourceBucketOwner is checked like ExpectedBucketOwner."""
    with refused("AccessDenied", None, 403):
        copy(s3, ExpectedSourceBucketOwner=OTHER)
    assert copy(s3, ExpectedSourceBucketOwner=OWNER)


@pytest.mark.parametrize("lists", [True, False])
def test_only_who_may_list_learns_that_an_object_is_missing(s3, owner, lists):
    """GetObject and HeadObject of no object are 404 with s3:ListBucket, and else 403."""
    actions = ["s3:GetObject", *(["s3:ListBucket"] if lists else [])]
    reader = owner.user("reader", policies=[allow(actions)]).client("s3")
    assert read(reader, "plain") == BODY
    with refused(*(("NoSuchKey", "The specified key does not exist.", 404) if lists else ("AccessDenied", None, 403))):
        get(reader, "missing")
    with refused(*(("404", "Not Found", 404) if lists else ("403", "Forbidden", 403))):
        head(reader, "missing")
