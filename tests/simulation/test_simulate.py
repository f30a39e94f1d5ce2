"""``kmsmock.simulate``: the same answers without a call, with a world and without one."""

import json

import pytest

import kmsmock
from kmsmock import simulate
from kmsmock.iam import MalformedPolicy
from tests.support.claims import OTHER, OWNER, allow, policy, refused
from tests.support.organization import Organization
from tests.support.policies import KEY_SIDE, assume, encrypt, key_policy, lacks, make_key, trust, use

ALICE = f"arn:aws:iam::{OWNER}:user/alice"
ROLE = f"arn:aws:iam::{OWNER}:role/worker"
KEY = f"arn:aws:kms:us-east-1:{OWNER}:key/12345678-1234-1234-1234-123456789012"
QUEUE = f"arn:aws:sqs:us-east-1:{OWNER}:q"
DENY = policy({"Effect": "Deny", "Action": "kms:Encrypt", "Resource": "*"})
SERVICES = policy(use(f"arn:aws:iam::{OWNER}:root"))
EVERYTHING = {"identity_policies": allow("*"), "resource_policy": SERVICES}


def encrypting(principal=ALICE, **layers):
    return simulate(principal, "kms:Encrypt", KEY, **layers)


def test_a_service_linked_role_named_by_its_arn_is_under_no_control_policy():
    linked = f"arn:aws:iam::{OWNER}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
    assert encrypting(ROLE, **EVERYTHING, scps=[allow("*"), DENY]).effect == "explicitDeny"
    assert encrypting(linked, **EVERYTHING, scps=[allow("*"), DENY]).effect == "allowed"


# --- without a world ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layers", "effect", "reason"),
    [
        ({}, "implicitDeny", "resource-based policy"),
        ({"identity_policies": allow("kms:*")}, "implicitDeny", "resource-based policy"),
        ({"resource_policy": SERVICES}, "implicitDeny", "identity-based policy"),
        (EVERYTHING, "allowed", "identity-based policy"),
        ({"resource_policy": policy(use(ALICE))}, "allowed", "resource-based policy"),
        ({"resource_policy": policy(use("*"))}, "allowed", "resource-based policy"),
        ({**EVERYTHING, "identity_policies": [allow("s3:*"), allow("kms:E*")]}, "allowed", "identity-based policy"),
        ({**EVERYTHING, "identity_policies": [allow("*"), DENY]}, "explicitDeny", "identity-based policy"),
        ({**EVERYTHING, "boundary": allow("kms:*")}, "allowed", "identity-based policy"),
        ({**EVERYTHING, "boundary": allow("s3:*")}, "implicitDeny", "permissions boundary"),
        ({**EVERYTHING, "boundary": DENY}, "explicitDeny", "permissions boundary"),
        ({**EVERYTHING, "session_policies": [allow("kms:*"), allow("s3:*")]}, "allowed", "identity-based policy"),
        ({**EVERYTHING, "session_policies": allow("s3:*")}, "implicitDeny", "session policy"),
        ({**EVERYTHING, "session_policies": [allow("*"), DENY]}, "explicitDeny", "session policy"),
        ({**EVERYTHING, "scps": allow("kms:*")}, "allowed", "identity-based policy"),
        ({**EVERYTHING, "scps": [allow("*"), allow("s3:*")]}, "implicitDeny", "service control policy"),
        ({**EVERYTHING, "scps": [allow("*"), DENY]}, "explicitDeny", "service control policy"),
        ({**EVERYTHING, "rcps": policy(use("*", effect="Deny"))}, "explicitDeny", "resource control policy"),
        ({**EVERYTHING, "rcps": policy(use("*"))}, "allowed", "identity-based policy"),
        ({**EVERYTHING, "endpoint_policy": policy(use("*"))}, "allowed", "identity-based policy"),
        ({**EVERYTHING, "endpoint_policy": policy(use("*", "s3:*"))}, "implicitDeny", "VPC endpoint policy"),
        ({**EVERYTHING, "endpoint_policy": policy(use("*", effect="Deny"))}, "explicitDeny", "VPC endpoint policy"),
        ({**EVERYTHING, "resource_policy": policy(use("*", effect="Deny"))}, "explicitDeny", "resource-based policy"),
        ({**EVERYTHING, "identity_policies": json.dumps(allow("kms:*"))}, "allowed", "identity-based policy"),
    ],
)
def test_every_layer_has_its_say(layers, effect, reason):
    decision = encrypting(**layers)
    assert (decision.effect, decision.reason) == (effect, reason)
    assert decision.allowed == (effect == "allowed")
    assert (decision.caller, decision.action, decision.resource) == (ALICE, "kms:Encrypt", KEY)
    assert "kms:Encrypt" in decision.explain()


