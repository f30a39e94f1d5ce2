"""``--kmsmock-cov`` and ``--kmsmock-mutate``: what a suite proves of its policies.

Each run is a process of its own (see test_plugin.py), and there are few of them: what a run shows is asserted together.
"""

from __future__ import annotations

import json

import pytest

SUITE = """
    import json
    import unittest

    import boto3
    import kmsmock
    import pytest

    ROOT = "arn:aws:iam::123456789012:root"
    POLICY = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Sid": "Root", "Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:*", "Resource": "*"},
                {
                    "Sid": "OnlyOwn",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": ["kms:Decrypt", "kms:Encrypt"],
                    "Resource": "*",
                    "Condition": {"StringNotEquals": {"kms:EncryptionContext:tenant": "a"}},
                },
                {"Sid": "Keep", "Effect": "Deny", "Principal": "*", "Action": "kms:DeleteAlias", "Resource": "*"},
            ],
        }
    )

    def make(kms):
        return kms.create_key(Policy=POLICY)["KeyMetadata"]["Arn"]

    @pytest.fixture(scope="module")
    def shared():
        with kmsmock.World() as world:
            kms = world.account("123456789012").client("kms")
            yield kms, make(kms)

    def test_own(aws_world):
        account = aws_world.account("123456789012")
        key = make(account.client("kms"))
        statement = {"Effect": "Allow", "Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": key}
        app = account.role("app", [{"Version": "2012-10-17", "Statement": [statement]}])
        app.client("kms").encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"tenant": "a"})

    def test_of_a_wider_world(shared):
        kms, key = shared
        with pytest.raises(Exception, match="explicit deny"):
            kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"tenant": "b"})

    class TestCase(unittest.TestCase):
        def test_own_world(self):
            with kmsmock.World():
                make(boto3.client("kms", "us-east-1"))

    class TestAsync(unittest.IsolatedAsyncioTestCase):
        async def test_async(self):
            with kmsmock.World():
                kms = boto3.client("kms", "us-east-1")
                kms.describe_key(KeyId=make(kms))
"""
TABLE = """\
policy                                     stmts  exercised  missing  cover
---------------------------------------------------------------------------
test_suite.py:28 key policy                    3          2        1    67%
    "OnlyOwn": Action kms:Decrypt
    "Keep": not matched
test_suite.py:40 inline policy "policy-1"      1          1        0   100%
    1: Action kms:Decrypt
---------------------------------------------------------------------------
TOTAL                                          4          3        1    75%
"""


@pytest.fixture
def suite(pytester):
    pytester.makepyfile(test_suite=SUITE)
    return pytester


def text(result):
    return "\n".join(result.outlines)


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["here", "xdist"])
def test_coverage_is_told_written_and_held_against_a_number(suite, workers):
    result = suite.runpytest_subprocess(
        "--kmsmock-cov",
        "--kmsmock-cov-report=term-missing",
        "--kmsmock-cov-report=json:policies.json",
        "--kmsmock-cov-report=html",
        "--kmsmock-cov-fail-under=75.5",
        *workers,
    )
    result.assert_outcomes(passed=4)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert TABLE in text(result)
    assert "FAIL required coverage of 75.5% of the policies' statements not reached: 75.00%" in text(result)
    told = json.loads((suite.path / "policies.json").read_text())
    assert (told["percent"], told["exercised"], [each["policy"] for each in told["policies"]]) == (
        75.0,
        3,
        ["test_suite.py:28 key policy", 'test_suite.py:40 inline policy "policy-1"'],
    )
    page = (suite.path / "kmsmock-coverage.html").read_text()
    assert '<span class="miss" title="Action kms:Decrypt">&quot;kms:Decrypt&quot;</span>' in page


