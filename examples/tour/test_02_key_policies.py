"""Lesson 2. No key is used without its key policy, whatever IAM allows."""

import json

from setups import key_policy

ALLOW_ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def test_the_default_policy_leaves_it_to_iam(account, kms, refused):
    """The default key policy hands the key over to the account's IAM policies"""
    key = kms.create_key()["KeyMetadata"]["Arn"]
    account.user("clerk", policies=[ALLOW_ALL]).client("kms").encrypt(KeyId=key, Plaintext=b"x")
    with refused("AccessDeniedException"):
        account.user("guest").client("kms").encrypt(KeyId=key, Plaintext=b"x")


def test_a_policy_of_ones_own_shuts_iam_out(account, kms, refused):
    """A key policy that does not name the account shuts IAM out: an administrator with every permission is refused"""
    admin = account.user("admin", policies=[ALLOW_ALL])
    app = account.role("app")
    statements = [
        {"Sid": "Administration", "Principal": {"AWS": account.root.arn}, "Action": "kms:PutKeyPolicy"},
        {"Sid": "Use", "Principal": {"AWS": f"arn:aws:iam::{account.id}:role/app"}, "Action": "kms:Encrypt"},
    ]
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Resource": "*", **each} for each in statements],
    }
    key = kms.create_key(Policy=json.dumps(document))["KeyMetadata"]["Arn"]
    app.client("kms").encrypt(KeyId=key, Plaintext=b"x")
    with refused("AccessDeniedException"):
        admin.client("kms").encrypt(KeyId=key, Plaintext=b"x")


def test_nobody_locks_himself_out(account, kms, refused):
    """KMS takes no key policy that its author could not change again"""
    clerk = {"Effect": "Allow", "Principal": {"AWS": account.user("clerk").arn}, "Action": "kms:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [clerk]})
    with refused("MalformedPolicyDocumentException"):
        kms.create_key(Policy=document)


def test_a_deny_goes_before_everything(account, kms, refused):
    """A Deny in the key policy holds for the root user as well"""
    no_decrypt = {"Effect": "Deny", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*"}
    key = kms.create_key(Policy=key_policy(account.id, no_decrypt))["KeyMetadata"]["Arn"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    with refused("AccessDeniedException"):
        kms.decrypt(CiphertextBlob=blob)


def test_what_would_be_enough(aws_world, account, kms):
    """What a role was allowed, and the policies that would have been enough"""
    key = kms.create_key()["KeyMetadata"]["Arn"]
    app = account.role("app", policies=[ALLOW_ALL])
    app.client("kms").encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"tenant": "a"})
    least = aws_world.least_privilege(app)
    assert least.identity_policy["Statement"] == [
        {
            "Effect": "Allow",
            "Action": "kms:Encrypt",
            "Resource": key,
            "Condition": {"StringEquals": {"kms:EncryptionContext:tenant": "a"}},
        }
    ]
    assert "over-wide: * on * in inline policy" in str(least)
