"""Policies in CloudFormation templates are read as those of API calls: the stack fails, or the world warns of a typo.

"Stack failure options" in the CloudFormation user guide: what was made is deleted again.
"""

import json

import pytest

import kmsmock
from tests.support.claims import OWNER
from tests.support.documents import ALLOW, TRUST, but, text

pytestmark = pytest.mark.evidence("documented", '"Stack failure options" (CloudFormation user guide)')


def stack(owner, resource_type, properties):
    client = owner.client("cloudformation")
    resources = {"Thing": {"Type": resource_type, "Properties": properties}}
    body = json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources})
    client.create_stack(StackName="s", TemplateBody=body, Capabilities=["CAPABILITY_NAMED_IAM"])
    found = client.describe_stacks(StackName="s")["Stacks"][0]["StackStatus"]
    events = client.describe_stack_events(StackName="s")["StackEvents"]
    return found, " ".join(each.get("ResourceStatusReason") or "" for each in events)


def document(*statements):
    return json.loads(text(*statements))


OF_A_RESOURCE = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
CASES = [
    (
        "AWS::IAM::Role",
        {"RoleName": "app", "AssumeRolePolicyDocument": document(but(TRUST, Principal=None))},
        "Missing required field Principal",
    ),
    (
        "AWS::IAM::Role",
        {
            "RoleName": "app",
            "AssumeRolePolicyDocument": document(TRUST),
            "Policies": [{"PolicyName": "p", "PolicyDocument": document(but(ALLOW, Resource=None))}],
        },
        "Policy statement must contain resources.",
    ),
    (
        "AWS::IAM::User",
        {"UserName": "u", "Policies": [{"PolicyName": "p", "PolicyDocument": document(but(ALLOW, Principal="*"))}]},
        "Policy document should not specify a principal.",
    ),
    (
        "AWS::IAM::ManagedPolicy",
        {"ManagedPolicyName": "m", "PolicyDocument": document(but(ALLOW, Action=None))},
        "Policy statement must contain actions.",
    ),
    (
        "AWS::ApiGateway::RestApi",
        {"Name": "api", "Policy": document(but(OF_A_RESOURCE, Principal=None))},
        "Invalid policy document. Please check the policy syntax and ensure that Principals are valid.",
    ),
    (
        "AWS::DynamoDB::Table",
        {
            "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
            "ResourcePolicy": {"PolicyDocument": document(but(OF_A_RESOURCE, Effect="Maybe"))},
        },
        "One or more parameter values were invalid: Invalid policy document",
    ),
    (
        "AWS::ECR::Repository",
        {"RepositoryName": "repository", "RepositoryPolicyText": document(but(OF_A_RESOURCE, Action=None))},
        "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'",
    ),
    (
        "AWS::EFS::FileSystem",
        {"FileSystemPolicy": document(but(OF_A_RESOURCE, Sid=["a"]))},
        "The policy document is not valid.",
    ),
    (
        "AWS::Logs::ResourcePolicy",
        {"PolicyName": "p", "PolicyDocument": "{"},
        "Could not convert to persistable policy.",
    ),
]


@pytest.mark.parametrize(("resource_type", "properties", "message"), CASES)
def test_a_stack_with_a_document_that_aws_refuses_fails(owner, resource_type, properties, message):
    status, reasons = stack(owner, resource_type, properties)
    assert status == "ROLLBACK_COMPLETE"
    assert message in reasons
    iam = owner.client("iam")
    assert iam.list_roles()["Roles"] == iam.list_users()["Users"] == []
    assert iam.list_policies(Scope="Local")["Policies"] == []


def test_typos_in_templates_are_told(owner):
    properties = {
        "RoleName": "app",
        "AssumeRolePolicyDocument": document(TRUST),
        "Policies": [{"PolicyName": "p", "PolicyDocument": document(but(ALLOW, Action="kms:Decript"))}],
    }
    with pytest.warns(kmsmock.PolicyWarning, match="kms:Decript; did you mean kms:Decrypt"):
        status, _ = stack(owner, "AWS::IAM::Role", properties)
    assert status == "CREATE_COMPLETE"
    assert owner.get_role("app").arn == f"arn:aws:iam::{OWNER}:role/app"
