"""RestoreObject brings an object back without its key, and SelectObjectContent reads one with it."""

import gzip
import re

import pytest

from tests.support.claims import allow, refused
from tests.support.s3 import (
    BODY,
    BUCKET,
    customer,
    denied,
    get,
    head,
    kms_calls,
    put,
    read,
    set_default,
    shown,
    sse,
    under,
)

pytestmark = pytest.mark.evidence("documented", "RestoreObject and SelectObjectContent (S3 API reference)")

CSV = b"name,age\nada,36\ngrace,85\nalan,41\n"
PACKED = gzip.compress(CSV, mtime=0)
HERE = {"aws:s3:arn": "arn:aws:s3:::bucket/k"}


def query(s3, CompressionType="NONE", **more):
    """The age of one."""
    answer = s3.select_object_content(
        Bucket=BUCKET,
        Key="k",
        Expression="SELECT s.age FROM s3object s WHERE s.name = 'grace'",
        ExpressionType="SQL",
        InputSerialization={"CSV": {"FileHeaderInfo": "USE"}, "CompressionType": CompressionType},
        OutputSerialization={"CSV": {}},
        **more,
    )
    records = b"".join(event["Records"]["Payload"] for event in answer["Payload"] if "Records" in event)
    return [int(number) for number in re.findall(r"\d+", records.decode())]  # moto answers with JSON for CSV


NOT_THAT = "{} is not applicable to the queried object. Please correct the request and try again."
TRUNCATED = "Object decompression failed. Check that the object is properly compressed using the format specified in the request."


@pytest.mark.parametrize(
    ("body", "kind", "code", "message"),
    [
        (CSV, "GZIP", "InvalidCompressionFormat", NOT_THAT.format("GZIP")),
        (CSV, "BZIP2", "InvalidCompressionFormat", NOT_THAT.format("BZIP2")),
        (PACKED[:-9], "GZIP", "TruncatedInput", TRUNCATED),
        (PACKED, "NONE", "InvalidTextEncoding", "Invalid encoding type. Only UTF-8 encoding is supported."),
    ],
)
def test_a_query_of_what_is_not_as_it_says_is_refused(s3, body, kind, code, message):
    """Codes and words: "List of SELECT Object Content Error Codes"; those of formats as minio repeats them."""
    put(s3, body=body)
    with refused(code, message):
        query(s3, CompressionType=kind)


def test_a_query_opens_what_is_compressed(s3):
    put(s3, body=PACKED)
    assert query(s3, CompressionType="GZIP") == [85]


@pytest.mark.parametrize("mode", ["SSE-S3", "SSE-KMS", "DSSE-KMS", "by default", "SSE-C"])
def test_a_query_reads_the_plaintext(aws_world, s3, key, mode):
    options = {"SSE-KMS": sse(key), "DSSE-KMS": sse(key, "aws:kms:dsse"), "SSE-C": customer()}
    if mode == "by default":
        set_default(s3, key=key)
    put(s3, body=CSV, **options.get(mode, {}))
    with kms_calls(aws_world) as calls:
        assert query(s3, **(customer() if mode == "SSE-C" else {})) == [85]
    assert calls == ([] if mode in ("SSE-S3", "SSE-C") else [("Decrypt", HERE)])


def test_a_query_needs_the_key(owner, s3, kms, key):
    put(s3, body=CSV, **sse(key))
    weak = owner.user("weak", [allow("s3:*")])
    with denied(weak.arn, "kms:Decrypt", key):
        query(weak.client("s3"))
    kms.disable_key(KeyId=key)
    with refused("KMS.DisabledException", f"{key} is disabled."):
        query(s3)


@pytest.mark.parametrize("given", [{}, customer(b"o")], ids=["no key", "another key"])
def test_a_query_needs_the_customers_key(s3, given):
    put(s3, body=CSV, **customer())
    expected = ("AccessDenied", None, 403) if given else ("InvalidRequest", None, 400)
    with refused(*expected):
        query(s3, **given)


@pytest.mark.parametrize("storage", ["GLACIER", "DEEP_ARCHIVE"])
def test_an_archived_object_is_restored_without_its_key_and_read_with_it(aws_world, owner, s3, kms, key, storage):
    put(s3, StorageClass=storage, **sse(key))
    assert (shown(head(s3)), head(s3)["StorageClass"]) == (under(key), storage)
    with refused("InvalidObjectState", status=403):
        get(s3)
    kms.disable_key(KeyId=key)
    weak = owner.user("weak", [allow("s3:*")])
    with kms_calls(aws_world) as calls:
        weak.client("s3").restore_object(Bucket=BUCKET, Key="k", RestoreRequest={"Days": 1})
    assert calls == []
    with refused("KMS.DisabledException", f"{key} is disabled."):
        get(s3)
    kms.enable_key(KeyId=key)
    with denied(weak.arn, "kms:Decrypt", key):
        get(weak.client("s3"))
    with kms_calls(aws_world) as calls:
        assert read(s3) == BODY
    assert calls == [("Decrypt", HERE)]
