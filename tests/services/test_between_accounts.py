"""Queues, streams and tables of other accounts: their policies say who may, and their keys whom they serve.

"Cross-account policy evaluation logic": the resource's policy and the caller's own both have to allow; the key of the
resource likewise, for the caller through the service.
"""

import json

import pytest

from tests.support.claims import OTHER, OWNER, allow, policy, refused
from tests.support.policies import KEY_SIDE, make_key, root, use
from tests.support.services import decided, refused_somehow

pytestmark = pytest.mark.evidence(
    "documented",
    '"Basic examples of Amazon SQS policies", "Sharing your data stream with another account" (Kinesis), "Resource-based '
    'policies for DynamoDB", "Allowing users in other accounts to use a KMS key"',
)

QUEUE = f"arn:aws:sqs:us-east-1:{OWNER}:queue"
URL = f"https://sqs.us-east-1.amazonaws.com/{OWNER}/queue"
STREAM = f"arn:aws:kinesis:us-east-1:{OWNER}:stream/stream"
TABLE = f"arn:aws:dynamodb:us-east-1:{OWNER}:table/table"
BOTH = ["kms:GenerateDataKey", "kms:Decrypt"]


def opened(arn, *actions):
    return json.dumps(policy({**use(root(OTHER), list(actions)), "Resource": arn}))


class Queue:
    service, writes, reads = "sqs", "sqs:SendMessage", "sqs:ReceiveMessage"
    denied, by_key = ("AccessDenied", 403), "KMS.AccessDeniedException"

    @staticmethod
    def make(owner, key):
        owner.client("sqs").create_queue(QueueName="queue", Attributes={"KmsMasterKeyId": key})

    @staticmethod
    def open(owner, *actions):
        owner.client("sqs").set_queue_attributes(QueueUrl=URL, Attributes={"Policy": opened(QUEUE, *actions)})

    @staticmethod
    def write(client):
        client.send_message(QueueUrl=URL, MessageBody="text")

    @staticmethod
    def read(client):
        return [each["Body"] for each in client.receive_message(QueueUrl=URL).get("Messages", [])]


class Stream:
    service, writes, reads = "kinesis", "kinesis:PutRecord", "kinesis:Get*"
    denied, by_key = ("AccessDeniedException", 400), "KMSAccessDeniedException"

    @staticmethod
    def make(owner, key):
        owner.client("kinesis").create_stream(StreamName="stream", ShardCount=1)
        owner.client("kinesis").start_stream_encryption(StreamName="stream", EncryptionType="KMS", KeyId=key)

    @staticmethod
    def open(owner, *actions):
        owner.client("kinesis").put_resource_policy(ResourceARN=STREAM, Policy=opened(STREAM, *actions))

    @staticmethod
    def write(client):
        client.put_record(StreamARN=STREAM, Data=b"text", PartitionKey="p")

    @staticmethod
    def read(client):
        asked = {"ShardId": "shardId-000000000000", "ShardIteratorType": "TRIM_HORIZON"}
        iterator = client.get_shard_iterator(StreamARN=STREAM, **asked)["ShardIterator"]
        records = client.get_records(ShardIterator=iterator, StreamARN=STREAM)["Records"]
        return [each["Data"].decode() for each in records]


class Table:
    service, writes, reads = "dynamodb", "dynamodb:PutItem", "dynamodb:GetItem"
    denied, by_key = ("AccessDeniedException", 400), "AccessDeniedException"

    @staticmethod
    def make(owner, key):
        owner.client("dynamodb").create_table(
            TableName="table",
            AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
            SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key},
        )

    @staticmethod
    def open(owner, *actions):
        owner.client("dynamodb").put_resource_policy(ResourceArn=TABLE, Policy=opened(TABLE, *actions))

    @staticmethod
    def write(client):
        client.put_item(TableName=TABLE, Item={"p": {"S": "text"}})

    @staticmethod
    def read(client):
        return [client.get_item(TableName=TABLE, Key={"p": {"S": "text"}})["Item"]["p"]["S"]]


