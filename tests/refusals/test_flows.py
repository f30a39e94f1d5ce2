"""Whole flows, assertions and texts: what a test asks of a world's decisions and refusals."""

import json

import pytest

from kmsmock.refusals import assert_denied, assert_refused
from tests.support.claims import OWNER, allow, policy, refused
from tests.support.policies import root


def flow(kms, key, other):
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=other)
    kms.create_grant(KeyId=other, GranteePrincipal=root(OWNER), Operations=["Decrypt"])


def test_the_permissions_of_a_whole_flow_are_told_at_once(aws_world, owner, kms, key):
    other = kms.create_key()["KeyMetadata"]["Arn"]
    user = owner.user("app", [allow("kms:Encrypt", key)])
    with aws_world.permissions() as needed:
        flow(user.client("kms"), key, other)
    assert {each["Resource"]: each["Action"] for each in needed.permissions[user.arn]} == {
        key: ["kms:Encrypt", "kms:ReEncryptFrom"],
        other: ["kms:CreateGrant", "kms:ReEncryptTo"],
    }
    (place,) = needed.missing
    assert place == f"a policy of {user.arn}"
    missing = needed.missing[place]
    assert [each["Action"] for each in missing] == [["kms:ReEncryptFrom"], ["kms:CreateGrant", "kms:ReEncryptTo"]]
    assert needed.present == {user.arn: [{"Effect": "Allow", "Action": ["kms:Encrypt"], "Resource": key}]}
    assert f"missing in {place}:" in str(needed)
    with refused("AccessDeniedException"):
        flow(user.client("kms"), key, other)
    document = json.dumps(policy(*missing))
    owner.client("iam").put_user_policy(UserName="app", PolicyName="more", PolicyDocument=document)
    flow(user.client("kms"), key, other)
    made = [each["Operations"] for each in kms.list_grants(KeyId=other)["Grants"]]
    assert made == [["Decrypt"]] * 2  # what the first time was only asked for was made as well


def test_a_denial_is_asserted_with_its_reason(owner, kms, key):
    app = owner.user("app").client("kms")
    made = assert_denied(lambda: app.encrypt(KeyId=key, Plaintext=b"x"), because="identity-based policy")
    assert made.cause == "IAM-IDENTITY-POLICY"
    with pytest.raises(AssertionError, match="it was denied, but not because of 'boundary':\nIAM-IDENTITY-POLICY"):
        assert_denied(lambda: app.encrypt(KeyId=key, Plaintext=b"x"), because="boundary")
    with pytest.raises(AssertionError, match="it was not refused"):
        assert_denied(lambda: kms.encrypt(KeyId=key, Plaintext=b"x"))
    kms.disable_key(KeyId=key)
    assert assert_refused(lambda: kms.encrypt(KeyId=key, Plaintext=b"x"), cause="KMS-STATE-DISABLED").key == key
    with pytest.raises(AssertionError, match="it was refused, but not by policies:\nKMS-STATE-DISABLED"):
        assert_denied(lambda: kms.encrypt(KeyId=key, Plaintext=b"x"))
    with pytest.raises(ZeroDivisionError):
        assert_refused(lambda: 1 / 0)


def test_decisions_are_selected(aws_world, owner, kms, key):
    user = owner.user("app", [allow("kms:Encrypt", key)])
    user.client("kms").encrypt(KeyId=key, Plaintext=b"x")
    assert_denied(lambda: user.client("kms").describe_key(KeyId=key))
    assert [each.action for each in aws_world.decisions.where(principal=user)] == ["kms:Encrypt", "kms:DescribeKey"]
    assert [each.action for each in aws_world.decisions.denied] == ["kms:DescribeKey"]
    with pytest.raises(TypeError, match="decisions are told apart by principal, action"):
        aws_world.decisions.where(colour="red")


def test_things_show_what_they_are(aws_world, owner, kms, key):
    assert repr(aws_world) == "<World 123456789012 in us-east-1, active: 1 keys, 1 events, 0 refusals>"
    aws_world.clock.freeze("2030-01-01")
    assert repr(aws_world.clock) == "<Clock 2030-01-01 00:00:00 UTC>"
    app = owner.user("app")
    made = assert_denied(lambda: app.client("kms").encrypt(KeyId=key, Plaintext=b"x"))
    assert repr(aws_world.decisions[-1]) == (
        f"<Decision implicitDeny kms:Encrypt on {key} for {app.arn}: identity-based policy>"
    )
    assert repr(made) == f"<Refusal IAM-IDENTITY-POLICY: kms:Encrypt by {app.arn}, AccessDeniedException>"
