"""Signed requests without botocore meet what botocore's meet: entry 5 of "Unbreakable"."""

import gzip
import json

import pytest
import requests
from botocore import xform_name
from botocore.exceptions import ClientError

import kmsmock
from kmsmock.services import MODULES
from tests.support.claims import OWNER, allow
from tests.support.floors import newest_botocore
from tests.support.raw_requests import WAYS, asked, model_of, read, signed, written

pytestmark = pytest.mark.evidence("documented", "protocols of botocore's models and of Smithy")

SNAPSHOT = {"SnapshotId": "snap-0123456789abcdef0"}
OPERATIONS = {
    "autoscaling": ("DescribeAutoScalingGroups", {}),
    "backup": ("ListBackupVaults", {}),
    "cloudformation": ("DescribeStacks", {}),
    "cloudtrail": ("DescribeTrails", {}),
    "cloudwatch": ("ListMetrics", {}),
    "dynamodb": ("ListTables", {}),
    "dynamodbstreams": ("ListStreams", {}),
    "ebs": ("ListSnapshotBlocks", SNAPSHOT),
    "ec2": ("DescribeVolumes", {}),
    "ecr": ("DescribeRepositories", {}),
    "efs": ("DescribeFileSystems", {}),
    "eks": ("ListClusters", {}),
    "events": ("ListRules", {}),
    "firehose": ("ListDeliveryStreams", {}),
    "iam": ("ListUsers", {}),
    "kinesis": ("ListStreams", {}),
    "kms": ("ListKeys", {}),
    "lambda": ("ListFunctions", {}),
    "logs": ("DescribeLogGroups", {}),
    "neptune": ("DescribeDBClusters", {}),
    "organizations": ("DescribeOrganization", {}),
    "rds": ("DescribeDBInstances", {}),
    "s3": ("ListBuckets", {}),
    "secretsmanager": ("ListSecrets", {}),
    "sns": ("ListTopics", {}),
    "sqs": ("ListQueues", {}),
    "ssm": ("DescribeParameters", {}),
    "stepfunctions": ("ListStateMachines", {}),
    "sts": ("AssumeRole", {"RoleArn": f"arn:aws:iam::{OWNER}:role/app", "RoleSessionName": "ci"}),
}
"""An operation of each integrated service, by botocore's name of it."""
OTHERS = {
    "application-autoscaling": ("DescribeScalableTargets", {"ServiceNamespace": "ecs"}),
    "cognito-idp": ("ListUserPools", {"MaxResults": 1}),
    "route53": ("ListHostedZones", {}),
    "ses": ("ListIdentities", {}),
    "sesv2": ("ListEmailIdentities", {}),
}
"""Services that moto serves alone, among them two that share a host."""


ELSEWHERE = {
    "rbin": "moto has no such service, so that only clients' requests are answered, and others refused",
    "s3-control": "its hosts begin with the account: test_s3_control_by_the_host_of_an_account",
}


def test_every_integrated_service_is_walked():
    named = {model_of(name).service_id.hyphenize() for name in OPERATIONS}
    assert named == {*MODULES, "kms"} - ELSEWHERE.keys()


@pytest.fixture(scope="module")
def everything():
    """A world in which the permissions of all services are asked for; nothing is made in it."""
    with kmsmock.World(enforce_iam="all") as world:
        account = world.account(OWNER)
        account.role("app")
        yield account, account.user("nobody"), account.user("anybody", [allow("*")])


@newest_botocore
@pytest.mark.parametrize(("service", "asking"), [*OPERATIONS.items(), *OTHERS.items()], ids=[*OPERATIONS, *OTHERS])
def test_an_operation_is_refused_and_allowed_as_to_a_client(everything, service, asking):
    _, nobody, anybody = everything
    operation, params = asking

    def told(answer):
        """Code and message; what EC2 encodes at the end of its messages is new each time."""
        error = answer.get("Error")
        return error and (error["Code"], error["Message"].split("Encoded authorization failure")[0])

    def by_client(principal):
        try:
            answer = getattr(principal.client(service), xform_name(operation))(**params)
        except ClientError as error:
            answer = error.response
        return answer["ResponseMetadata"]["HTTPStatusCode"], told(answer)

    def by_hand(principal, way):
        status, answer = asked(principal, service, operation, params, way)
        return status, told(answer)

    refusal = by_client(nobody)
    assert refusal[0] in (400, 403)
    assert "not authorized" in refusal[1][1]
    allowed = by_client(anybody)
    assert allowed != refusal
    for way in WAYS:
        assert by_hand(nobody, way) == refusal
        assert by_hand(anybody, way) == allowed


