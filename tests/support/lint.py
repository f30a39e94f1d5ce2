"""Policies as lint is given them, and what it says of them, in short."""

import json

import kmsmock

ACCOUNT = "111122223333"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
APP = f"arn:aws:iam::{ACCOUNT}:role/app"


def allow(principal, action, **more):
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*", **more}


def deny(principal, action, **more):
    return {**allow(principal, action, **more), "Effect": "Deny"}


DEFAULT = allow({"AWS": ROOT}, "kms:*", Sid="Enable IAM User Permissions")
USE = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def lint(folder, *statements, account_id=ACCOUNT, region_name="us-east-1", **options):
    """What lint finds in a key policy (or a policy of IAM) in a file."""
    path = folder / "policy.json"
    path.write_text(json.dumps(document(*statements)))
    return kmsmock.lint(path, account_id=account_id, region_name=region_name, **options)


def codes(found):
    return [each.code for each in found]


def only(found):
    """The one thing that is found."""
    assert len(found) == 1, str(found)
    return found[0]
