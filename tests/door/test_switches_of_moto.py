"""moto's own switches hold inside a world: its IAM simulation, its whitelist of services, and what it lets through.

"How to enable IAM-like access control" and "Configuration Options" in moto's documentation.
"""

import asyncio
import json

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError
from moto import mock_aws
from moto.core import enable_iam_authentication, set_initial_no_auth_action_count
from moto.core.exceptions import ServiceNotWhitelisted

import kmsmock
from tests.support.claims import allow, refused
from tests.support.policies import trust_document
from tests.support.servers import serving

A = "111111111111"


def signing(credentials, service):
    return boto3.client(
        service,
        "us-east-1",
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials.get("SessionToken"),
    )


def assumed(policy):
    """The credentials of a session of a role with a policy, made with the credentials of everybody's mocks."""
    iam = boto3.client("iam", "us-east-1")
    arn = iam.create_role(RoleName="app", AssumeRolePolicyDocument=trust_document("123456789012"))["Role"]["Arn"]
    iam.put_role_policy(RoleName="app", PolicyName="p", PolicyDocument=json.dumps(policy))
    return boto3.client("sts", "us-east-1").assume_role(RoleArn=arn, RoleSessionName="ci")["Credentials"]


# Services of each kind: those that the model enforces, those that it integrates, and those that it leaves to moto.
SERVICES = {
    "s3": ("list_buckets", "s3:ListAllMyBuckets", "AccessDenied", 403),
    "ec2": ("describe_volumes", "ec2:DescribeVolumes", "UnauthorizedOperation", 403),
    "sqs": ("list_queues", "sqs:ListQueues", "AccessDenied", 403),
    "dynamodb": ("list_tables", "dynamodb:ListTables", "AccessDeniedException", 400),
    "iam": ("list_users", "iam:ListUsers", "AccessDenied", 403),
    "glue": ("get_databases", "glue:GetDatabases", "AccessDeniedException", 400),
    "kms": ("list_keys", "kms:ListKeys", "AccessDeniedException", 400),
}


@pytest.mark.parametrize("service", SERVICES)
def test_a_session_of_a_role_may_what_its_policies_allow(aws_world, service):
    name, action, _, _ = SERVICES[service]
    session = assumed(allow(action))
    with enable_iam_authentication():
        assert getattr(signing(session, service), name)()


@pytest.mark.parametrize("service", SERVICES)
def test_and_nothing_else(aws_world, service):
    name, _, code, status = SERVICES[service]
    session = assumed(allow("logs:*"))
    with enable_iam_authentication(), refused(code, status=status):
        getattr(signing(session, service), name)()
    assert getattr(boto3.client(service, "us-east-1"), name)()


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("kind", ["user", "role", "root"])
def test_principals_of_the_world_are_known_to_it(aws_world, service, kind):
    name, action, _, _ = SERVICES[service]
    account = aws_world.account(A)
    who = account if kind == "root" else getattr(account, kind)("who", [allow(action)])
    with enable_iam_authentication():
        assert getattr(who.client(service), name)()


def test_users_are_held_to_their_policies(aws_world):
    alice = aws_world.account(A).user("alice", [allow("s3:*")])
    with enable_iam_authentication(), refused("AccessDeniedException"):
        alice.client("dynamodb").list_tables()
    assert alice.client("dynamodb").list_tables()["TableNames"] == []  # the switch is off again


def test_policies_of_aws_itself_count(aws_world):
    iam = boto3.client("iam", "us-east-1")
    session = assumed(allow("logs:*"))
    iam.attach_role_policy(RoleName="app", PolicyArn="arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess")
    with enable_iam_authentication():
        assert signing(session, "dynamodb").list_tables()["TableNames"] == []


# "Common errors" and "Error responses" of each service's API reference.
UNKNOWN = {
    "s3": ("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", 403),
    "ec2": ("AuthFailure", "AWS was not able to validate the provided access credentials", 401),
    "sqs": ("InvalidClientTokenId", "The security token included in the request is invalid.", 403),
    "dynamodb": ("UnrecognizedClientException", "The security token included in the request is invalid.", 400),
    "iam": ("InvalidClientTokenId", "The security token included in the request is invalid.", 403),
    "glue": ("UnrecognizedClientException", "The security token included in the request is invalid.", 400),
    "kms": ("UnrecognizedClientException", "The security token included in the request is invalid.", 400),
}


@pytest.mark.parametrize("service", SERVICES)
def test_credentials_that_nobody_issued_are_nobodys(aws_world, service):
    client = boto3.client(service, "us-east-1")
    assert getattr(client, SERVICES[service][0])()
    with enable_iam_authentication(), refused(*UNKNOWN[service]):
        getattr(client, SERVICES[service][0])()


def test_who_need_not_sign_need_not_be_known(aws_world):
    # "Amazon Cognito user pools API operations grouped by authorization model"
    with enable_iam_authentication(), refused("ResourceNotFoundException"):
        boto3.client("cognito-idp", "us-east-1").sign_up(ClientId="absent", Username="u", Password="P2$Sword")
    assert boto3.client("cognito-idp", "us-east-1").list_user_pools(MaxResults=1)["UserPools"] == []


