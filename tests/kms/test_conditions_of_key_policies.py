"""Condition keys that need the key's own tags or aliases are for IAM policies only.

KMS's text is quoted in awsdocs/aws-kms-developer-guide, pull request 47: "These condition keys are not permitted in a
key policy: aws:ResourceTag, kms:ResourceTag, kms:ResourceAliases".
"""

import json

import pytest

from tests.support.claims import allow, refused
from tests.support.policies import key_policy

pytestmark = pytest.mark.evidence("reported", "awsdocs/aws-kms-developer-guide, pull request 47")

OWNER = "111111111111"
TEXT = "These condition keys are not permitted in a key policy: aws:ResourceTag, kms:ResourceTag, kms:ResourceAliases"
FORBIDDEN = [
    {"StringEquals": {"aws:ResourceTag/Project": "blue"}},
    {"StringEquals": {"AWS:resourcetag/project": "blue"}},
    {"StringEquals": {"kms:ResourceTag/Project": "blue"}},
    {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/a"}},
    {"ForAllValues:StringLikeIfExists": {"KMS:resourceAliases": "alias/*"}},
    {"Null": {"aws:ResourceTag/Project": "false"}},
]


def with_condition(condition, effect="Allow"):
    statement = {"Effect": effect, "Principal": "*", "Action": "kms:Encrypt", "Resource": "*", "Condition": condition}
    return key_policy(statement, account=OWNER)


@pytest.mark.parametrize("condition", FORBIDDEN, ids=json.dumps)
def test_put_key_policy_does_not_store_them(kms, condition):
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    before = kms.get_key_policy(KeyId=key)["Policy"]
    with refused("MalformedPolicyDocumentException", TEXT):
        kms.put_key_policy(KeyId=key, Policy=with_condition(condition))
    assert kms.get_key_policy(KeyId=key)["Policy"] == before


def test_neither_does_create_key(kms):
    with refused("MalformedPolicyDocumentException", TEXT):
        kms.create_key(Policy=with_condition(FORBIDDEN[0]))
    assert kms.list_keys()["Keys"] == []


def test_neither_does_replicate_key(kms):
    key = kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    with refused("MalformedPolicyDocumentException", TEXT):
        kms.replicate_key(KeyId=key, ReplicaRegion="eu-west-1", Policy=with_condition(FORBIDDEN[0]))


def test_not_even_in_a_deny_and_without_the_lockout_check(kms):
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    with refused("MalformedPolicyDocumentException", TEXT):
        kms.put_key_policy(KeyId=key, Policy=with_condition(FORBIDDEN[3], "Deny"), BypassPolicyLockoutSafetyCheck=True)


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:PrincipalTag/Project": "blue"}},
        {"StringEquals": {"aws:RequestTag/Project": "blue"}},
        {"StringEquals": {"kms:RequestAlias": "alias/a"}},
        {"StringEquals": {"aws:ResourceAccount": OWNER}},
    ],
    ids=json.dumps,
)
def test_others_are_stored(kms, condition):
    key = kms.create_key(Policy=with_condition(condition))["KeyMetadata"]["KeyId"]
    assert next(iter(next(iter(condition.values())))) in kms.get_key_policy(KeyId=key)["Policy"]


def test_in_policies_of_iam_they_count(aws_world, kms):
    key = kms.create_key(Tags=[{"TagKey": "Project", "TagValue": "blue"}])["KeyMetadata"]["Arn"]
    condition = {"StringEquals": {"aws:ResourceTag/Project": "blue"}}
    alice = aws_world.account(OWNER).user("alice", [allow("kms:*", Condition=condition)])
    assert alice.client("kms").encrypt(KeyId=key, Plaintext=b"x")["KeyId"] == key
