"""Encrypted queues: who needs which permission, what services need to send to them, and data keys that are used again."""

import json

import pytest

from tests.support.claims import OWNER, policy, refused
from tests.support.ec2 import called, kms_events
from tests.support.policies import lacking, make_key, use
from tests.support.services import actions, decided, person, refused_by_kms, refused_somehow

pytestmark = pytest.mark.evidence(
    "documented",
    '"Encryption at rest" and "Key management" (SQS developer guide); codes of KMS are known from public reports',
)

QUEUE = f"arn:aws:sqs:us-east-1:{OWNER}:queue"
TOPIC = f"arn:aws:sns:us-east-1:{OWNER}:topic"
BOTH = "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE."
SEND = ["kms:GenerateDataKey*", "kms:Decrypt"]


@pytest.fixture
def sqs(owner):
    return owner.client("sqs")


def make_queue(sqs, key, **attributes):
    return sqs.create_queue(QueueName="queue", Attributes={"KmsMasterKeyId": key, **attributes})["QueueUrl"]


@pytest.fixture
def queue(sqs, key):
    return make_queue(sqs, key)


def send(sqs, queue, body="x"):
    return sqs.send_message(QueueUrl=queue, MessageBody=body)


def receive(sqs, queue):
    answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=0)
    return [each["Body"] for each in answer.get("Messages", [])]


def attributes(sqs, queue):
    return sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]


# --- the queue ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("named", ["nonsense", "alias/none", "alias/aws/sqs", f"arn:aws:kms:us-east-1:{OWNER}:key/x"])
def test_a_queue_takes_any_key_and_shows_it_as_it_was_given(aws_world, sqs, named):
    with decided(aws_world) as asked:
        shown = attributes(sqs, make_queue(sqs, named))
    assert asked == []
    assert (shown["KmsMasterKeyId"], shown["KmsDataKeyReusePeriodSeconds"]) == (named, "300")
    assert shown["SqsManagedSseEnabled"] == "false"


def test_another_key_is_not_looked_at_either_and_an_empty_one_ends_the_encryption(aws_world, sqs, kms, key, queue):
    kms.disable_key(KeyId=key)
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"KmsMasterKeyId": "nonsense"})
    assert attributes(sqs, queue)["KmsMasterKeyId"] == "nonsense"
    with refused_somehow("KMS.NotFoundException"):
        send(sqs, queue)
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"KmsMasterKeyId": ""})
    with decided(aws_world) as asked:
        send(sqs, queue)
        assert receive(sqs, queue) == ["x"]
    assert asked == []


def test_a_queue_is_encrypted_by_kms_or_by_sqs(sqs, queue):
    both = {"KmsMasterKeyId": "alias/aws/sqs", "SqsManagedSseEnabled": "true"}
    with refused("InvalidAttributeName", BOTH):
        sqs.create_queue(QueueName="other", Attributes=both)
    with refused("InvalidAttributeName", BOTH):
        sqs.set_queue_attributes(QueueUrl=queue, Attributes=both)


def test_a_message_stays_under_the_key_that_it_was_sent_with(sqs, kms, key, queue):
    send(sqs, queue, "old")
    second = kms.create_key()["KeyMetadata"]["Arn"]
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"KmsMasterKeyId": second})
    kms.disable_key(KeyId=second)
    assert receive(sqs, queue) == ["old"]
    kms.disable_key(KeyId=key)
    with refused_by_kms("KMS.DisabledException", f"{key} is disabled."):
        receive(sqs, queue)


# --- callers ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("permissions", "lacks"),
    [([], "kms:GenerateDataKey"), (["kms:GenerateDataKey"], "kms:Decrypt"), (["kms:Decrypt"], "kms:GenerateDataKey")],
)
def test_a_producer_needs_both_permissions(owner, sqs, key, queue, permissions, lacks):
    producer = person(owner, *permissions)
    with refused_by_kms("KMS.AccessDeniedException", lacking(producer, lacks, key)):
        send(producer.client("sqs"), queue)
    assert receive(sqs, queue) == []
    send(person(owner, "kms:GenerateDataKey", "kms:Decrypt", name="both").client("sqs"), queue)
    assert receive(sqs, queue) == ["x"]


def test_a_consumer_needs_to_decrypt_once_there_is_something(owner, sqs, key, queue):
    nobody, consumer = person(owner, name="nobody"), person(owner, "kms:Decrypt", name="consumer")
    assert receive(nobody.client("sqs"), queue) == []
    send(sqs, queue)
    with refused_by_kms("KMS.AccessDeniedException", lacking(nobody, "kms:Decrypt", key)):
        receive(nobody.client("sqs"), queue)
    assert receive(consumer.client("sqs"), queue) == ["x"]


