"""What KMS does by itself: rotation, deletion, expiry and synchronization are told at the instant they happen."""

from datetime import timedelta

import pytest

from tests.support.rotation import SLOW, current
from tests.support.trail import (
    AWAY,
    EXPIRES,
    HOME,
    INTERNAL,
    KMS,
    about_key,
    arns,
    bare,
    named,
    stamp,
    the_one,
    wrapped,
)

pytestmark = pytest.mark.evidence(
    "documented", '"Logging AWS KMS API calls with AWS CloudTrail": RotateKey, DeleteKey, SynchronizeMultiRegionKey'
)


def made(kms, **options):
    return kms.create_key(**options)["KeyMetadata"]["Arn"]


def check_by_itself(record, key, when, kind="AwsServiceEvent"):
    """The record is of something that KMS did by itself to the key."""
    account, region = key.split(":")[4], key.split(":")[3]
    expected = {
        "eventSource": KMS,
        "eventType": kind,
        "eventCategory": "Management",
        "eventTime": stamp(when),
        "awsRegion": region,
        "userIdentity": {"accountId": account, "invokedBy": INTERNAL},
        "sourceIPAddress": INTERNAL,
        "userAgent": INTERNAL,
        "requestParameters": None,
        "readOnly": False,
        "recipientAccountId": account,
        "resources": [about_key(key)],
    }
    assert {name: record.get(name) for name in expected} == expected
    assert record["responseElements"] in (None, {"keyId": key})
    assert not {"errorCode", "errorMessage", "sharedEventID"} & record.keys()


# --- RotateKey --------------------------------------------------------------------------------------------------------


def test_a_rotation_by_the_calendar(aws_world, clock, kms, key):
    before, start = current(kms, key), clock.now()
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    clock.advance(days=100)
    after = current(kms, key)
    record = the_one(aws_world, "RotateKey")
    check_by_itself(record, key, start + timedelta(days=90))
    assert record["serviceEventDetails"] == {
        "keyId": bare(key),
        "rotationType": "AUTOMATIC",
        "keyOrigin": "AWS_KMS",
        "previousKeyMaterialId": before,
        "currentKeyMaterialId": after,
    }


@SLOW
def test_a_rotation_on_demand_is_told_twice_the_call_and_the_deed(aws_world, clock, alice, kms, key):
    before = current(kms, key)
    alice.client("kms").rotate_key_on_demand(KeyId=key)
    asked = the_one(aws_world, "RotateKeyOnDemand")
    assert (asked["eventType"], asked["userIdentity"]["arn"]) == ("AwsApiCall", alice.arn)
    assert named(aws_world, "RotateKey") == []
    clock.advance(minutes=9)
    record = the_one(aws_world, "RotateKey")
    check_by_itself(record, key, clock.now() - timedelta(minutes=1))
    assert record["serviceEventDetails"] == {
        "keyId": bare(key),
        "rotationType": "ON_DEMAND",
        "keyOrigin": "AWS_KMS",
        "previousKeyMaterialId": before,
        "currentKeyMaterialId": current(kms, key),
    }


