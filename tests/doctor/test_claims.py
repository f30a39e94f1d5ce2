"""What the doctor says will happen is tried: one trial for each of its checks."""

import ast
import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from unittest import mock

import boto3
import botocore.client
import botocore.endpoint
import botocore.httpsession
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError, ProfileNotFound
from botocore.stub import Stubber
from freezegun import freeze_time
from moto import mock_aws

import kmsmock
from kmsmock.doctor.checks import mocks
from kmsmock.doctor.diagnosis import CHECKS
from tests.support.claims import refused

REGION = "us-east-1"
NOBODY = "arn:aws:iam::123456789012:role/nobody"
MADE_AT_IMPORT = boto3.client("kms", REGION, aws_access_key_id="testing", aws_secret_access_key="testing")
NO_TRIES = Config(retries={"max_attempts": 0})
TRIALS = {}


def trial(code):
    """Names the check whose claim a test tries."""

    def note(function):
        TRIALS[code] = function
        return function

    return note


TRIED_ELSEWHERE = {
    "VERSIONS-PINNED": "test_versions.py; pip itself is not run without a network",
    "VERSIONS-LOCKED": "likewise",
    "VERSIONS-INSTALLED": "tests/foreign/test_versions.py: the warning at the first world",
    "VERSIONS-UNTRIED": "likewise",
    "VERSIONS-OF-CLIENTS": "docs/reference/clients.md, and tests/clients: they run when they are installed so",
    "VERSIONS-OF-OTHERS": "docs/reference/clients.md: they run when they are installed so",
    "VERSIONS-PYTHON": "pip itself is not run without a network",
    "PYTEST-PLUGINS": "tests/plugin/test_other_plugins.py",
    "MOCKS-RECORDED": "tests/door: a call of botocore reaches no HTTP library in a world",
    "CLIENTS-ASYNC": "tests/clients/test_aiobotocore.py",
    "PATCHES-AIOBOTOCORE": "tests/clients/test_patched_aiobotocore.py",
    "MOCKS-SERVERS": "tests/door/test_local_endpoints.py",
    "CLIENTS-ENDPOINT": "likewise",
}


def test_every_check_is_tried():
    assert TRIALS.keys() | TRIED_ELSEWHERE.keys() == {check.code for check in CHECKS}
    assert not TRIALS.keys() & TRIED_ELSEWHERE.keys()


def client(service, **more):
    return boto3.client(service, REGION, **more)


def keys():
    return len(client("kms").list_keys()["Keys"])


