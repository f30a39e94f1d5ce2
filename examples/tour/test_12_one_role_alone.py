"""Lesson 12. A backup function whose role, and nobody else, may copy a snapshot from one Region to another."""

import json

import boto3
from setups import encrypted_image

ACCOUNT = "111111111111"
COPIER = "snapshot-copier"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/{COPIER}"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
ROLE_POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["ec2:CopySnapshot", "ec2:DescribeSnapshots"], "Resource": "*"}],
}


def policy_for(administrator):
    """Administration for one principal, use for the copier's role, and nothing for anybody else."""
    statements = [
        {
            "Sid": "Administration",
            "Effect": "Allow",
            "Principal": {"AWS": administrator},
            "NotAction": ["kms:Decrypt", "kms:CreateGrant"],
            "Resource": "*",
        },
        {
            "Sid": "Only the copier",
            "Effect": "Allow",
            "Principal": {"AWS": ROLE_ARN},
            "Action": ["kms:DescribeKey", "kms:CreateGrant", "kms:GenerateDataKeyWithoutPlaintext"],
            "Resource": "*",
            "Condition": {"StringLike": {"kms:ViaService": "ec2.*.amazonaws.com"}},
        },
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def handler(event, context=None):
    """The function under test: it builds its own clients, as functions do."""
    ec2 = boto3.client("ec2", region_name=event["to"])
    copy = ec2.copy_snapshot(
        SourceSnapshotId=event["snapshot"], SourceRegion=event["from"], Encrypted=True, KmsKeyId=event["key"]
    )
    return ec2.describe_snapshots(SnapshotIds=[copy["SnapshotId"]])["Snapshots"][0]


def test_only_the_functions_role_may_copy_the_snapshot(aws_world, refused):
    """A function's role alone may copy a snapshot between two regions with two keys"""
    account = aws_world.account(ACCOUNT)
    copier = account.role(COPIER, policies=[ROLE_POLICY], trust=TRUST)
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    operator = account.user("operator", policies=[{"Version": "2012-10-17", "Statement": [everything]}])
    policy = policy_for(account.root.arn)
    source_key = account.client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]
    target_key = account.client("kms", "eu-west-1").create_key(Policy=policy)["KeyMetadata"]["Arn"]
    _, snapshot = encrypted_image(account.client("ec2"), source_key)
    event = {"snapshot": snapshot, "from": "us-east-1", "to": "eu-west-1", "key": target_key}

    with copier.acting():
        copied = handler(event)
    assert (copied["State"], copied["KmsKeyId"]) == ("completed", target_key)

    with operator.acting():
        failed = handler(event)
    assert (failed["State"], failed["StateMessage"]) == ("error", "Given key ID is not accessible")
    decision = aws_world.decisions.denied[-1]
    assert decision.caller == operator.arn
    assert decision.action == "kms:CreateGrant"

    with refused("AccessDeniedException"):  # asked directly, and not through EC2
        copier.client("kms").generate_data_key_without_plaintext(KeyId=source_key, KeySpec="AES_256")
    assert aws_world.decisions[-1].reason == "identity-based policy"
