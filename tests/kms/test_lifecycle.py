"""Enabling, disabling, and the end of a key."""

from datetime import timedelta

import pytest

from tests.support.claims import refused

pytestmark = pytest.mark.evidence(
    "recorded", "stackd (testdata/aws/kms): ScheduleKeyDeletion, CancelKeyDeletion and the states between"
)


def test_a_disabled_key_refuses_and_an_enabled_one_works_again(kms, key):
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    kms.disable_key(KeyId=key)
    shown = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (shown["KeyState"], shown["Enabled"]) == ("Disabled", False)
    with refused("DisabledException", f"{key} is disabled."):
        kms.decrypt(CiphertextBlob=blob)
    kms.disable_key(KeyId=key)
    kms.enable_key(KeyId=key)
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


@pytest.mark.parametrize("days", [1, 6, 31, 365])
def test_the_window_is_seven_to_thirty_days(kms, key, days):
    with refused("ValidationException", "PendingWindowInDays must be between 7 and 30"):
        kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=days)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled"


def test_a_key_pending_deletion_is_unusable_and_cancelling_leaves_it_disabled(aws_clock, kms, key):
    aws_clock.freeze("2026-03-01T12:00:00.123456")
    scheduled = kms.schedule_key_deletion(KeyId=key)
    assert (scheduled["KeyId"], scheduled["KeyState"], scheduled["PendingWindowInDays"]) == (
        key,
        "PendingDeletion",
        30,
    )
    assert scheduled["DeletionDate"] == aws_clock.now().replace(microsecond=123000) + timedelta(days=30)
    for ask in (
        lambda: kms.encrypt(KeyId=key, Plaintext=b"x"),
        lambda: kms.enable_key(KeyId=key),
        lambda: kms.schedule_key_deletion(KeyId=key),
        lambda: kms.create_alias(AliasName="alias/a", TargetKeyId=key),
    ):
        with refused("KMSInvalidStateException", f"{key} is pending deletion."):
            ask()
    assert kms.cancel_key_deletion(KeyId=key)["KeyId"] == key
    shown = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert shown["KeyState"] == "Disabled"
    assert "DeletionDate" not in shown
    with refused("KMSInvalidStateException", f"{key} is not pending deletion."):
        kms.cancel_key_deletion(KeyId=key)


def test_at_its_date_the_key_is_gone_with_its_aliases_grants_and_ciphertexts(aws_world, kms, key):
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    kms.create_alias(AliasName="alias/a", TargetKeyId=key)
    grant = kms.create_grant(KeyId=key, GranteePrincipal="arn:aws:iam::222222222222:root", Operations=["Decrypt"])
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    aws_world.clock.advance(days=7, seconds=-1)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    aws_world.clock.advance(seconds=1)
    with refused("NotFoundException", f"Key '{key}' does not exist"):
        kms.describe_key(KeyId=key)
    with refused("NotFoundException", f"Key '{key}' does not exist"):
        kms.decrypt(CiphertextBlob=blob)
    with refused("NotFoundException", "Alias arn:aws:kms:us-east-1:111111111111:alias/a is not found."):
        kms.describe_key(KeyId="alias/a")
    with refused("InvalidGrantTokenException"):
        kms.retire_grant(GrantToken=grant["GrantToken"])
    kms.create_alias(AliasName="alias/a", TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    (deleted,) = [event for event in aws_world.events if event["eventName"] == "DeleteKey"]
    assert deleted["eventType"] == "AwsServiceEvent"


def test_a_cancelled_deletion_does_not_happen_and_a_new_one_runs_its_whole_window(aws_clock, kms, key):
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    aws_clock.advance(days=5)
    kms.cancel_key_deletion(KeyId=key)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    aws_clock.advance(days=5)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    aws_clock.advance(days=2)
    with refused("NotFoundException"):
        kms.describe_key(KeyId=key)


def test_what_was_deleted_in_the_future_stays_deleted_when_time_goes_back(aws_clock, kms, key):
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    aws_clock.move_to("2040-01-01")
    with refused("NotFoundException"):
        kms.describe_key(KeyId=key)
    aws_clock.move_to("2026-01-01")
    with refused("NotFoundException"):
        kms.describe_key(KeyId=key)


def test_a_freeze_of_the_test_itself_drives_the_world(kms, key):
    from freezegun import freeze_time

    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    with freeze_time("2040-01-01"), refused("NotFoundException"):
        kms.describe_key(KeyId=key)
