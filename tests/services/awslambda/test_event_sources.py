"""Event source mappings read encrypted queues and streams as the execution role of the function."""

import json

import pytest
from moto.awslambda.models import LambdaFunction

from tests.support.claims import OWNER, allow
from tests.support.functions import make_function, make_role
from tests.support.policies import make_key
from tests.support.services import decided

pytestmark = pytest.mark.evidence(
    "documented",
    '"Using Lambda with Amazon SQS": an encrypted queue needs kms:Decrypt for the execution role; likewise of streams',
)

FUNCTION = f"arn:aws:lambda:us-east-1:{OWNER}:function:function"
QUEUE = f"arn:aws:sqs:us-east-1:{OWNER}:queue"


@pytest.fixture
def function(owner):
    """A function with an event source; gives the client of Lambda."""
    client = owner.client("lambda")
    make_function(client, make_role(owner))
    return client


def role_may(owner, *actions):
    role = owner.get_role("function-role")
    if actions:
        owner.client("iam").put_role_policy(
            RoleName="function-role", PolicyName="keys", PolicyDocument=json.dumps(allow(list(actions)))
        )
    return role


@pytest.fixture
def queue(owner, key):
    """Tells how many messages wait, without reading them."""
    sqs = owner.client("sqs")
    url = sqs.create_queue(QueueName="queue", Attributes={"KmsMasterKeyId": key})["QueueUrl"]

    def waiting():
        asked = ["ApproximateNumberOfMessages"]
        return int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=asked)["Attributes"][asked[0]])

    return url, waiting


def test_messages_are_opened_by_the_execution_role(aws_world, owner, function, queue):
    url, waiting = queue
    role_may(owner, "kms:Decrypt")
    function.create_event_source_mapping(FunctionName="function", EventSourceArn=QUEUE)
    with decided(aws_world) as asked:
        owner.client("sqs").send_message(QueueUrl=url, MessageBody="text")
    assert waiting() == 0
    session = f"arn:aws:sts::{OWNER}:assumed-role/function-role/function"
    assert [(each.action, each.caller) for each in asked] == [
        ("kms:GenerateDataKey", f"arn:aws:iam::{OWNER}:root"),
        ("kms:Decrypt", f"arn:aws:iam::{OWNER}:root"),
        ("kms:Decrypt", session),
    ]
    assert asked[-1].request.context["kms:viaservice"] == "sqs.us-east-1.amazonaws.com"


def test_messages_that_the_role_may_not_open_stay_in_the_queue(aws_world, owner, function, queue):
    url, waiting = queue
    function.create_event_source_mapping(FunctionName="function", EventSourceArn=QUEUE)
    owner.client("sqs").send_message(QueueUrl=url, MessageBody="text")
    assert waiting() == 1
    (refusal,) = aws_world.refusals
    assert (refusal.late.about, refusal.late.outcome) == (FUNCTION, f"gets no messages of {QUEUE}")
    assert refusal.error.code == "KMS.AccessDeniedException"
    assert f"caller    arn:aws:sts::{OWNER}:assumed-role/function-role/function" in refusal.explain()
    role_may(owner, "kms:Decrypt")
    owner.client("sqs").send_message(QueueUrl=url, MessageBody="second")
    assert waiting() == 0


def test_a_message_in_the_clear_asks_nobody(aws_world, owner, function):
    url = owner.client("sqs").create_queue(QueueName="queue")["QueueUrl"]
    function.create_event_source_mapping(FunctionName="function", EventSourceArn=QUEUE)
    with decided(aws_world) as asked:
        owner.client("sqs").send_message(QueueUrl=url, MessageBody="text")
    assert asked == []


@pytest.mark.parametrize("permitted", [True, False])
def test_records_of_a_stream_are_opened_by_the_execution_role(aws_world, monkeypatch, owner, kms, function, permitted):
    monkeypatch.setattr(LambdaFunction, "invoke", lambda *_: "")  # moto runs a container for streams in any case
    key, kinesis = make_key(kms), owner.client("kinesis")
    kinesis.create_stream(StreamName="stream", ShardCount=1)
    arn = kinesis.describe_stream_summary(StreamName="stream")["StreamDescriptionSummary"]["StreamARN"]
    kinesis.start_stream_encryption(StreamName="stream", EncryptionType="KMS", KeyId=key)
    role_may(owner, *(["kms:Decrypt"] if permitted else []))
    function.create_event_source_mapping(FunctionName="function", EventSourceArn=arn, StartingPosition="LATEST")
    with decided(aws_world) as asked:
        kinesis.put_record(StreamName="stream", Data=b"data", PartitionKey="key")
    of_role = [(each.action, each.allowed) for each in asked if "function-role" in each.caller]
    assert of_role == [("kms:Decrypt", permitted)]
    told = [] if permitted else [(FUNCTION, f"gets no records of {arn}")]
    assert [(each.late.about, each.late.outcome) for each in aws_world.refusals] == told
