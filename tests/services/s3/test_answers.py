"""What the answers of S3 have beside their results, and what they have no longer.

Sources: recorded answers of AWS in localstack/localstack (test_s3.snapshot.json, recorded in 2025 and 2026); "DisplayName"
in the API reference: S3 stopped returning it for owners, initiators and grantees in November 2025.
"""

import re

import pytest
import requests

from tests.support.claims import allow, refused
from tests.support.raw_s3 import elements, sent, url_for
from tests.support.s3 import BODY, BUCKET, copy, create, get, head, part, put, upload

pytestmark = pytest.mark.evidence("recorded", "localstack (test_s3.snapshot.json, 2025 and 2026)")

ENABLED = {"Status": "Enabled"}

# --- request ids ----------------------------------------------------------------------------------------------------

TAG = {"Key": "a", "Value": "b"}
CALLS = {
    "put_object": put,
    "get_object": lambda s3: get(s3, "plain"),
    "head_object": lambda s3: head(s3, "plain"),
    "head_bucket": lambda s3: s3.head_bucket(Bucket=BUCKET),
    "list_buckets": lambda s3: s3.list_buckets(),
    "list_objects_v2": lambda s3: s3.list_objects_v2(Bucket=BUCKET),
    "create_bucket": lambda s3: s3.create_bucket(Bucket="another"),
    "delete_object": lambda s3: s3.delete_object(Bucket=BUCKET, Key="plain"),
    "put_bucket_versioning": lambda s3: s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration=ENABLED),
    "get_bucket_encryption": lambda s3: s3.get_bucket_encryption(Bucket=BUCKET),
    "get_bucket_location": lambda s3: s3.get_bucket_location(Bucket=BUCKET),
    "put_object_tagging": lambda s3: s3.put_object_tagging(Bucket=BUCKET, Key="plain", Tagging={"TagSet": [TAG]}),
}


def ids(response):
    metadata = response["ResponseMetadata"]
    headers = metadata["HTTPHeaders"]
    assert (metadata["RequestId"], metadata["HostId"]) == (headers["x-amz-request-id"], headers["x-amz-id-2"])
    return metadata["RequestId"], metadata["HostId"]


@pytest.mark.parametrize("name", CALLS)
def test_every_answer_has_its_ids(s3, name):
    request_id, host_id = ids(CALLS[name](s3))
    assert re.fullmatch(r"[0-9A-Z]{16}", request_id)
    assert re.fullmatch(r"[A-Za-z0-9+/=]{60,}", host_id)
    assert ids(s3.list_buckets()) != (request_id, host_id)


REFUSED = {
    "NoSuchKey": lambda s3: get(s3, "absent"),
    "NoSuchBucket": lambda s3: get(s3, "k", "absent"),
    "404": lambda s3: head(s3, "absent"),
    "InvalidArgument": lambda s3: put(s3, ServerSideEncryption="none"),
    "KMS.NotFoundException": lambda s3: put(s3, ServerSideEncryption="aws:kms", SSEKMSKeyId="fake"),
    "NoSuchBucketPolicy": lambda s3: s3.get_bucket_policy(Bucket=BUCKET),
}


@pytest.mark.parametrize("code", REFUSED)
def test_every_refusal_has_its_ids(s3, code):
    with refused(code, None, 400 if code.startswith(("Invalid", "KMS")) else 404) as refusal:
        REFUSED[code](s3)
    request_id, _ = ids(refusal.response)
    assert re.fullmatch(r"[0-9A-Z]{16}", request_id)


def test_the_body_of_a_refusal_has_the_same_ids(s3, owner):
    answer = sent("GET", url_for(owner.user("reader", [allow("s3:*")]), "get_object", Key="absent"))
    told = elements(answer)
    assert (told["RequestId"], told["HostId"]) == (answer.headers["x-amz-request-id"], answer.headers["x-amz-id-2"])
    unsigned = requests.get(f"https://{BUCKET}.s3.amazonaws.com/plain", timeout=10)
    assert elements(unsigned)["RequestId"] == unsigned.headers["x-amz-request-id"]


# --- names ----------------------------------------------------------------------------------------------------------


def test_nobody_has_a_display_name(s3):
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration=ENABLED)
    s3.delete_object(Bucket=BUCKET, Key="plain")
    put(s3)
    created = create(s3, "parts")
    part(s3, created)
    where = {name: created[name] for name in ("Bucket", "Key", "UploadId")}
    shown = {
        "buckets": s3.list_buckets(),
        "objects": s3.list_objects(Bucket=BUCKET),
        "objects v2": s3.list_objects_v2(Bucket=BUCKET, FetchOwner=True),
        "versions": s3.list_object_versions(Bucket=BUCKET),
        "bucket acl": s3.get_bucket_acl(Bucket=BUCKET),
        "object acl": s3.get_object_acl(Bucket=BUCKET, Key="k"),
        "uploads": s3.list_multipart_uploads(Bucket=BUCKET),
        "parts": s3.list_parts(**where),
    }
    for name, answer in shown.items():
        assert "DisplayName" not in str(answer), name
        assert re.search(r"'(Owner|Initiator)': {'ID': '[^']+'}", str(answer)), name


