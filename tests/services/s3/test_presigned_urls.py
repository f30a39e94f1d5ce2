"""URLs that somebody signed: what is signed cannot be changed, and what is not signed may not be added.

Sources: "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)" in the Amazon S3 API reference;
recorded answers of AWS in localstack/localstack (test_s3.snapshot.json, TestS3PresignedUrl); texts and the order of
checks as measured against s3.us-east-1.amazonaws.com by a public repository in September 2026.
"""

import hashlib

import boto3
import pytest
import requests

from tests.support.claims import allow, refused
from tests.support.raw_s3 import (
    BUCKET,
    SIGNATURE_2,
    elements,
    later,
    refusal,
    sent,
    signed_at,
    url_for,
    with_query,
)
from tests.support.raw_s3 import shown as as_time
from tests.support.s3 import BODY, get, head, keys, put, read, shown

pytestmark = pytest.mark.evidence(
    "recorded",
    "localstack (test_s3.snapshot.json, TestS3PresignedUrl), texts measured against s3.us-east-1.amazonaws.com by a public repository",
)

MISMATCH = (
    403,
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
)
NOT_SIGNED = (403, "AccessDenied", "There were headers present in the request which were not signed")
MODE = "x-amz-server-side-encryption"


# --- headers that were not signed -----------------------------------------------------------------------------------

ADDED = {
    MODE: "aws:kms",
    f"{MODE}-aws-kms-key-id": "alias/aws/s3",
    "x-amz-acl": "public-read",
    "x-amz-meta-colour": "red",
    "x-amz-storage-class": "STANDARD_IA",
    "x-amz-tagging": "a=b",
    "x-amz-expected-bucket-owner": "111111111111",
    "Content-MD5": "N7UdGUp1E+RbVvZSTy1R8g==",
}


@pytest.mark.parametrize("name", ADDED)
def test_an_upload_with_a_header_that_nobody_signed_is_refused(s3, signer, name):
    answer = sent("PUT", url_for(signer), {name: ADDED[name]}, BODY)
    assert refusal(answer) == NOT_SIGNED
    assert elements(answer)["HeadersNotSigned"] == name.lower()
    assert keys(s3) == []


def test_all_headers_that_nobody_signed_are_named(s3, signer):
    added = {"x-amz-meta-b": "1", "x-amz-acl": "private", "x-amz-meta-a": "2"}
    told = elements(sent("PUT", url_for(signer), added, BODY))["HeadersNotSigned"]
    assert sorted(told.split(", ")) == sorted(added)


def test_a_read_with_a_header_that_nobody_signed_is_refused(s3, signer):
    answer = sent("GET", url_for(signer, "get_object", Key="plain"), {"x-amz-checksum-mode": "ENABLED"})
    assert refusal(answer) == NOT_SIGNED


@pytest.mark.parametrize("name", ["Content-Type", "Cache-Control", "If-None-Match", "Origin", "User-Agent"])
def test_headers_of_http_need_no_signature(s3, signer, name):
    assert sent("PUT", url_for(signer), {name: "*" if name == "If-None-Match" else "text/plain"}, BODY).ok
    assert read(s3) == BODY


def test_the_hash_of_the_body_needs_no_signature(s3, signer):
    digest = hashlib.sha256(BODY).hexdigest()
    assert sent("PUT", url_for(signer), {"x-amz-content-sha256": digest}, BODY).ok


# --- what was signed ------------------------------------------------------------------------------------------------

SIGNED = {
    "ServerSideEncryption": ("AES256", MODE, "aws:kms"),
    "ACL": ("bucket-owner-full-control", "x-amz-acl", "public-read"),
    "ContentType": ("text/plain", "Content-Type", "text/html"),
    "Metadata": ({"colour": "red"}, "x-amz-meta-colour", "blue"),
    "StorageClass": ("STANDARD", "x-amz-storage-class", "STANDARD_IA"),
}


