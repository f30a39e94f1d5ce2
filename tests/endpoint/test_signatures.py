"""What signatures are worth over HTTP."""

import datetime
import hashlib
import json

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.support.signed import Signed

pytestmark = pytest.mark.evidence("documented", "Create a signed AWS API request, IAM User Guide")

NO_MATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)
NO_TOKEN = "The security token included in the request is invalid."


def raised(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


@pytest.fixture
def user(aws_world):
    allowed = {"Effect": "Allow", "Action": ["kms:*", "s3:*", "ec2:*", "dynamodb:*"], "Resource": "*"}
    return aws_world.account("111111111111").user("app", policies=[{"Version": "2012-10-17", "Statement": allowed}])


def test_who_signs_with_his_secret_is_himself(client, user):
    assert client("sts", user).get_caller_identity()["Arn"] == "arn:aws:iam::111111111111:user/app"


@pytest.mark.parametrize(
    ("service", "operation", "error"),
    [
        ("kms", "list_keys", ("InvalidSignatureException", 400, NO_MATCH)),
        ("lambda", "list_functions", ("InvalidSignatureException", 403, NO_MATCH)),
        ("iam", "list_users", ("SignatureDoesNotMatch", 403, NO_MATCH)),
        (
            "ec2",
            "describe_volumes",
            ("AuthFailure", 401, "AWS was not able to validate the provided access credentials"),
        ),
        (
            "s3",
            "list_buckets",
            (
                "SignatureDoesNotMatch",
                403,
                "The request signature we calculated does not match the signature you provided. Check your key and "
                "signing method.",
            ),
        ),
    ],
)
def test_another_secret_than_the_one_of_the_key_is_refused(client, user, aws_world, service, operation, error):
    wrong = client(
        service, user, aws_secret_access_key="wrong", config=boto3.session.Config(retries={"total_max_attempts": 1})
    )
    assert raised(getattr(wrong, operation)) == error
    assert aws_world.refusals[-1].cause == "CREDENTIALS-SECRET"


JSON = {"X-Amz-Target": "TrentService.ListKeys", "Content-Type": "application/x-amz-json-1.1"}


def test_a_body_that_is_not_the_one_that_was_signed_is_refused(address, user):
    request = Signed(address, user, b"{}", **JSON)
    assert request.send()[0] == 200
    request.body = b'{"Limit":1}'
    request.headers.pop("Content-Length", None)
    status, content = request.send()
    assert (status, json.loads(content)) == (400, {"__type": "InvalidSignatureException", "message": NO_MATCH})


def test_the_digest_of_another_body_is_refused_by_s3(address, user, client):
    client("s3", user).create_bucket(Bucket="a-bucket")
    content = {"X-Amz-Content-SHA256": "0" * 64}
    request = Signed(address, user, b"text", service="s3", method="PUT", path="/a-bucket/key", **content)
    status, said = request.send()
    assert status == 400
    assert b"<Code>XAmzContentSHA256Mismatch</Code>" in said
    assert b"The provided &apos;x-amz-content-sha256&apos; header" in said.replace(b"'", b"&apos;")


def test_s3_asks_which_body_was_signed(address, user, aws_world):
    """As of avi-wish/aws4-signature-php#1 and request/request#2708."""
    status, said = Signed(address, user, b"", service="s3", method="GET").send()
    assert status == 400
    assert b"<Code>InvalidRequest</Code><Message>Missing required header for this request: x-amz-content-sha256" in said
    assert aws_world.refusals[-1].cause == "SIGNATURE-DIGEST"


def test_s3_tells_the_region_to_who_signs_for_one_that_is_none(client, user, address, aws_world):
    """As of jsoma/flatware#10."""
    digest = {"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}
    request = Signed(address, user, b"", service="s3", method="GET", region="US", **digest)
    status, said = request.send()
    text = "The authorization header is malformed; the region 'US' is wrong; expecting 'us-east-1'"
    told = f"<Code>AuthorizationHeaderMalformed</Code><Message>{text}</Message><Region>us-east-1</Region>"
    assert (status, told in said.decode()) == (400, True)
    assert aws_world.refusals[-1].cause == "SIGNATURE-REGION"


@pytest.mark.evidence("reported", "aws/aws-sdk-js-v3#6400 (KMS), JuliaCloud/AWS.jl#206 (the JSON, with status 400)")
@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (-6, "Signature expired: {signed} is now earlier than {edge} ({now} - 5 min.)"),
        (6, "Signature not yet current: {signed} is still later than {edge} ({now} + 5 min.)"),
        (-4, ""),
        (4, ""),
    ],
)
def test_a_request_of_another_time_is_refused(address, user, aws_world, minutes, said):
    now = aws_world.clock.now().replace(microsecond=0)
    aws_world.clock.freeze(now)
    at = now + datetime.timedelta(minutes=minutes)
    status, content = Signed(address, user, b"{}", at=at, **JSON).send()
    if not said:
        assert status == 200
        return
    edge = now + datetime.timedelta(minutes=5 if minutes > 0 else -5)
    times = {name: each.strftime("%Y%m%dT%H%M%SZ") for name, each in (("signed", at), ("edge", edge), ("now", now))}
    answer = json.loads(content)
    assert (status, answer["__type"]) == (400, "InvalidSignatureException")
    assert answer["message"] == said.format(**times)
    assert aws_world.refusals[-1].cause == "SIGNATURE-TIME"


