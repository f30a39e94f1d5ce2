"""A timeout or Ctrl-C strikes anywhere in the beginning and end of a world, and in a freeze: all is as it was before."""

import copyreg
import datetime
import gc
import os
import threading
import time

import boto3
import botocore.endpoint
import freezegun
import moto.core.utils
import pytest
import requests
from freezegun import api
from moto.core.base_backend import BackendDict
from moto.core.models import MockAWS, botocore_stubber

import kmsmock
from kmsmock import active, entropy
from kmsmock.clock import moving
from kmsmock.door import patched
from kmsmock.model.turns import turn
from tests.support.claims import OWNER
from tests.support.interrupts import lines_of, strike

EARLY = boto3.Session().client(
    "s3", region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing"
)
DATES = (datetime.datetime, datetime.date)  # kept before time is held
SHOWN = ("time", "monotonic", "perf_counter", "time_ns", "localtime", "gmtime", "strftime")


# freezegun makes an event loop to look at its class: struck before it is closed, it is left to the collector
pytestmark = [
    pytest.mark.few_modules,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore:unclosed:ResourceWarning"),
]


@pytest.fixture(autouse=True)
def nothing_is_left_for_the_tests_to_come():
    yield
    gc.collect()


def seen():
    """What a world may change of the process."""
    return {
        "environment": {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"},
        "session": boto3.DEFAULT_SESSION,
        "worlds": active.active(),
        "replaced": patched(),
        "botocore": (botocore.endpoint.Endpoint.make_request, botocore.endpoint.time),
        "requests": requests.adapters.HTTPAdapter.send,
        "threads": threading.Thread.start,
        "moto": (MockAWS._nested_count, MockAWS._mocks_active, botocore_stubber.enabled),
        "backends": [dict(each) for each in BackendDict._instances],
        "seeds": list(entropy._streams),
        "freezers": (list(api.freeze_factories), list(api.ignore_lists), list(api.tick_flags), list(api.tz_offsets)),
        "time": [getattr(time, name) for name in SHOWN],
        "dates": (datetime.datetime, datetime.date),
        "pickling": set(copyreg.dispatch_table),
        "in other modules": (moto.core.utils.datetime, api.uuid._UuidCreate),
        "lock": lock_is_free(),
        "locks": [repr(each).startswith("<unlocked ") for each in (active.changing.held, moving.held, turn)],
    }


def lock_is_free():
    """Whether another thread could enter a world."""
    taken = []

    def look():
        taken.append(active.changing.held.acquire(timeout=30))
        active.changing.held.release()

    looker = threading.Thread(target=look)
    looker.start()
    looker.join()
    return taken


def test_a_world_that_begins():
    with kmsmock.World():
        pass
    before = seen()
    world = kmsmock.World(region_name="eu-west-1")
    lines = lines_of(world.start)
    world.stop()
    for line in lines:
        world = kmsmock.World(region_name="eu-west-1")
        if not strike(world.start, line):
            world.stop()
        assert seen() == before, line
    assert len(lines) > 100


def test_a_world_that_is_entered_by_with():
    """What ``with`` has not entered, it does not leave."""
    with kmsmock.World():
        pass
    before = seen()

    def enter():
        with world:
            pass

    world = kmsmock.World()
    lines = [line for line in lines_of(enter) if line[0].endswith("/kmsmock/world/world.py")]
    for line in lines:
        world = kmsmock.World()
        assert strike(enter, line)
        if world.identities.origin.state == "active":  # it struck before the first line of leaving: nothing was done
            world.stop()
        assert seen() == before, line


def test_a_world_that_ends_with_time_held_and_somebody_acting():
    with kmsmock.World():
        pass
    before = seen()

    def begun():
        world = kmsmock.World()
        world.start()
        EARLY.create_bucket(Bucket="bucket")
        world.act_as(world.account(OWNER).root)
        world.clock.freeze("2040-01-01")
        freezegun.freeze_time("2041-01-01").start()
        return world

    world = begun()
    lines = lines_of(world.stop)
    assert seen() == before
    for line in lines:
        world = begun()
        strike(world.stop, line)
        if world.identities.origin.state == "active":
            world.stop()
        assert seen() == before, line
    assert len(lines) > 100


def test_a_world_inside_leaves_the_one_outside_as_it_was():
    with kmsmock.World() as outer:
        EARLY.create_bucket(Bucket="of-the-outer")
        with kmsmock.World():
            pass
        before = seen()
        world = kmsmock.World()
        lines = lines_of(world.start)
        world.stop()
        for line in lines[::3]:
            world = kmsmock.World()
            if not strike(world.start, line):
                world.stop()
            assert seen() == before, line
        assert active.active() is outer.store
        assert [each["Name"] for each in EARLY.list_buckets()["Buckets"]] == ["of-the-outer"]


@pytest.mark.parametrize("name", ["freeze", "advance", "skip", "release", "nested"])
def test_a_freeze(name):
    """Whatever was struck: time is as it was before, or as it was to be; and runs again after the world."""
    actions = {
        "freeze": lambda clock: clock.freeze("2040-01-01"),
        "advance": lambda clock: clock.advance(days=4000),
        "skip": lambda clock: clock.skip(1000),
        "release": lambda clock: clock.release(),
        "nested": lambda clock: (clock.skip(10), clock.freeze("2040-01-01")),
    }
    with kmsmock.World():
        pass
    before = seen()
    with kmsmock.World() as world:
        if name == "release":
            world.clock.freeze("2040-01-01")
        lines = lines_of(lambda: actions[name](world.clock))
    assert seen() == before
    for line in lines:
        with kmsmock.World() as world:
            if name == "release":
                world.clock.freeze("2040-01-01")
            strike(lambda: actions[name](world.clock), line)
            held = len(api.freeze_factories)
            assert held == len(api.ignore_lists) == len(api.tick_flags) == len(api.tz_offsets) <= 1, line
            assert (datetime.datetime is not DATES[0]) == (held == 1), line
            world.clock.freeze("2031-01-01")
            assert datetime.datetime.now().year == 2031, line
        assert seen() == before, line
