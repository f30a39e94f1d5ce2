"""Objects under SSE-KMS, through boto3."""

import base64
import json

import pytest

from tests.conftest import OWNER, allow, refused


@pytest.fixture
def s3(owner):
    client = owner.client("s3")
    client.create_bucket(Bucket="bucket")
    return client


def put(s3, key, **more):
    return s3.put_object(
        Bucket="bucket", Key="k", Body=b"body", ServerSideEncryption="aws:kms", SSEKMSKeyId=key, **more
    )


def body(s3):
    return s3.get_object(Bucket="bucket", Key="k")["Body"].read()


def test_an_object_shows_the_full_key_arn_and_kms_sees_the_object_as_context(aws_world, kms, s3, key):
    kms.create_alias(AliasName="alias/a", TargetKeyId=key)
    answer = put(s3, "alias/a", SSEKMSEncryptionContext=base64.b64encode(json.dumps({"a": "1"}).encode()).decode())
    assert (answer["ServerSideEncryption"], answer["SSEKMSKeyId"]) == ("aws:kms", key)
    assert body(s3) == b"body"
    assert [(d.action, d.request.context.get("kms:viaservice")) for d in aws_world.decisions[-2:]] == [
        ("kms:GenerateDataKey", "s3.us-east-1.amazonaws.com"),
        ("kms:Decrypt", "s3.us-east-1.amazonaws.com"),
    ]
    sealed = next(event for event in aws_world.events if event["eventName"] == "GenerateDataKey")
    assert sealed["requestParameters"]["encryptionContext"] == {"aws:s3:arn": "arn:aws:s3:::bucket/k", "a": "1"}


@pytest.mark.parametrize(
    ("key_id", "code", "message"),
    [
        ("fake-key-id", "KMS.NotFoundException", "Invalid keyId 'fake-key-id'"),
        (
            "12345678-1234-1234-1234-123456789012",
            "KMS.NotFoundException",
            f"Key 'arn:aws:kms:us-east-1:{OWNER}:key/12345678-1234-1234-1234-123456789012' does not exist",
        ),
        (
            f"arn:aws:kms:us-west-2:{OWNER}:key/12345678-1234-1234-1234-123456789012",
            "KMS.NotFoundException",
            "Invalid arn us-west-2",
        ),
    ],
)
def test_a_wrong_key_is_refused_with_the_codes_of_s3_and_nothing_is_stored(s3, key_id, code, message):
    with refused(code, message):
        put(s3, key_id)
    assert s3.list_objects_v2(Bucket="bucket")["KeyCount"] == 0


def test_a_key_in_a_bad_state_refuses_reads_and_writes(kms, s3, key):
    put(s3, key)
    kms.disable_key(KeyId=key)
    for ask in (lambda: put(s3, key), lambda: body(s3)):
        with refused("KMS.DisabledException", f"{key} is disabled."):
            ask()
    kms.schedule_key_deletion(KeyId=key)
    with refused("KMS.KMSInvalidStateException", f"{key} is pending deletion."):
        body(s3)


def test_a_caller_without_kms_permission_is_denied_with_the_words_of_kms(owner, s3, key):
    put(s3, key)
    reader = owner.role("reader", [allow("s3:*")])
    with refused(
        "AccessDenied",
        f"User: arn:aws:sts::{OWNER}:assumed-role/reader/kmsmock is not authorized to perform: kms:Decrypt "
        f"on resource: {key} because no identity-based policy allows the kms:Decrypt action",
        403,
    ):
        body(reader.client("s3"))


def test_without_a_key_id_the_aws_managed_key_is_used(kms, s3):
    answer = s3.put_object(Bucket="bucket", Key="k", Body=b"body", ServerSideEncryption="aws:kms")
    managed = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
    assert (answer["SSEKMSKeyId"], managed["KeyManager"]) == (managed["Arn"], "AWS")
    assert body(s3) == b"body"


def test_the_default_of_the_bucket_counts_where_the_request_says_nothing(kms, s3, key):
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    s3.put_bucket_encryption(Bucket="bucket", ServerSideEncryptionConfiguration={"Rules": [rule]})
    assert s3.put_object(Bucket="bucket", Key="k", Body=b"body")["SSEKMSKeyId"] == key
    s3.put_object(Bucket="bucket", Key="plain", Body=b"body", ServerSideEncryption="AES256")
    kms.disable_key(KeyId=key)
    with refused("KMS.DisabledException"):
        body(s3)
    assert s3.get_object(Bucket="bucket", Key="plain")["Body"].read() == b"body"


def test_overwriting_without_encryption_frees_the_object_from_its_key(kms, s3, key):
    put(s3, key)
    s3.put_object(Bucket="bucket", Key="k", Body=b"plain")
    kms.disable_key(KeyId=key)
    assert body(s3) == b"plain"


def test_requests_of_the_wrong_shape_are_refused_before_kms(s3, key):
    with refused(
        "InvalidArgument",
        "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
    ):
        s3.put_object(Bucket="bucket", Key="k", Body=b"x", SSEKMSKeyId=key)
    with refused("InvalidArgument", "The encryption method specified is not supported"):
        s3.put_object(Bucket="bucket", Key="k", Body=b"x", ServerSideEncryption="rot13")
    with refused("InvalidArgument"):
        put(s3, key, SSEKMSEncryptionContext="no json")


def test_an_unencrypted_suite_sees_plain_moto(s3):
    s3.put_object(Bucket="bucket", Key="k", Body=b"body")
    assert body(s3) == b"body"
