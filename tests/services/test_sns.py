"""Encrypted topics: checked when somebody publishes and never before, for the publisher and in the topic's name."""

import pytest

from tests.support.claims import OWNER
from tests.support.ec2 import called, kms_events
from tests.support.policies import lacking, make_key, use
from tests.support.refusals import TAIL, Refusal, refused_as
from tests.support.services import actions, contexts, decided, person, refused_by_kms, refused_somehow

pytestmark = pytest.mark.evidence(
    "documented",
    '"Securing Amazon SNS data with server-side encryption", "Managing Amazon SNS encryption keys" (developer guide)',
)

TOPIC = f"arn:aws:sns:us-east-1:{OWNER}:topic"
CONTEXT = {"aws:sns:topicArn": TOPIC}


@pytest.fixture
def sns(owner):
    return owner.client("sns")


def make_topic(sns, key, name="topic"):
    return sns.create_topic(Name=name, Attributes={"KmsMasterKeyId": key})["TopicArn"]


@pytest.fixture
def topic(sns, key):
    return make_topic(sns, key)


@pytest.fixture
def listener(owner, sns, topic):
    """Tells what a queue without encryption has heard."""
    sqs = owner.client("sqs")
    url = sqs.create_queue(QueueName="listener")["QueueUrl"]
    endpoint = f"arn:aws:sqs:us-east-1:{OWNER}:listener"
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=endpoint, Attributes={"RawMessageDelivery": "true"})

    def heard():
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        return sorted(each["Body"] for each in answer.get("Messages", []))

    return heard


def publish(sns, message="news", topic=TOPIC):
    return sns.publish(TopicArn=topic, Message=message)


def set_key(sns, key):
    sns.set_topic_attributes(TopicArn=TOPIC, AttributeName="KmsMasterKeyId", AttributeValue=key)


def shown_key(sns):
    return sns.get_topic_attributes(TopicArn=TOPIC)["Attributes"].get("KmsMasterKeyId")


# --- the topic ----------------------------------------------------------------------------------------------------------------

NONE = f"Alias arn:aws:kms:us-east-1:{OWNER}:alias/none is not found\\."


@pytest.mark.parametrize(
    ("named", "text"),
    [("nonsense", "Invalid keyId '?nonsense'?"), ("alias/none", NONE)],
    ids=["nonsense", "alias/none"],
)
def test_a_topic_takes_any_key_shows_it_as_given_and_fails_when_it_is_used(aws_world, sns, topic, named, text):
    with decided(aws_world) as asked:
        set_key(sns, named)
        assert shown_key(sns) == named
    assert asked == []
    with refused_as(Refusal("KMSNotFound", 400, text + TAIL), None):
        publish(sns)


def test_the_id_of_a_key_and_its_alias_are_shown_as_they_were_given(sns, kms, key, topic):
    kms.create_alias(AliasName="alias/app", TargetKeyId=key)
    for name in (key, key.split("/")[1], "alias/app"):
        set_key(sns, name)
        assert shown_key(sns) == name
        publish(sns)


def test_an_alias_is_followed_where_it_points_to_now(sns, kms, key, topic):
    second = kms.create_key()["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/app", TargetKeyId=key)
    set_key(sns, "alias/app")
    kms.disable_key(KeyId=key)
    with refused_by_kms("KMSDisabled", f"{key} is disabled."):
        publish(sns)
    kms.update_alias(AliasName="alias/app", TargetKeyId=second)
    publish(sns)


def test_an_empty_key_ends_the_encryption(aws_world, sns, topic):
    set_key(sns, "")
    assert shown_key(sns) is None
    with decided(aws_world) as asked:
        publish(sns)
    assert asked == []


# --- publishing ---------------------------------------------------------------------------------------------------------------


def test_a_message_is_encrypted_in_the_name_of_the_topic_and_heard_in_the_clear(aws_world, sns, listener):
    with kms_events(aws_world) as events:
        publish(sns)
    assert contexts(events, "GenerateDataKey") == [CONTEXT]
    assert listener() == ["news"]


