"""What a hostile user finds: odd keys and copy sources, broken forms, nested worlds, threads, parts that are not there."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from botocore.config import Config
from moto import mock_aws

import kmsmock
from tests.support.claims import OWNER, allow, refused
from tests.support.demanding_policies import HEADER, KEY_ID, demand
from tests.support.s3 import (
    ARN,
    BODY,
    BUCKET,
    PART,
    complete,
    copy,
    create,
    get,
    head,
    kms_calls,
    part,
    part_copy,
    put,
    read,
    set_default,
    sse,
    upload,
)

pytestmark = pytest.mark.evidence("documented", '"Error responses" (S3 API reference)')


@pytest.mark.parametrize("name", ["/x", "/", "//", "a/", "a//b", "a?versionId=1", "ü %+#", "..", "./x"])
def test_every_name_is_a_name_of_its_own(s3, key, aws_world, name):
    put(s3, "x", b"another")
    with kms_calls(aws_world) as calls:
        put(s3, name, **sse(key))
        assert read(s3, name) == BODY
    assert [context for _, context in calls] == [{"aws:s3:arn": f"{ARN}/{name}"}] * 2
    assert read(s3, "x") == b"another"
    assert read(s3, copy(s3, "copied", name) and "copied") == BODY


def test_a_copy_asks_for_the_object_that_it_reads(s3, owner):
    put(s3, "pub?versionId=1", b"secret")
    thief = owner.user("thief", [allow("s3:*", [f"{ARN}/pub", f"{ARN}/out"])]).client("s3")
    with refused("AccessDenied", status=403):
        copy(thief, "out", "pub?versionId=1")


@pytest.mark.parametrize("outer", ["world", "mock_aws"])
def test_an_inner_world_leaves_the_objects_outside_alone(outer, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    import boto3

    with kmsmock.World() if outer == "world" else mock_aws():
        client = boto3.client("s3", "us-east-1")
        client.create_bucket(Bucket=BUCKET)
        put(client)
        with kmsmock.World() as inner:
            other = inner.account(OWNER).client("s3")
            other.create_bucket(Bucket="another")
            put(other, bucket="another")
        assert read(client) == BODY


def test_parts_are_read_by_their_place_and_not_by_the_number_of_their_upload(s3, key):
    created = create(s3, **sse(key))
    sent = [part(s3, created, number, body) for number, body in [(1, PART), (3, BODY)]]
    listed = [{"PartNumber": number, "ETag": each["ETag"]} for number, each in zip([1, 3], sent, strict=True)]
    where = {name: created[name] for name in ("Bucket", "Key", "UploadId")}
    s3.complete_multipart_upload(**where, MultipartUpload={"Parts": listed})
    assert read(s3, PartNumber=2) == BODY
    assert head(s3, PartNumber=2)["ContentLength"] == len(BODY)
    with refused("InvalidPartNumber", "The requested partnumber is not satisfiable", 416):
        get(s3, PartNumber=3)
    copy(s3, "copied", "k", **sse(key))
    assert head(s3, "copied", PartNumber=1)["ContentLength"] == len(PART + BODY)


@pytest.mark.parametrize("by", [part, part_copy])
def test_a_part_of_no_upload(s3, by):
    nothing = {"Bucket": BUCKET, "Key": "k", "UploadId": "nothing"}
    with refused("NoSuchUpload", status=404):
        by(s3, nothing)


def test_the_parts_of_an_upload_are_judged_by_what_it_asked_for(s3, owner, key):
    writer = owner.user("writer", [allow("*")]).client("s3")
    for condition in (
        {"StringNotEquals": {HEADER: "aws:kms"}},
        {"Null": {HEADER: "true"}},
        {"StringNotEquals": {KEY_ID: key}},
    ):
        demand(s3, condition)
        upload(writer, PART, BODY, **sse(key))
        assert read(writer) == PART + BODY


def test_a_missing_bucket_comes_before_permissions_on_what_to_delete(owner):
    nobody = owner.user("nobody").client("s3")
    with refused("NoSuchBucket", status=404):
        nobody.delete_objects(Bucket="nowhere", Delete={"Objects": [{"Key": "k"}]})


def test_a_composite_checksum_does_not_go_with_a_copy(s3, key):
    created = create(s3, ChecksumAlgorithm="CRC32", **sse(key))
    sent = [part(s3, created, 1, PART), part(s3, created, 2, BODY)]
    complete(s3, created, sent)
    copy(s3, "copied", "k", **sse(key))
    assert read(s3, "copied") == PART + BODY


FORM_ERRORS = {
    "no key": ({"a": "b"}, {"file": b"x"}, "InvalidArgument"),
    "no file": ({"key": "k"}, {"other": b"x"}, "InvalidArgument"),
}


@pytest.mark.parametrize(("fields", "files", "code"), FORM_ERRORS.values(), ids=FORM_ERRORS)
def test_a_form_that_is_not_complete_is_refused(s3, fields, files, code):
    answer = requests.post(f"https://{BUCKET}.s3.amazonaws.com", data=fields, files=files, timeout=10)
    assert (answer.status_code, f"<Code>{code}</Code>" in answer.text) == (400, True)


@pytest.mark.parametrize("status", ["200", "201", "204"])
def test_a_form_answers_with_the_status_that_it_asks_for(s3, status):
    fields = {"success_action_status": status}
    made = s3.generate_presigned_post(BUCKET, "k", Fields=fields, Conditions=[fields])
    assert requests.post(made["url"], data=made["fields"], files={"file": BODY}, timeout=10).status_code == int(status)
    assert read(s3) == BODY


def test_an_update_of_the_encryption_and_reads_at_once(s3, key, another):
    put(s3, body=PART, **sse(key))

    def act(number):
        if number % 3:
            return read(s3) == PART
        target = {"SSEKMS": {"KMSKeyArn": (key, another)[number % 2]}}
        return bool(s3.update_object_encryption(Bucket=BUCKET, Key="k", ObjectEncryption=target))

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(act, range(24)))
    assert read(s3) == PART


def test_a_presigned_url_needs_the_headers_that_were_signed(owner, s3, key):
    signer = owner.client("s3", config=Config(signature_version="s3v4"))
    link = signer.generate_presigned_url("put_object", Params={"Bucket": BUCKET, "Key": "k", **sse(key)})
    answer = requests.put(link, data=BODY, timeout=10)
    assert (answer.status_code, "<Code>SignatureDoesNotMatch</Code>" in answer.text) == (403, True)
    assert s3.list_objects_v2(Bucket=BUCKET, Prefix="k")["KeyCount"] == 0


@pytest.mark.parametrize("enabled", [True, False])
def test_a_template_turns_the_bucket_key_on(owner, key, enabled):
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    rule = {"ServerSideEncryptionByDefault": default, "BucketKeyEnabled": enabled}
    encryption = {"ServerSideEncryptionConfiguration": [rule]}
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "templated", "BucketEncryption": encryption}}
    template = json.dumps({"Resources": {"Bucket": bucket}})
    owner.client("cloudformation").create_stack(StackName="stack", TemplateBody=template)
    answer = put(owner.client("s3"), bucket="templated")
    assert (answer["SSEKMSKeyId"], answer.get("BucketKeyEnabled", False)) == (key, enabled)


def test_a_composite_checksum_does_not_go_with_a_copy_in_place(s3, key, another):
    created = create(s3, ChecksumAlgorithm="CRC32", **sse(key))
    complete(s3, created, [part(s3, created, 1, PART), part(s3, created, 2, BODY)])
    copy(s3, "k", "k", **sse(another))
    assert read(s3) == PART + BODY


def test_a_refused_write_makes_no_managed_key(s3, owner, kms):
    set_default(s3)
    with refused("AccessDenied", status=403):
        put(owner.user("nobody").client("s3"))
    (found,) = [each for each in kms.list_aliases()["Aliases"] if each["AliasName"] == "alias/aws/s3"]
    assert "TargetKeyId" not in found