def names_of(module):
    """What a module takes or defines, read and not imported: moto.xray opens a socket, and another needs flask."""
    nodes = list(ast.walk(ast.parse(Path(find_spec(module).origin).read_text())))
    taken = {alias.asname or alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}
    return taken | {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


@trial("MOCKS-OF-MOTO-4")
def test_names_of_moto_4_are_gone_and_what_is_written_instead_is_there():
    assert "mock_s3" not in names_of("moto")
    assert "mock_aws" in names_of("moto")
    for name, write in mocks._RENAMED.items():
        module, _, attribute = name.rpartition(".")
        assert attribute not in names_of(module), name
        if write.startswith("from "):
            _, home, _, new = write.split()
            assert new in names_of(home), write
        else:
            assert write.startswith('@mock_aws(config={"')
    (kept,) = mocks._STILL_THERE
    assert kept.rpartition(".")[2] in names_of("moto.xray")


@trial("MOCKS-OF-ONE-TEST")
@mock_aws
def test_a_mock_inside_shares_the_worlds_data_and_the_world_enforces(aws_world):
    assert keys() == 0
    with mock_aws():
        client("kms").create_key()
        with refused("NotFoundException"):
            client("kms").encrypt(KeyId="nothing", Plaintext=b"x")
    assert keys() == 1


@trial("MOCKS-IN-A-ROW")
def test_mocks_in_a_row_share_the_worlds_data_and_are_empty_without_one():
    def second_sees():
        with mock_aws():
            client("s3").create_bucket(Bucket="first")
        with mock_aws():
            return len(client("s3").list_buckets()["Buckets"])

    assert second_sees() == 0
    with kmsmock.World():
        assert second_sees() == 1


@trial("MOCKS-OF-A-WIDE-SCOPE")
def test_a_world_shares_the_data_of_a_wider_mock_and_leaves_its_own_behind():
    with mock_aws():
        client("kms").create_key(Policy=policy_for(NOBODY))
        with kmsmock.World():
            assert keys() == 1
            client("kms").create_key()
        with kmsmock.World():
            assert keys() == 2
    with kmsmock.World(), mock_aws(), refused("MalformedPolicyDocumentException"):  # what is to be written
        client("kms").create_key(Policy=policy_for(NOBODY))


@pytest.mark.parametrize("begun", ["fixture", "import"])
@trial("MOCKS-OUTSIDE-OF-FIXTURES")
def test_the_switch_begins_a_world_where_a_fixture_begins_its_mock(pytester, begun):
    pytester.makeconftest(
        "import boto3, pytest\nfrom moto import mock_aws\n"
        "def begin(): boto3.client('kms', 'us-east-1').create_key(Policy='refused by nobody')\n"
        + (
            "@pytest.fixture(autouse=True, scope='session')\ndef mocked():\n    with mock_aws(): begin(); yield\n"
            if begun == "fixture"
            else "mock = mock_aws()\nmock.start()\nboto3.client('s3', 'us-east-1').create_bucket(Bucket='bucket')\n"
        )
    )
    pytester.makepyfile("def test_a(): pass\n")
    done = pytester.runpytest_subprocess("--kmsmock")
    done.assert_outcomes(**({"errors": 1} if begun == "fixture" else {"passed": 1}))


@trial("MOCKS-LEFT-OPEN")
def test_worlds_share_the_data_of_a_mock_that_nobody_stops():
    left_open = mock_aws()
    left_open.start()
    try:
        with kmsmock.World():
            client("kms").create_key()
        with kmsmock.World():
            assert keys() == 1
    finally:
        left_open.stop()


@trial("MOCKS-BACKENDS")
def test_motos_own_records_of_kms_are_empty(aws_world):
    from moto.kms.models import kms_backends

    kms = client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/a", TargetKeyId=key)
    backend = kms_backends["123456789012"][REGION]
    assert list(backend.keys) == []
    assert keys() == 1


@trial("MOCKS-STUBBER")
def test_a_stubbed_client_answers_itself(aws_world):
    kms = client("kms")
    with Stubber(kms) as stubber:
        stubber.add_response("decrypt", {"Plaintext": b"made up"})
        assert kms.decrypt(CiphertextBlob=b"x")["Plaintext"] == b"made up"
    assert list(aws_world.events) == []


@trial("ENVIRONMENT-REGION")
@trial("ENVIRONMENT-REGION-OF-A-TEST")
def test_there_is_no_such_region_unless_the_world_is_told(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "test")
    monkeypatch.setenv("MOTO_ALLOW_NONEXISTENT_REGION", "true")
    with kmsmock.World(), pytest.raises(EndpointConnectionError, match="there is no Region test"):
        boto3.client("kms").list_keys()
    with kmsmock.World(extra_regions=["eu-north-7"]):
        assert boto3.client("kms", "eu-north-7").list_keys()["Keys"] == []


@trial("ENVIRONMENT-ENDPOINT")
def test_an_endpoint_of_the_environment_is_reached_unless_the_world_is_to_answer(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:1")
    with kmsmock.World(), pytest.raises(EndpointConnectionError, match="http://localhost:1/"):
        client("kms", config=NO_TRIES).list_keys()
    with kmsmock.World(custom_endpoints="answer"):
        assert keys() == 0


@trial("ENVIRONMENT-ACCOUNT")
def test_an_account_that_is_chosen_late_is_not_seen(monkeypatch):
    def account():
        return client("sts").get_caller_identity()["Account"]

    with kmsmock.World() as world:
        monkeypatch.setenv("MOTO_ACCOUNT_ID", "222222222222")
        assert account() == "123456789012"
        with world.account("333333333333").root.acting():
            assert account() == "333333333333"
    with kmsmock.World(account_id="444444444444"):
        assert account() == "444444444444"


@trial("ENVIRONMENT-PROFILE")
def test_a_profile_that_is_not_there_is_not_found(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "nobody-has-this")
    with kmsmock.World(), pytest.raises(ProfileNotFound):
        client("kms")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with kmsmock.World():
        assert keys() == 0


@trial("ENVIRONMENT-AMBIENT")
def test_the_environment_is_kept(monkeypatch):
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "any"),
        ("AWS_SECRET_ACCESS_KEY", "any"),
        ("AWS_DEFAULT_REGION", "eu-west-1"),
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "222222222222")
    with kmsmock.World() as world:
        sts = boto3.client("sts")
        assert sts.meta.region_name == "eu-west-1"
        assert sts.get_caller_identity()["Arn"] == "arn:aws:iam::222222222222:root"
        with world.account("222222222222").user("alice").acting():
            assert sts.get_caller_identity()["Arn"] == "arn:aws:iam::222222222222:user/alice"


