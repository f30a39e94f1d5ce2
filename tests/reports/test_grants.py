"""Public reports on grants: whose they are, who ends them, and what stays when a role goes."""

import re
from datetime import timedelta

import pytest

from tests.support.claims import OTHER, OWNER, allow, refused
from tests.support.policies import KEY_SIDE, lacking, root, use
from tests.support.reports import make_key

pytestmark = pytest.mark.evidence("reported", "public reports, named at each test")

SCALING_ROLE = "role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
READ = ["Decrypt", "DescribeKey"]


def granted(kms, key, who, operations=READ, **more):
    return kms.create_grant(KeyId=key, GranteePrincipal=who, Operations=list(operations), **more)


def test_a_grant_that_does_not_exist_cannot_be_revoked(kms, key):
    # getmoto/moto issue 5411 and pull request 5410: NotFoundException; the text is not in the report
    with refused("NotFoundException"):
        kms.revoke_grant(KeyId=key, GrantId="a" * 64)


def test_a_grant_whose_role_was_deleted_shows_the_id_of_the_role(owner, kms, key):
    # aws/aws-sdk-go issue 1718, hashicorp/terraform-provider-aws issue 29340 and pull request 3038
    role = owner.role("worker")
    iam = owner.client("iam")
    unique = iam.get_role(RoleName="worker")["Role"]["RoleId"]
    granted(kms, key, role.arn)
    (before,) = kms.list_grants(KeyId=key)["Grants"]
    assert before["GranteePrincipal"] == role.arn
    for name in iam.list_role_policies(RoleName="worker")["PolicyNames"]:
        iam.delete_role_policy(RoleName="worker", PolicyName=name)
    iam.delete_role(RoleName="worker")
    (after,) = kms.list_grants(KeyId=key)["Grants"]
    assert (after["GranteePrincipal"], after["GrantId"]) == (unique, before["GrantId"])
    assert unique.startswith("AROA")


def test_a_role_that_does_not_exist_cannot_be_granted_anything(kms, key):
    # hashicorp/terraform-provider-aws issue 4633 and pull request 3038: the error that Terraform retries on
    who = f"arn:aws:iam::{OWNER}:role/tomorrow"
    with refused("InvalidArnException", f"ARN does not refer to a valid principal: {who}"):
        granted(kms, key, who)
    assert kms.list_grants(KeyId=key)["Grants"] == []


def test_listing_and_revoking_grants_cannot_be_granted(owner, kms, key):
    # hashicorp/terraform-provider-aws issue 3946: only some operations can be granted; the form of the text is that of
    # aws-controllers-k8s/community issue 2182 (a list of strings of which one is wrong) and of LocalStack's KMS
    role = owner.role("scaling").arn
    with refused(
        "ValidationException",
        re.compile(
            r"1 validation error detected: Value '\[CreateGrant, ListGrants, RevokeGrant\]' at 'operations' failed to "
            r"satisfy constraint: Member must satisfy constraint: \[Member must satisfy enum value set: \[[A-Za-z, ]*\]\]"
        ),
    ):
        granted(kms, key, role, ["CreateGrant", "ListGrants", "RevokeGrant"])
    assert kms.list_grants(KeyId=key)["Grants"] == []


@pytest.mark.kmsmock(delays={"CreateGrant": timedelta(minutes=5)})
def test_a_fresh_grant_is_usable_at_once_with_its_token_only(aws_clock, owner, kms, key):
    # fugue/credstash issue 307
    aws_clock.freeze("2026-03-01")
    blob = kms.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
    reader = owner.user("reader")
    token = granted(kms, key, reader.arn)["GrantToken"]
    client = reader.client("kms")
    with refused("AccessDeniedException", lacking(reader, "kms:Decrypt", key)):
        client.decrypt(CiphertextBlob=blob)
    assert client.decrypt(CiphertextBlob=blob, GrantTokens=[token])["Plaintext"] == b"secret"
    aws_clock.advance(minutes=5)
    assert client.decrypt(CiphertextBlob=blob)["Plaintext"] == b"secret"


def test_who_may_revoke_for_aws_resources_only_revokes_nothing_by_hand(owner, kms):
    # ministryofjustice/modernisation-platform issues 3550 and 3875: kms:GrantIsForAWSResource on RevokeGrant
    member = owner.user("member")
    resource = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    key = make_key(owner, use(member.arn, ["kms:ListGrants", "kms:RevokeGrant"], Condition=resource))
    grant = granted(kms, key, owner.role("worker").arn)["GrantId"]
    with refused("AccessDeniedException", lacking(member, "kms:RevokeGrant", key)):
        member.client("kms").revoke_grant(KeyId=key, GrantId=grant)
    assert [each["GrantId"] for each in kms.list_grants(KeyId=key)["Grants"]] == [grant]


def test_members_grant_a_shared_key_to_the_role_of_auto_scaling_and_to_nobody_else(owner, other):
    # ministryofjustice/modernisation-platform pull requests 2342 and 2343: allowed to the accounts, denied for other grantees
    other.client("iam").create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com")
    scaling = f"arn:aws:iam::{OTHER}:{SCALING_ROLE}"
    unless = {
        "BoolIfExists": {"kms:GrantIsForAWSResource": "false"},
        "ArnNotLike": {"kms:GranteePrincipal": f"arn:aws:iam::*:{SCALING_ROLE}"},
    }
    key = make_key(
        owner,
        use(root(OTHER)),
        use(
            {"AWS": "*"}, "kms:CreateGrant", "Deny", Condition={**unless, "StringEquals": {"kms:CallerAccount": OTHER}}
        ),
    )
    member = other.user("member", [allow("kms:*", key)])
    client = member.client("kms")
    assert granted(client, key, scaling)["GrantId"]
    refusal = f"User: {member.arn} is not authorized to perform: kms:CreateGrant on this resource {KEY_SIDE}"
    with refused("AccessDeniedException", refusal):
        granted(client, key, other.role("worker").arn)
    (grant,) = owner.client("kms").list_grants(KeyId=key)["Grants"]
    assert (grant["GranteePrincipal"], grant["IssuingAccount"]) == (scaling, root(OTHER))


def test_an_admitted_account_lists_and_revokes_grants_of_a_foreign_key_by_its_arn(owner, other):
    # localstack/localstack pull request 8253: the operations that AWS allows across accounts
    key = make_key(owner, use(root(OTHER), ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"]))
    member = other.user("member", [allow("kms:*")])
    client = member.client("kms")
    grant = granted(client, key, other.role("worker").arn)["GrantId"]
    assert [each["GrantId"] for each in client.list_grants(KeyId=key)["Grants"]] == [grant]
    own = f"Key 'arn:aws:kms:us-east-1:{OTHER}:key/{key.rsplit('/', 1)[1]}' does not exist"
    with refused("NotFoundException", own):
        client.list_grants(KeyId=key.rsplit("/", 1)[1])
    client.revoke_grant(KeyId=key, GrantId=grant)
    assert owner.client("kms").list_grants(KeyId=key)["Grants"] == []
