"""Rotation as time passes: when keys rotate by themselves, when on demand, and what stays readable."""

import itertools
from datetime import timedelta

import pytest
from botocore.config import Config

from tests.support.claims import refused
from tests.support.rotation import AWAY, automatic, current, dates, days, materials, off, on, status

pytestmark = [
    pytest.mark.usefixtures("clock"),
    pytest.mark.evidence(
        "recorded",
        "stackd (testdata/aws/kms): GetKeyRotationStatus and ListKeyRotations; when keys rotate is documented",
    ),
]


# --- when it is due -------------------------------------------------------------------------------------------------


def test_rotation_is_off_until_enabled_and_then_yearly(clock, kms, key):
    assert status(kms, key) == off(key)
    kms.enable_key_rotation(KeyId=key)
    assert status(kms, key) == on(key, 365, days(365))
    clock.move_to(days(365) - timedelta(seconds=1))
    assert dates(kms, key) == []
    clock.move_to(days(365))
    assert dates(kms, key) == automatic(365)
    assert status(kms, key) == on(key, 365, days(730))


@pytest.mark.parametrize("period", [90, 2560])
def test_the_period_is_counted_from_the_request(clock, kms, key, period):
    clock.advance(days=10)
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=period)
    assert status(kms, key) == on(key, period, days(10 + period))
    clock.advance(days=2 * period)
    assert dates(kms, key) == automatic(10 + period, 10 + 2 * period)


@pytest.mark.parametrize(
    ("period", "bound"), [(89, "greater than or equal to 90"), (2561, "less than or equal to 2560")]
)
def test_a_period_out_of_bounds_is_refused_and_changes_nothing(owner, kms, key, period, bound):
    text = (
        f"1 validation error detected: Value '{period}' at 'rotationPeriodInDays' failed to satisfy constraint: "
        f"Member must have value {bound}"
    )
    unchecked = owner.client("kms", config=Config(parameter_validation=False))
    with refused("ValidationException", text):
        unchecked.enable_key_rotation(KeyId=key, RotationPeriodInDays=period)
    assert status(kms, key) == off(key)


@pytest.mark.parametrize("again", [{}, {"RotationPeriodInDays": 200}], ids=["no period", "the same period"])
def test_enabling_again_changes_neither_period_nor_date(clock, kms, key, again):
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=200)
    clock.advance(days=50)
    kms.enable_key_rotation(KeyId=key, **again)
    assert status(kms, key) == on(key, 200, days(200))


def test_another_period_starts_at_the_request(clock, kms, key):
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=200)
    clock.advance(days=150)
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=100)
    assert status(kms, key) == on(key, 100, days(250))
    clock.move_to(days(360))
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    clock.move_to(days(450))
    assert dates(kms, key) == automatic(250, 350, 450)


def test_disabled_rotation_starts_over_from_the_default(clock, kms, key):
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    clock.advance(days=80)
    kms.disable_key_rotation(KeyId=key)
    assert status(kms, key) == off(key)
    kms.disable_key_rotation(KeyId=key)
    clock.advance(days=320)
    assert dates(kms, key) == []
    kms.enable_key_rotation(KeyId=key)
    assert status(kms, key) == on(key, 365, days(765))


def test_ten_years_of_rotations_stand_in_the_list_and_in_the_trail(aws_world, clock, kms, key):
    first = current(kms, key)
    kms.enable_key_rotation(KeyId=key)
    clock.advance(days=3650)
    due = [days(365 * year) for year in range(1, 11)]
    listed = kms.list_key_rotations(KeyId=key)["Rotations"]
    assert [item["RotationDate"] for item in listed] == due
    assert {item["RotationType"] for item in listed} == {"AUTOMATIC"}
    assert [item["KeyMaterialState"] for item in listed] == ["NON_CURRENT"] * 9 + ["CURRENT"]
    ids = [first, *(item["KeyMaterialId"] for item in listed)]
    assert len(set(ids)) == 11
    assert materials(kms, key)[0] == (first, "NON_CURRENT")
    rotated = [event for event in aws_world.events if event["eventName"] == "RotateKey"]
    assert [event["eventTime"] for event in rotated] == [f"{date:%Y-%m-%dT%H:%M:%SZ}" for date in due]
    assert [event["serviceEventDetails"] for event in rotated] == [
        {
            "keyId": key.rsplit("/", 1)[1],
            "rotationType": "AUTOMATIC",
            "keyOrigin": "AWS_KMS",
            "previousKeyMaterialId": before,
            "currentKeyMaterialId": after,
        }
        for before, after in itertools.pairwise(ids)
    ]
    assert {(event["eventType"], event["userIdentity"]["invokedBy"]) for event in rotated} == {
        ("AwsServiceEvent", "AWS Internal")
    }


