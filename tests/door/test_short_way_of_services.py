"""Services on moto take the short way too: what it gives is what botocore would have read off the wire."""

import boto3
import pytest
from botocore.awsrequest import create_request_object
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.response import StreamingBody
from freezegun import freeze_time

import kmsmock
from kmsmock.door import unsigned, ways
from tests.support.both_ways import exactly
from tests.support.claims import allow

OWNER = "111111111111"


@pytest.fixture
def taken(monkeypatch):
    """Why each call took the long way, after its service; None for each that took the short one."""
    reasons, ask = [], ways.why_long

    def noted(call):
        reasons.append((call.service, ask(call)))
        return reasons[-1][1]

    monkeypatch.setattr(ways, "why_long", noted)
    return reasons


def tried(call, **params):
    """What a call gives, bodies read, or what it is refused with."""
    try:
        told = call(**params)
    except ClientError as error:
        return type(error).__name__, str(error), error.response, error.operation_name
    return {name: each.read() if isinstance(each, StreamingBody) else each for name, each in told.items()}


def objects(client, key):
    s3 = client("s3")
    under = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    where = {"Bucket": "bucket", "Key": "a b/ü"}
    yield tried(s3.create_bucket, Bucket="bucket")
    yield tried(s3.put_object, **where, Body=b"x" * 100, **under)
    yield tried(s3.put_object, Bucket="absent", Key="k", Body=b"x")
    yield tried(s3.get_object, **where)
    yield tried(s3.get_object, **where, ChecksumMode="ENABLED")
    yield tried(s3.get_object, **where, Range="bytes=3-9")
    yield tried(s3.get_object, Bucket="bucket", Key="absent")
    yield tried(s3.head_object, **where)
    yield tried(s3.head_object, Bucket="bucket", Key="absent")
    yield tried(s3.list_objects_v2, Bucket="bucket")
    yield tried(s3.copy_object, Bucket="bucket", Key="copy", CopySource=where, **under)
    yield tried(s3.delete_objects, Bucket="bucket", Delete={"Objects": [{"Key": "copy"}]})
    yield tried(s3.get_bucket_encryption, Bucket="bucket")
    yield tried(client("s3", "eu-west-1").head_bucket, Bucket="bucket")


def disks(client, key):
    ec2 = client("ec2")
    made = tried(ec2.create_volume, AvailabilityZone="us-east-1a", Size=8, Encrypted=True, KmsKeyId=key)
    yield made
    yield tried(ec2.describe_volumes, VolumeIds=[made["VolumeId"]])
    yield tried(ec2.create_snapshot, VolumeId=made["VolumeId"])
    yield tried(ec2.describe_volumes, VolumeIds=["vol-0123456789abcdef0"])
    yield tried(ec2.create_volume, AvailabilityZone="us-east-1a", Size=8, DryRun=True)


def messages(client, key):
    sqs, sns = client("sqs"), client("sns")
    url = tried(sqs.create_queue, QueueName="q", Attributes={"KmsMasterKeyId": key})["QueueUrl"]
    yield tried(sqs.send_message, QueueUrl=url, MessageBody="ü")
    yield tried(sqs.receive_message, QueueUrl=url)
    yield tried(sqs.get_queue_url, QueueName="absent")
    topic = tried(sns.create_topic, Name="t")
    yield topic
    yield tried(sns.publish, TopicArn=topic["TopicArn"], Message="m")
    yield tried(sns.publish, TopicArn=topic["TopicArn"] + "absent", Message="m")


