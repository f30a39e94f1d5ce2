"""Delivery streams: Firehose has a grant, and producers need the key themselves."""

import pytest

from tests.support.claims import OWNER, refused
from tests.support.ec2 import grants
from tests.support.policies import lacking
from tests.support.services import actions, decided, person

pytestmark = pytest.mark.evidence(
    "documented", '"Data protection in Amazon Data Firehose" and the note on producers of April 2026'
)

STREAM = f"arn:aws:firehose:us-east-1:{OWNER}:deliverystream/stream"


@pytest.fixture
def firehose(owner, key):
    owner.client("s3").create_bucket(Bucket="hose")
    client = owner.client("firehose")
    role = f"arn:aws:iam::{OWNER}:role/firehose"
    client.create_delivery_stream(
        DeliveryStreamName="stream",
        DeliveryStreamEncryptionConfigurationInput={"KeyARN": key, "KeyType": "CUSTOMER_MANAGED_CMK"},
        S3DestinationConfiguration={"RoleARN": role, "BucketARN": "arn:aws:s3:::hose"},
    )
    return client


def put(client):
    return client.put_record(DeliveryStreamName="stream", Record={"Data": b"x"})


def test_firehose_has_a_grant_for_the_stream(owner, firehose, key):
    (grant,) = grants(owner, key)
    assert grant["GranteePrincipal"] == "firehose.us-east-1.amazonaws.com"
    assert grant["Constraints"] == {"EncryptionContextSubset": {"aws:kinesis:firehose:arn": STREAM}}


def test_a_producer_needs_both_permissions(aws_world, owner, firehose, key):
    half = person(owner, "kms:GenerateDataKey", name="half")
    with refused("InvalidKMSResourceException", lacking(half, "kms:Decrypt", key)):
        put(half.client("firehose"))
    with decided(aws_world) as asked:
        put(person(owner, "kms:GenerateDataKey", "kms:Decrypt").client("firehose"))
    assert actions(asked) == ["kms:GenerateDataKey", "kms:Decrypt"]


def test_a_disabled_key_takes_no_records_until_the_encryption_is_stopped(firehose, kms, key):
    kms.disable_key(KeyId=key)
    with refused("InvalidKMSResourceException", f"{key} is disabled."):
        put(firehose)
    firehose.stop_delivery_stream_encryption(DeliveryStreamName="stream")
    put(firehose)


def test_the_grant_goes_with_the_encryption_and_is_not_left_by_what_is_refused(owner, firehose, key):
    role = f"arn:aws:iam::{OWNER}:role/firehose"
    with refused("ResourceInUseException"):
        firehose.create_delivery_stream(
            DeliveryStreamName="stream",
            DeliveryStreamEncryptionConfigurationInput={"KeyARN": key, "KeyType": "CUSTOMER_MANAGED_CMK"},
            S3DestinationConfiguration={"RoleARN": role, "BucketARN": "arn:aws:s3:::hose"},
        )
    assert len(grants(owner, key)) == 1
    firehose.delete_delivery_stream(DeliveryStreamName="stream")
    assert grants(owner, key) == []
