"""``enforce_iam="all"``: the policies of resources count, of every integrated service that has them.

"Resource-based policies for DynamoDB", "Sharing your data stream" (Kinesis), "Private repository policies" (ECR) and
"Permissions for event buses" (EventBridge): in the own account the policy alone is enough, between accounts both sides
have to allow, and a Deny wins.
"""

import json

import pytest

import kmsmock
from tests.support.claims import OTHER, OWNER, allow, policy, refused

pytestmark = pytest.mark.evidence(
    "documented", "the guides on resource-based policies of DynamoDB, Kinesis, ECR and EventBridge"
)

TABLE = f"arn:aws:dynamodb:us-east-1:{OWNER}:table/table"
STREAM = f"arn:aws:kinesis:us-east-1:{OWNER}:stream/stream"
REPOSITORY = f"arn:aws:ecr:us-east-1:{OWNER}:repository/repository"
BUS = f"arn:aws:events:us-east-1:{OWNER}:event-bus/bus"
ITEM = {"id": {"S": "one"}}


@pytest.fixture
def world():
    with kmsmock.World(account_id=OWNER, enforce_iam="all") as started:
        yield started


@pytest.fixture
def owner(world):
    return world.account(OWNER)


@pytest.fixture
def other(world):
    return world.account(OTHER)


def statement(principal, action, resource, effect="Allow"):
    return {"Effect": effect, "Principal": {"AWS": principal}, "Action": action, "Resource": resource}


class Tables:
    action, arn, code = "dynamodb:GetItem", TABLE, ("AccessDeniedException", 400)

    def make(self, account):
        account.client("dynamodb").create_table(
            TableName="table",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )

    def share(self, account, *statements):
        account.client("dynamodb").put_resource_policy(ResourceArn=TABLE, Policy=json.dumps(policy(*statements)))

    def use(self, principal):
        principal.client("dynamodb").get_item(TableName=TABLE, Key=ITEM)


class Streams:
    action, arn, code = "kinesis:PutRecord", STREAM, ("AccessDeniedException", 400)

    def make(self, account):
        account.client("kinesis").create_stream(StreamName="stream", ShardCount=1)

    def share(self, account, *statements):
        account.client("kinesis").put_resource_policy(ResourceARN=STREAM, Policy=json.dumps(policy(*statements)))

    def use(self, principal):
        principal.client("kinesis").put_record(StreamARN=STREAM, Data=b"data", PartitionKey="key")


class Repositories:
    action, arn, code = "ecr:ListImages", REPOSITORY, ("AccessDeniedException", 400)

    def make(self, account):
        account.client("ecr").create_repository(repositoryName="repository")

    def share(self, account, *statements):
        # an ECR repository's policy has no Resource: it is the repository's own
        bare = [{name: value for name, value in each.items() if name != "Resource"} for each in statements]
        account.client("ecr").set_repository_policy(repositoryName="repository", policyText=json.dumps(policy(*bare)))

    def use(self, principal):
        principal.client("ecr").list_images(registryId=OWNER, repositoryName="repository")


class Buses:
    action, arn, code = "events:DescribeEventBus", BUS, ("AccessDeniedException", 400)

    def make(self, account):
        account.client("events").create_event_bus(Name="bus")

    def share(self, account, *statements):
        named = [{**each, "Sid": f"statement{number}"} for number, each in enumerate(statements)]
        account.client("events").put_permission(EventBusName="bus", Policy=json.dumps(policy(*named)))

    def use(self, principal):
        principal.client("events").describe_event_bus(Name=BUS)


KINDS = [Tables(), Streams(), Repositories(), Buses()]
each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: type(kind).__name__.lower())


def said(caller, kind, reason):
    return f"User: {caller.arn} is not authorized to perform: {kind.action} on resource: {kind.arn} {reason}"


KEY_SIDE = (
    "because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based "
    "policy explicitly denies access"
)


def said_from_outside(caller, kind, reason):
    """Between accounts the resource is not named (the words that were recorded for keys)."""
    return f"User: {caller.arn} is not authorized to perform: {kind.action} on this resource {reason}"


