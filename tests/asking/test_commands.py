"""``python -m kmsmock who-can``, ``can``, ``explain --in`` and ``diff``: what they print, and how they end."""

import json

import pytest

from kmsmock.__main__ import main

HOME, AWAY = "111111111111", "222222222222"
READER = f"arn:aws:iam::{AWAY}:role/reader"
APP = f"arn:aws:iam::{HOME}:role/app"
WHERE = ["--account", HOME, "--region", "eu-west-1"]
ACCOUNT = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{HOME}:root"}, "Action": "kms:*", "Resource": "*"}
SHARE = {"Sid": "Share", "Effect": "Allow", "Principal": {"AWS": READER}, "Action": "kms:Decrypt", "Resource": "*"}
S3 = {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}


def key(*statements):
    document = {"Version": "2012-10-17", "Statement": [ACCOUNT, *statements]}
    return {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": document}}


def alias(name, target):
    return {"Type": "AWS::KMS::Alias", "Properties": {"AliasName": name, "TargetKeyId": {"Ref": target}}}


def role(**statement):
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*", **statement}]}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": "app",
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
            "Policies": [{"PolicyName": "use", "PolicyDocument": document}],
        },
    }


@pytest.fixture
def file(tmp_path):
    """Writes a template, or another document; its path."""

    def write(name, resources=None, document=None):
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps({"Resources": resources} if document is None else document))
        return str(path)

    return write


@pytest.fixture
def ask(capsys):
    """Types a command: the status, and what came on both outputs."""

    def run(*arguments):
        status = main([*arguments])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


@pytest.fixture
def plan(file):
    return file(
        "plan",
        {"Data": key(SHARE), "Alias": alias("alias/data", "Data"), "App": role(Action="kms:Decrypt", Condition=S3)},
    )


def test_who_can_lists_everybody_with_conditions_and_what_lets_them(ask, plan):
    status, out, err = ask("who-can", "kms:Decrypt", "--key", "alias/data", "--in", plan, *WHERE)
    assert (status, err) == (0, "")
    assert out.splitlines()[0].endswith(": 3 can")
    assert out.splitlines()[1:] == [
        f"  arn:aws:iam::{HOME}:root (account)",
        "        by    Allow number 1 in the key policy",
        f"  {APP} (role)",
        '        if    StringEquals kms:ViaService "s3.eu-west-1.amazonaws.com"',
        "        by    Allow number 1 in the key policy",
        '        by    Allow number 1 in inline policy "use" of role app',
        f"  {READER} (role)",
        f"        if    account {AWAY} has such a role, and lets it do this",
        '        by    Allow "Share" in the key policy',
    ]


def test_who_can_as_json(ask, plan):
    status, out, _ = ask("who-can", "Decrypt", "--key", "Data", "--in", plan, *WHERE, "--format", "json")
    assert status == 0
    assert [each["principal"] for each in json.loads(out)["holders"]] == [f"arn:aws:iam::{HOME}:root", APP, READER]


