"""``world.who_can`` agrees with the evaluator: who is listed without conditions may ask, and nobody else."""

import json

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

import kmsmock
from tests.support.claims import OTHER, OWNER, allow, policy
from tests.support.organization import DENY_ENCRYPT
from tests.support.policies import assume, key_policy, make_key, root, signing, steward, trust, use

S3 = {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}
NOT_S3 = {"StringNotEquals": S3["StringEquals"]}
NOT_S3_IN_WORDS = 'StringNotEquals kms:ViaService "s3.us-east-1.amazonaws.com"'
ROOT = root(OWNER)


@pytest.fixture
def friend(aws_world):
    return aws_world.account(OTHER)


def role_arn(role):
    return role.caller.principal.principal_arn


def test_nobody_but_whom_the_policies_let_in(aws_world, owner, friend, kms):
    """Two accounts, each of which must allow ("Allowing users in other accounts to use a KMS key")."""
    reader, idle = owner.user("reader", [allow("kms:Decrypt")]), owner.user("idle")
    inside, outside = friend.role("inside", policies=[allow("kms:*")]), friend.role("outside")
    key = make_key(kms, use([role_arn(inside), role_arn(outside)], "kms:Decrypt", Sid="Friends"))
    found = aws_world.who_can("kms:Decrypt", key)
    assert found.principals == [ROOT, reader.arn, role_arn(inside)]
    assert found.where(principal=reader)[0].by == (
        f'Allow "Delegate" in key policy of {key}',
        'Allow number 1 in inline policy "policy-1" of user reader',
    )
    assert found.where(principal=inside)[0].by[0] == f'Allow "Friends" in key policy of {key}'
    assert found.where(account=OTHER, kind="role", conditional=False).principals == [role_arn(inside)]
    assert not found.where(principal=idle)
    assert found.where(principal=reader)[0].decision.explain().startswith("ALLOWED: kms:Decrypt")
    assert aws_world.who_can("kms:Encrypt", key).principals == [ROOT]


def test_grants_let_in_whom_they_name_whoever_that_is(aws_world, owner, kms):
    clerk = owner.user("clerk")
    key = make_key(kms)
    free = kms.create_grant(KeyId=key, GranteePrincipal=clerk.arn, Operations=["Encrypt"])["GrantId"]
    kms.create_grant(
        KeyId=key,
        GranteePrincipal=clerk.arn,
        Operations=["Decrypt"],
        Constraints={"EncryptionContextEquals": {"tenant": "a"}},
    )
    assert [(each.by, each.conditions) for each in aws_world.who_can("kms:Encrypt", key).where(principal=clerk)] == [
        ((f"grant {free}",), ())
    ]
    (bound,) = aws_world.who_can("kms:Decrypt", key).where(principal=clerk)
    assert bound.conditions == ("EncryptionContext is {'tenant': 'a'}",)
    assert bound.by[0].startswith("grant ")


def test_services_are_listed_that_the_key_policy_or_a_grant_lets_in(aws_world, kms):
    """What a service must bring is a condition: "Confused deputy" asks for aws:SourceAccount."""
    source = {"StringEquals": {"aws:SourceAccount": OWNER}}
    key = make_key(
        kms,
        use({"Service": "logs.us-east-1.amazonaws.com"}, "kms:Decrypt"),
        use({"Service": "cloudtrail.amazonaws.com"}, "kms:Decrypt", Condition=source),
        use({"Service": "sns.amazonaws.com"}, "kms:Encrypt"),
    )
    found = aws_world.who_can("kms:Decrypt", key).where(kind="service")
    assert {each.principal: each.conditions for each in found} == {
        "logs.us-east-1.amazonaws.com": (),
        "cloudtrail.amazonaws.com": (f'StringEquals aws:SourceAccount "{OWNER}"',),
    }


def test_each_way_under_conditions_is_told_by_itself(aws_world, owner, kms):
    user = owner.user(
        "app", [policy({"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*", "Condition": S3, "Sid": "ViaS3"})]
    )
    key = make_key(kms)
    grant = kms.create_grant(
        KeyId=key,
        GranteePrincipal=user.arn,
        Operations=["Decrypt"],
        Constraints={"EncryptionContextSubset": {"a": "b"}},
    )["GrantId"]
    ways = {each.conditions: each.by for each in aws_world.who_can("kms:Decrypt", key).where(principal=user)}
    assert ways == {
        ("EncryptionContext has {'a': 'b'}",): (f"grant {grant}",),
        ('StringEquals kms:ViaService "s3.us-east-1.amazonaws.com"',): (
            f'Allow "Delegate" in key policy of {key}',
            'Allow "ViaS3" in inline policy "policy-1" of user app',
        ),
    }


