"""What a request's signature says: the header of both versions, URLs, and forms.

"Authenticating Requests (AWS Signature Version 4)" and "Browser-Based Uploads Using POST" in the Amazon S3 API
reference; of version 2, "Signing and authenticating REST requests".
"""

import pytest
from botocore.awsrequest import AWSPreparedRequest, HeadersDict

from kmsmock.call import Signature
from kmsmock.identity.signature import signature_of

pytestmark = pytest.mark.evidence("documented", '"Authenticating Requests" (S3 API reference), also of version 2')

URL = "https://bucket.s3.amazonaws.com/"
SCOPE = "20261130/eu-west-1/s3/aws4_request"
BOUNDARY = "b"


def request(url=URL, method="GET", body=b"", **headers):
    named = HeadersDict({name.replace("_", "-"): value for name, value in headers.items()})
    return AWSPreparedRequest(method, url, named, body, False)


def form(**fields):
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name.replace("_", "-")}"\r\n\r\n{value}\r\n'
        for name, value in {"key": "k", **fields, "file": "x"}.items()
    ]
    body = "".join([*parts, f"--{BOUNDARY}--\r\n"]).encode()
    return request(method="POST", body=body, Content_Type=f"multipart/form-data; boundary={BOUNDARY}")


def test_a_header_of_version_4():
    text = f"AWS4-HMAC-SHA256 Credential=AKIA1/{SCOPE}, SignedHeaders=host, Signature=abc"
    found = signature_of(request(Authorization=text, X_Amz_Security_Token="t"))
    assert found == Signature("AKIA1", "eu-west-1", 4, "t", text="abc")


def test_a_header_of_version_2():
    found = signature_of(request(Authorization="AWS AKIA1:abc=", X_Amz_Security_Token="t"))
    assert found == Signature("AKIA1", version=2, token="t")


@pytest.mark.parametrize("text", ["", "Bearer x", "Basic x"])
def test_a_header_that_is_no_signature(text):
    assert signature_of(request(Authorization=text)) == Signature()


@pytest.mark.parametrize("name", ["X-Amz-Security-Token", "x-amz-security-token"])
def test_a_url_of_version_4(name):
    url = f"{URL}k?X-Amz-Credential=AKIA1/{SCOPE}&{name}=t&X-Amz-Signature=abc"
    assert signature_of(request(url)) == Signature("AKIA1", "eu-west-1", 4, "t")


def test_a_url_of_version_4_whose_scope_ends_with_its_region():
    assert signature_of(request(f"{URL}k?X-Amz-Credential=AKIA1/20261130/eu-west-1")).region == "eu-west-1"


def test_a_url_of_version_2():
    found = signature_of(request(f"{URL}k?AWSAccessKeyId=AKIA1&Signature=abc&Expires=1"))
    assert found == Signature("AKIA1", version=2)


def test_a_form_of_version_4():
    found = signature_of(form(x_amz_credential=f"AKIA1/{SCOPE}", x_amz_security_token="t"))
    assert found == Signature("AKIA1", "eu-west-1", 4, "t")
    assert signature_of(form(x_amz_credential="AKIA1/20261130/eu-west-1")).region == "eu-west-1"


def test_a_form_of_version_2():
    found = signature_of(form(AWSAccessKeyId="AKIA1", x_amz_security_token="t"))
    assert found == Signature("AKIA1", version=2, token="t")


def test_a_form_that_nobody_signed():
    assert signature_of(form(x_amz_security_token="t")) == Signature()


def test_a_scope_that_ends_before_its_region_is_a_key_alone():
    assert signature_of(request(f"{URL}k?X-Amz-Credential=AKIA1/20261130")) == Signature("AKIA1", version=2)
    assert signature_of(form(x_amz_credential="AKIA1/20261130")) == Signature()
