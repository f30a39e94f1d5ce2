"""Objects that other services write: encrypted as the bucket says, for whom they write.

"DynamoDB data export to Amazon S3" and "Controlling access with Firehose" (developer guides): the bucket's key is used by
the caller who exports, and by the delivery stream's role.
"""

import json
import threading

import pytest

from tests.support.claims import OWNER, allow
from tests.support.functions import make_role, person

pytestmark = pytest.mark.evidence(
    "documented", '"DynamoDB data export to Amazon S3", "Controlling access with Firehose" (developer guides)'
)

ROLE = "delivery-role"


@pytest.fixture
def bucket(owner, key):
    """A bucket that encrypts under a key."""
    buckets = owner.client("s3")
    buckets.create_bucket(Bucket="bucket")
    by_default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    rules = [{"ApplyServerSideEncryptionByDefault": by_default}]
    buckets.put_bucket_encryption(Bucket="bucket", ServerSideEncryptionConfiguration={"Rules": rules})
    return buckets


def written(bucket):
    """The only object of the bucket."""
    (listed,) = bucket.list_objects_v2(Bucket="bucket").get("Contents", [])
    return bucket.get_object(Bucket="bucket", Key=listed["Key"])


@pytest.fixture
def table(owner):
    tables = owner.client("dynamodb")
    described = tables.create_table(
        TableName="table",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )["TableDescription"]
    recovery = {"PointInTimeRecoveryEnabled": True}
    tables.update_continuous_backups(TableName="table", PointInTimeRecoverySpecification=recovery)
    tables.put_item(TableName="table", Item={"id": {"S": "one"}})
    return described["TableArn"]


def export(client, table):
    """The description of an export once it has ended; moto exports in a thread."""
    arn = client.export_table_to_point_in_time(TableArn=table, S3Bucket="bucket", S3Prefix="exported")[
        "ExportDescription"
    ]["ExportArn"]
    for _ in range(6000):
        described = client.describe_export(ExportArn=arn)["ExportDescription"]
        if described["ExportStatus"] != "IN_PROGRESS":
            return described
        threading.Event().wait(0.01)
    raise TimeoutError("the export did not end")


def test_an_export_of_a_table_is_under_the_key_of_the_bucket(aws_world, owner, key, bucket, table):
    exporter = person(owner, "kms:GenerateDataKey")
    assert export(exporter.client("dynamodb"), table)["ExportStatus"] == "COMPLETED"
    assert [each.caller for each in aws_world.decisions if each.action == "kms:GenerateDataKey"] == [exporter.arn]
    found = written(bucket)
    assert (found["ServerSideEncryption"], found["SSEKMSKeyId"]) == ("aws:kms", key)


def test_an_export_fails_for_who_may_not_use_the_key_of_the_bucket(owner, bucket, table):
    exported = export(person(owner).client("dynamodb"), table)
    assert exported["ExportStatus"] == "FAILED"
    assert "kms:GenerateDataKey" in exported["FailureMessage"]
    assert bucket.list_objects_v2(Bucket="bucket")["KeyCount"] == 0


def deliver(account):
    """Put a record into a stream that delivers to the bucket."""
    streams = account.client("firehose")
    if not streams.list_delivery_streams()["DeliveryStreamNames"]:
        streams.create_delivery_stream(
            DeliveryStreamName="stream",
            ExtendedS3DestinationConfiguration={
                "RoleARN": f"arn:aws:iam::{OWNER}:role/{ROLE}",
                "BucketARN": "arn:aws:s3:::bucket",
            },
        )
    return streams.put_record(DeliveryStreamName="stream", Record={"Data": b"data"})["RecordId"]


def test_a_delivery_stream_delivers_as_its_role(aws_world, owner, key, bucket):
    make_role(owner, ROLE, "firehose.amazonaws.com")
    permissions = json.dumps(allow("kms:GenerateDataKey"))
    owner.client("iam").put_role_policy(RoleName=ROLE, PolicyName="key", PolicyDocument=permissions)
    assert deliver(owner)
    (caller,) = [each.caller for each in aws_world.decisions if each.action == "kms:GenerateDataKey"]
    assert caller.startswith(f"arn:aws:sts::{OWNER}:assumed-role/{ROLE}/")
    found = written(bucket)
    assert (found["SSEKMSKeyId"], found["Body"].read()) == (key, b"data")


def test_a_record_is_taken_though_its_delivery_fails(owner, bucket):
    # "Data delivery failure handling": the producer is not told
    make_role(owner, ROLE, "firehose.amazonaws.com")
    assert deliver(owner)
    assert bucket.list_objects_v2(Bucket="bucket")["KeyCount"] == 0


def test_a_bucket_without_a_key_asks_for_none(aws_world, owner):
    owner.client("s3").create_bucket(Bucket="bucket")
    assert deliver(owner)
    assert [each for each in aws_world.decisions if each.action.startswith("kms:")] == []
    assert written(owner.client("s3"))["ServerSideEncryption"] == "AES256"
