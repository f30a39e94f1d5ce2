"""Many threads on one client: no object, and no call of KMS, is lost, doubled or mixed up."""

import io
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from boto3.s3.transfer import TransferConfig

from tests.support.s3 import ARN, BUCKET, PART, head, kms_calls, put, read, sse

COUNT, THREADS = 200, 16
NAMES = [f"k{number}" for number in range(COUNT)]


def body_of(name, size=64):
    return f"the body of {name};".encode() * size


def at_once(do, names=NAMES):
    """What each call gives, in order, made by many threads."""
    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(do, names))


def counted(calls):
    """How often KMS was asked what about which object."""
    return Counter((name, context["aws:s3:arn"].removeprefix(f"{ARN}/")) for name, context in calls)


def once(operation, names=NAMES):
    return Counter((operation, name) for name in names)


def test_many_puts_at_once_are_all_stored_each_under_its_own_data_key(s3, key, aws_world):
    """200 uploads make 200 GenerateDataKey, and 200 reads of the right bodies 200 Decrypt."""
    with kms_calls(aws_world) as writes:
        answers = at_once(lambda name: put(s3, name, body_of(name), **sse(key)))
    assert counted(writes) == once("GenerateDataKey")
    assert {answer["SSEKMSKeyId"] for answer in answers} == {key}
    assert len({aws_world.at_rest(f"{ARN}/{name}").wrapped_key for name in NAMES}) == COUNT
    with kms_calls(aws_world) as reads:
        bodies = at_once(lambda name: read(s3, name))
    assert counted(reads) == once("Decrypt")
    assert bodies == [body_of(name) for name in NAMES]


def test_many_small_multipart_uploads_at_once(s3, key, aws_world):
    """Each upload is GenerateDataKey at its start and Decrypt for its part and its end; each read is one Decrypt."""
    config = TransferConfig(multipart_threshold=1)

    def send(name):
        s3.upload_fileobj(io.BytesIO(body_of(name)), BUCKET, name, ExtraArgs=sse(key), Config=config)

    with kms_calls(aws_world) as writes:
        at_once(send)
    assert counted(writes) == once("GenerateDataKey") + once("Decrypt") + once("Decrypt")
    with kms_calls(aws_world) as reads:
        bodies = at_once(lambda name: read(s3, name))
    assert counted(reads) == once("Decrypt")
    assert bodies == [body_of(name) for name in NAMES]
    assert all(head(s3, name)["ETag"].endswith('-1"') for name in NAMES)


def test_the_parts_of_large_uploads_at_once(s3, key, aws_world):
    """Parts that arrive in any order make the right body."""
    names = NAMES[:4]
    bodies = {name: name.encode() + PART + name.encode() + PART + name.encode() for name in names}
    config = TransferConfig(multipart_threshold=len(PART), multipart_chunksize=len(PART), max_concurrency=4)

    def send(name):
        s3.upload_fileobj(io.BytesIO(bodies[name]), BUCKET, name, ExtraArgs=sse(key), Config=config)

    def fetch(name):
        target = io.BytesIO()
        s3.download_fileobj(BUCKET, name, target, Config=config)
        return target.getvalue()

    with kms_calls(aws_world) as writes:
        at_once(send, names)
    assert counted(writes) == Counter({("GenerateDataKey", n): 1 for n in names} | {("Decrypt", n): 4 for n in names})
    assert at_once(fetch, names) == list(bodies.values())


def test_one_object_written_by_many_threads_is_one_of_the_bodies(s3, key, aws_world):
    """Body and data key of the object that stays belong together."""
    with kms_calls(aws_world) as writes:
        at_once(lambda name: put(s3, "one", body_of(name), **sse(key)))
    assert counted(writes) == {("GenerateDataKey", "one"): COUNT}
    assert read(s3, "one") in {body_of(name) for name in NAMES}


@pytest.mark.kmsmock(service_caches=True)
def test_one_bucket_key_serves_many_threads(s3, key, aws_world):
    """Once it is cached, threads of one session share it."""
    put(s3, "warm", **sse(key, BucketKeyEnabled=True))
    with kms_calls(aws_world) as calls:
        at_once(lambda name: put(s3, name, body_of(name), **sse(key, BucketKeyEnabled=True)))
        bodies = at_once(lambda name: read(s3, name))
    assert (calls, bodies) == ([], [body_of(name) for name in NAMES])