@pytest.mark.evidence("reported", "convox/rack#235 (query), aws/aws-sdk-js#2565 (DynamoDB); EC2's error codes")
@pytest.mark.parametrize(
    ("service", "minutes", "status", "said"),
    [
        ("sts", 6, 403, b"<Code>SignatureDoesNotMatch</Code><Message>Signature expired: "),
        ("dynamodb", 14, 200, b'"TableNames"'),
        ("dynamodb", 16, 400, b" - 15 min.)"),
        ("ec2", 6, 400, b"<Code>RequestExpired</Code><Message>Request has expired.</Message>"),
        ("s3", 14, 200, b"<ListAllMyBucketsResult"),
        ("s3", 16, 403, b"<Code>RequestTimeTooSkewed</Code>"),
    ],
)
def test_services_have_times_and_words_of_their_own(address, user, service, minutes, status, said):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    json_ = {"X-Amz-Target": "DynamoDB_20120810.ListTables", "Content-Type": "application/x-amz-json-1.0"}
    content, headers = {
        "sts": (b"Action=GetCallerIdentity&Version=2011-06-15", form),
        "ec2": (b"Action=DescribeVolumes&Version=2016-11-15", form),
        "dynamodb": (b"{}", json_),
        "s3": (b"", {"X-Amz-Content-SHA256": hashlib.sha256(b"").hexdigest()}),
    }[service]
    at = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=minutes)
    method = "GET" if service == "s3" else "POST"
    found, answer = Signed(address, user, content, at=at, service=service, method=method, **headers).send()
    assert (found, said in b"".join(each.strip() for each in answer.splitlines())) == (status, True), answer


def test_what_signs_by_the_clock_of_the_machine_is_served_wherever_the_test_moved_time(address, user, aws_world):
    request = Signed(address, user, b"{}", **JSON)
    aws_world.clock.advance(days=400)
    assert request.send()[0] == 200
    assert Signed(address, user, b"{}", **JSON).send()[0] == 200  # and by the clock of the world


def test_the_token_of_a_session_that_is_over_is_refused(client, aws_world, user):
    role = aws_world.account("111111111111").role("reader")
    sts = role.client("sts")
    trust = {"Effect": "Allow", "Principal": {"AWS": role.arn}, "Action": "sts:AssumeRole"}
    account = aws_world.account("111111111111")
    account.client("iam").update_assume_role_policy(
        RoleName="reader", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": trust})
    )
    arn = "arn:aws:iam::111111111111:role/reader"
    made = sts.assume_role(RoleArn=arn, RoleSessionName="short", DurationSeconds=900)["Credentials"]
    given = {
        "aws_access_key_id": made["AccessKeyId"],
        "aws_secret_access_key": made["SecretAccessKey"],
        "aws_session_token": made["SessionToken"],
    }
    kms = client("kms", **given)
    assert client("sts", **given).get_caller_identity()["Arn"].endswith("assumed-role/reader/short")
    aws_world.clock.advance(hours=1)
    expired = ("ExpiredTokenException", 400, "The security token included in the request is expired")
    assert raised(kms.list_keys) == expired


def test_credentials_that_nobody_issued_are_the_default_accounts_unless_all_are_verified(client, aws_world):
    assert client("sts").get_caller_identity()["Arn"] == "arn:aws:iam::123456789012:root"
    with aws_world.endpoint(verify="all") as strict:
        given = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": "us-east-1"}
        kms = boto3.client("kms", endpoint_url=strict, **given)
        assert raised(kms.list_keys) == ("UnrecognizedClientException", 400, NO_TOKEN)


@pytest.mark.parametrize("path", ["a%20b/c+d", "x=y&z", "ü/ö", "a//b", "~tilde"])
def test_s3s_paths_are_signed_as_they_are_sent(client, user, path):
    s3 = client("s3", user)
    s3.create_bucket(Bucket="a-bucket")
    s3.put_object(Bucket="a-bucket", Key=path, Body=b"text")
    assert s3.get_object(Bucket="a-bucket", Key=path)["Body"].read() == b"text"
    assert [each["Key"] for each in s3.list_objects_v2(Bucket="a-bucket", Prefix=path[:2])["Contents"]] == [path]
