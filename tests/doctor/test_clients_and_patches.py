"""Where clients are made and lead, and what a suite has put in the place of their parts."""

import pytest

HEAD = "import boto3, botocore, aiobotocore.endpoint\nfrom unittest import mock\nfrom unittest.mock import patch\n\n"


@pytest.mark.parametrize(
    ("code", "check", "place"),
    [
        ("kms = boto3.client('kms')\n", "CLIENTS-AT-IMPORT", "5: boto3.client"),
        ("class A:\n  s3 = boto3.resource('s3')\n", "CLIENTS-AT-IMPORT", "6: boto3.resource"),
        (
            "def f(): boto3.client('s3', endpoint_url='http://localhost:4566')\n",
            "CLIENTS-ENDPOINT",
            "5: http://localhost:4566",
        ),
        (
            "U = 'http://minio:9000'\ndef f(s): s.client('s3', endpoint_url=U)\n",
            "CLIENTS-ENDPOINT",
            "6: http://minio:9000",
        ),
        ("def f(url): boto3.resource('s3', endpoint_url=url)\n", "CLIENTS-ENDPOINT", "5: endpoint_url=..."),
        ("from aiobotocore.session import get_session\ndef f(): get_session()\n", "CLIENTS-ASYNC", "6: aiobotocore"),
        (
            "@patch('botocore.client.BaseClient._make_api_call')\ndef f(m): pass\n",
            "PATCHES-CALLS",
            "5: botocore.client.BaseClient._make_api_call",
        ),
        (
            "def f():\n  with mock.patch.object(botocore.client.BaseClient, '_make_api_call'): pass\n",
            "PATCHES-CALLS",
            "6: botocore.client.BaseClient._make_api_call",
        ),
        (
            "def f(monkeypatch): monkeypatch.setattr(botocore.endpoint.Endpoint, 'make_request', 1)\n",
            "PATCHES-CALLS",
            "5: botocore.endpoint.Endpoint.make_request",
        ),
        (
            "def f(monkeypatch): monkeypatch.setattr('botocore.httpsession.URLLib3Session.send', 1)\n",
            "PATCHES-WIRE",
            "5: botocore.httpsession.URLLib3Session.send",
        ),
        (
            "botocore.endpoint.Endpoint._send = None\n",
            "PATCHES-WIRE",
            "5: botocore.endpoint.Endpoint._send",
        ),
        ("@patch('app.jobs.boto3.client')\ndef f(m): pass\n", "PATCHES-BOTO3", "5: app.jobs.boto3.client"),
        ("def f(mocker): mocker.patch('app.boto3')\n", "PATCHES-BOTO3", "5: app.boto3"),
        (
            "def f():\n  return patch('aiobotocore.endpoint.convert_to_response_dict', 1)\n",
            "PATCHES-AIOBOTOCORE",
            "6: aiobotocore.endpoint.convert_to_response_dict",
        ),
        (
            "from aiobotocore.awsrequest import AioAWSResponse\nclass MockAWSResponse(AioAWSResponse): pass\n",
            "PATCHES-AIOBOTOCORE",
            "6: aiobotocore.awsrequest.AioAWSResponse",
        ),
    ],
)
def test_each_is_found(found, code, check, place):
    assert found({"test_a.py": HEAD + code}) == {check: [f"test_a.py:{place}"]}


@pytest.mark.parametrize(
    "code",
    [
        "def f(): return boto3.client('kms')\n",
        "def f(): boto3.client('s3', endpoint_url=None)\n",
        "def f(): boto3.client('kms', endpoint_url='https://kms.us-east-1.amazonaws.com')\n",
        "def f(): mock.patch('app.client.send')\n",
        "botocore.session = None\n",
        "def f(http): http.client('x')\n",
    ],
)
def test_what_is_as_it_should_be_is_not_mentioned(found, code):
    assert found({"test_a.py": HEAD + code}) == {}
