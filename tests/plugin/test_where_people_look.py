"""The explanation is where a person looks: on the exception, in every phase of a test, for every kind of world."""

import os
import pickle
import re
import subprocess
import sys
import traceback
from xml.etree import ElementTree

import pytest
from botocore.exceptions import ClientError

from tests.support import children
from tests.support.claims import OWNER

SUITE = """
import unittest

import boto3
import pytest

import kmsmock


def use_disabled(world):
    kms = world.account("111111111111").client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.disable_key(KeyId=key)
    kms.encrypt(KeyId=key, Plaintext=b"x")


@pytest.fixture
def broken(aws_world):
    use_disabled(aws_world)


@pytest.fixture
def broken_later(aws_world):
    yield
    use_disabled(aws_world)


@pytest.fixture(scope="module")
def shared():
    with kmsmock.World() as world:
        yield world


def test_setup(broken):
    pass


def test_call(aws_world):
    use_disabled(aws_world)


def test_teardown(broken_later):
    pass


def test_getfixturevalue(request):
    use_disabled(request.getfixturevalue("aws_world"))


def test_own_world():
    with kmsmock.World() as world:
        use_disabled(world)


def test_module_swallows(shared):
    with pytest.raises(Exception):
        use_disabled(shared)


def test_module(shared):
    use_disabled(shared)


def test_module_other_failure(shared):
    assert False


def test_did_not_raise(aws_world):
    with pytest.raises(ValueError):
        aws_world.account("111111111111")


def test_was_not_denied(aws_world):
    kms = aws_world.account("111111111111").client("kms")
    kmsmock.assert_denied(kms.list_keys)


class TestPlain(unittest.TestCase):
    def test_unittest(self):
        world = self.enterContext(kmsmock.World())
        use_disabled(world)

    def test_unittest_did_not_raise(self):
        with kmsmock.World(), self.assertRaises(ValueError):
            boto3.client("kms", "us-east-1").list_keys()


class TestSetUp(unittest.TestCase):
    def setUp(self):
        self.world = kmsmock.World()
        self.addCleanup(self.world.stop)
        self.world.start()
        use_disabled(self.world)

    def test_set_up(self):
        pass


class TestOfAClass(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = kmsmock.World()
        cls.addClassCleanup(cls.world.stop)
        cls.world.start()

    def test_of_a_class(self):
        use_disabled(self.world)
"""
CODE = "KMS-STATE-DISABLED: key "


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("suite") / "kmsmock"  # as a checkout may be called; its frames are one's own
    folder.mkdir()
    (folder / "test_suite.py").write_text(SUITE, encoding="utf-8")
    options = ["--junitxml=out.xml", "--kmsmock-fold", "-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:xdist"]
    done = children.run(folder, *options, str(folder))
    parts = re.split(r"^_{3,} (?:ERROR at \w+ of )?([\w.]+) _{3,}$", done.stdout, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True)), (folder / "out.xml").read_text(encoding="utf-8")


every_way = pytest.mark.parametrize(
    "name",
    [
        "test_setup",
        "test_call",
        "test_teardown",
        "test_getfixturevalue",
        "test_own_world",
        "test_module",
        pytest.param(
            "TestPlain.test_unittest",
            marks=pytest.mark.skipif(sys.version_info < (3, 11), reason="enterContext is of 3.11"),
        ),
        "TestSetUp.test_set_up",
        "TestOfAClass.test_of_a_class",
    ],
)


@every_way
def test_every_kind_of_world_and_phase_has_the_section_once(run, name):
    report = run[0][name]
    assert report.count(CODE) == 1
    assert "kmsmock: refused, and why" in report


def test_of_a_world_that_goes_on_only_what_the_test_did_counts(run):
    assert CODE not in run[0]["test_module_other_failure"]


