"""Of any life: the parts of a bill are its total, a year is its months, and each hour of a key costs what it should."""

from collections import Counter
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kmsmock
from tests.support.billing import AWAY

BEGIN = datetime(2027, 12, 25, tzinfo=timezone.utc)
WAITS = st.timedeltas(timedelta(0), timedelta(days=29))
STEPS = st.lists(st.tuples(st.sampled_from(["schedule", "cancel", "rotate", "sign", "replicate"]), WAITS), max_size=8)


class Told:
    """What happened to one key, hour by hour: which hours cost how many materials, and which it waited for."""

    def __init__(self, now):
        self.born, self.rotated, self.waits = now, [], []

    def cost(self, until):
        """Of all hours that are charged at last, whenever that is; each month has its own price of an hour."""
        end = self.waits[-1][0] if self.waits and self.waits[-1][1] is None else until
        hours, hour = Counter(), self.born.replace(minute=0, second=0, microsecond=0)
        while hour < end:
            following = hour + timedelta(hours=1)
            hours[hour.year, hour.month] += 1 + min(2, sum(when < following for when in self.rotated))
            hour = following
        return sum(Fraction(count, days_of(*month) * 24) for month, count in hours.items())


def days_of(year, month):
    following = datetime(year + month // 12, month % 12 + 1, 1)
    return (following - datetime(year, month, 1)).days


def live(world, steps):
    """The key's story as told by whoever does it; what its state does not allow is left out."""
    kms = world.account("111111111111").client("kms")
    told, key = Told(world.clock.now()), kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    pair = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    replicated = False
    for step, wait in steps:
        now = world.clock.now()
        if told.waits and told.waits[-1][1] is None and now - told.waits[-1][0] >= timedelta(days=29):
            break  # it may be gone
        state = kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"]
        if step == "schedule" and state in ("Enabled", "Disabled") and not replicated:
            kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=30)
            told.waits.append((now.replace(microsecond=0), None))
        elif step == "cancel" and state == "PendingDeletion":
            kms.cancel_key_deletion(KeyId=key)
            kms.enable_key(KeyId=key)
            told.waits[-1] = (told.waits[-1][0], now)
        elif step == "rotate" and state == "Enabled":
            kms.rotate_key_on_demand(KeyId=key)
            told.rotated.append(now)
            kms.list_keys()
        elif step == "replicate" and state == "Enabled" and not replicated:
            kms.replicate_key(KeyId=key, ReplicaRegion=AWAY)
            replicated = True
        elif step == "sign":
            kms.sign(KeyId=pair, Message=b"m", SigningAlgorithm="RSASSA_PSS_SHA_256")
        world.clock.advance(wait)
    return key, told


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def test_the_parts_are_the_total_and_years_are_their_months(steps):
    with kmsmock.World(seed="laws") as world:
        world.clock.freeze(BEGIN)
        key, told = live(world, steps)
        now = world.clock.now()
        years = [world.bill(str(year), prices={"free requests": 7}) for year in range(2027, now.year + 1)]
        for year in years:
            months = [world.bill(month, prices={"free requests": 7}) for month in year.by_month]
            assert year.total == sum((bill.total for bill in months), Decimal(0))
            assert sum(bill.request_count for bill in months) == year.request_count
            for parts in (year.by_account, year.by_region, year.by_kind, year.by_month):
                assert sum(parts.values()) == year.total
            assert year.keys + year.requests == year.total == sum(line.amount for line in year.lines)
            assert Decimal(year.as_dict()["total"]) == year.total
        arn = f"arn:aws:kms:us-east-1:111111111111:key/{key}"
        billed = sum(year.where(key=arn).keys for year in years)
        assert abs(Fraction(billed) - told.cost(now)) < Fraction(1, 10**7)
