"""Permissions boundaries of users: CreateUser, PutUserPermissionsBoundary, DeleteUserPermissionsBoundary and GetUser.

IAM API reference; "Permissions boundaries for IAM entities" in the IAM user guide.
"""

import json

import pytest

from tests.support.claims import OWNER, allow, refused
from tests.support.policies import encrypt, lacks

pytestmark = pytest.mark.evidence(
    "documented", 'IAM API reference; "Permissions boundaries for IAM entities" (IAM user guide)'
)

ALICE = f"arn:aws:iam::{OWNER}:user/alice"
NONE = f"arn:aws:iam::{OWNER}:policy/none"


@pytest.fixture
def iam(owner):
    return owner.client("iam")


@pytest.fixture
def limit(iam):
    """The ARN of a policy that allows DescribeKey."""
    document = json.dumps(allow("kms:DescribeKey"))
    return iam.create_policy(PolicyName="limit", PolicyDocument=document)["Policy"]["Arn"]


def shown(iam):
    return iam.get_user(UserName="alice")["User"].get("PermissionsBoundary")


def test_a_boundary_is_shown_and_limits_until_it_is_taken_away(owner, iam, limit, key):
    alice = owner.user("alice", [allow("kms:*")])
    assert shown(iam) is None
    iam.put_user_permissions_boundary(UserName="alice", PermissionsBoundary=limit)
    assert shown(iam) == {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": limit}
    assert alice.client("kms").describe_key(KeyId=key)
    with lacks(ALICE, "kms:Encrypt", key, "permissions boundary"):
        encrypt(alice.client("kms"), key)
    iam.delete_user_permissions_boundary(UserName="alice")
    assert shown(iam) is None
    assert encrypt(alice.client("kms"), key)


def test_a_boundary_that_is_not_there_cannot_be_taken_away(iam):
    iam.create_user(UserName="alice")
    with refused("NoSuchEntity", "User alice does not have a permissions boundary.", 404):
        iam.delete_user_permissions_boundary(UserName="alice")


def test_a_policy_that_is_not_there_is_nobodys_boundary(iam):
    text = f"Policy {NONE} does not exist or is not attachable."
    with refused("NoSuchEntity", text, 404):
        iam.create_user(UserName="alice", PermissionsBoundary=NONE)
    assert iam.list_users()["Users"] == []
    iam.create_user(UserName="alice")
    with refused("NoSuchEntity", text, 404):
        iam.put_user_permissions_boundary(UserName="alice", PermissionsBoundary=NONE)
    assert shown(iam) is None


def test_a_later_user_of_the_same_name_has_no_boundary(owner, iam, limit, key):
    iam.create_user(UserName="alice", PermissionsBoundary=limit)
    iam.delete_user(UserName="alice")
    alice = owner.user("alice", [allow("kms:*")])
    assert shown(iam) is None
    assert encrypt(alice.client("kms"), key)


@pytest.mark.parametrize("kind", ["user", "role"])
def test_a_boundary_that_is_given_as_a_document_is_a_policy_named_after_whom_it_limits(owner, iam, kind):
    getattr(owner, kind)("app", [allow("kms:*")], boundary=allow("kms:DescribeKey"))
    (made,) = iam.list_policies(Scope="Local")["Policies"]
    assert (made["PolicyName"], made["Arn"]) == ("app-boundary", f"arn:aws:iam::{OWNER}:policy/app-boundary")
    holder = getattr(iam, f"get_{kind}")(**{f"{kind.title()}Name": "app"})[kind.title()]
    assert holder["PermissionsBoundary"]["PermissionsBoundaryArn"] == made["Arn"]
