"""What a failed test's report says about refusals: the explanation where one helps, nothing where it was expected."""

import re

import pytest

from tests.support import children

TITLE = "kmsmock: refused, and why"

SUITE = """
import unittest

import boto3
import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def role(aws_world):
    return aws_world.account("111111111111").role("reporter").client("kms")


@pytest.fixture
def key(aws_world):
    return aws_world.account("111111111111").client("kms").create_key()["KeyMetadata"]["Arn"]


def swallow(call, **params):
    try:
        call(**params)
    except ClientError:
        pass


def test_unexpected(role, key):
    role.encrypt(KeyId=key, Plaintext=b"x")


def test_swallowed(role, key):
    swallow(role.encrypt, KeyId=key, Plaintext=b"x")
    assert False, "the code under test hid the reason"


def test_swallowed_and_fine(role, key):
    swallow(role.encrypt, KeyId=key, Plaintext=b"x")


def test_expected_and_fine(role, key):
    with pytest.raises(ClientError):
        role.encrypt(KeyId=key, Plaintext=b"x")


def test_expected_then_something_else(role, key):
    with pytest.raises(ClientError):
        role.encrypt(KeyId=key, Plaintext=b"x")
    assert False, "no refusal did this"


def test_expected_as_a_cause(role, key):
    def wrapped():
        try:
            role.encrypt(KeyId=key, Plaintext=b"x")
        except ClientError as problem:
            raise RuntimeError("could not") from problem

    with pytest.raises(RuntimeError):
        wrapped()
    assert False, "no refusal did this"


def test_one_expected_and_one_not(role, key):
    with pytest.raises(ClientError):
        role.encrypt(KeyId=key, Plaintext=b"x")
    role.describe_key(KeyId=key)


def test_another_exception_was_expected(role, key):
    with pytest.raises(ValueError):
        role.encrypt(KeyId=key, Plaintext=b"x")


def test_repeated(role, key):
    for _ in range(7):
        swallow(role.encrypt, KeyId=key, Plaintext=b"x")
    swallow(role.describe_key, KeyId=key)
    assert False


def test_many(aws_world, role):
    kms = aws_world.account("111111111111").client("kms")
    for _ in range(13):
        swallow(role.describe_key, KeyId=kms.create_key()["KeyMetadata"]["Arn"])
    assert False


def test_the_first_again(aws_world, role, key):
    kms = aws_world.account("111111111111").client("kms")
    swallow(role.encrypt, KeyId=key, Plaintext=b"x")
    for _ in range(13):
        swallow(role.describe_key, KeyId=kms.create_key()["KeyMetadata"]["Arn"])
    swallow(role.encrypt, KeyId=key, Plaintext=b"x")
    assert False


def test_without_refusals(aws_world):
    aws_world.account("111111111111").client("kms").create_key()
    assert False


def test_without_a_world():
    assert False


def test_through_s3(aws_world, key):
    account = aws_world.account("111111111111")
    account.client("s3").create_bucket(Bucket="bucket")
    allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    s3 = account.user("alice", [allow]).client("s3")
    s3.put_object(Bucket="bucket", Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)


@pytest.mark.kmsmock(enforce="audit")
def test_in_audit_mode(role, key):
    role.encrypt(KeyId=key, Plaintext=b"x")
    assert False


class TestCase(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def _world(self, role, key):
        self.kms, self.key = role, key

    def test_assert_raises(self):
        with self.assertRaises(ClientError):
            self.kms.encrypt(KeyId=self.key, Plaintext=b"x")
        self.fail("no refusal did this")

    def test_assert_raises_regex(self):
        with self.assertRaisesRegex(ClientError, "not authorized"):
            self.kms.encrypt(KeyId=self.key, Plaintext=b"x")
        self.fail("no refusal did this")

    def test_nothing_expected(self):
        self.kms.encrypt(KeyId=self.key, Plaintext=b"x")
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The report of each failed test of the suite, by its name; None for a test that passed."""
    folder = tmp_path_factory.mktemp("suite")
    (folder / "test_suite.py").write_text(SUITE, encoding="utf-8")
    options = ["-rA", "-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:xdist"]
    done = children.run(folder, *options, str(folder))
    assert done.returncode == 1, done.stdout + done.stderr
    failures, _, rest = done.stdout.partition("= PASSES =")
    parts = re.split(r"^_{3,} ([\w.]+) _{3,}$", failures, flags=re.MULTILINE)
    found = dict(zip(parts[1::2], parts[2::2], strict=True))
    return {"passed": rest or done.stdout, **found}


def section(report):
    """The explanations in a report, or None if it has no such section."""
    lines = report.splitlines()
    start = next((number for number, line in enumerate(lines) if re.fullmatch(rf"-+ {TITLE} -+", line)), None)
    if start is None:
        return None
    end = next((number for number in range(start + 1, len(lines)) if lines[number].startswith(("---", "==="))), None)
    return "\n".join(lines[start + 1 : end]).strip()


