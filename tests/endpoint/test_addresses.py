"""A world at an address: who is served there, as whom, and what is left when it closes."""

import http.client
import os
import socket
import subprocess
import sys
import threading
from urllib.parse import urlsplit
from urllib.request import urlopen

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.httpsession import URLLib3Session

import kmsmock
from kmsmock import KmsMockError
from kmsmock.foreign.extras import MissingExtra


def test_a_scenario_is_decided_and_told_as_in_the_process(client, aws_world):
    """The same calls both ways: the same answers, decisions and events."""

    def told(make, name):
        key = make("kms").create_key(Description=name)["KeyMetadata"]["KeyId"]
        blob = make("kms").encrypt(KeyId=key, Plaintext=b"text", EncryptionContext={"a": "b"})["CiphertextBlob"]
        assert make("kms").decrypt(CiphertextBlob=blob, EncryptionContext={"a": "b"})["Plaintext"] == b"text"
        make("kms").disable_key(KeyId=key)
        with pytest.raises(ClientError) as refused:
            make("kms").encrypt(KeyId=key, Plaintext=b"text")
        with pytest.raises(ClientError) as denied:
            make("kms", user).describe_key(KeyId=key)
        return [
            (each.value.response["Error"]["Code"], each.value.response["Error"]["Message"].replace(key, "KEY"))
            for each in (refused, denied)
        ]

    def inside(service, principal=None):
        return boto3.client(service, region_name="us-east-1") if principal is None else principal.client(service)

    user = aws_world.account("123456789012").user("nobody")
    first = told(inside, "in the process")
    decided, seen = len(aws_world.decisions), len(aws_world.events)
    second = told(client, "over HTTP")
    assert second == first
    ours, theirs = aws_world.decisions[:decided], aws_world.decisions[decided:]
    assert [(each.action, each.allowed) for each in theirs] == [(each.action, each.allowed) for each in ours]
    events = [[each["eventName"], each.get("errorCode"), each["userIdentity"]["arn"]] for each in aws_world.events]
    assert events[seen:] == events[:seen]


def test_time_moves_for_those_who_ask_over_http(client, aws_world):
    kms = client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    aws_world.clock.advance(days=8)
    with pytest.raises(ClientError, match=r"NotFoundException.*does not exist"):
        kms.describe_key(KeyId=key)


@pytest.mark.parametrize("style", ["path", "virtual"])
def test_s3_in_both_styles(client, address, style, monkeypatch):
    s3 = client(
        "s3", endpoint_url=address.replace("127.0.0.1", "localhost"), config=Config(s3={"addressing_style": style})
    )
    known = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *rest, **options: known("127.0.0.1", *rest, **options))
    s3.create_bucket(Bucket="my.bucket")
    s3.put_object(Bucket="my.bucket", Key="/a b", Body=b"text", Metadata={"with_line": "x"})
    found = s3.get_object(Bucket="my.bucket", Key="/a b")
    assert (found["Body"].read(), found["Metadata"]) == (b"text", {"with_line": "x"})
    assert [each["Key"] for each in s3.list_objects_v2(Bucket="my.bucket")["Contents"]] == ["/a b"]


@pytest.mark.parametrize("style", ["path", "virtual"])
def test_presigned_urls(client, address, style, aws_world):
    user = aws_world.account("123456789012").user("app", policies=[allow("s3:*")])
    local = address.replace("127.0.0.1", "localhost") if style == "virtual" else address
    s3 = client("s3", user, endpoint_url=local, config=Config(s3={"addressing_style": style}, signature_version="s3v4"))
    client("s3").create_bucket(Bucket="a-bucket")
    client("s3").put_object(Bucket="a-bucket", Key="a key", Body=b"text")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "a-bucket", "Key": "a key"}, ExpiresIn=60)
    assert asked(address, url) == (200, b"text")
    status, said = asked(address, url[:-1] + ("0" if url[-1] != "0" else "1"))
    assert (status, b"<Code>SignatureDoesNotMatch</Code>" in said) == (403, True)
    aws_world.clock.advance(minutes=2)
    status, said = asked(address, url)
    assert (status, b"<Message>Request has expired</Message>" in said) == (403, True)


