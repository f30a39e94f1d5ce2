"""Key policies, IAM policies and accounts deciding together, with AWS's words, through boto3."""

import json

import pytest

from tests.support.claims import OTHER, OWNER, allow, policy, refused
from tests.support.policies import key_policy, use

pytestmark = pytest.mark.evidence(
    "documented",
    '"Key policies" and "Allowing users in other accounts to use a KMS key" (developer guide); the words of denials are those of public reports',
)


@pytest.fixture
def user(owner):
    return owner.user("alice", [allow("kms:Encrypt")])


def denied(caller, action, where, reason):
    return refused(
        "AccessDeniedException", f"User: {caller} is not authorized to perform: {action} on {where} {reason}"
    )


def test_iam_policies_decide_where_the_key_policy_delegates_to_the_account(kms, key, user):
    assert user.client("kms").encrypt(KeyId=key, Plaintext=b"x")
    with denied(
        user.arn,
        "kms:DescribeKey",
        f"resource: {key}",
        "because no identity-based policy allows the kms:DescribeKey action",
    ):
        user.client("kms").describe_key(KeyId=key)


def test_without_delegation_iam_policies_do_not_help_and_naming_the_user_does(kms, owner, user, aws_world):
    administrator = use(owner.root.arn, "kms:Put*")
    key = kms.create_key(Policy=key_policy(administrator, use(user.arn, "kms:Decrypt"), delegate=False))
    arn = key["KeyMetadata"]["Arn"]
    with denied(
        user.arn,
        "kms:Encrypt",
        f"resource: {arn}",
        "because no resource-based policy allows the kms:Encrypt action",
    ):
        user.client("kms").encrypt(KeyId=arn, Plaintext=b"x")
    with denied(
        owner.root.arn,
        "kms:DescribeKey",
        f"resource: {arn}",
        "because no resource-based policy allows the kms:DescribeKey action",
    ):
        kms.describe_key(KeyId=arn)


def test_an_explicit_deny_in_the_key_policy_is_named(kms, owner):
    deny = {**use("*", "kms:Encrypt"), "Effect": "Deny"}
    arn = kms.create_key(Policy=key_policy(deny))["KeyMetadata"]["Arn"]
    with denied(owner.root.arn, "kms:Encrypt", f"resource: {arn}", "with an explicit deny in a resource-based policy"):
        kms.encrypt(KeyId=arn, Plaintext=b"x")


KEY_SIDE = (
    "because the resource does not exist in this Region, no resource-based policies allow access, "
    "or a resource-based policy explicitly denies access"
)


def test_another_account_needs_the_key_policy_and_its_own_iam(kms, owner, other):
    bob = other.user("bob")
    arn = kms.create_key(Policy=key_policy(use(other.root.arn, "kms:Encrypt")))["KeyMetadata"]["Arn"]
    assert other.client("kms").encrypt(KeyId=arn, Plaintext=b"x")["KeyId"] == arn
    with denied(
        bob.arn, "kms:Encrypt", "this resource", "because no identity-based policy allows the kms:Encrypt action"
    ):
        bob.client("kms").encrypt(KeyId=arn, Plaintext=b"x")
    with denied(other.root.arn, "kms:DescribeKey", "this resource", KEY_SIDE):
        other.client("kms").describe_key(KeyId=arn)


def test_a_foreign_key_that_does_not_exist_cannot_be_told_from_one_that_refuses(other):
    ghost = f"arn:aws:kms:us-east-1:{OWNER}:key/12345678-1234-1234-1234-123456789012"
    with denied(other.root.arn, "kms:Encrypt", "this resource", KEY_SIDE):
        other.client("kms").encrypt(KeyId=ghost, Plaintext=b"x")


def test_a_foreign_ciphertext_alone_is_named_as_such(kms, key, other):
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    with denied(other.root.arn, "kms:Decrypt", "the resource associated with this ciphertext", KEY_SIDE):
        other.client("kms").decrypt(CiphertextBlob=blob)


