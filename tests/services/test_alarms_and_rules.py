"""Alarms and rules publish to encrypted topics in the name of CloudWatch and EventBridge, and say what came of it."""

import json

import pytest

from tests.support.claims import OTHER, OWNER, policy, refused
from tests.support.policies import make_key, root, use
from tests.support.services import actions, decided

pytestmark = pytest.mark.evidence(
    "documented",
    '"Managing Amazon SNS encryption keys and costs": compatibility with event sources, and what it says of EventBridge; '
    '"Using dead-letter queues to process undelivered events in EventBridge"',
)

TOPIC = f"arn:aws:sns:us-east-1:{OWNER}:topic"
QUEUE = f"arn:aws:sqs:us-east-1:{OWNER}:listener"
ALARM = f"arn:aws:cloudwatch:us-east-1:{OWNER}:alarm:alarm"
RULE = f"arn:aws:events:us-east-1:{OWNER}:rule/rule"
SEND = ["kms:GenerateDataKey*", "kms:Decrypt"]
SOURCE = {"Condition": {"StringEquals": {"aws:SourceAccount": OWNER}}}
NO_KEY = "CloudWatch Alarms does not have authorization to access the SNS topic encryption key."


def heard_of(account, name="listener", **attributes):
    """A queue, and what tells the bodies and the attributes of its messages."""
    sqs = account.client("sqs")
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]

    def heard():
        asked = {"MaxNumberOfMessages": 10, "VisibilityTimeout": 0, "MessageAttributeNames": ["All"]}
        found = sqs.receive_message(QueueUrl=url, **asked).get("Messages", [])
        told = [{name: v["StringValue"] for name, v in each.get("MessageAttributes", {}).items()} for each in found]
        return [json.loads(each["Body"]) for each in found], told

    return heard


@pytest.fixture
def listener(owner):
    """Makes a topic under a key, and gives what tells what a queue hears of it."""

    def listening(key):
        heard, sns = heard_of(owner), owner.client("sns")
        sns.create_topic(Name="topic", Attributes={"KmsMasterKeyId": key} if key else {})
        sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=QUEUE, Attributes={"RawMessageDelivery": "true"})
        return lambda: heard()[0]

    return listening


def put_alarm(owner, **options):
    cloudwatch = owner.client("cloudwatch")
    needed = {"MetricName": "m", "Namespace": "n", "Period": 60, "EvaluationPeriods": 1, "Threshold": 1.0}
    how = {"ComparisonOperator": "GreaterThanThreshold", "Statistic": "Sum", "AlarmActions": [TOPIC]}
    cloudwatch.put_metric_alarm(AlarmName="alarm", **{**needed, **how, **options})
    return cloudwatch


def ring(owner, state="ALARM", **options):
    """An alarm changes its state; its history since then, newest first."""
    cloudwatch = put_alarm(owner, **options)
    cloudwatch.set_alarm_state(AlarmName="alarm", StateValue=state, StateReason="too many")
    items = cloudwatch.describe_alarm_history(AlarmName="alarm")["AlarmHistoryItems"]
    return [(each["HistoryItemType"], each["HistorySummary"], json.loads(each["HistoryData"])) for each in items]


def put_rule(owner, *targets):
    events = owner.client("events")
    events.put_rule(Name="rule", EventPattern=json.dumps({"source": ["app"]}))
    named = [{"Id": str(number), **target} for number, target in enumerate(targets)]
    events.put_targets(Rule="rule", Targets=named)
    return events


def happen(events, **detail):
    entry = {"Source": "app", "DetailType": "t", "Detail": json.dumps({"n": 1, **detail})}
    answer = events.put_events(Entries=[entry])
    assert answer["FailedEntryCount"] == 0


def metrics(owner, namespace):
    found = owner.client("cloudwatch").list_metrics(Namespace=namespace)["Metrics"]
    return {(each["MetricName"], each["Dimensions"][0]["Value"]) for each in found}