def allow(*actions):
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def asked(address, url, method="GET", body=None, headers=None):
    parts, place = urlsplit(url), urlsplit(address)
    connection = http.client.HTTPConnection(place.hostname, place.port)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    connection.request(method, target, body, {"Host": parts.netloc, **(headers or {})})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, content


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("ec2", "describe_volumes", {}),
        ("iam", "list_users", {}),
        ("sqs", "list_queues", {}),
        ("lambda", "list_functions", {}),
        ("secretsmanager", "list_secrets", {}),
        ("dynamodb", "list_tables", {}),
        ("dynamodbstreams", "list_streams", {}),
        ("cloudwatch", "list_metrics", {}),
        ("sesv2", "list_email_identities", {}),
        ("elbv2", "describe_load_balancers", {}),
        ("resourcegroupstaggingapi", "get_resources", {}),
    ],
)
def test_every_protocol(client, service, operation, parameters):
    answer = getattr(client(service), operation)(**parameters)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_the_region_is_that_of_the_signature(client):
    key = client("kms", region_name="eu-central-1").create_key()["KeyMetadata"]["Arn"]
    assert key.startswith("arn:aws:kms:eu-central-1:123456789012:key/")
    with pytest.raises(ClientError, match="NotFoundException"):
        client("kms").describe_key(KeyId=key.rpartition("/")[2])


def test_https_is_secure_transport_and_its_certificate_can_be_verified(aws_world):
    with aws_world.endpoint(tls=True) as url:
        assert url.startswith("https://127.0.0.1:")
        options = {"endpoint_url": url, "region_name": "us-east-1"}
        kms = boto3.client(
            "kms", verify=str(url.ca_bundle), aws_access_key_id="testing", aws_secret_access_key="x", **options
        )
        kms.create_key()
        assert aws_world.decisions[-1].request.context["aws:securetransport"] == "true"
        assert url.environment["AWS_CA_BUNDLE"] == str(url.ca_bundle)
    assert not url.ca_bundle.exists()


def test_http_is_no_secure_transport(client, aws_world):
    client("kms").create_key()
    assert aws_world.decisions[-1].request.context["aws:securetransport"] == "false"


def test_a_closed_address_refuses_and_leaves_no_thread(aws_world):
    before = set(threading.enumerate())
    with aws_world.endpoint() as url:
        kms = boto3.client("kms", endpoint_url=url, config=Config(retries={"total_max_attempts": 1}))
        kms.list_keys()
        assert set(threading.enumerate()) > before
    assert set(threading.enumerate()) == before
    with pytest.raises(EndpointConnectionError):
        kms.list_keys()


def test_the_end_of_the_world_closes_its_addresses():
    with kmsmock.World() as world:
        url = world.endpoint().open()
        urlopen_status(url)
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((url.host, url.port))


def urlopen_status(url):
    with pytest.raises(OSError, match="HTTP Error 40"):
        urlopen(f"{url}/no-such-bucket")


def test_it_listens_on_this_machine_alone(address):
    assert address.startswith("http://127.0.0.1:")
    assert address.host == "127.0.0.1"


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"verify": "none"}, ValueError, "verify='none': give 'known' or 'all'"),
        ({"port": 70000}, ValueError, "port=70000: ports go from 0, which is a free one, to 65535"),
        ({"port": "80"}, TypeError, r"endpoint\('127.0.0.1', '80'\): give a host as text and a port as a number"),
        ({"names": "here"}, TypeError, "names='here': give a list of names"),
    ],
)
def test_what_is_no_address(aws_world, options, error, said):
    with pytest.raises(error, match=said):
        aws_world.endpoint(**options)


def test_a_world_that_is_over_has_no_address():
    with kmsmock.World() as world:
        endpoint = world.endpoint()
    with pytest.raises(KmsMockError, match="this world is not active"):
        endpoint.open()


def test_clients_in_the_process_stay_there_and_their_urls_are_awss(aws_world, address, monkeypatch):
    monkeypatch.setattr(URLLib3Session, "send", None)
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="a-bucket")
    url = boto3.client("s3").generate_presigned_url("get_object", Params={"Bucket": "a-bucket", "Key": "k"})
    assert url.startswith("https://a-bucket.s3.amazonaws.com/k?")


