"""Which calls S3 makes to KMS for its caller, and with which encryption context."""

import pytest
from botocore.config import Config

from tests.support.claims import allow
from tests.support.s3 import (
    ARN,
    BODY,
    BUCKET,
    PART,
    complete,
    copy,
    create,
    head,
    kms_calls,
    part,
    part_copy,
    put,
    read,
    select,
    set_default,
    sse,
    upload,
)

pytestmark = pytest.mark.evidence(
    "documented",
    '"Using server-side encryption with AWS KMS keys" (S3 user guide): which calls, which encryption context',
)

GENERATE, DECRYPT = "GenerateDataKey", "Decrypt"
CONTEXT = {"department": "10.103.1"}
HERE = {"aws:s3:arn": f"{ARN}/k"}
NO_CHECKSUMS = Config(request_checksum_calculation="when_required", response_checksum_validation="when_required")
USE = ["kms:GenerateDataKey", "kms:Decrypt"]


def at(key, **more):
    """The encryption context of an object."""
    return {"aws:s3:arn": f"{ARN}/{key}", **more}


def ordered(calls):
    """Calls whose order is S3's own business."""
    return sorted(calls, key=repr)


def where(created):
    return {name: created[name] for name in ("Bucket", "Key", "UploadId")}


# --- one call each -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["aws:kms", "aws:kms:dsse"])
def test_a_write_makes_a_data_key_for_the_object(aws_world, s3, write, key, mode):
    with kms_calls(aws_world) as calls:
        write(s3, **sse(key, mode))
        write(s3, "folder/ü k", **sse(key, mode, context=CONTEXT))
    assert calls == [(GENERATE, HERE), (GENERATE, at("folder/ü k", **CONTEXT))]


@pytest.mark.parametrize("mode", ["aws:kms", "aws:kms:dsse"])
def test_a_write_by_the_default_of_the_bucket_is_no_different(aws_world, s3, write, key, mode):
    set_default(s3, mode, key)
    with kms_calls(aws_world) as calls:
        write(s3)
    assert calls == [(GENERATE, HERE)]


@pytest.mark.parametrize("mode", ["aws:kms", "aws:kms:dsse"])
@pytest.mark.parametrize("context", [{}, CONTEXT])
def test_a_read_decrypts_with_the_context_of_the_write(aws_world, s3, key, mode, context):
    put(s3, **sse(key, mode, **({"context": context} if context else {})))
    with kms_calls(aws_world) as calls:
        assert read(s3) == BODY
        assert read(s3, Range="bytes=4-8") == b"quick"
        assert list(select(s3)["Payload"])
    assert calls == [(DECRYPT, HERE | context)] * 3


def test_a_call_names_its_key_and_the_caller(aws_world, owner, s3, key):
    alice = owner.user("alice", [allow(["s3:*", *USE])])
    before = len(aws_world.events)
    put(alice.client("s3"), **sse(key))
    read(alice.client("s3"))
    events = [event for event in aws_world.events[before:] if event["eventSource"] == "kms.amazonaws.com"]
    assert [event["eventName"] for event in events] == [GENERATE, DECRYPT]
    for event in events:
        assert event["userIdentity"]["arn"] == alice.arn
        assert [each["ARN"] for each in event["resources"]] == [key]


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        (False, False, []),
        (False, True, [(GENERATE, at("copied"))]),
        (True, False, [(DECRYPT, HERE)]),
        (True, True, [(DECRYPT, HERE), (GENERATE, at("copied"))]),
    ],
)
def test_a_copy_decrypts_its_source_and_makes_a_data_key_for_its_target(
    aws_world, s3, key, another, source, target, expected
):
    put(s3, **(sse(key) if source else {}))
    with kms_calls(aws_world) as calls:
        copy(s3, "copied", "k", **(sse(another) if target else {}))
    assert ordered(calls) == ordered(expected)


def test_a_copy_has_the_context_of_its_own_request(aws_world, s3, key):
    put(s3, **sse(key, context=CONTEXT))
    with kms_calls(aws_world) as calls:
        copy(s3, "bare", "k", **sse(key))
        copy(s3, "other", "k", **sse(key, context={"a": "b"}))
        assert read(s3, "other") == BODY
    writes = [(GENERATE, at("bare")), (GENERATE, at("other", a="b"))]
    assert [call for call in calls if call[0] == GENERATE] == writes
    assert [call for call in calls if call[0] == DECRYPT] == [(DECRYPT, HERE | CONTEXT)] * 2 + [
        (DECRYPT, at("other", a="b"))
    ]


def test_a_copy_in_place_opens_and_closes_under_the_same_context(aws_world, s3, key):
    put(s3, **sse(key))
    with kms_calls(aws_world) as calls:
        copy(s3, "k", "k", **sse(key))
    assert ordered(calls) == [(DECRYPT, HERE), (GENERATE, HERE)]


@pytest.mark.parametrize("given", [{}, {"ServerSideEncryption": "AES256"}])
def test_sse_s3_never_calls(aws_world, s3, key, given):
    if given:
        set_default(s3, key=key)
    with kms_calls(aws_world) as calls:
        put(s3, **given)
        read(s3)
        head(s3, ChecksumMode="ENABLED")
        copy(s3, "copied", "k", **given)
        upload(s3, PART, BODY, **given)
    assert calls == []


# --- multipart uploads ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("context", [{}, CONTEXT])
def test_an_upload_decrypts_for_each_part_and_to_check_the_checksums(aws_world, s3, key, context):
    stored = HERE | context
    with kms_calls(aws_world) as calls:
        created = create(s3, **sse(key, **({"context": context} if context else {})))
    assert calls == [(GENERATE, stored)]
    with kms_calls(aws_world) as calls:
        parts = [part(s3, created, number, body) for number, body in enumerate([PART, BODY], 1)]
    assert calls == [(DECRYPT, stored)] * 2
    with kms_calls(aws_world) as calls:
        complete(s3, created, parts)
    assert calls == [(DECRYPT, stored)]
    with kms_calls(aws_world) as calls:
        assert read(s3) == PART + BODY
    assert calls == [(DECRYPT, stored)]


