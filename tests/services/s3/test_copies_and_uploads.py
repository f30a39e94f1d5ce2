"""Copies in place and elsewhere, versions, multipart uploads and parts of objects: each remembers its own encryption."""

import pytest

from tests.support.claims import refused
from tests.support.s3 import (
    BODY,
    BUCKET,
    PART,
    SSE_S3,
    complete,
    copy,
    create,
    customer,
    get,
    head,
    keys,
    kms_calls,
    part,
    part_copy,
    put,
    read,
    set_default,
    shown,
    sse,
    under,
    upload,
    uploads,
)

pytestmark = pytest.mark.evidence("documented", "CopyObject, CreateMultipartUpload, UploadPart (S3 API reference)")

ILLEGAL = (
    "InvalidRequest",
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's "
    "metadata, storage class, website redirect location or encryption attributes.",
)


@pytest.fixture
def versioned(s3):
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    return s3


def version(key, identifier):
    return {"Bucket": BUCKET, "Key": key, "VersionId": identifier}


def where(created):
    return {name: created[name] for name in ("Bucket", "Key", "UploadId")}


# --- copies in place -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("configured", [False, True])
def test_a_copy_onto_itself_that_changes_nothing_is_illegal(s3, key, configured):
    if configured:
        set_default(s3, key=key)
        s3.delete_bucket_encryption(Bucket=BUCKET)
    with refused(*ILLEGAL):
        copy(s3, "plain", "plain")
    with refused(*ILLEGAL):
        copy(s3, "plain", "plain", MetadataDirective="COPY")
    assert read(s3, "plain") == BODY


@pytest.mark.parametrize(
    ("before", "default", "request_", "after"),
    [
        ("plain", None, "AES256", "AES256"),
        ("plain", None, "first", "first"),
        ("plain", None, "managed", "managed"),
        ("plain", "AES256", None, "AES256"),
        ("plain", "first", None, "first"),
        ("plain", "first", "AES256", "AES256"),
        ("first", None, None, "AES256"),
        ("first", None, "first", "first"),
        ("first", None, "second", "second"),
        ("first", "first", None, "first"),
        ("first", "second", None, "second"),
        ("first", "second", "managed", "managed"),
        ("dsse", None, None, "AES256"),
    ],
)
def test_a_copy_onto_itself_may_change_the_encryption(s3, key, another, managed, before, default, request_, after):
    options = {
        None: {},
        "plain": {},
        "AES256": {"ServerSideEncryption": "AES256"},
        "first": sse(key),
        "second": sse(another),
        "managed": sse(),
        "dsse": sse(key, "aws:kms:dsse"),
    }
    put(s3, Metadata={"a": "b"}, ContentType="text/x-fox", **options[before])
    if default:
        set_default(s3, options[default]["ServerSideEncryption"], options[default].get("SSEKMSKeyId"))
    answer = copy(s3, "k", "k", **options[request_])
    expected = {"AES256": lambda: SSE_S3, "managed": lambda: under(managed())}.get(
        after, lambda: under(options[after]["SSEKMSKeyId"])
    )()
    seen = get(s3)
    assert shown(answer) == shown(seen) == expected
    assert (seen["Body"].read(), seen["Metadata"], seen["ContentType"]) == (BODY, {"a": "b"}, "text/x-fox")


def test_a_copy_onto_itself_from_a_customers_key(s3):
    put(s3, **customer())
    assert shown(copy(s3, "k", "k", **customer(prefix="CopySource"))) == SSE_S3
    assert read(s3) == BODY


