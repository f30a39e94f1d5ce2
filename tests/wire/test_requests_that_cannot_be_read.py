"""Requests that no client of botocore writes: each service refuses them in its own words ("Common errors" of each API)."""

import json
import re

import pytest
import requests
from botocore import xform_name
from botocore.config import Config

from tests.support.claims import refused

pytestmark = pytest.mark.evidence("documented", '"Common errors" of each API')

NULL = "1 validation error detected: Value null at '{}' failed to satisfy constraint: Member must not be null"
QUIET = Config(parameter_validation=False, retries={"total_max_attempts": 1})


@pytest.fixture
def send(owner):
    """Call an operation, with a request that ``change`` has had."""

    def call(service, operation, change=lambda request: None, **params):
        client = owner.client(service, config=QUIET)
        client.meta.events.register("before-call", lambda params, **_: change(params))
        return getattr(client, xform_name(operation))(**params)

    return call


def body(text):
    def change(request):
        request["body"] = text if isinstance(text, bytes) else text.encode()
        if b"Action=" in request["body"]:
            request["headers"]["Content-Type"] = "application/x-www-form-urlencoded"

    return change


@pytest.mark.parametrize(
    ("service", "operation", "params", "code", "text"),
    [
        ("ec2", "RunInstances", {"ImageId": "ami-1"}, "MissingParameter", "The request must contain the parameter MaxCount"),
        ("ec2", "CopySnapshot", {"SourceRegion": "us-east-1"}, "MissingParameter", "The request must contain the parameter SourceSnapshotId"),
        # moto's own test_terminate_empty_instances and test_create_tag_empty_resource
        ("ec2", "TerminateInstances", {}, "InvalidParameterCombination", "No instances specified"),
        ("ec2", "CreateTags", {"Tags": [{"Key": "k"}]}, "MissingParameter", "The request must contain the parameter resourceIdSet"),
        ("ec2", "DetachVolume", {}, "MissingParameter", "The request must contain the parameter VolumeId"),
        ("rds", "StartDBInstance", {}, "MissingParameter", "The request must contain the parameter DBInstanceIdentifier"),
        ("neptune", "FailoverDBCluster", {}, "MissingParameter", "The request must contain the parameter DBClusterIdentifier"),
        ("rds", "RestoreDBInstanceFromDBSnapshot", {"DBInstanceIdentifier": "a"}, "MissingParameter", "The request must contain the parameter DBSnapshotIdentifier"),
        ("iam", "PutRolePolicy", {"PolicyName": "p", "PolicyDocument": "{}"}, "ValidationError", NULL.format("roleName")),
        ("sts", "AssumeRole", {"RoleSessionName": "s"}, "ValidationError", NULL.format("roleArn")),
        ("sns", "SetTopicAttributes", {"AttributeName": "a"}, "InvalidParameter", "Invalid parameter: TopicArn Reason: no value for required parameter"),
        ("sns", "CreatePlatformApplication", {"Name": "a", "Platform": "APNS", "Attributes": {}}, "ValidationError", NULL.format("attributes")),  # ex-aws/ex_aws#264
        ("sns", "Publish", {"TopicArn": "arn:aws:sns:us-east-1:111111111111:t"}, "ValidationError", NULL.format("message")),
        ("sqs", "SendMessage", {"MessageBody": "a"}, "MissingParameter", "The request must contain the parameter QueueUrl."),
        ("secretsmanager", "DescribeSecret", {}, "ValidationException", NULL.format("secretId")),
        ("dynamodb", "PutItem", {"Item": {}}, "ValidationException", NULL.format("tableName")),
        ("dynamodb", "TransactWriteItems", {"TransactItems": [{"Put": {"Item": {}}}]}, "ValidationException", NULL.format("transactItems.1.member.put.tableName")),
        ("logs", "CreateLogGroup", {}, "InvalidParameterException", NULL.format("logGroupName")),
        ("stepfunctions", "DescribeStateMachine", {}, "ValidationException", NULL.format("stateMachineArn")),
        ("lambda", "CreateFunction", {"FunctionName": "f", "Code": {}}, "ValidationException", NULL.format("role")),
    ],
)  # fmt: skip
def test_what_is_missing_is_named(send, service, operation, params, code, text):
    with refused(code, text):
        send(service, operation, **params)


def test_the_attributes_of_an_object_must_be_named(owner):
    """scality/cloudserver's tests, which run against AWS too; an empty list is an empty header."""
    owner.client("s3").create_bucket(Bucket="bucket")
    owner.client("s3").put_object(Bucket="bucket", Key="k", Body=b"")
    missing = "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty"
    with refused("InvalidRequest", missing):
        owner.client("s3").get_object_attributes(Bucket="bucket", Key="k", ObjectAttributes=[])
    with refused("InvalidArgument", "Invalid attribute name specified."):
        owner.client("s3").get_object_attributes(Bucket="bucket", Key="k", ObjectAttributes=["ETag", "Colour"])


def test_what_is_missing_in_the_address_of_a_rest_service_is_named_too(send):
    def part(request):
        request["url"] = request["url"].replace("partNumber=1", "")

    with refused("InvalidRequest", "Missing required parameter: PartNumber"):
        send("s3", "UploadPart", part, Bucket="bucket", Key="k", UploadId="u", PartNumber=1, Body=b"")


