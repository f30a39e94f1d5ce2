"""What keys cost. The figures are worked out by hand from "Key storage" of AWS's page on the pricing of KMS:

1 USD a month for a customer managed key of any kind, prorated by the hour; the first and the second rotation add as
much each; AWS managed keys are free, and so are keys that wait for their deletion, unless it is cancelled.
"""

from decimal import Decimal

import boto3
import pytest
from moto import mock_aws

import kmsmock
from tests.support.billing import AWAY, cents
from tests.support.key_stores import HSM, XKS
from tests.support.kms_material import bring

pytestmark = pytest.mark.evidence(
    "documented", '"AWS Key Management Service Pricing" and the announcement of flexible rotation, April 2024'
)


def kinds(bill):
    return [(line.kind, line.quantity, line.arrears) for line in bill.lines if line.kind in ("key", "rotation")]


@pytest.mark.parametrize(
    ("month", "days"), [("2026-02", 28), ("2028-02", 29), ("2026-04", 30), ("2026-01", 31), ("2026-12", 31)]
)
def test_a_key_costs_a_dollar_in_a_month_of_any_length(aws_world, clock, key, month, days):
    clock.move_to("2029-01-01")
    bill = aws_world.bill(month)
    assert (bill.keys, kinds(bill)) == (1, [("key", days * 24, "")])


def test_a_month_is_prorated_by_the_hour(aws_world, clock, kms):
    clock.move_to("2026-02-15")
    kms.create_key()
    clock.move_to("2026-03-08T18:00")
    assert aws_world.bill("2026-01").keys == 0
    assert aws_world.bill("2026-02").keys == Decimal("0.5")  # 14 of 28 days
    assert cents(aws_world.bill().keys) == Decimal("0.25")  # 7 days and 18 hours, 186 hours, of the 744 of March


def test_an_hour_that_has_begun_counts_whole(aws_world, clock, kms):
    clock.move_to("2026-02-03T12:30")
    kms.create_key()
    clock.move_to("2026-02-03T13:01")
    assert kinds(aws_world.bill()) == [("key", 2, "")]
    assert aws_world.bill().keys == Decimal("0.0029761905")  # 2/672


def test_a_key_costs_as_much_whether_it_can_be_used_or_not(aws_world, clock, kms, key):
    kms.disable_key(KeyId=key)
    kms.create_key(Origin="EXTERNAL")
    clock.move_to("2026-02-01")
    assert aws_world.bill("2026-01").keys == 2


def test_keys_of_all_kinds_cost_the_same(aws_world, clock, kms):
    kms.create_key(KeySpec="RSA_4096", KeyUsage="SIGN_VERIFY")
    kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    bring(kms, kms.create_key(Origin="EXTERNAL")["KeyMetadata"]["Arn"])
    clock.move_to("2026-02-01")
    assert aws_world.bill("2026-01").keys == 4
    assert "CloudHSM" not in str(aws_world.bill())


def test_keys_in_custom_key_stores_cost_the_same_here_and_more_elsewhere(aws_world, clock, kms):
    for origin, options, more in (("AWS_CLOUDHSM", HSM, {}), ("EXTERNAL_KEY_STORE", XKS, {"XksKeyId": "1"})):
        store = kms.create_custom_key_store(CustomKeyStoreName=origin, **options)["CustomKeyStoreId"]
        kms.connect_custom_key_store(CustomKeyStoreId=store)
        kms.create_key(Origin=origin, CustomKeyStoreId=store, **more)
    clock.move_to("2026-02-01")
    bill = aws_world.bill("2026-01")
    assert bill.keys == 2
    assert "CloudHSM clusters and external key managers cost more, which is not in this bill." in str(bill)


def test_managed_keys_are_free(aws_world, clock, kms):
    kms.describe_key(KeyId="alias/aws/s3")
    clock.move_to("2028-02-01")  # it has rotated twice
    bill = aws_world.bill("2028-01")
    assert (bill.keys, [(line.kind, line.quantity) for line in bill.lines]) == (0, [("managed key", 744)])


def test_the_first_and_second_rotation_add_a_dollar_each_and_later_ones_nothing(aws_world, clock, kms, key):
    """AWS's announcement of flexible rotation (April 2024). Nobody touches the key meanwhile."""
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    clock.move_to("2027-02-01")  # rotated on days 90 (1 April), 180 (30 June), 270, 360
    assert [cents(aws_world.bill(f"2026-{month:02}").keys) for month in (3, 4, 6, 7, 12)] == [
        Decimal("1.00"),
        Decimal("2.00"),
        Decimal("2.03"),  # one day of 30 with the second rotation
        Decimal("3.00"),
        Decimal("3.00"),
    ]
    year = aws_world.bill("2026")
    # the key for 12 months; the first rotation for 9; the second for a day of June and 6 months
    assert cents(year.keys) == Decimal("27.03")
    assert (cents(year.by_kind["key"]), cents(year.by_kind["rotation"])) == (Decimal("12.00"), Decimal("15.03"))


def test_rotations_on_demand_count_likewise(aws_world, clock, kms, key):
    clock.move_to("2026-02-15")
    for _ in range(3):
        kms.rotate_key_on_demand(KeyId=key)
        kms.list_keys()  # done by the next call
    clock.move_to("2026-03-01")
    assert aws_world.bill("2026-02").keys == 2  # the key, and two rotations for half of the month