def test_the_errors_are_those_that_boto3_knows(sqs, kms, key, queue):
    kms.disable_key(KeyId=key)
    with pytest.raises(sqs.exceptions.KmsDisabled) as caught:
        send(sqs, queue)
    assert caught.value.response["Error"]["Code"] == "KMS.DisabledException"


def test_a_batch_is_refused_as_a_whole(sqs, kms, key, queue):
    entries = [{"Id": each, "MessageBody": each} for each in "ab"]
    kms.disable_key(KeyId=key)
    with refused_by_kms("KMS.DisabledException", f"{key} is disabled."):
        sqs.send_message_batch(QueueUrl=queue, Entries=entries)
    kms.enable_key(KeyId=key)
    assert receive(sqs, queue) == []
    sqs.send_message_batch(QueueUrl=queue, Entries=entries)
    assert sorted(receive(sqs, queue)) == ["a", "b"]


def test_a_refused_receipt_leaves_the_message_where_it_is(sqs, kms, key, queue):
    send(sqs, queue)
    kms.disable_key(KeyId=key)
    with refused_by_kms("KMS.DisabledException", f"{key} is disabled."):
        sqs.receive_message(QueueUrl=queue)
    kms.enable_key(KeyId=key)
    assert receive(sqs, queue) == ["x"]


def test_deleting_and_purging_ask_nothing(aws_world, sqs, kms, key, queue):
    send(sqs, queue)
    handle = sqs.receive_message(QueueUrl=queue)["Messages"][0]["ReceiptHandle"]
    kms.disable_key(KeyId=key)
    with decided(aws_world) as asked:
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=handle)
        sqs.purge_queue(QueueUrl=queue)
        sqs.delete_queue(QueueUrl=queue)
    assert asked == []


# --- data keys that are used again --------------------------------------------------------------------------------------------


def test_every_use_is_checked_unless_caches_are_asked_for(aws_world, sqs, kms, key):
    queue = make_queue(sqs, key, KmsDataKeyReusePeriodSeconds="86400")
    with kms_events(aws_world) as events:
        for _ in range(3):
            send(sqs, queue)
    assert len(called(events, "GenerateDataKey")) == 3
    kms.disable_key(KeyId=key)
    with refused_by_kms("KMS.DisabledException", f"{key} is disabled."):
        send(sqs, queue)


@pytest.mark.kmsmock(service_caches=True)
@pytest.mark.parametrize(("period", "seconds"), [("60", 60), (None, 300)])
def test_a_data_key_is_used_again_within_its_period(aws_world, sqs, kms, key, period, seconds):
    queue = make_queue(sqs, key, **({"KmsDataKeyReusePeriodSeconds": period} if period else {}))
    aws_world.clock.freeze()
    with kms_events(aws_world) as events:
        for _ in range(3):
            send(sqs, queue)
            receive(sqs, queue)
    assert len(called(events, "GenerateDataKey")) == 1
    kms.disable_key(KeyId=key)
    aws_world.clock.advance(seconds=seconds - 1)
    send(sqs, queue)
    assert len(receive(sqs, queue)) == 4
    aws_world.clock.advance(seconds=2)
    with refused_by_kms("KMS.DisabledException", f"{key} is disabled."):
        send(sqs, queue)


@pytest.mark.kmsmock(service_caches=True)
def test_the_data_key_of_one_principal_is_not_that_of_another(owner, sqs, kms, key, queue):
    send(sqs, queue)
    stranger = person(owner)
    with refused_by_kms("KMS.AccessDeniedException", lacking(stranger, "kms:GenerateDataKey", key)):
        send(stranger.client("sqs"), queue)
    send(sqs, queue)


# --- services that send -------------------------------------------------------------------------------------------------------


def admitting(service):
    """A queue policy that lets a service send; it says nothing about the key."""
    sender = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sqs:SendMessage", "Resource": QUEUE}
    return json.dumps(policy(sender))


@pytest.fixture
def topic(owner, sqs):
    """A topic that tells a queue, for each queue that a key is given for; publishing gives what the queue then holds."""
    sns = owner.client("sns")
    sns.create_topic(Name="topic")

    def publish(key):
        made = make_queue(sqs, key, Policy=admitting("sns.amazonaws.com"))
        sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=QUEUE, Attributes={"RawMessageDelivery": "true"})
        sns.publish(TopicArn=TOPIC, Message="news")
        return receive(sqs, made)

    return publish