@pytest.mark.parametrize(
    ("name", "line", "error"),
    [
        ("test_did_not_raise", "    with pytest.raises(ValueError):", "Failed: DID NOT RAISE ValueError"),
        (
            "TestPlain.test_unittest_did_not_raise",
            "        with kmsmock.World(), self.assertRaises(ValueError):",
            "AssertionError: ValueError not raised",
        ),
        (
            "test_was_not_denied",
            "    kmsmock.assert_denied(kms.list_keys)",
            "AssertionError: it was not refused; it answered ",
        ),
    ],
)
def test_what_did_not_raise_ends_in_the_test(run, name, line, error):
    report = run[0][name]
    assert "conftest_plugin" not in report
    number = SUITE.splitlines().index(line) + 1
    assert re.search(f"^>\\s+{re.escape(line.strip())}$", report, re.MULTILINE)
    told = re.sub("^E +", "E   ", report, flags=re.MULTILINE)
    assert f"E   {error}" in re.sub(r"<class '(\w+)'>", r"\1", told)  # as older versions of pytest write it
    last = [found for found in report.splitlines() if re.fullmatch(r"test_suite\.py:\d+: \w+", found)][-1]
    assert last.startswith(f"test_suite.py:{number}: ")


def test_tracebacks_end_at_ones_own_line_where_that_is_asked_for(run):
    assert "botocore/client.py" not in run[0]["test_call"]
    assert 'kms.encrypt(KeyId=key, Plaintext=b"x")' in run[0]["test_call"]


@every_way
def test_junit_has_the_refusal_as_a_property(run, name):
    cases = ElementTree.fromstring(run[1]).iter("testcase")
    found = [each for each in cases if f"{each.get('classname')}.{each.get('name')}".endswith(f".{name}")]
    told = [each.get("value") for case in found for each in case.iter("property")]
    assert len(told) == 1
    assert told[0].startswith(CODE)


DEBUGGED = """
import unittest

import kmsmock
import pytest


def use_disabled(world):
    kms = world.account("111111111111").client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.disable_key(KeyId=key)
    mine = "the frame of the user"
    kms.encrypt(KeyId=key, Plaintext=b"x")


@pytest.fixture
def broken(aws_world):
    use_disabled(aws_world)


def test_setup(broken):
    pass


def test_call(aws_world):
    use_disabled(aws_world)


def test_own_world():
    with kmsmock.World() as world:
        use_disabled(world)


class TestPlain(unittest.TestCase):
    def test_unittest(self):
        with kmsmock.World() as world:
            use_disabled(world)


def test_did_not_raise(aws_world):
    mine = "the frame of the user"
    with pytest.raises(ValueError):
        aws_world.account("111111111111")


def test_of_a_library(aws_world):
    aws_world.account("111111111111").client("kms").encrypt(Unknown=1)
"""


@pytest.fixture(scope="module")
def debugged(tmp_path_factory):
    """What a run with ``--pdb`` prints of each test, above the debugger and in it, where a local of the user's frame is
    asked for."""
    folder = tmp_path_factory.mktemp("debugged")
    (folder / "test_debugged.py").write_text(DEBUGGED, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "--pdb", "-p", "no:randomly", "-p", "no:cacheprovider"]
    command += ["-p", "no:xdist", "test_debugged.py"]
    given = {**os.environ, "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1"}
    names = re.findall(r"def (test_\w+)", DEBUGGED)
    done = subprocess.run(
        command, input=b"p mine\nc\n" * len(names), capture_output=True, cwd=folder, check=False, env=given, timeout=120
    )
    printed = re.split(r"entering PDB|PDB continue", done.stdout.decode("utf-8"))
    return dict(zip(names, zip(printed[::2], printed[1::2], strict=False), strict=True))


@pytest.mark.parametrize("name", ["test_setup", "test_call", "test_own_world", "test_unittest"])
def test_a_debugger_begins_at_ones_own_line_with_the_explanation_above_it(debugged, name):
    above, below = debugged[name]
    assert above.count(CODE) == 1
    assert "  To do: Call EnableKey on it first, or use a key that is on." in above
    number = DEBUGGED.splitlines().index('    kms.encrypt(KeyId=key, Plaintext=b"x")') + 1
    assert f"test_debugged.py({number})use_disabled()" in below
    assert "'the frame of the user'" in below


