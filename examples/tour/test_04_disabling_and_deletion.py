"""Lesson 4. A key that is disabled comes back, a key that is deleted does not, and its data goes with it."""

BUCKET = "invoices"


def test_objects_are_unreadable_while_their_key_is_disabled(account, kms, refused):
    """Objects in S3 are unreadable as long as their key is disabled"""
    s3 = account.client("s3")
    key = kms.create_key(Description="invoices")["KeyMetadata"]["Arn"]
    s3.create_bucket(Bucket=BUCKET)
    under_key = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    assert s3.put_object(Bucket=BUCKET, Key="2026/1", Body=b"42", **under_key)["SSEKMSKeyId"] == key

    kms.disable_key(KeyId=key)
    with refused("KMS.DisabledException"):
        s3.get_object(Bucket=BUCKET, Key="2026/1")
    with refused("KMS.DisabledException"):
        s3.put_object(Bucket=BUCKET, Key="2026/2", Body=b"43", **under_key)

    kms.enable_key(KeyId=key)
    assert s3.get_object(Bucket=BUCKET, Key="2026/1")["Body"].read() == b"42"


def test_a_deletion_can_be_cancelled_until_its_day(aws_clock, kms, refused):
    """A key waits seven to thirty days for its deletion, in which nobody can use it and somebody may think better"""
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    aws_clock.advance(days=6)
    with refused("KMSInvalidStateException"):
        kms.decrypt(CiphertextBlob=blob)
    kms.cancel_key_deletion(KeyId=key)
    kms.enable_key(KeyId=key)
    aws_clock.advance(days=365)
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_what_goes_with_a_deleted_key(aws_world, aws_clock, account, kms, refused):
    """Once a key is deleted, all that was encrypted under it is lost: it can be told before"""
    s3 = account.client("s3")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="2026/1", Body=b"42", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    assert [each.kind for each in aws_world.depends_on(key).where(kind="object")] == ["object"]
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    aws_clock.advance(days=8)
    with refused("KMS.NotFoundException"):
        s3.get_object(Bucket=BUCKET, Key="2026/1")
    with refused("NotFoundException"):
        kms.describe_key(KeyId=key)