# --- alarms -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("conditions", [{}, SOURCE, {"Condition": {"ArnLike": {"aws:SourceArn": ALARM}}}])
def test_an_alarm_tells_a_topic_whose_key_lets_cloudwatch_in(aws_world, owner, kms, listener, conditions):
    heard = listener(make_key(kms, use({"Service": "cloudwatch.amazonaws.com"}, SEND, **conditions)))
    with decided(aws_world) as asked:
        history = ring(owner)
    (told,) = heard()
    assert (told["AlarmName"], told["NewStateValue"], told["OldStateValue"]) == ("alarm", "ALARM", "OK")
    assert (told["AlarmArn"], told["NewStateReason"], told["AWSAccountId"]) == (ALARM, "too many", OWNER)
    assert [each[:2] for each in history] == [
        ("Action", f"Successfully executed action {TOPIC}"),
        ("StateUpdate", "Alarm updated from OK to ALARM"),
    ]
    assert actions(asked, "cloudwatch.amazonaws.com") == ["kms:GenerateDataKey", "kms:Decrypt"]
    assert {each.request.context["aws:sourcearn"] for each in asked} == {ALARM}


WRONG = {
    "a key that does not name CloudWatch": (make_key, NO_KEY),
    "a key for alarms of another account": (
        lambda kms: make_key(
            kms,
            use(
                {"Service": "cloudwatch.amazonaws.com"},
                SEND,
                Condition={"StringEquals": {"aws:SourceAccount": OTHER}},
            ),
        ),
        NO_KEY,
    ),
    "the key of AWS": (lambda kms: "alias/aws/sns", NO_KEY),
}


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.evidence("reported", "what users show of alarm histories: topics under alias/aws/sns tell nobody")
def test_an_alarm_that_may_not_use_the_key_says_so_in_its_history_alone(aws_world, owner, kms, listener, wrong):
    make, text = WRONG[wrong]
    heard = listener(make(kms))
    history = ring(owner)
    assert heard() == []
    assert history[0][:2] == ("Action", f"Failed to execute action {TOPIC}")
    assert (history[0][2]["actionState"], history[0][2]["error"]) == ("Failed", text)
    (refusal,) = aws_world.refusals
    assert (refusal.late.about, refusal.late.outcome) == (TOPIC, "misses a message of cloudwatch.amazonaws.com")
    assert "DENIED: nothing allows it: kms:GenerateDataKey" in refusal.explain()


@pytest.mark.parametrize("lost", ["disabled", "pending deletion", "deleted"])
@pytest.mark.evidence("assumed", "how a history words keys that are there no more")
def test_a_key_that_went_bad_fails_the_action(aws_world, owner, kms, listener, lost):
    key = make_key(kms, use({"Service": "cloudwatch.amazonaws.com"}, SEND))
    heard = listener(key)
    if lost == "disabled":
        kms.disable_key(KeyId=key)
    else:
        kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
        aws_world.clock.advance(days=8 if lost == "deleted" else 1)
    history = ring(owner)
    assert heard() == []
    said = {"disabled": "is disabled.", "pending deletion": "is pending deletion.", "deleted": "does not exist"}[lost]
    assert said in history[0][2]["error"]


def test_a_state_that_stays_or_actions_that_are_off_tell_nobody(owner, kms, listener):
    heard = listener(make_key(kms))
    assert ring(owner, state="OK") == []
    assert [each[0] for each in ring(owner, ActionsEnabled=False)] == ["StateUpdate"]
    assert heard() == []


def test_the_history_of_an_alarm_is_filtered_and_paged(owner, listener):
    listener(None)
    cloudwatch = put_alarm(owner, OKActions=[TOPIC])
    for state in ("ALARM", "OK"):
        cloudwatch.set_alarm_state(AlarmName="alarm", StateValue=state, StateReason="r")
    ask = cloudwatch.describe_alarm_history
    updates = ask(AlarmName="alarm", HistoryItemType="StateUpdate", ScanBy="TimestampAscending")["AlarmHistoryItems"]
    assert [each["HistorySummary"] for each in updates] == [
        "Alarm updated from OK to ALARM",
        "Alarm updated from ALARM to OK",
    ]
    first = ask(MaxRecords=3)
    assert [each["HistoryItemType"] for each in first["AlarmHistoryItems"]] == ["Action", "StateUpdate", "Action"]
    assert len(ask(NextToken=first["NextToken"])["AlarmHistoryItems"]) == 1
    assert ask(AlarmName="other")["AlarmHistoryItems"] == []
    assert ask(EndDate="2000-01-01")["AlarmHistoryItems"] == ask(StartDate="2999-01-01")["AlarmHistoryItems"] == []