def test_create_key_is_decided_by_iam_alone(owner):
    maker = owner.user("maker", [allow("kms:CreateKey")])
    with denied(
        owner.user("nobody").arn,
        "kms:CreateKey",
        "resource: *",
        "because no identity-based policy allows the kms:CreateKey action",
    ):
        owner_client(owner, "nobody").create_key()
    assert maker.client("kms").create_key()
    with refused(
        "AccessDeniedException",
        f"User: {maker.arn} is not authorized to perform: kms:TagResource because no identity-based policy "
        "allows the kms:TagResource action",
    ):
        maker.client("kms").create_key(Tags=[{"TagKey": "a", "TagValue": "b"}])


def owner_client(account, name):
    iam = account.client("iam")
    made = iam.create_access_key(UserName=name)["AccessKey"]
    session = account.session()
    return session.client("kms", aws_access_key_id=made["AccessKeyId"], aws_secret_access_key=made["SecretAccessKey"])


@pytest.mark.parametrize(
    ("condition", "context", "allowed"),
    [
        ({"StringEquals": {"kms:EncryptionContext:App": "a"}}, {"app": "a"}, True),
        ({"StringEquals": {"kms:EncryptionContext:App": "a"}}, {"app": "b"}, False),
        ({"StringEquals": {"kms:EncryptionContext:App": "a"}}, {}, False),
        ({"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["app"]}}, {"app": "a", "x": "y"}, False),
        ({"Null": {"kms:EncryptionContextKeys": "true"}}, {}, True),
        ({"StringEquals": {"kms:CallerAccount": OWNER}}, {}, True),
        ({"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/work*"}}, {}, True),
        ({"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}, {}, False),
        ({"StringEquals": {"kms:RequestAlias": "alias/a"}}, {}, False),
        ({"Bool": {"aws:SecureTransport": "true"}}, {}, True),
        ({"StringEquals": {"aws:RequestedRegion": "us-east-1", "kms:KeySpec": "SYMMETRIC_DEFAULT"}}, {}, True),
        ({"DateGreaterThan": {"aws:CurrentTime": "2100-01-01T00:00:00Z"}}, {}, False),
    ],
)
def test_conditions_of_the_key_policy_see_the_call(kms, owner, condition, context, allowed):
    worker = owner.role("worker")
    statement = use(worker.arn, "kms:Encrypt", Condition=condition)
    arn = kms.create_key(Policy=key_policy(statement))["KeyMetadata"]["Arn"]
    ask = {"KeyId": arn, "Plaintext": b"x", "EncryptionContext": context}
    if allowed:
        assert worker.client("kms").encrypt(**ask)
    else:
        with refused("AccessDeniedException"):
            worker.client("kms").encrypt(**ask)


def test_a_role_assumed_through_sts_is_a_session_of_that_role(owner, kms, key):
    import boto3

    trust = policy({"Effect": "Allow", "Principal": {"AWS": owner.root.arn}, "Action": "sts:AssumeRole"})
    role = owner.role("worker", [allow("kms:DescribeKey")], trust=trust)
    sts = owner.user("steward", [allow("sts:AssumeRole")]).client("sts")
    given = sts.assume_role(RoleArn=role.arn, RoleSessionName="ci")["Credentials"]
    client = boto3.client(
        "kms",
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )
    assert client.describe_key(KeyId=key)
    session = f"arn:aws:sts::{OWNER}:assumed-role/worker/ci"
    with denied(
        session, "kms:Encrypt", f"resource: {key}", "because no identity-based policy allows the kms:Encrypt action"
    ):
        client.encrypt(KeyId=key, Plaintext=b"x")


def test_a_boundary_limits_a_user(owner, kms, key):
    user = owner.user("bound", [allow("kms:*")], boundary=allow("kms:Describe*"))
    assert user.client("kms").describe_key(KeyId=key)
    with denied(
        user.arn, "kms:Encrypt", f"resource: {key}", "because no permissions boundary allows the kms:Encrypt action"
    ):
        user.client("kms").encrypt(KeyId=key, Plaintext=b"x")


def test_a_boundary_limits_a_role(owner, kms, key):
    role = owner.role("bound", [allow("kms:*")], boundary=allow("kms:Describe*"))
    assert role.client("kms").describe_key(KeyId=key)
    with denied(
        f"arn:aws:sts::{OWNER}:assumed-role/bound/kmsmock",
        "kms:Encrypt",
        f"resource: {key}",
        "because no permissions boundary allows the kms:Encrypt action",
    ):
        role.client("kms").encrypt(KeyId=key, Plaintext=b"x")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "Policy contains invalid JSON."),
        (
            key_policy(use(f"arn:aws:iam::{OWNER}:role/ghost", "kms:*")),
            "Policy contains a statement with one or more invalid principals.",
        ),
        (
            json.dumps(policy({"Effect": "Allow", "Action": "kms:*", "Resource": "*"})),
            "Policy contains a statement with no principal.",
        ),
        (
            json.dumps(policy(use(f"arn:aws:iam::{OTHER}:root", "kms:*"))),
            "The new key policy will not allow you to update the key policy in the future.",
        ),
    ],
)
def test_bad_key_policies_are_refused_and_the_old_one_stays(kms, key, text, message):
    before = kms.get_key_policy(KeyId=key)["Policy"]
    with refused("MalformedPolicyDocumentException", message):
        kms.put_key_policy(KeyId=key, Policy=text)
    with refused("MalformedPolicyDocumentException", message):
        kms.create_key(Policy=text)
    assert kms.get_key_policy(KeyId=key)["Policy"] == before
    assert len(kms.list_keys()["Keys"]) == 1


