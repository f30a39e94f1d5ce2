"""Children have a copy of the world, or none; in neither case a way out. See "Threads, tasks and processes"."""

import json
import multiprocessing
import os

import boto3
import pytest

import kmsmock
from tests.support import child
from tests.support.claims import OWNER

CLOSED = "kmsmock-the-world-is-in-the-parent-process"


def forked(function):
    """What a function answers in a child that is forked."""
    here, there = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(there, json.dumps(function()).encode())
        finally:
            os._exit(0)
    os.close(there)
    with os.fdopen(here) as pipe:
        said = pipe.read()
    os.waitpid(pid, 0)
    return json.loads(said)


def by_server(context):
    here, there = context.Pipe()
    process = context.Process(target=child.send_environment, args=(there,))
    process.start()
    there.close()
    shown = json.loads(here.recv())
    here.close()
    process.join()
    return shown


def test_a_forked_child_has_a_copy_that_nobody_else_sees(aws_world, kms):
    kms.create_key()

    def in_the_child():
        kms.create_key()
        aws_world.clock.advance(days=400)
        with kmsmock.World() as inner:
            inside = len(inner.account(OWNER).client("kms").list_keys()["Keys"])
        return len(kms.list_keys()["Keys"]), inside

    assert forked(in_the_child) == [2, 0]
    assert len(kms.list_keys()["Keys"]) == 1


def test_a_forked_child_has_no_way_out(aws_world):
    def in_the_child():
        try:
            boto3.client("braket", "us-east-1").search_devices(filters=[])
        except Exception as error:
            return type(error).__name__
        return None

    assert forked(in_the_child) == "RealRequestRefused"


def test_a_child_of_a_thread_that_holds_locks_goes_on(aws_world, kms):
    from kmsmock import active, clock

    with active.changing.held, clock.moving.held:
        assert forked(lambda: aws_world.clock.advance(days=1).year) >= 2024


@pytest.mark.skipif(
    "forkserver" not in multiprocessing.get_all_start_methods(), reason="there are no servers that fork on Windows"
)
def test_children_of_a_server_that_was_there_before_do_not_reach_aws():
    context = multiprocessing.get_context("forkserver")
    plain = by_server(context)
    with kmsmock.World():
        assert CLOSED in by_server(context)["AWS_ENDPOINT_URL"]
        assert CLOSED in by_server(context)["AWS_ENDPOINT_URL"]
    assert by_server(context).get("AWS_ENDPOINT_URL") == plain.get("AWS_ENDPOINT_URL")