# --- rules to topics --------------------------------------------------------------------------------------------------


def test_a_rule_tells_a_topic_whose_key_lets_eventbridge_in_without_its_source(aws_world, owner, kms, listener):
    heard = listener(make_key(kms, use({"Service": "events.amazonaws.com"}, SEND)))
    with decided(aws_world) as asked:
        happen(put_rule(owner, {"Arn": TOPIC}))
    (told,) = heard()
    assert (told["source"], told["detail-type"], told["detail"], told["account"]) == ("app", "t", {"n": 1}, OWNER)
    assert actions(asked, "events.amazonaws.com") == ["kms:GenerateDataKey", "kms:Decrypt"]
    assert [key for each in asked for key in each.request.context if key.startswith("aws:source")] == []
    called = [each for each in aws_world.events if each["eventName"] == "GenerateDataKey"]
    assert called[0]["userIdentity"] == {"type": "AWSService", "invokedBy": "events.amazonaws.com"}
    assert called[0]["requestParameters"]["encryptionContext"] == {"aws:sns:topicArn": TOPIC}


@pytest.mark.parametrize("key", ["aws:SourceAccount", "aws:SourceArn"])
@pytest.mark.evidence(
    "documented", '"Managing Amazon SNS encryption keys and costs": not for EventBridge; many reports'
)
def test_a_key_policy_that_asks_for_the_source_of_a_rule_gets_none(aws_world, owner, kms, listener, key):
    condition = {"Condition": {"StringLike": {key: "*"}}}
    heard = listener(make_key(kms, use({"Service": "events.amazonaws.com"}, SEND, **condition)))
    happen(put_rule(owner, {"Arn": TOPIC}))
    assert heard() == []
    (refusal,) = aws_world.refusals
    assert f"events.amazonaws.com tells nothing of its source here, so that no condition on {key}" in refusal.explain()
    assert metrics(owner, "AWS/Events") == {("FailedInvocations", "rule")}


def test_the_encryption_context_limits_what_eventbridge_may(owner, kms, listener):
    limit = {"Condition": {"StringEquals": {"kms:EncryptionContext:aws:sns:topicArn": TOPIC}}}
    heard = listener(make_key(kms, use({"Service": "events.amazonaws.com"}, SEND, **limit)))
    happen(put_rule(owner, {"Arn": TOPIC}))
    assert [each["detail"] for each in heard()] == [{"n": 1}]


def test_a_topic_is_told_what_the_target_makes_of_an_event(owner, listener):
    heard = listener(None)
    paths = {"n": "$.detail.n"}
    events = put_rule(
        owner,
        {"Arn": TOPIC, "Input": '"constant"'},
        {"Arn": TOPIC, "InputPath": "$.detail"},
        {"Arn": TOPIC, "InputPath": "$.detail.list[1]"},
        {"Arn": TOPIC, "InputPath": "$.detail.nothing"},
        {"Arn": TOPIC, "InputTransformer": {"InputPathsMap": paths, "InputTemplate": '{"number": <n>}'}},
    )
    happen(events, list=["a", "b"])
    assert heard() == ["constant", {"n": 1, "list": ["a", "b"]}, "b", None, {"number": 1}]


@pytest.mark.parametrize("condition", [{}, SOURCE, {"Condition": {"ArnLike": {"aws:SourceArn": RULE}}}])
@pytest.mark.evidence("documented", '"Key management" (SQS): EventBridge sends its source to queues')
def test_a_rule_sends_to_a_queue_with_its_source(owner, kms, condition):
    key = make_key(kms, use({"Service": "events.amazonaws.com"}, SEND, **condition))
    heard = heard_of(owner, KmsMasterKeyId=key)
    happen(put_rule(owner, {"Arn": QUEUE}))
    assert [each["detail"] for each in heard()[0]] == [{"n": 1}]


# --- where a rule's lost events show ----------------------------------------------------------------------------------

LETTERS = f"arn:aws:sqs:us-east-1:{OWNER}:letters"


