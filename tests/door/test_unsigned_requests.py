"""Requests to the world are not signed in earnest, unless somebody looks at them or they go elsewhere."""

import re

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.httpsession import URLLib3Session

import kmsmock
from kmsmock.door import unsigned

SIGNATURE = re.compile(
    rb"AWS4-HMAC-SHA256 Credential=[^/]+/\d{8}/us-east-1/(s3|ec2|braket)/aws4_request, .*Signature=(\w{64})"
)


@pytest.fixture
def left_out(monkeypatch):
    """What asked for a signature and was given none."""
    asked, ours = [], unsigned._Unsigned.signature
    monkeypatch.setattr(unsigned._Unsigned, "signature", lambda *given: asked.append(given) or ours(*given))
    return asked


@pytest.mark.parametrize(("service", "call"), [("s3", "list_buckets"), ("ec2", "describe_volumes")])
def test_nobody_computes_what_nobody_checks(owner, service, call, left_out):
    getattr(owner.client(service), call)()
    assert len(left_out) == 1


@pytest.mark.parametrize(("service", "call"), [("s3", "list_buckets"), ("ec2", "describe_volumes")])
def test_whoever_looks_at_a_request_sees_its_signature(owner, service, call, left_out):
    client, seen = owner.client(service), []
    client.meta.events.register(f"before-send.{service}", lambda request, **_: seen.append(request.headers) and None)
    getattr(client, call)()
    found = SIGNATURE.match(seen[0]["Authorization"])
    assert (found[1].decode(), found[2] != b"0" * 64, left_out) == (service, True, [])


def test_presigned_urls_are_signed_in_earnest(owner, left_out):
    url = owner.client("s3").generate_presigned_url("get_object", {"Bucket": "bucket", "Key": "k"})
    assert ("X-Amz-Signature=" in url or "Signature=" in url, left_out) == (True, [])


def test_what_passes_by_the_world_is_signed_in_earnest(owner, left_out):
    client = owner.client("s3", endpoint_url="http://127.0.0.1:9")
    client.meta.events.register_first("before-call", lambda **_: None)
    with pytest.raises(Exception, match=r"127\.0\.0\.1:9"):
        client.list_buckets()
    assert left_out == []


def test_what_may_leave_because_nobody_serves_it_is_signed_in_earnest(monkeypatch, left_out):
    """AWS would refuse it, or whatever else is there."""
    sent = []

    def reached(self, request):
        sent.append(request.headers["Authorization"])
        return AWSResponse(request.url, 404, {}, None)

    monkeypatch.setattr(AWSResponse, "content", b"{}")
    monkeypatch.setattr(URLLib3Session, "send", reached)
    with kmsmock.World(enforce_network=False):
        keys = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "secret"}
        client = boto3.client("braket", "us-east-1", **keys)
        with pytest.raises(client.exceptions.ClientError, match="404"):
            client.get_job(jobArn="arn:aws:braket:us-east-1:111111111111:job/j")
    found = SIGNATURE.match(sent[0])
    assert (found[1], found[2] != b"0" * 64, left_out) == (b"braket", True, [])


def test_the_digest_of_a_body_is_there_as_ever(owner):
    """``s3:x-amz-content-sha256`` can be asked for by a policy ("Condition keys for Amazon S3")."""
    statement = {
        "Effect": "Allow",
        "Action": "s3:*",
        "Resource": "*",
        "Condition": {"Null": {"s3:x-amz-content-sha256": "false"}},
    }
    client = owner.user("alice", [{"Version": "2012-10-17", "Statement": statement}]).client("s3")
    client.create_bucket(Bucket="bucket")
    client.put_object(Bucket="bucket", Key="k", Body=b"x")
    assert client.get_object(Bucket="bucket", Key="k")["Body"].read() == b"x"
