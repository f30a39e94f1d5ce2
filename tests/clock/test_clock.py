"""Whoever moves time, the world goes with it: the test's own freeze, time-machine, and the clock of the world."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import boto3
import pytest
from botocore.config import Config
from freezegun import api, freeze_time
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kmsmock
from kmsmock import KmsMockError
from tests.support.claims import OWNER, refused

UTC = timezone.utc


def doomed(kms, days=7):
    """A key that will be gone after so many days."""
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=days)
    return key


def is_gone(kms, key):
    try:
        kms.describe_key(KeyId=key)
    except kms.exceptions.NotFoundException:
        return True
    return False


# --- the freeze of the test itself ----------------------------------------------------------------------------------


def test_a_freeze_around_the_calls_is_the_time_of_the_world(aws_world, kms):
    with freeze_time("2031-02-03 04:05:06"):
        assert aws_world.clock.now() == datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC)
        made = kms.create_key()["KeyMetadata"]
        assert made["CreationDate"] == datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC)
    assert aws_world.clock.now() < datetime(2031, 2, 3, tzinfo=UTC)


@freeze_time("2032-02-29")
def test_the_decorator_freezes_the_world_of_the_fixture(aws_world, kms):
    assert kms.create_key()["KeyMetadata"]["CreationDate"] == datetime(2032, 2, 29, tzinfo=UTC)
    assert aws_world.clock.now() == datetime(2032, 2, 29, tzinfo=UTC)


@freeze_time("2033-03-03")
class TestDecoratedClass:
    def test_each_of_its_tests_is_frozen(self, aws_clock, kms):
        assert kms.create_key()["KeyMetadata"]["CreationDate"] == datetime(2033, 3, 3, tzinfo=UTC)
        aws_clock.advance(days=1)
        assert aws_clock.now() == datetime(2033, 3, 4, tzinfo=UTC)

    def test_and_starts_at_the_same_instant_again(self, aws_clock):
        assert aws_clock.now() == datetime(2033, 3, 3, tzinfo=UTC)


def test_a_frozen_coroutine_sees_frozen_keys(aws_world, kms):
    @freeze_time("2034-04-04")
    async def scenario():
        key = kms.create_key()["KeyMetadata"]
        await asyncio.sleep(0)
        aws_world.clock.advance(days=400)
        await asyncio.sleep(0)
        return key["CreationDate"], aws_world.clock.now()

    assert asyncio.run(scenario()) == (datetime(2034, 4, 4, tzinfo=UTC), datetime(2035, 5, 9, tzinfo=UTC))


def test_a_ticking_freeze_lets_the_world_run_on_from_there(aws_world, kms):
    with freeze_time("2030-01-01", tick=True):
        first = kms.create_key()["KeyMetadata"]["CreationDate"]
        key = doomed(kms)
        assert datetime(2030, 1, 1, tzinfo=UTC) <= first < datetime(2030, 1, 1, 0, 1, tzinfo=UTC)
        before = aws_world.clock.now()
        time.sleep(0.01)
        assert before < aws_world.clock.now() < before + timedelta(minutes=1)
        aws_world.clock.advance(days=7)
        assert is_gone(kms, key)


def test_each_look_at_an_auto_ticking_freeze_passes_time(kms):
    with freeze_time("2030-01-01", auto_tick_seconds=3600):
        key = doomed(kms)
        looks = next(number for number in range(1000) if is_gone(kms, key))
    assert 1 <= looks <= 168


def test_the_freezer_moves_the_world(aws_world, kms):
    with freeze_time("2030-01-01") as frozen:
        key = doomed(kms)
        frozen.move_to("2030-01-07 23:59:59")
        assert not is_gone(kms, key)
        frozen.tick(timedelta(seconds=1))
        assert aws_world.clock.now() == datetime(2030, 1, 8, tzinfo=UTC)
        assert is_gone(kms, key)


def test_the_innermost_freeze_counts_and_leaving_it_undoes_no_deletion(aws_world, kms):
    with freeze_time("2030-01-01"):
        key, later = doomed(kms), doomed(kms, 30)
        with freeze_time("2030-01-09"):
            aws_world.clock.advance(days=1)
            assert aws_world.clock.now() == datetime(2030, 1, 10, tzinfo=UTC)
            assert is_gone(kms, key)
        assert aws_world.clock.now() == datetime(2030, 1, 1, tzinfo=UTC)
        assert (is_gone(kms, key), is_gone(kms, later)) == (True, False)


def test_a_freeze_within_the_clocks_own_freeze_and_back(aws_clock, kms):
    aws_clock.freeze("2030-01-01")
    with freeze_time("2040-01-01"):
        assert aws_clock.advance(hours=1) == datetime(2040, 1, 1, 1, tzinfo=UTC)
    assert aws_clock.now() == datetime(2030, 1, 1, tzinfo=UTC)


# --- the clock of the world -----------------------------------------------------------------------------------------


def test_leaving_the_world_brings_time_back():
    before = time.time()
    with kmsmock.World() as world:
        world.clock.move_to("2050-01-01")
        assert time.time() == datetime(2050, 1, 1, tzinfo=UTC).timestamp()
    assert before <= time.time() < before + 60


def test_a_world_leaves_the_freeze_of_the_test_where_it_moved_it():
    with freeze_time("2030-01-01"):
        with kmsmock.World() as world:
            world.clock.advance(days=1)
        assert datetime.now(UTC) == datetime(2030, 1, 2, tzinfo=UTC)


def test_time_runs_until_the_clock_is_moved_and_again_after_release(aws_clock):
    first = aws_clock.now()
    time.sleep(0.002)
    assert aws_clock.now() > first
    aws_clock.freeze()
    frozen = aws_clock.now()
    time.sleep(0.002)
    assert aws_clock.now() == frozen
    aws_clock.release()
    assert aws_clock.now() > frozen


def test_a_date_is_utc_unless_it_says_otherwise(aws_clock):
    noon = datetime(2030, 6, 1, 12, tzinfo=UTC)
    east = timezone(timedelta(hours=2))
    for given_date in (
        "2030-06-01T12:00",
        "2030-06-01 12:00:00Z",
        "2030-06-01T14:00+02:00",
        datetime(2030, 6, 1, 12),
        datetime(2030, 6, 1, 14, tzinfo=east),
    ):
        assert aws_clock.move_to(given_date) == noon


def test_wrong_moves_say_what_is_accepted(aws_clock):
    with pytest.raises(ValueError, match=r"moves time forward.*use move_to\(\) to go back"):
        aws_clock.advance(days=-1)
    with pytest.raises(TypeError, match="takes either a timedelta or its keywords"):
        aws_clock.advance()
    with pytest.raises(TypeError, match="takes either a timedelta or its keywords"):
        aws_clock.advance(timedelta(1), days=1)
    with pytest.raises(TypeError, match="takes a timedelta or keywords such as days=31, not 3"):
        aws_clock.advance(3)
    with pytest.raises(ValueError, match="not a date that can be read: 'tomorrow'; give ISO 8601"):
        aws_clock.move_to("tomorrow")
    with pytest.raises(TypeError, match="a datetime or an ISO 8601 string is needed, not 5"):
        aws_clock.move_to(5)


def test_what_is_gone_stays_gone_with_its_ciphertexts_and_what_is_not_yet_due_waits(aws_clock, kms, key):
    aws_clock.move_to("2030-01-01")
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    other = doomed(kms, 30)
    aws_clock.move_to("2030-01-08")
    assert is_gone(kms, key)
    aws_clock.move_to("2020-01-01")
    with refused("NotFoundException", f"Key '{key}' does not exist"):
        kms.decrypt(CiphertextBlob=blob)
    assert not is_gone(kms, other)
    aws_clock.move_to("2030-01-31")
    assert is_gone(kms, other)


# --- time-machine ---------------------------------------------------------------------------------------------------


def test_a_traveller_of_time_machine_drives_the_world_and_is_moved_by_its_clock(aws_world, kms):
    time_machine = pytest.importorskip("time_machine")
    with time_machine.travel(datetime(2035, 1, 1, tzinfo=UTC), tick=False) as traveller:
        made = kms.create_key()["KeyMetadata"]
        assert made["CreationDate"] == datetime(2035, 1, 1, tzinfo=UTC)
        key = doomed(kms)
        traveller.shift(timedelta(days=7, seconds=-1))
        assert not is_gone(kms, key)
        aws_world.clock.advance(seconds=1)
        assert datetime.now(UTC) == datetime(2035, 1, 8, tzinfo=UTC)
        assert is_gone(kms, key)
    assert aws_world.clock.now() < datetime(2035, 1, 1, tzinfo=UTC)


def test_a_ticking_traveller_goes_on_from_where_the_clock_put_it(aws_world):
    time_machine = pytest.importorskip("time_machine")
    with time_machine.travel(datetime(2035, 1, 1, tzinfo=UTC)):
        aws_world.clock.move_to("2036-01-01")
        first = aws_world.clock.now()
        time.sleep(0.002)
        assert datetime(2036, 1, 1, tzinfo=UTC) <= first < aws_world.clock.now() < first + timedelta(minutes=1)


# --- one jump is many steps -----------------------------------------------------------------------------------------

START = datetime(2030, 1, 1, tzinfo=UTC)


def life(steps):
    """What a world looks like after these hours: two keys, a doomed one, and one in two Regions."""
    with kmsmock.World(account_id=OWNER) as world:
        world.clock.freeze(START)
        kms = boto3.client("kms", region_name="us-east-1")
        names = {}
        for name, period in (("quarterly", 90), ("yearly", 365), ("shared", 120), ("doomed", 100)):
            key = kms.create_key(MultiRegion=name == "shared")["KeyMetadata"]["KeyId"]
            kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=period)
            names[key] = name
        shared = next(key for key, name in names.items() if name == "shared")
        kms.replicate_key(KeyId=shared, ReplicaRegion="eu-west-1")
        kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=20)
        for hours in steps:
            world.clock.advance(hours=hours)
            kms.list_keys()
        acts = [event for event in world.events if event["eventType"] == "AwsServiceEvent"]
        return [
            (event["eventTime"], event["eventName"], event["awsRegion"], names[event["serviceEventDetails"]["keyId"]])
            for event in acts
        ]


@given(steps=st.lists(st.integers(1, 24 * 200), min_size=2, max_size=12))
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_one_jump_does_what_many_steps_do(steps):
    assert sorted(life(steps)) == sorted(life([sum(steps)]))


# --- many threads ---------------------------------------------------------------------------------------------------


def at_once(number, function):
    """Run a function on so many threads at the same time; what each returned."""
    barrier = threading.Barrier(number)

    def run():
        barrier.wait(timeout=120)
        return function()

    with ThreadPoolExecutor(number) as pool:
        return [each.result() for each in [pool.submit(run) for _ in range(number)]]


def test_no_step_of_eight_simultaneous_ones_is_lost(aws_clock):
    aws_clock.freeze("2030-01-01")
    told = at_once(8, lambda: [aws_clock.advance(seconds=1) for _ in range(5)])
    assert aws_clock.now() == datetime(2030, 1, 1, 0, 0, 40, tzinfo=UTC)
    assert len({each for steps in told for each in steps}) == 40


def test_eight_threads_that_freeze_time_that_runs_share_one_freeze():
    with kmsmock.World() as world:
        before = world.clock.now()
        at_once(8, lambda: world.clock.advance(days=365))
        assert len(api.freeze_factories) == 1
        assert before + timedelta(days=8 * 365) <= world.clock.now() < before + timedelta(days=8 * 365 + 1)
    assert api.freeze_factories == []
    assert datetime.now(UTC).year < 2030


def test_eight_threads_that_back_off_at_once(aws_world):
    """Entry 2 of issue 18: each of them passes time, which nobody held before. One of them may meet all the faults."""
    kms = aws_world.account(OWNER).client("kms", config=Config(retries={"total_max_attempts": 9}))
    key = kms.create_key()["KeyMetadata"]["Arn"]
    before = aws_world.clock.now()
    with aws_world.fault("kms", "Encrypt", error="ThrottlingException", times=8):
        blobs = at_once(8, lambda: kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"])
    assert len(blobs) == 8
    assert len(api.freeze_factories) == 1
    assert before < aws_world.clock.now() < before + timedelta(minutes=10)


def test_threads_that_hold_and_release_time_while_others_look_at_it(aws_clock):
    def hold():
        for _ in range(5):
            aws_clock.skip(10)
            aws_clock.freeze("2031-01-01")
            assert aws_clock.now().year == 2031
        return True

    assert at_once(4, hold) == [True] * 4
    aws_clock.release()
    assert api.freeze_factories == []


def test_a_freeze_of_the_test_that_outlives_the_world_in_which_the_clock_froze_first():
    """Entry 11 of issue 18: freezegun's own stop put back nothing of what the clock's freeze had replaced."""
    freezer = freeze_time("2040-01-01")
    with kmsmock.World() as world:
        world.clock.freeze("2030-01-01")
        freezer.start()
    assert datetime.now(UTC).year < 2030
    freezer.stop()
    assert api.freeze_factories == []
    assert type(datetime.now()) is datetime


# --- the end of time ------------------------------------------------------------------------------------------------


def test_time_ends_where_the_plans_of_aws_would_be_no_dates_any_more(aws_clock, kms):
    aws_clock.move_to("9989-12-31T23:59:59")
    key = doomed(kms, 30)
    rotated = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.enable_key_rotation(KeyId=rotated, RotationPeriodInDays=2560)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["DeletionDate"].year == 9990
    with pytest.raises(ValueError, match="time ends with the year 9989"):
        aws_clock.advance(days=1)
    with pytest.raises(ValueError, match="9999-12-31: time ends with the year 9989"):
        aws_clock.freeze("9999-12-31")
    with freeze_time("9999-12-31"), pytest.raises(KmsMockError, match="time ends with the year 9989"):
        kms.list_keys()
    assert aws_clock.now().year == 9989
