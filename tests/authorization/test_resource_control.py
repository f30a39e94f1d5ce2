"""Resource control policies, which follow the owner of the key, and the condition keys that tell of organizations."""

import json

import pytest

import kmsmock
from tests.support.claims import OTHER, OWNER, allow, policy, refused
from tests.support.organization import CLOSED, LEVELS, RCP, Organization
from tests.support.policies import KEY_SIDE, denied, encrypt, lacks, make_key, use

pytestmark = pytest.mark.evidence("documented", '"Resource control policies" (Organizations user guide)')

THIRD = "333333333333"


def open_key(account, *callers, **more):
    """A key of an account whose policy allows everything to the account and to some callers."""
    statements = [use(each, "kms:*", **more) for each in callers]
    document = policy(use(account.root.arn), *statements)
    return account.client("kms").create_key(Policy=json.dumps(document))["KeyMetadata"]["Arn"]


@pytest.mark.parametrize("level", LEVELS)
def test_a_resource_control_policy_reaches_its_own_account(organization, member, level):
    arn = organization.attach(level, CLOSED, RCP)
    key = open_key(member)
    reason = f"with an explicit deny in a resource control policy: {arn}"
    with denied(member.root.arn, "kms:Encrypt", key, reason):
        encrypt(member.client("kms"), key)
    assert member.client("kms").describe_key(KeyId=key)
    organization.detach(level, arn)
    assert encrypt(member.client("kms"), key)


def test_it_reaches_callers_of_any_account_who_only_learn_that_the_key_side_refuses(organization, member, other):
    key = open_key(member, other.root.arn)
    assert encrypt(other.client("kms"), key)
    organization.attach("outer", CLOSED, RCP)
    with denied(other.root.arn, "kms:Encrypt", "on this resource", KEY_SIDE):
        encrypt(other.client("kms"), key)


def test_it_does_not_follow_callers_out_of_the_organization(organization, member, other):
    organization.attach("root", CLOSED, RCP)
    assert encrypt(member.client("kms"), open_key(other, member.root.arn))


def test_it_does_not_reach_aws_managed_keys_and_retiring_a_grant(organization, member):
    everything = policy({"Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*"})
    key = open_key(member)
    kms = member.client("kms")
    managed = kms.describe_key(KeyId="alias/aws/ebs")["KeyMetadata"]["KeyId"]
    grant = kms.create_grant(KeyId=key, GranteePrincipal=member.root.arn, Operations=["Decrypt"])["GrantId"]
    organization.attach("account", everything, RCP)
    assert kms.describe_key(KeyId=managed)
    with refused("AccessDeniedException"):
        kms.describe_key(KeyId=key)
    with refused("AccessDeniedException"):
        kms.revoke_grant(KeyId=key, GrantId=grant)
    kms.retire_grant(KeyId=key, GrantId=grant)


@pytest.mark.parametrize(("foreign", "allowed"), [(False, True), (True, False)])
def test_a_perimeter_around_the_organization(aws_world, organization, member, foreign, allowed):
    perimeter = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "kms:*",
        "Resource": "*",
        "Condition": {
            "StringNotEqualsIfExists": {"aws:PrincipalOrgID": organization.id},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
        },
    }
    organization.attach("root", policy(perimeter), RCP)
    caller = Organization(aws_world, THIRD).member if foreign else organization.management
    key = open_key(member, caller.root.arn)
    if allowed:
        assert encrypt(caller.client("kms"), key)
    else:
        with denied(caller.root.arn, "kms:Encrypt", "on this resource", KEY_SIDE):
            encrypt(caller.client("kms"), key)


# --- what conditions know of organizations --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def people():
    """One world for all that only ask: the organization, and a client of a user in each kind of account.

    Each but the member has every permission of his own; him the key policy allows directly.
    """
    with kmsmock.World() as world:
        first, second = Organization(world, OWNER), Organization(world, THIRD)
        others = {
            "management": first.management,
            "member of another": second.member,
            "without": world.account(OTHER),
        }
        users = {name: account.user("alice", [allow("kms:*")]) for name, account in others.items()}
        users["member"] = first.member.user("alice")
        yield first, {name: user.client("kms") for name, user in users.items()}


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        ({"StringEquals": {"aws:PrincipalOrgID": "ID"}}, {"member", "management"}),
        ({"StringNotEquals": {"aws:PrincipalOrgID": "ID"}}, {"member of another", "without"}),
        ({"Null": {"aws:PrincipalOrgID": "true"}}, {"without"}),
        ({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "ID/*"}}, {"member", "management"}),
        ({"ForAnyValue:StringEquals": {"aws:PrincipalOrgPaths": "PATH"}}, {"member"}),
        ({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "ID/ROOT/OUTER/*"}}, {"member"}),
        ({"ForAnyValue:StringEquals": {"aws:PrincipalOrgPaths": "ID/ROOT/"}}, {"management"}),
        ({"StringEquals": {"aws:PrincipalOrgPaths": "PATH"}}, set()),
        ({"StringEquals": {"aws:ResourceOrgID": "ID"}}, {"member", "management", "member of another", "without"}),
        ({"StringEquals": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}}, {"member", "management"}),
        (
            {"ForAnyValue:StringEquals": {"aws:ResourceOrgPaths": "PATH"}},
            {"member", "management", "member of another", "without"},
        ),
        ({"StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}, {"member"}),
    ],
)
def test_a_key_policy_sees_the_organizations_of_caller_and_key(people, condition, allowed):
    organization, clients = people
    names = {"PATH": organization.path, "ID": organization.id, "ROOT": organization.root, "OUTER": organization.outer}
    text = json.dumps(condition)
    for name, value in names.items():
        text = text.replace(f'"{name}', f'"{value}').replace(f"/{name}/", f"/{value}/")
    key = open_key(organization.member, "*", Condition=json.loads(text), Sid="Everybody")
    seen = set()
    for name, client in clients.items():
        try:
            encrypt(client, key)
            seen.add(name)
        except client.exceptions.ClientError as error:
            assert error.response["Error"]["Code"] == "AccessDeniedException"  # noqa: PT017
    assert seen == allowed


def test_a_resource_outside_of_any_organization_has_no_organization(kms, other):
    key = make_key(kms, use("*", "kms:Encrypt", Condition={"Null": {"aws:ResourceOrgID": "true"}}))
    bob = other.user("bob", [allow("kms:*", Condition={"Null": {"aws:ResourceOrgPaths": "true"}})])
    assert encrypt(bob.client("kms"), key)


def test_identity_policies_may_keep_a_caller_within_his_organization(aws_world, organization, member):
    second = Organization(aws_world, THIRD)
    within = {"StringEquals": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}}
    alice = member.user("alice", [allow("kms:*", Condition=within)])
    inside, outside = (open_key(account, alice.arn) for account in (organization.management, second.member))
    assert encrypt(alice.client("kms"), inside)
    with lacks(alice.arn, "kms:Encrypt", "on this resource"):
        encrypt(alice.client("kms"), outside)
