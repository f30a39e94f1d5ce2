"""aiobotocore: asynchronous clients reach the world as the synchronous ones do."""

import asyncio
import io
import os
import subprocess
import sys

import aiobotocore.endpoint
import aiobotocore.waiter
import pytest
from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from botocore.exceptions import ClientError, NoCredentialsError, WaiterError

import kmsmock
from kmsmock import RealRequestRefused

REGION = {"region_name": "us-east-1"}
TESTING = {**REGION, "aws_access_key_id": "testing", "aws_secret_access_key": "testing"}


def run(use, service="kms", **options):
    """Run ``await use(client)`` in a loop of its own."""
    session = get_session()

    async def main():
        async with session.create_client(service, **{**REGION, **options}) as client:
            return await use(client)

    return asyncio.run(main())


@pytest.fixture
def bucket(owner):
    owner.client("s3").create_bucket(Bucket="bucket")
    return "bucket"


def test_encrypts_and_decrypts(app, key):
    async def there_and_back(kms):
        blob = (await kms.encrypt(KeyId=key, Plaintext=b"secret"))["CiphertextBlob"]
        return (await kms.decrypt(CiphertextBlob=blob))["Plaintext"]

    assert run(there_and_back) == b"secret"


def test_a_refusal_is_its_own_error_and_is_explained(aws_world, app, kms, key, refusal):
    blob = kms.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
    refusal.befall(key)
    with pytest.raises(ClientError, match=refusal.reason) as refused:
        run(lambda client: client.decrypt(CiphertextBlob=blob))
    assert refused.value.response["Error"]["Code"] == refusal.code
    assert aws_world.decisions[-1].caller == "arn:aws:sts::111111111111:assumed-role/app/kmsmock"


def test_another_context_is_refused(app, kms, key):
    blob = kms.encrypt(KeyId=key, Plaintext=b"secret", EncryptionContext={"a": "b"})["CiphertextBlob"]
    with pytest.raises(ClientError, match="InvalidCiphertextException"):
        run(lambda client: client.decrypt(CiphertextBlob=blob, EncryptionContext={"a": "c"}))


def test_a_client_made_before_the_world_belongs_to_the_world_that_is_active():
    async def three_worlds():
        async with get_session().create_client("kms", **TESTING) as client:
            for _ in range(2):
                with kmsmock.World():
                    await client.create_key()
                    assert len((await client.list_keys())["Keys"]) == 1

    asyncio.run(three_worlds())


def test_a_client_without_credentials_works_and_only_inside_a_world(monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    async def inside_and_outside():
        async with get_session().create_client("kms", **REGION) as client:
            with kmsmock.World():
                assert (await client.create_key())["KeyMetadata"]["AWSAccountId"] == "123456789012"
            with pytest.raises(NoCredentialsError):
                await client.list_keys()

    asyncio.run(inside_and_outside())


def test_leaving_restores_aiobotocore():
    classes = (aiobotocore.endpoint.AioEndpoint, aiobotocore.waiter.AIOWaiter, aiobotocore.signers.AioRequestSigner)
    before = [dict(vars(each)) for each in classes]
    with kmsmock.World(), kmsmock.World():
        run(lambda client: client.list_keys(), **TESTING)
        assert [dict(vars(each)) for each in classes] != before
    assert [dict(vars(each)) for each in classes] == before


async def collect(chunks):
    return b"".join([chunk async for chunk in chunks])


async def pieces(body):
    found = []
    while body.readable():
        found.append(await body.read(999))
    return b"".join(found)


@pytest.mark.parametrize(
    "read",
    [
        lambda body: body.read(),
        collect,
        lambda body: collect(body.iter_chunks(7)),
        pieces,
    ],
    ids=["read", "async for", "iter_chunks", "read pieces"],
)
def test_bodies_are_read_asynchronously(app, key, bucket, read):
    content = os.urandom(5000)

    async def put_and_get(s3):
        kept = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
        assert (await s3.put_object(Bucket=bucket, Key="k", Body=content, **kept))["SSEKMSKeyId"] == key
        async with (await s3.get_object(Bucket=bucket, Key="k"))["Body"] as body:
            return await read(body)

    assert run(put_and_get, "s3") == content


class Later(io.BytesIO):
    """A body that must be awaited, like a file of aiofiles."""

    async def read(self, size=-1):
        await asyncio.sleep(0)
        return super().read(size)


@pytest.mark.parametrize("body", [io.BytesIO, Later])
def test_streams_are_uploaded_and_again_when_tried_again(aws_world, app, bucket, body):
    async def put_and_get(s3):
        with aws_world.fault("s3", "PutObject", error="SlowDown", times=1) as slow:
            await s3.put_object(Bucket=bucket, Key="k", Body=body(b"streamed"))
        assert slow.times == 0
        return await (await s3.get_object(Bucket=bucket, Key="k"))["Body"].read()

    assert run(put_and_get, "s3") == b"streamed"


def test_s3_passes_the_reason_of_kms_on(app, key, bucket, refusal, owner):
    kept = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    owner.client("s3").put_object(Bucket=bucket, Key="k", Body=b"x", **kept)
    refusal.befall(key)
    with pytest.raises(ClientError, match=refusal.reason):
        run(lambda s3: s3.get_object(Bucket=bucket, Key="k"), "s3")


def test_paginators_go_on(app, kms):
    made = {kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(5)}

    async def page(client):
        pages = client.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 2})
        return [{each["KeyId"] for each in page["Keys"]} async for page in pages]

    pages = run(page)
    assert len(pages) == 3
    assert set.union(*pages) == made


