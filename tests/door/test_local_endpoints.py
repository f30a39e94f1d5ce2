"""Clients with an endpoint that is not AWS's (moto's server, LocalStack, MinIO) reach it: entry 30 of "Truth"."""

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError

import kmsmock
from tests.support.servers import serving

SERVICES = ["dynamodb", "ec2", "kms", "lambda", "s3", "secretsmanager", "sns", "sqs", "ssm", "sts"]
CALLS = {
    "dynamodb": "list_tables",
    "ec2": "describe_volumes",
    "kms": "list_keys",
    "lambda": "list_functions",
    "s3": "list_buckets",
    "secretsmanager": "list_secrets",
    "sns": "list_topics",
    "sqs": "list_queues",
    "ssm": "describe_parameters",
    "sts": "get_caller_identity",
}


@pytest.fixture
def server():
    with serving(418) as server:
        yield server


def client(service, server, **options):
    return boto3.client(
        service,
        region_name="us-east-1",
        endpoint_url=f"http://127.0.0.1:{server.server_port}",
        aws_access_key_id="minioadmin",
        aws_secret_access_key="minioadmin",
        config=Config(retries={"total_max_attempts": 1}),
        **options,
    )


@pytest.mark.parametrize("service", SERVICES)
def test_the_server_of_the_test_is_asked_with_the_credentials_of_the_client(aws_world, server, service):
    with pytest.raises(Exception):  # noqa: B017, PT011 - 418, or that its answer cannot be read
        getattr(client(service, server), CALLS[service])()
    assert "Credential=minioadmin/" in server.seen[0][2]
    assert aws_world.events == []


def test_also_by_the_variable_that_names_an_endpoint(aws_world, server, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", f"http://localhost:{server.server_port}")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(Exception, match="418"):
        boto3.client("sqs", region_name="us-east-1").list_queues()
    assert len(server.seen) == 1


CLOSED = "http://127.0.0.1:1"


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SQS"])
def test_a_setting_that_leads_nowhere_is_named(aws_world, monkeypatch, name):
    """Entry 6 of "Unbreakable": suites of LocalStack export it."""
    monkeypatch.setenv(name, CLOSED)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(EndpointConnectionError, match=rf'"{CLOSED}/", which {name} sets.*custom_endpoints="answer"'):
        boto3.client("sqs", region_name="us-east-1").list_queues()


def test_a_refusal_names_the_setting(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", CLOSED)
    with (
        kmsmock.World(custom_endpoints="refuse"),
        pytest.raises(kmsmock.RealRequestRefused, match="AWS_ENDPOINT_URL of the environment names this endpoint"),
    ):
        boto3.client("sqs", region_name="us-east-1").list_queues()


@pytest.mark.parametrize("service", SERVICES)
def test_the_clients_of_principals_ignore_the_setting(owner, monkeypatch, service):
    """Nobody but the world knows their credentials."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", CLOSED)
    alice = owner.user("alice", ["arn:aws:iam::aws:policy/AdministratorAccess"])
    for principal in (owner, alice):
        answer = getattr(principal.client(service), CALLS[service])()
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_a_closed_port_is_what_it_is(aws_world):
    broken = boto3.client("s3", endpoint_url="http://127.0.0.1:1", config=Config(retries={"total_max_attempts": 1}))
    with pytest.raises(EndpointConnectionError, match=r'"http://127.0.0.1:1/"') as caught:
        broken.list_buckets()
    assert not isinstance(caught.value, kmsmock.RealRequestRefused)


@pytest.mark.parametrize("service", SERVICES)
def test_a_world_can_be_told_to_answer_them_itself(server, service):
    with kmsmock.World(custom_endpoints="answer"):
        getattr(client(service, server), CALLS[service])()
    assert server.seen == []


def test_objects_under_a_key_over_http_to_loopback_are_not_refused_for_lack_of_tls(server):
    with kmsmock.World(custom_endpoints="answer") as world:
        s3 = client("s3", server)
        key = boto3.client("kms", region_name="us-east-1").create_key()["KeyMetadata"]["Arn"]
        s3.create_bucket(Bucket="bucket")
        s3.put_object(Bucket="bucket", Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
        assert s3.get_object(Bucket="bucket", Key="k")["Body"].read() == b"x"
        assert world.at_rest("arn:aws:s3:::bucket/k").key_arn == key


def test_a_world_can_be_told_to_refuse_them(server):
    with kmsmock.World(custom_endpoints="refuse"), pytest.raises(kmsmock.RealRequestRefused, match=r"127.0.0.1"):
        client("s3", server).list_buckets()
    assert server.seen == []


def test_a_word_that_is_none_says_what_is_accepted():
    with pytest.raises(ValueError, match="custom_endpoints='maybe': give one of 'pass', 'answer', 'refuse'"):
        kmsmock.World(custom_endpoints="maybe")


def test_awss_own_endpoints_by_name_stay_the_worlds(aws_world):
    kms = boto3.client("kms", region_name="us-east-1", endpoint_url="https://vpce-1-2.kms.us-east-1.vpce.amazonaws.com")
    kms.create_key()
    assert len(aws_world.account("123456789012").client("kms").list_keys()["Keys"]) == 1


def test_aiobotocore_reaches_the_server_as_well(aws_world, server):
    import asyncio

    session = pytest.importorskip("aiobotocore.session", reason="an extra").get_session()
    from aiobotocore.config import AioConfig

    async def main():
        async with session.create_client(
            "s3",
            region_name="us-east-1",
            endpoint_url=f"http://127.0.0.1:{server.server_port}",
            aws_access_key_id="minioadmin",
            aws_secret_access_key="minioadmin",
            config=AioConfig(retries={"total_max_attempts": 1}),
        ) as s3:
            await s3.list_buckets()

    with pytest.raises(Exception, match="418"):
        asyncio.run(main())
    assert "Credential=minioadmin/" in server.seen[0][2]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0"])
def test_a_topic_delivers_to_this_machine_under_all_its_names(aws_world, server, host):
    """A server that listens on all addresses tells ``0.0.0.0`` for its own, as that of moto's own tests does."""
    sns = aws_world.account("123456789012").client("sns")
    topic = sns.create_topic(Name="topic")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"http://{host}:{server.server_port}/hook")
    sns.publish(TopicArn=topic, Message="message")
    assert [path for _, path, _ in server.seen] == ["/hook"]


@pytest.mark.parametrize("host", ["127.example.com", "localhost.example.com", "10.0.0.1"])
def test_what_only_looks_like_this_machine_is_another(aws_world, host):
    sns = aws_world.account("123456789012").client("sns")
    topic = sns.create_topic(Name="topic")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"http://{host}/hook")
    with pytest.warns(UserWarning, match=f"nothing is delivered to 'http://{host}/hook'"):
        assert sns.publish(TopicArn=topic, Message="message")["MessageId"]
