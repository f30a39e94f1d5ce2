"""Digests that a client sends are compared with what came: what is damaged on the way is not kept.

"Error responses" has BadDigest and InvalidDigest with their words; "Checking object integrity for data uploads in Amazon
S3" says that S3 compares checksums; the words about those are what the AWS CLI shows of PutObject.
"""

import base64
import hashlib
import io
import zlib

import pytest
from botocore.config import Config

from tests.support.claims import refused
from tests.support.s3 import BODY, BUCKET, create, customer, get, head, part, put, read, sse

pytestmark = pytest.mark.evidence(
    "documented",
    '"Error responses" and "Checking object integrity for data uploads in Amazon S3"; the AWS CLI\'s output',
)

ALGORITHMS = {
    "CRC32": lambda body: zlib.crc32(body).to_bytes(4, "big"),
    "SHA1": lambda body: hashlib.sha1(body).digest(),
    "SHA256": lambda body: hashlib.sha256(body).digest(),
}
OTHER = b"The quick brown fox jumps over the lazy cog"


def md5(body):
    return base64.b64encode(hashlib.md5(body).digest()).decode()


def of(algorithm, body):
    return {f"Checksum{algorithm}": base64.b64encode(ALGORITHMS[algorithm](body)).decode()}


def upload(s3, body, **options):
    """A part, as an object is put."""
    return part(s3, create(s3), body=body, **options)


def whole(s3, body, **options):
    return put(s3, "k", body, **options)


@pytest.fixture(params=[whole, upload], ids=["object", "part"])
def send(request):
    return request.param


def test_a_body_that_fits_is_taken(s3, send):
    assert send(s3, BODY, ContentMD5=md5(BODY))["ResponseMetadata"]["HTTPStatusCode"] == 200
    for algorithm in ALGORITHMS:
        assert send(s3, BODY, **of(algorithm, BODY))["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_another_body_than_the_md5_says_is_refused(s3, send):
    with refused("BadDigest", "The Content-MD5 you specified did not match what we received.", status=400):
        send(s3, BODY, ContentMD5=md5(OTHER))


@pytest.mark.parametrize("mode", ["legacy", "standard"])
def test_the_refusal_tells_both_digests(owner, s3, mode):
    """Also after attempts that botocore's legacy mode makes again: each has the whole body."""
    client = owner.session().client("s3", config=Config(retries={"mode": mode}))
    with refused("BadDigest") as caught:
        put(client, ContentMD5=md5(OTHER))
    error = caught.response["Error"]
    assert (error["ExpectedDigest"], error["CalculatedDigest"]) == (md5(OTHER), md5(BODY))


@pytest.mark.parametrize("value", ["nonsense", "AAAA", "not base64"])
def test_what_is_no_md5_is_refused(s3, send, value):
    with refused("InvalidDigest", "The Content-MD5 you specified was invalid.", status=400):
        send(s3, BODY, ContentMD5=value)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_another_body_than_a_checksum_says_is_refused(s3, send, algorithm):
    text = f"The {algorithm} you specified did not match the calculated checksum."
    with refused("BadDigest", text, status=400):
        send(s3, BODY, **of(algorithm, OTHER))


@pytest.mark.parametrize("value", ["AAA", "AAAA", "no checksum"])
def test_what_is_no_checksum_is_refused(s3, send, value):
    with refused("InvalidRequest", "Value for x-amz-checksum-sha256 header is invalid.", status=400):
        send(s3, BODY, ChecksumSHA256=value)


def test_two_checksums_are_refused(owner, s3):
    text = "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
    with refused("InvalidRequest", text, status=400):
        put(s3, **of("SHA1", BODY), **of("SHA256", BODY))


@pytest.mark.parametrize("how", ["kms", "customer"])
def test_it_is_the_plaintext_that_is_looked_at(s3, key, how):
    options = sse(key) if how == "kms" else customer()
    with refused("BadDigest", "The Content-MD5 you specified did not match what we received."):
        put(s3, ContentMD5=md5(OTHER), **options)
    assert put(s3, ContentMD5=md5(BODY), **options)["ETag"]


def test_what_was_there_before_stays(s3):
    put(s3, body=OTHER)
    with refused("BadDigest"):
        put(s3, body=BODY, **of("SHA256", OTHER))
    assert read(s3) == OTHER


def test_a_part_that_was_refused_is_none(s3):
    made = create(s3)
    with refused("BadDigest"):
        part(s3, made, body=BODY, ContentMD5=md5(OTHER))
    assert "Parts" not in s3.list_parts(Bucket=BUCKET, Key="k", UploadId=made["UploadId"])


def test_a_checksum_behind_the_body_counts_too(owner, s3):
    """As SDKs stream what they send: the body in chunks, its checksum at the end."""
    s3 = owner.session().client("s3", config=Config(retries={"total_max_attempts": 1}))
    put(s3, body=io.BytesIO(BODY))

    def damaged(request, **_):
        request.body = request.body.read().replace(BODY, OTHER)

    s3.meta.events.register("before-send.s3.PutObject", damaged)
    with refused("BadDigest", "The CRC32 you specified did not match the calculated checksum."):
        put(s3, body=io.BytesIO(BODY))
    assert read(s3) == BODY


def test_a_quiet_client_needs_no_digest(owner, s3):
    quiet = owner.client("s3", config=Config(request_checksum_calculation="when_required"))
    put(quiet)
    assert get(quiet)["Body"].read() == BODY
    assert head(quiet)["ETag"]