def test_who_acts_is_who_asks_at_the_address_too(aws_world, address):
    role = aws_world.account("111111111111").role("app")
    with role.acting():
        found = boto3.client("sts", endpoint_url=address).get_caller_identity()
    assert found["Arn"].startswith("arn:aws:sts::111111111111:assumed-role/app/")


def test_what_kmsmock_does_not_model_is_said_so(client):
    with pytest.raises(ClientError) as caught:
        client("kms", region_name="us-nowhere-1").list_keys()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert "there is no Region us-nowhere-1" in caught.value.response["Error"]["Message"]


WHO = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"


def test_a_child_process_is_whoever_acts(aws_world, address):
    role = aws_world.account("111111111111").role("app")
    with role.acting():
        child = subprocess.run([sys.executable, "-c", WHO], capture_output=True, text=True, check=True)
    assert child.stdout.strip().startswith("arn:aws:sts::111111111111:assumed-role/app/")


METADATA = """
import boto3
from botocore.credentials import ContainerProvider, InstanceMetadataProvider
from botocore.utils import InstanceMetadataFetcher
import os
session = boto3.Session()._session
config = {"ec2_metadata_service_endpoint": os.environ["AWS_EC2_METADATA_SERVICE_ENDPOINT"]}
instance = InstanceMetadataProvider(InstanceMetadataFetcher(timeout=5, num_attempts=1, config=config)).load()
container = ContainerProvider().load()
for each in (instance, container):
    key, secret, token = each.get_frozen_credentials()[:3]
    sts = boto3.client("sts", aws_access_key_id=key, aws_secret_access_key=secret, aws_session_token=token)
    print(sts.get_caller_identity()["Arn"])
"""


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
def test_metadata_services_answer_with_the_session_of_the_role_that_acts(aws_world, tls):
    role = aws_world.account("111111111111").role("app")
    aws_world.clock.advance(days=40)
    with aws_world.endpoint(tls=tls), role.acting():
        child = subprocess.run([sys.executable, "-c", METADATA], capture_output=True, text=True, check=False)
    assert child.stderr == ""
    first, second = child.stdout.split()
    assert first == second == boto3_arn(role)


def test_the_plain_address_of_metadata_beside_https_tells_nothing_else(aws_world):
    with aws_world.endpoint(tls=True) as url:
        plain = url.environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"]
        assert plain.startswith("http://127.0.0.1:")
        assert plain != str(url)
        assert asked(plain, f"{plain}/a-bucket")[0] == 404
        assert asked(plain, f"{plain}/_kmsmock/credentials")[0] == 403
    with pytest.raises(OSError, match="refused"):
        asked(plain, f"{plain}/_kmsmock/credentials")


def boto3_arn(role):
    return role.client("sts").get_caller_identity()["Arn"]


def test_metadata_is_for_those_who_have_its_tokens(address, aws_world):
    assert asked(address, f"{address}/_kmsmock/credentials")[0] == 403
    assert asked(address, f"{address}/latest/meta-data/", headers={"X-aws-ec2-metadata-token": "made up"})[0] == 401
    token = {"Authorization": address.environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"]}
    assert asked(address, f"{address}/_kmsmock/credentials", headers=token) == (
        404,
        b'{"code": "NoRole", "message": "no role acts in this world"}',
    )


def test_the_environment_is_for_what_is_started_by_other_means(aws_world, address):
    role = aws_world.account("111111111111").role("app")
    assert address.environment["AWS_ACCESS_KEY_ID"] == "testing"
    with role.acting():
        found = address.environment
    assert found["AWS_ENDPOINT_URL"] == str(address)
    assert found["AWS_REGION"] == found["AWS_DEFAULT_REGION"] == "us-east-1"
    assert (found["AWS_ACCESS_KEY_ID"], found["AWS_SECRET_ACCESS_KEY"], found["AWS_SESSION_TOKEN"]) == role.credentials
    assert "AWS_ENDPOINT_URL" not in os.environ


def test_without_the_extra_it_is_said_what_to_install(aws_world, monkeypatch):
    monkeypatch.setitem(sys.modules, "kmsmock.endpoint", None)
    with pytest.raises(MissingExtra, match=r"For world.endpoint\(\) kmsmock needs .*: pip install 'kmsmock\[server\]'"):
        aws_world.endpoint()