def test_a_debugger_begins_in_the_test_where_nothing_was_raised(debugged):
    _, below = debugged["test_did_not_raise"]
    assert "'the frame of the user'" in below
    assert "conftest_plugin" not in below


def test_a_debugger_begins_where_it_would_for_what_was_not_refused(debugged):
    assert "validate.py" in debugged["test_of_a_library"][1]


SMALL = """
def test_denied(aws_world):
    account = aws_world.account("111111111111")
    key = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    account.user("app").client("kms").encrypt(KeyId=key, Plaintext=b"x")
"""


def small(folder, *options, **environment):
    """What a small suite prints, and its JUnit XML."""
    (folder / "test_small.py").write_text(SMALL, encoding="utf-8")
    options = ["--junitxml=out.xml", *options, "-p", "no:randomly", "-p", "no:cacheprovider", str(folder)]
    done = children.run(folder, *options, **{"COLUMNS": "100", **environment})
    return done.stdout, (folder / "out.xml").read_text(encoding="utf-8")


def test_a_terminal_shows_colours_and_other_reports_none(tmp_path):
    printed, junit = small(tmp_path, "--color=yes", "-p", "no:xdist")
    assert "\x1b[1;31mIAM-IDENTITY-POLICY\x1b[0m: No policy of the caller allows the action." in printed
    assert "\x1b[1;32m\N{CHECK MARK}\x1b[0m" in printed
    assert "IAM-IDENTITY-POLICY: No policy of the caller allows the action.&#10;  at        test_small.py:5: " in junit
    assert "#x1B" not in junit.partition("<properties>")[2].partition("</properties>")[0]


def test_workers_of_xdist_leave_colours_to_the_terminal(tmp_path):
    printed, _ = small(tmp_path, "--color=yes", "-n", "1")
    assert "\x1b[1;31mIAM-IDENTITY-POLICY\x1b[0m: No policy of the caller allows the action." in printed


def test_what_is_no_terminal_has_plain_text_and_words_where_there_are_no_signs(tmp_path):
    printed, _ = small(tmp_path, PYTHONIOENCODING="ascii", NO_COLOR="1")
    assert "\x1b" not in printed
    assert printed.isascii()
    assert '    yes Allow "Enable IAM User Permissions" matches' in printed


@pytest.fixture
def error(aws_world):
    kms = aws_world.account(OWNER).client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.disable_key(KeyId=key)
    with pytest.raises(ClientError, match=r"is disabled\.$") as caught:
        kms.encrypt(KeyId=key, Plaintext=b"x")
    return caught.value


def test_a_traceback_ends_with_the_explanation(error):
    text = "".join(traceback.format_exception(error))
    assert "KMS-STATE-DISABLED" in text
    assert text.rstrip().endswith("To do: Call EnableKey on it first, or use a key that is on.")


def test_the_message_and_patterns_for_it_are_as_ever(error):
    assert "KMS-STATE" not in str(error)
    assert "".join(error.__notes__) == ""


def test_more_notes_may_be_added_and_exceptions_pickled(error):
    error.__notes__.append("mine")
    assert "mine" in "".join(traceback.format_exception(error))
    assert pickle.loads(pickle.dumps(error)).response == error.response
    assert "KMS-STATE-DISABLED" in pickle.loads(pickle.dumps(error.__notes__[0]))


def test_an_uncaught_exception_of_a_script_is_explained(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import kmsmock\n"
        "with kmsmock.World() as world:\n"
        "    world.account('111111111111').client('kms').encrypt(KeyId='alias/none', Plaintext=b'x')\n",
        encoding="utf-8",
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert "KMS-ALIAS-NOT-FOUND: There is no alias of this name" in done.stderr