@pytest.mark.parametrize(
    ("permissions", "lacks"), [([], "kms:GenerateDataKey"), (["kms:GenerateDataKey"], "kms:Decrypt")]
)
def test_a_publisher_needs_both_permissions(owner, key, topic, listener, permissions, lacks):
    publisher = person(owner, *permissions)
    with refused_by_kms("KMSAccessDenied", lacking(publisher, lacks, key)):
        publish(publisher.client("sns"))
    assert listener() == []
    publish(person(owner, "kms:GenerateDataKey", "kms:Decrypt", name="both").client("sns"))
    assert listener() == ["news"]


def test_a_batch_is_refused_as_a_whole(sns, kms, key, topic, listener):
    entries = [{"Id": each, "Message": each} for each in "ab"]
    kms.disable_key(KeyId=key)
    with refused_by_kms("KMSDisabled", f"{key} is disabled."):
        sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    assert listener() == []
    kms.enable_key(KeyId=key)
    sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    assert listener() == ["a", "b"]


def test_the_errors_are_those_that_boto3_knows(sns, kms, key, topic):
    kms.disable_key(KeyId=key)
    with pytest.raises(sns.exceptions.KMSDisabledException):
        publish(sns)


def test_a_key_policy_may_open_one_topic_alone(owner, sns, kms):
    publisher = person(owner)
    only = {"StringEquals": {f"kms:EncryptionContext:{name}": value for name, value in CONTEXT.items()}}
    key = make_key(kms, use(publisher.arn, ["kms:GenerateDataKey", "kms:Decrypt"], Condition=only))
    publish(publisher.client("sns"), topic=make_topic(sns, key))
    with refused_somehow("KMSAccessDenied"):
        publish(publisher.client("sns"), topic=make_topic(sns, key, "other"))


def test_a_deny_for_every_other_topic_is_told_as_such(sns, kms):
    other = {"StringNotEquals": {"kms:EncryptionContext:aws:sns:topicArn": TOPIC}}
    key = make_key(kms, use("*", ["kms:GenerateDataKey", "kms:Decrypt"], "Deny", Condition=other))
    publish(sns, topic=make_topic(sns, key))
    text = (
        f"User: arn:aws:iam::{OWNER}:root is not authorized to perform: kms:GenerateDataKey on resource: {key} "
        "with an explicit deny in a resource-based policy"
    )
    with refused_by_kms("KMSAccessDenied", text):
        publish(sns, topic=make_topic(sns, key, "other"))


def test_the_key_of_aws_serves_everybody_who_may_publish(owner, sns):
    make_topic(sns, "alias/aws/sns")
    publish(person(owner).client("sns"))


def test_what_listens_and_looks_asks_nothing(aws_world, sns, listener):
    with decided(aws_world) as asked:
        sns.list_subscriptions_by_topic(TopicArn=TOPIC)
        shown_key(sns)
        assert listener() == []
        sns.delete_topic(TopicArn=TOPIC)
    assert asked == []


# --- data keys that are used again ----------------------------------------------------------------------------------------------


def test_every_message_is_checked_unless_caches_are_asked_for(aws_world, sns, kms, key, topic):
    with decided(aws_world) as asked:
        publish(sns)
        publish(sns)
    assert actions(asked).count("kms:GenerateDataKey") == 2
    kms.disable_key(KeyId=key)
    with refused_by_kms("KMSDisabled", f"{key} is disabled."):
        publish(sns)


@pytest.mark.kmsmock(service_caches=True)
def test_a_warm_topic_does_not_notice_at_once_that_its_key_was_disabled(aws_world, sns, kms, key, topic):
    with kms_events(aws_world) as events:
        publish(sns)
        publish(sns)
    assert len(called(events, "GenerateDataKey")) == 1
    kms.disable_key(KeyId=key)
    publish(sns)
    with refused_by_kms("KMSDisabled", f"{key} is disabled."):
        publish(sns, topic=make_topic(sns, key, "cold"))
    aws_world.clock.advance(minutes=6)
    with refused_by_kms("KMSDisabled", f"{key} is disabled."):
        publish(sns)


@pytest.mark.kmsmock(service_caches=True)
def test_the_data_key_of_one_publisher_is_not_that_of_another(owner, sns, key, topic):
    publish(sns)
    stranger = person(owner)
    with refused_by_kms("KMSAccessDenied", lacking(stranger, "kms:GenerateDataKey", key)):
        publish(stranger.client("sns"))
