"""What topics deliver, and where it shows that they could not: dead-letter queues, metrics and delivery status logs."""

import json

import pytest

from tests.support.claims import OTHER, OWNER, policy, refused
from tests.support.policies import make_key, root, use
from tests.support.services import refused_somehow

pytestmark = pytest.mark.evidence(
    "documented",
    '"Amazon SNS dead-letter queues", "Monitoring Amazon SNS topics using CloudWatch", "Amazon SNS message delivery status", '
    '"Sending Amazon SNS messages to an Amazon SQS queue in a different account" (developer guide)',
)

TOPIC = f"arn:aws:sns:us-east-1:{OWNER}:topic"
SEND = ["kms:GenerateDataKey*", "kms:Decrypt"]
KEY_SIDE = (
    "because the resource does not exist in this Region, no resource-based policies allow access, "
    "or a resource-based policy explicitly denies access"
)


def arn(name, account=OWNER):
    return f"arn:aws:sqs:us-east-1:{account}:{name}"


def heard_of(account, name="queue", **attributes):
    """A queue, and what tells the bodies of its messages."""
    sqs = account.client("sqs")
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]

    def heard():
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0).get("Messages", [])
        return [each["Body"] for each in found]

    return heard


def subscribe(account, endpoint, **attributes):
    attributes.setdefault("RawMessageDelivery", "true")
    asked = {"Protocol": "sqs", "Endpoint": endpoint, "ReturnSubscriptionArn": True}
    return account.client("sns").subscribe(TopicArn=TOPIC, Attributes=attributes, **asked)["SubscriptionArn"]


def letters_in(queue):
    return {"RedrivePolicy": json.dumps({"deadLetterTargetArn": queue})}


def admitting(service, name="queue", account=OWNER):
    """The policy of a queue that lets a service send into it, for the topic."""
    when = {"ArnEquals": {"aws:SourceArn": TOPIC}}
    statement = use({"Service": service}, "sqs:SendMessage", Condition=when)
    return json.dumps(policy({**statement, "Resource": arn(name, account)}))


def metrics(owner):
    found = owner.client("cloudwatch").list_metrics(Namespace="AWS/SNS")["Metrics"]
    assert all(each["Dimensions"] == [{"Name": "TopicName", "Value": "topic"}] for each in found)
    return {each["MetricName"] for each in found}


@pytest.fixture
def sns(owner):
    client = owner.client("sns")
    client.create_topic(Name="topic")
    return client


def test_a_message_for_a_queue_whose_key_refuses_is_in_the_dead_letter_queue(owner, sns, key):
    heard, letters = heard_of(owner, KmsMasterKeyId=key), heard_of(owner, "letters")
    subscribe(owner, arn("queue"), **letters_in(arn("letters")))
    sns.publish(TopicArn=TOPIC, Message="news")
    assert (heard(), letters()) == ([], ["news"])
    assert metrics(owner) == {"NumberOfNotificationsFailed", "NumberOfNotificationsRedrivenToDlq"}


def test_without_raw_delivery_the_letter_is_the_notification(owner, sns, key):
    heard_of(owner, KmsMasterKeyId=key)
    letters = heard_of(owner, "letters")
    subscribe(owner, arn("queue"), RawMessageDelivery="false", **letters_in(arn("letters")))
    sns.publish(TopicArn=TOPIC, Message="news")
    (letter,) = map(json.loads, letters())
    assert (letter["Type"], letter["Message"], letter["TopicArn"]) == ("Notification", "news", TOPIC)


@pytest.mark.parametrize("named", [True, False])
def test_an_encrypted_dead_letter_queue_needs_a_key_that_lets_sns_in(aws_world, owner, kms, sns, key, named):
    own = make_key(kms, use({"Service": "sns.amazonaws.com"}, SEND)) if named else "alias/aws/sqs"
    heard_of(owner, KmsMasterKeyId=key)
    letters = heard_of(owner, "letters", KmsMasterKeyId=own)
    subscribe(owner, arn("queue"), **letters_in(arn("letters")))
    sns.publish(TopicArn=TOPIC, Message="news")
    assert letters() == (["news"] if named else [])
    lost = "NumberOfNotificationsRedrivenToDlq" if named else "NumberOfNotificationsFailedToRedriveToDlq"
    assert metrics(owner) == {"NumberOfNotificationsFailed", lost}
    assert [each.late.about for each in aws_world.refusals] == [arn("queue")] + ([] if named else [arn("letters")])