def test_coverage_is_asked_for_in_the_configuration_too(suite):
    suite.makeini("[pytest]\nkmsmock_cov = true\nkmsmock_cov_fail_under = 60\nkmsmock_cov_all = true\n")
    result = suite.runpytest_subprocess("-q", "-k", "not async")
    assert result.ret == pytest.ExitCode.OK
    assert "test_suite.py:40 trust policy                  1          0        1     0%" in text(result)  # the helper's
    assert "Required coverage of 60% of the policies' statements reached: 60.00%" in text(result)


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--kmsmock-cov-fail-under=90", "policy coverage is told where it is asked for: add --kmsmock-cov"),
        (
            "--kmsmock-mutate-seconds=5",
            "whether tests notice mutants is tried where it is asked for: add --kmsmock-mutate",
        ),
    ],
)
def test_an_option_that_says_nothing_alone_is_refused(suite, option, said):
    result = suite.runpytest_subprocess(option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert f"ERROR: {said}" in "\n".join(result.errlines)


def test_a_report_that_there_is_not_is_refused(suite):
    result = suite.runpytest_subprocess("--kmsmock-cov", "--kmsmock-cov-report=xml")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    told = "--kmsmock-cov-report=xml: give term, term-missing, json, html; json:FILE and html:FILE name a file"
    assert told in "\n".join(result.errlines)


NOTICED_BY_NONE = [
    '    "Root": Principal arn:aws:iam::123456789012:root could be widened to * and no test would fail',
    '    "OnlyOwn": Action kms:Decrypt could be deleted and no test would fail',
    '    "Keep": this statement could be deleted and no test would fail',
    "    1: Action kms:Encrypt could be widened to kms:* and no test would fail",
    "    1: Action kms:Decrypt could be deleted and no test would fail",
    "    1: Action kms:Decrypt could be widened to kms:* and no test would fail",
    "    1: Resource arn:aws:kms:us-east-1:123456789012:key/<id> could be widened to * and no test would fail",
]


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["here", "xdist"])
def test_mutants_that_no_test_notices_are_told(suite, workers):
    reports = "--kmsmock-mutate-report=term", "--kmsmock-mutate-report=json"
    result = suite.runpytest_subprocess("--kmsmock-mutate", "--kmsmock-mutate-fail-under=99", *reports, *workers)
    result.assert_outcomes(passed=4)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    told = result.outlines
    here = [] if workers else ["narrowed"]  # what a wildcard was good for is known where all tests run in one process
    found = [line for line in told if "could be" in line and "narrowed" not in line]
    assert [line for line in found if line not in NOTICED_BY_NONE] == []
    assert [line for line in NOTICED_BY_NONE if line not in found] == []
    assert any("narrowed" in line for line in told) == bool(here)
    written = json.loads((suite.path / "kmsmock-mutants.json").read_text())
    gone = next(each for each in written["mutants"] if (each["path"], each["how"]) == ("1", "dropped"))
    assert (gone["outcome"], gone["by"]) == ("noticed", "test_suite.py::test_of_a_wider_world")
    assert gone["policy"] == "test_suite.py:28 key policy"
    assert "FAIL required score of 99% of the mutants not reached" in text(result)
    assert "not tried" not in text(result)


def test_mutants_are_tried_for_so_long_and_no_longer(suite):
    result = suite.runpytest_subprocess("--kmsmock-mutate", "--kmsmock-mutate-seconds=0")
    result.assert_outcomes(passed=4)
    assert result.ret == pytest.ExitCode.OK
    assert "not tried: the time was over (--kmsmock-mutate-seconds=S gives more)" in text(result)


def test_every_world_of_a_test_counts_and_attempts_that_failed_do_not(pytester):
    pytester.makepyfile(
        """
        import json
        import kmsmock
        import pytest

        def document(number):
            statement = {"Effect": "Allow", "Action": f"kms:List{number}*", "Resource": "*"}
            return {"Version": "2012-10-17", "Statement": [statement]}

        def test_many():
            for number in ["Keys", *["Aliases"] * 30, "Grants"]:
                with kmsmock.World() as world:
                    world.account("123456789012").user("u", [document(number)])

        @pytest.mark.flaky(reruns=1)
        def test_twice(tmp_path_factory):
            first = tmp_path_factory.getbasetemp() / "first"
            with kmsmock.World() as world:
                world.account("123456789012").user("u", [document("RetirableGrants")])
                if not first.exists():
                    first.write_text("")
                    world.account("123456789012").user("v", [document("ResourceTags")])
                    pytest.fail("once")
        """
    )
    options = "--kmsmock-cov", "--kmsmock-cov-report=json:out.json", "--kmsmock-results=all.jsonl"
    result = pytester.runpytest_subprocess(*options)
    assert result.parseoutcomes()["passed"] == 2
    told = json.loads((pytester.path / "out.json").read_text())
    actions = [each["document"]["Statement"][0]["Action"] for each in told["policies"]]
    assert sorted(actions) == ["kms:ListAliases*", "kms:ListGrants*", "kms:ListKeys*", "kms:ListRetirableGrants*"]


def test_a_suite_without_policies_has_nothing_to_tell(pytester):
    pytester.makepyfile("def test_nothing(): pass")
    result = pytester.runpytest_subprocess("--kmsmock-cov", "--kmsmock-mutate", "--kmsmock-cov-fail-under=100")
    assert result.ret == pytest.ExitCode.OK
    assert "No policies were used." in text(result)
    assert "No policies were used, so that there is nothing that could be wrong in them." in text(result)
