"""``aws_world_module`` and ``aws_world_session``: one world for several tests, each of which finds it as it was."""

import pytest

from tests.support.child_suite import run

SUITES = {
    "module": """
        import boto3, kmsmock, pytest
        from kmsmock import active

        pytestmark = pytest.mark.kmsmock(region_name="eu-west-1", acting_as="111111111111")

        @pytest.fixture(scope="module")
        def key(aws_world_module):
            return boto3.client("kms").create_key()["KeyMetadata"]["Arn"]

        @pytest.fixture(scope="module")
        def app(aws_world_module):
            return aws_world_module.account("111111111111").role("app")

        @pytest.fixture
        def own(key, aws_world):
            return boto3.client("kms").create_key()["KeyMetadata"]["Arn"]

        def keys():
            return [each["KeyArn"] for each in boto3.client("kms").list_keys()["Keys"]]

        @pytest.mark.parametrize("number", [1, 2])
        def test_each_finds_what_the_module_made(key, own, app, aws_world, aws_world_module, aws_clock, number):
            assert aws_world is aws_world_module and aws_clock is aws_world.clock
            assert sorted(keys()) == sorted([key, own]) and ":eu-west-1:111111111111:" in key
            assert aws_world.decisions.where(action="kms:DisableKey") == []
            boto3.client("kms").disable_key(KeyId=key)
            aws_clock.advance(days=100)
            app.client("sts").get_caller_identity()

        def test_what_is_made_later_by_the_module_stays(key, app, late):
            assert sorted(keys()) == sorted([key, late])

        def test_it_is_there_for_the_next(key, late):
            assert sorted(keys()) == sorted([key, late])

        @pytest.fixture(scope="module")
        def late(aws_world_module):
            return boto3.client("kms").create_key()["KeyMetadata"]["Arn"]

        @pytest.mark.kmsmock(acting_as=lambda world: world.account("222222222222").role("own"))
        def test_somebody_else_acts(aws_world_module):
            assert "assumed-role/own/" in boto3.client("sts").get_caller_identity()["Arn"]

        def test_whoever_acts_in_the_module(aws_world_module):
            assert boto3.client("sts").get_caller_identity()["Arn"] == "arn:aws:iam::111111111111:root"
            with pytest.raises(ValueError, match="has no role 'own'"):
                aws_world_module.account("222222222222").get_role("own")

        @pytest.mark.usefixtures("aws_world_module")
        class TestOfAClass:
            def test_in_it(self, key):
                assert key in keys()
        """,
    "beside": """
        import boto3, pytest
        from kmsmock import active

        @pytest.fixture(scope="module")
        def key(aws_world_module):
            return boto3.client("kms").create_key()["KeyMetadata"]["Arn"]

        def keys():
            return [each["KeyArn"] for each in boto3.client("kms").list_keys()["Keys"]]

        def test_shares(key):
            boto3.client("kms").create_key()

        def test_has_a_world_of_its_own(aws_world):
            assert keys() == []

        @pytest.mark.kmsmock(enforce="off")
        def test_is_marked():
            assert keys() == [] and active.active().enforce == "off"

        def test_asks_for_none():
            assert len(keys()) == 1
            boto3.client("kms").create_key()

        def test_shares_again(key):
            assert keys() == [key]
        """,
    "session_one": """
        import pytest

        @pytest.fixture
        def kms(aws_world_session):
            return aws_world_session.account("111111111111").client("kms")

        def test_one(kms, request):
            assert kms.list_keys()["Keys"] == []
            kms.create_key()

        def test_other(kms):
            assert kms.list_keys()["Keys"] == []
        """,
    "session_two": """
        import unittest, pytest

        def test_another(aws_world_session, aws_world):
            assert aws_world is aws_world_session
            assert aws_world.account("111111111111").client("kms").list_keys()["Keys"] == []

        @pytest.mark.usefixtures("aws_world_session")
        class TestCase(unittest.TestCase):
            def test_makes(self):
                import boto3
                assert boto3.client("kms").list_keys()["Keys"] == []
                boto3.client("kms").create_key()

            def test_makes_another(self):
                self.test_makes()
        """,
    "wrong": """
        import boto3, kmsmock, pytest

        def test_both(aws_world_session, aws_world_module): ...

        @pytest.mark.kmsmock(enforce="off")
        def test_has_options(aws_world_module): ...

        @pytest.fixture(scope="module")
        def key(aws_world_module):
            return boto3.client("kms").create_key()["KeyMetadata"]["Arn"]

        def test_asks_too_late(request, aws_world_module):
            request.getfixturevalue("key")

        @pytest.fixture(scope="module")
        def harmless():
            return 1

        def test_asks_for_something_else(request, aws_world_module):
            assert request.getfixturevalue("harmless") == 1

        def test_asks_for_the_other(aws_world_session): ...

        @pytest.fixture(scope="module")
        def everything(aws_world): ...

        def test_scope(everything): ...
        """,
}


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    return run(tmp_path_factory.mktemp("suites"), SUITES)


