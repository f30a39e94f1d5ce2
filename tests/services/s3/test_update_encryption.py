"""UpdateObjectEncryption: an object changes its key where it is, and nothing else about it changes."""

import json

import pytest

from tests.support.claims import OTHER, OWNER, policy, refused
from tests.support.policies import use
from tests.support.s3 import (
    BODY,
    BUCKET,
    GHOST,
    PART,
    SSE_S3,
    account,
    customer,
    customer_shown,
    get,
    head,
    key_arn,
    kms_calls,
    made,
    put,
    read,
    shown,
    sse,
    under,
    upload,
)

pytestmark = pytest.mark.evidence("documented", "UpdateObjectEncryption (S3 API reference)")


def update(s3, key, name="k", bucket_key=None, **more):
    target = {"KMSKeyArn": key, **({} if bucket_key is None else {"BucketKeyEnabled": bucket_key})}
    return s3.update_object_encryption(Bucket=BUCKET, Key=name, ObjectEncryption={"SSEKMS": target}, **more)


@pytest.mark.parametrize("bucket_key", [None, False, True])
@pytest.mark.parametrize("source", ["SSE-S3", "SSE-KMS", "aws/s3", "a Bucket Key"])
def test_an_object_changes_its_key(s3, kms, key, another, source, bucket_key):
    options = {
        "SSE-S3": {},
        "SSE-KMS": sse(another),
        "aws/s3": sse(),
        "a Bucket Key": sse(another, BucketKeyEnabled=True),
    }
    put(s3, **options[source])
    assert shown(update(s3, key, bucket_key=bucket_key)) == {}
    expected = under(key, bucket_key="true") if bucket_key else under(key)
    assert shown(get(s3)) == shown(head(s3)) == expected
    kms.disable_key(KeyId=another)
    assert read(s3) == BODY
    kms.disable_key(KeyId=key)
    with refused("KMS.DisabledException", f"{key} is disabled."):
        read(s3)


def test_an_object_gets_a_bucket_key_under_the_key_it_has(s3, key):
    put(s3, **sse(key))
    update(s3, key, bucket_key=True)
    assert (shown(head(s3)), read(s3)) == (under(key, bucket_key="true"), BODY)
    update(s3, key)
    assert (shown(head(s3)), read(s3)) == (under(key), BODY)


@pytest.mark.parametrize("source", ["SSE-S3", "SSE-KMS"])
def test_nothing_else_changes(s3, aws_clock, key, another, source):
    put(
        s3,
        Metadata={"a": "b"},
        ContentType="text/x-fox",
        Tagging="c=d",
        **(sse(another) if source == "SSE-KMS" else {}),
    )
    names = ("ETag", "LastModified", "Metadata", "ContentType", "ContentLength", "ChecksumCRC32")
    before = head(s3, ChecksumMode="ENABLED")
    aws_clock.advance(days=1)
    update(s3, key)
    after = head(s3, ChecksumMode="ENABLED")
    assert {name: after[name] for name in names} == {name: before[name] for name in names}
    assert s3.get_object_tagging(Bucket=BUCKET, Key="k")["TagSet"] == [{"Key": "c", "Value": "d"}]


def test_an_object_of_parts_stays_one(s3, key, another):
    etag = upload(s3, PART, BODY, **sse(another)).completed["ETag"]
    update(s3, key)
    assert (head(s3)["ETag"], shown(head(s3)), read(s3)) == (etag, under(key), PART + BODY)


def test_a_version_changes_its_key_and_no_version_is_made(s3, kms, key, another):
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    old, new = (put(s3, body=body, **sse(another))["VersionId"] for body in (b"old", b"new"))
    update(s3, key, VersionId=old)
    assert [shown(head(s3, VersionId=each)) for each in (old, new)] == [under(key), under(another)]
    update(s3, key)
    kms.disable_key(KeyId=another)
    assert [read(s3, VersionId=each) for each in (old, new)] == [b"old", b"new"]
    versions = s3.list_object_versions(Bucket=BUCKET, Prefix="k")["Versions"]
    assert {each["VersionId"] for each in versions} == {old, new}


def test_an_archived_object_need_not_be_restored(s3, key):
    put(s3, StorageClass="GLACIER")
    update(s3, key)
    assert (shown(head(s3)), head(s3)["StorageClass"]) == (under(key), "GLACIER")


