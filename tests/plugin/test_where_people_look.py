"""The explanation is where a person looks: on the exception, in every phase of a test, for every kind of world."""

import os
import pickle
import re
import subprocess
import sys
import traceback

import pytest
from botocore.exceptions import ClientError

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


class TestPlain(unittest.TestCase):
    def test_unittest(self):
        world = self.enterContext(kmsmock.World())
        use_disabled(world)
"""
CODE = "KMS-STATE-DISABLED: key "


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("suite") / "kmsmock"  # as a checkout may be called; its frames are one's own
    folder.mkdir()
    (folder / "test_suite.py").write_text(SUITE, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "--junitxml=out.xml", "--kmsmock-fold", "-p", "no:randomly"]
    command += ["-p", "no:cacheprovider", "-p", "no:xdist", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    parts = re.split(r"^_{3,} (?:ERROR at \w+ of )?([\w.]+) _{3,}$", done.stdout, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True)), (folder / "out.xml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
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
    ],
)
def test_every_kind_of_world_and_phase_has_the_section_once(run, name):
    report = run[0][name]
    assert report.count(CODE) == 1
    assert "kmsmock: refused, and why" in report


def test_of_a_world_that_goes_on_only_what_the_test_did_counts(run):
    assert CODE not in run[0]["test_module_other_failure"]


def test_what_did_not_raise_ends_in_the_test(run):
    assert "conftest_plugin" not in run[0]["test_did_not_raise"]


def test_tracebacks_end_at_ones_own_line_where_that_is_asked_for(run):
    assert "botocore/client.py" not in run[0]["test_call"]
    assert 'kms.encrypt(KeyId=key, Plaintext=b"x")' in run[0]["test_call"]


def test_junit_has_the_refusal_as_a_property(run):
    assert run[1].count('<property name="kmsmock_refused" value="KMS-STATE-DISABLED') >= 6


SMALL = """
def test_denied(aws_world):
    account = aws_world.account("111111111111")
    key = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    account.user("app").client("kms").encrypt(KeyId=key, Plaintext=b"x")
"""


def small(folder, *options, **environment):
    """What a small suite prints, and its JUnit XML."""
    (folder / "test_small.py").write_text(SMALL, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "--junitxml=out.xml", *options, "-p", "no:randomly"]
    command += ["-p", "no:cacheprovider", str(folder)]
    given = {**os.environ, "PYTHONIOENCODING": "utf-8", "COLUMNS": "100", **environment}
    done = subprocess.run(command, capture_output=True, cwd=folder, check=False, env=given)
    return done.stdout.decode("utf-8"), (folder / "out.xml").read_text(encoding="utf-8")


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
