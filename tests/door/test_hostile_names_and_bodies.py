"""Names that break lines, colour terminals or make no XML, and bodies that grow: entry 13, and "Safety of the tool"."""

import bz2
import gzip
import http.client
import io
import zipfile
from contextlib import suppress

import pytest
import requests
from botocore.exceptions import ClientError

import kmsmock
from conftest_plugin.report import explanations
from kmsmock.iam.printable import printable
from kmsmock.services.s3 import queries
from tests.support.claims import OWNER, refused
from tests.support.raw_requests import signed

NAME = "a\nINJECTED: passed\r\x1b[31mred\x07\u202e<b>&\x01\x85"
SHOWN = r"a\nINJECTED: passed\r\x1b[31mred\x07\u202e<b>&\x01\x85"


@pytest.fixture
def nobody(owner):
    return owner.user("nobody")


def test_a_denial_is_awss_and_says_the_name(owner, nobody):
    owner.client("s3").create_bucket(Bucket="bucket")
    with refused("AccessDenied", status=403) as refusal:
        nobody.client("s3").get_object(Bucket="bucket", Key=NAME)
    assert "is not authorized to perform: s3:GetObject" in refusal.response["Error"]["Message"]
    with refused("NoSuchKey", "The specified key does not exist.", 404):
        owner.client("s3").get_object(Bucket="bucket", Key=NAME)


def test_what_no_form_can_hold_is_refused_before_moto_repeats_it(owner, nobody):
    with refused("MalformedQueryString", "The query string contains a syntax error."):
        owner.client("ec2").create_snapshot(VolumeId=f"vol-{NAME}")
    with refused("MalformedQueryString", "The query string contains a syntax error."):
        nobody.client("sts").assume_role(RoleArn=f"arn:aws:iam::{OWNER}:role/{NAME}", RoleSessionName="name")


