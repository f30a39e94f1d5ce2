"""``python -m kmsmock explain``: the same questions at the terminal."""

import json
import subprocess
import sys

import pytest

from kmsmock.__main__ import main
from tests.support.claims import OTHER, OWNER, allow, policy
from tests.support.policies import use

ALICE = f"arn:aws:iam::{OWNER}:user/alice"
KEY = f"arn:aws:kms:us-east-1:{OWNER}:key/12345678-1234-1234-1234-123456789012"
ACCOUNT = f"arn:aws:iam::{OWNER}:root"
ASK = ["--principal", ALICE, "--action", "kms:Decrypt", "--resource", KEY]


@pytest.fixture
def file(tmp_path):
    """Writes a document into a file; the path as text."""

    def write(name, document):
        path = tmp_path / f"{name}.json"
        path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
        return str(path)

    return write


def run(capsys, *arguments):
    status = main(["explain", *arguments])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_an_allowed_question_ends_with_zero(capsys, file):
    status, out, err = run(capsys, file("iam", allow("kms:*")), file("key", policy(use(ACCOUNT))), *ASK)
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "ALLOWED: kms:Decrypt"
    assert [line.split() for line in lines[1:3]] == [
        ["caller", ALICE, "(user", "alice)"],
        ["resource", KEY, "(key", "12345678)"],
    ]
    assert "Decided by: " in lines[-1]


def test_a_denied_question_ends_with_one_and_says_what_would_help(capsys, file):
    status, out, err = run(capsys, file("iam", allow("kms:Encrypt")), file("key", policy(use(ACCOUNT))), *ASK)
    assert (status, err) == (1, "")
    assert out.splitlines()[0] == "DENIED: nothing allows it: kms:Decrypt"
    assert 'iam.json:1): action: Action is "kms:Encrypt"' in out
    assert "    \N{BALLOT X} Allow number 1 (" in out
    assert "Missing: an Allow in an identity-based policy." in out
    assert json.dumps({"Effect": "Allow", "Action": "kms:Decrypt", "Resource": KEY}) in out


def test_an_explicit_deny_is_named(capsys, file):
    deny = policy(use(ACCOUNT), {**use("*", effect="Deny"), "Sid": "Nobody"})
    status, out, _ = run(capsys, file("key", deny), *ASK)
    assert status == 1
    assert out.splitlines()[0] == "DENIED by an explicit Deny: kms:Decrypt"
    assert 'Decided by: Deny "Nobody"' in out


@pytest.mark.parametrize(
    ("option", "document", "status"),
    [
        ("--identity", allow("kms:*"), 0),
        ("--boundary", allow("kms:*"), 0),
        ("--boundary", allow("s3:*"), 1),
        ("--session", allow("s3:*"), 1),
        ("--scp", allow("s3:*"), 1),
        ("--scp", allow("*"), 0),
        ("--rcp", policy(use("*", effect="Deny")), 1),
        ("--endpoint-policy", policy(use("*", "s3:*")), 1),
        ("--endpoint-policy", policy(use("*")), 0),
    ],
)
def test_each_layer_has_an_option(capsys, file, option, document, status):
    given = [file("iam", allow("kms:Decrypt")), file("key", policy(use(ACCOUNT))), option, file("layer", document)]
    assert run(capsys, *given, *ASK)[0] == status


def test_several_files_of_a_layer_and_the_resource_policy_by_name(capsys, file):
    given = ["--identity", file("a", allow("s3:*")), "--identity", file("b", allow("kms:*"))]
    given += ["--resource-policy", file("key", policy(use(ACCOUNT)))]
    assert run(capsys, *given, *ASK)[0] == 0


@pytest.mark.parametrize(
    ("pairs", "status"),
    [
        (["kms:EncryptionContext:app=a"], 0),
        (["kms:EncryptionContext:app=b"], 1),
        ([], 1),
        (["kms:EncryptionContext:app=a", "aws:SourceIp=203.0.113.7"], 0),
    ],
)
def test_condition_keys_are_given_as_pairs(capsys, file, pairs, status):
    condition = {"StringEquals": {"kms:EncryptionContext:app": "a"}}
    path = file("key", policy(use(ALICE, Condition=condition)))
    context = [word for pair in pairs for word in ("--context", pair)]
    assert run(capsys, path, *ASK, *context)[0] == status


@pytest.mark.parametrize(("values", "status"), [(["s3.amazonaws.com", "ec2.amazonaws.com"], 0), (["x", "y"], 1)])
def test_a_key_of_several_values_is_given_several_times(capsys, file, values, status):
    condition = {"ForAnyValue:StringEquals": {"aws:CalledVia": "ec2.amazonaws.com"}}
    context = [word for value in values for word in ("--context", f"aws:CalledVia={value}")]
    assert run(capsys, file("key", policy(use(ALICE, Condition=condition))), *ASK, *context)[0] == status


def test_without_a_resource_the_question_is_about_everything(capsys, file):
    ask = ["--principal", ALICE, "--action", "kms:CreateKey"]
    assert run(capsys, file("iam", allow("kms:CreateKey")), *ask)[0] == 0
    assert run(capsys, *ask)[0] == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["missing.json", *ASK], "missing.json"),
        (["BROKEN", *ASK], "Policy contains invalid JSON."),
        (["LIST", *ASK], "a policy document is a JSON object"),
        (["--principal", "alice", "--action", "kms:Decrypt"], "principal='alice'"),
        (["--principal", ALICE, "--action", "kms:*"], "give one action"),
        ([*ASK, "--context", "aws:SourceIp"], "--context aws:SourceIp: give KEY=VALUE"),
        (["KEY", "--resource-policy", "KEY", *ASK], "there can be only one resource policy"),
        (["--boundary", "IAM", "--boundary", "IAM", *ASK], "there can be only one boundary"),
        (["--identity", "KEY", *ASK], "should not specify a principal"),
    ],
)
def test_a_question_that_is_no_good_ends_with_two_and_says_why(capsys, file, arguments, words):
    files = {
        "BROKEN": file("broken", "{"),
        "LIST": file("list", "[]"),
        "KEY": file("key", policy(use(ACCOUNT))),
        "IAM": file("iam", allow("kms:*")),
    }
    status, out, err = run(capsys, *(files.get(each, each) for each in arguments))
    assert (status, out) == (2, "")
    assert err.startswith("kmsmock: ")
    assert words in err


@pytest.mark.parametrize("arguments", [[], ["explain"], ["explain", "--principal", ALICE], ["nonsense"]])
def test_a_wrong_command_line_ends_with_two_and_the_usage(capsys, arguments):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: python -m kmsmock" in capsys.readouterr().err


def test_it_runs_as_a_command(file):
    foreign = KEY.replace(OWNER, OTHER)
    command = [sys.executable, "-m", "kmsmock", "explain", file("iam", allow("kms:*")), file("key", policy(use(ALICE)))]
    ask = ["--principal", ALICE, "--action", "kms:Decrypt", "--resource", foreign]
    done = subprocess.run([*command, *ask], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("ALLOWED: kms:Decrypt\n")
    assert f"{OWNER} asks, {OTHER} owns: both must allow" in done.stdout