def test_a_deny_that_a_call_can_avoid_is_a_condition_and_another_is_the_end(aws_world, owner, kms):
    free, barred = owner.user("free", [allow("kms:*")]), owner.user("barred", [allow("kms:*")])
    outside = {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    key = make_key(
        kms,
        use(free.arn, "kms:Decrypt", "Deny", Condition=outside, Sid="Office"),
        use(barred.arn, "kms:Decrypt", "Deny"),
    )
    found = aws_world.who_can("kms:Decrypt", key)
    assert found.principals == [ROOT, free.arn]
    assert found.where(principal=free)[0].conditions == (
        f'not NotIpAddress aws:SourceIp "10.0.0.0/8" (Deny "Office" in key policy of {key})',
    )


def test_what_somebody_is_cannot_be_wished_for(aws_world, owner, kms):
    """Tags, accounts and organizations are the principal's own, not the call's."""
    team = allow("kms:Decrypt", Condition={"StringEquals": {"aws:PrincipalTag/team": "blue"}})
    red, blue = owner.user("red", [team]), owner.user("blue", [team])
    owner.client("iam").tag_user(UserName="blue", Tags=[{"Key": "team", "Value": "blue"}])
    assert aws_world.who_can("kms:Decrypt", make_key(kms)).principals == [ROOT, blue.arn]
    assert red.arn not in str(aws_world.who_can("kms:Decrypt", make_key(kms)))


def test_boundaries_count(aws_world, owner, kms):
    narrow = owner.user("narrow", [allow("kms:*")], boundary=allow("s3:*"))
    wide = owner.user("wide", [allow("kms:*")], boundary=allow("kms:Decrypt"))
    found = aws_world.who_can("kms:Decrypt", make_key(kms))
    assert narrow.arn not in found.principals
    assert wide.arn in found.principals


def test_control_policies_count(aws_world, organization, member):
    """A service control policy limits the root user as well; what it asks of a call is a condition."""
    user = member.user("app", [allow("kms:*")])
    key = make_key(member.client("kms"), use(root(member)), delegate=False)
    assert aws_world.who_can("kms:Encrypt", key).where(account=member.id).principals[:2] == [root(member), user.arn]
    via = policy({"Sid": "S3", "Effect": "Deny", "Action": "kms:Encrypt", "Resource": "*", "Condition": NOT_S3})
    denied = organization.attach("inner", via)
    found = aws_world.who_can("kms:Encrypt", key).where(account=member.id)
    assert {each.conditions[0].partition(" (")[0] for each in found} == {f"not {NOT_S3_IN_WORDS}"}
    organization.detach("inner", denied)
    organization.attach("inner", DENY_ENCRYPT)
    assert aws_world.who_can("kms:Encrypt", key).where(account=member.id) == []


def test_the_key_of_aws_is_for_callers_of_its_service(aws_world, owner, kms):
    """The policy of an AWS managed key asks for kms:ViaService and kms:CallerAccount."""
    user = owner.user("app", [allow("s3:*")])
    key = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["Arn"]
    (way,) = aws_world.who_can("kms:Decrypt", key).where(principal=user)
    assert way.conditions == ('StringEquals kms:ViaService "s3.us-east-1.amazonaws.com"',)


def test_a_key_that_is_open_to_everybody_says_so(aws_world, kms):
    mine = {"StringEquals": {"kms:CallerAccount": OWNER}}
    assert (
        aws_world.who_can("kms:Decrypt", make_key(kms, use("*", "kms:Decrypt", Condition=mine))).where(kind="anyone")
        == []
    )
    (anyone,) = aws_world.who_can("kms:Decrypt", make_key(kms, use("*", "kms:Decrypt"))).where(kind="anyone")
    assert (anyone.principal, anyone.conditions) == ("*", ())


def test_accounts_that_only_the_policy_names_and_single_sessions_are_asked_too(aws_world, owner, kms):
    role = owner.role("shift", trust=trust(ROOT))
    session = f"arn:aws:sts::{OWNER}:assumed-role/shift/night"
    by_grant = session.replace("night", "day")
    key = make_key(kms, use(root("444444444444"), "kms:Decrypt"), use(session, "kms:Decrypt"))
    kms.create_grant(KeyId=key, GranteePrincipal=by_grant, Operations=["Decrypt"])
    found = aws_world.who_can("kms:Decrypt", key)
    assert sorted(found.principals) == sorted([ROOT, root("444444444444"), session, by_grant])
    assert set(found.where(kind="session").principals) == {session, by_grant}
    assert role_arn(role) not in found.principals


def test_nobody_can_do_anything_with_a_deleted_key(aws_world, kms):
    key = make_key(kms)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert aws_world.who_can("kms:Decrypt", key).principals == [ROOT]
    aws_world.clock.advance(days=8)
    assert str(aws_world.who_can("kms:Decrypt", key)) == f"kms:Decrypt on {key}, which is deleted: nobody can"


# --- the law ----------------------------------------------------------------------------------------------------------------

CONTEXT = {"a": "b"}
BY_CONTEXT = {"StringEquals": {"kms:EncryptionContext:a": "b"}}
PEOPLE = [("user", OWNER), ("role", OWNER), ("user", OTHER), ("role", OTHER)]
EFFECTS = st.sampled_from(["Allow", "Allow", "Allow", "Deny"])
ACTIONS = st.sampled_from(["kms:*", "kms:Encrypt", "kms:Decrypt", "kms:E*", "s3:*"])
CONDITIONS = st.sampled_from([None, None, BY_CONTEXT])


def _statement(effect, action, condition, **more):
    made = {"Effect": effect, "Action": action, "Resource": "*", **more}
    return {**made, "Condition": condition} if condition and effect == "Allow" else made


IDENTITY = st.builds(_statement, EFFECTS, ACTIONS, CONDITIONS)
NAMED = st.sampled_from(["*", OWNER, OTHER, 0, 1, 2, 3])
ON_KEY = st.tuples(NAMED, EFFECTS, ACTIONS.filter(lambda each: each != "s3:*"), CONDITIONS)
GRANTS = st.tuples(st.sampled_from(range(4)), st.booleans())


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.lists(IDENTITY, max_size=2), min_size=4, max_size=4),
    st.lists(ON_KEY, max_size=3),
    st.lists(GRANTS, max_size=2),
    st.booleans(),
)
def test_whoever_is_listed_may_and_nobody_else(identity, on_key, grants, delegate):
    with kmsmock.World(account_id=OWNER) as world:
        people = []
        for number, ((kind, account), statements) in enumerate(zip(PEOPLE, identity, strict=True)):
            made = getattr(world.account(account), kind)(
                f"p{number}", policies=[policy(*statements)] if statements else []
            )
            people.append((made, made.arn if kind == "user" else role_arn(made)))
        kms = world.account(OWNER).client("kms")
        own = use(ROOT, ["kms:PutKeyPolicy", "kms:CreateGrant", *(["kms:*"] if delegate else [])])
        statements = [
            use(
                people[who][1] if isinstance(who, int) else who,
                action,
                effect,
                **({"Condition": condition} if condition and effect == "Allow" else {}),
            )
            for who, effect, action, condition in on_key
        ]
        key = kms.create_key(Policy=key_policy(own, delegate=False), BypassPolicyLockoutSafetyCheck=True)[
            "KeyMetadata"
        ]["Arn"]
        for who, bound in grants:
            constraint = {"Constraints": {"EncryptionContextSubset": CONTEXT}} if bound else {}
            kms.create_grant(KeyId=key, GranteePrincipal=people[who][1], Operations=["Encrypt"], **constraint)
        kms.put_key_policy(
            KeyId=key,
            PolicyName="default",
            Policy=json.dumps(policy(own, *statements)),
            BypassPolicyLockoutSafetyCheck=True,
        )
        found = world.who_can("kms:Encrypt", key)
        everybody = [*people, *((world.account(each).root, root(each)) for each in (OWNER, OTHER))]
        for person, arn in everybody:
            just_so, with_context = (encrypts(person, key, context) for context in ({}, CONTEXT))
            listed = [each for each in found if each.principal == arn]
            assert just_so == any(not each.conditions for each in listed), (arn, str(found))
            assert (just_so or with_context) == bool(listed), (arn, str(found))


def encrypts(person, key, context):
    try:
        person.client("kms").encrypt(KeyId=key, Plaintext=b"x", EncryptionContext=context)
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDeniedException":
            raise
        return False
    return True


def test_users_of_an_account_that_nobody_named_are_listed(aws_world, owner, kms):
    """An account that AWS Organizations made has a role for the management account, and what that makes there."""
    organizations = owner.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    made = organizations.create_account(AccountName="member", Email="m@example.com")["CreateAccountStatus"]["AccountId"]
    entering = f"arn:aws:iam::{made}:role/OrganizationAccountAccessRole"
    iam = signing(assume(steward(owner), entering), "iam")
    user = iam.create_user(UserName="reader")["User"]["Arn"]
    iam.put_user_policy(UserName="reader", PolicyName="p", PolicyDocument=json.dumps(allow("kms:Decrypt")))
    key = make_key(kms, use("*", "kms:Decrypt"))
    found = aws_world.who_can("kms:Decrypt", key)
    assert found.where(account=made, kind="user").principals == [user]
    assert entering in found.principals
