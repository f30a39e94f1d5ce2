"""AssumeRole: the trust policy and the caller's own policies, and what tags, MFA and a source identity need on top."""

import json

import pytest

from tests.support.claims import OTHER, OWNER, allow, policy, refused
from tests.support.policies import assume, denied, encrypt, make_key, session_arn, signing, sts_denied, trust, use

pytestmark = pytest.mark.evidence(
    "documented", 'AssumeRole (STS API reference), "Passing session tags" (IAM user guide)'
)

ALICE = f"arn:aws:iam::{OWNER}:user/alice"
ACCOUNT = f"arn:aws:iam::{OWNER}:root"
WORKER = f"arn:aws:iam::{OWNER}:role/worker"
MAY = [allow("sts:AssumeRole", WORKER)]
DENY = {"Effect": "Deny", "Action": "sts:*", "Resource": "*"}


@pytest.mark.parametrize(
    ("trusted", "policies", "allowed"),
    [
        (ACCOUNT, [], False),
        (ACCOUNT, MAY, True),
        (OWNER, MAY, True),
        (ACCOUNT, [allow("sts:AssumeRole", WORKER + "-2")], False),
        (ALICE, [], True),
        (ALICE, [policy(DENY)], False),
        ("*", [], True),
        (f"arn:aws:iam::{OTHER}:root", MAY, False),
        ({"Service": "lambda.amazonaws.com"}, MAY, False),
        ({"AWS": [f"arn:aws:iam::{OTHER}:root", ALICE]}, [], True),
    ],
)
def test_within_an_account_the_trust_policy_names_the_caller_or_delegates_to_iam(owner, trusted, policies, allowed):
    alice = owner.user("alice", policies)
    role = owner.role("worker", trust=trust(trusted))
    if allowed:
        assert assume(alice.client("sts"), role)
    else:
        with sts_denied(ALICE, "sts:AssumeRole", WORKER):
            assume(alice.client("sts"), role)


@pytest.mark.parametrize(
    ("trusted", "policies", "allowed"),
    [
        (ACCOUNT, [], False),
        (ACCOUNT, MAY, True),
        (ALICE, [], False),
        (ALICE, MAY, True),
        ("*", [], False),
        ("*", MAY, True),
        (f"arn:aws:iam::{OTHER}:root", MAY, False),
    ],
)
def test_across_accounts_both_sides_must_allow_however_the_caller_is_named(owner, other, trusted, policies, allowed):
    alice = owner.user("alice", [allow("sts:AssumeRole", "arn:aws:iam::*:role/far")] if policies else [])
    role = other.role("far", trust=trust(trusted))
    if allowed:
        made = alice.client("sts").assume_role(RoleArn=role.arn, RoleSessionName="ci")
        assert made["AssumedRoleUser"]["Arn"] == session_arn("far", account=OTHER)
    else:
        with sts_denied(ALICE, "sts:AssumeRole", role.arn):
            assume(alice.client("sts"), role)


def test_a_role_that_does_not_exist_cannot_be_told_from_one_that_refuses(owner):
    ghost = f"arn:aws:iam::{OWNER}:role/ghost"
    alice = owner.user("alice", [allow("sts:*")])
    with sts_denied(ALICE, "sts:AssumeRole", ghost):
        assume(alice.client("sts"), ghost)


def test_an_administrator_still_needs_the_trust_policy(owner):
    admin = owner.user("admin", [allow("*")])
    closed = owner.role("closed", trust=trust(f"arn:aws:iam::{OTHER}:root"))
    assert assume(admin.client("sts"), owner.role("open", trust=trust(ACCOUNT)))
    with sts_denied(admin.arn, "sts:AssumeRole", closed.arn):
        assume(admin.client("sts"), closed)


