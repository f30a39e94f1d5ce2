"""The life of a key as a list of dated events, and as a text."""

from datetime import timedelta

import pytest

from tests.support.claims import OWNER, refused
from tests.support.rotation import AWAY, START, days

ROOT = f"arn:aws:iam::{OWNER}:root"
pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def lived(clock, kms, key):
    """A key that rotated, was disabled and is pending deletion on day 121."""
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    clock.move_to(days(100))
    kms.disable_key(KeyId=key)
    clock.move_to(days(120))
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    clock.move_to(days(121))
    return key


LIFE = [
    (START, "CreateKey"),
    (START, "EnableKeyRotation"),
    (days(90), "RotateKey"),
    (days(100), "DisableKey"),
    (days(120), "ScheduleKeyDeletion"),
]


def test_it_begins_with_the_making_of_the_key(aws_world, key):
    (made,) = aws_world.timeline(key)
    assert (made.when, made.what) == (START, "CreateKey")


def test_it_has_every_change_at_its_date(aws_world, lived):
    assert [(moment.when, moment.what) for moment in aws_world.timeline(lived)] == LIFE


def test_it_tells_who_and_with_what(aws_world, lived):
    told = {moment.what: moment for moment in aws_world.timeline(lived)}
    assert (told["EnableKeyRotation"].who, told["EnableKeyRotation"].details) == (ROOT, "rotationPeriodInDays=90")
    assert (told["ScheduleKeyDeletion"].who, told["ScheduleKeyDeletion"].details) == (ROOT, "pendingWindowInDays=7")
    assert told["RotateKey"].who == "AWS Internal"
    assert "rotationType=AUTOMATIC" in told["RotateKey"].details


def test_a_deleted_key_still_has_one(aws_world, clock, kms, lived):
    clock.move_to(days(4000))
    with refused("NotFoundException", f"Key '{lived}' does not exist"):
        kms.describe_key(KeyId=lived)
    told = aws_world.timeline(lived)
    assert [(moment.when, moment.what) for moment in told] == [*LIFE, (days(127), "DeleteKey")]
    assert told[-1].who == "AWS Internal"


def test_a_key_deleted_while_nobody_looked_has_one(aws_world, clock, lived):
    clock.move_to(days(4000))
    assert aws_world.timeline(lived)[-1][:2] == (days(127), "DeleteKey")


def test_use_and_refusals_leave_no_mark(aws_world, kms, key):
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    kms.decrypt(CiphertextBlob=blob)
    kms.describe_key(KeyId=key)
    with refused("KMSInvalidStateException", f"{key} is not pending deletion."):
        kms.cancel_key_deletion(KeyId=key)
    assert [moment.what for moment in aws_world.timeline(key)] == ["CreateKey"]


def test_other_keys_leave_no_mark(aws_world, kms, key):
    kms.disable_key(KeyId=kms.create_key()["KeyMetadata"]["Arn"])
    assert [moment.what for moment in aws_world.timeline(key)] == ["CreateKey"]


def test_the_text_has_a_line_for_each_moment(aws_world, lived):
    lines = str(aws_world.timeline(lived)).split("\n")
    assert [line[:40].split("  ")[:2] for line in lines] == [[f"{when:%Y-%m-%d %H:%M:%S}", what] for when, what in LIFE]
    assert lines[1] == "2030-01-01 12:00:00  EnableKeyRotation    rotationPeriodInDays=90"
    assert lines[3] == "2030-04-11 12:00:00  DisableKey"
    assert lines[4] == "2030-05-01 12:00:00  ScheduleKeyDeletion  pendingWindowInDays=7"


def test_each_region_has_its_own_life(aws_world, clock, kms, away):
    primary = kms.create_key(MultiRegion=True)["KeyMetadata"]["Arn"]
    clock.advance(days=1)
    kms.replicate_key(KeyId=primary, ReplicaRegion=AWAY)
    replica = primary.replace("us-east-1", AWAY)
    clock.advance(days=1)
    away.disable_key(KeyId=replica)
    assert [(moment.when, moment.what) for moment in aws_world.timeline(primary)] == [
        (START, "CreateKey"),
        (days(1), "ReplicateKey"),
    ]
    told = [(moment.when, moment.what) for moment in aws_world.timeline(replica)]
    assert (told[0], told[-1]) == ((days(1), "CreateKey"), (days(2), "DisableKey"))


def test_imported_material_has_its_end_in_it(aws_world, clock, kms):
    from tests.support.kms_material import MATERIAL, bring

    key = kms.create_key(Origin="EXTERNAL")["KeyMetadata"]["Arn"]
    bring(kms, key, MATERIAL, ExpirationModel="KEY_MATERIAL_EXPIRES", ValidTo=START + timedelta(days=30))
    clock.advance(days=31)
    told = [(moment.when, moment.what) for moment in aws_world.timeline(key)]
    assert told[-2:] == [(START, "ImportKeyMaterial"), (days(30), "DeleteExpiredKeyMaterial")]


@pytest.mark.parametrize(
    "name", ["", "alias/a", f"arn:aws:kms:us-east-1:{OWNER}:key/12345678-1234-1234-1234-123456789012"]
)
def test_a_key_that_never_was_has_none(aws_world, name):
    with pytest.raises(ValueError, match=f"there was no key '{name}' in this world; give the ARN of one"):
        aws_world.timeline(name)