SNS = {"Service": "sns.amazonaws.com"}
CONDITIONS = {
    "its source": ({"ArnEquals": {"aws:SourceArn": TOPIC}}, True),
    "its account": ({"StringEquals": {"aws:SourceAccount": OWNER}}, True),
    "the queue": ({"StringEquals": {"kms:EncryptionContext:aws:sqs:arn": QUEUE}}, True),
    "another source": ({"ArnEquals": {"aws:SourceArn": f"{TOPIC}s"}}, False),
    "a caller": ({"StringEquals": {"kms:ViaService": "sqs.us-east-1.amazonaws.com"}}, False),
}


@pytest.mark.parametrize(("condition", "heard"), CONDITIONS.values(), ids=CONDITIONS)
def test_a_topic_sends_as_sns_for_whom_the_key_policy_says(kms, topic, condition, heard):
    assert topic(make_key(kms, use(SNS, SEND, Condition=condition))) == (["news"] if heard else [])


def test_what_a_topic_sends_is_encrypted_in_the_name_of_sns(aws_world, kms, topic):
    key = make_key(kms, use(SNS, SEND))
    with decided(aws_world) as asked:
        assert topic(key) == ["news"]
    sent = [each for each in asked if each.caller == "sns.amazonaws.com"]
    assert set(actions(sent)) == {"kms:GenerateDataKey", "kms:Decrypt"}
    for each in sent:
        assert (each.request.context.get("aws:sourcearn"), each.request.context.get("kms:viaservice")) == (TOPIC, None)


@pytest.mark.parametrize("name", ["the account's alone", "aws"])
def test_a_topic_is_not_heard_where_the_key_does_not_name_sns(kms, key, topic, name):
    """Nobody can change the policy of aws/sqs; publishing itself goes well."""
    assert topic("alias/aws/sqs" if name == "aws" else key) == []


def test_what_a_disabled_key_kept_from_the_queue_does_not_come_later(sqs, kms, topic):
    key = make_key(kms, use(SNS, SEND))
    kms.disable_key(KeyId=key)
    assert topic(key) == []
    kms.enable_key(KeyId=key)
    assert receive(sqs, sqs.get_queue_url(QueueName="queue")["QueueUrl"]) == []


BUCKET_ARN = "arn:aws:s3:::bucket"


def notified(owner, sqs, key):
    """The kinds of the events of a bucket that its encrypted queue holds."""
    s3 = owner.client("s3")
    s3.create_bucket(Bucket="bucket")
    made = make_queue(sqs, key, Policy=admitting("s3.amazonaws.com"))
    events = {"QueueArn": QUEUE, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket="bucket", NotificationConfiguration={"QueueConfigurations": [events]}
    )
    s3.put_object(Bucket="bucket", Key="k", Body=b"x")
    bodies = [json.loads(each) for each in receive(sqs, made)]
    return {each["Event"] if "Event" in each else each["Records"][0]["eventName"] for each in bodies}


def test_a_bucket_tells_an_encrypted_queue_as_s3(aws_world, owner, sqs, kms):
    key = make_key(kms, use({"Service": "s3.amazonaws.com"}, SEND))
    with decided(aws_world) as asked:
        assert notified(owner, sqs, key) == {"s3:TestEvent", "ObjectCreated:Put"}
    assert {"kms:GenerateDataKey", "kms:Decrypt"} <= set(actions(asked, "s3.amazonaws.com"))
    sources = {each.request.context.get("aws:sourcearn") for each in asked if each.caller == "s3.amazonaws.com"}
    assert sources == {BUCKET_ARN}


@pytest.mark.parametrize("managed", [False, True])
def test_a_bucket_cannot_be_told_to_tell_a_queue_whose_key_does_not_name_s3(owner, sqs, key, managed):
    with refused("InvalidArgument", "Unable to validate the following destination configurations"):
        notified(owner, sqs, "alias/aws/sqs" if managed else key)


def test_a_key_of_another_account_is_named_by_its_arn(owner, other, sqs):
    theirs = other.client("kms")
    shared = make_key(theirs, use(f"arn:aws:iam::{OWNER}:root"), use(other.root.arn), delegate=False)
    queue = make_queue(sqs, shared)
    send(sqs, queue)
    assert receive(sqs, queue) == ["x"]
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"KmsMasterKeyId": shared.split("/")[1]})
    with refused_somehow("KMS.NotFoundException"):
        send(sqs, queue)
