"""A bill of two months, two accounts and two Regions, and the same worked out by hand."""

from decimal import Decimal

import pytest

from tests.support.billing import AWAY, cents, many
from tests.support.claims import OTHER, OWNER
from tests.support.policies import key_policy, use

pytestmark = pytest.mark.evidence("documented", '"AWS Key Management Service Pricing", worked out by hand')

SHARED = key_policy(use(f"arn:aws:iam::{OTHER}:root", "kms:GenerateDataKeyPair*"))


def lived(clock, world):
    """Four keys of the owner, one with a replica; 21,009 requests of his, 2,000 signatures, 1,000 pairs of the other's."""
    owner = world.account(OWNER)
    kms, away = owner.client("kms"), owner.client("kms", region_name=AWAY)
    rotated = kms.create_key(Policy=SHARED)["KeyMetadata"]["Arn"]
    restored = kms.create_key()["KeyMetadata"]["Arn"]
    signing = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    clock.move_to("2026-01-11")
    kms.rotate_key_on_demand(KeyId=rotated)
    clock.move_to("2026-01-16")
    primary = kms.create_key(MultiRegion=True)["KeyMetadata"]["Arn"]
    clock.move_to("2026-01-21")
    kms.replicate_key(KeyId=primary, ReplicaRegion=AWAY)
    many(world, kms.list_keys, 12_000)
    many(world, away.list_keys, 9_000)
    many(world, lambda: kms.sign(KeyId=signing, Message=b"m", SigningAlgorithm="ECDSA_SHA_256"), 2_000)
    stranger = world.account(OTHER).client("kms")
    many(world, lambda: stranger.generate_data_key_pair(KeyId=rotated, KeyPairSpec="RSA_2048"), 1_000)
    clock.move_to("2026-01-26")
    kms.schedule_key_deletion(KeyId=restored, PendingWindowInDays=30)
    clock.move_to("2026-02-08")
    kms.cancel_key_deletion(KeyId=restored)
    clock.move_to("2026-03-01")


def test_the_example_agrees_with_a_calculation_by_hand(aws_world, clock):
    lived(clock, aws_world)
    january, february = aws_world.bill("2026-01"), aws_world.bill("2026-02")

    # January has 31 days. 1 USD a key month, by the hour; the first rotation adds as much; replicas are keys.
    #   rotated    1 + 21/31   from the 11th on with its first rotation
    #   signing    1
    #   restored   25/31       until it was scheduled on the 26th
    #   primary    16/31       from the 16th on
    #   replica    11/31       from the 21st on
    # together 2 + 73/31 = 4.3548
    assert cents(january.keys) == Decimal("4.35")

    # The owner: 7 requests for 4 keys, a rotation, a replica (1 here, 2 of CreateKey there) and a deletion, which makes
    # 9; with the lists 21,009, of which 20,000 are free in whatever Region: 1,009 x 0.000003 = 0.003027.
    # 2,000 signatures of ECC, outside of the free tier: 2,000 x 0.000015 = 0.03.
    assert january.where(account=OWNER).requests == Decimal("0.033027")
    assert january.by_kind["asymmetric"] == Decimal("0.03")
    # All that was above 20,000 was asked away, where the lists came last, but for the deletion.
    assert january.where(kind="symmetric").by_region == {
        "us-east-1": Decimal("0.000003"),
        AWAY: Decimal("0.003024"),
    }
    # 1,000 pairs of RSA, outside of the free tier, paid by who asked, not by the key's owner: 1,000 x 0.0012 = 1.20.
    assert january.where(account=OTHER).total == Decimal("1.20")

    # 4.3548 + 0.0330 + 1.20
    assert cents(january.total) == Decimal("5.59")

    # February has 28 days: five keys, one with a rotation; the deletion was cancelled on the 8th, so that the month is
    # charged whole, and January's last 6 days of 31 in arrears: 6 + 6/31 = 6.1935. The one request is free.
    assert cents(february.total) == Decimal("6.19")
    assert cents(february.where(arrears="2026-01").total) == Decimal("0.19")
    assert (february.request_count, february.requests) == (1, 0)

    assert aws_world.bill("2026").total == january.total + february.total