def test_a_deny_in_the_trust_policy_beats_every_allow(owner):
    document = policy(
        {"Effect": "Allow", "Principal": {"AWS": ALICE}, "Action": "sts:AssumeRole"},
        {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"},
    )
    alice = owner.user("alice", MAY)
    with sts_denied(ALICE, "sts:AssumeRole", WORKER):
        assume(alice.client("sts"), owner.role("worker", trust=document))


def test_a_boundary_limits_the_caller_that_is_trusted_as_a_role_but_not_as_a_user(owner):
    bounded = owner.role("bounded", boundary=allow("kms:*"))
    alice = owner.user("alice", boundary=allow("kms:*"))
    role = owner.role("worker", trust=trust({"AWS": [bounded.arn, alice.arn]}))
    assert assume(alice.client("sts"), role)
    with sts_denied(session_arn("bounded", "kmsmock"), "sts:AssumeRole", WORKER):
        assume(bounded.client("sts"), role)


MFA = {"SerialNumber": f"arn:aws:iam::{OWNER}:mfa/alice", "TokenCode": "123456"}


@pytest.mark.parametrize(
    ("condition", "right", "wrong"),
    [
        ({"StringEquals": {"sts:ExternalId": "partner-7"}}, {"ExternalId": "partner-7"}, {"ExternalId": "partner-8"}),
        ({"StringEquals": {"sts:ExternalId": "partner-7"}}, {"ExternalId": "partner-7"}, {}),
        ({"StringLike": {"sts:RoleSessionName": "alice-*"}}, {"name": "alice-1"}, {"name": "bob"}),
        ({"NumericLessThanEquals": {"sts:DurationSeconds": "900"}}, {"DurationSeconds": 900}, {"DurationSeconds": 901}),
        ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, MFA, {}),
        ({"StringEquals": {"sts:SourceIdentity": "alice"}}, {"SourceIdentity": "alice"}, {"SourceIdentity": "bob"}),
        (
            {"StringEquals": {"aws:RequestTag/team": "red"}},
            {"Tags": [{"Key": "team", "Value": "red"}]},
            {"Tags": [{"Key": "team", "Value": "blue"}]},
        ),
        (
            {"ForAllValues:StringEquals": {"sts:TransitiveTagKeys": ["team"]}},
            {"Tags": [{"Key": "team", "Value": "red"}], "TransitiveTagKeys": ["team"]},
            {"Tags": [{"Key": "Team2", "Value": "red"}], "TransitiveTagKeys": ["Team2"]},
        ),
        (
            {"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}},
            {"Tags": [{"Key": "team", "Value": "red"}]},
            {"Tags": [{"Key": "cost", "Value": "1"}]},
        ),
    ],
)
def test_a_trust_policy_sees_what_the_request_says(owner, condition, right, wrong):
    alice = owner.user("alice")
    actions = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
    role = owner.role("worker", trust=trust(ALICE, actions, Condition=condition))
    assert assume(alice.client("sts"), role, **right)
    with refused("AccessDenied", status=403):
        assume(alice.client("sts"), role, **wrong)


@pytest.mark.parametrize(
    ("asked", "action"),
    [
        ({"Tags": [{"Key": "team", "Value": "red"}]}, "sts:TagSession"),
        ({"SourceIdentity": "alice"}, "sts:SetSourceIdentity"),
    ],
)
def test_tags_and_a_source_identity_need_permissions_of_their_own(owner, asked, action):
    alice = owner.user("alice", MAY)
    closed = owner.role("worker", trust=trust(ALICE))
    opened = owner.role("worker-2", trust=trust(ALICE, ["sts:AssumeRole", action]))
    with sts_denied(ALICE, action, WORKER):
        assume(alice.client("sts"), closed, **asked)
    assert assume(alice.client("sts"), opened, **asked)


@pytest.mark.parametrize(
    ("asked", "action"),
    [
        ({"Tags": [{"Key": "team", "Value": "red"}]}, "sts:TagSession"),
        ({"SourceIdentity": "alice"}, "sts:SetSourceIdentity"),
    ],
)
def test_where_the_account_is_trusted_iam_must_allow_them_too(owner, asked, action):
    role = owner.role("worker", trust=trust(ACCOUNT, ["sts:AssumeRole", action]))
    alice, bob = owner.user("alice", MAY), owner.user("bob", [allow(["sts:AssumeRole", action], WORKER)])
    with sts_denied(ALICE, action, WORKER):
        assume(alice.client("sts"), role, **asked)
    assert assume(bob.client("sts"), role, **asked)


def test_a_role_trusts_the_sessions_of_another_role_or_one_of_them_by_name(owner):
    first = owner.role("first", [allow("sts:AssumeRole")])
    by_role = owner.role("by-role", trust=trust(first.arn))
    by_session = owner.role("by-session", trust=trust(session_arn("first", "kmsmock")))
    by_other_session = owner.role("by-other", trust=trust(session_arn("first", "nightly")))
    for role in (by_role, by_session):
        assert assume(first.client("sts"), role)
    with sts_denied(session_arn("first", "kmsmock"), "sts:AssumeRole", by_other_session.arn):
        assume(first.client("sts"), by_other_session)


def test_a_user_made_anew_is_no_longer_trusted(owner):
    owner.user("alice")
    role = owner.role("worker", trust=trust(ALICE))
    iam = owner.client("iam")
    key = iam.list_access_keys(UserName="alice")["AccessKeyMetadata"][0]["AccessKeyId"]
    iam.delete_access_key(UserName="alice", AccessKeyId=key)
    iam.delete_user(UserName="alice")
    again = owner.user("alice")
    with sts_denied(ALICE, "sts:AssumeRole", WORKER):
        assume(again.client("sts"), role)
    iam.update_assume_role_policy(RoleName="worker", PolicyDocument=json.dumps(trust(ALICE)))
    assert assume(again.client("sts"), role)


def test_a_role_made_anew_is_no_longer_trusted(owner):
    first = owner.role("first", [allow("sts:AssumeRole")])
    role = owner.role("worker", trust=trust(first.arn))
    iam = owner.client("iam")
    iam.delete_role_policy(RoleName="first", PolicyName="policy-1")
    iam.delete_role(RoleName="first")
    again = owner.role("first", [allow("sts:AssumeRole")])
    with sts_denied(session_arn("first", "kmsmock"), "sts:AssumeRole", WORKER):
        assume(again.client("sts"), role)


def test_the_path_of_a_role_is_in_its_arn_and_not_in_that_of_its_sessions(owner, kms):
    iam = owner.client("iam")
    made = iam.create_role(RoleName="deep", Path="/team/x/", AssumeRolePolicyDocument=json.dumps(trust(ACCOUNT)))[
        "Role"
    ]
    alice = owner.user("alice", [allow("sts:AssumeRole")])
    client = signing(assume(alice.client("sts"), made["Arn"]))
    assert encrypt(client, make_key(kms, use(made["Arn"]), delegate=True))
    condition = {"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{OWNER}:role/team/x/deep"}}
    arn = make_key(kms, use("*", "kms:Encrypt", "Deny", Condition=condition))
    with denied(session_arn("deep"), "kms:Encrypt", arn, "with an explicit deny in a resource-based policy"):
        encrypt(client, arn)