@trial("CLIENTS-AT-IMPORT")
def test_a_client_of_a_module_is_of_the_world_that_is_active(aws_world):
    client("kms").create_key()
    assert len(MADE_AT_IMPORT.list_keys()["Keys"]) == 1
    with kmsmock.World():
        assert MADE_AT_IMPORT.list_keys()["Keys"] == []


@trial("PATCHES-CALLS")
@pytest.mark.parametrize("outside", [True, False])
def test_what_a_replaced_call_hands_on_is_answered_by_the_world(outside):
    original = botocore.client.BaseClient._make_api_call

    def instead(self, name, params):
        return {"Plaintext": b"made up"} if name == "Decrypt" else original(self, name, params)

    patch = mock.patch("botocore.client.BaseClient._make_api_call", instead)
    for first, second in [(patch, kmsmock.World())] if outside else [(kmsmock.World(), patch)]:
        with first, second:
            assert client("kms").decrypt(CiphertextBlob=b"x")["Plaintext"] == b"made up"
            assert keys() == 0


@trial("PATCHES-WIRE")
@pytest.mark.parametrize("target", ["httpsession.URLLib3Session.send", "endpoint.Endpoint._send"])
def test_what_sends_is_not_called(target):
    with mock.patch(f"botocore.{target}") as outside, kmsmock.World(), mock.patch(f"botocore.{target}") as inside:
        assert keys() == 0
        assert client("s3").list_buckets()["Buckets"] == []
    assert not outside.called
    assert not inside.called


@trial("PATCHES-BOTO3")
def test_a_mock_of_boto3_reaches_nobody(aws_world):
    with mock.patch("boto3.client") as replaced:
        boto3.client("kms").create_key()
    assert replaced.called
    assert keys() == 0


@trial("REFUSED-POLICY")
def test_a_policy_that_is_none_is_not_stored(aws_world):
    for policy, says in (("my policy", "Policy contains invalid JSON."), ("{}", "Syntax errors in policy.")):
        with refused("MalformedPolicyDocumentException", says):
            client("kms").create_key(Policy=policy)


def policy_for(principal):
    root = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [root, {**root, "Principal": {"AWS": principal}}]})


@trial("REFUSED-PRINCIPAL")
def test_nobody_is_named_who_does_not_exist(aws_world):
    kms, s3 = client("kms"), client("s3")
    with refused("MalformedPolicyDocumentException"):
        kms.create_key(Policy=policy_for(NOBODY))
    with refused("InvalidArnException"):
        key = kms.create_key()["KeyMetadata"]["Arn"]
        kms.create_grant(KeyId=key, GranteePrincipal=NOBODY, Operations=["Decrypt"])
    s3.create_bucket(Bucket="bucket")
    with refused("MalformedPolicy"):
        allow = {"Effect": "Allow", "Principal": {"AWS": NOBODY}, "Action": "s3:*", "Resource": "arn:aws:s3:::bucket"}
        s3.put_bucket_policy(Bucket="bucket", Policy=json.dumps({"Version": "2012-10-17", "Statement": [allow]}))
    for service, call in (
        ("iam", lambda iam: iam.create_role(RoleName="r", AssumeRolePolicyDocument=policy_for(NOBODY))),
        ("sqs", lambda sqs: sqs.create_queue(QueueName="q", Attributes={"Policy": policy_for(NOBODY)})),
    ):
        with pytest.raises(ClientError):
            call(client(service))
    aws_world.account("123456789012").role("nobody")
    assert kms.create_key(Policy=policy_for(NOBODY))


@trial("REFUSED-IF-PRINCIPAL")
def test_what_only_keeps_an_arn_does_not_look_whether_it_is_there(aws_world):
    client("s3").create_bucket(Bucket="bucket")
    target = {"RoleARN": NOBODY, "BucketARN": "arn:aws:s3:::bucket"}
    assert client("firehose").create_delivery_stream(DeliveryStreamName="d", ExtendedS3DestinationConfiguration=target)


@trial("REFUSED-ASSUME-ROLE")
def test_a_role_that_nobody_made_is_not_assumed(aws_world):
    with refused("AccessDenied", status=403):
        client("sts").assume_role(RoleArn=NOBODY, RoleSessionName="session")
    aws_world.account("123456789012").role("nobody")
    assert client("sts").assume_role(RoleArn=NOBODY, RoleSessionName="session")


@trial("REFUSED-LOCK-OUT")
def test_a_policy_that_locks_everybody_out_is_not_stored(aws_world):
    alone = json.loads(policy_for("arn:aws:iam::222222222222:root"))
    del alone["Statement"][0]
    with refused(
        "MalformedPolicyDocumentException",
        "The new key policy will not allow you to update the key policy in the future.",
    ):
        client("kms").create_key(Policy=json.dumps(alone))
    assert client("kms").create_key(Policy=json.dumps(alone), BypassPolicyLockoutSafetyCheck=True)