def test_publish_never_fails_for_a_queue_that_is_not_there(owner, sns):
    letters = heard_of(owner, "letters")
    subscribe(owner, arn("absent"), **letters_in(arn("letters")))
    assert sns.publish(TopicArn=TOPIC, Message="news")["MessageId"]
    assert letters() == ["news"]


def test_each_message_of_a_batch_is_lost_by_itself(owner, sns, key):
    heard_of(owner, KmsMasterKeyId=key)
    heard, letters = heard_of(owner, "open"), heard_of(owner, "letters")
    subscribe(owner, arn("queue"), **letters_in(arn("letters")))
    subscribe(owner, arn("open"))
    entries = [{"Id": each, "Message": each} for each in ("a", "b")]
    assert len(sns.publish_batch(TopicArn=TOPIC, PublishBatchRequestEntries=entries)["Successful"]) == 2
    assert sorted(heard()) == sorted(letters()) == ["a", "b"]


@pytest.mark.evidence("reported", "queues under alias/aws/sqs hear nothing of topics: many")
def test_the_key_of_aws_is_made_for_the_refusal_which_is_a_denial(aws_world, owner, kms, sns):
    heard = heard_of(owner, KmsMasterKeyId="alias/aws/sqs")
    subscribe(owner, arn("queue"))
    sns.publish(TopicArn=TOPIC, Message="news")
    assert heard() == []
    made = kms.describe_key(KeyId="alias/aws/sqs")["KeyMetadata"]
    (decision,) = [each for each in aws_world.decisions if not each.allowed]
    assert (decision.caller, decision.action, decision.resource) == (
        "sns.amazonaws.com",
        "kms:GenerateDataKey",
        made["Arn"],
    )
    assert "use a customer managed key, and let the caller in there" in decision.explain()


# --- delivery status logs ---------------------------------------------------------------------------------------------


def logged(owner, group):
    found = owner.client("logs").filter_log_events(logGroupName=group)["events"]
    return [json.loads(each["message"]) for each in found]


def test_a_topic_with_a_role_for_it_logs_what_it_could_not_deliver(owner, sns, key):
    role = owner.role("logger", trust="sns.amazonaws.com").arn
    sns.set_topic_attributes(TopicArn=TOPIC, AttributeName="SQSFailureFeedbackRoleArn", AttributeValue=role)
    heard_of(owner, KmsMasterKeyId=key)
    heard_of(owner, "open")
    subscribe(owner, arn("queue"))
    subscribe(owner, arn("open"))
    message = sns.publish(TopicArn=TOPIC, Message="news")["MessageId"]
    (entry,) = logged(owner, f"sns/us-east-1/{OWNER}/topic/Failure")
    assert (entry["status"], entry["notification"]["messageId"]) == ("FAILURE", message)
    assert (entry["delivery"]["destination"], entry["delivery"]["statusCode"]) == (arn("queue"), 400)
    assert json.loads(entry["delivery"]["providerResponse"])["ErrorCode"] == "KMS.AccessDeniedException"
    groups = [each["logGroupName"] for each in owner.client("logs").describe_log_groups()["logGroups"]]
    assert groups == [f"sns/us-east-1/{OWNER}/topic/Failure"]


@pytest.mark.parametrize(("rate", "told"), [("100", 2), ("0", 0), (None, 0)])
def test_successes_are_logged_by_their_rate(owner, rate, told):
    role = owner.role("logger", trust="sns.amazonaws.com").arn
    asked = {"SQSSuccessFeedbackRoleArn": role} | ({"SQSSuccessFeedbackSampleRate": rate} if rate else {})
    sns = owner.client("sns")
    sns.create_topic(Name="topic", Attributes=asked)
    shown = sns.get_topic_attributes(TopicArn=TOPIC)["Attributes"]
    assert {name: value for name, value in shown.items() if "Feedback" in name} == asked
    heard_of(owner)
    subscribe(owner, arn("queue"))
    for text in ("one", "two"):
        sns.publish(TopicArn=TOPIC, Message=text)
    entries = logged(owner, f"sns/us-east-1/{OWNER}/topic") if told else []
    assert [each["status"] for each in entries] == ["SUCCESS"] * told