@each_kind
def test_in_the_own_account_the_policy_of_the_resource_is_enough(owner, kind):
    kind.make(owner)
    alice = owner.user("alice")
    with refused(kind.code[0], said(alice, kind, f"because no identity-based policy allows the {kind.action} action"),
                 kind.code[1]):  # fmt: skip
        kind.use(alice)
    kind.share(owner, statement(alice.arn, kind.action, kind.arn))
    kind.use(alice)


@each_kind
def test_the_policy_of_the_resource_denies_whatever_the_caller_may(owner, kind):
    kind.make(owner)
    alice = owner.user("alice", [allow("*")])
    kind.use(alice)
    kind.share(owner, statement(alice.arn, kind.action, kind.arn, "Deny"))
    reason = "with an explicit deny in a resource-based policy"
    with refused(kind.code[0], said(alice, kind, reason), kind.code[1]):
        kind.use(alice)


@each_kind
def test_another_account_needs_both_sides(owner, other, kind):
    kind.make(owner)
    able, unable = other.user("able", [allow("*")]), other.user("unable")
    with refused(kind.code[0], said_from_outside(able, kind, KEY_SIDE), kind.code[1]):
        kind.use(able)
    kind.share(owner, statement(f"arn:aws:iam::{OTHER}:root", kind.action, kind.arn))
    kind.use(able)
    reason = f"because no identity-based policy allows the {kind.action} action"
    with refused(kind.code[0], said_from_outside(unable, kind, reason), kind.code[1]):
        kind.use(unable)


def test_the_policy_of_a_table_speaks_of_its_indexes(owner):
    Tables().make(owner)
    alice = owner.user("alice")
    owner.client("dynamodb").update_table(
        TableName="table",
        AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[
            {
                "Create": {
                    "IndexName": "index",
                    "KeySchema": [{"AttributeName": "name", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            }
        ],
    )

    def query():
        alice.client("dynamodb").query(
            TableName="table",
            IndexName="index",
            KeyConditionExpression="#name = :name",
            ExpressionAttributeNames={"#name": "name"},
            ExpressionAttributeValues={":name": {"S": "one"}},
        )

    Tables().share(owner, statement(alice.arn, "dynamodb:Query", TABLE))
    with refused("AccessDeniedException"):
        query()
    Tables().share(owner, statement(alice.arn, "dynamodb:Query", f"{TABLE}/index/*"))
    query()


def test_a_policy_that_is_deleted_says_nothing_more(owner, other):
    Tables().make(owner)
    able = other.user("able", [allow("*")])
    Tables().share(owner, statement(able.arn, "dynamodb:GetItem", TABLE))
    Tables().use(able)
    owner.client("dynamodb").delete_resource_policy(ResourceArn=TABLE)
    with refused("AccessDeniedException"):
        Tables().use(able)


def test_a_table_of_the_same_name_has_no_policy(owner, other):
    Tables().make(owner)
    able = other.user("able", [allow("*")])
    Tables().share(owner, statement(able.arn, "dynamodb:GetItem", TABLE))
    owner.client("dynamodb").delete_table(TableName="table")
    Tables().make(owner)
    with refused("AccessDeniedException"):
        Tables().use(able)


def test_a_stream_of_a_table_has_a_policy_of_its_own(owner, other):
    tables = owner.client("dynamodb")
    Tables().make(owner)
    spec = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    arn = tables.update_table(TableName="table", StreamSpecification=spec)["TableDescription"]["LatestStreamArn"]
    able = other.user("able", [allow("*")])
    with refused("AccessDeniedException"):
        able.client("dynamodbstreams").describe_stream(StreamArn=arn)
    tables.put_resource_policy(
        ResourceArn=arn, Policy=json.dumps(policy(statement(able.arn, "dynamodb:DescribeStream", arn)))
    )
    assert able.client("dynamodbstreams").describe_stream(StreamArn=arn)["StreamDescription"]["StreamArn"] == arn
