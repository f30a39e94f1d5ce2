"""A stored key name that is no ARN is resolved in the account of whoever writes ("Key identifiers", KMS developer guide).

Observed with secrets (corrections of the facts) and with buckets (aws/aws-cli#8405): the service passes the name on as it
was stored, in the name of the caller. What stores the ARN when it is made (tables) is not concerned.
"""

import json
import re
from contextlib import contextmanager

import pytest
from botocore.exceptions import ClientError

from tests.support.claims import OTHER, OWNER, allow, policy

pytestmark = pytest.mark.evidence(
    "reported", 'aws/aws-cli#8405 (buckets) and reports on secrets; "Key identifiers" (KMS developer guide)'
)

SDK = r" \(Service: AWSKMS; Status Code: 400; Error Code: NotFoundException; Request ID: [0-9a-f-]{36}; Proxy: null\)"
EVERYBODY = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"}, "Action": "*", "Resource": "*"}


@contextmanager
def not_found(code, before, text, after=SDK, status=400):
    """The block is refused with KMS's NotFoundException in the words of a service."""
    with pytest.raises(ClientError) as caught:
        yield
    error = caught.value.response["Error"]
    assert (error["Code"], caught.value.response["ResponseMetadata"]["HTTPStatusCode"]) == (code, status), error
    assert re.fullmatch(re.escape(before + text) + after, error["Message"]), error["Message"]


@pytest.fixture
def shared(kms):
    """The id of a key that lets the other account do everything."""
    delegate = {**EVERYBODY, "Principal": {"AWS": [f"arn:aws:iam::{each}:root" for each in (OWNER, OTHER)]}}
    key = kms.create_key(Policy=json.dumps(policy(delegate)))["KeyMetadata"]
    kms.create_alias(AliasName="alias/shared", TargetKeyId=key["KeyId"])
    return key


@pytest.fixture
def writer(other):
    """A user of the other account who may do everything there."""
    return other.user("writer", [allow("*")])


def missing(name, shared, account=OTHER):
    """What KMS says of the name in an account that has no such key."""
    if name == "id":
        return f"Key 'arn:aws:kms:us-east-1:{account}:key/{shared['KeyId']}' does not exist"
    return f"Alias arn:aws:kms:us-east-1:{account}:alias/shared is not found."


def named(name, shared):
    return {"id": shared["KeyId"], "alias": "alias/shared", "arn": shared["Arn"]}[name]


# --- secrets ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def secret(owner):
    def make(key_id):
        secrets = owner.client("secretsmanager")
        arn = secrets.create_secret(Name="secret", SecretString="first", KmsKeyId=key_id)["ARN"]
        secrets.put_resource_policy(SecretId=arn, ResourcePolicy=json.dumps(policy(EVERYBODY)))
        return arn

    return make


@pytest.mark.parametrize("operation", ["put_secret_value", "update_secret"])
def test_a_secret_under_a_bare_id_cannot_be_written_from_another_account(owner, writer, shared, secret, operation):
    arn = secret(shared["KeyId"])
    before = "Secrets Manager can't encrypt the secret value: "
    with not_found("EncryptionFailure", before, missing("id", shared)):
        getattr(writer.client("secretsmanager"), operation)(SecretId=arn, SecretString="second")
    assert owner.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"] == "first"


@pytest.mark.parametrize("name", ["id", "alias", "arn"])
def test_a_secret_under_any_name_can_be_read_from_another_account(writer, shared, secret, name):
    arn = secret(named(name, shared))
    assert writer.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"] == "first"


@pytest.mark.parametrize("name", ["arn", "alias"])
def test_a_secret_under_an_arn_can_be_written_from_another_account(owner, writer, shared, secret, name):
    # of an alias Secrets Manager keeps the ARN (DescribeSecret, API reference: "the key ID or alias ARN of the KMS key")
    arn = secret(named(name, shared))
    writer.client("secretsmanager").put_secret_value(SecretId=arn, SecretString="second")
    assert owner.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"] == "second"


# --- queues -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def queue(owner):
    def make(key_id):
        queues = owner.client("sqs")
        attributes = {"KmsMasterKeyId": key_id, "Policy": json.dumps(policy(EVERYBODY))}
        return queues.create_queue(QueueName="queue", Attributes=attributes)["QueueUrl"]

    return make


@pytest.mark.parametrize("name", ["id", "alias"])
def test_a_queue_under_a_bare_name_takes_no_messages_from_another_account(owner, writer, shared, queue, name):
    url = queue(named(name, shared))
    with not_found("KMS.NotFoundException", "", missing(name, shared)):
        writer.client("sqs").send_message(QueueUrl=url, MessageBody="text")
    owner.client("sqs").send_message(QueueUrl=url, MessageBody="text")
    (message,) = writer.client("sqs").receive_message(QueueUrl=url)["Messages"]
    assert message["Body"] == "text"


