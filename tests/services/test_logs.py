"""Encrypted log groups: CloudWatch Logs asks as itself, so that the key policy must name it and the caller needs nothing."""

import pytest

from tests.support.claims import OWNER
from tests.support.ec2 import kms_events
from tests.support.policies import make_key, use
from tests.support.refusals import FOREIGN, Refusal, refused_as
from tests.support.service_cases import GROUP, LOGS_DENIED
from tests.support.services import decided, person, refused_somehow

pytestmark = pytest.mark.evidence(
    "documented",
    '"Encrypt log data in CloudWatch Logs using AWS KMS" (user guide); a refusal\'s text is known from public reports',
)

SERVICE = {"Service": "logs.us-east-1.amazonaws.com"}
NEEDED = ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"]


@pytest.fixture
def logs(owner):
    return owner.client("logs")


def key_of(kms, condition=None, principal=SERVICE, actions=NEEDED):
    """A key whose policy lets Logs in, under a condition."""
    return make_key(kms, use(principal, actions, **({"Condition": condition} if condition else {})))


def make_group(logs, key=None, name="group"):
    logs.create_log_group(logGroupName=name, **({"kmsKeyId": key} if key else {}))
    logs.create_log_stream(logGroupName=name, logStreamName="stream")


def put(world, logs, text="line"):
    event = {"timestamp": int(world.clock.now().timestamp() * 1000), "message": text}
    logs.put_log_events(logGroupName="group", logStreamName="stream", logEvents=[event])


def get(logs):
    answer = logs.get_log_events(logGroupName="group", logStreamName="stream", startFromHead=True)
    return [each["message"] for each in answer["events"]]


def shown_key(logs):
    return logs.describe_log_groups()["logGroups"][0].get("kmsKeyId")


def denied():
    return refused_as(LOGS_DENIED, FOREIGN)


# --- the key policy ---------------------------------------------------------------------------------------------------------------

ADMITTED = {
    "without a condition": None,
    "for this group": {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": GROUP}},
    "for groups of the account": {
        "ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:us-east-1:{OWNER}:log-group:*"}
    },
}


@pytest.mark.parametrize("condition", ADMITTED.values(), ids=ADMITTED)
def test_a_key_that_names_the_service_serves_whoever_makes_the_group(aws_world, owner, kms, condition):
    alice = person(owner)
    key = key_of(kms, condition)
    make_group(alice.client("logs"), key)
    put(aws_world, alice.client("logs"))
    assert get(alice.client("logs")) == ["line"]
    assert shown_key(alice.client("logs")) == key


