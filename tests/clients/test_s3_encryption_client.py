"""The S3 Encryption Client for Python: objects that are encrypted before S3 has them."""

import pytest
from s3_encryption import S3EncryptionClient, S3EncryptionClientConfig
from s3_encryption.exceptions import S3EncryptionClientError
from s3_encryption.materials.kms_keyring import KmsKeyring


def client(app, key, region="us-east-1"):
    keyring = KmsKeyring(app.client("kms", region), key)
    return S3EncryptionClient(app.client("s3"), S3EncryptionClientConfig(keyring))


@pytest.fixture
def bucket(app):
    app.client("s3").create_bucket(Bucket="bucket")
    return "bucket"


def test_s3_has_the_ciphertext_and_the_client_the_plaintext(app, aws_world, key, bucket, calls):
    s3 = client(app, key)
    calls()
    s3.put_object(Bucket=bucket, Key="k", Body=b"secret", EncryptionContext={"purpose": "test"})
    assert b"secret" not in app.client("s3").get_object(Bucket=bucket, Key="k")["Body"].read()
    assert s3.get_object(Bucket=bucket, Key="k", EncryptionContext={"purpose": "test"})["Body"].read() == b"secret"
    assert calls() == {"GenerateDataKey": 1, "Decrypt": 1}
    context = aws_world.events[-1]["requestParameters"]["encryptionContext"]
    assert context == {"purpose": "test", "aws:x-amz-cek-alg": "115"}


def test_parts_are_encrypted_too(app, key, bucket, tmp_path):
    big = tmp_path / "big"
    big.write_bytes(b"0123456789" * 600_000)
    s3 = client(app, key)
    s3.upload_file(str(big), bucket, "big", multipart_chunksize=5 * 1024 * 1024)
    assert s3.get_object(Bucket=bucket, Key="big")["Body"].read() == big.read_bytes()


def test_another_context_is_refused(app, key, bucket):
    s3 = client(app, key)
    s3.put_object(Bucket=bucket, Key="k", Body=b"secret", EncryptionContext={"purpose": "test"})
    with pytest.raises(S3EncryptionClientError, match="Provided encryption context does not match"):
        s3.get_object(Bucket=bucket, Key="k")


def test_refusals_come_out_with_their_reason(app, key, bucket, refusal):
    s3 = client(app, key)
    s3.put_object(Bucket=bucket, Key="k", Body=b"secret")
    refusal.befall(key)
    with pytest.raises(S3EncryptionClientError, match=f"Failed to encrypt object.*{refusal.code}.*{refusal.reason}"):
        s3.put_object(Bucket=bucket, Key="k", Body=b"")
    with pytest.raises(S3EncryptionClientError, match=f"Failed to .*decrypt object.*{refusal.code}.*{refusal.reason}"):
        s3.get_object(Bucket=bucket, Key="k")


def test_a_replica_decrypts_what_its_primary_encrypted(app, multi_region, bucket, kms):
    primary, replica = multi_region
    client(app, primary).put_object(Bucket=bucket, Key="k", Body=b"secret")
    kms.disable_key(KeyId=primary)
    assert client(app, replica, "eu-west-1").get_object(Bucket=bucket, Key="k")["Body"].read() == b"secret"
