"""``--kmsmock-verify-aws``, against an account that is a world at an address: what differs is found, told and written.

Each run is a process of its own, and there are few of them: what a run shows is asserted together.
"""

import json
import os
import pty
import re
import subprocess
import sys
import textwrap

import pytest

from kmsmock.errors import AwsError
from kmsmock.kms.errors import keys as texts
from tests.support import children
from tests.support.claims import OTHER, policy
from tests.support.sources import ROOT

CASES = """
    import pytest
    from botocore.exceptions import ClientError

    @pytest.mark.verify_aws(reads=True)
    def test_absent(aws_case):
        with pytest.raises(ClientError):
            aws_case.client("kms").describe_key(KeyId="1234abcd-12ab-34cd-56ef-1234567890ab")

    @pytest.mark.verify_aws(makes=["key", "alias", "grant"])
    def test_disabled(aws_case):
        kms = aws_case.client("kms")
        key = kms.create_key()["KeyMetadata"]["Arn"]
        kms.create_alias(AliasName="alias/" + aws_case.name("a"), TargetKeyId=key)
        kms.create_grant(KeyId=key, GranteePrincipal=f"arn:aws:iam::{aws_case.account_id}:root", Operations=["Decrypt"])
        sealed = kms.encrypt(KeyId=key, Plaintext=b"text")["CiphertextBlob"]
        assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"text"
        kms.disable_key(KeyId=key)
        with pytest.raises(kms.exceptions.DisabledException):
            kms.decrypt(CiphertextBlob=sealed)

    @pytest.mark.parametrize("spec", ["HMAC_256"])
    @pytest.mark.verify_aws(makes=["key", "bucket", "object"])
    def test_failing_in_aws_only(aws_case, spec):
        key = aws_case.client("kms").create_key(KeySpec=spec, KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["Arn"]
        s3 = aws_case.client("s3")
        s3.create_bucket(Bucket=aws_case.name("b"))
        s3.put_object(Bucket=aws_case.name("b"), Key="o", Body=b"text")
        assert aws_case.account_id != "FAILS"

    def test_of_something_else():
        raise AssertionError("is not run")
"""


@pytest.fixture
def account(aws_world):
    return aws_world.account(OTHER)


@pytest.fixture
def run(aws_world, account, tmp_path):
    """A run of the cases, with the credentials of somebody in the account that is served."""

    def run(*options, cases=CASES, policies=(ALL,)):
        tmp_path.joinpath("test_cases.py").write_text(textwrap.dedent(cases))
        with aws_world.endpoint() as address:
            done = children.run(tmp_path, *OPTIONS, *options, **environment(account, address, policies))
        return Ran(done, tmp_path)

    return run


OPTIONS = ("--kmsmock-verify-aws", "--kmsmock-verify-aws-settle=0", "-p", "no:randomly", "-p", "no:cacheprovider")


ALL = policy({"Effect": "Allow", "Action": "*", "Resource": "*"})


def environment(account, address, policies=(ALL,)):
    """Where somebody with these policies finds the account."""
    key, secret, _ = account.user("verifier", policies).credentials
    return {
        "AWS_ENDPOINT_URL": address,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
    }


class Ran:
    """What is to be seen of a run."""

    def __init__(self, done, folder):
        lines, self.status = done.stdout.splitlines(), done.returncode
        self.lines = pytest.LineMatcher(lines)
        self.outcomes = pytest.RunResult.parse_summary_nouns(lines)
        self._file = folder / "verify-aws.json"

    @property
    def written(self):
        return json.loads(self._file.read_text())


def states(account):
    kms = account.client("kms")
    keys = [each["KeyId"] for each in kms.list_keys()["Keys"]]
    return [kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] for key in keys]


def test_where_nothing_differs_the_run_passes_and_all_that_was_made_is_removed(run, account):
    done = run("--kmsmock-verify-aws-yes")
    assert done.outcomes == {"passed": 6, "deselected": 1}
    done.lines.fnmatch_lines(
        [
            f"as arn:aws:iam::{OTHER}:user/verifier in us-east-1",
            "1 case that only read: test_absent",
            "2 cases that make something and remove it:",
            "  test_disabled: 1 key, 1 alias, 1 grant",
            "  keys are scheduled for deletion in 7 days, which costs nothing",
            "about 0.00* USD without a free tier: * requests of KMS, and an hour of each key",
            "requests of S3 come on top",
            "3 of 3 cases agree; written to verify-aws.json",
        ]
    )
    assert states(account) == ["PendingDeletion"] * 2
    aliases = [each["AliasName"] for each in account.client("kms").list_aliases()["Aliases"]]
    assert [each for each in aliases if not each.startswith("alias/aws/")] == []
    assert account.client("s3").list_buckets()["Buckets"] == []
    assert [case["differences"] for case in done.written["cases"]] == [[], [], []]


