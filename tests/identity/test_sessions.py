"""What a session may do: session policies, tags, source identity, MFA, how long it lasts, and the other ways to get one."""

import json

import pytest

from tests.support.claims import OWNER, allow, policy, refused
from tests.support.policies import (
    assume,
    denied,
    encrypt,
    lacks,
    make_key,
    session_arn,
    signing,
    sts_denied,
    trust,
    use,
)

pytestmark = pytest.mark.evidence(
    "documented", 'AssumeRole and its siblings (STS API reference), "Session policies" (IAM user guide)'
)

ACCOUNT = f"arn:aws:iam::{OWNER}:root"
ALICE = f"arn:aws:iam::{OWNER}:user/alice"
SESSION = session_arn("worker")
EVERY_STS = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
RED = [{"Key": "team", "Value": "red"}]
READ, WRITE = allow("kms:DescribeKey"), allow("kms:Encrypt")


@pytest.fixture
def alice(owner):
    """May assume whatever trusts the account."""
    return owner.user("alice", [allow(EVERY_STS)])


@pytest.fixture
def worker(owner):
    return owner.role("worker", [allow(["kms:*", *EVERY_STS])], trust=trust(ACCOUNT, EVERY_STS))


@pytest.fixture
def managed(owner):
    """The ARN of a managed policy that allows Encrypt."""
    made = owner.client("iam").create_policy(PolicyName="write", PolicyDocument=json.dumps(WRITE))
    return made["Policy"]["Arn"]


# --- session policies -----------------------------------------------------------------------------------------------


def test_an_inline_session_policy_limits_what_the_role_may(alice, worker, key):
    client = signing(assume(alice.client("sts"), worker, Policy=json.dumps(READ)))
    assert client.describe_key(KeyId=key)
    with lacks(SESSION, "kms:Encrypt", key, "session policy"):
        encrypt(client, key)


def test_a_session_policy_gives_nothing_that_the_role_has_not(owner, alice, key):
    role = owner.role("weak", [READ], trust=trust(ACCOUNT))
    client = signing(assume(alice.client("sts"), role, Policy=json.dumps(allow("kms:*"))))
    assert client.describe_key(KeyId=key)
    with lacks(session_arn("weak"), "kms:Encrypt", key):
        encrypt(client, key)


def test_a_managed_session_policy_limits_and_several_add_up(alice, worker, managed, key):
    sts = alice.client("sts")
    one = signing(assume(sts, worker, PolicyArns=[{"arn": managed}]))
    both = signing(assume(sts, worker, PolicyArns=[{"arn": managed}], Policy=json.dumps(READ)))
    assert encrypt(one, key)
    with lacks(SESSION, "kms:DescribeKey", key, "session policy"):
        one.describe_key(KeyId=key)
    assert encrypt(both, key)
    assert both.describe_key(KeyId=key)
    with lacks(SESSION, "kms:GetKeyPolicy", key, "session policy"):
        both.get_key_policy(KeyId=key)


