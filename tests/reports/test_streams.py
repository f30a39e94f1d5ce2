"""Public reports on streams under keys: producers and consumers are asked for the key themselves."""

import re

import pytest

from tests.support.claims import policy, refused
from tests.support.policies import everything_but_kms
from tests.support.reports import make_key

pytestmark = pytest.mark.evidence("reported", "public reports, named at each test")

PUT = {"StreamName": "stream", "Data": b"x", "PartitionKey": "p"}


def stream_under(account, key):
    kinesis = account.client("kinesis")
    kinesis.create_stream(StreamName="stream", ShardCount=1)
    kinesis.start_stream_encryption(StreamName="stream", EncryptionType="KMS", KeyId=key)
    return kinesis


def test_a_producer_without_generate_data_key_is_refused_by_the_stream(owner):
    # serverless-operations/serverless-apigateway-service-proxy issue 101
    key = make_key(owner)
    stream_under(owner, key)
    producer = owner.user("producer", [everything_but_kms("kms:Decrypt")])
    text = f"User: {producer.arn} is not authorized to perform: kms:GenerateDataKey on resource: {key}"
    with refused("KMSAccessDeniedException", re.compile(re.escape(text) + ".*")):
        producer.client("kinesis").put_record(**PUT)
    enough = owner.user("enough", [everything_but_kms("kms:GenerateDataKey")])
    assert enough.client("kinesis").put_record(**PUT)["EncryptionType"] == "KMS"


def test_a_consumer_without_decrypt_is_refused_by_the_stream(owner):
    # spring-attic/spring-cloud-stream-binder-aws-kinesis pull request 188
    key = make_key(owner)
    kinesis = stream_under(owner, key)
    kinesis.put_record(**PUT)
    consumer = owner.user("consumer", [everything_but_kms()])

    def read(client):
        shard = client.list_shards(StreamName="stream")["Shards"][0]["ShardId"]
        ask = {"StreamName": "stream", "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
        iterator = client.get_shard_iterator(**ask)["ShardIterator"]
        return [each["Data"] for each in client.get_records(ShardIterator=iterator)["Records"]]

    with refused("KMSAccessDeniedException"):
        read(consumer.client("kinesis"))
    enough = owner.user("enough", [everything_but_kms("kms:Decrypt", resource=key)])
    assert read(enough.client("kinesis")) == [b"x"]


def test_who_puts_records_into_a_new_delivery_stream_under_a_customer_key_needs_the_key(owner):
    # ministryofjustice/modernisation-platform issues 12957 and 12960 quote AWS: for streams made since 20 April 2026
    key = make_key(owner)
    trust = policy({"Effect": "Allow", "Principal": {"Service": "firehose.amazonaws.com"}, "Action": "sts:AssumeRole"})
    role = owner.role(
        "delivery", policies=[policy({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})], trust=trust
    )
    owner.client("s3").create_bucket(Bucket="bucket")
    firehose = owner.client("firehose")
    firehose.create_delivery_stream(
        DeliveryStreamName="stream",
        DeliveryStreamEncryptionConfigurationInput={"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": key},
        ExtendedS3DestinationConfiguration={"RoleARN": role.arn, "BucketARN": "arn:aws:s3:::bucket"},
    )
    told = firehose.describe_delivery_stream(DeliveryStreamName="stream")["DeliveryStreamDescription"]
    assert told["DeliveryStreamEncryptionConfiguration"] == {
        "KeyARN": key,
        "KeyType": "CUSTOMER_MANAGED_CMK",
        "Status": "ENABLED",
    }
    record = {"DeliveryStreamName": "stream", "Record": {"Data": b"x"}}
    for less in (["kms:GenerateDataKey"], ["kms:Decrypt"], []):
        lacks = owner.user(f"lacks-{len(less)}-{'-'.join(less)[4:]}", [everything_but_kms(*less)])
        # modernisation-platform-environments pull request 19063: the code is InvalidKMSResourceException
        with refused("InvalidKMSResourceException"):
            lacks.client("firehose").put_record(**record)
    enough = owner.user("enough", [everything_but_kms("kms:GenerateDataKey", "kms:Decrypt")])
    assert enough.client("firehose").put_record(**record)["Encrypted"] is True
    firehose.create_delivery_stream(
        DeliveryStreamName="own",
        DeliveryStreamEncryptionConfigurationInput={"KeyType": "AWS_OWNED_CMK"},
        ExtendedS3DestinationConfiguration={"RoleARN": role.arn, "BucketARN": "arn:aws:s3:::bucket"},
    )
    producer = owner.user("producer", [everything_but_kms()]).client("firehose")
    assert producer.put_record(DeliveryStreamName="own", Record={"Data": b"x"})["Encrypted"] is True
    firehose.stop_delivery_stream_encryption(DeliveryStreamName="own")
    batch = producer.put_record_batch(DeliveryStreamName="own", Records=[{"Data": b"x"}])
    assert (batch["Encrypted"], batch["FailedPutCount"]) == (False, 0)
