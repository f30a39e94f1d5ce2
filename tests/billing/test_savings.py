"""What S3 Bucket Keys and a cache of data keys would have saved: all but one request of a kind in five minutes."""

import pytest

from tests.support.billing import ALL_PAID, REQUEST
from tests.support.claims import allow

pytestmark = pytest.mark.evidence(
    "documented",
    '"Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys"; the five minutes are those of the KMS caches of the services',
)

BUCKET_KEYS, CACHING = "S3 Bucket Keys", "data key caching"


@pytest.fixture
def s3(clock, owner):
    client = owner.client("s3")
    client.create_bucket(Bucket="bucket")
    return client


def put(s3, key, name):
    s3.put_object(Bucket="bucket", Key=name, Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)


def test_bucket_keys_would_have_saved_all_but_the_first_of_a_bucket(aws_world, s3, key):
    for name in "abcde":
        put(s3, key, name)
        s3.get_object(Bucket="bucket", Key=name)["Body"].read()
    savings = aws_world.bill(prices=ALL_PAID).savings
    assert savings[BUCKET_KEYS] == (8, 8 * REQUEST)  # of 5 GenerateDataKey and 5 Decrypt
    assert savings[CACHING] == (0, 0)


def test_a_bucket_key_serves_one_requester_for_five_minutes(aws_world, clock, owner, s3, key):
    put(s3, key, "a")
    clock.advance(minutes=6)
    put(s3, key, "b")
    put(owner.user("app", [allow(["s3:*", "kms:*"])]).client("s3"), key, "c")
    assert aws_world.bill(prices=ALL_PAID).savings[BUCKET_KEYS].requests == 0


def test_what_is_in_the_free_tier_saves_no_money(aws_world, s3, key):
    put(s3, key, "a")
    put(s3, key, "b")
    assert aws_world.bill().savings[BUCKET_KEYS] == (1, 0)


def test_a_cache_would_have_saved_data_keys_of_one_encryption_context(aws_world, clock, kms, key):
    for context in ("a", "a", "a", "b"):
        kms.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext={"app": context})
    assert aws_world.bill(prices=ALL_PAID).savings == {BUCKET_KEYS: (0, 0), CACHING: (2, 2 * REQUEST)}
    text = str(aws_world.bill(prices=ALL_PAID))
    assert "data key caching would have saved up to 2 requests, 0.000006 USD" in text
    assert BUCKET_KEYS not in text


def test_what_must_be_asked_each_time_is_not_saved(aws_world, clock, kms, key):
    pair = kms.create_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["KeyId"]
    rsa = {"KeyId": pair, "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
    blob = kms.encrypt(Plaintext=b"x", **rsa)["CiphertextBlob"]
    for _ in range(3):
        kms.encrypt(KeyId=key, Plaintext=b"x")
        kms.decrypt(CiphertextBlob=blob, **rsa)
        kms.generate_data_key_pair(KeyId=key, KeyPairSpec="ECC_NIST_P256")
    assert aws_world.bill().savings[CACHING].requests == 0


def test_savings_of_a_year_are_those_of_its_months(aws_world, clock, kms, key):
    clock.move_to("2026-01-31T23:59")
    for _ in range(3):
        kms.generate_data_key(KeyId=key, KeySpec="AES_256")
        clock.advance(minutes=2)
    months = [aws_world.bill(month, prices=ALL_PAID).savings[CACHING].requests for month in ("2026-01", "2026-02")]
    assert (months, aws_world.bill("2026").savings[CACHING].requests) == ([0, 2], 2)