@pytest.mark.parametrize("suite", ["module", "beside", "session_one", "session_two"])
def test_each_test_finds_the_world_as_it_was(ran, suite):
    assert set(ran[suite].outcomes) == {"passed"}, ran[suite].text


def test_what_cannot_be_is_said(ran):
    for said in (
        "a test is in one world: use aws_world_module or aws_world_session, not both",
        "@pytest.mark.kmsmock(enforce) is for a world of its own, and this test shares aws_world_module, which has begun",
        "the fixture 'key' is for more than this test, and what it made in aws_world_module would go with it: name it",
        "aws_world_session is shared, and aws_world_module is inside of it: use one of them in a module",
        "aws_world is made anew for each test; a fixture of a wider scope asks for aws_world_module or aws_world_session",
    ):
        assert said in ran["wrong"].text, said
    assert ran["wrong"].outcomes == {"passed": 1, "error": 4, "failure": 1}


@pytest.mark.parametrize("options", [["--kmsmock"], ["--kmsmock=audit"], ["-p", "xdist", "-n", "2", "--dist", "load"]])
def test_a_suite_that_is_switched_or_distributed_shares_worlds_as_well(pytester, options):
    pytester.makepyfile(**{f"test_{name}": SUITES[name] for name in ("module", "session_one", "session_two")})
    pytester.runpytest_subprocess("-p", "no:randomly", *options).assert_outcomes(passed=12)


def test_reports_have_what_each_test_did(pytester):
    """Also what is gone when it ends."""
    pytester.makepyfile(
        """
        import pytest
        from botocore.exceptions import ClientError

        @pytest.fixture(scope="module")
        def key(aws_world_module):
            return aws_world_module.account("111111111111").client("kms").create_key()["KeyMetadata"]["Arn"]

        def test_first(aws_world, key):
            aws_world.account("111111111111").client("kms").encrypt(KeyId=key, Plaintext=b"x")

        def test_second(aws_world, key):
            aws_world.account("111111111111").client("kms").encrypt(KeyId=key, Plaintext=b"x")
            aws_world.account("111111111111").role("app").client("kms").encrypt(KeyId=key, Plaintext=b"x")
        """
    )
    done = pytester.runpytest_subprocess(
        "-p", "no:randomly", "--kmsmock-results=results.jsonl", "--kmsmock-cov-all", "--kmsmock-cov"
    )
    done.assert_outcomes(passed=1, failed=1)
    done.stdout.fnmatch_lines(["*kmsmock: refused, and why*", "*kms:Encrypt*", "kmsmock: 1 world, 4 calls of KMS*"])
    lines = (pytester.path / "results.jsonl").read_text().splitlines()
    encrypted = [line for line in lines if '"kind":"event"' in line and '"Encrypt"' in line]
    assert len(encrypted) == 3, lines
