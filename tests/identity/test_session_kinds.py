"""How long sessions last, and the sessions of users: GetSessionToken and GetFederationToken."""

import json
from datetime import timedelta

import pytest

from tests.support.claims import OWNER, allow, refused
from tests.support.policies import assume, encrypt, lacks, make_key, signing, sts_denied, trust, use

pytestmark = pytest.mark.evidence("documented", "GetSessionToken and GetFederationToken (STS API reference)")

ACCOUNT = f"arn:aws:iam::{OWNER}:root"
ALICE = f"arn:aws:iam::{OWNER}:user/alice"
BOB = f"arn:aws:sts::{OWNER}:federated-user/bob"
CHAINING = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
MAXIMUM = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."


@pytest.fixture
def alice(owner):
    return owner.user("alice", [allow(["kms:*", "sts:*"])])


@pytest.fixture
def role(owner):
    made = owner.role("worker", [allow("sts:*")], trust=trust(ACCOUNT))
    owner.client("iam").update_role(RoleName="worker", MaxSessionDuration=7200)
    return made


# --- how long -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "lasts"), [({}, 3600), ({"DurationSeconds": 900}, 900), ({"DurationSeconds": 7200}, 7200)]
)
def test_a_session_lasts_as_long_as_asked_for(aws_world, alice, role, asked, lasts):
    aws_world.clock.freeze()
    given = assume(alice.client("sts"), role, **asked)
    assert given["Expiration"] - aws_world.clock.now().replace(microsecond=0) == timedelta(seconds=lasts)


def test_a_role_says_how_long_its_sessions_may_last(alice, role):
    with refused("ValidationError", MAXIMUM):
        assume(alice.client("sts"), role, DurationSeconds=7201)


def test_a_session_that_a_session_asked_for_lasts_an_hour_at_most(alice, role):
    first = signing(assume(alice.client("sts"), role), "sts")
    assert assume(first, role, DurationSeconds=3600)
    with refused("ValidationError", CHAINING):
        assume(first, role, DurationSeconds=3601)


# --- GetSessionToken ------------------------------------------------------------------------------------------------


def test_a_session_token_is_for_the_user_himself(owner, kms, key, alice):
    given = alice.client("sts").get_session_token()["Credentials"]
    me = signing(given, "sts").get_caller_identity()
    assert me["Arn"] == ALICE
    assert me == {**alice.client("sts").get_caller_identity(), "ResponseMetadata": me["ResponseMetadata"]}
    assert encrypt(signing(given), key)
    named = make_key(kms, use(ALICE, "kms:DescribeKey"), use(ACCOUNT, "kms:PutKeyPolicy"), delegate=False)
    assert signing(given).describe_key(KeyId=named)
    with lacks(ALICE, "kms:Encrypt", named, "resource-based policy"):
        encrypt(signing(given), named)


def test_session_tokens_are_different_and_each_user_has_his_own(owner, alice):
    bob = owner.user("bob")
    given = [each.client("sts").get_session_token()["Credentials"] for each in (alice, alice, bob)]
    assert len({each["AccessKeyId"] for each in given}) == 3
    assert {each["AccessKeyId"][:4] for each in given} == {"ASIA"}
    assert signing(given[2], "sts").get_caller_identity()["Arn"] == bob.arn


def test_a_change_of_the_users_policies_reaches_his_sessions(owner, key, alice):
    client = signing(alice.client("sts").get_session_token()["Credentials"])
    assert encrypt(client, key)
    owner.client("iam").delete_user_policy(UserName="alice", PolicyName="policy-1")
    with lacks(ALICE, "kms:Encrypt", key):
        encrypt(client, key)


@pytest.mark.parametrize("operation", ["get_session_token", "get_federation_token"])
def test_sessions_cannot_ask_for_session_or_federation_tokens(alice, role, operation):
    client = signing(assume(alice.client("sts"), role), "sts")
    with refused("AccessDenied", status=403):
        getattr(client, operation)(**({"Name": "bob"} if operation == "get_federation_token" else {}))


# --- GetFederationToken ---------------------------------------------------------------------------------------------


