"""Policies that AWS, CDK and the common module of Terraform write are clean: what is found in these, nobody reads on."""

import json
from pathlib import Path

import pytest
from moto.iam.aws_managed_policies import aws_managed_policies_data

import kmsmock
from kmsmock.linting import judging, reading
from tests.support.lint import ACCOUNT, APP, DEFAULT, ROOT, USE, allow, codes, deny, document, lint

pytestmark = pytest.mark.evidence("documented", "policies of the AWS guides, of CDK and of terraform-aws-modules/kms")

ROOT_OF_KMSMOCK = Path(kmsmock.__file__).parent
ADMIN = [
    *("kms:Create*", "kms:Describe*", "kms:Enable*", "kms:List*", "kms:Put*", "kms:Update*", "kms:Revoke*"),
    *("kms:Disable*", "kms:Get*", "kms:Delete*", "kms:TagResource", "kms:UntagResource", "kms:ScheduleKeyDeletion"),
    *("kms:CancelKeyDeletion", "kms:RotateKeyOnDemand"),
]
GRANTS = ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"]
FOR_RESOURCES = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
AUTOSCALING = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
OTHER = "arn:aws:iam::444455556666:root"


def via(service, **more):
    return {"StringEquals": {"kms:ViaService": f"{service}.us-east-1.amazonaws.com", **more}}


def only_for(service, **conditions):
    return {"Principal": {"Service": service}, "Condition": conditions}


