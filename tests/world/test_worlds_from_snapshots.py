"""``World(from_snapshot=...)``: a world that was made once, begun again as often as one likes."""

import pytest

import kmsmock
from kmsmock import KmsMockError, World
from tests.support.claims import refused

OWNER = "111111111111"


@pytest.fixture
def start():
    with World(account_id=OWNER, region_name="eu-west-1") as world:
        account = world.account(OWNER)
        key = account.client("kms").create_key()["KeyMetadata"]["Arn"]
        role = account.role("app")
        account.client("sqs").create_queue(QueueName="jobs")
        return world.snapshot(), key, role


def test_each_begins_as_the_first_was_and_sees_nothing_of_the_others(start):
    snapshot, key, _ = start
    for _ in range(3):
        with World(from_snapshot=snapshot) as world:
            account = world.account(OWNER)
            kms = account.client("kms")
            assert [each["KeyArn"] for each in kms.list_keys()["Keys"]] == [key]
            assert kms.decrypt(CiphertextBlob=kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"])["KeyId"] == key
            kms.create_key()
            kms.disable_key(KeyId=key)
            account.role("other")
            assert len(account.client("sqs").list_queues()["QueueUrls"]) == 1
            account.client("sqs").create_queue(QueueName="more")


def test_principals_of_before_are_somebody(start):
    snapshot, key, role = start
    with World(from_snapshot=snapshot):
        kmsmock.assert_denied(lambda: role.client("kms").encrypt(KeyId=key, Plaintext=b"x"))


def test_nothing_is_left_of_it_outside(start):
    snapshot, key, _ = start
    with World(from_snapshot=snapshot), World(account_id=OWNER, region_name="eu-west-1") as inner:
        kms = inner.account(OWNER).client("kms")
        with refused("NotFoundException", f"Key '{key}' does not exist"):
            kms.describe_key(KeyId=key)
    with World(account_id=OWNER, region_name="eu-west-1") as after:
        assert after.account(OWNER).client("kms").list_keys()["Keys"] == []
        assert "QueueUrls" not in after.account(OWNER).client("sqs").list_queues()


def test_it_is_for_a_world_that_is_over_and_takes_no_other_options(start):
    snapshot, _, _ = start
    with World(from_snapshot=snapshot), pytest.raises(KmsMockError, match="is active still"):
        World(from_snapshot=snapshot)
    with pytest.raises(TypeError, match="give no others"):
        World(region_name="us-east-1", from_snapshot=snapshot)
    with pytest.raises(TypeError, match=r"give what world.snapshot\(\) returned"):
        World(from_snapshot="x")


def test_it_decorates_and_each_call_begins_anew(start):
    snapshot, _, _ = start

    @World(from_snapshot=snapshot)
    def keys(aws_world):
        kms = aws_world.account(OWNER).client("kms")
        kms.create_key()
        return len(kms.list_keys()["Keys"])

    assert [keys(), keys()] == [2, 2]
