"""Worlds that threads and tasks enter, leave in another order than they entered, or do not wait for.

Each is left as `with` leaves it, or KmsMockError says what is wrong; no call gets into another's world, nor to AWS.
"""

import asyncio
import datetime
import threading
from concurrent.futures import ThreadPoolExecutor

import boto3
import botocore.endpoint
import pytest
import requests

import kmsmock
from kmsmock import KmsMockError
from kmsmock.door import patched
from tests.support.claims import OWNER

EARLY = boto3.Session().client(
    "s3", region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing"
)
EARLY_SESSION = boto3.Session("testing", "testing", region_name="us-east-1")
ORIGINAL = botocore.endpoint.Endpoint.make_request
OVER = "began in a kmsmock world that is over: it goes neither into another world nor to AWS"
ELSEWHERE = r"a kmsmock world is active that .* entered: .* one inside of the other, by one thread or task"
INSIDE = r"began in a kmsmock world inside of which .* has entered another: only one can answer"


@pytest.fixture(autouse=True)
def nothing_is_left():
    yield
    assert patched() == ""
    assert botocore.endpoint.Endpoint.make_request is ORIGINAL
    with kmsmock.World():
        assert EARLY.list_buckets()["Buckets"] == []


def names():
    return [each["Name"] for each in EARLY.list_buckets()["Buckets"]]


def refused(match, function, *args):
    with pytest.raises(KmsMockError, match=match):
        function(*args)
    return True


def in_thread(function):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result(timeout=120)


def enter_and_leave():
    with kmsmock.World():
        return True


# --- entering -------------------------------------------------------------------------------------------------------


def test_a_second_thread_cannot_enter_one_while_the_first_has_one():
    with kmsmock.World():
        assert in_thread(lambda: refused(ELSEWHERE, enter_and_leave))
        EARLY.create_bucket(Bucket="bucket")
        assert names() == ["bucket"]
    assert in_thread(enter_and_leave)


def test_of_eight_threads_that_begin_at_once_one_has_the_world():
    barrier, ready = threading.Barrier(8), threading.Barrier(8)

    def enter():
        world = kmsmock.World()
        barrier.wait(timeout=120)
        try:
            world.start()
        except KmsMockError as error:
            ready.wait(timeout=120)
            return str(error)
        EARLY.create_bucket(Bucket="mine")
        ready.wait(timeout=120)
        world.stop()
        return "entered"

    with ThreadPoolExecutor(8) as pool:
        said = [each.result() for each in [pool.submit(enter) for _ in range(8)]]
    assert said.count("entered") == 1
    assert sum("a kmsmock world is active that ThreadPool" in each for each in said) == 7


def test_a_second_task_cannot_enter_one_while_the_first_has_one():
    async def first(inside, leave):
        with kmsmock.World():
            EARLY.create_bucket(Bucket="first")
            inside.set()
            await leave.wait()
            assert names() == ["first"]

    async def second(inside, leave):
        await inside.wait()
        assert refused(ELSEWHERE, enter_and_leave)
        leave.set()

    async def main():
        inside, leave = asyncio.Event(), asyncio.Event()
        await asyncio.gather(first(inside, leave), second(inside, leave))
        assert enter_and_leave()

    asyncio.run(main())


def test_a_task_enters_one_inside_of_that_of_its_test(aws_world):
    """As an asynchronous test does that asks for the fixture."""

    async def main():
        EARLY.create_bucket(Bucket="outer")
        with kmsmock.World():
            assert names() == []
            await asyncio.gather(asyncio.to_thread(EARLY.create_bucket, Bucket="by-a-thread"), asyncio.sleep(0))
            assert names() == ["by-a-thread"]
        return names()

    assert asyncio.run(main()) == ["outer"]


def test_a_fixture_that_is_set_up_in_a_task_of_its_own():
    """So do pytest-asyncio and others: setting up, test and tearing down are tasks one after the other."""
    world = kmsmock.World()

    async def up():
        world.start()

    async def run():
        EARLY.create_bucket(Bucket="bucket")
        with kmsmock.World():
            assert names() == []
        return names()

    async def down():
        world.stop()

    loop = asyncio.new_event_loop()
    loop.run_until_complete(up())
    assert loop.run_until_complete(run()) == ["bucket"]
    loop.run_until_complete(down())
    loop.close()


def test_a_world_may_be_left_by_another_thread():
    world, today = kmsmock.World(), datetime.date.today()
    world.start()
    world.clock.advance(days=400)
    in_thread(world.stop)
    assert patched() == ""
    assert (datetime.date.today() - today).days in (0, 1)
    assert refused("this world is not active: it was left before", world.stop)


# --- a call from elsewhere ------------------------------------------------------------------------------------------


