"""What a world enforces: the services of the model, all services, or nothing; and a world that only watches."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.support.claims import OTHER, OWNER, allow, policy, refused
from tests.support.policies import assume, encrypt, sts_denied, trust

ALICE = f"arn:aws:iam::{OWNER}:user/alice"
everything = pytest.mark.kmsmock(enforce_iam="all")
TABLE = {
    "TableName": "t",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}


@pytest.fixture
def alice(owner):
    return owner.user("alice")


def test_services_outside_of_the_model_stay_open(alice):
    assert alice.client("dynamodb").create_table(**TABLE)
    assert alice.client("dynamodb").put_item(TableName="t", Item={"id": {"S": "1"}})
    assert alice.client("ssm").put_parameter(Name="p", Value="v", Type="String")
    assert alice.client("logs").create_log_group(logGroupName="g")


# --- all ------------------------------------------------------------------------------------------------------------


@everything
@pytest.mark.parametrize(
    ("service", "operation", "params", "action", "resource", "code", "status"),
    [
        (
            "dynamodb",
            "put_item",
            {"TableName": "t", "Item": {"id": {"S": "1"}, "more": {"M": {"a": {"L": [{"N": "1"}]}}}}},
            "dynamodb:PutItem",
            f"arn:aws:dynamodb:us-east-1:{OWNER}:table/t",
            "AccessDeniedException",
            400,
        ),
        (
            "dynamodb",
            "delete_table",
            {"TableName": "t"},
            "dynamodb:DeleteTable",
            f"arn:aws:dynamodb:us-east-1:{OWNER}:table/t",
            "AccessDeniedException",
            400,
        ),
        (
            "sqs",
            "send_message",
            {"QueueUrl": f"https://sqs.us-east-1.amazonaws.com/{OWNER}/q", "MessageBody": "x"},
            "sqs:SendMessage",
            f"arn:aws:sqs:us-east-1:{OWNER}:q",
            "AccessDenied",
            403,
        ),
        (
            "sns",
            "publish",
            {"TopicArn": f"arn:aws:sns:us-east-1:{OWNER}:t", "Message": "x"},
            "SNS:Publish",
            f"arn:aws:sns:us-east-1:{OWNER}:t",
            "AuthorizationError",
            403,
        ),
    ],
)
def test_all_asks_every_service_for_its_permissions(alice, service, operation, params, action, resource, code, status):
    with refused(code, status=status) as refusal:
        getattr(alice.client(service), operation)(**params)
    assert refusal.response["Error"]["Message"].startswith(
        f"User: {ALICE} is not authorized to perform: {action} on resource: {resource} because no "
    )


ARN = f"us-east-1:{OWNER}"


@everything
@pytest.mark.parametrize(
    ("service", "operation", "params", "asked"),
    [
        ("ssm", "get_parameter", {"Name": "/p/q"}, [("ssm:GetParameter", f"arn:aws:ssm:{ARN}:parameter/p/q")]),
        (
            "ssm",
            "get_parameters",
            {"Names": ["/p/q", "r"]},
            [("ssm:GetParameters", f"arn:aws:ssm:{ARN}:parameter/{name}") for name in ("p/q", "r")],
        ),
        ("iam", "get_user", {"UserName": "bob"}, [("iam:GetUser", f"arn:aws:iam::{OWNER}:user/staff/bob")]),
        ("sns", "create_topic", {"Name": "t"}, [("sns:CreateTopic", f"arn:aws:sns:{ARN}:t")]),
        (
            "sqs",
            "send_message_batch",
            {"QueueUrl": f"https://sqs.us-east-1.amazonaws.com/{OWNER}/q", "Entries": []},
            [("sqs:SendMessage", f"arn:aws:sqs:{ARN}:q")],
        ),
        (
            "dynamodb",
            "batch_get_item",
            {"RequestItems": {name: {"Keys": [{"id": {"S": "1"}}]} for name in ("t", "u")}},
            [("dynamodb:BatchGetItem", f"arn:aws:dynamodb:{ARN}:table/{name}") for name in ("t", "u")],
        ),
        (
            "dynamodbstreams",
            "describe_stream",
            {"StreamArn": f"arn:aws:dynamodb:{ARN}:table/t/stream/2026-01-01T00:00:00.000"},
            [("dynamodb:DescribeStream", f"arn:aws:dynamodb:{ARN}:table/t/stream/2026-01-01T00:00:00.000")],
        ),
        (
            "apigateway",
            "get_stage",
            {"restApiId": "a1", "stageName": "prod"},
            [("apigateway:GET", "arn:aws:apigateway:us-east-1::/restapis/a1/stages/prod")],
        ),
        ("apigatewayv2", "get_api", {"ApiId": "a1"}, [("apigateway:GET", "arn:aws:apigateway:us-east-1::/v2/apis/a1")]),
        (
            "logs",
            "create_log_stream",
            {"logGroupName": "g", "logStreamName": "s"},
            [("logs:CreateLogStream", f"arn:aws:logs:{ARN}:log-group:g:log-stream:s")],
        ),
    ],
)
def test_all_fills_in_the_resources_that_a_call_names(aws_world, owner, service, operation, params, asked):
    owner.client("iam").create_user(UserName="bob", Path="/staff/")
    asker = owner.user("asker", [allow(action, resource) for action, resource in asked[:-1]])
    with pytest.raises(ClientError):
        getattr(asker.client(service), operation)(**params)
    assert [
        (each.action, each.resource) for each in aws_world.decisions if each.request.principal.arn == asker.arn
    ] == asked


@everything
def test_all_lets_through_what_the_callers_policies_allow(owner):
    owner.client("dynamodb").create_table(**TABLE)
    reader = owner.user("reader", [allow("dynamodb:Scan", f"arn:aws:dynamodb:*:{OWNER}:table/t*")])
    assert owner.client("dynamodb").put_item(TableName="t", Item={"id": {"S": "1"}})
    assert reader.client("dynamodb").scan(TableName="t")["Items"] == [{"id": {"S": "1"}}]
    with refused("AccessDeniedException", status=400):
        reader.client("dynamodb").delete_table(TableName="t")


@everything
def test_all_keeps_to_what_sts_asks_for(owner, alice):
    """A trust policy that names the caller is enough, and a session token needs no permission at all."""
    role = owner.role("worker", trust=trust(ALICE))
    closed = owner.role("closed", trust=trust(owner.root.arn))
    assert assume(alice.client("sts"), role)
    assert alice.client("sts").get_session_token()
    assert alice.client("sts").get_caller_identity()["Arn"] == ALICE
    with sts_denied(ALICE, "sts:AssumeRole", closed.arn):
        assume(alice.client("sts"), closed)


@everything
def test_all_leaves_the_administrators_alone(owner, other):
    for account in (owner, other):
        queue = account.client("sqs").create_queue(QueueName="q")["QueueUrl"]
        assert account.client("sqs").send_message(QueueUrl=queue, MessageBody="x")


@everything
def test_all_hears_the_policy_of_a_queue(owner, alice):
    sqs = owner.client("sqs")
    queue = sqs.create_queue(QueueName="q")["QueueUrl"]
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": ALICE},
        "Action": "sqs:SendMessage",
        "Resource": f"arn:aws:sqs:us-east-1:{OWNER}:q",
    }
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(policy(statement))})
    assert alice.client("sqs").send_message(QueueUrl=queue, MessageBody="x")
    with refused("AccessDenied", status=403):
        alice.client("sqs").receive_message(QueueUrl=queue)
    deny = {**statement, "Effect": "Deny", "Principal": "*"}
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(policy(statement, deny))})
    for principal in (alice, owner.root):
        with refused("AccessDenied", status=403) as refusal:
            principal.client("sqs").send_message(QueueUrl=queue, MessageBody="x")
        assert "with an explicit deny in a resource-based policy" in refusal.response["Error"]["Message"]


# --- off and audit --------------------------------------------------------------------------------------------------


@pytest.mark.kmsmock(enforce_iam="off")
def test_without_iam_only_kms_is_enforced(alice, key):
    s3 = alice.client("s3")
    s3.create_bucket(Bucket="bucket")
    assert s3.put_object(Bucket="bucket", Key="k", Body=b"x")
    with refused("AccessDeniedException"):
        encrypt(alice.client("kms"), key)
    with refused("AccessDenied", status=403):
        s3.put_object(Bucket="bucket", Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)


@pytest.mark.kmsmock(enforce="off")
def test_off_is_off_for_everything(aws_world, alice, key):
    s3 = alice.client("s3")
    s3.create_bucket(Bucket="bucket")
    assert s3.put_object(Bucket="bucket", Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    assert encrypt(alice.client("kms"), key)
    assert aws_world.decisions == []


@pytest.mark.kmsmock(enforce="audit")
def test_audit_lets_everything_pass_and_remembers_what_would_have_been_refused(aws_world, owner, alice, key):
    s3 = alice.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    alice.client("ec2").describe_snapshots()
    role = owner.role("worker", trust=trust(f"arn:aws:iam::{OTHER}:root"))
    assert assume(alice.client("sts"), role)
    refusals = [(each.caller, each.action, each.reason) for each in aws_world.decisions if not each.allowed]
    assert refusals == [
        (ALICE, "s3:CreateBucket", "identity-based policy"),
        (ALICE, "s3:PutObject", "identity-based policy"),
        (ALICE, "kms:GenerateDataKey", "identity-based policy"),
        (ALICE, "ec2:DescribeSnapshots", "identity-based policy"),
        (ALICE, "sts:AssumeRole", "resource-based policy"),
    ]


def test_strict_is_what_a_world_is_without_a_word(aws_world, owner, alice):
    role = owner.role("worker", trust=trust(f"arn:aws:iam::{OTHER}:root"))
    with sts_denied(ALICE, "sts:AssumeRole", role.arn):
        assume(alice.client("sts"), role)
    with refused("AccessDenied", status=403):
        alice.client("s3").create_bucket(Bucket="bucket")
    assert [each.allowed for each in aws_world.decisions] == [False, False]
