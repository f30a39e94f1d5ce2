"""Credentials that are no good any more, and principals that were deleted and made anew."""

import json

import boto3
import pytest
from botocore.config import Config

from tests.support.claims import OTHER, OWNER, allow, refused
from tests.support.policies import assume, encrypt, key_policy, lacks, make_key, session_arn, signing, trust, use

pytestmark = pytest.mark.evidence(
    "reported", "public reports of errors for credentials that are no good, named at the tests"
)

ACCOUNT = f"arn:aws:iam::{OWNER}:root"
CALLS = {
    "kms": lambda client: client.list_keys(),
    "sts": lambda client: client.get_caller_identity(),
    "s3": lambda client: client.list_buckets(),
    "ec2": lambda client: client.describe_snapshots(),
}
INVALID = {
    "kms": ("UnrecognizedClientException", "The security token included in the request is invalid.", 400),
    "sts": ("InvalidClientTokenId", "The security token included in the request is invalid.", 403),
    "s3": ("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", 403),
    "ec2": ("AuthFailure", "AWS was not able to validate the provided access credentials", 401),
}
EXPIRED = {
    "kms": ("ExpiredTokenException", "The security token included in the request is expired", 400),
    "s3": ("ExpiredToken", "The provided token has expired.", 400),
    "ec2": ("RequestExpired", "Request has expired.", 400),
}


# --- expired --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "service"), [("role", "kms"), ("role", "s3"), ("role", "ec2"), ("user", "kms"), ("federated user", "kms")]
)
def test_a_session_is_refused_by_every_service_once_it_has_ended(aws_world, owner, service, kind):
    alice = owner.user("alice", [allow("*")])
    sts = alice.client("sts")
    everything = json.dumps(allow("*"))
    if kind == "role":
        given = assume(sts, owner.role("worker", [allow("*")], trust=trust(alice.arn)))
    elif kind == "user":
        given = sts.get_session_token(DurationSeconds=3600)["Credentials"]
    else:
        given = sts.get_federation_token(Name="bob", Policy=everything, DurationSeconds=3600)["Credentials"]
    client = signing(given, service)
    aws_world.clock.advance(seconds=3590)
    assert CALLS[service](client)
    aws_world.clock.advance(seconds=11)
    with refused(*EXPIRED[service]):
        CALLS[service](client)


def test_sts_refuses_an_ended_session_too(aws_world, owner):
    alice = owner.user("alice")
    sts = signing(alice.client("sts").get_session_token(DurationSeconds=900)["Credentials"], "sts")
    aws_world.clock.advance(seconds=901)
    with pytest.raises(sts.exceptions.ClientError, match="The security token included in the request is expired"):
        sts.get_caller_identity()


def test_principals_that_the_test_holds_do_not_end(aws_world, owner, key):
    held = owner.role("worker", [allow("kms:*")]), owner.user("alice", [allow("kms:*")]), owner.root
    aws_world.clock.advance(days=400)
    assert all(encrypt(each.client("kms"), key) for each in held)


# --- inactive and deleted -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("service", CALLS)
def test_an_inactive_access_key_is_refused_until_it_is_active_again(owner, service):
    client = owner.user("alice", [allow("*")]).client(service)
    key, iam = _key_of(owner, "alice"), owner.client("iam")
    assert CALLS[service](client)
    iam.update_access_key(UserName="alice", AccessKeyId=key, Status="Inactive")
    with refused(*INVALID[service]):
        CALLS[service](client)
    iam.update_access_key(UserName="alice", AccessKeyId=key, Status="Active")
    assert CALLS[service](client)


@pytest.mark.parametrize("service", CALLS)
def test_a_deleted_access_key_is_refused_and_is_not_the_default_account(owner, service):
    client = owner.user("alice", [allow("*")]).client(service)
    owner.client("iam").delete_access_key(UserName="alice", AccessKeyId=_key_of(owner, "alice"))
    with refused(*INVALID[service]):
        CALLS[service](client)
    assert CALLS[service](owner.client(service))


def test_a_key_that_was_never_used_before_it_was_deleted_is_refused_as_well(owner):
    owner.user("alice")
    iam = owner.client("iam")
    made = iam.create_access_key(UserName="alice")["AccessKey"]
    iam.delete_access_key(UserName="alice", AccessKeyId=made["AccessKeyId"])
    with refused(*INVALID["kms"]):
        signing(made).list_keys()
    assert (
        signing(iam.create_access_key(UserName="alice")["AccessKey"], "sts").get_caller_identity()["Account"] == OWNER
    )


