"""Threads and tasks share a world: what one does no other loses, and whoever waits for another lets it go on."""

import asyncio
import io
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest

from kmsmock.model.turns import given_up, turn
from tests.support.crowd import EVERYTHING, Crowd, expected
from tests.support.servers import serving

pytestmark = pytest.mark.usefixtures("aws_world")
AT_ONCE = 5


@pytest.fixture(autouse=True)
def _threads_change_places_all_the_time():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def together(work):
    """Do it in as many threads that begin at once; raises what one of them raised."""
    ready = threading.Barrier(AT_ONCE)

    def run(number):
        ready.wait()
        return work(number)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(run, range(AT_ONCE)))


# --- exact counts -----------------------------------------------------------------------------------------------------


def test_a_managed_key_is_made_once_however_many_first_uses_there_are(aws_world):
    s3, kms = boto3.client("s3"), boto3.client("kms")
    s3.create_bucket(Bucket="bucket")
    together(lambda n: s3.put_object(Bucket="bucket", Key=str(n), Body=b"x", ServerSideEncryption="aws:kms"))
    used = {s3.head_object(Bucket="bucket", Key=str(n))["SSEKMSKeyId"] for n in range(AT_ONCE)}
    assert used == {kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["Arn"]}
    assert len(kms.list_keys()["Keys"]) == 1


def test_threads_lose_nothing_and_are_told_nothing_that_aws_would_not_tell(aws_world):
    crowd = Crowd(aws_world)
    together(lambda number: [work(crowd, f"name{number}") for work in EVERYTHING])
    assert crowd.counted() == expected(AT_ONCE)


def test_tasks_lose_nothing_either(aws_world):
    crowd = Crowd(aws_world)

    async def everything():
        tasks = [asyncio.to_thread(work, crowd, f"name{number}") for number in range(AT_ONCE) for work in EVERYTHING]
        await asyncio.gather(*tasks)

    asyncio.run(everything())
    assert crowd.counted() == expected(AT_ONCE)


def test_threads_that_share_a_new_client_find_its_door_open():
    s3 = boto3.client("s3")
    assert [each["Buckets"] for each in together(lambda _: s3.list_buckets())] == [[]] * AT_ONCE


def test_what_fails_a_number_of_times_fails_as_often_among_threads(aws_world):
    kms = boto3.client("kms", config=boto3.session.Config(retries={"total_max_attempts": 1}))
    failure = kms.exceptions.KMSInternalException  # which botocore makes without a lock, so before there are threads

    def ask(_):
        try:
            kms.list_keys()
        except failure:
            return "failed"
        return "answered"

    with aws_world.fault("kms", "ListKeys", error="KMSInternalException", times=AT_ONCE - 2):
        assert sorted(together(ask)) == ["answered"] * 2 + ["failed"] * (AT_ONCE - 2)


# --- whoever waits for another thread ---------------------------------------------------------------------------------


def in_thread(work):
    """Do it in a thread of its own. Raises AssertionError where that waits for us."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(60)
    assert not thread.is_alive(), "a thread waits for its turn"


def test_who_polls_a_queue_gets_what_is_sent_meanwhile():
    """ReceiveMessage with WaitTimeSeconds ("Amazon SQS short and long polling")."""
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="queue", Attributes={"KmsMasterKeyId": "alias/aws/sqs"})["QueueUrl"]
    with ThreadPoolExecutor(1) as pool:
        polling = pool.submit(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=20)
        in_thread(lambda: sqs.send_message(QueueUrl=url, MessageBody="hello"))
        assert [each["Body"] for each in polling.result()["Messages"]] == ["hello"]


@pytest.mark.parametrize("send", ["put_object", "upload_fileobj"])
def test_an_upload_may_be_fed_by_a_thread_that_makes_requests(send):
    s3, kms = boto3.client("s3"), boto3.client("kms")
    s3.create_bucket(Bucket="bucket")

    class Fed(io.BytesIO):
        def read(self, *args):
            in_thread(kms.list_keys)
            return super().read(*args)

    if send == "put_object":
        s3.put_object(Bucket="bucket", Key="k", Body=Fed(b"hello"))
    else:
        s3.upload_fileobj(Fed(b"hello"), "bucket", "k")
    assert s3.get_object(Bucket="bucket", Key="k")["Body"].read() == b"hello"


def test_who_waits_for_a_server_lets_it_make_requests():
    """What moto sends to an address of the suite's own, such as that of a subscription, is answered by its thread."""
    import urllib3

    kms = boto3.client("kms")

    with serving(204, meanwhile=lambda: in_thread(kms.list_keys)) as server, turn:
        answer = urllib3.PoolManager().request("GET", server.url)
    assert answer.status == 204


def test_a_turn_that_was_given_up_comes_back_as_often_as_it_was_taken():
    with turn, turn:
        with given_up():
            in_thread(lambda: turn.acquire() and turn.release())
        turn.release()
        turn.acquire()
    with given_up(), pytest.raises(RuntimeError):
        turn.release()


FORKING = """
import os, threading
from kmsmock.model.turns import turn

def request():
    while not done:
        with turn:
            pass

def child():
    thread = threading.Thread(target=lambda: got.append(turn.acquire(timeout=30)))
    got = []
    thread.start()
    thread.join()
    os._exit(0 if got == [True] else 1)

done = []
threads = [threading.Thread(target=request) for _ in range(4)]
for thread in threads:
    thread.start()
for _ in range(20):
    process = os.fork()
    if not process:
        child()
    assert os.waitpid(process, 0)[1] == 0
done.append(True)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_child_that_is_forked_while_another_thread_has_the_turn_can_take_it():
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", FORKING], check=False, timeout=300).returncode == 0
