"""How explanations look: short names, signs or words, colours, tables, the lines and files that they point at."""

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path

import boto3
import pytest

from kmsmock.__main__ import main
from kmsmock.iam.names import Names, short
from kmsmock.iam.printable import in_words, marks
from kmsmock.refusals import assert_denied, assert_refused
from kmsmock.telling import colours, own_lines
from tests.support.claims import OTHER, OWNER, allow, policy

KEY = f"arn:aws:kms:us-east-1:{OWNER}:key/12345678-1234-1234-1234-123456789012"


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        (KEY, "key 12345678"),
        (f"arn:aws:kms:us-east-1:{OWNER}:key/mrk-1234567890abcdef1234567890abcdef", "key mrk-12345678"),
        (f"arn:aws:iam::{OWNER}:root", f"root of {OWNER}"),
        (f"arn:aws:iam::{OWNER}:user/team/alice", "user alice"),
        (f"arn:aws:sts::{OWNER}:assumed-role/app/session", "role app"),
        (f"arn:aws:sts::{OWNER}:federated-user/bob", "federated user bob"),
        ("arn:aws:s3:::bucket/key", "s3 bucket/key"),
        ("logs.amazonaws.com", "logs.amazonaws.com"),
    ],
)
def test_a_thing_has_a_short_name(arn, name):
    assert short(arn) == name


def test_a_key_goes_by_its_first_alias():
    assert short(KEY, ["alias/b", "alias/a"]) == "alias/a"


def test_names_of_two_accounts_say_whose_they_are():
    mine, other = (f"arn:aws:iam::{account}:role/app" for account in (OWNER, OTHER))
    names = Names.of([mine, f"arn:aws:sts::{OWNER}:assumed-role/app/s", other])
    assert names.within(f"{mine} and {other}") == f"role app of {OWNER} and role app of {OTHER}"
    assert names.within(f"{mine}lication") == f"{mine}lication"


def test_an_arn_stands_in_an_explanation_once_but_for_what_is_to_be_copied(owner, kms, key):
    kms.create_alias(AliasName="alias/orders", TargetKeyId=key)
    user = owner.user("app", [allow("kms:Decrypt", key)])
    made = assert_denied(lambda: user.client("kms").encrypt(KeyId=key, Plaintext=b"x"))
    told = "\n".join(line for line in made.explain().splitlines() if not line.startswith("    {"))
    assert told.count(key) == told.count(user.arn) == 1
    assert f"  resource  {key} (alias/orders)" in told
    assert "\N{CHECK MARK} Resource: alias/orders" in told
    kms.disable_key(KeyId=key)
    state = assert_refused(lambda: kms.encrypt(KeyId=key, Plaintext=b"x")).explain()
    assert state.startswith("KMS-STATE-DISABLED: alias/orders is disabled.")
    assert state.count(key) == 1


def test_the_line_of_the_test_is_told(owner, key):
    user = owner.user("app").client("kms")
    made = assert_denied(lambda: user.describe_key(KeyId=key))
    here = Path(__file__).relative_to(Path.cwd())
    assert made.place.startswith(f"{here}:")
    assert f"  at        {made.place}: made = assert_denied(lambda: user.describe_key(KeyId=key))" in made.explain()


def test_a_line_of_the_code_under_test_names_the_test_too(owner, key, tmp_path):
    code = tmp_path / "service.py"
    code.write_text("def look(kms, key):\n    return kms.describe_key(KeyId=key)\n", encoding="utf-8")
    names = {}
    exec(compile(code.read_text(encoding="utf-8"), str(code), "exec"), names)
    made = assert_denied(lambda: names["look"](owner.user("app").client("kms"), key))
    assert made.place == f"{code}:2"
    assert (
        f"  at        {code}:2: return kms.describe_key(KeyId=key), from tests/refusals/test_looks.py:"
        in made.explain()
    )


def test_what_is_installed_is_nobodys_own():
    assert own_lines.is_own(__file__)
    assert not any(map(own_lines.is_own, (boto3.__file__, json.__file__, own_lines.__file__, "<frozen importlib>")))


