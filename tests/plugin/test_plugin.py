"""The plugin as a user's suite meets it.

Always in a process of its own: pytester's in-process run forgets the modules that it imported, and a second copy of moto
beside the one that botocore and ``responses`` hold would fail whatever test comes next.
"""

import pytest

from tests.support.child_suite import run

SUITES = {
    "installed": """
        import boto3

        kms = boto3.client("kms", "us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing")

        def test_one(aws_world):
            kms.create_key()
            assert len(kms.list_keys()["Keys"]) == 1

        def test_two(aws_world):
            assert kms.list_keys()["Keys"] == []
        """,
    "options": """
        import pytest

        pytestmark = pytest.mark.kmsmock(account_id="333333333333", region_name="eu-west-1")

        @pytest.mark.kmsmock(account_id="444444444444", enforce="audit")
        def test_options(aws_world, aws_clock):
            assert (aws_world.account_id, aws_world.region_name) == ("444444444444", "eu-west-1")
            assert aws_world.store.enforce == "audit"
            assert aws_clock is aws_world.clock
        """,
    "wrong": """
        import pytest

        @pytest.mark.kmsmock(regoin_name="eu-west-1")
        def test_typo(aws_world): ...

        @pytest.mark.kmsmock("eu-west-1")
        def test_positional(aws_world): ...
        """,
    "unittest": """
        import unittest, boto3, kmsmock

        class Test(unittest.TestCase):
            def setUp(self):
                world = kmsmock.World()
                self.world = world.__enter__()
                self.addCleanup(world.__exit__, None, None, None)

            def test_key(self):
                boto3.client("kms").create_key()
                assert len(self.world.decisions) == 1
        """,
}


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    return run(tmp_path_factory.mktemp("suites"), SUITES, "--strict-markers")


def test_installing_is_enough_and_each_test_has_a_fresh_world(ran):
    assert ran["installed"].outcomes == {"passed": 2}


def test_the_marker_takes_the_options_of_world_the_closest_winning(ran):
    assert ran["options"].outcomes == {"passed": 1}


def test_a_wrong_option_is_a_type_error(ran):
    assert ran["wrong"].outcomes == {"error": 2}
    assert "unexpected keyword argument 'regoin_name'" in ran["wrong"].text
    assert "takes keyword options only, those of kmsmock.World" in ran["wrong"].text


def test_the_marker_is_documented_in_pytests_own_help(pytester):
    result = pytester.runpytest_subprocess("--markers")
    result.stdout.fnmatch_lines(["@pytest.mark.kmsmock(account_id=*enforce=*quotas=*): options of kmsmock.World*"])


def test_unittest_users_enter_the_world_as_a_context(ran):
    assert ran["unittest"].outcomes == {"passed": 1}


@pytest.mark.usefixtures("nothing_imported")
def test_a_suite_that_does_not_use_the_fixture_imports_nothing_heavy(pytester):
    pytester.makepyfile(
        """
        import sys

        def test_nothing():
            assert not {"botocore", "boto3", "moto", "cryptography", "freezegun"} & set(sys.modules)
        """
    )
    pytester.runpytest_subprocess("-p", "no:hypothesispytest", "-p", "no:randomly").assert_outcomes(passed=1)
