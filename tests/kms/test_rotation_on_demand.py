"""Rotation on demand: what it takes, how long, how often, and beside a schedule."""

from datetime import timedelta

import pytest

from tests.support.claims import refused
from tests.support.rotation import AWAY, SLOW, START, automatic, current, dates, days, materials, off, on, status

pytestmark = [
    pytest.mark.usefixtures("clock"),
    pytest.mark.evidence("recorded", "stackd (testdata/aws/kms): RotateKeyOnDemand, its limit, and beside a schedule"),
]

ON_DEMAND = "ON_DEMAND"


def test_without_delays_the_next_call_finds_it_done(kms, key):
    first = current(kms, key)
    assert kms.rotate_key_on_demand(KeyId=key)["KeyId"] == key
    assert dates(kms, key) == [(START, ON_DEMAND)]
    assert materials(kms, key) == [(first, "NON_CURRENT"), (current(kms, key), "CURRENT")]
    assert status(kms, key) == off(key)


@SLOW
def test_while_it_runs_the_key_shows_its_start_and_uses_the_old_material(aws_world, clock, kms, key):
    first = current(kms, key)
    kms.rotate_key_on_demand(KeyId=key)
    clock.advance(minutes=7)
    assert kms.rotate_key_on_demand(KeyId=key)["KeyId"] == key
    assert status(kms, key) == {**off(key), "OnDemandRotationStartDate": START}
    assert (dates(kms, key), current(kms, key)) == ([], first)
    clock.advance(minutes=1)
    assert dates(kms, key) == [(START + timedelta(minutes=8), ON_DEMAND)]
    assert status(kms, key) == off(key)
    clock.advance(days=1)
    assert len(dates(kms, key)) == 1
    (event,) = [event for event in aws_world.events if event["eventName"] == "RotateKey"]
    assert event["serviceEventDetails"] == {
        "keyId": key.rsplit("/", 1)[1],
        "rotationType": ON_DEMAND,
        "keyOrigin": "AWS_KMS",
        "previousKeyMaterialId": first,
        "currentKeyMaterialId": current(kms, key),
    }


def test_it_leaves_the_schedule_alone(clock, kms, key):
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    clock.advance(days=30)
    kms.rotate_key_on_demand(KeyId=key)
    assert status(kms, key) == on(key, 90, days(90))
    clock.move_to(days(90))
    assert dates(kms, key) == [(days(30), ON_DEMAND), *automatic(90)]


def test_it_conflicts_with_a_rotation_that_is_due_within_twenty_minutes(clock, kms, key):
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    clock.move_to(days(90) - timedelta(minutes=19, seconds=59))
    with refused("ConflictException"):
        kms.rotate_key_on_demand(KeyId=key)
    clock.move_to(days(90) - timedelta(seconds=1))
    with refused("ConflictException"):
        kms.rotate_key_on_demand(KeyId=key)
    assert dates(kms, key) == []
    kms.disable_key_rotation(KeyId=key)
    kms.rotate_key_on_demand(KeyId=key)
    assert dates(kms, key) == [(days(90) - timedelta(seconds=1), ON_DEMAND)]


def test_earlier_than_that_there_is_no_conflict(clock, kms, key):
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    early = days(90) - timedelta(minutes=20, seconds=1)
    clock.move_to(early)
    kms.rotate_key_on_demand(KeyId=key)
    clock.move_to(days(90))
    assert dates(kms, key) == [(early, ON_DEMAND), *automatic(90)]


def test_twenty_five_for_life_and_automatic_ones_do_not_count(clock, kms, key):
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    clock.move_to(days(900) + timedelta(days=1))
    for _ in range(25):
        kms.rotate_key_on_demand(KeyId=key)
    text = (
        "The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be "
        f"performed for this key: {key}"
    )
    with refused("LimitExceededException", text):
        kms.rotate_key_on_demand(KeyId=key)
    clock.move_to(days(990))
    listed = [kind for _, kind in dates(kms, key)]
    assert (listed.count(ON_DEMAND), listed.count("AUTOMATIC")) == (25, 11)


@SLOW
@pytest.mark.parametrize("meanwhile", ["disable_key", "schedule_key_deletion", "disable_key_rotation"])
def test_what_has_begun_is_completed(clock, kms, key, meanwhile):
    kms.rotate_key_on_demand(KeyId=key)
    getattr(kms, meanwhile)(KeyId=key)
    clock.advance(minutes=8)
    assert dates(kms, key) == [(START + timedelta(minutes=8), ON_DEMAND)]


def test_related_keys_rotate_together_on_the_primarys_demand(kms, away):
    primary = kms.create_key(MultiRegion=True)["KeyMetadata"]["Arn"]
    kms.replicate_key(KeyId=primary, ReplicaRegion=AWAY)
    replica = primary.replace("us-east-1", AWAY)
    text = f"{replica} is a multi-region replica key which is not valid for RotateKeyOnDemand."
    with refused("UnsupportedOperationException", text):
        away.rotate_key_on_demand(KeyId=replica)
    kms.rotate_key_on_demand(KeyId=primary)
    assert dates(away, replica) == dates(kms, primary) == [(START, ON_DEMAND)]
    assert materials(away, replica) == materials(kms, primary)


@pytest.mark.parametrize(
    ("spec", "usage"),
    [("RSA_2048", "SIGN_VERIFY"), ("HMAC_256", "GENERATE_VERIFY_MAC"), ("ECC_NIST_P256", "SIGN_VERIFY")],
)
def test_keys_of_other_kinds_do_not_rotate(kms, spec, usage):
    key = kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["Arn"]
    for ask in (kms.enable_key_rotation, kms.rotate_key_on_demand):
        with refused("UnsupportedOperationException", ""):
            ask(KeyId=key)
    assert status(kms, key) == off(key)
    kms.disable_key_rotation(KeyId=key)
    assert dates(kms, key) == []
    with refused("ValidationException", "Input parameter includeKeyMaterial can only be used with symmetric keys."):
        kms.list_key_rotations(KeyId=key, IncludeKeyMaterial="ALL_KEY_MATERIAL")


def test_imported_keys_have_no_schedule(kms):
    key = kms.create_key(Origin="EXTERNAL")["KeyMetadata"]["Arn"]
    assert status(kms, key) == off(key)
    with refused("KMSInvalidStateException", f"{key} is pending import."):
        kms.rotate_key_on_demand(KeyId=key)
    text = f"{key} origin is EXTERNAL which is not valid for this operation."
    for ask in (kms.enable_key_rotation, kms.disable_key_rotation):
        with refused("UnsupportedOperationException", text):
            ask(KeyId=key)