@pytest.mark.parametrize(
    ("principal", "named", "caller"),
    [
        (ALICE, ALICE, ALICE),
        (ROLE, ROLE, f"arn:aws:sts::{OWNER}:assumed-role/worker/simulated"),
        (f"arn:aws:iam::{OWNER}:role/a/b/worker", f"arn:aws:iam::{OWNER}:role/a/b/worker", None),
        (f"arn:aws:sts::{OWNER}:assumed-role/worker/ci", f"arn:aws:sts::{OWNER}:assumed-role/worker/ci", None),
        (f"arn:aws:sts::{OWNER}:assumed-role/worker/ci", ROLE, None),
        (f"arn:aws:iam::{OWNER}:root", f"arn:aws:iam::{OWNER}:root", f"arn:aws:iam::{OWNER}:root"),
        (f"arn:aws:sts::{OWNER}:federated-user/bob", f"arn:aws:sts::{OWNER}:federated-user/bob", None),
        ("cloudtrail.amazonaws.com", {"Service": "cloudtrail.amazonaws.com"}, "cloudtrail.amazonaws.com"),
    ],
)
def test_principals_of_every_kind(principal, named, caller):
    decision = encrypting(principal, resource_policy=policy(use(named)))
    assert decision.allowed
    assert decision.caller == (caller or decision.caller)
    assert not encrypting(principal, resource_policy=policy(use(f"arn:aws:iam::{OTHER}:user/x"))).allowed


@pytest.mark.parametrize(
    ("identity", "resource", "allowed", "side"),
    [
        (allow("kms:*"), policy(use(ALICE)), True, None),
        (allow("s3:*"), policy(use(ALICE)), False, "caller"),
        (allow("kms:*"), policy(use(f"arn:aws:iam::{OWNER}:user/bob")), False, "resource"),
    ],
)
def test_across_accounts_both_halves_are_asked(identity, resource, allowed, side):
    foreign = KEY.replace(OWNER, OTHER)
    decision = simulate(ALICE, "kms:Encrypt", foreign, identity_policies=identity, resource_policy=resource)
    assert (decision.allowed, decision.side) == (allowed, side)