def test_the_cases_that_ship_agree_and_take_no_more_permissions_than_the_page_says(aws_world, account, tmp_path):
    (permissions,) = re.findall(r"```json\n(.*?)```", ROOT.joinpath("docs/verifying.md").read_text(), re.DOTALL)
    with aws_world.endpoint() as address:
        env = environment(account, address, [json.loads(permissions)])
        options = (*OPTIONS, "--kmsmock-verify-aws-yes", str(ROOT / "tests/verify"))
        ran = Ran(children.run(tmp_path, *options, **env, PYTHONPATH=str(ROOT)), tmp_path)
    cases = len(ran.written["cases"])
    assert cases >= 15
    assert ran.outcomes == {"passed": 2 * cases, "deselected": ran.outcomes["deselected"]}
    ran.lines.fnmatch_lines([f"{cases} of {cases} cases agree; written to verify-aws.json"])


def test_what_differs_is_told_and_written_and_fails_the_run(run, account, monkeypatch):
    monkeypatch.setattr(texts, "disabled", lambda arn: AwsError("DisabledException", f"{arn} is switched off."))
    done = run("--kmsmock-verify-aws-yes", "-k", "disabled")
    assert done.outcomes == {"passed": 1, "failed": 1, "deselected": 5}
    done.lines.fnmatch_lines(
        [
            "AWS answers otherwise: 1 difference",
            "0 of 1 case agree; written to verify-aws.json",
            "*test_disabled",
            "  call 7, kms:Decrypt, answer.Error.Message:",
            "    world: arn:aws:kms:us-east-1:<account>:key/<id 1> is disabled.",
            "    AWS:   arn:aws:kms:us-east-1:<account>:key/<id 1> is switched off.",
        ]
    )
    (case,) = done.written["cases"]
    (difference,) = case["differences"]
    assert (difference["call"], difference["where"]) == (7, "answer.Error.Message")
    assert states(account) == ["PendingDeletion"]


def test_what_a_case_made_is_removed_also_where_it_fails(run, account):
    done = run("--kmsmock-verify-aws-yes", "-k", "failing", cases=CASES.replace('"FAILS"', repr(OTHER)))
    assert done.outcomes == {"passed": 1, "failed": 1, "deselected": 5}
    assert states(account) == ["PendingDeletion"]
    assert account.client("s3").list_buckets()["Buckets"] == []


def test_what_cannot_be_removed_is_listed(run, account):
    deny = {"Effect": "Deny", "Action": "kms:ScheduleKeyDeletion", "Resource": "*"}
    done = run("--kmsmock-verify-aws-yes", "-k", "disabled", policies=[ALL, policy(deny)])
    assert done.outcomes == {"passed": 2, "deselected": 5}
    assert done.status == pytest.ExitCode.TESTS_FAILED
    done.lines.fnmatch_lines(
        ["still there, to be removed by hand:", f"  key arn:aws:kms:us-east-1:{OTHER}:key/* (of *test_disabled): *"]
    )
    assert states(account) == ["Disabled"]


def test_without_consent_only_what_reads_is_run(run, account):
    done = run("-rs")
    assert done.outcomes == {"passed": 4, "skipped": 2, "deselected": 1}
    done.lines.fnmatch_lines(["cases that make something are not run: add --kmsmock-verify-aws-yes"])
    assert states(account) == []


def test_somebody_at_a_terminal_is_asked(aws_world, account, tmp_path):
    tmp_path.joinpath("test_cases.py").write_text(textwrap.dedent(CASES))
    ours, theirs = pty.openpty()
    os.write(ours, b"y\n")
    with aws_world.endpoint() as address:
        command = [sys.executable, "-m", "pytest", *OPTIONS, "-k", "disabled"]
        env = {**os.environ, **environment(account, address)}
        done = subprocess.run(command, cwd=tmp_path, env=env, stdin=theirs, capture_output=True, text=True, check=False)
    os.close(ours)
    os.close(theirs)
    assert "make and remove this in the account? [y/N]" in done.stdout
    assert Ran(done, tmp_path).outcomes == {"passed": 2, "deselected": 5}
    assert states(account) == ["PendingDeletion"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--kmsmock-verify-aws-yes",), "--kmsmock-verify-aws-yes is consent to --kmsmock-verify-aws: add that"),
        (
            ("--kmsmock-verify-aws", "--kmsmock=audit"),
            "--kmsmock-verify-aws runs alone, in one process: leave out --kmsmock",
        ),
        (("--kmsmock-verify-aws", "-n", "2"), "--kmsmock-verify-aws runs alone, in one process: leave out -n"),
        (("--kmsmock-verify-aws", "test_cases.py"), "--kmsmock-verify-aws=test_cases.py: give a profile*"),
        (("--kmsmock-verify-aws",), "verifying against AWS: set AWS_DEFAULT_REGION, or a Region in the profile"),
    ],
)
def test_options_that_cannot_be_meant_are_refused(pytester, monkeypatch, options, said):
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    pytester.makepyfile(test_cases="")
    done = pytester.runpytest_subprocess(*options)
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines([f"ERROR: {said}"])