def test_nobody_can(ask, file):
    deny = {"Effect": "Deny", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*"}
    status, out, _ = ask("who-can", "kms:Decrypt", "--key", "Data", "--in", file("plan", {"Data": key(deny)}), *WHERE)
    assert (status, out.rpartition(": ")[2]) == (0, "nobody can\n")


def test_can_says_by_what_or_under_which_conditions(ask, plan):
    asked = ["can", "App", "kms:Decrypt", "Data", "--in", plan, *WHERE]
    status, out, _ = ask(*asked)
    assert (status, out.splitlines()[1]) == (1, '  only if StringEquals kms:ViaService "s3.eu-west-1.amazonaws.com"')
    status, out, _ = ask(*asked, "--context", "kms:ViaService=s3.eu-west-1.amazonaws.com")
    assert (status, out.splitlines()[0].partition(" on ")[0]) == (0, f"ALLOWED: {APP} kms:Decrypt")
    assert out.splitlines()[-1] == '  by Allow number 1 in inline policy "use" of role app'
    status, out, _ = ask("can", APP, "kms:Encrypt", "alias/data", "--in", plan, *WHERE)
    assert (status, out.partition(" ")[0]) == (1, "DENIED:")
    assert out.splitlines()[1] == "  Allow number 1, but for Action, Condition StringEquals kms:ViaService"


def test_can_as_json(ask, plan):
    status, out, _ = ask("can", READER, "kms:Decrypt", "Data", "--in", plan, *WHERE, "--format", "json")
    told = json.loads(out)
    assert (status, told["can"]) == (1, False)
    assert told["only_if"] == [[f"account {AWAY} has such a role, and lets it do this"]]


def test_explain_asks_files_and_policies_may_stand_in_for_theirs(ask, plan, file):
    status, out, _ = ask("explain", "App", "kms:Decrypt", "Data", "--in", plan, *WHERE)
    assert (status, out.splitlines()[0]) == (1, "DENIED: nothing allows it: kms:Decrypt")
    wide = file("wide", document={"Statement": {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}})
    question = ["--principal", "App", "--action", "kms:Decrypt", "--resource", "alias/data", "--in", plan, *WHERE]
    status, out, _ = ask("explain", wide, *question)
    assert (status, out.splitlines()[0]) == (0, "ALLOWED: kms:Decrypt")


@pytest.fixture
def sides(file):
    """Main, and a branch on which a role of another account may decrypt and the application may no more."""
    old = file("main", {"Data": key(), "App": role(Action="kms:Decrypt")})
    return old, file("branch", {"Data": key(SHARE), "App": role(Action="s3:*")})


def test_diff_tells_what_is_new_and_gone_and_ends_with_one(ask, sides):
    status, out, err = ask("diff", *sides, *WHERE)
    assert (status, err) == (1, "")
    assert out.splitlines()[1:] == [
        f"  GONE  {APP} (role)",
        "        could kms:Decrypt",
        "        by    Allow number 1 in the key policy",
        '        by    Allow number 1 in inline policy "use" of role app',
        f"  NEW   {READER} (role)",
        "        may   kms:Decrypt",
        '        by    Allow "Share" in the key policy',
        f"        taken for granted: account {AWAY} has such a role, and lets it do this",
    ]


def test_diff_of_the_same_ends_with_zero(ask, sides):
    assert ask("diff", sides[0], sides[0], *WHERE) == (0, "no access to keys is new, and none is gone\n", "")


def test_diff_of_one_kind_or_one_key_only(ask, sides):
    for only, mark, other in (("new", "NEW", "GONE"), ("gone", "GONE", "NEW")):
        status, out, _ = ask("diff", *sides, *WHERE, "--only", only, "--key", "Data")
        assert status == 1
        assert mark in out
        assert other not in out


def agreed(principal, **more):
    return {"principal": principal, "key": "Data", "actions": ["kms:Decrypt"], **more}


def test_what_was_agreed_is_no_difference(ask, sides, file):
    half = file("half", document=[agreed(READER, why="they read our reports")])
    status, out, err = ask("diff", *sides, *WHERE, "--allow", half)
    assert (status, "NEW" in out, "GONE" in out, err) == (1, False, True, "")
    assert out.splitlines()[-1] == f"agreed in {half}: 1 more"
    whole = file("whole", document=[agreed("arn:aws:iam::2*"), agreed(APP, change="gone", actions="kms:*")])
    assert ask("diff", *sides, *WHERE, "--allow", whole) == (0, f"agreed in {whole}: 2; nothing else differs\n", "")


def test_what_was_agreed_under_conditions_covers_no_more_than_these(ask, file):
    old = file("old", {"Data": key()})
    words = 'kms:ViaService is "s3.eu-west-1.amazonaws.com"'
    allow = file("allow", document=[agreed(READER, conditions=[words])])
    narrow = file("narrow", {"Data": key({**SHARE, "Condition": S3})})
    assert ask("diff", old, narrow, *WHERE, "--allow", allow)[0] == 0
    status, _, err = ask("diff", old, file("wide", {"Data": key(SHARE)}), *WHERE, "--allow", allow)
    assert status == 1
    assert err == (
        f"kmsmock: {allow}, entry 1: new {READER} kms:Decrypt on Data, if {words}: nothing differs so any more; take it out\n"
    )


def test_what_diff_prints_as_json_is_a_file_of_what_was_agreed(ask, sides, file):
    status, out, _ = ask("diff", *sides, *WHERE, "--format", "json")
    assert status == 1
    assert [(each["change"], each["principal"], each["actions"]) for each in json.loads(out)["differences"]] == [
        ("gone", APP, ["kms:Decrypt"]),
        ("new", READER, ["kms:Decrypt"]),
    ]
    allow = file("allow", document=json.loads(out))
    status, out, err = ask("diff", *sides, *WHERE, "--format", "json", "--allow", allow)
    assert (status, err) == (0, "")
    assert json.loads(out) == {"differences": [], "notes": [], "agreed": 2, "unused": []}


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ({"differences": 7}, "give a list of objects with principal, key and actions"),
        ([7], "entry 1: give a list of objects"),
        ([{"principal": READER, "key": "Data"}], "entry 1: actions is a list of texts, such as ['kms:Decrypt']"),
        ([{"key": "Data", "actions": "kms:*"}], "entry 1: principal is missing; it is a text"),
        ([agreed(READER, change="more")], "entry 1: change is new or gone, not 'more'"),
        ([agreed(READER, condition=[])], "entry 1: there is no field 'condition'; there are change, principal, key"),
        ([agreed(READER, conditions=[7])], "entry 1: conditions is a list of texts"),
    ],
)
def test_a_file_of_what_was_agreed_says_what_is_wrong_with_it(ask, sides, file, entries, words):
    allow = file("allow", document=entries)
    status, out, err = ask("diff", *sides, *WHERE, "--allow", allow)
    assert (status, out) == (2, "")
    assert err.startswith(f"kmsmock: {allow}")
    assert words in err
    assert len(err.splitlines()) == 1


