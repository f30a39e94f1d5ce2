"""Signatures as S3 computes them, against the examples of the Amazon S3 API reference."""

import pytest

from kmsmock.wire import s3_signing

pytestmark = pytest.mark.evidence("documented", "examples of signatures in the S3 API reference")

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
SCOPE = "20130524/us-east-1/s3/aws4_request"
URL = (
    "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
    "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
    "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
)
SIGNATURE = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"


def test_the_presigned_url_of_the_api_reference():
    """ "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)", its example."""
    headers = {"host": "examplebucket.s3.amazonaws.com"}
    canonical = s3_signing.canonical_request("GET", f"{URL}&X-Amz-Signature={SIGNATURE}", headers, ["host"])
    text = s3_signing.string_to_sign("20130524T000000Z", SCOPE, canonical)
    assert text.endswith("3bfa292879f6447bbcda7001decf97f4a54dc650c8942174ae0a9121cf58ad04")
    assert s3_signing.signature(SECRET, SCOPE, text) == SIGNATURE


def test_spaces_in_headers_count_once():
    canonical = s3_signing.canonical_request("PUT", "https://b.s3.amazonaws.com/k", {"host": "h", "a": " x  y "}, "a")
    assert "\na:x y\n" in canonical


def test_the_signature_of_version_2_of_the_user_guide():
    """ "Signing and authenticating REST requests", its example of query string authentication."""
    url = "https://awsexamplebucket1.us-west-1.s3.amazonaws.com/photos/puppy.jpg"
    texts = s3_signing.strings_of_version_2("GET", url, {}, "1175139620")
    assert "GET\n\n\n1175139620\n/photos/puppy.jpg" in texts
    bucket = s3_signing.strings_of_version_2("GET", "https://bucket.s3.amazonaws.com/k?versionId=1&x=2", {}, "1")
    assert "GET\n\n\n1\n/bucket/k?versionId=1" in bucket