def test_a_deny_in_a_session_policy_is_named_as_such(alice, worker, key):
    document = policy(
        {"Effect": "Allow", "Action": "kms:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "kms:Encrypt", "Resource": "*"},
    )
    client = signing(assume(alice.client("sts"), worker, Policy=json.dumps(document)))
    assert client.describe_key(KeyId=key)
    with denied(SESSION, "kms:Encrypt", key, "with an explicit deny in a session policy"):
        encrypt(client, key)


@pytest.mark.parametrize(
    ("named", "layer"),
    [(ACCOUNT, "session policy"), ("role", "session policy"), (SESSION, None), ("*", None)],
)
def test_a_key_policy_overrides_the_session_policy_only_for_the_session_itself(kms, alice, worker, named, layer):
    key = make_key(kms, use(worker.arn if named == "role" else named))
    client = signing(assume(alice.client("sts"), worker, Policy=json.dumps(allow("s3:*"))))
    if layer is None:
        assert encrypt(client, key)
    else:
        with lacks(SESSION, "kms:Encrypt", key, layer):
            encrypt(client, key)


def test_each_session_keeps_its_own_limits(alice, worker, key):
    sts = alice.client("sts")
    limited = signing(assume(sts, worker, Policy=json.dumps(READ)))
    free = signing(assume(sts, worker))
    assert encrypt(free, key)
    with lacks(SESSION, "kms:Encrypt", key, "session policy"):
        encrypt(limited, key)


@pytest.mark.parametrize(
    "text", ["{", json.dumps(policy({"Effect": "Allow", "Action": "kms:*"})), json.dumps(trust(ACCOUNT))]
)
def test_a_session_policy_that_is_none_is_refused(alice, worker, text):
    with refused("MalformedPolicyDocument", status=400):
        assume(alice.client("sts"), worker, Policy=text)


# --- tags and source identity ---------------------------------------------------------------------------------------


def tagged(value, key="team"):
    return {"StringEquals": {f"aws:PrincipalTag/{key}": value}}


def test_session_tags_go_before_the_tags_of_the_role(owner, kms, alice, worker):
    owner.client("iam").tag_role(RoleName="worker", Tags=[*RED, {"Key": "cost", "Value": "7"}])
    key = make_key(kms, use(worker.arn, Condition=tagged("blue")))
    owner.client("iam").delete_role_policy(RoleName="worker", PolicyName="policy-1")
    plain = signing(assume(alice.client("sts"), worker))
    blue = signing(assume(alice.client("sts"), worker, Tags=[{"Key": "Team", "Value": "blue"}]))
    with lacks(SESSION, "kms:Encrypt", key):
        encrypt(plain, key)
    assert encrypt(blue, key)
    by_cost = make_key(kms, use(worker.arn, Condition=tagged("7", "cost")))
    assert encrypt(blue, by_cost)


def test_two_tags_may_not_differ_in_case_alone(alice, worker):
    with refused("InvalidParameterValue", "Duplicate tag keys found. Please note that Tag keys are case insensitive."):
        assume(alice.client("sts"), worker, Tags=[*RED, {"Key": "Team", "Value": "blue"}])


def chain(alice, worker, second, **terms):
    """A session of the second role, which a session of the first asked for."""
    first = assume(alice.client("sts"), worker, **terms)
    return signing(assume(signing(first, "sts"), second, "on"))


@pytest.mark.parametrize("transitive", [True, False])
def test_only_transitive_tags_go_along_to_the_next_role(owner, kms, alice, worker, transitive):
    second = owner.role("second", [allow(EVERY_STS)], trust=trust(ACCOUNT, EVERY_STS))
    key = make_key(kms, use(second.arn, Condition=tagged("red")))
    terms = {"Tags": RED, "TransitiveTagKeys": ["team"] if transitive else []}
    client = chain(alice, worker, second, **terms)
    if transitive:
        assert encrypt(client, key)
    else:
        with lacks(session_arn("second", "on"), "kms:Encrypt", key):
            encrypt(client, key)


def test_transitive_tags_go_on_and_on_and_cannot_be_changed(owner, kms, alice, worker):
    roles = [owner.role(name, [allow(EVERY_STS)], trust=trust(ACCOUNT, EVERY_STS)) for name in ("second", "third")]
    given = assume(alice.client("sts"), worker, Tags=RED, TransitiveTagKeys=["team"])
    with refused(
        "InvalidParameterValue",
        "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key "
        "from the calling session.",
    ):
        assume(signing(given, "sts"), roles[0], Tags=[{"Key": "team", "Value": "blue"}])
    for role in roles:
        given = assume(signing(given, "sts"), role)
    assert encrypt(signing(given), make_key(kms, use(roles[1].arn, Condition=tagged("red"))))


def test_a_source_identity_goes_along_and_cannot_be_changed(owner, kms, alice, worker):
    second = owner.role("second", trust=trust(ACCOUNT, EVERY_STS))
    first = assume(alice.client("sts"), worker, SourceIdentity="alice")
    condition = {"StringEquals": {"aws:SourceIdentity": "alice"}}
    key = make_key(kms, use(second.arn, Condition=condition))
    made = signing(first, "sts").assume_role(RoleArn=second.arn, RoleSessionName="on")
    assert made["SourceIdentity"] == "alice"
    assert encrypt(signing(made["Credentials"]), key)
    with sts_denied(SESSION, "sts:SetSourceIdentity", second.arn):
        assume(signing(first, "sts"), second, SourceIdentity="bob")
    with lacks(session_arn("second"), "kms:Encrypt", key):
        encrypt(signing(assume(alice.client("sts"), second)), key)


# --- MFA ------------------------------------------------------------------------------------------------------------

MFA = {"SerialNumber": f"arn:aws:iam::{OWNER}:mfa/alice", "TokenCode": "123456"}
WITH, WITHOUT = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}, {"Bool": {"aws:MultiFactorAuthPresent": "false"}}
UNLESS = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
ABSENT = {"Null": {"aws:MultiFactorAuthPresent": "true"}}
RECENT = {"NumericLessThan": {"aws:MultiFactorAuthAge": "300"}}


@pytest.mark.parametrize(
    ("way", "holds"),
    [
        ("long-term key", [ABSENT, UNLESS]),
        ("GetSessionToken", [WITHOUT, UNLESS]),
        ("GetSessionToken with MFA", [WITH, RECENT]),
        ("AssumeRole", [WITHOUT, UNLESS]),
        ("AssumeRole with MFA", [WITH, RECENT]),
    ],
)
def test_mfa_is_told_by_temporary_credentials_only(owner, kms, way, holds):
    role = owner.role("worker", trust=trust(ACCOUNT))
    alice = owner.user("alice", [allow("sts:*")])
    code = MFA if way.endswith("MFA") else {}
    if way == "long-term key":
        client = alice.client("kms")
    elif way.startswith("AssumeRole"):
        client = signing(assume(alice.client("sts"), role, **code))
    else:
        client = signing(alice.client("sts").get_session_token(**code)["Credentials"])
    for condition in (WITH, WITHOUT, UNLESS, ABSENT, RECENT):
        key = make_key(kms, use({"AWS": [role.arn, alice.arn]}, Condition=condition))
        if condition in holds:
            assert encrypt(client, key), condition
        else:
            with refused("AccessDeniedException"):
                encrypt(client, key)


def test_mfa_ages(aws_world, owner, kms):
    alice = owner.user("alice")
    aws_world.clock.freeze()
    client = signing(alice.client("sts").get_session_token(**MFA)["Credentials"])
    key = make_key(kms, use(alice.arn, Condition=RECENT))
    aws_world.clock.advance(seconds=299)
    assert encrypt(client, key)
    aws_world.clock.advance(seconds=1)
    with lacks(ALICE, "kms:Encrypt", key):
        encrypt(client, key)
