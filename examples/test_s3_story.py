"""Objects in S3 under a customer managed key, and what happens to them when the key is disabled."""

BUCKET = "invoices"


def test_objects_are_unreadable_while_their_key_is_disabled(aws_world, story):
    """(c) S3 objects under a customer managed key that is disabled in mid-life"""
    account = aws_world.account("111111111111")
    s3, kms = account.client("s3"), account.client("kms")
    key = kms.create_key(Description="invoices")["KeyMetadata"]["Arn"]
    s3.create_bucket(Bucket=BUCKET)
    put = s3.put_object(Bucket=BUCKET, Key="2026/1", Body=b"42", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    assert put["SSEKMSKeyId"] == key
    assert s3.get_object(Bucket=BUCKET, Key="2026/1")["Body"].read() == b"42"
    story.say(f"an object is written and read under {key}")

    kms.disable_key(KeyId=key)
    with story.refused("reading it once the key is disabled", "KMS.DisabledException"):
        s3.get_object(Bucket=BUCKET, Key="2026/1")
    with story.refused("writing another one", "KMS.DisabledException"):
        s3.put_object(Bucket=BUCKET, Key="2026/2", Body=b"43", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)

    kms.enable_key(KeyId=key)
    assert s3.get_object(Bucket=BUCKET, Key="2026/1")["Body"].read() == b"42"
    story.say("the key is enabled again, and the object is readable")
