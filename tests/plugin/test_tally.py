"""What the terminal says of a run: a line at its beginning and one at its end, and nothing of a run without KMS."""

from textwrap import dedent

import pytest

from kmsmock import __version__
from tests.support import children

SUITE = """
    import boto3
    import pytest
    from botocore.exceptions import ClientError

    import kmsmock

    def test_of_the_fixture(aws_world):
        kms = aws_world.account("111111111111").client("kms")
        key = kms.create_key()["KeyMetadata"]["Arn"]
        for _ in range(3):
            kms.encrypt(KeyId=key, Plaintext=b"x")
        with pytest.raises(ClientError):
            aws_world.account("222222222222").client("kms").encrypt(KeyId=key, Plaintext=b"x")

    def test_that_swallows(aws_world):
        try:
            aws_world.account("111111111111").client("kms").describe_key(KeyId="alias/none")
        except ClientError:
            pass

    def test_that_is_throttled(aws_world):
        with aws_world.fault("kms", "CreateKey", "ThrottlingException", times=1):
            aws_world.account("111111111111").client("kms").create_key()

    def test_of_a_world_of_its_own():
        with kmsmock.World() as world:
            world.account("111111111111").client("kms").list_keys()
"""
LINE = "kmsmock: 4 worlds, 9 calls of KMS, 3 refused (2 unexpected), 1 throttled"


def run(folder, *options, code=SUITE):
    (folder / "test_suite.py").write_text(dedent(code), encoding="utf-8")
    done = children.run(folder, "-p", "no:randomly", "-p", "no:cacheprovider", *options, COLUMNS="80")
    assert done.returncode == 0, done.stdout + done.stderr
    return [line for line in done.stdout.splitlines() if not line.startswith(("plugins:", "rootdir:", "platform"))]


def of_kmsmock(lines):
    return [line for line in lines if line.startswith(("kmsmock", "  calls", "  refused"))]


@pytest.mark.parametrize("how", [(), ("-n", "2")], ids=["alone", "workers"])
def test_a_run_that_uses_kmsmock_says_what_it_did(tmp_path, how):
    lines = of_kmsmock(run(tmp_path, *how))
    header = [] if how else [f"kmsmock {__version__}: strict"]  # workers know their tests, and who tells does not
    assert lines == [*header, LINE]


def test_with_v_it_says_more(tmp_path):
    assert of_kmsmock(run(tmp_path, "-v")) == [
        f"kmsmock {__version__}: strict",
        LINE,
        "  calls    Encrypt 4, CreateKey 3, DescribeKey 1, ListKeys 1",
        "  refused  AccessDeniedException 1, NotFoundException 1, ThrottlingException 1",
    ]


def test_with_q_it_says_nothing(tmp_path):
    assert of_kmsmock(run(tmp_path, "-q")) == []


def test_of_a_run_without_a_world_nothing_is_said(tmp_path):
    assert of_kmsmock(run(tmp_path, "-v", code="def test(): pass")) == []


def test_of_worlds_in_which_nothing_happened_nothing_is_said(tmp_path):
    code = "import kmsmock\ndef test():\n    with kmsmock.World(): pass"
    assert of_kmsmock(run(tmp_path, "-v", code=code)) == []


def test_a_suite_that_is_switched_says_how_from_the_beginning(tmp_path):
    lines = run(tmp_path, "--kmsmock=audit", "--kmsmock-services=kms", "-k", "fixture")
    assert f"kmsmock {__version__}: audit; services kms" in lines
    assert sum(line.startswith(f"kmsmock {__version__}") for line in lines) == 1
    assert "kmsmock: 1 world, 5 calls of KMS, 1 refused" in lines


def test_what_is_let_pass_is_not_refused(tmp_path):
    code = """
        import boto3

        def test_of_a_suite_of_moto():
            boto3.client("kms", "us-east-1").create_key(Policy='{"Version": "2012-10-17", "Statement": []}')
    """
    assert "kmsmock: 1 world, 1 call of KMS, 1 let pass" in run(tmp_path, "--kmsmock=audit", code=code)


def test_what_was_asked_for_is_told_with_its_place(tmp_path):
    lines = run(tmp_path, "--kmsmock-report=report.html", "--kmsmock-results=results.jsonl", "--kmsmock-cov")
    told = of_kmsmock(lines)
    assert told[0] == f"kmsmock {__version__}"
    assert told[1].startswith(LINE)
    assert told[1].endswith("% of the statements of policies exercised") or told[1] == LINE
    assert told[2:] == ["kmsmock: results in results.jsonl", "kmsmock: report in report.html"]


def test_worlds_of_a_wider_scope_are_counted_once(tmp_path):
    code = """
        import pytest

        import kmsmock

        @pytest.fixture(scope="module")
        def kms():
            with kmsmock.World() as world:
                kms = world.account("111111111111").client("kms")
                kms.create_key()
                yield kms
                kms.list_keys()

        @pytest.mark.parametrize("number", range(3))
        def test_of_the_fixture(kms, number):
            kms.create_key()
    """
    assert "kmsmock: 1 world, 5 calls of KMS" in run(tmp_path, code=code)
