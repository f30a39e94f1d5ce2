"""Who a principal is to a policy and to a person: his organization, his names, and what is gone of him.

"AWS global condition context keys", "IAM identifiers" and "GetFederationToken" in AWS's guides.
"""

import json

import boto3
import pytest

from kmsmock.refusals import assert_denied
from tests.support.claims import allow, policy, refused
from tests.support.ec2 import change_policy
from tests.support.policies import key_policy, use

pytestmark = pytest.mark.evidence(
    "documented", '"IAM identifiers", "AWS global condition context keys", GetFederationToken'
)

TRUST = {"Effect": "Allow", "Principal": {"Service": ["lex.amazonaws.com"]}, "Action": ["sts:AssumeRole"]}


def kms_with(given, **more):
    return boto3.client(
        "kms",
        region_name="us-east-1",
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        **more,
    )


def test_temporary_credentials_without_their_token_are_unknown(owner):
    """Facts: a missing token is UnrecognizedClientException, as credentials that do not exist are."""
    given = owner.user("alice", [allow("*")]).client("sts").get_session_token()["Credentials"]
    text = "The security token included in the request is invalid."
    with refused("UnrecognizedClientException", text):
        kms_with(given).list_keys()
    with refused("UnrecognizedClientException", text):
        kms_with(given, aws_session_token="another").list_keys()
    assert kms_with(given, aws_session_token=given["SessionToken"]).list_keys()["Keys"] == []


def test_an_access_key_that_was_deleted_is_unknown(owner):
    iam = owner.client("iam")
    owner.user("alice", [allow("*")])
    given = iam.create_access_key(UserName="alice")["AccessKey"]
    assert kms_with(given).list_keys()["Keys"] == []
    iam.delete_access_key(UserName="alice", AccessKeyId=given["AccessKeyId"])
    with refused("UnrecognizedClientException", "The security token included in the request is invalid."):
        kms_with(given).list_keys()


def test_a_token_that_root_gets_may_what_its_policy_says(owner):
    given = owner.client("sts").get_federation_token(Name="visitor", Policy=json.dumps(allow("kms:ListKeys")))
    kms = kms_with(given["Credentials"], aws_session_token=given["Credentials"]["SessionToken"])
    assert kms.list_keys()["Keys"] == []
    with refused("AccessDeniedException"):
        kms.create_key()


@pytest.mark.parametrize(("place", "may"), [("id", True), ("path", True), ("other", False)])
def test_a_member_is_let_in_by_its_organization(organization, owner, key, place, may):
    """``aws:PrincipalOrgID``, and ``aws:PrincipalOrgPaths`` with the units down to the account's own."""
    paths = {"ForAnyValue:StringEquals": {"aws:PrincipalOrgPaths": [organization.path]}}
    ids = {"StringEquals": {"aws:PrincipalOrgID": organization.id if place == "id" else "o-another"}}
    change_policy(owner, key, use("*", "kms:Encrypt", Condition=paths if place == "path" else ids))
    kms = organization.member.role("app", [allow("kms:*")]).client("kms")
    if may:
        assert kms.encrypt(KeyId=key, Plaintext=b"x")["KeyId"] == key
    else:
        with refused("AccessDeniedException"):
            kms.encrypt(KeyId=key, Plaintext=b"x")


def test_who_left_the_organization_is_not_of_it(organization, owner, key):
    ids = {"StringEquals": {"aws:PrincipalOrgID": organization.id}}
    change_policy(owner, key, use("*", "kms:Encrypt", Condition=ids))
    kms = organization.member.role("app", [allow("kms:*")]).client("kms")
    kms.encrypt(KeyId=key, Plaintext=b"x")
    organization.client.remove_account_from_organization(AccountId=organization.member.id)
    with refused("AccessDeniedException"):
        kms.encrypt(KeyId=key, Plaintext=b"x")


def test_policies_are_called_by_their_kind_their_name_and_whose_they_are(owner, key):
    iam = owner.client("iam")
    made = iam.create_policy(PolicyName="readers", PolicyDocument=json.dumps(allow("kms:DescribeKey")))["Policy"]["Arn"]
    limit = iam.create_policy(PolicyName="limit", PolicyDocument=json.dumps(allow("kms:Decrypt")))["Policy"]["Arn"]
    iam.create_user(UserName="alice", Path="/a/b/", PermissionsBoundary=limit)
    iam.attach_user_policy(UserName="alice", PolicyArn=made)
    iam.put_user_policy(UserName="alice", PolicyName="mine", PolicyDocument=json.dumps(allow("kms:Encrypt")))
    alice = owner.get_user("alice")
    text = assert_denied(lambda: alice.client("kms").encrypt(KeyId=key, Plaintext=b"x")).explain()
    for name in ('managed policy "readers" of user alice', 'permissions boundary "limit" of user alice'):
        assert name in text
    assert 'inline policy "mine" of user alice' in text


def test_a_key_policy_shows_who_is_gone_by_his_unique_id(owner, kms, key):
    """ "IAM identifiers": a principal that is deleted becomes its unique id, and so it stays."""
    role = owner.role("app", [])
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=key_policy(use(role.arn, "kms:Encrypt")))

    def named():
        shown = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
        return [each["Principal"]["AWS"] for each in shown["Statement"]][1:]

    assert named() == [role.arn]
    unique = owner.client("iam").get_role(RoleName="app")["Role"]["RoleId"]
    owner.client("iam").delete_role(RoleName="app")
    assert named() == [unique]


def test_a_service_linked_role_trusts_its_service_and_nobody_else(owner):
    iam = owner.client("iam")
    name = iam.create_service_linked_role(AWSServiceName="batch.amazonaws.com")["Role"]["RoleName"]
    trust = {**TRUST, "Principal": {"Service": ["batch.amazonaws.com"]}}
    assert iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"] == policy(trust)


def test_a_service_whose_role_is_not_known_has_one_of_its_own_name(owner):
    made = owner.client("iam").create_service_linked_role(AWSServiceName="lex.amazonaws.com")["Role"]
    assert made["Path"] == "/aws-service-role/lex.amazonaws.com/"
    assert made["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["Service"] == ["lex.amazonaws.com"]