KINDS = [pytest.param(each, id=each.service) for each in (Queue, Stream, Table)]


@pytest.fixture
def key(kms):
    """A key that lets the other account encrypt and decrypt."""
    return make_key(kms, use(root(OTHER), BOTH))


@pytest.fixture
def writer(other):
    """A user of the other account who may do everything there."""
    return other.user("writer", [allow("*")])


@pytest.mark.parametrize("kind", KINDS)
def test_who_the_policy_and_the_key_let_in_writes_and_reads(aws_world, owner, writer, key, kind):
    kind.make(owner, key)
    kind.open(owner, kind.writes, kind.reads)
    client = writer.client(kind.service)
    with decided(aws_world) as asked:
        kind.write(client)
        assert kind.read(client) == ["text"]
    assert {(each.caller, each.resource) for each in asked} == {(writer.arn, key)}
    assert {each.request.context["kms:calleraccount"] for each in asked} == {OTHER}
    assert {each.request.context["kms:viaservice"] for each in asked} == {f"{kind.service}.us-east-1.amazonaws.com"}


@pytest.mark.parametrize("kind", KINDS)
def test_what_one_account_wrote_the_owner_reads(owner, writer, key, kind):
    kind.make(owner, key)
    kind.open(owner, kind.writes)
    kind.write(writer.client(kind.service))
    assert kind.read(owner.client(kind.service)) == ["text"]


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_policy_that_lets_it_in_no_account_writes(owner, writer, key, kind):
    kind.make(owner, key)
    action = kind.writes
    code, status = kind.denied
    with refused(
        code, f"User: {writer.arn} is not authorized to perform: {action} on this resource {KEY_SIDE}", status
    ):
        kind.write(writer.client(kind.service))


@pytest.mark.parametrize("kind", KINDS)
def test_the_callers_own_policies_have_to_allow_too(owner, other, key, kind):
    kind.make(owner, key)
    kind.open(owner, kind.writes)
    nobody = other.user("nobody", [allow("kms:*")])
    code, status = kind.denied
    with refused(code, None, status):
        kind.write(nobody.client(kind.service))


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_that_does_not_let_the_account_in_refuses_though_the_policy_does(aws_world, owner, kms, writer, kind):
    kind.make(owner, make_key(kms))
    kind.open(owner, kind.writes, kind.reads)
    with refused_somehow(kind.by_key):
        kind.write(writer.client(kind.service))
    refusal = aws_world.refusals[-1]
    assert f'"AWS": "{root(OTHER)}"' in refusal.explain() or f'"AWS": "{writer.arn}"' in refusal.explain()
    kind.write(owner.client(kind.service))
    assert kind.read(owner.client(kind.service)) == ["text"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_callers_own_policies_have_to_allow_the_key(owner, other, key, kind):
    kind.make(owner, key)
    kind.open(owner, kind.writes)
    nobody = other.user("nobody", [allow(f"{kind.service}:*")])
    with refused_somehow(kind.by_key):
        kind.write(nobody.client(kind.service))


@pytest.mark.parametrize("kind", KINDS)
def test_a_disabled_key_refuses_every_account(owner, kms, writer, key, kind):
    kind.make(owner, key)
    kind.open(owner, kind.writes)
    kms.disable_key(KeyId=key)
    with refused_somehow():
        kind.write(writer.client(kind.service))


@pytest.mark.evidence("assumed", "whose aws/sqs key a writer of another account gets")
def test_what_is_sent_under_a_managed_key_of_the_senders_the_owner_cannot_read(owner, writer):
    Queue.make(owner, "alias/aws/sqs")
    Queue.open(owner, Queue.writes)
    Queue.write(writer.client("sqs"))
    with refused_somehow("KMS.AccessDeniedException"):
        Queue.read(owner.client("sqs"))