CLEAN = {
    "the default key policy": [DEFAULT],
    "the console's": [
        DEFAULT,
        allow({"AWS": f"arn:aws:iam::{ACCOUNT}:role/Admin"}, ADMIN, Sid="Allow access for Key Administrators"),
        allow({"AWS": APP}, USE, Sid="Allow use of the key"),
        allow({"AWS": APP}, GRANTS, Condition=FOR_RESOURCES, Sid="Allow attachment of persistent resources"),
    ],
    "the console's for another account": [
        DEFAULT,
        allow({"AWS": [APP, OTHER]}, USE),
        allow({"AWS": [APP, OTHER]}, GRANTS, Condition=FOR_RESOURCES),
    ],
    "CDK's Secret under a key": [
        DEFAULT,
        allow({"AWS": ROOT}, USE[:-1], Condition=via("secretsmanager")),
        allow({"AWS": ROOT}, ["kms:CreateGrant", "kms:DescribeKey"], Condition=via("secretsmanager")),
    ],
    "CDK's grants to a role and to a service": [
        DEFAULT,
        allow({"AWS": APP}, ["kms:Decrypt", "kms:DescribeKey"]),
        allow({"AWS": f"arn:aws:iam::{ACCOUNT}:role/other"}, ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*"]),
    ],
    "CDK's key before defaultKeyPolicies": [
        allow({"AWS": ROOT}, [*ADMIN[:13], "kms:CancelKeyDeletion", "kms:GenerateDataKey"]),
    ],
    "the module's owners and administrators": [
        allow({"AWS": ROOT}, "kms:*", Sid="Default"),
        allow({"AWS": f"arn:aws:iam::{ACCOUNT}:role/owner"}, "kms:*", Sid="KeyOwner"),
        allow(
            {"AWS": f"arn:aws:iam::{ACCOUNT}:role/admin"},
            [*ADMIN[:12], *ADMIN[12:14], "kms:ReplicateKey", "kms:ImportKeyMaterial"],
        ),
        allow({"AWS": APP}, USE, Sid="KeyUsage"),
        allow({"AWS": APP}, GRANTS, Condition={"Bool": {"kms:GrantIsForAWSResource": "true"}}, Sid="KeyServiceUsage"),
        allow({"AWS": AUTOSCALING}, USE, Sid="KeyServiceRolesASG"),
        allow({"AWS": AUTOSCALING}, "kms:CreateGrant", Condition=FOR_RESOURCES, Sid="KeyServiceRolesASGPersistentVol"),
        allow({"AWS": f"arn:aws:iam::{ACCOUNT}:role/mac"}, ["kms:DescribeKey", "kms:GenerateMac", "kms:VerifyMac"]),
        allow({"Service": "dnssec-route53.amazonaws.com"}, ["kms:DescribeKey", "kms:GetPublicKey", "kms:Sign"]),
        allow({"Service": "dnssec-route53.amazonaws.com"}, "kms:CreateGrant", Condition=FOR_RESOURCES),
    ],
    "the service-linked role of EC2 Auto Scaling": [
        DEFAULT,
        allow({"AWS": AUTOSCALING}, USE, Sid="Allow service-linked role use of the customer managed key"),
        allow({"AWS": AUTOSCALING}, "kms:CreateGrant", Condition=FOR_RESOURCES),
    ],
    "an account that gives its service-linked role a grant": [
        DEFAULT,
        allow({"AWS": OTHER}, USE, Sid="Allow external account 444455556666 use of the customer managed key"),
        allow({"AWS": OTHER}, "kms:CreateGrant", Sid="Allow attachment of persistent resources in external account"),
    ],
    "an AWS managed key's": [
        allow({"AWS": "*"}, [*USE, "kms:CreateGrant"], Condition=via("ec2", **{"kms:CallerAccount": ACCOUNT})),
        allow({"AWS": ROOT}, ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant", "kms:PutKeyPolicy"]),
    ],
    "DynamoDB's": [
        allow(
            {"AWS": APP},
            [*USE, "kms:CreateGrant"],
            Condition={"StringLike": {"kms:ViaService": "dynamodb.*.amazonaws.com"}},
        ),
        allow({"AWS": f"arn:aws:iam::{ACCOUNT}:user/db-lead"}, [*ADMIN[:13], "kms:CancelKeyDeletion"]),
        allow({"Service": "dynamodb.amazonaws.com"}, ["kms:Describe*", "kms:Get*", "kms:List*"]),
    ],
    "CloudTrail's": [
        DEFAULT,
        {
            **allow("", "kms:GenerateDataKey*"),
            **only_for(
                "cloudtrail.amazonaws.com",
                StringEquals={"aws:SourceArn": f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/t"},
                StringLike={"kms:EncryptionContext:aws:cloudtrail:arn": f"arn:aws:cloudtrail:*:{ACCOUNT}:trail/*"},
            ),
        },
        allow({"Service": "cloudtrail.amazonaws.com"}, "kms:DescribeKey"),
        allow(
            {"AWS": "*"},
            ["kms:Decrypt", "kms:ReEncryptFrom"],
            Condition={
                "StringEquals": {"kms:CallerAccount": ACCOUNT},
                "StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": f"arn:aws:cloudtrail:*:{ACCOUNT}:trail/*"},
            },
        ),
    ],
    "CloudWatch Logs'": [
        DEFAULT,
        {
            **allow("", ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"]),
            **only_for(
                "logs.us-east-1.amazonaws.com",
                ArnLike={"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:us-east-1:{ACCOUNT}:*"},
            ),
        },
    ],
    "EventBridge to an encrypted topic": [
        DEFAULT,
        allow({"Service": "events.amazonaws.com"}, ["kms:GenerateDataKey*", "kms:Decrypt"]),
    ],
    "CodeStar notifications": [
        DEFAULT,
        {
            **allow("", ["kms:GenerateDataKey*", "kms:Decrypt"]),
            **only_for(
                "codestar-notifications.amazonaws.com", StringEquals={"kms:ViaService": "sns.us-east-1.amazonaws.com"}
            ),
        },
    ],
    "an organization's": [
        DEFAULT,
        allow({"AWS": "*"}, USE, Condition={"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}),
        deny("*", "kms:*", Condition={"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}),
    ],
    "grants of some operations": [
        DEFAULT,
        allow(
            {"AWS": APP},
            "kms:CreateGrant",
            Condition={"ForAllValues:StringEquals": {"kms:GrantOperations": ["Encrypt", "Decrypt", "RetireGrant"]}},
        ),
    ],
    "an enclave's": [
        DEFAULT,
        allow(
            {"AWS": APP},
            ["kms:Decrypt", "kms:GenerateDataKey", "kms:GenerateRandom"],
            Condition={"StringEqualsIgnoreCase": {"kms:RecipientAttestation:ImageSha384": "9fedcba8abcdef7abcdef6"}},
        ),
    ],
}


@pytest.mark.parametrize("statements", CLEAN.values(), ids=CLEAN)
def test_what_is_written_so_by_aws_is_clean(statements, tmp_path):
    found = lint(tmp_path, *statements)
    assert (list(found), found.looked_at) == ([], 1)


@pytest.mark.parametrize("statements", [CLEAN["the default key policy"], CLEAN["an AWS managed key's"]])
def test_there_is_no_note_on_what_cannot_be_written_otherwise(statements, tmp_path):
    assert codes(lint(tmp_path, *statements, severity="note")) == []


def test_the_policy_of_an_aws_managed_key_is_aws_own_and_not_judged(tmp_path):
    path = tmp_path / "policy.json"
    statement = allow({"AWS": "*"}, USE, Condition=via("ebs", **{"kms:CallerAccount": ACCOUNT}))
    path.write_text(json.dumps({**document(statement), "Id": "auto-ebs-2"}))
    assert codes(kmsmock.lint(path)) == []
    path.write_text(json.dumps({**document(statement), "Id": "mine"}))
    assert codes(kmsmock.lint(path)) == ["KMS002", "KMS008"]


IDENTITY = {
    "PowerUser-like": {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": "*"},
    "everything": {"Effect": "Allow", "Action": "*", "Resource": "*"},
    "all of KMS, for an administrator": {"Effect": "Allow", "Action": "kms:*", "Resource": "*"},
    "a key of another account": {"Effect": "Allow", "Action": [*USE, "kms:CreateGrant"], "Resource": "arn:aws:kms:us-west-2:444455556666:key/1a2b3c4d"},
    "EBS' driver": {"Effect": "Allow", "Action": GRANTS, "Resource": "*", "Condition": FOR_RESOURCES},
    "of aliases": {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*", "Condition": {"ForAnyValue:StringLike": {"kms:ResourceAliases": "alias/app*"}}},
}  # fmt: skip


@pytest.mark.parametrize("statement", IDENTITY.values(), ids=IDENTITY)
def test_policies_of_iam_that_are_meant_so_are_clean(statement, tmp_path):
    assert codes(lint(tmp_path, statement)) == []


def test_the_policies_of_aws_managed_keys_are_clean_but_for_that_nobody_changes_them():
    text = ROOT_OF_KMSMOCK.joinpath("kms/data/managed_keys.json").read_text(encoding="utf-8")
    for name, value in (("account", ACCOUNT), ("region", "us-east-1"), ("partition", "aws")):
        text = text.replace(f"{{{name}}}", value)
    for service, key in json.loads(text).items():
        looked = reading.of_document(json.dumps({**key["policy"], "Id": service}), service, ACCOUNT, "us-east-1")
        assert {each.code for each in judging.judge([looked], judging.asked())} <= {"KMS002"}, service


TRUE = {
    ("AmazonDataZoneSageMakerManageAccessRolePolicy", "KMS009"),  # aws:TagKeys, for kms:DescribeKey
    ("AmazonMSKFullAccess", "KMS006"),  # kms:CreateGrant on every key, without a condition
}
"""What AWS's own policies do have."""


def test_in_the_policies_that_aws_manages_is_found_only_what_is_so():
    found, texts = set(), json.loads(aws_managed_policies_data)
    for name, policy in texts.items():
        text = json.dumps(policy.get("Document", {}))
        if "kms:" in text.lower():
            looked = reading.of_document(text, name)
            found |= {(name, each.code) for each in judging.judge([looked], judging.asked())}
    assert found <= TRUE


def test_what_cdk_deploys_with_is_no_workload(tmp_path):
    trust = document(
        {"Effect": "Allow", "Principal": {"Service": "cloudformation.amazonaws.com"}, "Action": "sts:AssumeRole"}
    )
    role = {
        "AssumeRolePolicyDocument": trust,
        "Policies": [{"PolicyName": "all", "PolicyDocument": document(IDENTITY["all of KMS, for an administrator"])}],
    }
    path = tmp_path / "template.json"
    path.write_text(json.dumps({"Resources": {"Exec": {"Type": "AWS::IAM::Role", "Properties": role}}}))
    assert str(kmsmock.lint(path)) == "1 policy looked at: nothing found"
