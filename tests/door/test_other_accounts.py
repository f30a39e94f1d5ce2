"""Requests that name a resource of another account: answered there, and only if both sides allow."""

import json

import pytest

import kmsmock
from tests.support.claims import OTHER, OWNER, allow, policy, refused

pytestmark = pytest.mark.evidence("documented", '"Cross-account resource access in IAM" (IAM user guide)')

URL = "https://sqs.us-east-1.amazonaws.com/{}/queue"


def send(client, account):
    return client.send_message(QueueUrl=URL.format(account), MessageBody="text")["MessageId"]


def test_a_queue_without_a_policy_is_closed_to_other_accounts(owner, other):
    owner.client("sqs").create_queue(QueueName="queue")
    sender = other.user("sender", [allow("*")])
    with refused("AccessDenied", status=403) as refusal:
        send(sender.client("sqs"), OWNER)
    assert f"User: {sender.arn} is not authorized to perform: sqs:SendMessage" in refusal.response["Error"]["Message"]


def test_the_caller_needs_a_permission_of_his_own_account(owner, other):
    statement = {"Effect": "Allow", "Principal": {"AWS": OTHER}, "Action": "sqs:*", "Resource": "*"}
    attributes = {"Policy": json.dumps(policy(statement))}
    owner.client("sqs").create_queue(QueueName="queue", Attributes=attributes)
    with refused("AccessDenied", status=403):
        send(other.user("unable").client("sqs"), OWNER)
    assert send(other.user("able", [allow("sqs:SendMessage")]).client("sqs"), OWNER)
    assert owner.client("sqs").receive_message(QueueUrl=URL.format(OWNER))["Messages"]


def test_a_queue_of_the_same_name_in_the_own_account_is_another_one(owner, other):
    for account in (owner, other):
        account.client("sqs").create_queue(QueueName="queue")
    send(other.client("sqs"), OTHER)
    assert "Messages" not in owner.client("sqs").receive_message(QueueUrl=URL.format(OWNER))


def test_a_batch_on_tables_of_two_accounts_is_not_modelled():
    keys = {"Keys": [{"id": {"S": "one"}}]}
    named = [f"arn:aws:dynamodb:us-east-1:{each}:table/table" for each in (OWNER, OTHER)]
    with kmsmock.World(enforce="off") as world:
        tables = world.account(OTHER).client("dynamodb")
        with pytest.raises(NotImplementedError, match="BatchGetItem on resources of several accounts"):
            tables.batch_get_item(RequestItems=dict.fromkeys(named, keys))


@pytest.mark.parametrize("enforce", ["audit", "off"])
def test_where_nothing_is_refused_a_made_up_account_means_the_own(enforce):
    # suites of moto write URLs such as …/000000000000/queue: moto does not look at the account
    with kmsmock.World(enforce=enforce) as world:
        queues = world.account(OWNER).client("sqs")
        queues.create_queue(QueueName="queue")
        assert send(queues, "000000000000")
        assert queues.receive_message(QueueUrl=URL.format(OWNER))["Messages"]
