"""AWS managed keys: made by their service or by DescribeKey, looked at by everybody, used through the service only."""

import json
from pathlib import Path

import pytest
from botocore import xform_name

import kmsmock
from tests.support.claims import OTHER, OWNER, refused

pytestmark = pytest.mark.evidence(
    "documented", '"AWS managed keys" (developer guide); DescribeKey of an alias without a key is recorded'
)

KINDS = json.loads(
    Path(kmsmock.__file__).with_name("kms").joinpath("data", "managed_keys.json").read_text(encoding="utf-8")
)
ROOT = f"arn:aws:iam::{OWNER}:root"


@pytest.fixture
def managed(kms):
    """The ARN of the managed key of S3."""
    return kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["Arn"]


def filled(document, **places):
    """A policy of the data file, in one place."""
    text = json.dumps(document)
    for name, place in places.items():
        text = text.replace(f"{{{name}}}", place)
    return json.loads(text)


@pytest.mark.parametrize("service", KINDS)
def test_describing_the_alias_of_a_service_makes_its_key_once(kms, service):
    alias = f"alias/aws/{service}"
    made = kms.describe_key(KeyId=alias)["KeyMetadata"]
    assert made["KeyManager"] == "AWS"
    assert (made["KeyState"], made["Origin"], made["KeySpec"]) == ("Enabled", "AWS_KMS", "SYMMETRIC_DEFAULT")
    assert made["Description"] == KINDS[service]["description"]
    assert "CurrentKeyMaterialId" in made
    policy = json.loads(kms.get_key_policy(KeyId=made["KeyId"])["Policy"])
    assert policy == filled(KINDS[service]["policy"], account=OWNER, region="us-east-1", partition="aws")
    assert kms.describe_key(KeyId=alias)["KeyMetadata"] == made
    assert [key["KeyArn"] for key in kms.list_keys()["Keys"]] == [made["Arn"]]


def test_an_alias_without_a_key_is_listed_and_not_found_by_cryptography(kms):
    alias = {"AliasName": "alias/aws/s3", "AliasArn": f"arn:aws:kms:us-east-1:{OWNER}:alias/aws/s3"}
    assert alias in kms.list_aliases()["Aliases"]
    with refused("NotFoundException", f"Alias {alias['AliasArn']} is not found."):
        kms.encrypt(KeyId="alias/aws/s3", Plaintext=b"x")
    assert kms.list_keys()["Keys"] == []
    key = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["KeyId"]
    (bound,) = (each for each in kms.list_aliases()["Aliases"] if each["AliasName"] == "alias/aws/s3")
    assert (bound["AliasArn"], bound["TargetKeyId"]) == (alias["AliasArn"], key)
    with refused("NotFoundException", f"Alias arn:aws:kms:us-east-1:{OWNER}:alias/aws/banana is not found."):
        kms.describe_key(KeyId="alias/aws/banana")


@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        ("DisableKey", {}),
        ("ScheduleKeyDeletion", {}),
        ("PutKeyPolicy", {"Policy": "{}"}),
        ("EnableKeyRotation", {}),
        ("RotateKeyOnDemand", {}),
        ("UpdateKeyDescription", {"Description": "mine"}),
        ("TagResource", {"Tags": [{"TagKey": "a", "TagValue": "b"}]}),
        ("CreateGrant", {"GranteePrincipal": ROOT, "Operations": ["Decrypt"]}),
        ("Encrypt", {"Plaintext": b"x"}),
        ("GenerateDataKey", {"KeySpec": "AES_256"}),
    ],
)
def test_a_managed_key_is_neither_changed_nor_used_directly(kms, managed, operation, asked):
    with denied(operation, managed):
        getattr(kms, xform_name(operation))(KeyId=managed, **asked)


def test_a_managed_key_takes_no_alias(kms, managed):
    with denied("CreateAlias", managed):
        kms.create_alias(AliasName="alias/mine", TargetKeyId=managed)


def denied(operation, key):
    return refused(
        "AccessDeniedException",
        f"User: {ROOT} is not authorized to perform: kms:{operation} on resource: {key} because no resource-based "
        f"policy allows the kms:{operation} action",
    )


def test_a_managed_key_rotates_every_year(aws_world, kms, managed):
    first = kms.describe_key(KeyId=managed)["KeyMetadata"]["CurrentKeyMaterialId"]
    assert kms.get_key_rotation_status(KeyId=managed)["KeyRotationEnabled"] is False
    aws_world.clock.advance(days=366)
    status = kms.get_key_rotation_status(KeyId=managed)
    assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, 365)
    (rotation,) = kms.list_key_rotations(KeyId=managed)["Rotations"]
    assert rotation["RotationType"] == "AUTOMATIC"
    assert (status["NextRotationDate"] - rotation["RotationDate"]).days == 365
    current = kms.describe_key(KeyId=managed)["KeyMetadata"]["CurrentKeyMaterialId"]
    assert rotation["KeyMaterialId"] == current
    (event,) = [event for event in aws_world.events if event["eventName"] == "RotateKey"]
    details = event["serviceEventDetails"]
    assert (details["previousKeyMaterialId"], details["currentKeyMaterialId"]) == (first, current)


def test_a_managed_key_is_for_its_account_only(kms, other, managed):
    client = other.client("kms")
    alias = f"arn:aws:kms:us-east-1:{OWNER}:alias/aws/s3"
    for operation, call in (
        ("DescribeKey", lambda: client.describe_key(KeyId=managed)),
        ("DescribeKey", lambda: client.describe_key(KeyId=alias)),
        ("Encrypt", lambda: client.encrypt(KeyId=managed, Plaintext=b"x")),
    ):
        with refused(
            "AccessDeniedException",
            f"User: arn:aws:iam::{OTHER}:root is not authorized to perform: kms:{operation} on this resource because "
            "the resource does not exist in this Region, no resource-based policies allow access, or a resource-based "
            "policy explicitly denies access",
        ):
            call()
    mine = client.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
    assert (mine["AWSAccountId"], mine["Arn"] == managed) == (OTHER, False)


def test_s3_makes_its_key_at_first_use_and_uses_it_for_the_caller(owner, kms):
    s3 = owner.client("s3")
    s3.create_bucket(Bucket="bucket")
    used = s3.put_object(Bucket="bucket", Key="k", Body=b"body", ServerSideEncryption="aws:kms")["SSEKMSKeyId"]
    shown = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
    assert (shown["Arn"], shown["KeyManager"]) == (used, "AWS")
    assert s3.get_object(Bucket="bucket", Key="k")["Body"].read() == b"body"