def test_credentials_that_nobody_issued_are_the_administrator_of_the_default_account(aws_world):
    for name in ("testing", "FOOBARKEY", "AKIAIOSFODNN7EXAMPLE"):
        given = {"AccessKeyId": name, "SecretAccessKey": "x"}
        assert signing(given, "sts").get_caller_identity()["Account"] == aws_world.account_id
        assert signing(given).create_key()["KeyMetadata"]["AWSAccountId"] == aws_world.account_id


def _key_of(owner, user):
    return owner.client("iam").list_access_keys(UserName=user)["AccessKeyMetadata"][0]["AccessKeyId"]


# --- made anew ------------------------------------------------------------------------------------------------------


def remove(owner, principal):
    """Delete a user or role with all that it has; its unique id."""
    iam, name = owner.client("iam"), principal.arn.rsplit("/", 1)[-1]
    if ":user/" in principal.arn:
        iam.delete_access_key(UserName=name, AccessKeyId=_key_of(owner, name))
        for each in iam.list_user_policies(UserName=name)["PolicyNames"]:
            iam.delete_user_policy(UserName=name, PolicyName=each)
        return iam.delete_user(UserName=name)
    for each in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=each)
    return iam.delete_role(RoleName=name)


def make(owner, kind):
    return owner.user("app") if kind == "user" else owner.role("app")


NO_MATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)
FORGED = {
    # as of ECS in teralytics/prometheus-ecs-discovery#7, status and all
    "kms": ("InvalidSignatureException", NO_MATCH, 400),
    "sts": ("SignatureDoesNotMatch", NO_MATCH, 403),
    "s3": (
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. "
        "Check your key and signing method.",
        403,
    ),
    "ec2": ("AuthFailure", "AWS was not able to validate the provided access credentials", 401),
    # as of Lambda in aws/aws-sdk-js#168 and, for the status, iann0036/iamlive#58
    "lambda": ("InvalidSignatureException", NO_MATCH, 403),
}


@pytest.mark.parametrize("listened", [False, True], ids=["short way", "long way"])
@pytest.mark.parametrize("kind", ["user", "role"])
@pytest.mark.parametrize("service", FORGED)
def test_another_secret_than_the_keys_is_no_signature(aws_world, owner, service, kind, listened):
    if kind == "user":
        owner.client("iam").create_user(UserName="alice")
        owner.client("iam").put_user_policy(UserName="alice", PolicyName="p", PolicyDocument=json.dumps(allow("*")))
        made = owner.client("iam").create_access_key(UserName="alice")["AccessKey"]
        given = {"AccessKeyId": made["AccessKeyId"], "SecretAccessKey": made["SecretAccessKey"], "SessionToken": None}
    else:
        bob = owner.user("bob", [allow("*")])
        given = assume(bob.client("sts"), owner.role("worker", [allow("*")], trust=trust(bob.arn)))
    calls = {**CALLS, "lambda": lambda client: client.list_functions()}
    for secret, expected in ((given["SecretAccessKey"], None), ("x" * 40, FORGED[service])):
        client = signing({**given, "SecretAccessKey": secret}, service)
        if listened:
            client.meta.events.register("before-sign", lambda **_: None)
        for _ in range(2):
            if expected is None:
                assert calls[service](client)
            else:
                with refused(*expected):
                    calls[service](client)
    assert aws_world.refusals[-1].cause == "CREDENTIALS-SECRET"
    assert "x" * 40 not in aws_world.refusals[-1].explain()


@pytest.mark.parametrize("options", [{}, {"config": Config(signature_version="s3")}], ids=["version 4", "version 2"])
def test_a_url_that_is_signed_with_another_secret_spoils_nothing_else(aws_world, owner, options):
    alice = owner.user("alice", [allow("*")])
    key, _, token = alice.credentials
    forger = signing({"AccessKeyId": key, "SecretAccessKey": "x" * 40, "SessionToken": token}, "s3", **options)
    assert forger.generate_presigned_url("list_buckets").startswith("https://")
    assert alice.client("kms").list_keys()["Keys"] == []
    assert alice.client("s3").list_buckets()["Buckets"] == []
    client = alice.client("sts")
    client.meta.events.register("before-sign", lambda **_: None)
    assert client.get_caller_identity()["Arn"] == alice.arn


