"""Finding 3: a marker is enough for a world, and its options are those of World."""

import fnmatch

import pytest

from tests.support.child_suite import run

SUITES = {
    "alone": """
        import boto3, pytest

        kms = boto3.client("kms", "us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing")

        @pytest.fixture
        def key():
            return kms.create_key()["KeyMetadata"]["Arn"]

        @pytest.mark.kmsmock(account_id="333333333333")
        def test_marked(key):
            assert key.split(":")[4] == "333333333333"
            assert len(kms.list_keys()["Keys"]) == 1
        """,
    "everywhere": """
        import unittest
        import boto3, pytest

        pytestmark = pytest.mark.kmsmock(region_name="eu-west-1")

        def test_module():
            assert boto3.client("kms").create_key()["KeyMetadata"]["Arn"].split(":")[3] == "eu-west-1"

        @pytest.mark.kmsmock(account_id="444444444444")
        class TestClass:
            def test_it(self):
                assert boto3.client("kms").create_key()["KeyMetadata"]["AWSAccountId"] == "444444444444"

        class Case(unittest.TestCase):
            def test_it(self):
                assert boto3.client("kms").list_keys()["Keys"] == []
        """,
    "acting": """
        import boto3, pytest

        sts = boto3.client("sts", "us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing")

        def handler(event, context):
            return sts.get_caller_identity()["Arn"]

        def app(world):
            return world.account("111111111111").role("app")

        @pytest.mark.kmsmock(acting_as=app)
        def test_made_by_a_function():
            assert handler({}, None) == "arn:aws:sts::111111111111:assumed-role/app/kmsmock"
            assert boto3.client("sts").get_caller_identity()["Arn"] == handler({}, None)

        @pytest.mark.kmsmock(acting_as="111111111111")
        def test_the_root_user_of_an_account():
            assert handler({}, None) == "arn:aws:iam::111111111111:root"
        """,
    "wrong": """
        import pytest

        @pytest.mark.kmsmock(acting_as="app")
        def test_a_name(): ...

        @pytest.mark.kmsmock(acting_as=lambda world: None)
        def test_nobody(): ...
        """,
    "session": """
        import pytest

        @pytest.fixture(scope="session")
        def bucket(aws_world): ...

        def test_it(bucket): ...
        """,
    "kept": """
        kept = []

        def test_first(aws_world):
            kept.append(aws_world.account("111111111111").role("app").client("kms"))

        def test_second(aws_world):
            kept[0].list_keys()
        """,
}


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    return run(tmp_path_factory.mktemp("suites"), SUITES)


def test_the_marker_alone_makes_the_world(ran):
    assert ran["alone"].outcomes == {"passed": 1}


def test_a_marked_module_class_and_unittest(ran):
    assert ran["everywhere"].outcomes == {"passed": 3}


def test_who_acts_can_be_told_by_the_marker(ran):
    assert ran["acting"].outcomes == {"passed": 2}


def test_a_wrong_acting_as_says_what_to_write(ran):
    assert ran["wrong"].outcomes == {"error": 2}
    for line in ["*acting_as='app'*lambda world: world.account(*", "*acting_as*returned None*"]:
        assert fnmatch.filter(ran["wrong"].text.splitlines(), line)


def test_a_session_fixture_that_asks_for_the_world_of_a_test_is_told_what_to_write(ran):
    """One of the ten mistakes: pytest's own words name the scopes, the plugin's name what to write instead."""
    assert ran["session"].outcomes == {"error": 1}
    assert "ScopeMismatch" in ran["session"].text
    assert "with kmsmock.World() as world:" in ran["session"].text


def test_the_error_in_a_test_that_keeps_a_client_names_both_tests(ran):
    assert ran["kept"].outcomes == {"passed": 1, "failure": 1}
    assert fnmatch.filter(ran["kept"].text.splitlines(), "*KmsMockError: *role/app*::test_first*is over*")


@pytest.mark.usefixtures("nothing_imported")
def test_tests_without_it_have_no_world(pytester):
    pytester.makepyfile(
        """
        import sys

        def test_plain():
            assert "kmsmock.world" not in sys.modules
            assert "botocore" not in sys.modules
        """
    )
    pytester.runpytest_subprocess("-p", "no:randomly").assert_outcomes(passed=1)
