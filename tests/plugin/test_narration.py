"""``--kmsmock-narrate``: a test that passes tells what was done in its worlds, from what they keep anyway."""

import re

import pytest

import kmsmock
from kmsmock.report import narration
from tests.support.claims import OWNER, allow, refused
from tests.support.policies import encrypt, make_key, use


def told(world):
    """The story of a world; keys have other ids in each run."""
    return [re.sub(r"key (mrk-)?[0-9a-f]{8}\b", r"key \1id", line) for line in narration.told(world.store)]


def test_who_did_what_with_which_key_and_through_which_service(aws_world, owner, kms):
    key = kms.create_key(Description="orders")["KeyMetadata"]["Arn"]
    app = owner.role("app", policies=[allow(["kms:*", "s3:*"])])
    s3 = app.client("s3")
    s3.create_bucket(Bucket="invoices")
    s3.put_object(Bucket="invoices", Key="1", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    for _ in range(3):
        encrypt(app.client("kms"), key, EncryptionContext={"tenant": "a"})
    sent = "EncryptionContext={'aws:s3:arn': 'arn:aws:s3:::invoices/1'}"
    assert told(aws_world) == [
        f"root of {OWNER} makes key id: CreateKey",
        f"role app takes a data key under key id through s3: GenerateDataKey, KeySpec=AES_256, {sent}",
        "role app encrypts under key id: Encrypt, EncryptionContext={'tenant': 'a'} (3 times)",
        "7 decisions, none of them a denial",
    ]


def test_it_is_the_same_once_somebody_has_read_the_trail(aws_world, kms):
    key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY", MultiRegion=True)["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/orders", TargetKeyId=key)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    before = told(aws_world)
    assert len(aws_world.events) == 3
    assert told(aws_world) == before
    assert before[:3] == [
        f"root of {OWNER} makes alias/orders: CreateKey, KeySpec=ECC_NIST_P256, KeyUsage=SIGN_VERIFY, MultiRegion=True",
        f"root of {OWNER} gives a name to alias/orders: CreateAlias, AliasName=alias/orders",
        f"root of {OWNER} schedules the deletion of alias/orders: ScheduleKeyDeletion, PendingWindowInDays=7",
    ]


def test_time_moves_and_kms_does_its_own_at_its_own_dates(aws_world, aws_clock, kms):
    aws_clock.freeze("2026-01-01")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.enable_key_rotation(KeyId=key)
    aws_clock.move_to("2029-01-02")
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    aws_clock.advance(days=8, hours=1)
    kms.list_keys()
    assert told(aws_world)[2:-1] == [
        "2027-01-01 KMS rotates key id: RotateKey (3 times, the last on 2028-12-31)",
        "-- 1,097 days later: 2029-01-02 00:00 --",
        f"root of {OWNER} schedules the deletion of key id: ScheduleKeyDeletion, PendingWindowInDays=7",
        "2029-01-09 KMS deletes key id: DeleteKey",
        "-- 8 days later: 2029-01-10 01:00 --",
        f"root of {OWNER} calls ListKeys",
    ]


def test_what_was_refused_is_told_with_its_reason(aws_world, owner, kms):
    key, app = make_key(kms, use("*", "kms:Decrypt", effect="Deny")), owner.role("app", policies=[allow("s3:*")])
    with refused("AccessDeniedException"):
        encrypt(app.client("kms"), key)
    s3 = app.client("s3")
    s3.create_bucket(Bucket="invoices")
    with refused("AccessDenied", status=403):
        s3.put_object(Bucket="invoices", Key="1", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    kms.disable_key(KeyId=key)
    with refused("DisabledException"):
        encrypt(kms, key)
    assert told(aws_world)[1:] == [
        "refused: role app, kms:Encrypt on key id: AccessDeniedException",
        "  No policy of the caller allows the action.",
        "refused: role app, s3:PutObject on key id: AccessDenied",
        "  No policy of the caller allows the action.",
        "  role app was denied kms:GenerateDataKey",
        f"root of {OWNER} disables key id: DisableKey",
        "refused: root of 111111111111, kms:Encrypt on key id: DisabledException",
        "  key id is disabled.",
        "7 decisions, 2 of them a denial",
    ]


def test_what_audit_lets_pass_is_told_and_what_off_lets_pass_is_not():
    for enforce, expected in (
        (
            "audit",
            [
                "AWS would refuse: root of 123456789012, kms:Encrypt on key id: DisabledException",
                "  key id is disabled.",
            ],
        ),
        ("off", []),
    ):
        with kmsmock.World(enforce=enforce) as world:
            kms = world.account("123456789012").client("kms")
            key = kms.create_key()["KeyMetadata"]["KeyId"]
            kms.disable_key(KeyId=key)
            encrypt(kms, key)
            assert [line for line in told(world)[2:-1] if "encrypts under" not in line] == expected


SUITE = """
    import unittest

    import boto3
    import pytest

    import kmsmock

    @pytest.fixture(scope="module")
    def shared():
        with kmsmock.World() as world:
            kms = boto3.client("kms", "us-east-1")
            kms.create_key(Description="made for whoever comes first")
            yield kms

    def test_one(aws_world):
        '''A key is made.

        And more is said of it.
        '''
        boto3.client("kms", "us-east-1").create_key()

    @pytest.mark.parametrize("name", ["a", "b"])
    def test_two(aws_world, name):
        boto3.client("kms", "us-east-1").create_key(Description=name)

    def test_of_two_worlds():
        '''Two worlds'''
        for _ in range(2):
            with kmsmock.World():
                boto3.client("kms", "us-east-1").create_key()

    def test_that_fails(aws_world):
        boto3.client("kms", "us-east-1").create_key()
        raise ValueError("it fails")

    def test_of_no_world():
        '''No world'''

    def test_first(shared):
        shared.create_key()

    def test_next(shared):
        '''Who comes next to what others share'''
        shared.create_key()

    class TestOfUnittest(unittest.TestCase):
        def test_it(self):
            '''A test of unittest'''
            with kmsmock.World():
                boto3.client("kms", "us-east-1").create_key()
"""
MADE = ["  root of 123456789012 makes key *: CreateKey", "  1 decision, none of them a denial"]


@pytest.mark.parametrize("options", [[], ["-n", "2", "--dist", "loadfile"]], ids=["here", "workers"])
def test_each_test_that_passes_is_told_under_what_it_says_of_itself(pytester, monkeypatch, options):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    pytester.makepyfile(SUITE)
    common = ["-p", "no:randomly", "-p", "no:cacheprovider", "-q"]
    done = pytester.runpytest_subprocess(*common, "--kmsmock-narrate", *options)
    done.assert_outcomes(passed=8, failed=1)
    for heading in ("A key is made.", "test_two[[]a]", "test_two[[]b]", "Who comes next to *", "A test of unittest"):
        done.stdout.fnmatch_lines([heading, *MADE], consecutive=True)
    done.stdout.fnmatch_lines(["Two worlds", "  world 1:", *MADE, "  world 2:", *MADE], consecutive=True)
    assert "No world" not in done.stdout.str()
    assert "test_that_fails" not in done.stdout.str().partition("FAILURES")[0]
    if not options:
        quiet = pytester.runpytest_subprocess(*common)
        assert "CreateKey" not in quiet.stdout.str()
