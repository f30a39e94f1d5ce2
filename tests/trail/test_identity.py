"""Who called, in the record of a call: users, roles, sessions and those behind them."""

import json

import boto3
import pytest

from tests.support.claims import OWNER, allow, policy
from tests.support.policies import assume, signing, trust
from tests.support.trail import HOME, last, stamp, the_one

pytestmark = pytest.mark.evidence("documented", '"CloudTrail userIdentity element" (CloudTrail user guide)')

ACCOUNT = f"arn:aws:iam::{OWNER}:root"
MFA = {"SerialNumber": f"arn:aws:iam::{OWNER}:mfa/alice", "TokenCode": "123456"}


def identity(world, credentials, key):
    """The identity in the record of a call with these credentials."""
    client = signing(credentials)
    client.encrypt(KeyId=key, Plaintext=b"x")
    return last(world, "Encrypt")["userIdentity"]


def me(credentials):
    return signing(credentials, "sts").get_caller_identity()


def long_term(owner, name="alice"):
    """An access key of a user, as STS writes credentials."""
    return owner.client("iam").create_access_key(UserName=name)["AccessKey"]


def attributes(clock, mfa=False):
    return {"mfaAuthenticated": "true" if mfa else "false", "creationDate": stamp(clock.now())}


def test_the_root_user(aws_world, owner, kms, key):
    session = owner.session()
    session.client("kms", HOME).encrypt(KeyId=key, Plaintext=b"x")
    assert the_one(aws_world, "Encrypt")["userIdentity"] == {
        "type": "Root",
        "principalId": OWNER,
        "arn": ACCOUNT,
        "accountId": OWNER,
        "accessKeyId": session.get_credentials().access_key,
    }


def test_credentials_that_nobody_issued_are_the_root_user_of_the_default_account(aws_world):
    kms = boto3.client("kms", HOME, aws_access_key_id="testing", aws_secret_access_key="testing")
    kms.create_key()
    identity = the_one(aws_world, "CreateKey")["userIdentity"]
    assert (identity["type"], identity["arn"]) == ("Root", "arn:aws:iam::123456789012:root")


def test_a_user(aws_world, owner, alice, key):
    credentials = long_term(owner)
    assert identity(aws_world, credentials, key) == {
        "type": "IAMUser",
        "principalId": me(credentials)["UserId"],
        "arn": alice.arn,
        "accountId": OWNER,
        "accessKeyId": credentials["AccessKeyId"],
        "userName": "alice",
    }


@pytest.mark.parametrize("code", [{}, MFA], ids=["without MFA", "with MFA"])
def test_a_user_with_a_session_token(aws_world, clock, alice, key, code):
    credentials = alice.client("sts").get_session_token(**code)["Credentials"]
    issued = attributes(clock, bool(code))
    clock.advance(minutes=5)
    told = identity(aws_world, credentials, key)
    context = told.pop("sessionContext")
    assert context["attributes"] == issued
    assert not context.get("sessionIssuer")
    assert told == {
        "type": "IAMUser",
        "principalId": me(credentials)["UserId"],
        "arn": alice.arn,
        "accountId": OWNER,
        "accessKeyId": credentials["AccessKeyId"],
        "userName": "alice",
    }


@pytest.fixture
def role(owner):
    every = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
    return owner.role("worker", [allow(["kms:*", *every])], trust=trust(ACCOUNT, every))


def role_id(owner, name):
    return owner.client("iam").get_role(RoleName=name)["Role"]["RoleId"]


@pytest.mark.parametrize("code", [{}, MFA], ids=["without MFA", "with MFA"])
def test_a_session_of_a_role(aws_world, clock, owner, alice, role, key, code):
    credentials = assume(alice.client("sts"), role, **code)
    issued = attributes(clock, bool(code))
    clock.advance(minutes=5)
    told = identity(aws_world, credentials, key)
    context = told.pop("sessionContext")
    number = role_id(owner, "worker")
    assert told == {
        "type": "AssumedRole",
        "principalId": f"{number}:ci",
        "arn": f"arn:aws:sts::{OWNER}:assumed-role/worker/ci",
        "accountId": OWNER,
        "accessKeyId": credentials["AccessKeyId"],
    }
    assert context["attributes"] == issued
    assert context["sessionIssuer"] == {
        "type": "Role",
        "principalId": number,
        "arn": role.arn,
        "accountId": OWNER,
        "userName": "worker",
    }
    assert not context.get("webIdFederationData")
    assert "sourceIdentity" not in context