def test_a_trust_policy_shows_the_unique_id_of_a_user_who_was_deleted(owner):
    iam = owner.client("iam")
    unique_id = iam.create_user(UserName="alice")["User"]["UserId"]
    owner.role("worker", trust=trust(ALICE))

    def shown():
        role = iam.get_role(RoleName="worker")["Role"]
        return role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]

    assert shown() == {"AWS": ALICE}
    iam.delete_user(UserName="alice")
    assert shown() == {"AWS": unique_id}
    iam.create_user(UserName="alice")
    assert shown() == {"AWS": unique_id}
    (listed,) = iam.list_roles()["Roles"]
    assert listed["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"AWS": unique_id}


@pytest.mark.parametrize("name", ["user/nobody", "role/nothing"])
def test_a_trust_policy_names_only_principals_that_exist(owner, name):
    iam, arn = owner.client("iam"), f"arn:aws:iam::{OWNER}:{name}"
    with refused("MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{arn}"'):
        iam.create_role(RoleName="worker", AssumeRolePolicyDocument=json.dumps(trust(arn)))
    assert iam.list_roles()["Roles"] == []
    owner.role("worker")
    with refused("MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{arn}"'):
        iam.update_assume_role_policy(RoleName="worker", PolicyDocument=json.dumps(trust(arn)))