@pytest.mark.parametrize(
    "name",
    ["test_unexpected", "test_swallowed", "test_another_exception_was_expected", "TestCase.test_nothing_expected"],
)
def test_a_refusal_that_nobody_expected_is_explained(told, name):
    text = section(told[name])
    assert text.startswith(
        "IAM-IDENTITY-POLICY: No policy of the caller allows the action.\n  at        test_suite.py:"
    )
    assert "DENIED: nothing allows it: kms:Encrypt" in text
    assert "caller    arn:aws:sts::111111111111:assumed-role/reporter/kmsmock" in text
    assert '\N{CHECK MARK} Allow "Enable IAM User Permissions" matches' in text
    assert "Missing: an Allow in an identity-based policy." in text
    assert '{"Effect": "Allow", "Action": "kms:Encrypt", "Resource": "arn:aws:kms:us-east-1:111111111111:key/' in text
    assert text.count("DENIED") == 1
    assert "times)" not in text


@pytest.mark.parametrize(
    "name",
    [
        "test_expected_then_something_else",
        "test_expected_as_a_cause",
        "test_without_refusals",
        "test_without_a_world",
        "TestCase.test_assert_raises",
        "TestCase.test_assert_raises_regex",
    ],
)
def test_what_was_expected_adds_no_noise(told, name):
    assert section(told[name]) is None


def test_tests_that_pass_print_nothing(told):
    passed = told["passed"]
    assert re.search(r"PASSED .*test_swallowed_and_fine", passed)
    assert re.search(r"PASSED .*test_expected_and_fine", passed)
    assert TITLE not in passed


def test_only_what_was_not_expected_is_explained(told):
    text = section(told["test_one_expected_and_one_not"])
    assert text.count("DENIED") == 1
    assert "kms:DescribeKey" in text
    assert "kms:Encrypt" not in text


def test_a_repeated_refusal_is_told_once_with_its_count(told):
    text = section(told["test_repeated"])
    assert re.findall(r"DENIED: nothing allows it: (kms:\w+)", text) == ["kms:Encrypt", "kms:DescribeKey"]
    assert text.count("(7 times)") == 1
    assert text.index("(7 times)") < text.index("kms:DescribeKey")


def test_more_than_ten_are_cut(told):
    text = section(told["test_many"])
    assert text.startswith("IAM-IDENTITY-POLICY: No policy of the caller allows the action. (10 times)")
    assert len(re.findall(r"^    key [0-9a-f]{8}\b", text, re.MULTILINE)) == 10
    assert text.count("where     arn:aws:kms:us-east-1:111111111111:key/") == 10
    assert text.splitlines()[-1] == "... and 3 more: see world.decisions"


def test_the_first_comes_first_also_if_it_comes_again(told):
    text = section(told["test_the_first_again"])
    rows = [line.split() for line in text.splitlines() if line.startswith("    kms:")]
    assert [(row[0], row[-1]) for row in rows] == [("kms:Encrypt", "2"), *[("kms:DescribeKey", "1")] * 9]


def test_a_refusal_behind_another_service_names_the_service(told):
    text = section(told["test_through_s3"])
    assert "DENIED: nothing allows it: kms:GenerateDataKey" in text
    assert "via       s3.us-east-1.amazonaws.com" in text


def test_what_audit_mode_let_pass_is_explained_when_the_test_fails(told):
    text = section(told["test_in_audit_mode"])
    assert text.startswith("IAM-IDENTITY-POLICY: No policy of the caller allows the action.")
    assert "DENIED: nothing allows it: kms:Encrypt" in text


def test_a_fault_in_an_explanation_is_told_and_does_not_end_the_run(pytester):
    pytester.makepyfile(
        """
import kmsmock.refusals.overview
import pytest


def stumble(*_):
    raise RuntimeError("stumbled")


def test_one(aws_world, monkeypatch):
    role = aws_world.account("111111111111").role("reporter").client("kms")
    kmsmock.refusals.overview.text = stumble
    role.list_keys()


def test_two():
    pass
"""
    )
    done = pytester.runpytest_subprocess("-p", "no:randomly", "-p", "no:cacheprovider")
    done.assert_outcomes(passed=1, failed=1)
    done.stdout.fnmatch_lines(["*kmsmock failed to explain what was refused*", "*RuntimeError: stumbled"])


def test_a_traceback_does_not_end_in_kmsmock(pytester):
    pytester.makepyfile(
        """
def test_refused(aws_world):
    aws_world.account("111111111111").role("reporter").client("kms").list_keys()
"""
    )
    done = pytester.runpytest_subprocess("-p", "no:randomly", "-p", "no:cacheprovider")
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*botocore/client.py:*", "*kmsmock: refused, and why*"])
    done.stdout.no_fnmatch_line("*kmsmock/door/*")
