"""Delivery streams read encrypted streams as the role of their source."""

import json

import pytest

from tests.support.claims import OWNER, allow
from tests.support.policies import make_key
from tests.support.services import decided

pytestmark = pytest.mark.evidence(
    "documented",
    '"Controlling access with Amazon Data Firehose": kms:Decrypt for the role of a source that is encrypted; '
    '"CloudWatch metrics for server-side encryption"',
)

READER = f"arn:aws:firehose:us-east-1:{OWNER}:deliverystream/reader"
STREAM = f"arn:aws:kinesis:us-east-1:{OWNER}:stream/stream"
WRITES = allow(["s3:*", "kinesis:*"])


@pytest.fixture
def kinesis(owner):
    client = owner.client("kinesis")
    client.create_stream(StreamName="stream", ShardCount=1)
    return client


@pytest.fixture
def delivered(owner, kinesis):
    """Has a role read the stream into a bucket, and gives what tells the bodies that came there."""

    def reading(*policies):
        role = owner.role("reader", [WRITES, *policies], trust="firehose.amazonaws.com").arn
        s3 = owner.client("s3")
        s3.create_bucket(Bucket="delivered")
        owner.client("firehose").create_delivery_stream(
            DeliveryStreamName="reader",
            DeliveryStreamType="KinesisStreamAsSource",
            KinesisStreamSourceConfiguration={"KinesisStreamARN": STREAM, "RoleARN": role},
            ExtendedS3DestinationConfiguration={"RoleARN": role, "BucketARN": "arn:aws:s3:::delivered"},
        )

        def bodies():
            listed = s3.list_objects_v2(Bucket="delivered").get("Contents", [])
            return [s3.get_object(Bucket="delivered", Key=each["Key"])["Body"].read() for each in listed]

        return bodies

    return reading


def test_a_stream_in_the_clear_is_read(kinesis, delivered):
    bodies = delivered()
    kinesis.put_records(StreamName="stream", Records=[{"Data": each, "PartitionKey": "p"} for each in (b"a", b"b")])
    assert bodies() == [b"ab"]


def test_an_encrypted_stream_is_read_by_who_may_decrypt(aws_world, kms, kinesis, delivered):
    bodies = delivered(allow("kms:Decrypt"))
    kinesis.start_stream_encryption(StreamName="stream", EncryptionType="KMS", KeyId=make_key(kms))
    with decided(aws_world) as asked:
        kinesis.put_record(StreamName="stream", Data=b"data", PartitionKey="p")
    assert bodies() == [b"data"]
    (of_role,) = [each for each in asked if "role/reader" in each.caller]
    assert (of_role.action, of_role.request.context["kms:viaservice"]) == (
        "kms:Decrypt",
        "kinesis.us-east-1.amazonaws.com",
    )
    event = aws_world.events[-1]
    assert event["eventName"] == "Decrypt"
    assert event["requestParameters"]["encryptionContext"] == {"aws:kinesis:arn": STREAM}


@pytest.mark.parametrize("policy", ["none", "deny"])
def test_what_the_role_may_not_read_is_not_delivered_and_counted(aws_world, owner, kms, kinesis, delivered, policy):
    denies = {"Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*"}
    bodies = delivered(*([] if policy == "none" else [{"Version": "2012-10-17", "Statement": [denies]}]))
    key = make_key(kms)
    kinesis.start_stream_encryption(StreamName="stream", EncryptionType="KMS", KeyId=key)
    assert kinesis.put_record(StreamName="stream", Data=b"data", PartitionKey="p")["EncryptionType"] == "KMS"
    assert bodies() == []
    (refusal,) = aws_world.refusals
    assert (refusal.late.about, refusal.late.outcome) == (READER, f"gets no records of {STREAM}")
    assert "role reader" in refusal.explain()
    metrics = owner.client("cloudwatch").list_metrics(Namespace="AWS/Firehose")["Metrics"]
    shown = [(each["MetricName"], each["Dimensions"]) for each in metrics]
    assert shown == [("KMSKeyAccessDenied", [{"Name": "DeliveryStreamName", "Value": "reader"}])]


def test_a_role_that_nobody_made_is_the_account_itself(owner, kms, kinesis, delivered):
    bodies = delivered()
    owner.client("iam").delete_role_policy(
        RoleName="reader",
        PolicyName=owner.client("iam").list_role_policies(RoleName="reader")["PolicyNames"][0],
    )
    owner.client("iam").delete_role(RoleName="reader")
    kinesis.start_stream_encryption(StreamName="stream", EncryptionType="KMS", KeyId=make_key(kms))
    kinesis.put_record(StreamName="stream", Data=json.dumps({"n": 1}).encode(), PartitionKey="p")
    assert bodies() == [b'{"n": 1}']
