"""Cases for an account of AWS: what services say of keys that cannot be used."""

import re

import pytest

from tests.support.claims import refused


@pytest.fixture
def kms(aws_case):
    return aws_case.client("kms")


@pytest.fixture
def key(kms):
    return kms.create_key()["KeyMetadata"]["Arn"]


def bucket_of(aws_case, s3):
    name = aws_case.name("bucket")
    where = {} if aws_case.region == "us-east-1" else {"LocationConstraint": aws_case.region}
    s3.create_bucket(Bucket=name, **({"CreateBucketConfiguration": where} if where else {}))
    return name


@pytest.mark.verify_aws(makes=["key", "bucket", "object"])
def test_s3_reads_nothing_under_a_disabled_key(aws_case, kms, key):
    s3 = aws_case.client("s3")
    bucket = bucket_of(aws_case, s3)
    s3.put_object(Bucket=bucket, Key="o", Body=b"text", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    kms.disable_key(KeyId=key)
    aws_case.settle()
    with refused("KMS.DisabledException", f"{key} is disabled."):
        s3.get_object(Bucket=bucket, Key="o")


@pytest.mark.verify_aws(makes=["bucket", "object"])
def test_s3_writes_nothing_under_a_key_that_does_not_exist(aws_case):
    s3 = aws_case.client("s3")
    bucket = bucket_of(aws_case, s3)
    absent = f"arn:aws:kms:{aws_case.region}:{aws_case.account_id}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    with refused("KMS.NotFoundException", f"Key '{absent}' does not exist"):
        s3.put_object(Bucket=bucket, Key="o", Body=b"text", ServerSideEncryption="aws:kms", SSEKMSKeyId=absent)


@pytest.mark.verify_aws(makes=["key", "secret"])
def test_a_secret_is_not_read_under_a_disabled_key(aws_case, kms, key):
    secrets = aws_case.client("secretsmanager")
    name = secrets.create_secret(Name=aws_case.name("secret"), KmsKeyId=key, SecretString="text")["Name"]
    kms.disable_key(KeyId=key)
    aws_case.settle()
    with refused(
        "DecryptionFailure", re.compile(rf"Secrets Manager can't decrypt the secret value: {key} is disabled\..*")
    ):
        secrets.get_secret_value(SecretId=name)