CALLS = {
    "s3": lambda user: user.client("s3").get_object(Bucket="bucket", Key=NAME),
    "secretsmanager": lambda user: user.client("secretsmanager").get_secret_value(SecretId=NAME),
    "put": lambda user: user.client("s3").put_object(Bucket="bucket", Key=NAME, Body=b""),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_report_has_the_lines_that_it_means(aws_world, owner, nobody, call):
    owner.client("s3").create_bucket(Bucket="bucket")
    with suppress(ClientError):  # pytest.raises would say that it was expected
        call(nobody)
    for text in (aws_world.decisions[-1].explain(), explanations(aws_world)):
        assert "\x1b" not in text
        assert SHOWN in text
        assert not any(line.startswith("INJECTED") for line in text.splitlines())


def test_the_names_of_statements_are_shown_as_one_line():
    statement = {"Sid": "x\x1b[2J\nok", "Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*"}
    text = kmsmock.simulate(
        f"arn:aws:iam::{OWNER}:user/alice",
        "kms:Decrypt",
        f"arn:aws:kms:us-east-1:{OWNER}:key/1",
        identity_policies={"Version": "2012-10-17", "Statement": [statement]},
    ).explain()
    assert "\x1b" not in text
    assert r"x\x1b[2J\nok" in text


def test_the_life_of_a_key_is_shown_in_lines(aws_world, kms):
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.update_key_description(KeyId=key, Description="x\nINJECTED\x1b[31m")
    text = str(aws_world.timeline(key))
    assert "\x1b" not in text
    assert len(text.splitlines()) == len(aws_world.timeline(key))


def test_plain_text_is_shown_as_it_is():
    assert printable("Grüße, 世界 {'a': 1}") == "Grüße, 世界 {'a': 1}"


def test_the_code_of_a_fault_is_checked_before_it_is_written(aws_world):
    with pytest.raises(ValueError, match="give the code of an error"), aws_world.fault("s3", "*", error="</Code>\r\nX"):
        pass


def test_headers_of_answers_stay_headers(owner):
    """An answer that ``http.client`` reads is written by ourselves."""
    s3 = owner.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="k", Body=b"body", ContentDisposition="a b")
    path = "/bucket/k?response-content-type=a%0D%0AInjected:%20yes"
    url, headers = signed(owner.root, "s3", "GET", path, {"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}, b"")
    connection = http.client.HTTPSConnection("s3.us-east-1.amazonaws.com", timeout=5)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    assert (answer.getheader("Injected"), answer.read()) == (None, b"body")
    assert url.endswith(path)


# --- bodies -----------------------------------------------------------------------------------------------------------

LAUGHS = """<!DOCTYPE x [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<Tagging><TagSet><Tag><Key>&b;</Key><Value>v</Value></Tag></TagSet></Tagging>"""


@pytest.mark.parametrize("coding", ["utf-8", "utf-16"])
def test_xml_with_entities_is_no_document_of_s3(owner, coding):
    s3 = owner.client("s3")
    s3.create_bucket(Bucket="bucket")
    body = LAUGHS.encode(coding)
    headers = {"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}
    url, headers = signed(owner.root, "s3", "PUT", "/bucket?tagging", headers, body)
    answer = requests.put(url, headers=headers, data=body, timeout=10)
    assert (answer.status_code, b"<Code>MalformedXML</Code>" in answer.content) == (400, True)
    with refused("NoSuchTagSet", status=404):
        s3.get_bucket_tagging(Bucket="bucket")


def package(size):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file, file.open("big", "w", force_zip64=True) as big:
        for _ in range(size // 2**20):
            big.write(bytes(2**20))
    return made.getvalue()


def test_a_package_that_unpacks_too_far_is_refused_unopened(owner):
    """Lambda's own words, and quota: 250 MB unzipped."""
    bomb, role = package(251 * 2**20), owner.role("app", trust="lambda.amazonaws.com")
    functions = owner.client("lambda")
    common = {"FunctionName": "f", "Runtime": "python3.12", "Role": role.arn, "Handler": "a.h"}
    text = "Unzipped size must be smaller than 262144000 bytes"
    with refused("InvalidParameterValueException", text):
        functions.create_function(**common, Code={"ZipFile": bomb})
    with refused("InvalidParameterValueException", text):
        functions.publish_layer_version(LayerName="layer", Content={"ZipFile": bomb})
    functions.create_function(**common, Code={"ZipFile": package(2**20)})
    with refused("InvalidParameterValueException", text):
        functions.update_function_code(FunctionName="f", ZipFile=bomb)
    s3 = owner.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="bomb", Body=bomb)
    with refused("InvalidParameterValueException", text):
        functions.update_function_code(FunctionName="f", S3Bucket="bucket", S3Key="bomb")


@pytest.mark.parametrize(("kind", "pack"), [("GZIP", gzip.compress), ("BZIP2", bz2.compress)])
def test_an_object_that_unpacks_too_far_is_not_queried(owner, kind, pack, monkeypatch):
    monkeypatch.setattr(queries, "UNPACKED", 2**20)
    s3 = owner.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="k", Body=pack(bytes(2**20 + 1)))
    asked = {"Expression": "SELECT * FROM S3Object", "ExpressionType": "SQL", "OutputSerialization": {"CSV": {}}}
    with pytest.raises(NotImplementedError, match="S3 Select on what unpacks to more than 1048576 bytes"):
        s3.select_object_content(
            Bucket="bucket", Key="k", InputSerialization={"CompressionType": kind, "CSV": {}}, **asked
        )


def test_names_that_climb_stay_names(owner, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    s3, secrets = owner.client("s3"), owner.client("secretsmanager")
    s3.create_bucket(Bucket="bucket")
    for name in ("../../climbed", "/etc/climbed", "..\\climbed"):
        s3.put_object(Bucket="bucket", Key=name, Body=b"x")
        secrets.create_secret(Name=name, SecretString="x")
        assert s3.get_object(Bucket="bucket", Key=name)["Body"].read() == b"x"
    assert list(tmp_path.parent.rglob("climbed")) == []


def test_a_body_of_100_megabytes(owner, kms, key):
    """It is refused, or stored, by what the service says of its size; nothing grows beside it."""
    body = bytes(100 * 2**20)
    s3 = owner.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="k", Body=body)
    assert s3.head_object(Bucket="bucket", Key="k")["ContentLength"] == len(body)
    with refused("ValidationException"):
        kms.encrypt(KeyId=key, Plaintext=body)


# --- deliveries -------------------------------------------------------------------------------------------------------


def test_topics_deliver_to_nobody_outside(owner):
    """moto posts in earnest; AWS's own answer to Publish does not depend on who listens."""
    sns = owner.client("sns")
    topic = sns.create_topic(Name="topic")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="https", Endpoint="https://hook.example.com/x?token=secret")
    with pytest.warns(UserWarning, match=r"nothing is delivered to 'https://hook.example.com/x'"):
        assert sns.publish(TopicArn=topic, Message="hello")["MessageId"]


def test_what_mocks_requests_sees_what_topics_deliver(owner):
    import responses

    sns = owner.client("sns")
    topic = sns.create_topic(Name="topic")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="https", Endpoint="https://hook.example.com/x")
    with responses.RequestsMock() as mock:
        mock.add(responses.POST, "https://hook.example.com/x")
        sns.publish(TopicArn=topic, Message="hello")
        assert b"hello" in mock.calls[0].request.body