def test_a_role_that_acts_for_the_test_has_a_session_too(aws_world, owner, role, key):
    role.client("kms").encrypt(KeyId=key, Plaintext=b"x")
    told = the_one(aws_world, "Encrypt")["userIdentity"]
    assert told["type"] == "AssumedRole"
    assert told["arn"].startswith(f"arn:aws:sts::{OWNER}:assumed-role/worker/")
    assert told["sessionContext"]["sessionIssuer"]["arn"] == role.arn


def test_the_path_of_a_role_is_told_by_the_issuer_and_not_by_the_session(aws_world, owner, alice, key):
    iam = owner.client("iam")
    document = json.dumps(trust(ACCOUNT))
    made = iam.create_role(RoleName="deep", Path="/team/", AssumeRolePolicyDocument=document)["Role"]
    iam.put_role_policy(RoleName="deep", PolicyName="p", PolicyDocument=json.dumps(allow("kms:*")))
    told = identity(aws_world, assume(alice.client("sts"), made["Arn"]), key)
    assert told["arn"] == f"arn:aws:sts::{OWNER}:assumed-role/deep/ci"
    assert told["sessionContext"]["sessionIssuer"]["arn"] == f"arn:aws:iam::{OWNER}:role/team/deep"
    assert told["sessionContext"]["sessionIssuer"]["userName"] == "deep"


def test_a_source_identity_stays_with_the_session_and_the_sessions_that_it_asks_for(aws_world, owner, alice, role, key):
    every = ["sts:AssumeRole", "sts:SetSourceIdentity"]
    second = owner.role("second", [allow("kms:*")], trust=trust(ACCOUNT, every))
    first = assume(alice.client("sts"), role, SourceIdentity="alice")
    assert identity(aws_world, first, key)["sessionContext"]["sourceIdentity"] == "alice"
    chained = assume(signing(first, "sts"), second)
    assert identity(aws_world, chained, key)["sessionContext"]["sourceIdentity"] == "alice"


def test_a_federated_user_is_told_with_the_user_behind_him(aws_world, clock, owner, alice, key):
    document = json.dumps(allow("kms:*"))
    credentials = alice.client("sts").get_federation_token(Name="bob", Policy=document)["Credentials"]
    issued = attributes(clock)
    clock.advance(minutes=5)
    told = identity(aws_world, credentials, key)
    context = told.pop("sessionContext")
    assert told == {
        "type": "FederatedUser",
        "principalId": f"{OWNER}:bob",
        "arn": f"arn:aws:sts::{OWNER}:federated-user/bob",
        "accountId": OWNER,
        "accessKeyId": credentials["AccessKeyId"],
    }
    assert context["attributes"] == issued
    assert context["sessionIssuer"] == {
        "type": "IAMUser",
        "principalId": me(long_term(owner))["UserId"],
        "arn": alice.arn,
        "accountId": OWNER,
        "userName": "alice",
    }


def test_a_session_of_a_web_identity_is_a_role_session_that_names_its_provider(aws_world, owner, key):
    allowed = {"Effect": "Allow", "Principal": {"Federated": "accounts.google.com"}}
    role = owner.role("web", [allow("kms:*")], trust=policy({**allowed, "Action": "sts:AssumeRoleWithWebIdentity"}))
    terms = {"RoleSessionName": "visitor", "WebIdentityToken": "token", "ProviderId": "accounts.google.com"}
    made = boto3.client("sts").assume_role_with_web_identity(RoleArn=role.arn, **terms)
    told = identity(aws_world, made["Credentials"], key)
    assert (told["type"], told["arn"]) == ("AssumedRole", f"arn:aws:sts::{OWNER}:assumed-role/web/visitor")
    assert told["sessionContext"]["webIdFederationData"]["federatedProvider"] == "accounts.google.com"
    assert told["sessionContext"]["sessionIssuer"]["arn"] == role.arn


def test_who_calls_himself_is_invoked_by_nobody(aws_world, owner, alice, role, kms, key):
    for client in (kms, alice.client("kms"), role.client("kms")):
        client.encrypt(KeyId=key, Plaintext=b"x")
        assert "invokedBy" not in last(aws_world, "Encrypt")["userIdentity"]