def test_an_upload_without_checksums_is_completed_without_a_call(aws_world, owner, s3, key):
    client = owner.client("s3", config=NO_CHECKSUMS)
    created = create(client, **sse(key))
    with kms_calls(aws_world) as calls:
        sent = part(client, created)
    assert calls == [(DECRYPT, HERE)]
    with kms_calls(aws_world) as calls:
        complete(client, created, [sent])
    assert calls == []


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        (False, True, [(DECRYPT, HERE)]),
        (True, False, [(DECRYPT, at("source"))]),
        (True, True, [(DECRYPT, HERE), (DECRYPT, at("source"))]),
    ],
)
def test_a_part_that_is_copied_decrypts_for_its_source_and_its_upload(
    aws_world, s3, key, another, source, target, expected
):
    put(s3, "source", **(sse(another) if source else {}))
    created = create(s3, **(sse(key) if target else {}))
    with kms_calls(aws_world) as calls:
        part_copy(s3, created, 1, "source")
    assert ordered(calls) == ordered(expected)


def test_listing_and_aborting_an_upload_makes_no_call(aws_world, s3, key):
    created = create(s3, **sse(key))
    part(s3, created)
    with kms_calls(aws_world) as calls:
        assert len(s3.list_parts(**where(created))["Parts"]) == 1
        assert len(s3.list_multipart_uploads(Bucket=BUCKET)["Uploads"]) == 1
        s3.abort_multipart_upload(**where(created))
    assert calls == []


# --- what is told about an object ------------------------------------------------------------------------------------------


def test_a_head_decrypts_only_to_tell_a_checksum(aws_world, s3, key):
    put(s3, **sse(key))
    with kms_calls(aws_world) as calls:
        head(s3)
    assert calls == []
    with kms_calls(aws_world) as calls:
        head(s3, ChecksumMode="ENABLED")
    assert calls == [(DECRYPT, HERE)]


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        (["ETag", "ObjectSize", "StorageClass"], []),
        (["Checksum"], [(DECRYPT, HERE)]),
        (["ETag", "Checksum"], [(DECRYPT, HERE)]),
    ],
)
def test_the_attributes_of_an_object_decrypt_only_to_tell_a_checksum(aws_world, s3, key, attributes, expected):
    put(s3, **sse(key))
    with kms_calls(aws_world) as calls:
        s3.get_object_attributes(Bucket=BUCKET, Key="k", ObjectAttributes=attributes)
    assert calls == expected


TAGS = {"TagSet": [{"Key": "a", "Value": "b"}]}
QUIET = {
    "ListObjects": lambda s3: s3.list_objects(Bucket=BUCKET),
    "ListObjectsV2": lambda s3: s3.list_objects_v2(Bucket=BUCKET),
    "ListObjectVersions": lambda s3: s3.list_object_versions(Bucket=BUCKET),
    "PutObjectTagging": lambda s3: s3.put_object_tagging(Bucket=BUCKET, Key="k", Tagging=TAGS),
    "GetObjectTagging": lambda s3: s3.get_object_tagging(Bucket=BUCKET, Key="k"),
    "DeleteObjectTagging": lambda s3: s3.delete_object_tagging(Bucket=BUCKET, Key="k"),
    "PutObjectAcl": lambda s3: s3.put_object_acl(Bucket=BUCKET, Key="k", ACL="bucket-owner-full-control"),
    "GetObjectAcl": lambda s3: s3.get_object_acl(Bucket=BUCKET, Key="k"),
    "DeleteObject": lambda s3: s3.delete_object(Bucket=BUCKET, Key="k"),
    "DeleteObjects": lambda s3: s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "k"}]}),
    "PutBucketEncryption": set_default,
    "GetBucketEncryption": lambda s3: s3.get_bucket_encryption(Bucket=BUCKET),
    "DeleteBucketEncryption": lambda s3: s3.delete_bucket_encryption(Bucket=BUCKET),
    "HeadBucket": lambda s3: s3.head_bucket(Bucket=BUCKET),
}


@pytest.mark.parametrize("operation", QUIET)
def test_what_does_not_touch_the_body_makes_no_call_and_needs_no_key(aws_world, owner, s3, kms, key, operation):
    put(s3, **sse(key))
    kms.disable_key(KeyId=key)
    with kms_calls(aws_world) as calls:
        QUIET[operation](owner.user("alice", [allow("s3:*")]).client("s3"))
    assert calls == []


# --- UpdateObjectEncryption ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bucket_key", [False, True])
@pytest.mark.parametrize("before", [{}, "another"])
def test_an_update_of_the_encryption_calls_for_the_new_key_and_reads_follow(
    aws_world, s3, key, another, before, bucket_key
):
    put(s3, **(sse(another) if before else {}))
    start = len(aws_world.events)
    target = {"SSEKMS": {"KMSKeyArn": key, "BucketKeyEnabled": bucket_key}}
    s3.update_object_encryption(Bucket=BUCKET, Key="k", ObjectEncryption=target)
    called = [event for event in aws_world.events[start:] if event["eventSource"] == "kms.amazonaws.com"]
    named = {resource["ARN"] for event in called for resource in event["resources"]}
    assert named == ({key, another} if before else {key})
    with kms_calls(aws_world) as calls:
        assert read(s3) == BODY
    assert calls == [(DECRYPT, {"aws:s3:arn": ARN} if bucket_key else HERE)]
