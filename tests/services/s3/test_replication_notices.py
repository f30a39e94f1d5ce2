"""What S3 tells of objects that it could not replicate, where the rule has metrics: an event with the reason, a metric."""

import json
from datetime import timedelta

import pytest

from tests.support.claims import OWNER, policy
from tests.support.policies import make_key, use
from tests.support.replication import (
    ENABLED,
    SOURCE,
    TARGET,
    configure,
    make_bucket,
    may,
    replicator,
    rule,
    status,
)
from tests.support.s3 import put, sse

pytestmark = pytest.mark.evidence(
    "documented",
    '"Receiving replication failure events with Amazon S3 Event Notifications", "Amazon S3 replication failure reasons", '
    '"Using S3 Replication metrics" (user guide)',
)

QUEUE = f"arn:aws:sqs:us-east-1:{OWNER}:events"
TOPIC = f"arn:aws:sns:us-east-1:{OWNER}:topic"
METRICS = {"Metrics": ENABLED}


@pytest.fixture
def source(owner):
    return make_bucket(owner, "source")


@pytest.fixture
def told(owner, source):
    """Has the bucket tell a queue of replications that failed, and gives what that has heard of them."""

    def listening(**attributes):
        sqs = owner.client("sqs")
        url = sqs.create_queue(QueueName="events", Attributes=attributes)["QueueUrl"]
        kinds = {"QueueArn": QUEUE, "Events": ["s3:Replication:OperationFailedReplication"]}
        source.put_bucket_notification_configuration(
            Bucket="source", NotificationConfiguration={"QueueConfigurations": [kinds]}, SkipDestinationValidation=True
        )

        def heard():
            found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
            bodies = [json.loads(each["Body"]) for each in found]
            return [record for each in bodies if "Records" in each for record in each["Records"]]

        return heard

    return listening


def metrics(owner):
    found = owner.client("cloudwatch").list_metrics(Namespace="AWS/S3")["Metrics"]
    shown = [(each["MetricName"], {one["Name"]: one["Value"] for one in each["Dimensions"]}) for each in found]
    return [each for each in shown if "RuleId" in each[1]]


KMS_READ, KMS_WRITE = "kms:Decrypt", "kms:Encrypt"


@pytest.mark.parametrize(
    ("without", "reason"),
    [
        (KMS_READ, "SrcGetObjectNotPermitted"),
        (KMS_WRITE, "DstPutObjectNotPermitted"),
        ("s3:GetObjectVersionForReplication", "SrcGetObjectNotPermitted"),
        ("s3:ReplicateObject", "DstPutObjectNotPermitted"),
    ],
)
def test_what_the_role_lacks_is_told_as_source_or_destination(owner, kms, source, told, without, reason):
    make_bucket(owner, "target")
    ours, theirs = make_key(kms), make_key(kms)
    replicator(owner, may(KMS_READ, ours), may(KMS_WRITE, theirs), without=without)
    configure(source, rule(theirs, Destination=METRICS))
    heard = told()
    put(source, "k", bucket="source", **sse(ours))
    assert status(source) == "FAILED"
    (event,) = heard()
    data = event["replicationEventData"]
    assert (event["eventName"], event["s3"]["object"]["key"]) == ("Replication:OperationFailedReplication", "k")
    assert (data["replicationRuleId"], data["destinationBucket"], data["failureReason"]) == ("all", TARGET, reason)
    assert data["s3Operation"] == "OBJECT_PUT"
    dimensions = {"SourceBucket": "source", "DestinationBucket": "target", "RuleId": "all"}
    assert metrics(owner) == [("OperationsFailedReplication", dimensions)]


@pytest.mark.parametrize(("side", "reason"), [(0, "SrcKmsKeyInvalidState"), (1, "DstKmsKeyInvalidState")])
@pytest.mark.kmsmock(delays={"ReplicateObject": timedelta(minutes=1)})
def test_a_disabled_key_is_told_as_source_or_destination(aws_world, owner, kms, source, told, side, reason):
    make_bucket(owner, "target")
    pair = make_key(kms), make_key(kms)
    replicator(owner, may(KMS_READ, pair[0]), may(KMS_WRITE, pair[1]))
    configure(source, rule(pair[1], Destination=METRICS))
    heard = told()
    put(source, "k", bucket="source", **sse(pair[0]))
    kms.disable_key(KeyId=pair[side])
    aws_world.clock.advance(minutes=5)
    assert [each["replicationEventData"]["failureReason"] for each in heard()] == [reason]


def test_a_destination_that_is_gone_or_a_role_that_nobody_may_assume_is_told(owner, source, told):
    target = make_bucket(owner, "target")
    replicator(owner, service="ec2")
    configure(source, rule(Destination=METRICS))
    heard = told()
    put(source, "first", bucket="source")
    target.delete_bucket(Bucket="target")
    put(source, "second", bucket="source")
    assert [each["replicationEventData"]["failureReason"] for each in heard()] == [
        "AssumeRoleNotPermitted",
        "DstBucketNotFound",
    ]


def test_a_rule_without_metrics_tells_nobody(owner, source, told):
    make_bucket(owner, "target")
    replicator(owner, without="s3:ReplicateObject")
    configure(source, rule())
    heard = told()
    put(source, "k", bucket="source")
    assert (status(source), heard(), metrics(owner)) == ("FAILED", [], [])


@pytest.mark.parametrize("named", [True, False])
def test_an_encrypted_queue_hears_of_it_if_its_key_lets_s3_in(owner, kms, source, told, named):
    make_bucket(owner, "target")
    replicator(owner, without="s3:ReplicateObject")
    configure(source, rule(Destination=METRICS))
    let_in = [use({"Service": "s3.amazonaws.com"}, ["kms:GenerateDataKey*", "kms:Decrypt"])] if named else []
    heard = told(KmsMasterKeyId=make_key(kms, *let_in))
    put(source, "k", bucket="source")
    assert status(source) == "FAILED"
    assert len(heard()) == named


def test_a_topic_hears_of_it_too(owner, source):
    make_bucket(owner, "target")
    replicator(owner, without="s3:ReplicateObject")
    configure(source, rule(Destination=METRICS))
    sns, sqs = owner.client("sns"), owner.client("sqs")
    statement = {**use({"Service": "s3.amazonaws.com"}, "sns:Publish"), "Resource": TOPIC}
    sns.create_topic(Name="topic", Attributes={"Policy": json.dumps(policy(statement))})
    url = sqs.create_queue(QueueName="events")["QueueUrl"]
    sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=QUEUE, Attributes={"RawMessageDelivery": "true"})
    kinds = {"TopicArn": TOPIC, "Events": ["s3:Replication:OperationFailedReplication"]}
    asked = {"TopicConfigurations": [kinds]}
    source.put_bucket_notification_configuration(Bucket="source", NotificationConfiguration=asked)
    put(source, "k", bucket="source")
    assert status(source) == "FAILED"
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    bodies = [json.loads(each["Body"]) for each in found]
    names = [record["s3"]["bucket"]["arn"] for each in bodies for record in each.get("Records", ())]
    assert names == [SOURCE]