@trial("REFUSED-KEY")
def test_a_key_that_does_not_exist_is_refused_where_it_is_asked_for(aws_world):
    s3, sqs = client("s3"), client("sqs")
    s3.create_bucket(Bucket="bucket")
    queue = sqs.create_queue(QueueName="q", Attributes={"KmsMasterKeyId": "my-key"})["QueueUrl"]
    calls = (
        lambda: client("kms").encrypt(KeyId="my-key", Plaintext=b"x"),
        lambda: s3.put_object(Bucket="bucket", Key="k", ServerSideEncryption="aws:kms", SSEKMSKeyId="my-key"),
        lambda: client("secretsmanager").create_secret(Name="s", SecretString="x", KmsKeyId="alias/absent"),
        lambda: client("ssm").put_parameter(Name="p", Value="v", Type="SecureString", KeyId="my-key"),
        lambda: sqs.send_message(QueueUrl=queue, MessageBody="x"),
    )
    for call in calls:
        with pytest.raises(ClientError):
            call()


@trial("REFUSED-TRAIL")
def test_a_trail_wants_a_bucket_that_lets_it_in(aws_world):
    client("s3").create_bucket(Bucket="bucket")
    with refused("InsufficientS3BucketPolicyException"):
        client("cloudtrail").create_trail(Name="trail", S3BucketName="bucket")


@trial("PYTEST-TIME")
def test_frozen_time_is_the_worlds(aws_world):
    with freeze_time("2030-01-01"):
        key = client("kms").create_key()["KeyMetadata"]["Arn"]
        client("kms").schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    with freeze_time("2030-01-09"), refused("NotFoundException"):
        client("kms").describe_key(KeyId=key)


@trial("PYTEST-WARNINGS")
@pytest.mark.filterwarnings("error")
def test_a_typo_in_a_policy_warns(aws_world):
    document = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "kms:Nonsense", "Resource": "*"}}
    with pytest.raises(kmsmock.PolicyWarning, match="there is no action kms:Nonsense"):
        client("iam").create_policy(PolicyName="p", PolicyDocument=json.dumps(document))


@trial("PYTEST-UNITTEST")
def test_a_world_works_without_pytest(tmp_path):
    tmp_path.joinpath("test_a.py").write_text(
        "import unittest, boto3, kmsmock\n"
        "class TestA(unittest.TestCase):\n"
        "    def setUp(self):\n"
        "        world = kmsmock.World()\n"
        "        world.__enter__()\n"
        "        self.addCleanup(world.__exit__, None, None, None)\n"
        "    def test_a(self): self.assertEqual(boto3.client('kms', 'us-east-1').list_keys()['Keys'], [])\n"
    )
    where = {"env": {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, "cwd": tmp_path}
    done = subprocess.run([sys.executable, "-m", "unittest"], capture_output=True, text=True, check=False, **where)
    assert done.stderr.endswith("OK\n"), done.stderr


@trial("PYTEST-PLUGIN-OFF")
@pytest.mark.parametrize(
    ("options", "outcome"),
    [
        (["--disable-plugin-autoload"], "errors"),
        (["--disable-plugin-autoload", "-p", "kmsmock"], "passed"),
        (["-p", "no:kmsmock"], "errors"),
    ],
)
def test_a_plugin_that_is_not_loaded_has_no_fixture(pytester, options, outcome, monkeypatch):
    if options[0].startswith("--") and pytest.version_tuple < (8, 4):
        monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        options = options[1:]
    pytester.makepyfile("def test_a(aws_world): pass")
    pytester.runpytest_subprocess(*options).assert_outcomes(**{outcome: 1})


@trial("PYTEST-FIXTURE-NAME")
def test_a_fixture_of_that_name_takes_the_place_of_the_world(pytester):
    pytester.makepyfile(
        "import pytest\nfrom kmsmock.active import active\n"
        "@pytest.fixture\ndef aws_world(): return 'mine'\n"
        "@pytest.mark.kmsmock(account_id='111111111111')\n"
        "def test_a(aws_world): assert (aws_world, active()) == ('mine', None)\n"
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


@trial("PYTEST-MODULE-NAME")
def test_a_module_of_that_name_is_imported_instead(tmp_path):
    tmp_path.joinpath("kmsmock.py").write_text("mine = True\n")
    command = [sys.executable, "-c", "import kmsmock; print(kmsmock.mine)"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout == "True\n"