def test_the_secret_of_a_disabled_key(owner):
    """The issue's own case: SigV4 over ``requests`` told it."""
    kms, secrets = owner.client("kms"), owner.client("secretsmanager")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    secrets.create_secret(Name="db", SecretString="told to nobody", KmsKeyId=key)
    reader, nobody = owner.user("reader", [allow("*")]), owner.user("nobody")
    ask = ("secretsmanager", "GetSecretValue", {"SecretId": "db"})
    assert asked(reader, *ask)[1]["SecretString"] == "told to nobody"
    status, answer = asked(nobody, *ask)
    assert (status, answer["Error"]["Code"], "SecretString" in answer) == (400, "AccessDeniedException", False)
    kms.disable_key(KeyId=key)
    status, answer = asked(reader, *ask)
    assert (status, answer["Error"]["Code"], "SecretString" in answer) == (400, "DecryptionFailure", False)


def test_s3_control_by_the_host_of_an_account(everything):
    _, nobody, anybody = everything
    ask, host = ("s3control", "ListAccessPoints", {"AccountId": OWNER}), f"{OWNER}.s3-control.us-east-1.amazonaws.com"
    status, answer = asked(nobody, *ask, host=host)
    assert (status, answer["Error"]["Code"]) == (403, "AccessDenied")
    status, answer = asked(anybody, *ask, host=host)
    assert (status, answer["AccessPointList"]) == (200, [])


HOSTS = [
    "secretsmanager.us-east-1.amazonaws.com.",
    "SECRETSMANAGER.us-east-1.amazonaws.com",
    "secretsmanager-fips.us-east-1.amazonaws.com",
    "secretsmanager.us-east-1.api.aws",
    "vpce-0a1b-2c.secretsmanager.us-east-1.vpce.amazonaws.com",
]


@pytest.mark.parametrize("host", HOSTS)
def test_every_host_of_a_service_enforces(owner, host):
    owner.client("secretsmanager").create_secret(Name="db", SecretString="told to nobody")
    ask = ("secretsmanager", "GetSecretValue", {"SecretId": "db"})
    status, answer = asked(owner.user("nobody"), *ask, host=host)
    assert (status, answer["Error"]["Code"]) == (400, "AccessDeniedException")
    assert asked(owner.root, *ask, host=host)[1]["SecretString"] == "told to nobody"


TARGET = "secretsmanager.ListSecrets"
BODY = json.dumps({"SecretId": "db"}).encode()


@pytest.mark.parametrize(
    ("path", "headers", "body"),
    [
        ("/?Action=GetSecretValue&SecretId=db", {"X-Amz-Target": TARGET}, b"{}"),
        ("/?SecretId=db", {"X-Amz-Target": TARGET}, b"Action=GetSecretValue&SecretId=db"),
        ("/", {"X-Amz-Target": TARGET}, b'{"a": "b&Action=GetSecretValue&SecretId=db&"}'),
        (
            "/",
            {"X-Amz-Target": TARGET, "Content-Type": "application/x-www-form-urlencoded"},
            b"Action=GetSecretValue&SecretId=db",
        ),
        ("/", {"X-Amz-Target": "secretsmanager.get_secret_value"}, BODY),
        ("/", {"X-Amz-Target": "other.GetSecretValue"}, BODY),
        ("/?Action=GetSecretValue", {}, BODY),
        ("/", {"Content-Type": "application/x-www-form-urlencoded"}, b"Action=GetSecretValue&SecretId=db"),
        (
            "/",
            {"X-Amz-Target": "secretsmanager.GetSecretValue", "Content-Encoding": "gzip"},
            gzip.compress(BODY, mtime=0),
        ),
        ("/", {"X-Amz-Target": "secretsmanager.GetSecretValue"}, iter([BODY])),
    ],
)
def test_nothing_else_is_done_than_what_was_asked_about(owner, path, headers, body):
    """What moto reads as an operation, or as a parameter, and AWS does not."""
    owner.client("secretsmanager").create_secret(Name="db", SecretString="told to nobody")
    user = owner.user("lister", [allow("secretsmanager:ListSecrets")])
    sent = body if isinstance(body, bytes) else b""
    url, headers = signed(user, "secretsmanager", "POST", path, headers, sent)
    answer = requests.post(url, headers=headers, data=body, timeout=10)
    assert b"told to nobody" not in answer.content