@pytest.mark.parametrize(
    ("condition", "context", "allowed"),
    [
        ({"StringEquals": {"kms:EncryptionContext:app": "a"}}, {"kms:EncryptionContext:App": "a"}, True),
        ({"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}, {}, False),
        (
            {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}},
            {"kms:ViaService": "s3.us-east-1.amazonaws.com"},
            True,
        ),
        ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, {"aws:SourceIp": "203.0.113.7"}, True),
        (
            {"ForAnyValue:StringEquals": {"aws:CalledVia": "s3.amazonaws.com"}},
            {"aws:CalledVia": ["s3.amazonaws.com"]},
            True,
        ),
        ({"StringEquals": {"aws:PrincipalArn": ALICE}}, {}, True),
        ({"StringEquals": {"aws:username": "alice", "aws:PrincipalAccount": OWNER}}, {}, True),
        ({"StringEquals": {"aws:ResourceAccount": OWNER, "aws:RequestedRegion": "us-east-1"}}, {}, True),
        ({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, {}, True),
        ({"StringEquals": {"custom:Key": "x"}}, {"custom:key": "x"}, True),
        ({"StringLike": {"aws:PrincipalTag/team": "${aws:ResourceTag/team}"}}, {"aws:PrincipalTag/team": "a"}, False),
        (
            {"StringLike": {"aws:PrincipalTag/team": "${aws:ResourceTag/team}"}},
            {"aws:PrincipalTag/team": "a", "aws:ResourceTag/team": "a"},
            True,
        ),
    ],
)
def test_condition_keys_are_given_and_those_that_a_call_tells_are_filled_in(condition, context, allowed):
    decision = encrypting(context=context, resource_policy=policy(use(ALICE, Condition=condition)))
    assert decision.allowed == allowed


@pytest.mark.parametrize(
    ("action", "resource", "layers", "allowed"),
    [
        ("s3:GetObject", "arn:aws:s3:::b/k", {"identity_policies": allow("s3:Get*", "arn:aws:s3:::b/*")}, True),
        ("s3:GetObject", "arn:aws:s3:::c/k", {"identity_policies": allow("s3:Get*", "arn:aws:s3:::b/*")}, False),
        ("sqs:SendMessage", QUEUE, {"resource_policy": policy(use(ALICE, "sqs:*"))}, True),
        ("kms:CreateKey", "*", {"identity_policies": allow("kms:Create*")}, True),
        ("kms:CreateKey", "*", {}, False),
        ("sts:AssumeRole", ROLE, {"identity_policies": allow("sts:*")}, False),
        ("sts:AssumeRole", ROLE, {"resource_policy": policy(use(ALICE, "sts:AssumeRole"))}, True),
        ("kms:CreateAlias", f"arn:aws:kms:us-east-1:{OWNER}:alias/a", {"identity_policies": allow("kms:*")}, True),
        ("STS:assumerole", ROLE, {"identity_policies": allow("sts:*")}, False),
        ("STS:assumerole", ROLE, {"resource_policy": policy(use(ALICE, "sts:AssumeRole"))}, True),
        ("sts:GetCallerIdentity", "*", {}, True),
    ],
)
def test_resources_of_other_kinds(action, resource, layers, allowed):
    assert simulate(ALICE, action, resource, **layers).allowed == allowed


@pytest.mark.parametrize(
    ("arguments", "layers", "error", "words"),
    [
        (("alice", "kms:Encrypt"), {}, ValueError, "principal='alice': give the ARN"),
        ((f"arn:aws:iam::{OWNER}:group/g", "kms:Encrypt"), {}, ValueError, "give the ARN of a user, role"),
        ((ALICE, "kms:Encrypt", "nonsense"), {}, ValueError, "resource='nonsense': give the ARN of one resource"),
        ((ALICE, "Encrypt"), {}, ValueError, "action='Encrypt': give one action"),
        ((ALICE, "kms:ReEncrypt"), {}, ValueError, "did you mean kms:ReEncryptFrom and kms:ReEncryptTo"),
        ((ALICE, "kms:*"), {}, ValueError, "give one action, such as 'kms:Decrypt'"),
        ((ALICE, "kms:Encrypt"), {"identity_policies": "{"}, MalformedPolicy, "Policy contains invalid JSON."),
        ((ALICE, "kms:Encrypt"), {"identity_policies": SERVICES}, MalformedPolicy, "should not specify a principal"),
        ((ALICE, "kms:Encrypt"), {"resource_policy": allow("*")}, MalformedPolicy, "statement with no principal"),
        ((ALICE, "kms:Encrypt"), {"boundary": {"Statement": []}}, MalformedPolicy, ""),
    ],
)
def test_questions_that_are_no_good(arguments, layers, error, words):
    with pytest.raises(error, match=words.replace("*", r"\*") or None):
        simulate(*arguments, **layers)
    assert issubclass(MalformedPolicy, ValueError)


# --- with a world ---------------------------------------------------------------------------------------------------


@pytest.fixture
def alice(owner):
    return owner.user("alice", [allow("kms:Encrypt")], boundary=allow(["kms:Encrypt", "kms:Describe*"]))


@pytest.mark.parametrize("by_arn", [True, False])
def test_what_is_not_given_is_what_the_world_knows(kms, alice, key, by_arn):
    who = alice.arn if by_arn else alice
    assert simulate(who, "kms:Encrypt", key).allowed
    assert encrypt(alice.client("kms"), key)
    assert simulate(who, "kms:DescribeKey", key).reason == "identity-based policy"
    assert simulate(who, "kms:DescribeKey", key, identity_policies=allow("kms:*")).allowed
    assert simulate(who, "kms:Decrypt", key, identity_policies=allow("kms:*")).reason == "permissions boundary"
    assert simulate(who, "kms:Decrypt", key, identity_policies=allow("*"), boundary=allow("*")).allowed
    kms.put_key_policy(KeyId=key, Policy=key_policy(use("*", "kms:Encrypt", "Deny")))
    assert simulate(who, "kms:Encrypt", key).effect == "explicitDeny"
    assert simulate(who, "kms:Encrypt", key, resource_policy=SERVICES).allowed


def test_a_simulation_says_what_the_call_says(kms, owner, alice, key):
    worker = owner.role("worker")
    condition = {"StringEquals": {"kms:EncryptionContext:app": "a"}}
    kms.put_key_policy(KeyId=key, Policy=key_policy(use(worker.arn, "kms:Encrypt", Condition=condition)))
    for context in ({}, {"app": "b"}):
        with lacks(f"arn:aws:sts::{OWNER}:assumed-role/worker/kmsmock", "kms:Encrypt", key):
            encrypt(worker.client("kms"), key, EncryptionContext=context)
        given = {f"kms:EncryptionContext:{name}": value for name, value in context.items()}
        assert simulate(worker, "kms:Encrypt", key, given).reason == "identity-based policy"
    assert simulate(worker.arn, "kms:Encrypt", key, {"kms:EncryptionContext:app": "a"}).allowed
    assert encrypt(worker.client("kms"), key, EncryptionContext={"app": "a"})
    assert alice.arn == ALICE


def test_a_simulated_denial_knows_what_a_call_would_tell(kms, owner, key):
    """Grants that miss and policies that nobody can change are in the explanation, as after a call."""
    worker = owner.role("worker")
    kms.create_grant(
        KeyId=key,
        GranteePrincipal=worker.arn,
        Operations=["Decrypt"],
        Constraints={"EncryptionContextSubset": {"app": "a"}},
    )
    assert "To use the grant: send EncryptionContext={'app': 'a'}" in simulate(worker, "kms:Decrypt", key).explain()
    managed = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["Arn"]
    assert "no policy of an AWS managed key can be changed" in simulate(worker, "kms:Decrypt", managed).explain()


def test_grants_and_their_constraints_count(kms, owner, key):
    worker = owner.role("worker")
    constraint = {"EncryptionContextSubset": {"app": "a"}}
    kms.create_grant(KeyId=key, GranteePrincipal=worker.arn, Operations=["Decrypt"], Constraints=constraint)
    assert simulate(worker, "kms:Decrypt", key, {"kms:EncryptionContext:app": "a"}).reason == "grant"
    assert not simulate(worker, "kms:Decrypt", key).allowed
    assert not simulate(worker, "kms:Encrypt", key, {"kms:EncryptionContext:app": "a"}).allowed


def test_organizations_and_foreign_keys_count(aws_world, kms, other):
    organization = Organization(aws_world, OWNER)
    member = organization.member.user("carol", [allow("kms:*")])
    key = make_key(kms, use(member.arn))
    assert simulate(member, "kms:Encrypt", key).allowed
    organization.attach("inner", DENY)
    assert simulate(member, "kms:Encrypt", key).reason == "service control policy"
    assert simulate(member, "kms:Encrypt", key, scps=allow("*")).allowed
    stranger = simulate(other.root, "kms:Encrypt", key)
    assert (stranger.allowed, stranger.side) == (False, "resource")
    with refused("AccessDeniedException") as refusal:
        encrypt(other.client("kms"), key)
    assert refusal.response["Error"]["Message"].endswith(KEY_SIDE)


def test_a_session_is_asked_with_its_own_limits_and_a_context_of_the_test(owner, kms, key):
    office = {"aws:SourceIp": "203.0.113.7"}
    alice = owner.user("alice", [allow("kms:Encrypt", Condition={"IpAddress": office})])
    assert not simulate(alice, "kms:Encrypt", key).allowed
    assert simulate(alice, "kms:Encrypt", key, office).allowed


def test_nothing_is_recorded_and_nothing_changes(aws_world, alice, kms, key):
    before = kms.get_key_policy(KeyId=key)["Policy"]
    decisions, events = len(aws_world.decisions), len(aws_world.events)
    simulate(alice, "kms:PutKeyPolicy", key, resource_policy=SERVICES)
    simulate(alice, "kms:ScheduleKeyDeletion", key, identity_policies=allow("*"), boundary=allow("*"))
    assert (len(aws_world.decisions), len(aws_world.events)) == (decisions, events)
    assert kms.get_key_policy(KeyId=key)["Policy"] == before


def test_the_world_is_the_active_one(owner):
    alice = owner.user("alice", [allow("kms:CreateKey")])
    assert simulate(alice.arn, "kms:CreateKey").allowed
    with kmsmock.World():
        assert not simulate(alice.arn, "kms:CreateKey").allowed
    assert simulate(alice.arn, "kms:CreateKey").allowed
    role = owner.role("worker", [allow("kms:CreateKey")], trust=trust(alice.arn))
    assert assume(alice.client("sts"), role)
    assert simulate(role.arn, "kms:CreateKey").allowed


def test_a_question_about_everything_is_asked_in_the_region_of_the_world():
    there = allow("kms:CreateKey", Condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}})
    with kmsmock.World(region_name="eu-west-1"):
        assert simulate(ALICE, "kms:CreateKey", identity_policies=there).allowed
    assert not simulate(ALICE, "kms:CreateKey", identity_policies=there).allowed


def test_a_service_has_no_account_to_be_told(key):
    text = simulate("cloudtrail.amazonaws.com", "kms:Encrypt", key).explain()
    assert "accounts" not in text
    assert (
        f"accounts  {OTHER} asks, {OWNER} owns" in simulate(f"arn:aws:iam::{OTHER}:root", "kms:Encrypt", key).explain()
    )
