"""Entry 28 of "Truth": leaving a world restores everything, whatever the test did to the environment, time and patches."""

import datetime
import os
import time
from unittest import mock

import boto3
import botocore.endpoint
import freezegun
import pytest
import requests
from moto import mock_aws

import kmsmock
from kmsmock import KmsMockError
from tests.support.claims import OWNER

NAMES = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "AWS_DEFAULT_REGION",
    "MOTO_ACCOUNT_ID",
)
EARLY = boto3.Session().client(
    "s3", region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing"
)


@pytest.fixture(autouse=True)
def all_is_as_it_was():
    def seen():
        shown = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
        return shown, boto3.DEFAULT_SESSION, botocore.endpoint.Endpoint.make_request

    before = seen()
    yield
    assert seen() == before
    assert abs(time.time() - datetime.datetime.now().timestamp()) < 5
    assert datetime.datetime.now().year < 2030
    with kmsmock.World():  # the next world works, and is empty
        assert EARLY.list_buckets()["Buckets"] == []
        EARLY.create_bucket(Bucket="next")
    with mock_aws():
        assert EARLY.list_buckets()["Buckets"] == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("given", [None, "333333333333"])
def test_variables_that_the_test_takes_away_come_back(monkeypatch, name, given):
    if given is None:
        monkeypatch.delenv(name, raising=False)
    elif name == "AWS_PROFILE":
        return
    else:
        monkeypatch.setenv(name, given)
    before = dict(os.environ)
    with kmsmock.World() as world:
        world.clock.advance(days=4000)
        os.environ.pop(name, None)
    assert dict(os.environ) == before


@pytest.mark.parametrize("name", NAMES)
def test_variables_that_the_test_sets_go(monkeypatch, name):
    monkeypatch.delenv(name, raising=False)
    before = dict(os.environ)
    with kmsmock.World() as world:
        world.clock.advance(days=4000)
        os.environ[name] = "333333333333"
    assert dict(os.environ) == before


def test_all_variables_of_aws_taken_away_inside_a_block():
    before = dict(os.environ)
    with kmsmock.World() as world, world.account(OWNER).role("app").acting():
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            del os.environ[name]
    assert dict(os.environ) == before


def test_a_teardown_after_the_worlds_takes_its_own_back():
    """A fixture that sets before and takes away after the world."""
    patch = mock.patch.dict(os.environ, {"AWS_ACCESS_KEY_ID": "mine"})
    patch.start()
    with kmsmock.World():
        assert os.environ["AWS_ACCESS_KEY_ID"] == "mine"
    patch.stop()


def test_a_mock_that_was_left_open_is_closed():
    with kmsmock.World():
        mock_aws().start()
        EARLY.create_bucket(Bucket="inside")
    with pytest.raises(requests.ConnectionError):  # its patch of requests is gone as well
        requests.get("http://127.0.0.1:1/", timeout=1)


def test_a_mock_that_began_outside_and_ends_inside():
    outer = mock_aws()
    outer.start()
    with kmsmock.World():
        EARLY.list_buckets()
        outer.stop()


def test_time_that_the_test_froze_and_left_frozen_runs_again():
    with kmsmock.World() as world:
        world.clock.advance(days=4000)
        freezegun.freeze_time("2040-01-01").start()
        assert world.clock.now().year == 2040


def test_a_freeze_that_began_inside_and_ends_after():
    freezer = freezegun.freeze_time("2040-01-01")
    with kmsmock.World():
        freezer.start()
    freezer.stop()


def test_a_freeze_that_began_before_the_world_and_ends_inside():
    freezer = freezegun.freeze_time("2040-01-01")
    freezer.start()
    with kmsmock.World() as world:
        world.clock.advance(days=1)
        freezer.stop()


def test_a_freeze_of_the_test_between_two_of_the_clocks():
    with kmsmock.World() as world:
        world.clock.freeze("2041-01-01")
        with freezegun.freeze_time("2042-01-01"):
            world.clock.advance(days=1)
        assert world.clock.now().year == 2041


def test_a_patch_of_the_test_that_outlives_the_world():
    patch = mock.patch.object(botocore.endpoint.Endpoint, "_send", autospec=True, side_effect=ZeroDivisionError)
    with kmsmock.World():
        patch.start()
        EARLY.list_buckets()
    patch.stop()
    local = boto3.Session().client(
        "s3",
        endpoint_url="http://127.0.0.1:1",
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
        config=boto3.session.Config(retries={"total_max_attempts": 1}),
    )
    with pytest.raises(Exception, match="Could not connect to the endpoint URL"):
        local.list_buckets()


def test_a_patch_of_the_test_that_began_before_the_world_and_ends_inside():
    original = botocore.endpoint.Endpoint.make_request
    patch = mock.patch.object(botocore.endpoint.Endpoint, "make_request", autospec=True, side_effect=original)
    patch.start()
    with kmsmock.World():
        patch.stop()
    assert botocore.endpoint.Endpoint.make_request is original


def test_a_default_session_that_the_test_made_goes():
    with kmsmock.World():
        boto3.setup_default_session(region_name="eu-central-1")


def test_a_world_inside_that_was_left_open_ends_with_the_outer_one():
    outer, inner = kmsmock.World(), kmsmock.World()
    outer.start()
    inner.start()
    inner.clock.advance(days=4000)
    with pytest.raises(KmsMockError, match=r"entered inside it.*leave it first"):
        outer.stop()


def test_an_error_while_leaving_leaves_nothing_behind():
    world = kmsmock.World()
    world.start()
    EARLY.create_bucket(Bucket="bucket")
    world.clock.advance(days=4000)
    with mock.patch("moto.s3.models.S3Backend.reset", side_effect=ZeroDivisionError), pytest.raises(ZeroDivisionError):
        world.stop()


def test_a_wrapper_of_before_is_called_inside_and_still_there_after(monkeypatch):
    """Entry 11 of issue 18: such as that of a tracer."""
    seen, original = [], botocore.endpoint.Endpoint.make_request

    def traced(self, operation_model, request_dict):
        seen.append(operation_model.name)
        return original(self, operation_model, request_dict)

    monkeypatch.setattr(botocore.endpoint.Endpoint, "make_request", traced)
    with kmsmock.World():
        EARLY.list_buckets()
    assert seen == ["ListBuckets"]
    assert botocore.endpoint.Endpoint.make_request is traced
    monkeypatch.undo()