def test_the_lockout_check_can_be_bypassed(kms, key):
    text = json.dumps(policy(use(f"arn:aws:iam::{OTHER}:root", "kms:*")))
    kms.put_key_policy(KeyId=key, Policy=text, BypassPolicyLockoutSafetyCheck=True)
    with refused("AccessDeniedException"):
        kms.get_key_policy(KeyId=key)


def test_the_explanation_names_the_statement_that_denied(aws_world, kms):
    deny = {**use("*", "kms:Encrypt"), "Effect": "Deny", "Sid": "Nobody"}
    arn = kms.create_key(Policy=key_policy(deny))["KeyMetadata"]["Arn"]
    with refused("AccessDeniedException"):
        kms.encrypt(KeyId=arn, Plaintext=b"x")
    decision = aws_world.decisions[-1]
    assert (decision.effect, decision.reason) == ("explicitDeny", "resource-based policy")
    assert f'Decided by: Deny "Nobody" in key policy of key {arn.partition("/")[2][:8]}' in decision.explain()


def test_the_explanation_tells_what_a_condition_wanted_and_saw(aws_world, owner, kms):
    worker = owner.role("worker")
    condition = {"StringEquals": {"kms:EncryptionContext:app": "a"}}
    arn = kms.create_key(Policy=key_policy(use(worker.arn, "kms:Encrypt", Condition=condition)))["KeyMetadata"]["Arn"]
    with refused("AccessDeniedException"):
        worker.client("kms").encrypt(KeyId=arn, Plaintext=b"x", EncryptionContext={"app": "b"})
    text = aws_world.decisions[-1].explain()
    assert 'condition StringEquals kms:EncryptionContext:app: wanted "a", the request has "b"' in text


@pytest.mark.kmsmock(enforce="audit")
def test_audit_records_a_denial_and_goes_on(aws_world, key, owner):
    assert owner.role("nobody").client("kms").encrypt(KeyId=key, Plaintext=b"x")
    assert aws_world.decisions[-1].allowed is False


@pytest.mark.kmsmock(enforce="off")
def test_off_decides_nothing(aws_world, key, owner):
    assert owner.role("nobody").client("kms").encrypt(KeyId=key, Plaintext=b"x")
    assert aws_world.decisions == []


def test_aws_managed_keys_work_only_through_their_service(owner, kms):
    managed = kms.describe_key(KeyId="alias/aws/ebs")["KeyMetadata"]
    assert managed["KeyManager"] == "AWS"
    with denied(
        owner.root.arn,
        "kms:Encrypt",
        f"resource: {managed['Arn']}",
        "because no resource-based policy allows the kms:Encrypt action",
    ):
        kms.encrypt(KeyId="alias/aws/ebs", Plaintext=b"x")
    with refused("AccessDeniedException"):
        kms.schedule_key_deletion(KeyId=managed["KeyId"])
