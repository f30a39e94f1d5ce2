"""What botocore does with dates: signatures, presigned URLs and the end of credentials, from 2015 to 2100."""

import boto3
import pytest
import requests
from botocore.credentials import RefreshableCredentials
from botocore.session import get_session

from tests.support.claims import allow

DATES = pytest.mark.parametrize("date", ["2015-01-01", "2038-01-19T03:14:08", "2099-12-31T23:59:59"])


@DATES
def test_requests_are_signed_for_the_date_and_answered(aws_clock, kms, date):
    aws_clock.freeze(date)
    signed = []
    kms.meta.events.register("before-send.kms.Encrypt", lambda request, **_: signed.append(request.headers))
    key = kms.create_key()["KeyMetadata"]
    assert key["CreationDate"] == aws_clock.now()
    kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")
    stamp = signed[0]["X-Amz-Date"]
    assert (stamp.decode() if isinstance(stamp, bytes) else stamp) == f"{aws_clock.now():%Y%m%dT%H%M%SZ}"


@DATES
def test_a_presigned_url_is_good_for_its_time_at_that_date(aws_clock, owner, date):
    aws_clock.freeze(date)
    s3 = owner.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="k", Body=b"body")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "k"}, ExpiresIn=60)
    assert requests.get(url, timeout=5).content == b"body"
    aws_clock.advance(seconds=61)
    assert requests.get(url, timeout=5).status_code == 403


@DATES
def test_credentials_are_refreshed_when_their_end_comes_near(aws_clock, owner, date):
    aws_clock.freeze(date)
    role = owner.role("app", [allow("kms:*")])
    sts = owner.user("ann", [allow("sts:AssumeRole")]).client("sts")
    session, made = get_session(), []

    def fetch():
        given = sts.assume_role(RoleArn=role.arn, RoleSessionName="app", DurationSeconds=3600)["Credentials"]
        made.append(given["AccessKeyId"])
        return {
            "access_key": given["AccessKeyId"],
            "secret_key": given["SecretAccessKey"],
            "token": given["SessionToken"],
            "expiry_time": given["Expiration"].isoformat(),
        }

    session._credentials = RefreshableCredentials.create_from_metadata(fetch(), fetch, "sts-assume-role")
    kms = boto3.Session(botocore_session=session, region_name="us-east-1").client("kms")
    kms.create_key()
    aws_clock.advance(minutes=30)
    kms.create_key()
    assert len(made) == 1
    aws_clock.advance(minutes=29, seconds=59)
    kms.create_key()
    assert len(made) == 2
    aws_clock.advance(days=30)
    kms.create_key()
    assert len(made) == 3