def test_a_rest_service_does_what_its_path_says(owner):
    user = owner.user("lister", [allow("elasticfilesystem:DescribeFileSystems")])
    made = owner.client("efs").create_file_system(CreationToken="t")["FileSystemId"]
    path = f"/2015-02-01/file-systems?Action=DeleteFileSystem&FileSystemId={made}"
    url, headers = signed(user, "efs", "GET", path, {"X-Amz-Target": "x.DeleteFileSystem"}, b"")
    requests.get(url, headers=headers, timeout=10)
    assert len(owner.client("efs").describe_file_systems()["FileSystems"]) == 1


UNKNOWN = {
    "secretsmanager": ("POST", "/", {"X-Amz-Target": "secretsmanager.Nothing"}, b"{}", 400),
    "ec2": ("POST", "/", {}, b"Action=Nothing&Version=2016-11-15", 400),
    "lambda": ("GET", "/2015-03-31/nothing", {}, b"", 404),
}
CODES = {
    "secretsmanager": "UnknownOperationException",
    "ec2": "InvalidAction",
    "lambda": "UnknownOperationException",
}


@pytest.mark.parametrize("service", UNKNOWN)
def test_what_is_no_operation_is_refused_as_such(owner, service):
    *parts, expected = UNKNOWN[service]
    url, headers = signed(owner.root, service, *parts)
    answer = requests.request(parts[0], url, headers=headers, data=parts[3], timeout=10)
    named = model_of(service).operation_names[0]
    status, told = read(service, named, (answer.status_code, answer.headers, answer.content))
    assert (status, told["Error"]["Code"]) == (expected, CODES[service])


def test_sqs_still_speaks_its_query_protocol(owner):
    """ "Making Query API requests" in the developer guide of SQS: parameters in a form, or in the URL."""
    kms, sqs = owner.client("kms"), owner.client("sqs")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    queue = sqs.create_queue(QueueName="queue", Attributes={"KmsMasterKeyId": key})["QueueUrl"]
    form = b"Action=SendMessage&Version=2012-11-05&MessageBody=hello&QueueUrl=" + queue.encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    url, headers = signed(owner.root, "sqs", "POST", "/", kind, form)
    assert b"<MessageId>" in requests.post(url, headers=headers, data=form, timeout=10).content
    kms.disable_key(KeyId=key)
    answer = requests.post(url, headers=headers, data=form, timeout=10)
    assert (answer.status_code, b"KMS.DisabledException" in answer.content) == (400, True)
    path = "/?" + form.decode()
    url, headers = signed(owner.root, "sqs", "GET", path, {}, b"")
    assert b"KMS.DisabledException" in requests.get(url, headers=headers, timeout=10).content


def test_a_value_that_looks_like_a_form_is_a_value(owner):
    """moto read every body as a form: the secret's text said what was done."""
    secrets = owner.client("secretsmanager")
    secrets.create_secret(Name="db", SecretString="a&Action=DeleteSecret&SecretId=db&")
    assert secrets.get_secret_value(SecretId="db")["SecretString"] == "a&Action=DeleteSecret&SecretId=db&"


def test_small_bodies_that_unpack_into_large_ones_are_not_unpacked(owner):
    bomb = gzip.compress(b" " * (101 * 2**20))
    headers = {"X-Amz-Target": TARGET, "Content-Encoding": "gzip"}
    url, headers = signed(owner.root, "secretsmanager", "POST", "/", headers, bomb)
    answer = requests.post(url, headers=headers, data=bomb, timeout=10)
    assert (answer.status_code, answer.json()["__type"]) == (400, "SerializationException")


def test_botocores_own_writing_is_what_is_sent():
    """The helper of these tests writes what clients write."""
    assert written("ec2", "DescribeVolumes", {})[3] == "Action=DescribeVolumes&Version=2016-11-15"
    assert written("ebs", "ListSnapshotBlocks", SNAPSHOT)[1].startswith("/snapshots/snap-")