def test_rotations_while_nobody_looked_count_from_when_they_were_due(aws_world, clock, kms, key):
    kms.enable_key_rotation(KeyId=key)
    clock.move_to("2046-01-01")
    years = [aws_world.bill(str(year)).keys for year in (2026, 2027, 2028, 2029, 2045)]
    # rotated after 365 days: on 1 January 2027 and 2028, on 31 December 2028 and so on
    assert years == [12, 24, 36, 36, 36]


def test_a_primary_and_each_replica_cost_what_a_key_does(aws_world, clock, kms, owner):
    key = kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    clock.move_to("2026-02-01")
    kms.rotate_key_on_demand(KeyId=key)
    clock.move_to("2026-02-15")
    kms.replicate_key(KeyId=key, ReplicaRegion=AWAY)
    clock.move_to("2026-04-01")
    assert aws_world.bill("2026-01").keys == 1
    # the primary with its rotation; the replica, which has that rotation's material too, for half of the month
    assert aws_world.bill("2026-02").by_region == {"us-east-1": 2, AWAY: 1}
    assert aws_world.bill("2026-03").keys == 4


def test_a_key_costs_nothing_while_it_waits_for_its_deletion(aws_world, clock, kms, key):
    clock.move_to("2026-02-08")
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=30)
    clock.move_to("2026-03-09")
    assert aws_world.bill("2026-02").keys == Decimal("0.25")  # 7 of 28 days
    assert aws_world.bill().keys == 0


def test_deleted_keys_are_on_the_bills_of_the_time_before(aws_world, clock, kms, key):
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    clock.move_to("2026-04-11")  # ten days after the first rotation
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    clock.move_to("2036-01-01")
    assert aws_world.bill("2026-03").keys == 1
    assert cents(aws_world.bill("2026-04").keys) == Decimal("0.67")  # twice 10 of 30 days
    assert aws_world.bill("2026-05").keys == 0
    assert cents(aws_world.bill("2026").keys) == Decimal("3.67")


def test_a_deletion_cancelled_in_the_same_month_changes_nothing(aws_world, clock, kms, key):
    clock.move_to("2026-01-10T07:20")
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=30)
    clock.move_to("2026-01-20T08:40")
    assert cents(aws_world.bill().keys) == Decimal("0.30")  # 9 days and 8 hours, 224 hours, of 744
    kms.cancel_key_deletion(KeyId=key)
    clock.move_to("2026-02-01")
    assert kinds(aws_world.bill("2026-01")) == [("key", 744, "")]


def test_a_deletion_cancelled_later_is_charged_in_arrears(aws_world, clock, kms, key):
    clock.move_to("2026-01-22")
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=30)
    clock.move_to("2026-02-05")
    assert cents(aws_world.bill("2026-01").keys) == Decimal("0.68")  # 21 of 31 days
    assert aws_world.bill().keys == 0
    kms.cancel_key_deletion(KeyId=key)
    clock.move_to("2026-03-01")
    assert cents(aws_world.bill("2026-01").keys) == Decimal("0.68")  # a bill that is written stays
    february = aws_world.bill("2026-02")
    assert kinds(february) == [("key", 672, ""), ("key", 240, "2026-01")]
    assert cents(february.keys) == Decimal("1.32")  # the month, and 10 of January's 31 days
    assert february.where(arrears="2026-01").keys == Decimal("0.3225806452")
    assert cents(aws_world.bill("2026").keys) == Decimal("2.00")  # as though it had never been scheduled


def test_arrears_are_of_the_rotations_too(aws_world, clock, kms, key):
    kms.rotate_key_on_demand(KeyId=key)
    clock.move_to("2026-01-22")
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=30)
    clock.move_to("2026-02-05")
    kms.cancel_key_deletion(KeyId=key)
    clock.move_to("2026-03-01")
    assert cents(aws_world.bill("2026").keys) == Decimal("4.00")
    assert cents(aws_world.bill("2026-02").keys) == Decimal("2.65")


def test_a_primary_is_free_while_it_waits_for_its_replicas(aws_world, clock, kms, owner):
    key = kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    kms.replicate_key(KeyId=key, ReplicaRegion=AWAY)
    clock.move_to("2026-02-15")
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    clock.move_to("2026-03-01")
    assert aws_world.bill("2026-02").by_region == {"us-east-1": Decimal("0.5"), AWAY: 1}


def test_a_replica_that_was_made_anew_is_billed_for_each_of_its_lives(aws_world, clock, kms, owner):
    key = kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    away = owner.client("kms", region_name=AWAY)
    for day in ("01", "15", "28"):
        clock.move_to(f"2026-02-{day}")
        kms.replicate_key(KeyId=key, ReplicaRegion=AWAY)
        clock.advance(days=1)
        away.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
        clock.advance(days=8)
    clock.move_to("2027-01-01")
    lines = aws_world.bill("2026-02").where(region=AWAY, kind="key").lines
    assert [line.quantity for line in lines] == [24, 24, 24]
    assert aws_world.bill("2026-03").where(region=AWAY).keys == 0


@mock_aws
def test_keys_of_a_mock_outside_count_from_when_they_were_made():
    kms = boto3.client("kms", region_name=AWAY)
    key, gone = (kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2))
    kms.schedule_key_deletion(KeyId=gone.rpartition("/")[2])  # moto knows no ARN here
    with kmsmock.World() as world:
        world.clock.freeze()
        world.clock.move_to("2036-01-01")
        assert world.bill("2035-12").by_key == {key: 1}
