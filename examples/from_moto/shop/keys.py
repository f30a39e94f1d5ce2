"""Keys of the shop, and what is sealed with them."""

import json

import boto3

ROOT = "arn:aws:iam::123456789012:root"


def statement(principal, *actions):
    return {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": list(actions) or "kms:*", "Resource": "*"}


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def key_for(users, admins=(ROOT,)):
    """A key that some use and others administrate."""
    statements = [
        *(statement(each) for each in admins),
        *(statement(each, "kms:Encrypt", "kms:Decrypt") for each in users),
    ]
    return boto3.client("kms").create_key(Policy=policy(*statements))["KeyMetadata"]["Arn"]


def plain_key(alias=None):
    kms = boto3.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    if alias is not None:
        kms.create_alias(AliasName=f"alias/{alias}", TargetKeyId=key)
    return key


def seal(key, text, **context):
    return boto3.client("kms").encrypt(KeyId=key, Plaintext=text.encode(), EncryptionContext=context)["CiphertextBlob"]


def unseal(blob, **context):
    return boto3.client("kms").decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"].decode()


def lend(key, role, *operations):
    grants = boto3.client("kms").create_grant(KeyId=key, GranteePrincipal=role, Operations=list(operations))
    return grants["GrantId"]


def retire(key, days=30):
    boto3.client("kms").schedule_key_deletion(KeyId=key, PendingWindowInDays=days)


def pause(key):
    boto3.client("kms").disable_key(KeyId=key)