def test_wrong_questions_are_one_line_and_end_with_two(ask, plan, sides):
    keys = sides[0]
    for arguments, words in (
        (
            ["who-can", "kms:Decrypt", "--key", "Dta", "--in", plan],
            "--key Dta: no key is called so; did you mean 'Data'?",
        ),
        (["who-can", "kms:Decrypt", "--key", "alias/dat", "--in", plan], "did you mean 'alias/data'?"),
        (["who-can", "kms:Decript", "--key", "Data", "--in", plan], "KMS has no such action; did you mean 'Decrypt'?"),
        (
            ["who-can", "kms:Decrypt", "--key", "Data", "--in", "none.json"],
            "none.json: there is no such file or folder",
        ),
        (
            ["can", "arn:aws:nobody", "kms:Decrypt", "Data", "--in", plan],
            "principal='arn:aws:nobody': give the ARN of a",
        ),
        (["can", "App", "kms:Decrypt", "Data", "--in", plan, "--context", "x"], "--context x: give KEY=VALUE"),
        (["can", "App", "kms:Decrypt", "Data", "--in", plan, "--parameter", "x"], "--parameter x: give NAME=VALUE"),
        (["explain", "App", "Data", "--in", plan], "explain --in takes a principal, an action, a key, as `can` does"),
        (["diff", keys, "none.json"], "none.json: there is no such file or folder"),
        (["diff", *sides, "--key", "Dat"], "--key Dat: neither side has such a key; did you mean 'Data'?"),
        (["diff", *sides, "--allow", "none.json"], "none.json"),
    ):
        status, out, err = ask(*arguments)
        assert (status, out) == (2, ""), arguments
        assert err.startswith("kmsmock: ")
        assert words in err
        assert len(err.splitlines()) == 1


def test_a_name_that_several_keys_have_is_ambiguous(ask, tmp_path):
    """The same stack in two Regions, neither of which is the one that is asked for."""
    stacks = {}
    for region in ("eu-west-1", "eu-central-1"):
        template = {"Resources": {"Data": key(), "Alias": alias("alias/data", "Data")}}
        (tmp_path / f"{region}.json").write_text(json.dumps(template))
        stacks[region] = {
            "type": "aws:cloudformation:stack",
            "environment": f"aws://{HOME}/{region}",
            "properties": {"templateFile": f"{region}.json"},
        }
    (tmp_path / "manifest.json").write_text(json.dumps({"version": "36.0.0", "artifacts": stacks}))
    status, out, err = ask("who-can", "kms:Decrypt", "--key", "alias/data", "--in", str(tmp_path))
    assert (status, out) == (2, "")
    assert err.startswith("kmsmock: --key alias/data: there are 2 of them; give an ARN: arn:aws:kms:eu-central-1:")
    assert ask("who-can", "kms:Decrypt", "--key", "eu-west-1.Data", "--in", str(tmp_path))[0] == 0


def test_what_was_not_taken_of_the_files_is_told_beside_the_answer(ask, file):
    path = file("plan", {"Data": key(), "Net": {"Type": "AWS::EC2::VPC"}, "Sub": {"Type": "AWS::EC2::VPC"}})
    status, out, err = ask("who-can", "kms:Decrypt", "--key", "Data", "--in", path, *WHERE)
    assert (status, out.splitlines()[0].endswith("1 can")) == (0, True)
    assert err == f"kmsmock: {path}: not taken: 2 AWS::EC2::VPC\n"
    assert ask("diff", path, path, *WHERE)[2] == 2 * err


def test_a_terminal_gets_colours_and_a_pipe_does_not(ask, sides, monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in ask("diff", *sides, *WHERE)[1]
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in ask("diff", *sides, *WHERE)[1]