def test_a_grantee_keeps_the_rest(s3):
    grant = s3.get_bucket_acl(Bucket=BUCKET)["Grants"][0]
    assert set(grant["Grantee"]) == {"ID", "Type"}
    assert (grant["Grantee"]["Type"], grant["Permission"]) == ("CanonicalUser", "FULL_CONTROL")


def test_the_name_of_a_key_may_have_the_word(s3):
    put(s3, "<DisplayName>x</DisplayName>")
    found = [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET)["Contents"]]
    assert "<DisplayName>x</DisplayName>" in found


# --- versions -------------------------------------------------------------------------------------------------------


def test_answers_of_a_bucket_without_versions_have_no_version(s3, key):
    for options in ({}, {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}):
        assert "VersionId" not in upload(s3, BODY, **options).completed
        for answer in (put(s3, **options), copy(s3, **options), head(s3), get(s3)):
            assert "VersionId" not in answer
    assert "VersionId" not in s3.delete_object(Bucket=BUCKET, Key="k")


def test_answers_of_a_bucket_with_versions_tell_the_version(s3):
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration=ENABLED)
    done = upload(s3, BODY).completed
    assert done["VersionId"] == head(s3)["VersionId"] != "null"


def test_answers_of_a_bucket_whose_versioning_is_suspended_tell_the_null_version(s3):
    """Recorded: test_s3_copy_object_in_place_suspended_only and test_s3_multipart_upload in a suspended bucket."""
    for status in ("Enabled", "Suspended"):
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": status})
    assert copy(s3)["VersionId"] == "null"
    assert upload(s3, BODY).completed.get("VersionId", "null") == "null"


def test_an_access_point_is_no_absent_bucket(s3, owner):
    made = owner.client("s3control").create_access_point(AccountId="111111111111", Name="point", Bucket=BUCKET)
    put(s3, bucket=made["AccessPointArn"])
    assert get(s3)["Body"].read() == BODY == get(s3, bucket=made["AccessPointArn"])["Body"].read()


# --- the owner that is expected -------------------------------------------------------------------------------------

NO_ACCOUNTS = ["abc", "12345", "1111111111111", "11111111111x", "arn:aws:iam::111111111111:root"]


@pytest.mark.parametrize("value", NO_ACCOUNTS)
def test_the_expected_owner_has_to_be_an_account(s3, value):
    text = f"The value of the expected bucket owner parameter must be an AWS Account ID... [{value}]"
    for act in (
        lambda: get(s3, "plain", ExpectedBucketOwner=value),
        lambda: put(s3, ExpectedBucketOwner=value),
        lambda: s3.list_objects_v2(Bucket=BUCKET, ExpectedBucketOwner=value),
        lambda: s3.get_bucket_encryption(Bucket=BUCKET, ExpectedBucketOwner=value),
        lambda: s3.delete_bucket(Bucket="absent", ExpectedBucketOwner=value),
        lambda: copy(s3, ExpectedSourceBucketOwner=value),
        lambda: copy(s3, ExpectedBucketOwner=value),
    ):
        with refused("InvalidBucketOwnerAWSAccountID", text, 400):
            act()
    with refused("400", "Bad Request", 400):
        head(s3, "plain", ExpectedBucketOwner=value)


def test_another_account_than_the_owner_is_refused(s3, other):
    assert get(s3, "plain", ExpectedBucketOwner="111111111111")
    with refused("AccessDenied", "Access Denied", 403):
        get(s3, "plain", ExpectedBucketOwner="222222222222")
    with refused("NoSuchBucket", "The specified bucket does not exist", 404):
        get(s3, "k", "absent", ExpectedBucketOwner="111111111111")


# --- what is kept is what was sent ----------------------------------------------------------------------------------

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x")


@pytest.mark.parametrize("kind", FORMS)
def test_a_body_is_kept_as_it_is_whatever_its_type_says(s3, owner, kind):
    """Pairs are no parameters of S3's; moto took the body apart and kept nothing."""
    for key, body in {"pairs": b"acl=public-read&key=other", "text": b"--x\r\n"}.items():
        s3.put_object(Bucket=BUCKET, Key=key, Body=body, ContentType=kind)
        found = get(s3, key)
        assert (found["Body"].read(), found["ContentType"]) == (body, kind)
        requests.put(url_for(owner, Key="by url"), data=body, headers={"Content-Type": kind}, timeout=10)
        assert get(s3, "by url")["Body"].read() == body
