"""Users, roles and policies of IAM that are known everywhere only after a while, where a test says so."""

import json
from datetime import timedelta

import pytest

from tests.support.claims import OWNER, allow, policy, refused
from tests.support.policies import assume, lacks, session_arn, signing, sts_denied, trust

MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.evidence(
    "documented",
    '"Changes that I make are not always immediately visible" (IAM user guide); recorded: new roles in key policies',
)
MAY = json.dumps(allow("kms:Encrypt"))
WORKER = f"arn:aws:iam::{OWNER}:role/worker"


def slowly(*names):
    return pytest.mark.kmsmock(delays=dict.fromkeys(names, MINUTE))


@pytest.fixture
def clock(aws_clock):
    aws_clock.freeze("2030-01-01")
    return aws_clock


@pytest.fixture
def iam(owner, clock):
    return owner.client("iam")


def document(arn):
    return json.dumps(
        policy(
            {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{OWNER}:root"}, "Action": "kms:*", "Resource": "*"},
            {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "kms:Decrypt", "Resource": "*"},
        )
    )


@pytest.mark.parametrize("kind", ["role", "user"])
@slowly("CreateRole", "CreateUser")
def test_whoever_was_made_just_now_is_nobody_to_kms(clock, iam, owner, kms, key, kind):
    if kind == "role":
        arn = iam.create_role(RoleName="new", Path="/a/b/", AssumeRolePolicyDocument=json.dumps(trust(OWNER)))["Role"][
            "Arn"
        ]
    else:
        arn = iam.create_user(UserName="new", Path="/a/b/")["User"]["Arn"]
    with refused(
        "MalformedPolicyDocumentException", "Policy contains a statement with one or more invalid principals."
    ):
        kms.put_key_policy(KeyId=key, Policy=document(arn))
    with refused("InvalidArnException", f"ARN does not refer to a valid principal: {arn}"):
        kms.create_grant(KeyId=key, GranteePrincipal=arn, Operations=["Decrypt"])
    with refused("MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{arn}"'):
        iam.create_role(RoleName="other", AssumeRolePolicyDocument=json.dumps(trust(arn)))
    clock.advance(minutes=1)
    kms.put_key_policy(KeyId=key, Policy=document(arn))
    assert kms.create_grant(KeyId=key, GranteePrincipal=arn, Operations=["Decrypt"])["GrantId"]
    assert iam.create_role(RoleName="other", AssumeRolePolicyDocument=json.dumps(trust(arn)))["Role"]


@slowly("CreateRole")
def test_a_role_that_was_made_just_now_cannot_be_assumed(clock, owner):
    alice = owner.user("alice", [allow("sts:AssumeRole")])
    role = owner.role("worker", trust=trust(alice.arn))
    with sts_denied(alice.arn, "sts:AssumeRole", WORKER):
        assume(alice.client("sts"), role)
    clock.advance(minutes=1)
    assert assume(alice.client("sts"), role)


@slowly("CreateRole")
def test_a_role_that_is_there_stays_known_when_somebody_tries_to_make_it_again(clock, iam, owner, kms, key):
    role = owner.role("worker")
    clock.advance(minutes=1)
    with refused("EntityAlreadyExists", "Role with name worker already exists.", 409):
        iam.create_role(RoleName="worker", AssumeRolePolicyDocument=json.dumps(trust(OWNER)))
    assert kms.create_grant(KeyId=key, GranteePrincipal=role.arn, Operations=["Decrypt"])["GrantId"]


@slowly("UpdateAssumeRolePolicy")
def test_the_former_trust_policy_decides_for_a_while(aws_world, clock, iam, owner):
    alice, bob = owner.user("alice"), owner.user("bob")
    role = owner.role("worker", trust=trust(alice.arn))
    iam.update_assume_role_policy(RoleName="worker", PolicyDocument=json.dumps(trust(bob.arn)))
    assert assume(alice.client("sts"), role)
    with sts_denied(bob.arn, "sts:AssumeRole", WORKER):
        assume(bob.client("sts"), role)
    assert "the new trust policy of the role is known from 2030-01-01 00:01:00 on" in aws_world.decisions[-1].explain()
    clock.advance(minutes=1)
    assert assume(bob.client("sts"), role)
    with sts_denied(alice.arn, "sts:AssumeRole", WORKER):
        assume(alice.client("sts"), role)


def managed(iam, document=MAY):
    return iam.create_policy(PolicyName="p", PolicyDocument=document)["Policy"]["Arn"]


def in_group(iam):
    iam.create_group(GroupName="g")
    iam.put_group_policy(GroupName="g", PolicyName="p", PolicyDocument=MAY)


GIVEN = {
    "PutRolePolicy": lambda iam: iam.put_role_policy(RoleName="worker", PolicyName="p", PolicyDocument=MAY),
    "AttachRolePolicy": lambda iam: iam.attach_role_policy(RoleName="worker", PolicyArn=managed(iam)),
    "PutUserPolicy": lambda iam: iam.put_user_policy(UserName="alice", PolicyName="p", PolicyDocument=MAY),
    "AttachUserPolicy": lambda iam: iam.attach_user_policy(UserName="alice", PolicyArn=managed(iam)),
    "AddUserToGroup": lambda iam: [in_group(iam), iam.add_user_to_group(GroupName="g", UserName="alice")],
    "PutGroupPolicy": lambda iam: [
        iam.create_group(GroupName="g"),
        iam.add_user_to_group(GroupName="g", UserName="alice"),
        iam.put_group_policy(GroupName="g", PolicyName="p", PolicyDocument=MAY),
    ],
    "AttachGroupPolicy": lambda iam: [
        iam.create_group(GroupName="g"),
        iam.add_user_to_group(GroupName="g", UserName="alice"),
        iam.attach_group_policy(GroupName="g", PolicyArn=managed(iam)),
    ],
    "CreatePolicyVersion": lambda iam: [
        iam.attach_user_policy(UserName="alice", PolicyArn=managed(iam, json.dumps(allow("s3:*")))),
        iam.create_policy_version(PolicyArn=f"arn:aws:iam::{OWNER}:policy/p", PolicyDocument=MAY, SetAsDefault=True),
    ],
    "SetDefaultPolicyVersion": lambda iam: [
        iam.attach_user_policy(UserName="alice", PolicyArn=managed(iam, json.dumps(allow("s3:*")))),
        iam.create_policy_version(PolicyArn=f"arn:aws:iam::{OWNER}:policy/p", PolicyDocument=MAY),
        iam.set_default_policy_version(PolicyArn=f"arn:aws:iam::{OWNER}:policy/p", VersionId="v2"),
    ],
}


@pytest.mark.parametrize("operation", [pytest.param(each, marks=slowly(each)) for each in GIVEN])
def test_what_somebody_is_given_counts_after_a_while(clock, iam, owner, key, operation):
    role, alice = owner.role("worker"), owner.user("alice")
    who, arn = (role, session_arn("worker", "kmsmock")) if "Role" in operation else (alice, alice.arn)
    client = who.client("kms")
    GIVEN[operation](iam)
    with lacks(arn, "kms:Encrypt", key):
        client.encrypt(KeyId=key, Plaintext=b"x")
    clock.advance(minutes=1)
    assert client.encrypt(KeyId=key, Plaintext=b"x")


TAKEN = {
    "DeleteRolePolicy": lambda iam: iam.delete_role_policy(RoleName="worker", PolicyName="policy-1"),
    "DeleteUserPolicy": lambda iam: iam.delete_user_policy(UserName="alice", PolicyName="policy-1"),
    "PutRolePermissionsBoundary": lambda iam: iam.put_role_permissions_boundary(
        RoleName="worker", PermissionsBoundary=managed(iam, json.dumps(allow("s3:*")))
    ),
    "PutUserPermissionsBoundary": lambda iam: iam.put_user_permissions_boundary(
        UserName="alice", PermissionsBoundary=managed(iam, json.dumps(allow("s3:*")))
    ),
}


@pytest.mark.parametrize("operation", [pytest.param(each, marks=slowly(each)) for each in TAKEN])
def test_what_somebody_loses_counts_for_a_while_on(clock, iam, owner, key, operation):
    role, alice = owner.role("worker", [json.loads(MAY)]), owner.user("alice", [json.loads(MAY)])
    client = (role if "Role" in operation else alice).client("kms")
    TAKEN[operation](iam)
    assert client.encrypt(KeyId=key, Plaintext=b"x")
    clock.advance(minutes=1)
    with refused("AccessDeniedException"):
        client.encrypt(KeyId=key, Plaintext=b"x")


@slowly("PutUserPolicy")
def test_sessions_of_a_user_have_what_the_user_has(clock, iam, owner, key):
    alice = owner.user("alice")
    clock.advance(minutes=1)
    session = signing(alice.client("sts").get_session_token()["Credentials"])
    iam.put_user_policy(UserName="alice", PolicyName="p", PolicyDocument=MAY)
    with lacks(alice.arn, "kms:Encrypt", key):
        session.encrypt(KeyId=key, Plaintext=b"x")
    clock.advance(minutes=1)
    assert session.encrypt(KeyId=key, Plaintext=b"x")


@slowly("PutRolePolicy")
def test_a_denial_says_that_the_policies_are_new(aws_world, clock, owner, key):
    role = owner.role("worker", [json.loads(MAY)])
    with refused("AccessDeniedException"):
        role.client("kms").encrypt(KeyId=key, Plaintext=b"x")
    assert (
        f"note      the new policies of {role.arn} are known from 2030-01-01 00:01:00 on, and not looked at until then "
        "(World(delays=...))"
    ) in aws_world.decisions[-1].explain()
