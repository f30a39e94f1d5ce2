"""EventBridge and S3 send to encrypted queues and topics as themselves, for the sake of a rule or a bucket."""

import json

import pytest

from tests.support.claims import OWNER, policy, refused
from tests.support.policies import make_key, use
from tests.support.services import decided

pytestmark = pytest.mark.evidence(
    "documented", '"Key management" (SQS) and "Managing Amazon SNS encryption keys": compatibility with event sources'
)

QUEUE = f"arn:aws:sqs:us-east-1:{OWNER}:queue"
TOPIC = f"arn:aws:sns:us-east-1:{OWNER}:topic"
SEND = ["kms:GenerateDataKey*", "kms:Decrypt"]


def admitting(service, action, resource):
    """A resource's policy that lets a service send; it says nothing about the key."""
    allowed = {"Effect": "Allow", "Principal": {"Service": service}, "Action": action, "Resource": resource}
    return json.dumps(policy(allowed))


def queue(owner, key=None):
    """A queue, and what tells its messages."""
    sqs, attributes = owner.client("sqs"), {"KmsMasterKeyId": key} if key else {}
    url = sqs.create_queue(QueueName="queue", Attributes=attributes)["QueueUrl"]

    def bodies():
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        return [each["Body"] for each in answer.get("Messages", [])]

    return bodies


@pytest.mark.parametrize("named", [True, False])
def test_a_rule_sends_as_eventbridge_for_whom_the_key_policy_says(aws_world, owner, kms, named):
    key = make_key(kms, use({"Service": "events.amazonaws.com"}, SEND)) if named else make_key(kms)
    bodies, events = queue(owner, key), owner.client("events")
    rule = events.put_rule(Name="rule", EventPattern=json.dumps({"source": ["app"]}))["RuleArn"]
    events.put_targets(Rule="rule", Targets=[{"Id": "queue", "Arn": QUEUE}])
    with decided(aws_world) as asked:
        answer = events.put_events(Entries=[{"Source": "app", "DetailType": "t", "Detail": '{"n": 1}'}])
    assert answer["FailedEntryCount"] == 0
    assert [json.loads(each)["detail"] for each in bodies()] == ([{"n": 1}] if named else [])
    assert {each.caller for each in asked} == {"events.amazonaws.com"}
    assert {each.request.context.get("aws:sourcearn") for each in asked} == {rule}


def notified(owner, key):
    """What a queue without a key hears of a bucket by way of a topic under a key."""
    bodies, sns, s3 = queue(owner), owner.client("sns"), owner.client("s3")
    attributes = {"KmsMasterKeyId": key, "Policy": admitting("s3.amazonaws.com", "sns:Publish", TOPIC)}
    sns.create_topic(Name="topic", Attributes=attributes)
    sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=QUEUE, Attributes={"RawMessageDelivery": "true"})
    s3.create_bucket(Bucket="bucket")
    told = {"TopicArn": TOPIC, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(Bucket="bucket", NotificationConfiguration={"TopicConfigurations": [told]})
    s3.put_object(Bucket="bucket", Key="k", Body=b"x")
    return [found["Records"][0]["eventName"] for found in map(json.loads, bodies()) if "Records" in found]


@pytest.mark.parametrize("arn", ["queue", "arn:aws:nothing:us-east-1:111111111111:queue"])
def test_a_bucket_tells_nobody_whose_arn_is_none(owner, arn):
    s3 = owner.client("s3")
    s3.create_bucket(Bucket="bucket")
    told = {"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]}
    with refused("InvalidArgument"):
        s3.put_bucket_notification_configuration(Bucket="bucket", NotificationConfiguration=told)


def test_a_bucket_tells_an_encrypted_topic_as_s3(owner, kms):
    assert notified(owner, make_key(kms, use({"Service": "s3.amazonaws.com"}, SEND))) == ["ObjectCreated:Put"]


def test_a_topic_whose_key_does_not_name_s3_is_refused_as_a_destination(owner, key):
    with refused("InvalidArgument", "Unable to validate the following destination configurations"):
        notified(owner, key)
