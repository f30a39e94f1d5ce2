"""Service and resource control policies of organizations that are made through boto3, and the keys that tell of them."""

import json

import pytest

from tests.support.claims import allow, policy, refused
from tests.support.organization import CLOSED, DENY_ENCRYPT, LEVELS, RCP, SCP
from tests.support.policies import assume, denied, encrypt, lacks, make_key, signing, steward, trust, use

pytestmark = pytest.mark.evidence(
    "documented", '"Service control policies" and "Resource control policies" (Organizations user guide)'
)


@pytest.fixture
def key(member):
    """A key of the member account."""
    return member.client("kms").create_key()["KeyMetadata"]["Arn"]


# --- service control policies ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", LEVELS)
def test_a_deny_at_any_level_reaches_everybody_in_the_account(organization, member, key, level):
    arn = organization.attach(level, DENY_ENCRYPT)
    reason = f"with an explicit deny in a service control policy: {arn}"
    role = member.role("worker", [allow("kms:*")])
    user = member.user("alice", [allow("kms:*")])
    session = f"arn:aws:sts::{member.id}:assumed-role/worker/kmsmock"
    for principal, caller in ((member.root, member.root.arn), (role, session), (user, user.arn)):
        with denied(caller, "kms:Encrypt", key, reason):
            encrypt(principal.client("kms"), key)
        assert principal.client("kms").describe_key(KeyId=key)
    organization.detach(level, arn)
    assert encrypt(user.client("kms"), key)


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_must_allow(organization, member, key, level):
    organization.attach(level, allow("kms:DescribeKey"))
    organization.detach(level, "p-FullAWSAccess")
    root = member.client("kms")
    assert root.describe_key(KeyId=key)
    with lacks(member.root.arn, "kms:Encrypt", key, "service control policy"):
        encrypt(root, key)
    organization.attach(level, allow("kms:Encrypt"))
    assert encrypt(root, key)


def test_a_key_policy_cannot_make_up_for_what_a_control_policy_lacks(organization, member):
    user = member.user("alice")
    kms = member.client("kms")
    document = policy(use(user.arn, "kms:Encrypt"), use(member.root.arn))
    key = kms.create_key(Policy=json.dumps(document))["KeyMetadata"]["Arn"]
    kms.create_grant(KeyId=key, GranteePrincipal=user.arn, Operations=["Encrypt"])
    assert encrypt(user.client("kms"), key)
    organization.attach("outer", allow("kms:Put*"))
    organization.detach("outer", "p-FullAWSAccess")
    with lacks(user.arn, "kms:Encrypt", key, "service control policy"):
        encrypt(user.client("kms"), key)


def test_the_management_account_is_under_no_control_policy(organization, kms):
    organization.attach("root", DENY_ENCRYPT)
    organization.attach("root", CLOSED, RCP)
    own = kms.create_key()["KeyMetadata"]["Arn"]
    assert encrypt(kms, own)
    assert encrypt(organization.management.user("alice", [allow("kms:*")]).client("kms"), own)


def test_an_account_outside_is_under_none_either(organization, other):
    organization.attach("root", DENY_ENCRYPT)
    kms = other.client("kms")
    assert encrypt(kms, kms.create_key()["KeyMetadata"]["Arn"])


def test_a_service_linked_role_is_exempt(organization, member, key):
    organization.attach("account", DENY_ENCRYPT)
    organization.attach("account", CLOSED, RCP)
    name = "AWSServiceRoleForAutoScaling"
    iam = member.client("iam")
    iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com")
    role = iam.get_role(RoleName=name)["Role"]["Arn"]
    assert ":role/aws-service-role/autoscaling.amazonaws.com/" in role
    iam.put_role_policy(RoleName=name, PolicyName="keys", PolicyDocument=json.dumps(allow("kms:*")))
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust(member.root.arn)))
    given = assume(steward(member), role)
    assert encrypt(signing(given), key)


def test_control_policies_limit_other_services_too(organization, member):
    organization.attach("inner", allow("kms:*"))
    organization.detach("inner", "p-FullAWSAccess")
    bucket = "arn:aws:s3:::bucket"
    with refused(
        "AccessDenied",
        f'User: {member.root.arn} is not authorized to perform: s3:CreateBucket on resource: "{bucket}" '
        "because no service control policy allows the s3:CreateBucket action",
        403,
    ):
        member.client("s3").create_bucket(Bucket="bucket")


def test_control_policies_see_the_caller_and_the_region(organization, member, key):
    condition = {
        "StringNotEquals": {"aws:RequestedRegion": "us-east-1"},
        "ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"},
    }
    arn = organization.attach(
        "outer", policy({"Effect": "Deny", "Action": "kms:*", "Resource": "*", "Condition": condition})
    )
    admin = member.role("admin", [allow("kms:*")])
    with denied(
        member.root.arn,
        "kms:CreateKey",
        "*",
        f"with an explicit deny in a service control policy: {arn}",
    ):
        member.client("kms", "eu-west-1").create_key()
    assert member.client("kms").create_key()
    assert admin.client("kms", "eu-west-1").create_key()


def test_an_account_that_moves_is_under_what_is_above_its_new_place(organization, member, key):
    organization.attach("inner", DENY_ENCRYPT)
    with refused("AccessDeniedException"):
        encrypt(member.client("kms"), key)
    organization.client.move_account(
        AccountId=member.id, SourceParentId=organization.inner, DestinationParentId=organization.root
    )
    assert encrypt(member.client("kms"), key)


def test_a_caller_abroad_is_limited_by_his_own_organization(organization, member, kms):
    arn = make_key(kms, use(member.root.arn, "kms:*"))
    assert encrypt(member.client("kms"), arn)
    scp = organization.attach("account", DENY_ENCRYPT)
    with denied(
        member.root.arn,
        "kms:Encrypt",
        "on this resource",
        f"with an explicit deny in a service control policy: {scp}",
    ):
        encrypt(member.client("kms"), arn)


def test_without_all_features_control_policies_say_nothing(aws_world, owner):
    client = owner.client("organizations")
    client.create_organization(FeatureSet="CONSOLIDATED_BILLING")
    made = client.create_account(AccountName="member", Email="m@example.com")["CreateAccountStatus"]["AccountId"]
    member = aws_world.account(made)
    made = client.create_policy(Content=json.dumps(DENY_ENCRYPT), Description="", Name="no", Type=SCP)
    client.attach_policy(PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=member.id)
    kms = member.client("kms")
    assert encrypt(kms, kms.create_key()["KeyMetadata"]["Arn"])
