"""``pytest --kmsmock``: a suite that has grown with moto, switched as it stands.

Each run is a process of its own (see test_plugin.py), and there are few of them: what a run shows is asserted together.
"""

from __future__ import annotations

import json
import re
from fnmatch import fnmatch
from xml.etree import ElementTree

import pytest

import kmsmock

SUITE = """
    import unittest

    import boto3
    import pytest
    from moto import mock_aws

    POLICY = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*", '
        '"Principal": {"AWS": ["arn:aws:iam::123456789012:role/app", "arn:aws:iam::123456789012:root"]}}]}'
    )

    @pytest.fixture(scope="module")
    def bucket():
        with mock_aws():
            s3 = boto3.client("s3", "us-east-1")
            s3.create_bucket(Bucket="bucket")
            s3.put_object(Bucket="bucket", Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId="alias/none")
            yield s3

    def test_of_a_wider_fixture(bucket):
        assert bucket.get_object(Bucket="bucket", Key="k")["Body"].read() == b"x"

    @mock_aws
    def test_of_a_wider_fixture_in_a_mock_of_its_own(bucket):
        assert boto3.client("s3", "us-east-1").get_object(Bucket="bucket", Key="k")["Body"].read() == b"x"

    @mock_aws
    @pytest.mark.parametrize("number", [1, 2])
    def test_of_a_policy(number):
        boto3.client("kms", "us-east-1").create_key(Policy=POLICY)

    @mock_aws
    class TestOfSetUp(unittest.TestCase):
        def setUp(self):
            self.kms = boto3.client("kms", "us-east-1")
            self.key = self.kms.create_key()["KeyMetadata"]["KeyId"]

        def test_of_a_pending_key(self):
            self.kms.schedule_key_deletion(KeyId=self.key)
            self.kms.encrypt(KeyId=self.key, Plaintext=b"x")

    class TestOfSetUpClass(unittest.TestCase):
        @classmethod
        def setUpClass(cls):
            cls.mock = mock_aws()
            cls.mock.start()
            attributes = {"KmsMasterKeyId": "alias/none"}
            cls.url = boto3.client("sqs", "us-east-1").create_queue(QueueName="q", Attributes=attributes)["QueueUrl"]

        @classmethod
        def tearDownClass(cls):
            cls.mock.stop()

        def test_of_a_queue(self):
            boto3.client("sqs", "us-east-1").send_message(QueueUrl=self.url, MessageBody="x")

    def test_without_a_mock():
        boto3.client("kms", "us-east-1").list_keys()

    class TestAsync(unittest.IsolatedAsyncioTestCase):
        async def test_of_a_disabled_key(self):
            with mock_aws():
                kms = boto3.client("kms", "us-east-1")
                key = kms.create_key()["KeyMetadata"]["KeyId"]
                kms.disable_key(KeyId=key)
                kms.encrypt(KeyId=key, Plaintext=b"x")

    @pytest.fixture(scope="module")
    @mock_aws
    def of_a_mock_that_is_over():
        boto3.client("s3", "us-east-1").create_bucket(Bucket="gone")

    @pytest.mark.usefixtures("of_a_mock_that_is_over")
    def test_the_world_of_a_mock_that_is_over_is_over(aws_world):
        assert boto3.client("s3", "us-east-1").list_buckets()["Buckets"] == []

    def test_who_asks_for_a_world_has_one_that_enforces(aws_world):
        assert aws_world.store.enforce == "strict"

    @pytest.mark.kmsmock(enforce="off")
    def test_of_a_shared_world_by_its_marker(bucket):
        kms = boto3.client("kms", "us-east-1")
        key = kms.create_key(Policy=POLICY)["KeyMetadata"]["KeyId"]
        bucket.put_object(Bucket="bucket", Key="m", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)

    @pytest.mark.kmsmock(enforce="strict")
    def test_of_a_shared_world_that_enforces(bucket):
        with pytest.raises(Exception, match="KMS.NotFoundException"):
            bucket.put_object(Bucket="bucket", Key="n", ServerSideEncryption="aws:kms", SSEKMSKeyId="alias/none")

    @pytest.mark.kmsmock(enforce="off")
    def test_with_a_marker_of_its_own(aws_world):
        assert aws_world.store.enforce == "off"
"""
LISTED = {
    "test_suite.py::fixture bucket": ["s3:PutObject KMS.NotFoundException KMS-ALIAS-NOT-FOUND"],
    "test_suite.py::test_of_a_policy": ["kms:CreateKey MalformedPolicyDocumentException KMS-POLICY-PRINCIPAL"],
    "test_suite.py::TestAsync::test_of_a_disabled_key": ["kms:Encrypt DisabledException KMS-STATE-DISABLED"],
    "test_suite.py::TestOfSetUp::test_of_a_pending_key": [
        "kms:Encrypt KMSInvalidStateException KMS-STATE-PENDING-DELETION"
    ],
    "test_suite.py::TestOfSetUpClass::test_of_a_queue": ["sqs:SendMessage KMS.NotFoundException KMS-ALIAS-NOT-FOUND"],
}
"""What AWS would refuse in it: what audit lists, a baseline knows, and makes tests fail where the world enforces."""