def federate(user, **terms):
    return user.client("sts").get_federation_token(Name="bob", **terms)


def test_a_federated_user_without_a_policy_may_do_nothing(key, alice):
    made = federate(alice)
    assert made["FederatedUser"] == {"FederatedUserId": f"{OWNER}:bob", "Arn": BOB}
    with lacks(BOB, "kms:Encrypt", key, "session policy"):
        encrypt(signing(made["Credentials"]), key)


@pytest.mark.parametrize(
    ("of_user", "of_session", "layer"),
    [
        ("kms:*", "kms:*", None),
        ("kms:Encrypt", "kms:*", None),
        ("kms:*", "kms:Encrypt", None),
        ("kms:Describe*", "kms:*", "identity-based policy"),
        ("kms:*", "kms:Describe*", "session policy"),
    ],
)
def test_a_federated_user_may_what_both_the_user_and_the_policy_allow(owner, key, of_user, of_session, layer):
    carol = owner.user("carol", [allow([of_user, "sts:*"])])
    client = signing(federate(carol, Policy=json.dumps(allow(of_session)))["Credentials"])
    if layer is None:
        assert encrypt(client, key)
    else:
        with lacks(BOB, "kms:Encrypt", key, layer):
            encrypt(client, key)


@pytest.mark.parametrize(
    ("named", "with_policy", "layer"),
    [
        (BOB, False, None),
        ("*", False, None),
        (ALICE, False, "session policy"),
        (ALICE, True, None),
        (ACCOUNT, False, "session policy"),
    ],
)
def test_a_key_policy_may_name_a_federated_user_himself_or_the_user_behind_him(kms, alice, named, with_policy, layer):
    key = make_key(kms, use(named, "kms:Encrypt"))
    policy = {"Policy": json.dumps(allow("kms:Encrypt"))} if with_policy else {}
    client = signing(federate(alice, **policy)["Credentials"])
    if layer is None:
        assert encrypt(client, key)
    else:
        with lacks(BOB, "kms:Encrypt", key, layer):
            encrypt(client, key)


def test_the_boundary_of_the_user_limits_his_federated_users(owner, key):
    carol = owner.user("carol", [allow(["kms:*", "sts:*"])], boundary=allow(["kms:Describe*", "sts:*"]))
    client = signing(federate(carol, Policy=json.dumps(allow("kms:*")))["Credentials"])
    assert client.describe_key(KeyId=key)
    with lacks(BOB, "kms:Encrypt", key, "permissions boundary"):
        encrypt(client, key)


def test_federation_needs_a_permission_and_its_tags_are_those_of_the_principal(owner, kms, alice):
    nobody = owner.user("nobody")
    with sts_denied(nobody.arn, "sts:GetFederationToken", BOB):
        federate(nobody)
    key = make_key(kms, use(BOB, "kms:Encrypt", Condition={"StringEquals": {"aws:PrincipalTag/team": "red"}}))
    red = federate(alice, Tags=[{"Key": "team", "Value": "red"}])["Credentials"]
    assert encrypt(signing(red), key)
    with lacks(BOB, "kms:Encrypt", key, "session policy"):
        encrypt(signing(federate(alice)["Credentials"]), key)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"StringEquals": {"aws:PrincipalType": "FederatedUser"}}, True),
        ({"StringEquals": {"aws:userid": f"{OWNER}:bob"}}, True),
        ({"ArnEquals": {"aws:PrincipalArn": BOB}}, True),
        ({"ArnEquals": {"aws:PrincipalArn": ALICE}}, False),
        ({"StringEquals": {"aws:username": "alice"}}, False),
        ({"StringEquals": {"aws:PrincipalAccount": OWNER}}, True),
        ({"Null": {"aws:TokenIssueTime": "false"}}, True),
    ],
)
def test_how_policies_see_a_federated_user(kms, alice, condition, holds):
    key = make_key(kms, use(BOB, "kms:Encrypt", Condition=condition))
    client = signing(federate(alice)["Credentials"])
    if holds:
        assert encrypt(client, key)
    else:
        with lacks(BOB, "kms:Encrypt", key, "session policy"):
            encrypt(client, key)
