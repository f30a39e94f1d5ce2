"""Bodies that are signed chunk by chunk."""

import hashlib
import hmac
import re

import pytest

from tests.support.signed import Signed

pytestmark = pytest.mark.evidence(
    "documented",
    "Signature Calculations for the Authorization Header: Transferring Payload in Multiple Chunks, S3 API reference",
)


@pytest.fixture
def user(aws_world):
    allowed = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    return aws_world.account("111111111111").user("app", policies=[{"Version": "2012-10-17", "Statement": allowed}])


def chunked(address, user, chunks, trailer=None, change=lambda body: body):
    """A PUT that is signed chunk by chunk, as the SDK for Java sends it: status and answer."""
    payload = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" + ("-TRAILER" if trailer else "")
    headers = {"X-Amz-Content-SHA256": payload, "X-Amz-Decoded-Content-Length": str(sum(map(len, chunks)))}
    if trailer:
        headers["X-Amz-Trailer"] = trailer.partition(":")[0]
    headers["Content-Encoding"] = "aws-chunked"
    put = Signed(address, user, b"", service="s3", method="PUT", path="/a-bucket/key", **headers)
    date, before = put.headers["X-Amz-Date"], put.headers["Authorization"].rpartition("Signature=")[2]
    scope = f"{date[:8]}/us-east-1/s3/aws4_request"
    key = f"AWS4{user.credentials.secret}".encode()
    for each in scope.split("/"):
        key = hmac.new(key, each.encode(), "sha256").digest()
    empty, body = hashlib.sha256(b"").hexdigest(), b""

    def sign(kind, *digests):
        text = "\n".join([f"AWS4-HMAC-SHA256-{kind}", date, scope, before, *digests])
        return hmac.new(key, text.encode(), "sha256").hexdigest()

    for each in (*chunks, b""):
        before = sign("PAYLOAD", empty, hashlib.sha256(each).hexdigest())
        body += f"{len(each):x};chunk-signature={before}\r\n".encode() + each + (b"\r\n" if each else b"")
    if trailer:
        before = sign("TRAILER", hashlib.sha256(f"{trailer}\n".encode()).hexdigest())
        body += f"{trailer}\r\nx-amz-trailer-signature:{before}\r\n".encode()
    put.body = change(body + b"\r\n")
    put.headers["Content-Length"] = str(len(put.body))
    return put.send()


@pytest.mark.evidence("documented", "Transferring payload in multiple chunks, and trailing headers, S3 API reference")
@pytest.mark.parametrize("trailer", [None, "x-amz-checksum-crc32:DUoRhQ=="])
def test_chunks_that_hold_are_stored(address, user, client, trailer):
    client("s3", user).create_bucket(Bucket="a-bucket")
    assert chunked(address, user, [b"hello ", b"world"], trailer)[0] == 200
    assert client("s3", user).get_object(Bucket="a-bucket", Key="key")["Body"].read() == b"hello world"


CHANGES = {
    "a byte": lambda body: body.replace(b"world", b"World"),
    "a signature": lambda body: body.replace(b"signature=", b"signature=0", 1).replace(b"0\r\nhello", b"\r\nhello"),
    "chunks that changed places": lambda body: b"".join(
        [body[body.index(b"5;") : body.index(b"0;chunk")], body[: body.index(b"5;")], body[body.index(b"0;chunk") :]]
    ),
    "no last chunk": lambda body: body[: body.index(b"\r\n0;chunk") + 2],
    "one chunk less": lambda body: body[body.index(b"5;") :],
    "no signatures": lambda body: re.sub(rb";chunk-signature=\w+", b"", body),
    "half of it": lambda body: body[: len(body) // 2],
    "a number of too many digits": lambda body: b"f" * 40 + body,
}


@pytest.mark.evidence(
    "documented", "Transferring payload in multiple chunks, S3 API reference; the code: Error responses"
)
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_chunk_that_is_not_what_was_signed_is_refused(address, user, client, aws_world, change):
    client("s3", user).create_bucket(Bucket="a-bucket")
    status, answer = chunked(address, user, [b"hello ", b"world"], change=change)
    assert (status, b"<Code>SignatureDoesNotMatch</Code>" in answer) == (403, True), answer
    assert b"The request signature we calculated does not match the signature you provided. Check your key" in answer
    assert aws_world.refusals[-1].cause == "SIGNATURE-CHUNK"
    assert "Contents" not in client("s3", user).list_objects_v2(Bucket="a-bucket")


@pytest.mark.evidence("documented", "Trailing headers, S3 API reference; the code: Error responses")
@pytest.mark.parametrize(
    "change",
    [
        lambda body: body.replace(b"DUoRhQ==", b"AAAAAA=="),
        lambda body: re.sub(rb"x-amz-trailer-signature:\w+\r\n", b"", body),
    ],
)
def test_a_trailer_that_is_not_what_was_signed_is_refused(address, user, client, change):
    client("s3", user).create_bucket(Bucket="a-bucket")
    status, answer = chunked(address, user, [b"hello world"], "x-amz-checksum-crc32:DUoRhQ==", change)
    assert (status, b"<Code>SignatureDoesNotMatch</Code>" in answer) == (403, True), answer
