"""aioboto3: boto3's resources and transfers on top of aiobotocore."""

import asyncio

import aioboto3
import pytest
from botocore.exceptions import ClientError


def run(use, service):
    async def main():
        async with aioboto3.Session().resource(service, region_name="us-east-1") as resource:
            return await use(resource)

    return asyncio.run(main())


def test_clients_encrypt_and_decrypt(app, key, refusal):
    async def main():
        async with aioboto3.Session().client("kms", region_name="us-east-1") as kms:
            blob = (await kms.encrypt(KeyId=key, Plaintext=b"secret"))["CiphertextBlob"]
            assert (await kms.decrypt(CiphertextBlob=blob))["Plaintext"] == b"secret"
            refusal.befall(key)
            with pytest.raises(ClientError, match=refusal.reason):
                await kms.decrypt(CiphertextBlob=blob)

    asyncio.run(main())


def test_resources_and_transfers_keep_files_under_a_key(app, key, tmp_path):
    source = tmp_path / "file"
    source.write_bytes(b"0123456789" * 900_000)

    async def use(s3):
        bucket = await s3.Bucket("bucket")
        await bucket.create()
        kept = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
        await bucket.upload_file(str(source), "k", ExtraArgs=kept)
        await bucket.download_file("k", str(tmp_path / "back"))
        return [(each.key, await (await each.Object()).ssekms_key_id) async for each in bucket.objects.all()]

    assert run(use, "s3") == [("k", key)]
    assert tmp_path.joinpath("back").read_bytes() == source.read_bytes()