def test_waiters_and_attempts_pass_world_time_and_do_not_sleep(aws_world, app, key, bucket):
    async def wait(s3):
        await s3.put_object(Bucket=bucket, Key="there", Body=b"")
        await s3.get_waiter("object_exists").wait(Bucket=bucket, Key="there")
        before = aws_world.clock.now()
        with pytest.raises(WaiterError, match="Max attempts exceeded"):
            await s3.get_waiter("object_exists").wait(Bucket=bucket, Key="not there")
        return (aws_world.clock.now() - before).total_seconds()

    assert 95 <= run(wait, "s3") < 100


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_throttled_calls_are_tried_again(aws_world, app, key, mode):
    async def describe(client):
        with aws_world.fault("kms", "DescribeKey", error="ThrottlingException", times=2) as fault:
            await client.describe_key(KeyId=key)
        return fault.times

    assert run(describe, config=AioConfig(retries={"mode": mode, "max_attempts": 5})) == 0


def test_time_that_stands_still_does_not_stop_the_loop(aws_world, app, key):
    async def sleep(client):
        aws_world.clock.advance(days=1)
        await asyncio.sleep(0.001)
        return await client.describe_key(KeyId=key)

    assert run(sleep)["KeyMetadata"]["Enabled"]


def test_calls_side_by_side_lose_nothing(app):
    async def create(client):
        await asyncio.gather(*(client.create_key() for _ in range(10)))
        return len((await client.list_keys())["Keys"])

    assert run(create) == 10


def test_a_managed_key_is_made_once_by_calls_side_by_side(aws_world, app, bucket):
    async def put_all(s3):
        given = {"Bucket": bucket, "Body": b"x", "ServerSideEncryption": "aws:kms"}
        put = await asyncio.gather(*(s3.put_object(Key=str(number), **given) for number in range(8)))
        return {each["SSEKMSKeyId"] for each in put}

    assert run(put_all, "s3") == {arn for arn, key in aws_world.store.keys.items() if key.manager == "AWS"}


def test_what_nobody_serves_is_refused_and_does_not_leave_the_process(app):
    with pytest.raises((RealRequestRefused, NotImplementedError), match="braket"):
        run(lambda client: client.search_devices(filters=[]), "braket")


def test_a_client_that_lost_our_handler_does_not_leave_the_process(app):
    async def lose_and_call(client):
        await client.list_keys()
        client.meta.events.unregister("before-send", unique_id="kmsmock")
        await client.list_keys()

    with pytest.raises(RealRequestRefused, match=r"kms\.us-east-1"):
        run(lose_and_call)


def test_aiobotocore_may_be_imported_inside_a_world_and_is_not_by_us():
    code = """
import asyncio, sys
import kmsmock
with kmsmock.World():
    import boto3
    boto3.client("kms").list_keys()
    assert not {name for name in sys.modules if name.startswith(("aiobotocore", "aiohttp"))}
    from aiobotocore.session import get_session
    async def main():
        async with get_session().create_client("kms") as client:
            await client.create_key()
            return await client.list_keys()
    assert len(asyncio.run(main())["Keys"]) == 1
"""
    subprocess.run([sys.executable, "-c", code], check=True)