# --- between accounts -------------------------------------------------------------------------------------------------


def opened(sns, *actions):
    statement = {**use(root(OTHER), list(actions)), "Resource": TOPIC}
    text = json.dumps(policy(statement))
    sns.set_topic_attributes(TopicArn=TOPIC, AttributeName="Policy", AttributeValue=text)


ASKED = {
    "publish": ("Publish", {"TopicArn": TOPIC, "Message": "news"}),
    "publish_batch": ("Publish", {"TopicArn": TOPIC, "PublishBatchRequestEntries": [{"Id": "a", "Message": "a"}]}),
    "subscribe": ("Subscribe", {"TopicArn": TOPIC, "Protocol": "sqs", "Endpoint": arn("queue", OTHER)}),
    "get_topic_attributes": ("GetTopicAttributes", {"TopicArn": TOPIC}),
    "list_subscriptions_by_topic": ("ListSubscriptionsByTopic", {"TopicArn": TOPIC}),
}


@pytest.mark.parametrize("operation", ASKED)
@pytest.mark.evidence("reported", 'AuthorizationError, "is not authorized to perform: SNS:Publish": many users')
def test_a_topic_of_another_account_is_for_whom_its_policy_lets_in(owner, other, sns, operation):
    action, params = ASKED[operation]
    client = other.client("sns")
    text = f"User: {root(OTHER)} is not authorized to perform: SNS:{action} on this resource {KEY_SIDE}"
    with refused("AuthorizationError", text, 403):
        getattr(client, operation)(**params)
    opened(sns, f"sns:{action}")
    assert getattr(client, operation)(**params)["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_the_key_of_the_topic_decides_for_a_publisher_of_another_account(owner, other, kms, sns):
    key = make_key(kms)
    sns.set_topic_attributes(TopicArn=TOPIC, AttributeName="KmsMasterKeyId", AttributeValue=key)
    opened(sns, "sns:Publish")
    with refused_somehow("KMSAccessDenied"):
        other.client("sns").publish(TopicArn=TOPIC, Message="news")
    kms.put_key_policy(KeyId=key, Policy=json.dumps(policy(use(root(OWNER)), use(root(OTHER), SEND))))
    assert other.client("sns").publish(TopicArn=TOPIC, Message="news")["MessageId"]


@pytest.mark.parametrize("subscriber", ["owner", "other"])
@pytest.mark.parametrize(("queue_opens", "key_opens"), [(True, True), (True, False), (False, True)])
def test_a_queue_of_another_account_hears_a_topic_by_its_policy_and_its_key(
    owner, other, sns, subscriber, queue_opens, key_opens
):
    let_in = [use({"Service": "sns.amazonaws.com"}, SEND)] if key_opens else []
    own = json.dumps(policy(use(root(OTHER)), *let_in))
    key = other.client("kms").create_key(Policy=own)["KeyMetadata"]["Arn"]
    rules = {"Policy": admitting("sns.amazonaws.com", account=OTHER)} if queue_opens else {}
    heard = heard_of(other, KmsMasterKeyId=key, **rules)
    opened(sns, "sns:Subscribe")
    subscribe({"owner": owner, "other": other}[subscriber], arn("queue", OTHER))
    sns.publish(TopicArn=TOPIC, Message="news")
    assert heard() == (["news"] if queue_opens and key_opens else [])


def test_who_subscribes_from_another_account_has_the_subscription_there(other, sns):
    opened(sns, "sns:Subscribe")
    heard_of(other)
    subscribe(other, arn("queue", OTHER))
    (own,) = other.client("sns").list_subscriptions()["Subscriptions"]
    (of_topic,) = sns.list_subscriptions_by_topic(TopicArn=TOPIC)["Subscriptions"]
    assert own["SubscriptionArn"] == of_topic["SubscriptionArn"]
    assert own["Owner"] == of_topic["Owner"] == OTHER
    assert sns.list_subscriptions()["Subscriptions"] == []