def others(client, key):
    secrets, parameters, table = client("secretsmanager"), client("ssm"), client("dynamodb")
    yield tried(secrets.create_secret, Name="s", SecretString="x", KmsKeyId=key, ClientRequestToken="0" * 32)
    yield tried(secrets.get_secret_value, SecretId="s")
    yield tried(secrets.get_secret_value, SecretId="absent")
    yield tried(parameters.put_parameter, Name="p", Value="v", Type="SecureString", KeyId=key)
    yield tried(parameters.get_parameter, Name="p", WithDecryption=True)
    hashed = [{"AttributeName": "k", "KeyType": "HASH"}]
    named = [{"AttributeName": "k", "AttributeType": "S"}]
    yield tried(
        table.create_table, TableName="t", KeySchema=hashed, AttributeDefinitions=named, BillingMode="PAY_PER_REQUEST"
    )
    yield tried(table.put_item, TableName="t", Item={"k": {"S": "1"}, "v": {"B": b"b"}})
    yield tried(table.get_item, TableName="t", Key={"k": {"S": "1"}})
    yield tried(table.get_item, TableName="absent", Key={"k": {"S": "1"}})
    yield tried(client("sts").get_caller_identity)
    yield tried(client("iam").create_user, UserName="u")
    yield tried(client("iam").get_user, UserName="absent")
    yield tried(client("lambda").list_functions)
    yield tried(client("apigateway").get_rest_apis)


def told(story, watched, config=None):
    """A story of an account's user in a world of its own, with what the world keeps of it."""
    with kmsmock.World(seed="both ways") as world, freeze_time("2026-01-01"):
        account = world.account(OWNER)
        session = account.user("user", [allow("*")]).session()
        if watched:
            session.events.register("before-send", lambda **_: None)
        key = account.client("kms").create_key()["KeyMetadata"]["Arn"]

        def client(name, region="us-east-1"):
            return session.client(name, region, config=config)

        answers = [exactly(each) for each in story(client, key)]
        return answers, [each.explain() for each in world.decisions], [dict(each) for each in world.events]


@pytest.mark.parametrize("retries", ["legacy", "standard"])
@pytest.mark.parametrize("story", [objects, disks, messages, others])
def test_both_ways_give_the_same_answers_errors_decisions_and_events(story, retries, taken):
    config = Config(retries={"mode": retries})
    short = told(story, watched=False, config=config)
    assert {reason for _, reason in taken} == {None}
    del taken[:]
    long = told(story, watched=True, config=config)
    assert "handlers of a user or a library" in {reason for _, reason in taken}
    for mine, wire in zip(short, long, strict=True):
        assert mine == wire


@pytest.mark.parametrize("story", [objects, disks, messages, others])
def test_the_requests_that_services_on_moto_read_are_botocores(story, monkeypatch, taken):
    ours, compared = unsigned.prepared, []

    def prepared(asked, signature, service, signer, *, streams):
        theirs = create_request_object({**asked, "context": {**asked["context"]}})
        theirs.stream_output = streams
        unsigned.sign(theirs, signature, service, signer)
        request = ours(asked, signature, service, signer, streams=streams)
        compared.append((written(request), written(theirs.prepare())))
        return request

    monkeypatch.setattr(unsigned, "prepared", prepared)
    told(story, watched=False)
    assert len(compared) > 4
    for mine, botocores in compared:
        assert mine == botocores


def written(request):
    """All that a request says."""
    return request.method, request.url, sorted(request.headers.items()), request.body, request.stream_output


def test_a_handler_before_an_answer_is_parsed_is_seen_to_be_there(aws_world, taken):
    s3, seen = boto3.client("s3", "us-east-1"), []
    s3.meta.events.register("before-parse.s3", lambda response_dict, **_: seen.append(response_dict["status_code"]))
    s3.list_buckets()
    assert (taken, seen) == ([("s3", "handlers of a user or a library")], [200])


@pytest.mark.kmsmock(enforce="off")
def test_requests_that_are_not_signed_take_the_long_way(aws_world, taken):
    sts = boto3.client("sts", "us-east-1")
    role = f"arn:aws:iam::{OWNER}:role/r"
    tried(sts.assume_role_with_web_identity, RoleArn=role, RoleSessionName="session", WebIdentityToken="t" * 20)
    assert [reason for service, reason in taken if service == "sts"] != [None]
