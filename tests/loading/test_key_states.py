"""The state of a key as the outputs of ``aws kms`` tell it."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.support.claims import OWNER

pytestmark = pytest.mark.evidence(
    "documented", 'DescribeKey, GetKeyRotationStatus and ListResourceTags (API reference), and "Key states"'
)
REGION, KEY_ID = "eu-west-1", "1234abcd-12ab-34cd-56ef-1234567890ab"
KEY = f"arn:aws:kms:{REGION}:{OWNER}:key/{KEY_ID}"


@pytest.fixture
def kms(tmp_path, aws_world):
    """A client of the account whose key is loaded as these outputs say."""

    def load(metadata, **outputs):
        here = tmp_path / OWNER / REGION / "kms" / KEY_ID
        here.mkdir(parents=True)
        outputs["describe-key"] = {"KeyMetadata": {"Arn": KEY, "KeyId": KEY_ID, "Enabled": False, **metadata}}
        for name, output in outputs.items():
            (here / f"{name}.json").write_text(json.dumps(output))
        assert aws_world.load(tmp_path).ignored == ()
        return aws_world.account(OWNER).client("kms", REGION)

    return load


@pytest.mark.parametrize(
    ("metadata", "state"),
    [
        ({"KeyState": "Disabled"}, "Disabled"),
        ({"KeyState": "PendingDeletion", "DeletionDate": "2100-01-01T00:00:00+00:00"}, "PendingDeletion"),
        ({"KeyState": "PendingDeletion", "DeletionDate": "2001-01-01T00:00:00Z"}, "PendingDeletion"),
        ({"KeyState": "PendingImport", "Origin": "EXTERNAL"}, "PendingImport"),
        ({"KeyState": "Unavailable"}, "Unavailable"),
    ],
)
def test_a_key_that_cannot_be_used_is_loaded_as_one(kms, metadata, state):
    client = kms(metadata)
    assert client.describe_key(KeyId=KEY)["KeyMetadata"]["KeyState"] == state
    with pytest.raises(ClientError) as refusal:
        client.encrypt(KeyId=KEY, Plaintext=b"x")
    code = "DisabledException" if state == "Disabled" else "KMSInvalidStateException"
    error, status = refusal.value.response["Error"], refusal.value.response["ResponseMetadata"]["HTTPStatusCode"]
    assert (error["Code"], status) == (code, 400)
    assert KEY in error["Message"]


def test_a_key_has_its_tags_and_rotates_when_it_did(kms):
    client = kms(
        {"Enabled": True, "KeyState": "Enabled", "CreationDate": "2024-05-01T10:00:00+02:00"},
        **{
            "get-key-rotation-status": {"KeyRotationEnabled": True, "KeyId": KEY, "RotationPeriodInDays": 180},
            "list-resource-tags": {"Tags": [{"TagKey": "team", "TagValue": "a"}], "Truncated": False},
        },
    )
    status = client.get_key_rotation_status(KeyId=KEY)
    assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, 180)
    assert client.list_resource_tags(KeyId=KEY)["Tags"] == [{"TagKey": "team", "TagValue": "a"}]
    created = client.describe_key(KeyId=KEY)["KeyMetadata"]["CreationDate"]
    assert created.isoformat(timespec="seconds").startswith("2024-05-01T")
