"""Whom a name in a policy or grant stands for, and by which ids and keys he is known.

"AWS JSON policy elements: Principal", "IAM identifiers", and "AWS global condition context keys" in the IAM user guide.
"""

import json

import pytest
from botocore.exceptions import ClientError

from kmsmock.identity import sessions
from kmsmock.refusals import assert_denied
from tests.support.claims import OWNER, allow, policy, refused
from tests.support.organization import CLOSED, RCP
from tests.support.policies import (
    KEY_SIDE,
    assume,
    denied,
    encrypt,
    key_policy,
    lacks,
    make_key,
    session_arn,
    signing,
    steward,
    use,
)

pytestmark = pytest.mark.evidence(
    "documented",
    '"AWS JSON policy elements: Principal", "IAM identifiers", "AWS global condition context keys" (IAM user guide)',
)

ROLE = f"arn:aws:iam::{OWNER}:role"
NOBODY = "Policy contains a statement with one or more invalid principals."


# --- names ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        f"{ROLE}/none",
        f"arn:aws:iam::{OWNER}:user/none",
        f"arn:aws:iam::{OWNER}:user/app",  # there is a role of that name
        session_arn("none"),
        session_arn("app", ""),
        session_arn("app", "a/b"),
        f"arn:aws:sts::{OWNER}:assumed-role/app",
        "AIDAAAAAAAAAAAAAAAAAA",
        "AROAAAAAAAAAAAAAAAAAA:ci",
    ],
)
def test_a_key_policy_names_nobody_who_is_not_there(owner, kms, name):
    owner.role("app")
    with refused("MalformedPolicyDocumentException", NOBODY):
        kms.create_key(Policy=key_policy(use(name, "kms:Encrypt")))


@pytest.mark.parametrize(
    "name",
    [
        session_arn("app"),
        session_arn("aws:ec2-infrastructure", "i-0123456789abcdef0"),
        f"arn:aws:sts::{OWNER}:federated-user/whoever",
        f"arn:aws:iam::{OWNER}:root",
        "999999999999",
        "*",
    ],
)
def test_a_key_policy_names_sessions_of_roles_that_are_there_and_whoever_is_in_nobodys_iam(owner, kms, name):
    owner.role("app")
    made = kms.create_key(Policy=key_policy(use(name, "kms:Encrypt")))
    assert made["KeyMetadata"]["Enabled"] is True


def test_the_session_of_a_role_with_a_path_is_named_without_it(owner, kms):
    """The ARN of a session has the name of the role only."""
    owner.client("iam").create_role(
        RoleName="app", Path="/team/a/", AssumeRolePolicyDocument=json.dumps(policy(_trusting(owner)))
    )
    client = signing(assume(steward(owner), f"{ROLE}/team/a/app"))
    key = make_key(kms, use(session_arn("app"), "kms:Encrypt"))
    assert encrypt(client, key)
    with refused("MalformedPolicyDocumentException", NOBODY):
        kms.create_key(Policy=key_policy(use(f"{ROLE}/app", "kms:Encrypt")))
    by_path = make_key(kms, use(f"{ROLE}/team/a/app", "kms:Encrypt"))
    assert encrypt(client, by_path)


def _trusting(account):
    return {"Effect": "Allow", "Principal": {"AWS": account.root.arn}, "Action": "sts:AssumeRole"}


# --- what conditions know of him ------------------------------------------------------------------------------------


def test_a_session_has_the_id_of_its_role_and_its_own_name(owner, kms):
    """``aws:userid`` of an assumed role is ``role-id:session-name``."""
    role = owner.role("app")
    role_id = owner.client("iam").get_role(RoleName="app")["Role"]["RoleId"]
    client = signing(assume(steward(owner), role))
    for value, may in ((f"{role_id}:ci", True), (f"{role_id}:*", True), (f"{role_id}:c", False), (role_id, False)):
        key = make_key(kms, use(role.arn, "kms:Encrypt", Condition={"StringLike": {"aws:userid": value}}))
        if may:
            assert encrypt(client, key)
        else:
            with lacks(session_arn("app"), "kms:Encrypt", key):
                encrypt(client, key)


@pytest.mark.parametrize("kind", ["user", "role"])
def test_his_own_tags_are_known_of_him(owner, kms, kind):
    who = getattr(owner, kind)("app")
    getattr(owner.client("iam"), f"tag_{kind}")(
        **{f"{kind.title()}Name": "app", "Tags": [{"Key": "team", "Value": "red"}]}
    )
    caller = who.arn if kind == "user" else session_arn("app", "kmsmock")
    for team, may in (("red", True), ("blue", False)):
        key = make_key(kms, use(who.arn, Condition={"StringEquals": {"aws:PrincipalTag/team": team}}))
        if may:
            assert encrypt(who.client("kms"), key)
        else:
            with lacks(caller, "kms:Encrypt", key):
                encrypt(who.client("kms"), key)


