"""``python -m kmsmock lint``, what is selected and accepted, and what it says of what is no good."""

import json

import pytest

import kmsmock
from kmsmock.__main__ import main
from tests.support.lint import APP, DEFAULT, allow, codes, document, lint


@pytest.fixture
def policy(tmp_path):
    """The file of a key policy with a note, a warning and an error."""
    path = tmp_path / "policy.json"
    named = allow({"AWS": APP}, ["kms:Decrypt", "kms:CreateGrant"], Sid="Grants")
    path.write_text(json.dumps(document(DEFAULT, named, allow("*", "kms:Encrypt"))))
    return path


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ([], ["KMS006", "KMS004"]),
        (["--severity", "note"], ["KMS003", "KMS006", "KMS004"]),
        (["--severity", "error"], ["KMS004"]),
        (["--select", "KMS006,KMS003"], ["KMS006"]),
        (["--ignore", "KMS006", "--ignore", "KMS004"], []),
    ],
)
def test_the_command_tells_what_was_asked_for(options, found, policy, capsys):
    status = main(["lint", str(policy), "--format", "json", *options])
    told = json.loads(capsys.readouterr().out)
    assert ([each["code"] for each in told["findings"]], status) == (found, 1 if found else 0)


def test_the_command_says_where_and_what_to_do(policy, capsys):
    assert main(["lint", str(policy), "--select", "KMS004"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"error KMS004 {policy}:1, Statement/3/Principal: everybody of every account may kms:Encrypt",
        "  fix   Name the principals, or add a condition on kms:CallerAccount, aws:PrincipalOrgID or aws:PrincipalArn",
        "  page  https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html",
        "1 policy looked at: 1 error",
    ]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["nothing.json"], "nothing.json: there is no such file or folder"),
        (["notes.txt"], "notes.txt: give a template of CloudFormation"),
        (["broken.json"], "broken.json: Expecting"),
        (["list.json"], "list.json: give a template of CloudFormation"),
        (["policy.json", "--select", "KMS004,KMS999"], "select: there is no rule 'KMS999'; "),
        (["policy.json", "--accept", "accepted.json"], "accepted.json: {'code': 'KMS004'}: give the reason, such as {"),
        (["policy.json", "--accept", "nothing.json"], "nothing.json: "),
        (["policy.json", "--account", "12"], "an account id is a string of 12 digits"),
        (["policy.json", "--region", "us-east-9"], "region_name='us-east-9'"),
        (["policy.json", "--parameter", "Env"], "--parameter Env: give NAME=VALUE"),
    ],
)
def test_what_is_no_good_is_told_in_one_line(arguments, problem, policy, capsys, monkeypatch):
    monkeypatch.chdir(policy.parent)
    (policy.parent / "notes.txt").write_text("nothing: here\n")
    (policy.parent / "broken.json").write_text('{"Statement": [')
    (policy.parent / "list.json").write_text("[]")
    (policy.parent / "accepted.json").write_text('[{"code": "KMS004"}]')
    assert main(["lint", *arguments]) == 2
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert told.err.startswith(f"kmsmock: {problem}")


def test_what_is_accepted_is_told_with_its_reason_and_does_not_fail(policy, capsys):
    accepted = policy.parent / "accepted.json"
    agreed = {"code": "KMS004", "statement": "3", "policy": "*policy.json", "reason": "a public key, until June"}
    unused = {"code": "KMS001", "reason": "is not found"}
    accepted.write_text(json.dumps([agreed, unused]))
    assert main(["lint", str(policy), "--select", "KMS004,KMS001", "--accept", str(accepted), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(each["code"], each["reason"]) for each in told["accepted"]] == [("KMS004", "a public key, until June")]
    assert told["unused"] == ["KMS001, is not found"]


@pytest.mark.parametrize("part", [{"statement": "Other"}, {"policy": "*other.json"}, {"principal": "arn:*"}])
def test_an_agreement_is_about_what_it_names_only(part, policy):
    agreed = [{"code": "KMS004", "reason": "agreed", **part}]
    found = kmsmock.lint(policy, select=["KMS004"], accept=agreed)
    assert (codes(found), len(found.unused)) == (["KMS004"], 1)


def test_an_agreement_that_is_not_used_is_told_to_a_person(tmp_path):
    found = lint(tmp_path, DEFAULT, accept=[{"code": "KMS006", "policy": "*gone*", "reason": "was there once"}])
    assert str(found).splitlines()[0] == "accepted and not found: KMS006, policy *gone*, was there once"


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"severity": "warn"}, "severity='warn': give one of note, warning, error; did you mean 'warning'"),
        ({"ignore": ["KMS06"]}, "ignore: there is no rule 'KMS06'; did you mean 'KMS006'"),
        ({"accept": [{"code": "KMS6", "reason": "r"}]}, "there is no rule 'KMS6'; give one of KMS001, "),
        ({"accept": [{"code": "KMS006", "why": "r"}]}, 'give {"code": '),
    ],
)
def test_bad_options_are_value_errors(options, problem, policy, aws_world):
    for ask in (lambda: kmsmock.lint(policy, **options), lambda: aws_world.lint(**options)):
        with pytest.raises(ValueError) as caught:  # noqa: PT011 - the text is looked at
            ask()
        assert problem in str(caught.value)


def test_bad_types_are_type_errors(policy):
    with pytest.raises(TypeError, match="select is a list of codes; put 'KMS004' in a list"):
        kmsmock.lint(policy, select="KMS004")
    with pytest.raises(TypeError, match="accept is a list of such objects"):
        kmsmock.lint(policy, accept={"code": "KMS004", "reason": "r"})
    with pytest.raises(TypeError, match=r"lint\(\) takes paths"):
        kmsmock.lint()


def test_a_file_can_be_asserted_too(policy):
    with pytest.raises(AssertionError, match="KMS004"):
        kmsmock.assert_no_findings(policy, severity="error")
    kmsmock.assert_no_findings(policy, ignore=["KMS004", "KMS006"])


def test_findings_are_a_list_that_selects(policy):
    found = kmsmock.lint(policy)
    assert codes(found.where(severity="error")) == ["KMS004"]
    assert codes(found.where(statement="Grants")) == ["KMS006"]
    with pytest.raises(TypeError, match="findings are told apart by code, severity, policy"):
        found.where(rule="KMS004")
    with pytest.raises(ValueError, match="severity='bad'"):
        found.where(severity="bad")