@pytest.mark.parametrize("parameter", SIGNED)
def test_a_signed_header_has_to_be_sent_as_it_was_signed(s3, signer, parameter):
    given, name, other = SIGNED[parameter]
    url, right = url_for(signer, **{parameter: given}), given["colour"] if isinstance(given, dict) else given
    changed, missing = sent("PUT", url, {name: other}, BODY), sent("PUT", url, None, BODY)
    assert refusal(changed) == refusal(missing) == MISMATCH
    assert keys(s3) == []
    assert sent("PUT", url, {name: right}, BODY).ok
    assert read(s3) == BODY


def test_a_mismatch_shows_what_s3_signed(s3, signer):
    told = elements(sent("PUT", url_for(signer, ContentType="text/plain"), {"Content-Type": "text/html"}, BODY))
    assert told["AWSAccessKeyId"].startswith("AKIA")
    assert told["StringToSign"].startswith("AWS4-HMAC-SHA256\n")
    assert "content-type:text/html\n" in told["CanonicalRequest"]
    assert len(told["SignatureProvided"]) == 64


def test_the_encryption_that_was_signed_holds(s3, signer, key):
    url = url_for(signer, ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    assert sent("PUT", url, {MODE: "aws:kms", f"{MODE}-aws-kms-key-id": key}, BODY).ok
    assert shown(head(s3))["key"] == key


CHANGES = {
    "another object": ("GET", lambda url: url.replace("/plain", "/other")),
    "another version": ("GET", lambda url: with_query(url, versionId="null")),
    "another method": ("DELETE", lambda url: url),
    "a longer life": ("GET", lambda url: with_query(url, X_Amz_Expires="7200")),
    "another user": ("GET", lambda url: url.replace("X-Amz-Signature=", "X-Amz-Signature=0")[:-1]),
    "another file name": ("GET", lambda url: with_query(url, response_content_type="text/html")),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_url_cannot_be_used_for_anything_else(s3, signer, change):
    put(s3, "other", b"secret")
    method, changed = CHANGES[change]
    assert refusal(sent(method, changed(url_for(signer, "get_object", Key="plain")))) == MISMATCH
    assert read(s3, "plain") == BODY


def test_a_url_signed_with_another_secret_is_refused(s3, signer, owner):
    made = owner.client("iam").create_access_key(UserName="signer")["AccessKey"]
    for secret, status in ((made["SecretAccessKey"], 200), ("another secret", 403)):
        session = boto3.Session(made["AccessKeyId"], secret, region_name="us-east-1")
        url = session.client("s3").generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": "plain"})
        assert sent("GET", url).status_code == status


NAMES = ["a b", "a+b", "a&b=c", "ü/é", "tilde~", "per%cent", "a//b", "quote'(x)!*", "dir/"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("style", ["path", "virtual"])
def test_urls_work_for_all_names(s3, signer, name, style):
    from botocore.config import Config

    config = Config(signature_version="s3v4", s3={"addressing_style": style})
    assert sent("PUT", url_for(signer, config=config, Key=name), None, BODY).status_code == 200
    assert sent("GET", url_for(signer, "get_object", config=config, Key=name)).content == BODY


def test_urls_of_sessions_and_of_other_regions_work(owner, west, s3):
    role = owner.role("signing", [allow("s3:*")])
    url = url_for(role, "put_object", region="eu-west-1", Bucket="west")
    assert sent("PUT", url, None, BODY).ok
    assert read(west, bucket="west") == BODY
    stolen = with_query(url, X_Amz_Security_Token="another")
    assert sent("PUT", stolen, None, BODY).status_code in (400, 403)


def test_urls_of_other_operations_work(s3, signer):
    listing = sent("GET", _listing(signer))
    assert b"<Key>plain</Key>" in listing.content
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="parts")["UploadId"]
    url = url_for(signer, "upload_part", Key="parts", UploadId=upload, PartNumber=1)
    assert sent("PUT", url, None, BODY).headers["ETag"]
    assert sent("DELETE", url_for(signer, "delete_object", Key="plain")).status_code == 204


def _listing(signer):
    from tests.support.raw_s3 import SIGNATURE_4

    client = signer.client("s3", config=SIGNATURE_4)
    return client.generate_presigned_url("list_objects_v2", {"Bucket": BUCKET, "Prefix": "pl"})


def test_the_default_credentials_of_a_suite_sign_urls_as_well(s3, aws_world):
    """Credentials that nobody issued belong to the default account; their URLs are held to what was signed, too."""
    client = boto3.client("s3", "us-east-1")
    client.create_bucket(Bucket="mine")
    from tests.support.raw_s3 import SIGNATURE_4

    signing = boto3.client("s3", "us-east-1", config=SIGNATURE_4)
    url = signing.generate_presigned_url("put_object", {"Bucket": "mine", "Key": "k", "ContentType": "text/plain"})
    assert refusal(sent("PUT", url, {"Content-Type": "text/html"}, BODY)) == MISMATCH
    assert sent("PUT", url, {"Content-Type": "text/plain"}, BODY).ok


# --- HEAD -----------------------------------------------------------------------------------------------------------


def test_a_url_for_head_object_is_asked_with_head(s3, signer):
    answer = requests.head(url_for(signer, "head_object", Key="plain"), timeout=10)
    assert (answer.status_code, answer.headers["Content-Length"], answer.content) == (200, str(len(BODY)), b"")
    assert answer.headers[MODE] == "AES256"


def test_head_of_an_absent_object_is_404_without_a_body(s3, signer):
    answer = requests.head(url_for(signer, "head_object", Key="absent"), timeout=10)
    assert (answer.status_code, answer.content) == (404, b"")


@pytest.mark.evidence("reported", "boto/boto3#2014 and others")
def test_a_url_for_get_object_is_not_one_for_head(s3, signer):
    """The method is signed: public reports of 403 for HEAD on URLs of GET abound (boto/boto3#2014 and others)."""
    answer = requests.head(url_for(signer, "get_object", Key="plain"), timeout=10)
    assert (answer.status_code, answer.content) == (403, b"")


def test_head_with_urls_of_version_2_and_of_buckets(s3, signer):
    assert requests.head(url_for(signer, "head_object", config=SIGNATURE_2, Key="plain"), timeout=10).ok
    client = signer.client("s3", config=None)
    assert requests.head(client.generate_presigned_url("head_bucket", {"Bucket": BUCKET}), timeout=10).ok


# --- for how long ---------------------------------------------------------------------------------------------------

PARAMETERS = "AuthorizationQueryParametersError"
A_WEEK = (
    "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than "
    "604800 seconds"
)
WITHOUT = (
    "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, "
    "X-Amz-SignedHeaders, and X-Amz-Expires parameters."
)
MALFORMED = (
    "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "
    '"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'
)
WRONG = {
    "a month": ({"X_Amz_Expires": "2592000"}, A_WEEK),
    "a week and a second": ({"X_Amz_Expires": "604801"}, A_WEEK),
    "less than nothing": ({"X_Amz_Expires": "-1"}, "X-Amz-Expires must be non-negative"),
    "no number": ({"X_Amz_Expires": "soon"}, "X-Amz-Expires should be a number"),
    "no date": (
        {"X_Amz_Date": "yesterday"},
        "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"",
    ),
    "another algorithm": (
        {"X_Amz_Algorithm": "AWS4-HMAC-SHA512"},
        'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"',
    ),
    "half a credential": ({"X_Amz_Credential": "AKIA/20260101"}, MALFORMED),
    **{
        f"without {name}": ({name.replace("-", "_"): None}, WITHOUT)
        for name in ("X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-Signature", "X-Amz-SignedHeaders")
    },
}


@pytest.mark.parametrize("case", WRONG)
def test_the_query_has_to_be_whole_and_in_bounds(s3, signer, case):
    changed, message = WRONG[case]
    answer = sent("GET", with_query(url_for(signer, "get_object", Key="plain"), **changed))
    assert refusal(answer) == (400, PARAMETERS, message)


def test_a_url_is_good_for_a_week_at_most(s3, signer, aws_world):
    a_week = url_for(signer, "get_object", Key="plain", expires=604800)
    assert refusal(sent("GET", url_for(signer, "get_object", Key="plain", expires=2592000)))[1] == PARAMETERS
    aws_world.clock.advance(days=6, hours=23)
    assert sent("GET", a_week).content == BODY


def test_an_expired_url_tells_when_it_expired(s3, signer, aws_world):
    url = url_for(signer, "get_object", Key="plain", expires=60)
    aws_world.clock.advance(seconds=120)
    answer = sent("GET", url)
    told = elements(answer)
    assert refusal(answer) == (403, "AccessDenied", "Request has expired")
    assert told["X-Amz-Expires"] == "60"
    assert told["Expires"] == as_time(later(signed_at(url), 60))
    assert told["ServerTime"] >= as_time(later(signed_at(url), 120))


def test_an_expired_url_of_version_2_tells_when_it_expired(s3, signer, aws_world):
    url = url_for(signer, "get_object", Key="plain", expires=60, config=SIGNATURE_2)
    aws_world.clock.advance(seconds=120)
    answer = sent("GET", url)
    told = elements(answer)
    assert refusal(answer) == (403, "AccessDenied", "Request has expired")
    assert told["Expires"] < told["ServerTime"]
    assert "X-Amz-Expires" not in told


def test_a_url_of_tomorrow_is_not_valid_yet(s3, signer):
    url = url_for(signer, "get_object", Key="plain")
    tomorrow = later(signed_at(url), 86400)
    answer = sent("GET", with_query(url, X_Amz_Date=tomorrow.strftime("%Y%m%dT%H%M%SZ")))
    assert refusal(answer) == (403, "AccessDenied", "Request is not yet valid")
    assert elements(answer)["Expires"] == as_time(later(tomorrow, 3600))


# --- version 2 ------------------------------------------------------------------------------------------------------


def test_urls_of_version_2_hold_what_was_signed(s3, signer):
    """Version 2 signs Content-Type, Content-MD5 and every x-amz header ("Signing and authenticating REST requests").

    boto3 puts them into the query as well, where they count if they are not sent.
    """
    url = url_for(signer, config=SIGNATURE_2, ContentType="text/plain")
    for headers in ({"Content-Type": "text/html"}, {"Content-Type": "text/plain", "x-amz-acl": "private"}):
        assert refusal(sent("PUT", url, headers, BODY)) == MISMATCH
    for headers in ({"Content-Type": "text/plain"}, {}):
        assert sent("PUT", url, headers, BODY).ok
    reading = url_for(signer, "get_object", config=SIGNATURE_2)
    assert sent("GET", reading).content == BODY
    assert refusal(sent("GET", reading.replace("/k?", "/plain?"))) == MISMATCH


@pytest.mark.parametrize("missing", ["Expires", "AWSAccessKeyId"])
def test_urls_of_version_2_have_to_be_whole(s3, signer, missing):
    url = with_query(url_for(signer, "get_object", config=SIGNATURE_2, Key="plain"), **{missing: None})
    text = "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters"
    assert refusal(sent("GET", url)) == (403, "AccessDenied", text)


def test_clients_themselves_are_not_troubled(s3, key):
    """What boto3 sends itself is signed as it is sent."""
    put(s3, "k", ServerSideEncryption="aws:kms", SSEKMSKeyId=key, Metadata={"a": "b"})
    assert get(s3)["Metadata"] == {"a": "b"}
    with refused("NoSuchKey", "The specified key does not exist.", 404):
        read(s3, "absent")


def test_what_moto_refuses_with_headers_in_pairs_is_answered(s3, signer):
    """moto raises some refusals as werkzeug's, whose headers are a list."""
    answer = sent("GET", url_for(signer, "get_object", Key="plain", Range="bytes=9999-"), {"Range": "bytes=9999-"})
    assert answer.status_code == 416
    assert answer.headers["x-amz-request-id"]
