"""Blocks of ``acting()`` that others see: clients that were made in them, threads that served them, what is left open."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest

import kmsmock
from tests.support.claims import OWNER, allow, refused
from tests.support.policies import signing

ROOT = "arn:aws:iam::123456789012:root"
EARLY = boto3.client("sts", region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing")


def who(client=EARLY):
    return client.get_caller_identity()["Arn"]


def arn(name):
    return f"arn:aws:sts::{OWNER}:assumed-role/{name}/kmsmock"


@pytest.fixture
def reader(owner):
    return owner.role("reader", [allow("*")])


@pytest.fixture
def writer(owner):
    return owner.role("writer", [allow("*")])


def test_a_client_that_saw_the_block_of_another_thread_is_nobodys_while_that_lasts(reader, writer):
    """The environment is of the whole process, and whoever finds credentials in it there was not meant by them."""
    inside, leave = threading.Event(), threading.Event()

    def work():
        with reader.acting():
            inside.set()
            leave.wait(10)

    with writer.acting():
        before = boto3.client("sts")
        assert who(before) == arn("writer")
    thread = threading.Thread(target=work)
    thread.start()
    inside.wait(10)
    seen = boto3.client("sts")
    during = who(seen), who(before)
    leave.set()
    thread.join(10)
    assert during == (ROOT, arn("writer"))
    assert (who(seen), who(before)) == (arn("reader"), arn("writer"))


def test_the_thread_of_an_executor_is_nobody_again_once_the_work_is_done(reader):
    seen, go = [], threading.Event()
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(who).result() == ROOT
        with reader.acting():
            work = pool.submit(lambda: (go.wait(10), seen.append(who())))
        work.add_done_callback(lambda _: seen.append(who()))
        go.set()
    assert seen == [arn("reader"), ROOT]


def test_a_block_left_open_in_an_inner_world_leaves_the_outer_one_its_environment(reader):
    before = dict(os.environ)
    with reader.acting():
        with kmsmock.World() as inner:
            left_open = inner.account("999999999999").role("inner", [allow("*")]).acting()
            left_open.__enter__()
        assert who() == who(boto3.client("sts")) == arn("reader")
    assert dict(os.environ) == before
    assert who() == who(boto3.client("sts")) == ROOT
    left_open.__exit__(None, None, None)
    assert dict(os.environ) == before


def test_a_deleted_key_is_refused_also_where_somebody_acts(owner, reader):
    """It was issued once, so it is not ambient, and nobody else's permissions are its."""
    alice = owner.user("alice", [allow("*")])
    given = dict(zip(("AccessKeyId", "SecretAccessKey"), alice.credentials, strict=False))
    owner.client("iam").delete_access_key(UserName="alice", AccessKeyId=given["AccessKeyId"])
    client = signing(given)
    with (
        reader.acting(),
        refused("UnrecognizedClientException", "The security token included in the request is invalid."),
    ):
        client.list_keys()


def test_whoever_acts_for_a_whole_test_is_shown_and_followed_by_another(aws_world, reader, writer):
    before = dict(os.environ)
    for principal in (reader, writer):
        aws_world.act_as(principal)
        assert who() == who(boto3.client("sts")) == arn(principal.arn.rpartition("/")[2])
        assert (os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SESSION_TOKEN"]) == principal.credentials[::2]
    aws_world.act_as(None)
    assert who() == ROOT
    assert dict(os.environ) == before


def test_ending_what_acts_for_the_whole_test_leaves_a_block_as_it_is(aws_world, reader):
    before = dict(os.environ)
    with reader.acting():
        aws_world.act_as(None)
        assert os.environ["AWS_ACCESS_KEY_ID"] == reader.credentials[0]
        assert who(boto3.client("sts")) == arn("reader")
    assert dict(os.environ) == before
