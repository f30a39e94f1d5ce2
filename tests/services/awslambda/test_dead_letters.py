"""What a function was not run for is in its dead-letter queue, put there by its execution role."""

import json

import pytest

from tests.support.claims import OWNER, allow
from tests.support.functions import make_function, make_role
from tests.support.policies import make_key

pytestmark = pytest.mark.evidence("documented", '"Adding a dead-letter queue" (AWS Lambda developer guide)')

LETTERS = f"arn:aws:sqs:us-east-1:{OWNER}:letters"
TOPIC = f"arn:aws:sns:us-east-1:{OWNER}:topic"
ALL = ["RequestID", "ErrorCode", "ErrorMessage"]


@pytest.fixture
def letters(owner):
    """Makes a queue, and gives what tells its messages."""

    def queue(**attributes):
        sqs = owner.client("sqs")
        url = sqs.create_queue(QueueName="letters", Attributes=attributes)["QueueUrl"]
        return lambda: sqs.receive_message(QueueUrl=url, MessageAttributeNames=ALL).get("Messages", [])

    return queue


def lost(owner, kms, target, *actions):
    """A function that is not run for an event, because its key is disabled."""
    key, client = make_key(kms), owner.client("lambda")
    made = make_function(client, make_role(owner), {"a": "b"}, KMSKeyArn=key, DeadLetterConfig={"TargetArn": target})
    assert made["DeadLetterConfig"] == {"TargetArn": target}
    if actions:
        text = json.dumps(allow(list(actions)))
        owner.client("iam").put_role_policy(RoleName="function-role", PolicyName="p", PolicyDocument=text)
    kms.disable_key(KeyId=key)
    answer = client.invoke(FunctionName="function", InvocationType="Event", Payload=b'{"n": 1}')
    assert answer["StatusCode"] == 202
    return client


def test_the_letter_is_the_event_with_what_went_wrong(owner, kms, letters):
    found = letters()
    lost(owner, kms, LETTERS)
    (letter,) = found()
    assert json.loads(letter["Body"]) == {"n": 1}
    told = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
    assert told["ErrorCode"] == "502"
    assert "the KMS key used is disabled" in told["ErrorMessage"]
    assert set(told) == set(ALL)


def test_a_topic_takes_letters_too(owner, kms, letters):
    found, sns = letters(), owner.client("sns")
    sns.create_topic(Name="topic")
    sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=LETTERS, Attributes={"RawMessageDelivery": "true"})
    lost(owner, kms, TOPIC)
    (letter,) = found()
    assert json.loads(letter["Body"]) == {"n": 1}


@pytest.mark.parametrize("permitted", [True, False])
def test_an_encrypted_queue_needs_the_role_to_have_its_key(aws_world, owner, kms, letters, permitted):
    found = letters(KmsMasterKeyId=make_key(kms))
    lost(owner, kms, LETTERS, *(["kms:GenerateDataKey", "kms:Decrypt"] if permitted else []))
    assert len(found()) == permitted
    told = [each.late.about for each in aws_world.refusals]
    assert told == ["function"] + ([] if permitted else [LETTERS])
    metrics = owner.client("cloudwatch").list_metrics(Namespace="AWS/Lambda")["Metrics"]
    shown = [(each["MetricName"], each["Dimensions"][0]["Value"]) for each in metrics]
    assert shown == ([] if permitted else [("DeadLetterErrors", "function")])


def test_where_letters_go_is_shown_and_can_be_changed(owner, kms):
    client = lost(owner, kms, LETTERS)
    other = f"arn:aws:sqs:us-east-1:{OWNER}:other"
    changed = client.update_function_configuration(FunctionName="function", DeadLetterConfig={"TargetArn": other})
    assert changed["DeadLetterConfig"] == {"TargetArn": other}
    assert client.get_function(FunctionName="function")["Configuration"]["DeadLetterConfig"] == {"TargetArn": other}
    (listed,) = client.list_functions()["Functions"]
    assert listed["DeadLetterConfig"] == {"TargetArn": other}
    client.update_function_configuration(FunctionName="function", DeadLetterConfig={"TargetArn": ""})
    assert "DeadLetterConfig" not in client.get_function_configuration(FunctionName="function")