def test_a_thread_of_the_outer_world_does_not_call_into_the_inner_one():
    go, done, said = threading.Event(), threading.Event(), []

    def work():
        assert go.wait(120)
        said.append(refused(INSIDE, EARLY.list_buckets))
        said.append(refused(INSIDE, requests.get, "https://s3.amazonaws.com/"))
        done.set()

    with kmsmock.World():
        thread = threading.Thread(target=work)
        thread.start()
        with kmsmock.World():
            go.set()
            assert done.wait(120)
            assert names() == []
        thread.join()
    assert said == [True, True]


def test_a_task_of_the_outer_world_does_not_call_into_the_inner_one(aws_world):
    async def main():
        inside, asked = asyncio.Event(), asyncio.Event()

        async def other():
            await inside.wait()
            asked.said = refused(INSIDE, EARLY.list_buckets)
            asked.set()

        task = asyncio.create_task(other())
        with kmsmock.World():
            inside.set()
            await asked.wait()
        await task
        return asked.said

    assert asyncio.run(main())


def test_a_client_of_the_outer_worlds_account_does_not_act_in_the_inner_one(aws_world):
    client = aws_world.account(OWNER).client("s3")
    with kmsmock.World():
        assert in_thread(lambda: refused("which is not the innermost active world", client.list_buckets))


def test_a_thread_from_before_works_in_whichever_world_is_active():
    """A worker of the whole process is of no world."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(int).result()  # the thread begins
        with kmsmock.World():
            pool.submit(EARLY.create_bucket, Bucket="bucket").result()
            assert names() == ["bucket"]
            with kmsmock.World():
                assert pool.submit(names).result() == []


# --- who outlives his world -----------------------------------------------------------------------------------------


def outliving(call, *, inside=False):
    """What a thread that began in a world says of a call that it makes after it, and in the next world."""
    go, said = threading.Event(), []

    def work():
        assert go.wait(120)
        try:
            said.append(call())
        except BaseException as error:
            said.append(error)

    with kmsmock.World():
        thread = threading.Thread(target=work)
        thread.start()
    if inside:
        with kmsmock.World() as world:
            go.set()
            thread.join()
            assert world.events == []
    go.set()
    thread.join()
    return said[0]


CALLS = {
    "a client from before all worlds": EARLY.list_buckets,
    "a session from before all worlds": lambda: EARLY_SESSION.client("kms").list_keys(),
    "a new session": lambda: boto3.Session("testing", "testing", region_name="us-east-1").client("kms").list_keys(),
}


@pytest.mark.parametrize("inside", [False, True], ids=["after it", "in the next"])
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_thread_that_outlives_its_world_calls_neither_aws_nor_the_next_world(call, inside):
    said = outliving(call, inside=inside)
    assert isinstance(said, KmsMockError)
    assert OVER in str(said)


def test_nor_does_a_task():
    async def main():
        over = asyncio.Event()

        async def work():
            await over.wait()
            return refused(OVER, EARLY.list_buckets)

        with kmsmock.World():
            task = asyncio.create_task(work())
            await asyncio.sleep(0)
        over.set()
        return await task

    assert asyncio.run(main())


def test_a_thread_that_outlives_its_world_may_have_one_of_its_own():
    def own():
        with kmsmock.World():
            return EARLY.list_buckets()["Buckets"]

    assert outliving(own) == []


def test_work_that_is_handed_to_an_old_executor_is_that_of_the_new_world():
    with ThreadPoolExecutor(1) as pool:
        with kmsmock.World():
            pool.submit(names).result()
        with kmsmock.World():
            pool.submit(EARLY.create_bucket, Bucket="bucket").result()
            assert names() == ["bucket"]


# --- leaving out of order -------------------------------------------------------------------------------------------


def test_worlds_left_in_the_wrong_order_are_both_over():
    outer, inner = kmsmock.World(), kmsmock.World()
    outer.start()
    inner.start()
    assert refused("a world was left while another, entered inside it, was active: both are over", outer.stop)
    assert refused("this world is not active: it was left before, or with the world outside of it", inner.stop)
    assert refused("this world is not active", outer.stop)


def test_a_generator_that_is_closed_late():
    def fixture():
        with kmsmock.World() as world:
            yield world

    late = fixture()
    next(late)
    with pytest.raises(KmsMockError, match="this world is not active"), kmsmock.World():
        assert refused("both are over", late.close)


def test_an_asynchronous_generator_that_is_closed_by_its_loop():
    """One that nobody closes is closed as the loop ends, in a task of the loop's own."""

    async def fixture():
        with kmsmock.World() as world:
            yield world

    async def main():
        world = await late.__anext__()
        world.clock.advance(days=400)
        return world

    late = fixture()
    world = asyncio.run(main())
    assert patched() == ""
    assert refused("this world is not active: it was left before", world.stop)


def test_a_world_that_was_not_entered_is_not_left():
    assert refused("this world is not active: it was not entered", kmsmock.World().stop)