# --- what is refused -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["DSSE-KMS", "SSE-C"])
def test_some_objects_cannot_change(aws_world, s3, key, another, source):
    write, reading, expected = {
        "DSSE-KMS": (sse(another, "aws:kms:dsse"), {}, under(another, "aws:kms:dsse")),
        "SSE-C": (customer(), customer(), customer_shown()),
    }[source]
    put(s3, **write)
    with kms_calls(aws_world) as calls, refused("InvalidRequest"):
        update(s3, key)
    assert (calls, shown(head(s3, **reading))) == ([], expected)


@pytest.mark.parametrize("name", [GHOST, "alias/of-a-key-that-exists", "arn:aws:kms:us-east-1"])
def test_the_key_is_named_by_its_arn(s3, kms, key, name):
    kms.create_alias(AliasName="alias/of-a-key-that-exists", TargetKeyId=key)
    put(s3)
    with refused("InvalidRequest"):
        update(s3, name)
    assert shown(head(s3)) == SSE_S3


@pytest.mark.parametrize("shared", [False, True])
def test_the_key_belongs_to_the_account_of_the_bucket(s3, other, shared):
    theirs = made(other.client("kms"))["Arn"]
    if shared:
        both = policy(use(account(OTHER)), use(account(OWNER)))
        other.client("kms").put_key_policy(KeyId=theirs, Policy=json.dumps(both))
        put(s3, "under theirs", **sse(theirs))
    put(s3)
    with refused("AccessDenied", status=403) as refusal:
        update(s3, theirs)
    assert refusal.response["Error"]["Message"].startswith(
        "The AWS KMS key in the request must be owned by the same account as the bucket."
    )
    assert shown(head(s3)) == SSE_S3


def test_an_object_that_is_not_there(s3, key):
    with refused("NoSuchKey", status=404):
        update(s3, key, "missing")
    with refused("NoSuchBucket", status=404):
        s3.update_object_encryption(Bucket="nowhere", Key="k", ObjectEncryption={"SSEKMS": {"KMSKeyArn": key}})


@pytest.mark.parametrize("lock", ["hold", "governance", "compliance"])
def test_a_locked_object_keeps_its_key(owner, aws_world, key, lock):
    s3 = owner.client("s3")
    s3.create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True)
    until = {"ObjectLockRetainUntilDate": "2100-01-01T00:00:00Z"}
    put(
        s3,
        **{
            "hold": {"ObjectLockLegalHoldStatus": "ON"},
            "governance": {"ObjectLockMode": "GOVERNANCE", **until},
            "compliance": {"ObjectLockMode": "COMPLIANCE", **until},
        }[lock],
    )
    with refused("AccessDenied", status=403):
        update(s3, key)
    assert shown(head(s3)) == SSE_S3
    if lock == "hold":
        s3.put_object_legal_hold(Bucket=BUCKET, Key="k", LegalHold={"Status": "OFF"})
        update(s3, key)
        assert shown(head(s3)) == under(key)


@pytest.mark.parametrize(
    ("unfit", "code", "message"),
    [
        ("disabled", "KMS.DisabledException", "{} is disabled."),
        ("pending deletion", "KMS.KMSInvalidStateException", "{} is pending deletion."),
        ("unknown", "KMS.NotFoundException", "Key '{}' does not exist"),
        ("signing", "KMS.InvalidKeyUsageException", None),
    ],
)
def test_a_key_that_cannot_be_used_changes_nothing(s3, kms, key, another, unfit, code, message):
    put(s3, **sse(another))
    target = {"unknown": lambda: key_arn(GHOST), "signing": lambda: signing_key(kms)}.get(unfit, lambda: key)()
    if unfit == "disabled":
        kms.disable_key(KeyId=key)
    elif unfit == "pending deletion":
        kms.schedule_key_deletion(KeyId=key)
    with refused(code, message and message.format(target)):
        update(s3, target)
    assert (shown(head(s3)), read(s3)) == (under(another), BODY)


def signing_key(kms):
    return made(kms, KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["Arn"]


def test_an_object_under_a_key_that_is_off_cannot_leave_it(s3, kms, key, another):
    put(s3, **sse(another))
    kms.disable_key(KeyId=another)
    with refused("KMS.DisabledException", f"{another} is disabled."):
        update(s3, key)
    assert shown(head(s3)) == under(another)