@pytest.fixture
def suite(pytester):
    pytester.makepyfile(test_suite=SUITE)
    return pytester


def text(result):
    return "\n".join(result.outlines)


def test_audit_passes_and_a_baseline_is_written_and_holds_in_any_order_and_under_xdist(suite):
    written = suite.runpytest_subprocess(
        "--kmsmock-baseline=kms.json", "--kmsmock-update-baseline", "--kmsmock-summary=all.json", "--junitxml=junit.xml"
    )
    written.assert_outcomes(passed=13)
    told = text(written)
    assert f"kmsmock {kmsmock.__version__}: audit; baseline kms.json" in told
    assert "6 refusals, for 4 causes, in 5 of 13 tests:" in told
    assert "KMS-ALIAS-NOT-FOUND: There is no alias of this name" in told
    assert "kms.json is written" in told
    assert json.loads(suite.path.joinpath("kms.json").read_text())["refusals"] == LISTED

    summary = json.loads(suite.path.joinpath("all.json").read_text())
    assert (summary["refusals"], summary["tests"]) == (6, 5)
    first = summary["causes"][0]
    assert (first["cause"], first["tests"]) == (
        "KMS-ALIAS-NOT-FOUND",
        ["test_suite.py::TestOfSetUpClass::test_of_a_queue", "test_suite.py::fixture bucket"],
    )
    assert {each["at"] for each in summary["found"]} == {f"test_suite.py:{line}" for line in (17, 30, 40, 55, 66)}
    properties = ElementTree.parse(suite.path / "junit.xml").iter("property")
    assert {each.get("value") for each in properties} == {kind for kinds in LISTED.values() for kind in kinds}

    again = suite.runpytest_subprocess("--kmsmock-baseline=kms.json", "-n", "2", "-k", "not without")
    again.assert_outcomes(passed=12)
    assert re.search("[67] refusals that the baseline knows were let pass.", text(again))  # each worker has the fixture
    assert "did not happen" not in text(again)


def test_what_a_baseline_does_not_know_fails_and_what_is_gone_is_told(suite):
    known = {**LISTED, "test_suite.py::test_without_a_mock": ["kms:Encrypt DisabledException KMS-STATE-DISABLED"]}
    del known["test_suite.py::test_of_a_policy"], known["test_suite.py::fixture bucket"]
    baseline = suite.path / "kms.json"
    baseline.write_text(json.dumps({"version": 1, "refusals": known}))
    suite.makeini("[pytest]\nkmsmock = audit\nkmsmock_baseline = kms.json\n")
    result = suite.runpytest_subprocess("-p", "no:randomly")
    result.assert_outcomes(passed=10, failed=3)
    told = text(result)
    assert "AWS would refuse what this test does, and kms.json does not know of it:" in told
    assert "  at      test_suite.py:30" in told
    assert "  to do   Create the user or role arn:aws:iam::123456789012:role/app before the key" in told
    assert "1 refusal that did not happen any more is still in kms.json:" in told
    assert "  test_suite.py::test_without_a_mock: kms:Encrypt DisabledException KMS-STATE-DISABLED" in told

    suite.runpytest_subprocess("--kmsmock-update-baseline").assert_outcomes(passed=13)
    assert json.loads(baseline.read_text())["refusals"] == LISTED


