"""Lesson 10. KMS has quotas of requests a second: who asks more often is throttled, and has to ask again."""

from botocore.config import Config


def test_more_requests_than_the_quota(aws_world, aws_clock, account, refused):
    """The third request in a second is one too many; the next second has room again"""
    kms = account.client("kms", config=Config(retries={"total_max_attempts": 1}))
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    aws_clock.freeze()
    aws_world.quotas({"symmetric": 2})
    for _ in range(2):
        kms.encrypt(KeyId=key, Plaintext=b"x")
    with refused("ThrottlingException"):
        kms.encrypt(KeyId=key, Plaintext=b"x")
    aws_clock.advance(seconds=1)
    kms.encrypt(KeyId=key, Plaintext=b"x")