@pytest.mark.parametrize(
    ("service", "form", "code", "text"),
    [
        ("ec2", "Action=RunInstances&MinCount=x&MaxCount=1", "InvalidParameterValue", "Value (x) for parameter MinCount is invalid."),
        ("ec2", "Action=RunInstances&MinCount=1_0&MaxCount=1", "InvalidParameterValue", "Value (1_0) for parameter MinCount is invalid."),
        ("ec2", "Action=RunInstances&MinCount=2147483648&MaxCount=1", "InvalidParameterValue", "Value (2147483648) for parameter MinCount is invalid."),
        ("ec2", "Action=RequestSpotInstances&ValidFrom=never", "InvalidParameterValue", "Value (never) for parameter ValidFrom is invalid."),
        ("rds", "Action=DescribeDBInstances&MaxRecords=x", "InvalidParameterValue", "Value (x) for parameter MaxRecords is invalid."),
        ("iam", "Action=GetUser&UserName=%FF", "MalformedQueryString", "The query string contains a syntax error."),
        ("iam", "Action=GetUser&UserName=%00", "MalformedQueryString", "The query string contains a syntax error."),
        ("ec2", "=&=&", "MissingAction", "The request is missing an action or a required parameter."),
    ],
)  # fmt: skip
def test_a_form_that_cannot_be_read_is_refused(send, service, form, code, text):
    operation = form.partition("Action=")[2].partition("&")[0] or "DescribeVolumes"
    with refused(code, text):
        send(service, operation, body(form))


def test_bytes_that_are_not_utf_8_are_no_form(send):
    with refused("MalformedQueryString"):
        send("iam", "ListUsers", body(b"\xff\xfe"))


@pytest.mark.parametrize("text", [b"\xff", b"{", b"[]", b'"a"', b"[" * 100_000])
@pytest.mark.parametrize(
    ("service", "operation", "params"),
    [
        ("secretsmanager", "ListSecrets", {}),
        ("efs", "CreateFileSystem", {"CreationToken": "t"}),
        ("sqs", "ListQueues", {}),
    ],
)
def test_a_body_that_is_no_json_object_cannot_be_read(send, service, operation, params, text):
    with refused("SerializationException"):
        send(service, operation, body(text), **params)


@pytest.mark.parametrize(
    ("name", "value"), [("Encrypted", "yes"), ("KmsKeyId", 1), ("ProvisionedThroughputInMibps", "1")]
)
def test_a_value_of_another_type_cannot_be_read_in_rest_json_either(send, name, value):
    with refused("SerializationException"):
        send("efs", "CreateFileSystem", body(json.dumps({"CreationToken": "t", name: value})), CreationToken="t")


@pytest.mark.parametrize("text", [b"<", b"<a></b>", b"\xff", b"x"])
def test_a_document_that_is_not_well_formed_is_malformed(owner, send, text):
    owner.client("s3").create_bucket(Bucket="bucket")
    with refused(
        "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema"
    ):
        send("s3", "PutBucketEncryption", body(text), Bucket="bucket", ServerSideEncryptionConfiguration={"Rules": []})


@pytest.mark.parametrize("url", ["https://s3.amazonaws.com//", "https://s3.us-east-1.amazonaws.com//key"])
def test_a_bucket_without_a_name_is_not_valid(aws_world, url):
    answer = requests.put(url, timeout=1)
    assert (answer.status_code, "<Code>InvalidBucketName</Code>" in answer.text) == (400, True)
    assert "<Message>The specified bucket is not valid.</Message>" in answer.text


@pytest.mark.parametrize("url", ["https://s3.amazonaws.com//", "https://s3.us-east-1.amazonaws.com//"])
def test_nothing_is_posted_to_no_bucket(aws_world, url):
    answer = requests.post(url, timeout=1)
    assert (answer.status_code, "<Code>MethodNotAllowed</Code>" in answer.text) == (405, True)
    assert "<Message>The specified method is not allowed against this resource.</Message>" in answer.text


def test_an_error_can_be_read_whatever_it_repeats(owner):
    """XML has no control characters, not even as references."""
    client = owner.client("s3")
    client.create_bucket(Bucket="bucket")
    with refused("NoSuchKey", "The specified key does not exist.", 404) as told:
        client.get_object(Bucket="bucket", Key="a\x01\x1fb")
    assert told.response["Error"]["Key"] in ("a??b", "a%01%1Fb")


@pytest.mark.parametrize("operation", ["DeleteUser", "DeleteUserPermissionsBoundary"])
def test_a_name_that_is_empty_breaks_the_constraints_of_the_model(send, operation):
    message = re.compile(
        "2 validation errors detected: Value '' at 'userName' failed to satisfy constraint: Member must have length "
        "greater than or equal to 1; .*"
    )
    with refused("ValidationError", message):
        send("iam", operation, body(f"Action={operation}&UserName"), UserName="x")


def test_a_form_is_one_whatever_it_says_of_itself(send, owner):
    def other(request):
        request["headers"]["Content-Type"] = "/"

    send("iam", "CreateUser", other, UserName="somebody")
    assert [each["UserName"] for each in owner.client("iam").list_users()["Users"]] == ["somebody"]


def test_a_number_in_an_address_that_is_none_cannot_be_read(send):
    def block(request):
        request["url"] = request["url"].replace("/blocks/1", "/blocks/x")

    with refused("SerializationException"):
        send("ebs", "GetSnapshotBlock", block, SnapshotId="snap-12345678", BlockIndex=1, BlockToken="t")


def test_an_answer_can_be_read_whatever_it_repeats(owner, send):
    """A list of parts repeats the key of the request."""
    s3 = owner.client("s3")
    s3.create_bucket(Bucket="bucket")
    upload = s3.create_multipart_upload(Bucket="bucket", Key="a")["UploadId"]

    def other(request):
        request["url"] = request["url"].replace("/a?", "/%00?")

    assert send("s3", "ListParts", other, Bucket="bucket", Key="a", UploadId=upload)["UploadId"] == upload