def test_a_queue_under_an_arn_takes_messages_from_another_account(owner, writer, shared, queue):
    url = queue(shared["Arn"])
    writer.client("sqs").send_message(QueueUrl=url, MessageBody="text")
    assert owner.client("sqs").receive_message(QueueUrl=url)["Messages"][0]["Body"] == "text"


# --- topics -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def topic(owner):
    def make(key_id):
        topics = owner.client("sns")
        arn = topics.create_topic(Name="topic", Attributes={"KmsMasterKeyId": key_id})["TopicArn"]
        statement = {**EVERYBODY, "Action": "sns:Publish", "Resource": arn}
        topics.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=json.dumps(policy(statement)))
        return arn

    return make


@pytest.mark.parametrize("name", ["id", "alias"])
def test_a_topic_under_a_bare_name_takes_nothing_from_another_account(owner, writer, shared, topic, name):
    arn = topic(named(name, shared))
    with not_found("KMSNotFound", "", missing(name, shared)):
        writer.client("sns").publish(TopicArn=arn, Message="text")
    assert owner.client("sns").publish(TopicArn=arn, Message="text")["MessageId"]


def test_a_topic_under_an_arn_takes_messages_from_another_account(writer, shared, topic):
    assert writer.client("sns").publish(TopicArn=topic(shared["Arn"]), Message="text")["MessageId"]


# --- streams ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def stream(owner):
    def make(key_id):
        streams = owner.client("kinesis")
        streams.create_stream(StreamName="stream", ShardCount=1)
        streams.start_stream_encryption(StreamName="stream", EncryptionType="KMS", KeyId=key_id)
        arn = streams.describe_stream_summary(StreamName="stream")["StreamDescriptionSummary"]["StreamARN"]
        statement = {**EVERYBODY, "Action": "kinesis:*", "Resource": arn}
        streams.put_resource_policy(ResourceARN=arn, Policy=json.dumps(policy(statement)))
        return arn

    return make


@pytest.mark.parametrize("name", ["id", "alias"])
def test_a_stream_under_a_bare_name_takes_no_records_from_another_account(owner, writer, shared, stream, name):
    arn = stream(named(name, shared))
    with not_found("KMSNotFoundException", "", missing(name, shared), after=f"({SDK})?"):
        writer.client("kinesis").put_record(StreamARN=arn, Data=b"data", PartitionKey="key")
    assert owner.client("kinesis").put_record(StreamName="stream", Data=b"data", PartitionKey="key")["ShardId"]


def test_a_stream_under_an_arn_takes_records_from_another_account(owner, writer, shared, stream):
    arn = stream(shared["Arn"])
    writer.client("kinesis").put_record(StreamARN=arn, Data=b"data", PartitionKey="key")
    streams = owner.client("kinesis")
    shard = streams.list_shards(StreamName="stream")["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(StreamName="stream", ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    records = streams.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
    assert [each["Data"] for each in records] == [b"data"]


# --- buckets and tables -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["id", "alias"])
def test_a_bucket_under_a_bare_name_takes_no_objects_from_another_account(owner, writer, shared, name):
    # aws/aws-cli#8405
    buckets = owner.client("s3")
    buckets.create_bucket(Bucket="bucket")
    statement = {**EVERYBODY, "Resource": ["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"], "Action": "s3:*"}
    buckets.put_bucket_policy(Bucket="bucket", Policy=json.dumps(policy(statement)))
    by_default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": named(name, shared)}
    buckets.put_bucket_encryption(
        Bucket="bucket",
        ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": by_default}]},
    )
    with not_found("KMS.NotFoundException", "", missing(name, shared), after=""):
        writer.client("s3").put_object(Bucket="bucket", Key="object", Body=b"text")


@pytest.mark.parametrize("name", ["id", "alias", "arn"])
def test_a_table_keeps_the_arn_so_that_other_accounts_find_its_key(owner, writer, shared, name):
    tables = owner.client("dynamodb")
    made = tables.create_table(
        TableName="table",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": named(name, shared)},
    )["TableDescription"]
    arn = made["TableArn"]
    assert made["SSEDescription"]["KMSMasterKeyArn"] == shared["Arn"]
    statement = {**EVERYBODY, "Action": ["dynamodb:PutItem", "dynamodb:GetItem"], "Resource": arn}
    tables.put_resource_policy(ResourceArn=arn, Policy=json.dumps(policy(statement)))
    writer.client("dynamodb").put_item(TableName=arn, Item={"id": {"S": "one"}})
    assert tables.get_item(TableName="table", Key={"id": {"S": "one"}})["Item"] == {"id": {"S": "one"}}