def test_a_federated_user_has_no_tags_of_the_user_who_asked_for_him(owner, kms):
    alice = owner.user("alice", [allow("*")])
    owner.client("iam").tag_user(UserName="alice", Tags=[{"Key": "team", "Value": "red"}])
    given = alice.client("sts").get_federation_token(Name="bob", Policy=json.dumps(allow("kms:*")))["Credentials"]
    bob = f"arn:aws:sts::{OWNER}:federated-user/bob"
    key = make_key(kms, use(bob, Condition={"Null": {"aws:PrincipalTag/team": "true"}}))
    assert encrypt(signing(given), key)


# --- policies of groups, of organizations, of endpoints -------------------------------------------------------------


def test_the_policies_of_a_users_groups_are_his(owner, key):
    iam = owner.client("iam")
    alice = owner.user("alice")
    made = iam.create_policy(PolicyName="describing", PolicyDocument=json.dumps(allow("kms:DescribeKey")))
    for name in ("writers", "others"):
        iam.create_group(GroupName=name)
    iam.add_user_to_group(GroupName="writers", UserName="alice")
    iam.put_group_policy(GroupName="writers", PolicyName="inline", PolicyDocument=json.dumps(allow("kms:Encrypt")))
    iam.attach_group_policy(GroupName="writers", PolicyArn=made["Policy"]["Arn"])
    iam.put_group_policy(GroupName="others", PolicyName="inline", PolicyDocument=json.dumps(allow("kms:Decrypt")))
    assert encrypt(alice.client("kms"), key)
    assert alice.client("kms").describe_key(KeyId=key)
    with lacks(alice.arn, "kms:GetKeyPolicy", key):
        alice.client("kms").get_key_policy(KeyId=key)
    iam.remove_user_from_group(GroupName="writers", UserName="alice")
    with lacks(alice.arn, "kms:Encrypt", key):
        encrypt(alice.client("kms"), key)


def test_a_caller_from_outside_is_under_the_owners_resource_control_policies_alone(organization, member, other):
    """Nobody's service control policies limit him, and those of the owner's organization do not either."""
    user = other.user("alice", [allow("kms:*")])
    document = policy(use(member.root.arn), use(user.arn))
    key = member.client("kms").create_key(Policy=json.dumps(document))["KeyMetadata"]["Arn"]
    organization.attach("inner", policy({"Effect": "Deny", "Action": "kms:Encrypt", "Resource": "*"}))
    assert encrypt(user.client("kms"), key)
    arn = organization.attach("inner", CLOSED, RCP)
    with denied(user.arn, "kms:Encrypt", "on this resource", KEY_SIDE):
        encrypt(user.client("kms"), key)
    organization.detach("inner", arn)
    assert encrypt(user.client("kms"), key)


def test_an_endpoints_policy_may_repeat_a_sid(aws_world, owner, key):
    """Only IAM's own policies must not."""
    statements = [
        {"Sid": "S", "Effect": "Allow", "Principal": "*", "Action": action, "Resource": "*"}
        for action in ("kms:Encrypt", "kms:DescribeKey")
    ]
    ec2 = owner.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    made = ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName="com.amazonaws.us-east-1.kms", PolicyDocument=json.dumps(policy(*statements))
    )
    through = {"aws:SourceVpce": made["VpcEndpoint"]["VpcEndpointId"]}
    with aws_world.request_context(**through):
        assert encrypt(owner.client("kms"), key)
        assert owner.client("kms").describe_key(KeyId=key)
        with denied(owner.root.arn, "kms:Decrypt", key, "because no VPC endpoint policy allows the kms:Decrypt action"):
            owner.client("kms").decrypt(KeyId=key, CiphertextBlob=b"x")


# --- what an explanation calls his policies -------------------------------------------------------------------------


def explained(principal, key):
    return assert_denied(lambda: principal.describe_key(KeyId=key)).explain()


def test_policies_of_groups_and_roles_are_called_by_whose_they_are(owner, key):
    iam, document = owner.client("iam"), json.dumps(allow("kms:Encrypt"))
    alice = owner.user("alice")
    iam.create_group(GroupName="writers")
    iam.add_user_to_group(GroupName="writers", UserName="alice")
    iam.put_group_policy(GroupName="writers", PolicyName="inline", PolicyDocument=document)
    assert '  identity-based policy: inline policy "inline" of group writers\n' in explained(alice.client("kms"), key)
    role = owner.role("app", [allow("kms:Encrypt")], boundary=allow("kms:Encrypt"))
    text = explained(role.client("kms"), key)
    assert '  identity-based policy: inline policy "policy-1" of role app\n' in text
    assert '  permissions boundary: permissions boundary "app-boundary" of role app\n' in text


def test_session_policies_are_called_inline_or_by_their_names(owner, key):
    made = owner.client("iam").create_policy(PolicyName="write", PolicyDocument=json.dumps(allow("kms:Encrypt")))
    terms = {"Policy": json.dumps(allow("kms:Decrypt")), "PolicyArns": [{"arn": made["Policy"]["Arn"]}]}
    client = signing(assume(steward(owner), owner.role("app", [allow("kms:*")]), **terms))
    text = explained(client, key)
    assert "  session policy: inline session policy\n" in text
    assert '  session policy: session policy "write"\n' in text