@pytest.mark.parametrize(
    "change",
    [
        {"MetadataDirective": "REPLACE", "Metadata": {"c": "d"}},
        {"StorageClass": "STANDARD_IA"},
        {"WebsiteRedirectLocation": "/elsewhere"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_another_change_makes_a_copy_onto_itself_legal(s3, key, change):
    assert shown(copy(s3, "plain", "plain", **change)) == SSE_S3
    put(s3, **sse(key))
    assert shown(copy(s3, "k", "k", **sse(key), **change)) == under(key)
    assert read(s3, "plain") == read(s3) == BODY


def test_new_metadata_do_not_keep_the_old_key(s3, kms, key, another):
    put(s3, Metadata={"a": "b"}, **sse(key))
    copy(s3, "k", "k", MetadataDirective="REPLACE", Metadata={"c": "d"}, **sse(another))
    kms.disable_key(KeyId=key)
    seen = get(s3)
    assert (seen["Metadata"], seen["Body"].read(), shown(seen)) == ({"c": "d"}, BODY, under(another))


# --- copies elsewhere ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source_default", "target_default", "request_", "expected"),
    [
        ("first", None, None, "AES256"),
        ("first", "second", None, "second"),
        ("first", None, "aws:kms", "managed"),
        ("first", "second", "aws:kms", "managed"),
        ("first", "second", "AES256", "AES256"),
        (None, "second", None, "second"),
    ],
)
def test_a_copy_looks_at_the_request_and_the_targets_bucket_only(
    s3, key, another, managed, source_default, target_default, request_, expected
):
    named = {"first": lambda: key, "second": lambda: another, "managed": managed}
    s3.create_bucket(Bucket="target")
    for bucket, default in ((BUCKET, source_default), ("target", target_default)):
        if default:
            set_default(s3, key=named[default](), bucket=bucket)
    put(s3)
    answer = copy(s3, "k", "k", bucket="target", **({"ServerSideEncryption": request_} if request_ else {}))
    assert shown(answer) == (SSE_S3 if expected == "AES256" else under(named[expected]()))
    assert read(s3, bucket="target") == BODY


def test_a_copy_that_is_refused_leaves_its_target(s3, kms, key):
    put(s3, body=b"before")
    put(s3, "source", **sse(key))
    kms.disable_key(KeyId=key)
    for options in ({}, {"ServerSideEncryption": "AES256"}):
        with refused("KMS.DisabledException", f"{key} is disabled."):
            copy(s3, "k", "source", **options)
    with refused("KMS.DisabledException", f"{key} is disabled."):
        copy(s3, "k", "plain", **sse(key))
    assert (read(s3), shown(head(s3))) == (b"before", SSE_S3)


# --- versions --------------------------------------------------------------------------------------------------------------


def test_each_version_has_its_own_key(versioned, kms, key, another):
    first, second, third = (
        put(versioned, body=body, **options) for body, options in ((b"1", sse(key)), (b"2", sse(another)), (b"3", {}))
    )
    identifiers = [each["VersionId"] for each in (first, second, third)]
    seen = [shown(head(versioned, VersionId=each)) for each in identifiers]
    assert seen == [under(key), under(another), SSE_S3]
    kms.disable_key(KeyId=key)
    with refused("KMS.DisabledException", f"{key} is disabled."):
        read(versioned, VersionId=identifiers[0])
    assert [read(versioned, VersionId=each) for each in identifiers[1:]] == [b"2", b"3"]
    kms.enable_key(KeyId=key)
    assert read(versioned, VersionId=identifiers[0]) == b"1"


def test_an_old_version_is_copied_over_the_new(versioned, kms, key, another):
    old = put(versioned, body=b"old", **sse(key))["VersionId"]
    put(versioned, body=b"new", **sse(another))
    kms.disable_key(KeyId=another)
    assert shown(copy(versioned, "k", version("k", old), **sse(key))) == under(key)
    assert read(versioned) == b"old"
    kms.disable_key(KeyId=key)
    with refused("KMS.DisabledException", f"{key} is disabled."):
        copy(versioned, "copied", version("k", old))


def test_an_old_plain_version_is_copied_onto_its_own_name(versioned):
    old = put(versioned, body=b"old")["VersionId"]
    put(versioned, body=b"new")
    copy(versioned, "k", version("k", old))
    assert read(versioned) == b"old"


def test_a_part_is_copied_from_a_version(versioned, kms, key, another):
    old = put(versioned, body=b"old", **sse(key))["VersionId"]
    put(versioned, body=b"new", **sse(another))
    created = create(versioned, "target")
    complete(versioned, created, [part_copy(versioned, created, 1, version("k", old))])
    assert read(versioned, "target") == b"old"


def test_versions_are_deleted_and_come_back_without_their_key(aws_world, versioned, kms, key):
    old = put(versioned, **sse(key))["VersionId"]
    kms.disable_key(KeyId=key)
    with kms_calls(aws_world) as calls:
        marker = versioned.delete_object(Bucket=BUCKET, Key="k")["VersionId"]
        versioned.delete_object(Bucket=BUCKET, Key="k", VersionId=marker)
        assert shown(head(versioned)) == under(key)
        versioned.delete_object(Bucket=BUCKET, Key="k", VersionId=old)
    assert (calls, keys(versioned)) == ([], [])


# --- multipart uploads -----------------------------------------------------------------------------------------------------


def test_an_upload_is_put_together_in_the_order_of_its_parts(s3, key):
    created = create(s3, **sse(key))
    last = part(s3, created, 2, BODY)
    part(s3, created, 1, b"q" * len(PART))
    first = part(s3, created, 1, PART)
    assert [each["PartNumber"] for each in s3.list_parts(**where(created))["Parts"]] == [1, 2]
    assert keys(s3) == []
    complete(s3, created, [first, last])
    assert (read(s3), uploads(s3)) == (PART + BODY, [])


def test_an_upload_is_its_owners_as_any_other_object(s3):
    """moto kept no ACL of an upload that named none, and failed to tell it; s3cmd asks before it copies one."""
    put(s3)
    of_another = s3.get_object_acl(Bucket=BUCKET, Key="k")
    upload(s3, key="parts")
    found = s3.get_object_acl(Bucket=BUCKET, Key="parts")
    assert (found["Owner"], found["Grants"]) == (of_another["Owner"], of_another["Grants"])
    assert [each["Permission"] for each in found["Grants"]] == ["FULL_CONTROL"]


def test_uploads_under_different_keys_to_one_name(s3, kms, key, another):
    first, second = create(s3, **sse(key)), create(s3, **sse(another))
    assert len(uploads(s3)) == 2
    parts = [part(s3, first, 1, b"1"), part(s3, second, 1, b"2")]
    kms.disable_key(KeyId=key)
    with refused("KMS.DisabledException", f"{key} is disabled."):
        part(s3, first, 2, b"more")
    complete(s3, second, parts[1:])
    assert (read(s3), shown(head(s3))) == (b"2", under(another))
    s3.abort_multipart_upload(**where(first))
    assert uploads(s3) == []


@pytest.mark.parametrize(
    ("end", "code", "message"),
    [
        ("disable_key", "KMS.DisabledException", "{} is disabled."),
        ("schedule_key_deletion", "KMS.KMSInvalidStateException", "{} is pending deletion."),
    ],
)
def test_an_upload_whose_key_ends_goes_no_further(s3, kms, key, end, code, message):
    put(s3, body=b"before")
    created = create(s3, **sse(key))
    sent = part(s3, created)
    getattr(kms, end)(KeyId=key)
    for step in (
        lambda: part(s3, created, 2),
        lambda: part_copy(s3, created, 2),
        lambda: complete(s3, created, [sent]),
    ):
        with refused(code, message.format(key)):
            step()
    assert read(s3) == b"before"
    assert len(s3.list_parts(**where(created))["Parts"]) == 1


@pytest.mark.parametrize("target", ["plain", "key"])
@pytest.mark.parametrize("source", ["SSE-S3", "SSE-KMS", "SSE-KMS in parts"])
def test_a_range_of_an_object_becomes_a_part(s3, key, another, source, target):
    body = PART + BODY
    if source == "SSE-KMS in parts":
        upload(s3, PART, BODY, key="source", **sse(another))
    else:
        put(s3, "source", body, **(sse(another) if source == "SSE-KMS" else {}))
    created = create(s3, **(sse(key) if target == "key" else {}))
    at = len(PART)
    whole = part_copy(s3, created, 1, "source", CopySourceRange=f"bytes=0-{at - 1}")
    some = part_copy(s3, created, 2, "source", CopySourceRange=f"bytes={at + 4}-{at + 8}")
    complete(s3, created, [whole, some])
    assert read(s3) == body[:at] + b"quick"
    assert shown(head(s3)) == (under(key) if target == "key" else SSE_S3)


# --- parts of objects ------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["SSE-S3", "SSE-KMS", "DSSE-KMS", "SSE-C"])
def mode(request, key):
    """The parameters of a write and of a read."""
    return {
        "SSE-S3": ({}, {}),
        "SSE-KMS": (sse(key), {}),
        "DSSE-KMS": (sse(key, "aws:kms:dsse"), {}),
        "SSE-C": (customer(), customer()),
    }[request.param]


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("0-0", 0, 1), ("4-8", 4, 9), ("-3", len(BODY) - 3, len(BODY)), ("40-", 40, len(BODY)), ("0-999", 0, len(BODY))],
)
def test_a_range_is_one_of_the_plaintext(s3, mode, asked, start, end):
    write, reading = mode
    put(s3, **write)
    seen = get(s3, Range=f"bytes={asked}", **reading)
    assert seen["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert (seen["Body"].read(), seen["ContentLength"]) == (BODY[start:end], end - start)
    assert seen["ContentRange"] == f"bytes {start}-{end - 1}/{len(BODY)}"


def test_a_part_is_read_by_its_number(s3, mode):
    write, reading = mode
    upload(s3, PART, BODY, **write)
    first, second = (get(s3, PartNumber=number, **reading) for number in (1, 2))
    assert (first["PartsCount"], second["PartsCount"]) == (2, 2)
    assert (first["Body"].read(), second["Body"].read()) == (PART, BODY)
    assert head(s3, PartNumber=2, **reading)["ContentLength"] == len(BODY)
