"""Bodies that botocore would not write: other clients send them, and KMS refuses what it cannot read."""

import json

import pytest
import requests
from botocore import xform_name
from botocore.config import Config

from tests.support.claims import refused

pytestmark = pytest.mark.evidence(
    "reported",
    "public reports of SerializationException, of DynamoDB too, which shares the protocol; the order is chosen here",
)

ROOT = "arn:aws:iam::111111111111:root"
NO_LIST = "Start of list found where not expected."
NO_MAP = "Start of structure or map found where not expected."


@pytest.fixture
def send(owner):
    """Call an operation with a body of one's own: a text, or something that is written as JSON."""

    def call(operation, body):
        client = owner.client("kms", config=Config(parameter_validation=False))
        sent = body if isinstance(body, str) else json.dumps(body)
        client.meta.events.register("before-call.kms", lambda params, **_: params.update(body=sent.encode()))
        return getattr(client, xform_name(operation))()

    return call


def encrypting(key, context):
    return "Encrypt", {"KeyId": key, "Plaintext": "eA==", "EncryptionContext": context}


def granting(key, context, kind="EncryptionContextEquals"):
    grantee = {"GranteePrincipal": ROOT, "Operations": ["Encrypt"]}
    return "CreateGrant", {"KeyId": key, **grantee, "Constraints": {kind: context}}


@pytest.mark.parametrize(("sent", "read"), [(1, "1"), (1.5, "1.5"), (True, "true"), (False, "false")])
def test_numbers_and_booleans_in_an_encryption_context_are_read_as_their_texts(kms, key, send, sent, read):
    blob = send(*encrypting(key, {"a": sent}))["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob, EncryptionContext={"a": read})["Plaintext"] == b"x"
    send(*granting(key, {"a": sent}))
    (grant,) = kms.list_grants(KeyId=key)["Grants"]
    assert grant["Constraints"] == {"EncryptionContextEquals": {"a": read}}


@pytest.mark.parametrize("asked", [encrypting, granting])
@pytest.mark.parametrize(
    ("context", "text"),
    [
        ({"a": []}, NO_LIST),
        ({"a": {}}, NO_MAP),
        ({"a": None}, None),  # the words of AWS are not known
        ({"a": "\ud800"}, ""),
        ({"\ud800": "a"}, ""),
        ([], NO_LIST),
        ("a", "STRING_VALUE can not be converted to a Map"),
    ],
)
def test_a_context_of_anything_but_texts_cannot_be_read(kms, key, send, asked, context, text):
    with refused("SerializationException", text):
        send(*asked(key, context))
    assert kms.list_grants(KeyId=key)["Grants"] == []


@pytest.mark.parametrize(
    ("date", "text"),
    [
        ('"abc"', "STRING_VALUE can not be converted to a Timestamp"),
        ('""', "STRING_VALUE can not be converted to a Timestamp"),
        ("[]", NO_LIST),
        ("{}", NO_MAP),
        ("NaN", "NUMBER_VALUE can not be converted to a Timestamp"),
        ("1e15", "NUMBER_VALUE can not be converted to a Timestamp"),
        ("1e400", "NUMBER_VALUE can not be converted to a Timestamp"),
        (str(10**30), "NUMBER_VALUE can not be converted to a Timestamp"),
        ("true", "TRUE_VALUE can not be converted to a Timestamp"),
    ],
)
def test_what_is_no_date_cannot_be_read(kms, send, date, text):
    key = kms.create_key(Origin="EXTERNAL")["KeyMetadata"]["KeyId"]
    with refused("SerializationException", text):
        send(
            "ImportKeyMaterial",
            f'{{"KeyId": "{key}", "ImportToken": "eA==", "EncryptedKeyMaterial": "eA==", "ValidTo": {date}}}',
        )


@pytest.mark.parametrize("body", ["[" * 100_000, "{", "[]", '"a"'])
def test_a_body_that_is_no_json_object_cannot_be_read(send, body):
    with refused("SerializationException", ""):
        send("ListKeys", body)


@pytest.mark.parametrize("target", ["TrentService.Foo", "Foo"])
def test_an_operation_that_kms_does_not_have_is_unknown(aws_world, target):
    headers = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"}
    answer = requests.post("https://kms.us-east-1.amazonaws.com/", data="{}", headers=headers, timeout=1)
    assert (answer.status_code, answer.json()) == (400, {"__type": "UnknownOperationException"})