REFUSED = {
    "another group": {"condition": {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": f"{GROUP}-other"}}},
    "another Region": {"principal": {"Service": "logs.eu-west-1.amazonaws.com"}},
    "another service": {"principal": {"Service": "sns.amazonaws.com"}},
    "only to describe": {"actions": ["kms:DescribeKey"]},
    "only through a service": {"condition": {"StringEquals": {"kms:ViaService": "logs.us-east-1.amazonaws.com"}}},
}


@pytest.mark.parametrize("policy", REFUSED.values(), ids=REFUSED)
def test_a_key_that_does_not_let_the_service_in_makes_no_group(logs, kms, policy):
    with denied():
        make_group(logs, key_of(kms, **policy))
    assert logs.describe_log_groups()["logGroups"] == []


def test_all_permissions_of_the_caller_do_not_help(owner, key):
    admin = person(owner, "kms:*", name="admin")
    with denied():
        make_group(admin.client("logs"), key)


def test_kms_sees_the_service_and_the_group(aws_world, logs, kms):
    key = key_of(kms)
    with kms_events(aws_world) as events, decided(aws_world) as asked:
        make_group(logs, key)
        put(aws_world, logs)
        get(logs)
    assert {each.caller for each in asked} == {"logs.us-east-1.amazonaws.com"}
    contexts = [(event["requestParameters"] or {}).get("encryptionContext") for event in events]
    assert {"aws:logs:arn": GROUP} in contexts
    assert {str(each) for each in contexts if each} == {str({"aws:logs:arn": GROUP})}


# --- keys that come and go ----------------------------------------------------------------------------------------------------


def test_a_key_may_be_associated_later(logs, kms):
    make_group(logs)
    key = key_of(kms)
    logs.associate_kms_key(logGroupName="group", kmsKeyId=key)
    assert shown_key(logs) == key


def test_a_key_that_refuses_is_not_associated(logs, kms, key):
    make_group(logs)
    with denied():
        logs.associate_kms_key(logGroupName="group", kmsKeyId=key)
    disabled = key_of(kms)
    kms.disable_key(KeyId=disabled)
    with refused_somehow("AccessDeniedException", "InvalidParameterException"):
        logs.associate_kms_key(logGroupName="group", kmsKeyId=disabled)
    assert shown_key(logs) is None


def test_what_was_written_under_a_key_needs_it_after_it_was_disassociated(aws_world, logs, kms):
    key = key_of(kms)
    make_group(logs, key)
    put(aws_world, logs, "secret")
    logs.disassociate_kms_key(logGroupName="group")
    assert shown_key(logs) is None
    put(aws_world, logs, "plain")
    assert get(logs) == ["secret", "plain"]
    kms.disable_key(KeyId=key)
    with refused_somehow():
        get(logs)


def test_what_was_written_before_a_key_came_does_not_need_it(aws_world, logs, kms):
    make_group(logs)
    put(aws_world, logs, "plain")
    key = key_of(kms)
    logs.associate_kms_key(logGroupName="group", kmsKeyId=key)
    kms.disable_key(KeyId=key)
    assert get(logs) == ["plain"]


def test_nothing_is_read_while_the_key_is_disabled_and_everything_afterwards(aws_world, logs, kms):
    key = key_of(kms)
    make_group(logs, key)
    put(aws_world, logs)
    kms.disable_key(KeyId=key)
    with refused_somehow():
        get(logs)
    with refused_somehow():
        logs.filter_log_events(logGroupName="group")
    kms.enable_key(KeyId=key)
    assert get(logs) == ["line"]
    assert [each["message"] for each in logs.filter_log_events(logGroupName="group")["events"]] == ["line"]


def test_a_policy_that_no_longer_names_the_service_closes_the_group(aws_world, logs, kms):
    key = key_of(kms)
    make_group(logs, key)
    put(aws_world, logs)
    kms.put_key_policy(
        KeyId=key, Policy=kms.get_key_policy(KeyId=key)["Policy"].replace("logs.us-east-1", "logs.eu-west-1")
    )
    with refused_somehow():
        get(logs)


def test_the_bare_id_of_a_key_is_not_found(logs, kms):
    key = key_of(kms)
    with refused_as(
        Refusal("InvalidParameterException", 400, "The specified KMS Key Id could not be found. 'group'"), None
    ):
        make_group(logs, key.split("/")[1])


def test_a_group_without_a_key_asks_nothing(aws_world, logs):
    with decided(aws_world) as asked:
        make_group(logs)
        put(aws_world, logs)
        assert get(logs) == ["line"]
        logs.delete_log_group(logGroupName="group")
    assert asked == []


def test_a_group_that_was_made_anew_has_no_key(aws_world, logs, kms):
    key = key_of(kms)
    make_group(logs, key)
    put(aws_world, logs)
    logs.delete_log_group(logGroupName="group")
    kms.disable_key(KeyId=key)
    make_group(logs)
    put(aws_world, logs)
    assert get(logs) == ["line"]


def test_a_stream_that_was_made_anew_has_no_events_under_the_key(aws_world, logs, kms):
    key = key_of(kms)
    make_group(logs, key)
    put(aws_world, logs)
    logs.disassociate_kms_key(logGroupName="group")
    logs.delete_log_stream(logGroupName="group", logStreamName="stream")
    kms.disable_key(KeyId=key)
    logs.create_log_stream(logGroupName="group", logStreamName="stream")
    put(aws_world, logs)
    assert get(logs) == ["line"]


def test_a_group_may_be_named_by_its_arn(aws_world, logs, kms):
    key = key_of(kms)
    make_group(logs)
    logs.associate_kms_key(resourceIdentifier=GROUP, kmsKeyId=key)
    assert shown_key(logs) == key
    logs.disassociate_kms_key(resourceIdentifier=GROUP)
    assert shown_key(logs) is None
    with refused_somehow("ResourceNotFoundException"):
        logs.associate_kms_key(logGroupName="another", kmsKeyId=key)
    results = f"arn:aws:logs:us-east-1:{OWNER}:query-result:*"
    with pytest.raises(NotImplementedError, match="AssociateKmsKey with a resourceIdentifier of query results"):
        logs.associate_kms_key(resourceIdentifier=results, kmsKeyId=key)


def test_a_query_needs_the_key(aws_world, logs, kms):
    key = key_of(kms)
    make_group(logs, key)
    put(aws_world, logs)
    query = {"logGroupName": "group", "startTime": 0, "endTime": 1, "queryString": "fields @message"}
    logs.start_query(**query)
    kms.disable_key(KeyId=key)
    with refused_somehow("InvalidParameterException"):
        logs.start_query(**query)
