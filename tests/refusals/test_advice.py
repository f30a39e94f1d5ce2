"""What a denial advises: tried on the evaluator, with conditions kept, and within the caller's reach."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings

from kmsmock.iam import Layer, Policies, Principal, Request, Source, compile_policy, decide
from kmsmock.iam.advice import changes, with_statement
from tests.support.claims import OTHER, OWNER, allow, policy, refused
from tests.support.policies import make_key, root, use
from tests.support.policies_by_chance import ASKED, KEY, LAYERS, compiled, request

ROOT = root(OWNER)
LET_ROOT = use(ROOT)


@pytest.fixture
def denied(aws_world):
    """What is said of a call that is denied."""

    def refuse(call, **params):
        with pytest.raises(ClientError):
            call(**params)
        return aws_world.decisions[-1].explain()

    return refuse


def allow_more(account, statement):
    """Paste a suggestion into a policy of the user."""
    document = json.dumps(policy(statement))
    account.client("iam").put_user_policy(UserName="app", PolicyName="more", PolicyDocument=document)


def suggested(text):
    """The statements of an explanation."""
    return [json.loads(line) for line in text.splitlines() if line.strip().startswith('{"Effect"')]


def context_is(app, **more):
    return {"StringEquals": {"kms:EncryptionContext:app": app}, **more}


def test_a_condition_that_nearly_held_is_kept(owner, key, denied):
    condition = context_is("a", Bool={"aws:SecureTransport": "true"})
    user = owner.user("app", [allow("kms:Encrypt", key, Condition=condition)])
    text = denied(user.client("kms").encrypt, KeyId=key, Plaintext=b"x", EncryptionContext={"app": "b"})
    (statement,) = suggested(text)
    assert statement["Condition"] == context_is("b", Bool={"aws:SecureTransport": "true"})
    assert "To allow it: send EncryptionContext={'app': 'a'}." in text
    assert '\N{BALLOT X} Condition StringEquals kms:EncryptionContext:app: "a"; the request has "b"' in text
    assert '\N{CHECK MARK} Action: "kms:Encrypt"\n' in text
    allow_more(owner, statement)
    assert user.client("kms").encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"app": "b"})["KeyId"] == key


def test_a_condition_on_what_was_not_sent_stays_narrow(owner, key, denied):
    user = owner.user("app", [allow("kms:Encrypt", key, Condition=context_is("a"))])
    (statement,) = suggested(denied(user.client("kms").encrypt, KeyId=key, Plaintext=b"x"))
    assert statement["Condition"] == {"Null": {"kms:EncryptionContext:app": "true"}}
    allow_more(owner, statement)
    assert user.client("kms").encrypt(KeyId=key, Plaintext=b"x")["KeyId"] == key


def test_tagging_keeps_the_condition_on_the_tag(owner, key, denied):
    condition = {"StringEquals": {"aws:RequestTag/team": "red"}}
    user = owner.user("app", [allow("kms:TagResource", key, Condition=condition)])
    tags = [{"TagKey": "team", "TagValue": "blue"}]
    text = denied(user.client("kms").tag_resource, KeyId=key, Tags=tags)
    assert "send the tag team=red" in text
    assert suggested(text)[0]["Condition"] == {"StringEquals": {"aws:RequestTag/team": "blue"}}


def test_both_halves_of_a_cross_account_request_are_suggested(aws_world, kms, key, denied):
    user = aws_world.account(OTHER).user("app")
    encrypt = user.client("kms").encrypt
    first, second = suggested(denied(encrypt, KeyId=key, Plaintext=b"x"))
    kms.put_key_policy(KeyId=key, Policy=json.dumps(policy(LET_ROOT, first)))
    assert suggested(denied(encrypt, KeyId=key, Plaintext=b"x")) == [second]
    allow_more(aws_world.account(OTHER), second)
    assert encrypt(KeyId=key, Plaintext=b"x")["KeyId"] == key


@pytest.mark.parametrize("operator", ["StringEquals", "Null", "ForAllValues:Bool"])
def test_a_condition_that_wants_nothing_is_explained(owner, key, denied, operator):
    """IAM takes an empty list of values."""
    condition = {operator: {"aws:SourceVpce": []}}
    allowing = allow("kms:Encrypt", key, Condition=condition)["Statement"][0]
    denying = {"Effect": "Deny", "Action": "kms:Encrypt", "Resource": key, "Condition": condition}
    user = owner.user("app", [policy(allowing, denying)])
    text = denied(user.client("kms").encrypt, KeyId=key, Plaintext=b"x")
    wanted = "nothing holds" if operator == "ForAllValues:Bool" else "wanted nothing, the request has no such key"
    assert f"{operator} aws:SourceVpce" in text
    assert wanted in text


def test_the_nearest_statement_of_a_trust_policy_has_no_resource(owner, denied):
    condition = {"StringEquals": {"sts:ExternalId": "a"}}
    trusted = {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "sts:AssumeRole", "Condition": condition}
    role = owner.role("app", trust=policy(trusted))
    user = owner.user("app", [allow("sts:AssumeRole", role.arn)])
    text = denied(user.client("sts").assume_role, RoleArn=role.arn, RoleSessionName="session")
    assert '\N{BALLOT X} Condition StringEquals sts:ExternalId: "a"; the request has no such key' in text
    assert "Resource:" not in text


def test_an_explicit_deny_says_which_condition_holds_and_what_avoids_it(kms, key, denied, owner):
    deny = {
        "Sid": "ContextOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "kms:Encrypt",
        "Resource": "*",
        "Condition": {"StringNotEquals": {"kms:EncryptionContext:app": "a"}},
    }
    kms.put_key_policy(KeyId=key, Policy=json.dumps(policy(LET_ROOT, deny)))
    text = denied(kms.encrypt, KeyId=key, Plaintext=b"x")
    assert 'StringNotEquals kms:EncryptionContext:app "a" holds: the request has no such key' in text
    assert "To avoid it: send EncryptionContext={'app': 'a'}." in text
    assert kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"app": "a"})["KeyId"] == key


@pytest.mark.parametrize(
    ("condition", "ways"),
    [
        ({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}, []),
        ({"DateGreaterThan": {"aws:CurrentTime": "2001-01-01T00:00:00Z"}}, []),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:*"}}, []),
        ({"StringLike": {"kms:EncryptionContext:App": "*"}}, ["do without kms:EncryptionContext:App"]),
        ({"Bool": {"aws:SecureTransport": "true"}}, ["have aws:SecureTransport=false"]),
        ({"StringNotEquals": {"aws:ResourceTag/Team": "red"}}, ["tag the resource with Team=red"]),
    ],
)
def test_only_what_a_request_can_do_without_is_to_be_left_out(owner, key, denied, condition, ways):
    deny = {"Effect": "Deny", "Action": "kms:Encrypt", "Resource": "*", "Condition": condition}
    user = owner.user("app", [policy(allow("kms:*")["Statement"][0], deny)])
    text = denied(user.client("kms").encrypt, KeyId=key, Plaintext=b"x", EncryptionContext={"App": "a"})
    assert [line for line in text.splitlines() if "avoid" in line] == [f"  To avoid it: {way}." for way in ways]


def test_for_all_values_on_an_absent_key_asks_for_null(owner, key, denied):
    condition = {"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["app"]}}
    deny = {"Effect": "Deny", "Action": "kms:Encrypt", "Resource": "*", "Condition": condition}
    user = owner.user("app", [policy(allow("kms:*")["Statement"][0], deny)])
    text = denied(user.client("kms").encrypt, KeyId=key, Plaintext=b"x")
    assert 'add "Null": {"kms:EncryptionContextKeys": "false"} beside it' in text


@pytest.mark.parametrize("constraint", ["EncryptionContextSubset", "EncryptionContextEquals"])
def test_a_grant_whose_constraint_fails_is_shown(owner, kms, key, denied, constraint):
    user = owner.user("app")
    kms.create_grant(
        KeyId=key, GranteePrincipal=user.arn, Operations=["Encrypt"], Constraints={constraint: {"app": "a"}}
    )
    text = denied(user.client("kms").encrypt, KeyId=key, Plaintext=b"x", EncryptionContext={"app": "b"})
    assert "the encryption context {'app': 'a'}; sent {'app': 'b'}" in text
    assert "To use the grant: send EncryptionContext={'app': 'a'}" in text
    text = denied(user.client("kms").describe_key, KeyId=key)
    assert "it allows Encrypt, not DescribeKey" in text


def test_a_role_that_was_made_again_is_not_the_one_that_the_policy_names(owner, kms, denied):
    role = owner.role("app")
    statement = {"Effect": "Allow", "Principal": {"AWS": role.arn}, "Action": "kms:Encrypt", "Resource": "*"}
    key = kms.create_key(Policy=json.dumps(policy(LET_ROOT, statement)))["KeyMetadata"]["Arn"]
    iam = owner.client("iam")
    iam.delete_role(RoleName="app")
    again = owner.role("app")
    text = denied(again.client("kms").encrypt, KeyId=key, Plaintext=b"x")
    assert "names one who was deleted and made again; the caller is the new one (AROA" in text
    assert "write the policy again" in text


def test_an_aws_managed_key_cannot_be_opened(aws_world, owner, kms, denied):
    key = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["Arn"]
    text = denied(aws_world.account(OTHER).client("kms").decrypt, KeyId=key, CiphertextBlob=b"x" * 80)
    assert "To allow it: no policy of an AWS managed key can be changed: use a customer managed key" in text
    assert suggested(text) == []


def test_a_forgotten_acting_is_pointed_out(aws_world, key, denied):
    text = denied(boto3.client("kms", region_name="us-east-1").encrypt, KeyId=key, Plaintext=b"x")
    assert "the credentials are nobody's, so that the root user of 123456789012 asks" in text
    assert "with principal.acting():" in text


def test_a_service_linked_role_is_let_in_by_the_key(owner, denied):
    role = f"arn:aws:iam::{OWNER}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
    session = f"arn:aws:sts::{OWNER}:assumed-role/AWSServiceRoleForAutoScaling/AutoScaling"
    linked = Principal("role-session", session, OWNER, role, "AROAX:AutoScaling", service_linked=True)
    delegating = Source(Layer.RESOURCE, "key policy", compile_policy(policy(LET_ROOT), kind="resource"))
    decision = decide(Request(linked, "kms:CreateGrant", KEY, OWNER, {}), Policies(resource=(delegating,)))
    text = decision.explain()
    assert "The policies of a service-linked role cannot be changed" in text
    (statement,) = suggested(text)
    assert statement["Principal"] == {"AWS": role}
    assert f"CreateGrant as a principal of account {OWNER}, GranteePrincipal {role}" in text


def test_a_service_linked_role_of_another_account_is_let_in_by_a_grant_alone():
    """Example 2 of "Required AWS KMS key policy for use with encrypted volumes" (EC2 Auto Scaling user guide)."""
    role = f"arn:aws:iam::{OTHER}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
    session = f"arn:aws:sts::{OTHER}:assumed-role/AWSServiceRoleForAutoScaling/AutoScaling"
    linked = Principal("role-session", session, OTHER, role, "AROAX:AutoScaling", service_linked=True)
    key_policy = Source(Layer.RESOURCE, "key policy", compile_policy(policy(LET_ROOT), kind="resource"))
    text = decide(Request(linked, "kms:Decrypt", KEY, OWNER, {}), Policies(resource=(key_policy,))).explain()
    assert suggested(text) == []
    assert "  No statement that can be added allows it." in text
    assert f"or: give the caller a grant on the key (CreateGrant as a principal of account {OTHER}" in text


def test_no_key_policy_is_suggested_for_retire_grant(aws_world, owner, kms, key, denied):
    """ "Permission to retire a grant is determined primarily by the grant" (RetireGrant in the API reference)."""
    grant = kms.create_grant(KeyId=key, GranteePrincipal=owner.user("app").arn, Operations=["Encrypt"])
    stranger = aws_world.account(OTHER).user("app")
    text = denied(stranger.client("kms").retire_grant, KeyId=key, GrantId=grant["GrantId"])
    assert "To allow it: the key policy has no say in RetireGrant: ask as the grant's retiring principal" in text
    assert suggested(text) == []
    assert "if it does not exist" not in text


@settings(max_examples=200, deadline=None)
@given(ASKED, LAYERS)
def test_what_is_suggested_makes_the_request_pass(asked, layers):
    policies = compiled(layers)
    wanted = request(asked, layers)
    decision = decide(wanted, policies)
    if decision.effect == "implicitDeny":
        made = changes(wanted, policies, decision.layer, decide)
        assert suggested(decision.explain()) == [change.statement for change in made]
        assert not (wanted.principal.service_linked and Layer.IDENTITY in {change.layer for change in made})
        for change in made:
            policies = with_statement(policies, change.layer, change.statement)
        assert decide(wanted, policies).allowed if made else wanted.principal.service_linked
    assert decision.explain()


def test_a_grant_to_a_role_that_was_made_again_is_the_former_ones(owner, kms, key, denied):
    role = owner.role("app")
    grant = kms.create_grant(KeyId=key, GranteePrincipal=role.arn, Operations=["Encrypt"])["GrantId"]
    stranger = owner.role("stranger")
    owner.client("iam").delete_role(RoleName="app")
    again = owner.role("app")
    text = denied(again.client("kms").encrypt, KeyId=key, Plaintext=b"x")
    assert f"\N{BALLOT X} grant {grant[:12]}...: it is for the one of this name who was deleted (AROA" in text
    assert "To use the grant: make it again, for the one who is there now" in text
    kms.create_grant(KeyId=key, GranteePrincipal=again.arn, Operations=["Encrypt"])
    assert again.client("kms").encrypt(KeyId=key, Plaintext=b"x")["KeyId"] == key
    assert "the grant" not in denied(stranger.client("kms").encrypt, KeyId=key, Plaintext=b"x")


def test_a_context_that_a_service_chose_is_not_to_be_sent(owner, kms, key, denied):
    s3 = owner.client("s3")
    s3.create_bucket(Bucket="bucket")
    other = {"StringEquals": {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::other"}}
    user = owner.user("app", [allow("s3:*"), allow("kms:*", key, Condition=other)])
    sse = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    text = denied(user.client("s3").put_object, Bucket="bucket", Key="k", Body=b"x", **sse)
    assert "send EncryptionContext" not in text
    (statement,) = suggested(text)
    assert statement["Condition"] == {"StringEquals": {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::bucket/k"}}


def test_a_deny_for_want_of_a_header_asks_for_any(owner, key, denied):
    condition = {"Null": {"kms:EncryptionContext:app": "true"}}
    deny = {"Effect": "Deny", "Action": "kms:Encrypt", "Resource": "*", "Condition": condition}
    user = owner.user("app", [policy(allow("kms:*")["Statement"][0], deny)])
    text = denied(user.client("kms").encrypt, KeyId=key, Plaintext=b"x")
    assert "To avoid it: send EncryptionContext={'app': '...'}." in text


def test_a_name_in_the_encryption_context_may_have_spaces(aws_world, owner, kms):
    """Names are any texts ("Encryption context"); a condition key is what comes after its operator."""
    app = owner.role("app")
    terms = {"StringEquals": {"kms:EncryptionContext:order number": "1"}}
    use_it = use(app.caller.principal.principal_arn, "kms:Encrypt", Condition=terms)
    key = make_key(kms, use(root(OWNER), "kms:PutKeyPolicy"), use_it, delegate=False)
    with refused("AccessDeniedException"):
        app.client("kms").encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"order number": "2"})
    assert "send EncryptionContext={'order number': '1'}" in aws_world.decisions[-1].explain()