def test_ambient_credentials_have_any_secret(aws_world):
    """Suites mocked with moto write whatever comes to mind."""
    for secret in ("testing", "other"):
        client = boto3.client("kms", "us-east-1", aws_access_key_id="testing", aws_secret_access_key=secret)
        assert client.list_keys()["Keys"] == []


def caller(kind):
    return f"arn:aws:iam::{OWNER}:user/app" if kind == "user" else session_arn("app", "kmsmock")


@pytest.mark.parametrize(("kind", "prefix"), [("user", "AIDA"), ("role", "AROA")])
def test_a_principal_made_anew_does_not_regain_what_a_key_policy_gave(kms, owner, kind, prefix):
    first = make(owner, kind)
    key = make_key(kms, use(first.arn, "kms:Encrypt"))
    assert encrypt(first.client("kms"), key)
    assert _named(kms, key) == first.arn
    remove(owner, first)
    assert _named(kms, key).startswith(prefix)
    second = make(owner, kind)
    assert second.arn == first.arn
    assert _named(kms, key).startswith(prefix)
    with lacks(caller(kind), "kms:Encrypt", key):
        encrypt(second.client("kms"), key)
    kms.put_key_policy(KeyId=key, Policy=key_policy(use(second.arn, "kms:Encrypt")))
    assert encrypt(second.client("kms"), key)
    assert _named(kms, key) == second.arn


def _named(kms, key):
    """Whom the second statement of a key policy names."""
    return json.loads(kms.get_key_policy(KeyId=key)["Policy"])["Statement"][1]["Principal"]["AWS"]


@pytest.mark.parametrize(("kind", "prefix"), [("user", "AIDA"), ("role", "AROA")])
def test_a_principal_made_anew_does_not_regain_what_a_grant_gave(kms, owner, key, kind, prefix):
    first = make(owner, kind)
    kms.create_grant(KeyId=key, GranteePrincipal=first.arn, Operations=["Encrypt"])
    assert encrypt(first.client("kms"), key)
    remove(owner, first)
    second = make(owner, kind)
    assert kms.list_grants(KeyId=key)["Grants"][0]["GranteePrincipal"].startswith(prefix)
    with lacks(caller(kind), "kms:Encrypt", key):
        encrypt(second.client("kms"), key)
    kms.create_grant(KeyId=key, GranteePrincipal=second.arn, Operations=["Encrypt"])
    assert encrypt(second.client("kms"), key)


def test_a_session_named_in_a_key_policy_and_arns_in_conditions_are_plain_text(kms, owner):
    first = owner.role("app", trust=trust(ACCOUNT))
    by_name = make_key(kms, use(session_arn("app", "kmsmock"), "kms:Encrypt"))
    by_condition = make_key(
        kms, use("*", "kms:Encrypt", Condition={"ArnEquals": {"aws:PrincipalArn": first.arn}}), delegate=True
    )
    remove(owner, first)
    second = owner.role("app", trust=trust(ACCOUNT))
    for key in (by_name, by_condition):
        assert encrypt(second.client("kms"), key)


def test_a_policy_that_shows_a_deleted_principal_cannot_be_stored_again(kms, owner):
    first = make(owner, "role")
    key = make_key(kms, use(first.arn, "kms:Encrypt"))
    remove(owner, first)
    text = kms.get_key_policy(KeyId=key)["Policy"]
    with refused(
        "MalformedPolicyDocumentException", "Policy contains a statement with one or more invalid principals."
    ):
        kms.put_key_policy(KeyId=key, Policy=text)
    assert kms.get_key_policy(KeyId=key)["Policy"] == text


def test_a_principal_of_another_account_is_bound_as_well(kms, owner, other):
    first = other.role("app", [allow("kms:*")])
    key = make_key(kms, use(first.arn, "kms:Encrypt"))
    assert encrypt(first.client("kms"), key)
    remove(other, first)
    second = other.role("app", [allow("kms:*")])
    with refused("AccessDeniedException"):
        encrypt(second.client("kms"), key)
    assert session_arn("app", "kmsmock", OTHER) != second.arn


def test_sessions_of_a_deleted_role_and_of_its_namesake_have_each_their_own_policies(kms, owner):
    key = make_key(kms, delegate=True)
    first = owner.role("app", [allow("kms:*")])
    old = first.client("kms")
    remove(owner, first)
    new = owner.role("app", [allow("kms:*")]).client("kms")
    for _ in range(2):
        with refused("AccessDeniedException"):
            encrypt(old, key)
        assert encrypt(new, key)