def test_strict_fails_where_audit_told_and_services_and_directories_limit_it(suite):
    strict = suite.runpytest_subprocess("--kmsmock", "-p", "no:randomly")
    strict.assert_outcomes(passed=4, failed=5, errors=4)
    failed = {each["test"] for each in _failed(strict)}
    assert failed == {
        "test_of_a_policy[1]", "test_of_a_policy[2]", "test_of_a_disabled_key", "test_of_a_pending_key", "test_of_a_queue",
        "test_of_a_wider_fixture", "test_of_a_wider_fixture_in_a_mock_of_its_own", "test_of_a_shared_world_by_its_marker",
        "test_of_a_shared_world_that_enforces",
    }  # fmt: skip

    suite.makeini("[pytest]\nkmsmock =\n  off\n  test_suite.py = strict\nkmsmock_services = sqs\n")
    limited = suite.runpytest_subprocess("-p", "no:randomly")
    limited.assert_outcomes(passed=11, failed=2)
    assert f"kmsmock {kmsmock.__version__}: off, test_suite.py: strict; services sqs" in text(limited)
    assert {each["test"] for each in _failed(limited)} == {"test_of_a_queue", "test_of_a_shared_world_that_enforces"}


def _failed(result):
    lines = [each.split(" - ")[0] for each in result.outlines if each.startswith(("FAILED ", "ERROR "))]
    return [{"test": each.rpartition("::")[2]} for each in lines]


WRONG = {
    ("--kmsmock=adit",): "--kmsmock=adit: give strict, audit or off",
    ("--kmsmock=audit", "--kmsmock-services=kms,sq"): "--kmsmock-services='sq': botocore has no such service; did you*",
    ("--kmsmock-services=kms",): "--kmsmock-services is for suites that are switched: add --kmsmock=audit or strict",
    ("--kmsmock-summary=x",): "what AWS would refuse is found where every test has a world: add --kmsmock=audit",
    ("--kmsmock=audit", "--kmsmock-update-baseline"): "--kmsmock-update-baseline: say which file, with *",
    ("--kmsmock-baseline=none.json",): "--kmsmock-baseline=*none.json: there is no such file; write it with *",
    ("--kmsmock-baseline=test_suite.py",): "--kmsmock-baseline=*test_suite.py: it is no baseline *",
    (
        "-o",
        "kmsmock=tests/none = strict",
    ): "kmsmock = 'tests/none = strict' in the configuration: there is no tests/none",
    ("-o", "kmsmock=adit"): "kmsmock = 'adit' in the configuration: write audit, strict or off for the whole suite, *",
}


@pytest.mark.parametrize("options", WRONG, ids=" ".join)
def test_wrong_options_are_told(pytester, options):
    pytester.makepyfile(test_suite="def test_it(): ...")
    with pytest.raises(pytest.UsageError) as told:
        pytester.parseconfigure(*options)
    assert fnmatch(str(told.value), f"{WRONG[options]}*")


@pytest.mark.usefixtures("nothing_imported")
def test_nothing_of_it_is_there_where_the_switch_is_off(pytester):
    pytester.makepyfile(
        """
        import sys

        def test_it(request):
            plugins = request.config.pluginmanager
            assert not plugins.has_plugin("kmsmock-audit") and not plugins.has_plugin("kmsmock-wider")
            heavy = {"botocore", "boto3", "moto", "conftest_plugin.audit", "conftest_plugin.wider", "kmsmock.world"}
            assert not heavy & sys.modules.keys()
        """
    )
    pytester.runpytest_subprocess("-p", "no:randomly", "-p", "no:hypothesispytest").assert_outcomes(passed=1)
