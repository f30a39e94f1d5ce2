"""Suites that patch aiobotocore's responses for moto (aiobotocore issue 755, in many copies) go on working in a world."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from unittest.mock import MagicMock

import aiobotocore.awsrequest
import aiobotocore.endpoint
import aiohttp
import aiohttp.client_reqrep
import pytest
from aiobotocore.session import get_session
from botocore.exceptions import ClientError


class HttpClientResponse(aiohttp.client_reqrep.ClientResponse):
    def __init__(self, response):
        async def read(self, n=-1):
            return response.content

        self.content = MagicMock(aiohttp.StreamReader)
        self.content.read = read
        self.response = response

    @property
    def raw_headers(self):
        return tuple((name.encode(), str(value).encode()) for name, value in self.response.headers.items())


class WithMotosResponse(aiobotocore.awsrequest.AioAWSResponse):
    """The most widespread copy."""

    def __init__(self, response):
        self._moto_response = response
        self.status_code = response.status_code
        self.raw = HttpClientResponse(response)

    async def _content_prop(self):
        return self._moto_response.content

    async def _text_prop(self):
        return self._moto_response.text

    @property
    def headers(self):
        return self._moto_response.headers


class WithRawHeaders(aiobotocore.awsrequest.AioAWSResponse):
    def __init__(self, response):
        self._response = response
        self.headers = response.headers
        self.raw = response.raw
        self.raw.raw_headers = {k.encode(): str(v).encode() for k, v in response.headers.items()}.items()
        self.status_code = response.status_code

    async def _content_prop(self):
        return self._response.content


@dataclass
class _Content:
    content: bytes | Awaitable[bytes]

    def __await__(self):
        async def generate():
            return await self.content if isinstance(self.content, Awaitable) else self.content

        return generate().__await__()

    def decode(self, encoding):
        assert isinstance(self.content, bytes)
        return self.content.decode(encoding)


class WithAwaitableContent:
    def __init__(self, response):
        self._response = response
        self.status_code = response.status_code
        self.headers = response.headers
        self.url = response.url
        self.content = _Content(response.content)
        self.raw = response.raw
        if not hasattr(self.raw, "raw_headers"):
            self.raw.raw_headers = {}


@pytest.fixture(params=[WithMotosResponse, WithRawHeaders, WithAwaitableContent])
def patched(request, monkeypatch):
    original = aiobotocore.endpoint.convert_to_response_dict
    made = request.param
    monkeypatch.setattr(
        aiobotocore.endpoint,
        "convert_to_response_dict",
        lambda http_response, operation_model: original(made(http_response), operation_model),
    )


def run(use, service):
    async def main():
        async with get_session().create_client(service, region_name="us-east-1") as client:
            return await use(client)

    return asyncio.run(main())


def test_answers_are_read(patched, app, key):
    async def use(kms):
        blob = (await kms.encrypt(KeyId=key, Plaintext=b"secret"))["CiphertextBlob"]
        return (await kms.decrypt(CiphertextBlob=blob))["Plaintext"]

    assert run(use, "kms") == b"secret"


def test_errors_are_read(patched, app, key):
    async def use(s3):
        await s3.get_object(Bucket="none", Key="k")

    with pytest.raises(ClientError, match="NoSuchBucket"):
        run(use, "s3")


def test_bodies_are_read(patched, app, key):
    app.client("s3").create_bucket(Bucket="bucket")

    async def use(s3):
        await s3.put_object(Bucket="bucket", Key="k", Body=b"content", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
        return await (await s3.get_object(Bucket="bucket", Key="k"))["Body"].read()

    assert run(use, "s3") == b"content"


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_conversion_of_their_own_may_be_either(app, key, monkeypatch, kind):
    original = aiobotocore.endpoint.convert_to_response_dict

    def convert(http_response, operation_model):
        return {
            "headers": http_response.headers,
            "status_code": http_response.status_code,
            "context": {"operation_name": operation_model.name},
            "body": http_response.content,
        }

    async def convert_later(http_response, operation_model):
        return await original(http_response, operation_model)

    monkeypatch.setattr(
        aiobotocore.endpoint, "convert_to_response_dict", {"sync": convert, "async": convert_later}[kind]
    )

    async def use(kms):
        return (await kms.list_keys())["Keys"]

    assert [each["KeyArn"] for each in run(use, "kms")] == [key]