@pytest.mark.parametrize(
    ("target", "code", "text"),
    [
        (QUEUE, "NO_PERMISSIONS", "events.amazonaws.com is not authorized to perform: kms:GenerateDataKey"),
        (f"arn:aws:sqs:us-east-1:{OWNER}:absent", "NO_RESOURCE", "The specified queue does not exist"),
        (f"arn:aws:sns:us-east-1:{OWNER}:absent", "NO_RESOURCE", "Topic does not exist"),
    ],
)
def test_what_a_target_does_not_get_is_in_its_dead_letter_queue(owner, key, target, code, text):
    heard, letters = heard_of(owner, KmsMasterKeyId=key), heard_of(owner, "letters")
    happen(put_rule(owner, {"Arn": target, "DeadLetterConfig": {"Arn": LETTERS}}))
    assert heard() == ([], [])
    ((event,), (attributes,)) = letters()
    assert (event["detail"], event["source"]) == ({"n": 1}, "app")
    assert (attributes["RULE_ARN"], attributes["TARGET_ARN"], attributes["ERROR_CODE"]) == (RULE, target, code)
    assert text in attributes["ERROR_MESSAGE"]
    assert metrics(owner, "AWS/Events") == {("FailedInvocations", "rule"), ("InvocationsSentToDlq", "rule")}


def test_a_dead_letter_queue_under_a_key_needs_that_key_too(aws_world, owner, key):
    heard_of(owner, KmsMasterKeyId=key)
    letters = heard_of(owner, "letters", KmsMasterKeyId="alias/aws/sqs")
    happen(put_rule(owner, {"Arn": QUEUE, "DeadLetterConfig": {"Arn": LETTERS}}))
    assert letters() == ([], [])
    assert [each.late.about for each in aws_world.refusals] == [QUEUE, LETTERS]
    assert ("InvocationsFailedToBeSentToDlq", "rule") in metrics(owner, "AWS/Events")


# --- other accounts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("let_in", [True, False])
def test_a_queue_of_another_account_lets_a_rule_in_by_its_policy(owner, other, let_in):
    arn = f"arn:aws:sqs:us-east-1:{OTHER}:listener"
    statement = use(
        {"Service": "events.amazonaws.com"}, "sqs:SendMessage", Condition={"ArnEquals": {"aws:SourceArn": RULE}}
    )
    attributes = {"Policy": json.dumps(policy({**statement, "Resource": arn}))} if let_in else {}
    heard, letters = heard_of(other, **attributes), heard_of(owner, "letters")
    happen(put_rule(owner, {"Arn": arn, "DeadLetterConfig": {"Arn": LETTERS}}))
    assert [each["detail"] for each in heard()[0]] == ([{"n": 1}] if let_in else [])
    assert [each["ERROR_CODE"] for each in letters()[1]] == ([] if let_in else ["NO_PERMISSIONS"])


@pytest.mark.parametrize("let_in", [True, False])
def test_a_topic_of_another_account_lets_an_alarm_in_by_its_policy(owner, other, let_in):
    topic, queue = f"arn:aws:sns:us-east-1:{OTHER}:topic", f"arn:aws:sqs:us-east-1:{OTHER}:listener"
    heard, sns = heard_of(other), other.client("sns")
    text = json.dumps(policy(use(root(OTHER)), use({"Service": "cloudwatch.amazonaws.com"}, SEND)))
    key = other.client("kms").create_key(Policy=text)["KeyMetadata"]["Arn"]
    statement = {**use({"Service": "cloudwatch.amazonaws.com"}, "sns:Publish", **SOURCE), "Resource": topic}
    admitting = {"Policy": json.dumps(policy(statement))} if let_in else {}
    sns.create_topic(Name="topic", Attributes={"KmsMasterKeyId": key, **admitting})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"})
    history = ring(owner, AlarmActions=[topic])
    assert [each["AlarmName"] for each in heard()[0]] == (["alarm"] if let_in else [])
    refused = f"Resource: {ALARM} is not authorized to perform: SNS:Publish on resource: {topic}"
    assert history[0][2].get("error") == (None if let_in else refused)


@pytest.mark.evidence("documented", "DescribeAlarmHistory: InvalidNextToken, CloudWatch API reference")
@pytest.mark.parametrize("token", ["nonsense", "-1", "٣", "9" * 5000])
def test_a_token_of_alarm_history_that_nobody_gave(aws_world, token):
    with refused("InvalidNextToken", "The next token specified is invalid."):
        aws_world.account(OWNER).client("cloudwatch").describe_alarm_history(NextToken=token)