def test_the_rotation_of_imported_material_tells_its_origin(aws_world, clock, kms):
    key = made(kms, Origin="EXTERNAL")
    forever = {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
    first = kms.import_key_material(**wrapped(kms, key), **forever)["KeyMaterialId"]
    second = kms.import_key_material(**wrapped(kms, key, b"n" * 32), **forever, ImportType="NEW_KEY_MATERIAL")[
        "KeyMaterialId"
    ]
    kms.rotate_key_on_demand(KeyId=key)
    record = the_one(aws_world, "RotateKey")
    check_by_itself(record, key, clock.now())
    assert record["serviceEventDetails"] == {
        "keyId": bare(key),
        "rotationType": "ON_DEMAND",
        "keyOrigin": "EXTERNAL",
        "previousKeyMaterialId": first,
        "currentKeyMaterialId": second,
    }


def test_the_rotation_of_a_key_in_two_regions_is_told_in_both(aws_world, clock, kms):
    primary = made(kms, MultiRegion=True)
    kms.replicate_key(KeyId=primary, ReplicaRegion=AWAY)
    kms.rotate_key_on_demand(KeyId=primary)
    records = {record["awsRegion"]: record for record in named(aws_world, "RotateKey")}
    assert set(records) == {HOME, AWAY}
    for region, record in records.items():
        check_by_itself(record, primary.replace(HOME, region), clock.now())


def test_a_disabled_key_is_not_rotated_and_nothing_is_told(aws_world, clock, kms, key):
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    kms.disable_key(KeyId=key)
    clock.advance(days=400)
    kms.describe_key(KeyId=key)
    assert named(aws_world, "RotateKey") == []


# --- DeleteKey --------------------------------------------------------------------------------------------------------


def test_a_deletion(aws_world, clock, kms, key):
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    due = clock.now() + timedelta(days=7)
    clock.advance(days=6, hours=23)
    assert named(aws_world, "DeleteKey") == []
    clock.advance(days=10)
    record = the_one(aws_world, "DeleteKey")
    check_by_itself(record, key, due)
    assert record["responseElements"] == {"keyId": key}


def test_a_cancelled_deletion_is_told_by_its_calls_alone(aws_world, clock, kms, key):
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    kms.cancel_key_deletion(KeyId=key)
    clock.advance(days=30)
    assert [record["eventName"] for record in aws_world.events] == [
        "CreateKey",
        "ScheduleKeyDeletion",
        "CancelKeyDeletion",
    ]


def test_a_primary_goes_after_its_replica(aws_world, clock, owner, kms):
    primary = made(kms, MultiRegion=True)
    kms.replicate_key(KeyId=primary, ReplicaRegion=AWAY)
    start = clock.now()
    kms.schedule_key_deletion(KeyId=primary, PendingWindowInDays=7)
    owner.client("kms", AWAY).schedule_key_deletion(KeyId=primary.replace(HOME, AWAY), PendingWindowInDays=10)
    clock.advance(days=40)
    gone = named(aws_world, "DeleteKey")
    assert [arns(record) for record in gone] == [[primary.replace(HOME, AWAY)], [primary]]
    check_by_itself(gone[0], primary.replace(HOME, AWAY), start + timedelta(days=10))
    check_by_itself(gone[1], primary, start + timedelta(days=17))


# --- DeleteExpiredKeyMaterial -----------------------------------------------------------------------------------------


def test_an_expiry(aws_world, clock, kms):
    key = made(kms, Origin="EXTERNAL")
    until = clock.now() + timedelta(days=3)
    material = kms.import_key_material(**wrapped(kms, key), ExpirationModel=EXPIRES, ValidTo=until)["KeyMaterialId"]
    clock.advance(days=2)
    assert named(aws_world, "DeleteExpiredKeyMaterial") == []
    clock.advance(days=2)
    record = the_one(aws_world, "DeleteExpiredKeyMaterial")
    check_by_itself(record, key, until)
    assert record["serviceEventDetails"] == {"keyId": bare(key), "keyMaterialId": material}


def test_material_that_its_owner_deletes_does_not_expire(aws_world, clock, kms):
    key = made(kms, Origin="EXTERNAL")
    until = clock.now() + timedelta(days=3)
    kms.import_key_material(**wrapped(kms, key), ExpirationModel=EXPIRES, ValidTo=until)
    kms.delete_imported_key_material(KeyId=key)
    clock.advance(days=9)
    assert named(aws_world, "DeleteExpiredKeyMaterial") == []


# --- SynchronizeMultiRegionKey ----------------------------------------------------------------------------------------


def synchronized(world, key):
    """The regions in which a key of several was synchronized, one for each time."""
    records = named(world, "SynchronizeMultiRegionKey")
    for record in records:
        check = {name: record[name] for name in ("eventType", "sourceIPAddress", "userAgent", "requestParameters")}
        assert check == {
            "eventType": "AwsApiCall",
            "sourceIPAddress": INTERNAL,
            "userAgent": INTERNAL,
            "requestParameters": None,
        }
        assert record["userIdentity"] == {"accountId": key.split(":")[4], "invokedBy": INTERNAL}
        assert {bare(arn) for arn in arns(record)} == {bare(key)}
        assert bare(record["responseElements"]["keyId"]) == bare(key)
    return [record["awsRegion"] for record in records]


def test_a_new_replica_is_synchronized_where_it_is(aws_world, kms):
    primary = made(kms, MultiRegion=True)
    assert synchronized(aws_world, primary) == []
    kms.replicate_key(KeyId=primary, ReplicaRegion=AWAY)
    kms.describe_key(KeyId=primary)
    assert set(synchronized(aws_world, primary)) == {AWAY}
    assert [record["eventName"] for record in aws_world.events].index("SynchronizeMultiRegionKey") > [
        record["eventName"] for record in aws_world.events
    ].index("ReplicateKey")


def test_new_material_is_synchronized_to_the_replicas(aws_world, kms):
    primary = made(kms, MultiRegion=True)
    kms.replicate_key(KeyId=primary, ReplicaRegion=AWAY)
    kms.describe_key(KeyId=primary)
    once = len(synchronized(aws_world, primary))
    kms.rotate_key_on_demand(KeyId=primary)
    kms.describe_key(KeyId=primary)
    assert len(synchronized(aws_world, primary)) > once
    assert set(synchronized(aws_world, primary)) == {AWAY}


def test_a_key_of_one_region_is_never_synchronized(aws_world, kms, key):
    kms.rotate_key_on_demand(KeyId=key)
    assert synchronized(aws_world, key) == []


# --- the order of things ------------------------------------------------------------------------------------------------


def test_what_happened_while_nobody_looked_stands_in_its_place(aws_world, clock, kms):
    rotating, doomed = made(kms), made(kms)
    kms.enable_key_rotation(KeyId=rotating, RotationPeriodInDays=90)
    kms.schedule_key_deletion(KeyId=doomed, PendingWindowInDays=30)
    clock.advance(days=200)
    kms.describe_key(KeyId=rotating)
    times = [record["eventTime"] for record in aws_world.events]
    assert times == sorted(times)
    assert [record["eventName"] for record in aws_world.events][-4:] == [
        "DeleteKey",
        "RotateKey",
        "RotateKey",
        "DescribeKey",
    ]


def test_a_service_event_is_told_to_the_owner_of_the_key(aws_world, clock, owner, other, kms, key):
    other.client("kms").create_key()
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    clock.advance(days=8)
    wanted = [{"AttributeKey": "EventName", "AttributeValue": "DeleteKey"}]
    assert len(owner.client("cloudtrail").lookup_events(LookupAttributes=wanted)["Events"]) == 1
    assert other.client("cloudtrail").lookup_events(LookupAttributes=wanted)["Events"] == []
