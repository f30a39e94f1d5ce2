"""Requests that nobody signed, at an address where all signatures are verified."""

import http.client
import json

import boto3
import pytest

pytestmark = pytest.mark.evidence("reported", "public reports of each protocol: MissingAuthenticationToken")


JSON = {"X-Amz-Target": "TrentService.ListKeys", "Content-Type": "application/x-amz-json-1.1"}


def unsigned(url, content=b"", method="POST", path="/", **headers):
    """What is answered where nobody signed, with the headers."""
    connection = http.client.HTTPConnection(url.host, url.port)
    connection.request(method, path, content, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, answer.getheader("x-amzn-ErrorType"), body


FORM = "application/x-www-form-urlencoded"
MISSING = "Request is missing Authentication Token"


@pytest.mark.evidence(
    "reported",
    "amazon-archives/aws-dynamodb-session-tomcat#42 (JSON), amzn/selling-partner-api-docs#3081 (STS), "
    "test-kitchen/kitchen-ec2#440 (EC2)",
)
def test_what_nobody_signed_is_refused_where_all_are_verified(aws_world):
    with aws_world.endpoint(verify="all") as url:
        status, _, answer = unsigned(url, b"{}", **JSON)
        assert (status, json.loads(answer)) == (
            400,
            {"__type": "MissingAuthenticationTokenException", "message": MISSING},
        )
        assert aws_world.refusals[-1].cause == "SIGNATURE-NONE"
        asked = {"Content_Type": FORM, "Host": "sts.us-east-1.amazonaws.com"}
        status, _, answer = unsigned(url, b"Action=GetCallerIdentity&Version=2011-06-15", **asked)
        assert status == 403
        assert f"<Code>MissingAuthenticationToken</Code><Message>{MISSING}</Message>".encode() in joined(answer)
        asked["Host"] = "ec2.us-east-1.amazonaws.com"
        status, _, answer = unsigned(url, b"Action=DescribeVolumes&Version=2016-11-15", **asked)
        assert status == 400
        said = "<Code>MissingParameter</Code><Message>The request must contain the parameter AWSAccessKeyId</Message>"
        assert said.encode() in joined(answer)


@pytest.mark.evidence(
    "assumed", "the words are of Troubleshoot signed requests, IAM User Guide; code and status are a choice"
)
def test_rest_services_say_the_same_in_words_of_their_own(aws_world):
    with aws_world.endpoint(verify="all") as url:
        host = {"Host": "lambda.us-east-1.amazonaws.com"}
        status, kind, answer = unsigned(url, method="GET", path="/2015-03-31/functions/", **host)
        assert (status, kind) == (403, "MissingAuthenticationTokenException")
        assert "Missing Authentication Token" in json.loads(answer).values()


def joined(answer):
    return b"".join(each.strip() for each in answer.splitlines())


@pytest.mark.evidence("documented", "AssumeRoleWithWebIdentity, STS API reference; bucket policies, S3 User Guide")
def test_what_needs_no_signature_is_served_without_one(aws_world):
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="a-bucket")
    with aws_world.endpoint(verify="all") as url:
        status, _, answer = unsigned(url, method="GET", path="/a-bucket/key")
        assert (status, b"<Code>AccessDenied</Code>" in answer) == (403, True)
        asked = b"Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleSessionName=a&WebIdentityToken=abcd&RoleArn="
        status, _, answer = unsigned(url, asked + b"arn:aws:iam::123456789012:role/nobody", Content_Type=FORM)
        assert b"MissingAuthenticationToken" not in answer
        assert status != 501