def test_old_ciphertexts_decrypt_and_name_their_material(clock, kms, key):
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    made = []
    for number in range(6):
        blob = kms.encrypt(KeyId=key, Plaintext=b"%d" % number)["CiphertextBlob"]
        made.append((blob, current(kms, key)))
        clock.advance(days=90)
    assert len({material for _, material in made}) == 6
    for number, (blob, material) in enumerate(made):
        opened = kms.decrypt(CiphertextBlob=blob)
        assert (opened["Plaintext"], opened["KeyMaterialId"], opened["KeyId"]) == (b"%d" % number, material, key)
    moved = kms.re_encrypt(CiphertextBlob=made[0][0], DestinationKeyId=key)
    assert (moved["SourceKeyMaterialId"], moved["DestinationKeyMaterialId"]) == (made[0][1], current(kms, key))


def test_keys_rotate_in_the_order_of_their_dates(aws_world, clock, kms):
    keys = [kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(3)]
    for key, period in zip(keys, (120, 90, 100), strict=True):
        kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=period)
    clock.advance(days=250)
    rotated = [
        (event["eventTime"][:10], keys.index(event["serviceEventDetails"]["keyId"]))
        for event in aws_world.events
        if event["eventName"] == "RotateKey"
    ]
    wanted = [(90, 1), (100, 2), (120, 0), (180, 1), (200, 2), (240, 0)]
    assert rotated == [(f"{days(number):%Y-%m-%d}", which) for number, which in wanted]


# --- keys that are not enabled --------------------------------------------------------------------------------------


def test_a_disabled_key_keeps_its_dates_and_rotates_when_it_is_enabled(clock, kms, key):
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    clock.advance(days=10)
    kms.disable_key(KeyId=key)
    for ask in (kms.enable_key_rotation, kms.disable_key_rotation, kms.rotate_key_on_demand):
        with refused("DisabledException", f"{key} is disabled."):
            ask(KeyId=key)
    clock.move_to(days(400))
    assert dates(kms, key) == []
    assert status(kms, key) == on(key, 90, days(90))
    kms.enable_key(KeyId=key)
    assert dates(kms, key) == automatic(400)
    assert status(kms, key) == on(key, 90, days(490))


def test_a_key_enabled_before_its_date_resumes_its_schedule(clock, kms, key):
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    clock.advance(days=10)
    kms.disable_key(KeyId=key)
    clock.move_to(days(89))
    kms.enable_key(KeyId=key)
    assert status(kms, key) == on(key, 90, days(90))
    clock.move_to(days(90))
    assert dates(kms, key) == automatic(90)


def test_a_key_pending_deletion_shows_no_rotation_until_it_is_cancelled_and_enabled(clock, kms, key):
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    clock.move_to(days(80))
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=30)
    assert status(kms, key) == off(key)
    clock.move_to(days(95))
    assert dates(kms, key) == []
    kms.cancel_key_deletion(KeyId=key)
    assert status(kms, key)["RotationPeriodInDays"] == 90
    kms.enable_key(KeyId=key)
    assert dates(kms, key) == automatic(95)
    assert status(kms, key) == on(key, 90, days(185))


def test_rotations_that_were_due_before_a_deletion_was_scheduled_have_happened(aws_world, clock, kms, key):
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    clock.move_to(days(100))
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    clock.move_to(days(3650))
    acts = [
        (event["eventName"], event["eventTime"][:10]) for event in aws_world.events if "serviceEventDetails" in event
    ]
    assert acts == [("RotateKey", f"{days(90):%Y-%m-%d}"), ("DeleteKey", f"{days(107):%Y-%m-%d}")]