def test_a_policy_from_a_file_is_told_with_its_line(owner, key, tmp_path):
    path = tmp_path / "app.json"
    path.write_text(
        '{\n"Version": "2012-10-17",\n"Statement": [\n  {"Sid": "A", "Effect": "Allow", "Action": "kms:Decrypt", '
        '"Resource": "*"},\n  {"Sid": "B",\n   "Effect": "Deny", "Action": "kms:Encrypt", "Resource": "*"}\n]}',
        encoding="utf-8",
    )
    user = owner.user("app", [path]).client("kms")
    text = assert_denied(lambda: user.encrypt(KeyId=key, Plaintext=b"x")).explain()
    assert f'Decided by: Deny "B" ({path}:5) in inline policy' in text
    text = assert_denied(lambda: user.describe_key(KeyId=key)).explain()
    assert f'\N{BALLOT X} Allow "A" ({path}:4): action: Action is "kms:Decrypt"' in text
    assert f'Nearest: Allow "A" ({path}:4) in inline policy' in text


def test_signs_are_words_where_the_encoding_has_none(monkeypatch, owner, key):
    assert (marks("utf-8"), marks("ascii"), marks("cp1252")) == (("\u2713", "\u2717"), ("yes", "no "), ("yes", "no "))
    assert in_words("\u2713 Action\n\u2717 Resource") == "yes Action\nno  Resource"
    made = assert_denied(lambda: owner.user("app").client("kms").describe_key(KeyId=key))
    monkeypatch.setattr(sys, "stdout", type("Ascii", (StringIO,), {"encoding": "ascii"})())
    assert made.explain().isascii()


EXPLAINED = """\
IAM-IDENTITY-POLICY: No policy of the caller allows the action.
  caller    arn:aws:iam::111111111111:user/app (user app)
    \u2713 Action: "kms:Encrypt"
    \u2717 Resource: "*"; the request has a resource with a name that is long enough to go beyond the line
    {"Effect": "Allow", "Action": "kms:Encrypt", "Resource": "*", "Condition": {"StringEquals": {"a:b": "c d e f"}}}"""