def test_whoever_was_deleted_keeps_credentials_that_may_nothing(owner, key):
    """What a session may is looked up at each request."""
    alice = owner.user("alice", [allow("*")])
    client = signing(alice.client("sts").get_session_token()["Credentials"])
    assert encrypt(client, key)
    iam = owner.client("iam")
    iam.delete_access_key(UserName="alice", AccessKeyId=alice.credentials[0])
    iam.delete_user_policy(UserName="alice", PolicyName="policy-1")
    iam.delete_user(UserName="alice")
    with lacks(alice.arn, "kms:Encrypt", key):
        encrypt(client, key)


def test_a_grant_to_the_session_of_a_role_shows_its_arn_until_the_role_is_gone(owner, kms, key):
    role = owner.role("app")
    role_id = owner.client("iam").get_role(RoleName="app")["Role"]["RoleId"]
    kms.create_grant(KeyId=key, GranteePrincipal=session_arn("app"), Operations=["Encrypt"])
    client = signing(assume(steward(owner), role))
    assert encrypt(client, key)

    def shown():
        return [each["GranteePrincipal"] for each in kms.list_grants(KeyId=key)["Grants"]]

    assert shown() == [session_arn("app")]
    owner.client("iam").delete_role(RoleName="app")
    assert shown() == [f"{role_id}:ci"]


# --- services -------------------------------------------------------------------------------------------------------


def test_a_service_acts_in_the_account_of_its_source_and_names_it():
    """ "Cross-service confused deputy prevention": aws:SourceArn and aws:SourceAccount."""
    source = f"arn:aws:cloudtrail:us-east-1:{OWNER}:trail/t"
    made = sessions.of_service(
        "cloudtrail.amazonaws.com", source_account=OWNER, source_arn=source, names=["c.amazonaws.com"]
    )
    assert made.session == {"aws:sourceaccount": OWNER, "aws:sourcearn": source}
    who = made.principal
    assert (who.kind, who.arn, who.account, who.unique_id) == (
        "service", "cloudtrail.amazonaws.com", OWNER, "cloudtrail.amazonaws.com",
    )  # fmt: skip
    assert set(who.known_as) == {"cloudtrail.amazonaws.com", "c.amazonaws.com"}
    alone = sessions.of_service("cloudtrail.amazonaws.com")
    assert (alone.session, alone.principal.account) == ({}, "")


# --- credentials that are no good -----------------------------------------------------------------------------------


@pytest.mark.parametrize("cause", ["DELETED", "INACTIVE", "EXPIRED", "TOKEN", "SECRET"])
def test_a_refusal_says_what_is_wrong_with_the_credentials(aws_world, owner, cause):
    iam, alice = owner.client("iam"), owner.user("alice", [allow("*")])
    given = alice.client("sts").get_session_token(DurationSeconds=900)["Credentials"]
    if cause == "DELETED":
        iam.delete_access_key(UserName="alice", AccessKeyId=alice.credentials[0])
        client = alice.client("kms")
    elif cause == "INACTIVE":
        iam.update_access_key(UserName="alice", AccessKeyId=alice.credentials[0], Status="Inactive")
        client = alice.client("kms")
    elif cause == "EXPIRED":
        aws_world.clock.advance(seconds=900)
        client = signing(given)
    elif cause == "TOKEN":
        client = signing({**given, "SessionToken": "another"})
    else:
        client = signing({**given, "SecretAccessKey": "x" * 40})
    with pytest.raises(ClientError):
        client.list_keys()
    assert aws_world.refusals[-1].cause == f"CREDENTIALS-{cause}"


def test_each_service_has_its_own_word_for_another_token(owner):
    """S3's "Error responses"; with KMS as if there were no such key."""
    given = owner.user("alice", [allow("*")]).client("sts").get_session_token()["Credentials"]
    wrong = {**given, "SessionToken": "another"}
    with refused("InvalidToken", "The provided token is malformed or otherwise invalid."):
        signing(wrong, "s3").list_buckets()
    with refused("AuthFailure", "AWS was not able to validate the provided access credentials", 401):
        signing(wrong, "ec2").describe_volumes()
    with refused("UnrecognizedClientException", "The security token included in the request is invalid."):
        signing(wrong).list_keys()


def test_a_session_without_its_token_and_a_user_of_another_partition_are_as_if_deleted(aws_world, owner):
    alice = owner.user("alice", [allow("*")])
    given = alice.client("sts").get_session_token()["Credentials"]
    for client in (signing({**given, "SessionToken": None}), alice.client("kms", "cn-north-1")):
        with refused("UnrecognizedClientException", "The security token included in the request is invalid."):
            client.list_keys()
        assert aws_world.refusals[-1].cause == "CREDENTIALS-DELETED"


@pytest.mark.parametrize(("kind", "prefix"), [("root", "AKIA"), ("user", "AKIA"), ("role", "ASIA")])
def test_access_keys_tell_whether_they_last(owner, kind, prefix):
    """ "Unique identifiers" in the IAM user guide: AKIA for access keys, ASIA for temporary ones."""
    who = owner.root if kind == "root" else getattr(owner, kind)("app")
    assert who.credentials[0].startswith(prefix)
    assert len(who.credentials[0]) == 20
