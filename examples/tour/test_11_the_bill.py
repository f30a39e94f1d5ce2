"""Lesson 11. What it costs: a dollar a month for a key and for each of its first two rotations; and requests."""

from decimal import Decimal


def test_a_year_of_a_key_that_rotates(aws_world, aws_clock, kms):
    """A key costs a dollar a month, and from each of its first two rotations on a dollar more"""
    aws_clock.freeze("2026-01-01")
    kms.enable_key_rotation(KeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    aws_clock.move_to("2031-01-01")
    assert [aws_world.bill(year).keys for year in ("2026", "2027", "2028", "2029")] == [12, 24, 36, 36]


def test_a_key_that_waits_for_its_deletion_is_free(aws_world, aws_clock, kms):
    """A key that waits for its deletion costs nothing; if that is cancelled, it is charged after all"""
    aws_clock.freeze("2026-01-01")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.schedule_key_deletion(KeyId=key)
    aws_clock.move_to("2026-01-30")
    assert aws_world.bill("2026-01").keys < Decimal("0.01")
    kms.cancel_key_deletion(KeyId=key)
    aws_clock.move_to("2026-02-01")
    assert aws_world.bill("2026-01").keys == 1


def test_requests_that_services_make(aws_world, account, kms):
    """Services ask for those who ask them, who pay for it"""
    s3 = account.client("s3")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    s3.create_bucket(Bucket="invoices")
    for number in range(20):
        s3.put_object(Bucket="invoices", Key=str(number), Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    bill = aws_world.bill()
    assert bill.where(via="s3.amazonaws.com").request_count == 20
    assert bill.savings["S3 Bucket Keys"].requests == 19