# --- several Regions, and keys of AWS -------------------------------------------------------------------------------


def test_related_keys_rotate_together(aws_world, clock, kms, away):
    primary = kms.create_key(MultiRegion=True)["KeyMetadata"]["Arn"]
    kms.enable_key_rotation(KeyId=primary, RotationPeriodInDays=90)
    clock.advance(days=100)
    kms.replicate_key(KeyId=primary, ReplicaRegion=AWAY)
    replica = primary.replace("us-east-1", AWAY)
    assert materials(away, replica) == materials(kms, primary)
    assert status(away, replica) == on(replica, 90, days(180))
    away.disable_key(KeyId=replica)
    clock.move_to(days(181))
    assert dates(away, replica) == automatic(90, 180)
    assert dates(kms, primary) == automatic(90, 180)
    away.enable_key(KeyId=replica)
    blob = kms.encrypt(KeyId=primary, Plaintext=b"x")["CiphertextBlob"]
    assert away.decrypt(CiphertextBlob=blob)["KeyMaterialId"] == current(away, replica) == current(kms, primary)
    rotated = [event for event in aws_world.events if event["eventName"] == "RotateKey"]
    assert {(event["awsRegion"], event["eventTime"][:10]) for event in rotated} >= {
        ("us-east-1", f"{days(180):%Y-%m-%d}"),
        (AWAY, f"{days(180):%Y-%m-%d}"),
    }


def test_a_replica_rotated_until_it_was_deleted_though_nobody_looked(aws_world, clock, kms, away):
    key = kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    kms.replicate_key(KeyId=key, ReplicaRegion=AWAY)
    clock.advance(days=85)
    away.schedule_key_deletion(KeyId=key, PendingWindowInDays=30)
    clock.advance(days=40)
    rotated = [event for event in aws_world.events if event["eventName"] == "RotateKey"]
    assert sorted((event["awsRegion"], event["eventTime"][:10]) for event in rotated) == [
        (AWAY, f"{days(90):%Y-%m-%d}"),
        ("us-east-1", f"{days(90):%Y-%m-%d}"),
    ]


def test_while_the_primary_is_disabled_no_related_key_rotates(clock, kms, away):
    primary = kms.create_key(MultiRegion=True)["KeyMetadata"]["Arn"]
    kms.replicate_key(KeyId=primary, ReplicaRegion=AWAY)
    replica = primary.replace("us-east-1", AWAY)
    kms.enable_key_rotation(KeyId=primary, RotationPeriodInDays=90)
    kms.disable_key(KeyId=primary)
    clock.move_to(days(120))
    assert dates(away, replica) == []
    kms.enable_key(KeyId=primary)
    assert dates(away, replica) == dates(kms, primary) == automatic(120)


def test_a_primary_that_waits_for_its_replicas_still_shows_its_rotation(kms):
    primary = kms.create_key(MultiRegion=True)["KeyMetadata"]["Arn"]
    kms.replicate_key(KeyId=primary, ReplicaRegion=AWAY)
    kms.enable_key_rotation(KeyId=primary, RotationPeriodInDays=90)
    assert kms.schedule_key_deletion(KeyId=primary)["KeyState"] == "PendingReplicaDeletion"
    assert status(kms, primary) == on(primary, 90, days(90))


def test_keys_managed_by_aws_rotate_every_year(aws_world, clock, owner, kms):
    s3 = owner.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="k", Body=b"body", ServerSideEncryption="aws:kms")
    managed = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
    clock.advance(days=3 * 365)
    assert s3.get_object(Bucket="bucket", Key="k")["Body"].read() == b"body"
    assert dates(kms, managed["KeyId"]) == automatic(365, 730, 1095)
    assert current(kms, "alias/aws/s3") != managed["CurrentKeyMaterialId"]
    assert len([event for event in aws_world.events if event["eventName"] == "RotateKey"]) == 3
