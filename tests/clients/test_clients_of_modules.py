"""Finding 1 for published clients: made when a module is imported, they ask as whoever acts when they are used."""

import asyncio
from importlib.util import find_spec

import boto3
import pytest
from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from botocore.exceptions import ClientError

from tests.support.claims import allow

CREDENTIALS = {"region_name": "us-east-1", "aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
BUCKETS = boto3.resource("s3", **CREDENTIALS)
ASYNC_SESSION = get_session()

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture
def roles(owner, key):
    owner.client("s3").create_bucket(Bucket="bucket")
    owner.client("s3").put_object(
        Bucket="bucket", Key="k", Body=b"content", ServerSideEncryption="aws:kms", SSEKMSKeyId=key
    )
    return owner.role("may", [allow(["s3:*", "kms:*"])]), owner.role("may-not", [allow(["s3:List*", "sts:*"])])


def both(roles, use, error, text="assumed-role/may-not"):
    """The one may, the other may not, and the one still may."""
    may, may_not = roles
    for _ in range(2):
        with may.acting():
            use()
        with may_not.acting(), pytest.raises(error, match=text):
            use()


def test_a_resource_of_boto3(roles):
    def use():
        assert BUCKETS.Object("bucket", "k").get()["Body"].read() == b"content"

    both(roles, use, ClientError)


def test_a_client_of_aiobotocore(roles, key):
    may, may_not = roles

    async def who(client):
        return (await client.get_caller_identity())["Arn"].split("/")[1]

    async def main():
        async with (
            ASYNC_SESSION.create_client("sts", **CREDENTIALS) as early,
            get_session().create_client("sts", region_name="us-east-1") as bare,
        ):

            async def work(principal):
                with principal.acting():
                    await asyncio.sleep(0)
                    async with ASYNC_SESSION.create_client("sts", region_name="us-east-1") as own:
                        return [await who(early), await who(bare), await who(own)]

            return await asyncio.gather(work(may), work(may_not), work(may))

    assert asyncio.run(main()) == [["may"] * 3, ["may-not"] * 3, ["may"] * 3]


def test_paginators_waiters_presigned_urls_and_bodies_of_aiobotocore(roles, key):
    import requests

    may, may_not = roles

    async def main():
        async with ASYNC_SESSION.create_client("s3", **CREDENTIALS, config=AioConfig(signature_version="s3v4")) as s3:
            with may_not.acting():
                pages = s3.get_paginator("list_objects_v2").paginate(Bucket="bucket")
                assert [each["Key"] async for page in pages for each in page["Contents"]] == ["k"]
                await s3.get_waiter("bucket_exists").wait(Bucket="bucket")
                refused = await s3.generate_presigned_url("get_object", {"Bucket": "bucket", "Key": "k"})
            with may.acting():
                allowed = await s3.generate_presigned_url("get_object", {"Bucket": "bucket", "Key": "k"})
            return refused, allowed

    refused, allowed = asyncio.run(main())
    assert [requests.get(url, timeout=5).status_code for url in (refused, allowed)] == [403, 200]


def test_a_session_of_aioboto3(roles):
    aioboto3 = pytest.importorskip("aioboto3", reason="an extra")
    session = aioboto3.Session()

    def use():
        async def main():
            async with session.resource("s3", region_name="us-east-1") as s3:
                return await (await (await s3.Object("bucket", "k")).get())["Body"].read()

        return asyncio.run(main())

    both(roles, use, ClientError)


def test_a_file_system_of_s3fs(roles):
    s3fs = pytest.importorskip("s3fs", reason="an extra")
    files = s3fs.S3FileSystem(skip_instance_cache=True)

    def use():
        files.invalidate_cache()
        assert files.cat_file("bucket/k") == b"content"

    both(roles, use, OSError, "Forbidden")  # HEAD has no body that could name anybody


@pytest.mark.parametrize("turn", [1, 2])
def test_a_cached_file_system_of_another_test(roles, turn):
    s3fs = pytest.importorskip("s3fs", reason="an extra")
    files = s3fs.S3FileSystem()
    with roles[0].acting():
        files.invalidate_cache()
        assert files.cat_file("bucket/k") == b"content"


@pytest.mark.skipif(find_spec("aws_encryption_sdk") is None, reason="an extra")
def test_a_master_key_provider_of_the_encryption_sdk(roles, key):
    import aws_encryption_sdk
    from aws_encryption_sdk.exceptions import GenerateKeyError

    client = aws_encryption_sdk.EncryptionSDKClient()
    provider = aws_encryption_sdk.StrictAwsKmsMasterKeyProvider(key_ids=[key])
    both(
        roles,
        lambda: client.encrypt(source=b"secret", key_provider=provider),
        GenerateKeyError,
        "unable to generate|Unable|Master Key",
    )


def test_smart_open_with_a_client_of_before(roles):
    smart_open = pytest.importorskip("smart_open", reason="an extra")
    s3 = boto3.client("s3", **CREDENTIALS)

    def use():
        with smart_open.open("s3://bucket/k", "rb", transport_params={"client": s3}) as file:
            assert file.read() == b"content"

    both(roles, use, (OSError, ValueError), "unable to access|Forbidden|denied|not authorized")