def test_also_where_a_service_looks_before_moto_does(aws_world):
    # getmoto/moto tests/test_s3/test_s3_auth.py, test_load_unexisting_object_without_auth_should_return_403
    s3 = boto3.client("s3", "us-east-1")
    with enable_iam_authentication(), refused(*UNKNOWN["s3"]):
        s3.get_object(Bucket="no-such-bucket", Key="k")
    assert s3.list_buckets()["Buckets"] == []


@set_initial_no_auth_action_count(3)
def test_objects_of_s3_are_asked_about_as_everything_else(aws_world):
    iam = boto3.client("iam", "us-east-1")
    iam.create_user(UserName="u")
    policy = allow("s3:*", ["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/mine"])
    iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=json.dumps(policy))
    s3 = signing(iam.create_access_key(UserName="u")["AccessKey"], "s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="mine", Body=b"x")
    with refused("AccessDenied", status=403):
        s3.put_object(Bucket="bucket", Key="yours", Body=b"x")


def test_calls_before_the_count_are_free(aws_world):
    @set_initial_no_auth_action_count(4)
    def suite():
        session = assumed(allow("dynamodb:ListTables"))  # three calls
        signing(session, "glue").get_databases()
        assert signing(session, "dynamodb").list_tables()["TableNames"] == []
        with refused("AccessDeniedException"):
            signing(session, "glue").get_databases()

    suite()


def test_afterwards_it_is_as_before(aws_world):
    session = assumed(allow("logs:*"))
    with enable_iam_authentication():
        pass
    assert signing(session, "glue").get_databases()["DatabaseList"] == []


# --- the whitelist ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("inside", [True, False], ids=["mock in world", "world in mock"])
def test_services_that_are_not_on_the_list_are_not_mocked(inside):
    config = {"core": {"service_whitelist": ["s3", "kms"]}}
    outer, inner = (kmsmock.World(), mock_aws(config=config))
    if not inside:
        outer, inner = inner, outer
    with outer, inner:
        assert boto3.client("s3", "us-east-1").list_buckets()["Buckets"] == []
        assert boto3.client("kms", "us-east-1").list_keys()["Keys"] == []
        for service, name in (
            ("dynamodb", "list_tables"),
            ("glue", "get_databases"),
            ("secretsmanager", "list_secrets"),
        ):
            with pytest.raises(ServiceNotWhitelisted, match=f"Service {service} not whitelisted"):
                getattr(boto3.client(service, "us-east-1"), name)()


def test_kms_is_not_on_it_unless_it_is_named(aws_world):
    config = {"core": {"service_whitelist": ["s3"]}}
    with mock_aws(config=config), pytest.raises(ServiceNotWhitelisted, match="Service kms not whitelisted"):
        boto3.client("kms", "us-east-1").list_keys()
    assert boto3.client("kms", "us-east-1").list_keys()["Keys"] == []


# --- what goes through ------------------------------------------------------------------------------------------------


@pytest.fixture
def server():
    """Somebody's own service, on loopback."""

    with serving(body=b'{"TableNames": ["real"], "Keys": []}') as server:
        yield server.url.rstrip("/")


def test_urls_that_moto_lets_through_leave_the_process(aws_world, server):
    with mock_aws(config={"core": {"passthrough": {"urls": [f"{server}.*"]}}}):
        client = boto3.client("dynamodb", "us-east-1", endpoint_url=server)
        assert client.list_tables()["TableNames"] == ["real"]
        assert boto3.client("dynamodb", "us-east-1").list_tables()["TableNames"] == []


def test_services_that_moto_lets_through_leave_the_process(aws_world, server):
    with mock_aws(config={"core": {"passthrough": {"services": ["dynamodb"]}}}):
        client = boto3.client("dynamodb", "us-east-1", endpoint_url=server)
        assert client.list_tables()["TableNames"] == ["real"]
        assert boto3.client("s3", "us-east-1").list_buckets()["Buckets"] == []


def test_so_do_those_of_asynchronous_clients(aws_world, server):
    pytest.importorskip("aiobotocore", reason="the Makefile installs it")

    async def ask():
        from aiobotocore.session import get_session

        options = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "endpoint_url": server}
        async with get_session().create_client("dynamodb", "us-east-1", **options) as client:
            return (await client.list_tables())["TableNames"]

    with mock_aws(config={"core": {"passthrough": {"urls": [f"{server}.*"]}}}):
        assert asyncio.run(ask()) == ["real"]


def test_a_service_that_is_let_through_gets_to_the_sockets(aws_world, monkeypatch):
    """Also with AWS's own host: what urllib3 would send is left to it, and this test has no network."""
    reached = []

    def connect(pool, *_, **__):
        reached.append(pool.host)
        raise ConnectionError

    monkeypatch.setattr("urllib3.connectionpool.HTTPConnectionPool._make_request", connect)
    client = boto3.client("dynamodb", "us-east-1", config=Config(retries={"total_max_attempts": 1}))
    config = {"core": {"passthrough": {"services": ["dynamodb"]}}}
    with mock_aws(config=config), pytest.raises(ConnectionClosedError):
        client.list_tables()
    assert set(reached) == {"dynamodb.us-east-1.amazonaws.com"}