def test_a_terminal_has_colours_and_lines_of_its_own_width(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    shown = colours.ansi(EXPLAINED, 80)
    assert "\x1b[1;31mIAM-IDENTITY-POLICY\x1b[0m" in shown
    assert "\x1b[1;32m\u2713\x1b[0m" in shown
    assert "\x1b[1;31m\u2717\x1b[0m" in shown
    plain = subprocess.run(
        ["sed", "s/\x1b\\[[0-9;]*m//g"], input=shown, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert plain[-1] == EXPLAINED.splitlines()[-1]  # to be copied
    assert all(len(line) <= 80 for line in plain[:-1])
    assert plain[4].startswith("        ")
    assert " ".join(line.strip() for line in plain[3:5]) == EXPLAINED.splitlines()[3].strip()


class Terminal(StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("output", "environment", "may"),
    [
        (Terminal, {}, True),
        (StringIO, {}, False),
        (Terminal, {"NO_COLOR": "1"}, False),
        (Terminal, {"CI": "true"}, False),
        (Terminal, {"TERM": "dumb"}, False),
        (StringIO, {"CI": "true", "FORCE_COLOR": "1"}, True),
        (Terminal, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_where_colours_may_be(monkeypatch, output, environment, may):
    for name in ("NO_COLOR", "CI", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"TERM": "xterm", **environment}.items():
        monkeypatch.setenv(name, value)
    assert colours.may_colour(output()) is may


def test_nothing_of_rich_is_imported_before_a_table_or_a_colour(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import sys, kmsmock, conftest_plugin.plugin\n"
        "with kmsmock.World() as world:\n"
        "    try:\n"
        "        world.account('111111111111').user('app').client('kms').list_keys()\n"
        "    except Exception:\n"
        "        print(world.refusals[-1])\n"
        "assert 'rich' not in sys.modules\n",
        encoding="utf-8",
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("IAM-IDENTITY-POLICY: ")
    assert f"  at        {script}:4: " in done.stdout


def test_many_of_a_kind_are_one_table(aws_world, owner, key):
    user = owner.user("app", [allow("kms:Decrypt", key)])
    app = user.client("kms")
    for call in (app.describe_key, app.list_grants, app.get_key_policy, app.list_grants):
        assert_denied(lambda call=call: call(KeyId=key))
    lines = str(aws_world.refusals).splitlines()
    assert lines[:4] == [
        "IAM-IDENTITY-POLICY: No policy of the caller allows the action. (4 times)",
        f"  caller    {user.arn} (user app)",
        f"  about     {key} (key {key.rpartition('/')[2][:8]})",
        f"  at        {aws_world.refusals[0].place}",
    ]
    assert "  because   Allow number 1, but for Action" in lines
    assert [line.split() for line in lines if line.startswith("    kms:")] == [
        ["kms:DescribeKey", "1"],
        ["kms:ListGrants", "2"],
        ["kms:GetKeyPolicy", "1"],
    ]
    assert f"  To allow them: add to a policy of {user.arn}" in lines
    (statement,) = [json.loads(line) for line in lines if line.startswith("    {")]
    document = json.dumps(policy(statement))
    owner.client("iam").put_user_policy(UserName="app", PolicyName="more", PolicyDocument=document)
    assert app.describe_key(KeyId=key)["KeyMetadata"]["Arn"] == key
    assert app.get_key_policy(KeyId=key)["PolicyName"] == "default"


def test_many_that_are_no_denials_end_with_what_to_do(aws_world, kms, key):
    kms.disable_key(KeyId=key)
    for call in (kms.encrypt, kms.generate_data_key, kms.generate_data_key_without_plaintext):
        assert_refused(
            lambda call=call: call(
                KeyId=key, **({"Plaintext": b"x"} if call == kms.encrypt else {"KeySpec": "AES_256"})
            )
        )
    text = str(aws_world.refusals)
    assert text.startswith("KMS-STATE-DISABLED: the key is disabled. (3 times)")
    assert text.endswith("  To do: Call EnableKey on it first, or use a key that is on.")


def test_the_command_writes_json(capsys, tmp_path):
    path = tmp_path / "app.json"
    path.write_text(json.dumps(allow("kms:Encrypt")), encoding="utf-8")
    who = f"arn:aws:iam::{OWNER}:user/alice"
    key_policy = tmp_path / "key.json"
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{OWNER}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    key_policy.write_text(json.dumps(policy(statement), indent=1), encoding="utf-8")
    ask = ["--principal", who, "--action", "kms:Decrypt", "--resource", KEY, "--format", "json"]
    assert main(["explain", str(path), str(key_policy), *ask]) == 1
    written = json.loads(capsys.readouterr().out)
    assert (written["effect"], written["reason"], written["caller"]) == ("implicitDeny", "identity-based policy", who)
    assert [(each["place"], each["matches"], each["why"]) for each in written["statements"]] == [
        (f"{key_policy}:4", True, None),
        (f"{path}:1", False, 'action: Action is "kms:Encrypt"'),
    ]
    assert written["to_add"] == [
        {
            "layer": "identity-based policy",
            "where": f"add this statement to a policy of user alice in account {OWNER}: as given",
            "statement": {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": KEY},
        }
    ]
    assert main(["explain", str(path), *ask, "--format", "text"]) == 1
    assert capsys.readouterr().out.startswith("DENIED: nothing allows it: kms:Decrypt\n")


def test_a_notebook_shows_things(aws_world, owner, kms, key):
    user = owner.user("alice")
    made = assert_denied(lambda: user.client("kms").describe_key(KeyId=key))
    shown = (
        aws_world,
        owner,
        user,
        aws_world.clock,
        aws_world.decisions[-1],
        aws_world.events[-1],
        made,
        aws_world.refusals,
    )
    for each in shown:
        html = each._repr_html_()
        assert html.startswith('<pre style="white-space: pre-wrap">'), each
        assert "\x1b" not in html
    assert "IAM-IDENTITY-POLICY" in made._repr_html_()


def test_things_say_what_they_are(aws_world, owner, kms, key):
    user = owner.user("alice")
    owner.role("app")
    assert repr(owner) == f"<Account {OWNER}: user alice, role app, 1 keys>"
    assert repr(user) == f"<Principal user alice of {OWNER}: {user.arn}>"
    assert_denied(lambda: user.client("kms").describe_key(KeyId=key))
    event = aws_world.events[-1]
    assert repr(event) == f"<Event DescribeKey by {user.arn} at {event['eventTime']}: AccessDenied>"
    assert json.loads(str(event)) == event
