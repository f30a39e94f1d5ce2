"""Requests for objects are taken apart once: what moto's methods answer is what moto answers that reads them itself."""

from datetime import datetime, timezone
from unittest import mock

import pytest
from botocore.exceptions import ClientError
from botocore.response import StreamingBody
from freezegun import freeze_time
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kmsmock.bridge import object_requests
from tests.support.both_ways import exactly

ONCE, THROUGH = "taken-apart-once", "goes-through-moto"
"""Buckets whose requests go the two ways."""


@pytest.fixture
def answered(aws_world):
    """How many requests were answered without moto's own reading of them."""
    counted, original = [], object_requests.answer

    def answer(request):
        found = None if THROUGH in request.url else original(request)
        counted.append(found is not None)
        return found

    with mock.patch.object(object_requests, "answer", answer), freeze_time("2026-01-01"):
        yield counted


@pytest.fixture
def s3(aws_world, answered):
    client = aws_world.account("111111111111").client("s3")
    for bucket in (ONCE, THROUGH):
        client.create_bucket(Bucket=bucket)
    return client


def tried(call, **params):
    """What a call gives, or is refused with; what is drawn by chance is left out."""
    try:
        told = call(**params)
    except ClientError as error:
        told = error.response
    return exactly(_settled(told))


def _settled(value):
    if isinstance(value, dict):
        return {name: "drawn" if name in _BY_CHANCE else _settled(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_settled(each) for each in value]
    if isinstance(value, StreamingBody):
        return value.read()
    return value.replace(THROUGH, ONCE) if isinstance(value, str) else value


_BY_CHANCE = {"VersionId", "x-amz-version-id", "UploadId", "RequestId", "HostId", "x-amz-request-id", "x-amz-id-2"}


def both(s3, call, **params):
    """A call on both buckets, which gives the same."""
    once, through = (tried(getattr(s3, call), Bucket=bucket, **params) for bucket in (ONCE, THROUGH))
    assert once == through
    return once


def test_objects_are_written_read_and_deleted_the_same_way(s3, answered):
    where = {"Key": "a b/ü;v=1//x+y%20~"}
    both(
        s3, "put_object", **where, Body=b"x" * 100, Metadata={"Some_Name": "v", "other": "w"}, ContentType="text/plain"
    )
    both(s3, "put_object", Key="empty")
    both(s3, "put_object", Key="t", Body=b"t", Tagging="a=1&b=2", StorageClass="GLACIER", CacheControl="no-cache")
    both(
        s3, "put_object", Key="e", Body=b"e", ContentEncoding="gzip", Expires=datetime(2027, 1, 1, tzinfo=timezone.utc)
    )
    both(s3, "put_object", Key="f", Body=b"a=b", ContentType="application/x-www-form-urlencoded")
    both(s3, "put_object", Key="sum", Body=b"c", ChecksumAlgorithm="SHA256")
    both(s3, "put_object", Key="sum", Body=b"c", IfNoneMatch="*")
    both(s3, "put_object", Key="web", Body=b"c", WebsiteRedirectLocation="/x")
    for key in (where["Key"], "empty", "t", "e", "f", "sum", "web", "absent"):
        for call in ("get_object", "head_object", "get_object_tagging", "get_object_acl"):
            both(s3, call, Key=key)
    both(s3, "get_object", **where, Range="bytes=3-9")
    both(s3, "get_object", **where, ResponseContentType="text/html", ResponseCacheControl="private")
    both(s3, "get_object", **where, PartNumber=1)
    both(s3, "get_object", **where, IfModifiedSince=datetime(2030, 1, 1, tzinfo=timezone.utc))
    both(s3, "head_object", **where, IfMatch="another")
    both(s3, "get_object", **where, VersionId="absent")
    both(s3, "get_object_attributes", **where, ObjectAttributes=["ETag", "Checksum", "ObjectSize"])
    both(s3, "put_object_tagging", **where, Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
    both(s3, "get_object_tagging", **where)
    both(s3, "delete_object_tagging", **where)
    both(s3, "put_object_legal_hold", **where, LegalHold={"Status": "ON"})
    both(s3, "delete_object", **where)
    both(s3, "delete_object", **where)
    both(s3, "get_object", **where)
    assert answered.count(True) > 40


def test_versions_and_copies_are_the_same_way(s3):
    both(s3, "put_bucket_versioning", VersioningConfiguration={"Status": "Enabled"})
    for body in (b"1", b"2"):
        both(s3, "put_object", Key="k", Body=body)
    for bucket in (ONCE, THROUGH):
        s3.copy_object(
            Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "k"}, MetadataDirective="REPLACE"
        )
    both(s3, "get_object", Key="copy")
    both(s3, "delete_object", Key="k")
    both(s3, "head_object", Key="k")
    both(s3, "list_object_versions")


def test_uploads_in_parts_are_the_same_way(s3):
    for bucket in (ONCE, THROUGH):
        made = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
        part = s3.upload_part(Bucket=bucket, Key="k", UploadId=made, PartNumber=1, Body=b"p" * 10)
        s3.list_parts(Bucket=bucket, Key="k", UploadId=made)
        parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        s3.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=made, MultipartUpload=parts)
        other = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
        s3.abort_multipart_upload(Bucket=bucket, Key="k", UploadId=other)
    both(s3, "get_object", Key="k")
    both(s3, "upload_part", Key="k", UploadId="absent", PartNumber=1, Body=b"x")


NAMES = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=12)
PLAIN = st.text("abcXYZ019-_. ", min_size=1, max_size=8)
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "ACL": st.sampled_from(["private", "bucket-owner-full-control", "public-read"]),
        "CacheControl": PLAIN,
        "ContentDisposition": PLAIN,
        "ContentEncoding": PLAIN,
        "ContentLanguage": PLAIN,
        "ContentType": st.sampled_from(["", "text/plain", "application/json", "multipart/form-data", "a; charset=b"]),
        "IfMatch": PLAIN,
        "Metadata": st.dictionaries(st.text("abcXYZ019-_", min_size=1, max_size=6), PLAIN, max_size=3),
        "ServerSideEncryption": st.just("AES256"),  # under KMS ETags are drawn by chance
        "StorageClass": st.sampled_from(["STANDARD", "STANDARD_IA", "DEEP_ARCHIVE", "NONE_SUCH"]),
        "Tagging": st.sampled_from(["a=1", "a=1&b=", "%C3%BC=x", "a"]),
    },
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(key=NAMES, body=st.binary(max_size=50), options=OPTIONS)
def test_whatever_is_put_is_read_the_same_way(s3, key, body, options):
    both(s3, "put_object", Key=key, Body=body, **options)
    for call in ("get_object", "head_object", "get_object_tagging", "delete_object"):
        both(s3, call, Key=key)


def test_the_log_of_a_bucket_tells_of_requests_as_ever(s3):
    """moto keeps server access logs in the target bucket."""
    s3.create_bucket(Bucket="logs", ObjectOwnership="ObjectWriter", ACL="log-delivery-write")
    for bucket in (ONCE, THROUGH):
        status = {"LoggingEnabled": {"TargetBucket": "logs", "TargetPrefix": bucket}}
        s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus=status)
    for bucket in (ONCE, THROUGH):
        s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    kept = [each["Key"] for each in s3.list_objects_v2(Bucket="logs").get("Contents", [])]
    assert [sum(key.startswith(bucket) for key in kept) for bucket in (ONCE, THROUGH)] == [1, 1]
