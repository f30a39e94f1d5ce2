"""Roles and users of stacks with ManagedPolicyArns: attached, changed, detached and deleted with the stack.

"ManagedPolicyArns" of AWS::IAM::Role and AWS::IAM::User (template reference): update without interruption. moto makes no
AWS::IAM::Group of a template.
"""

import json

import boto3
import pytest

pytestmark = pytest.mark.evidence(
    "documented", "ManagedPolicyArns of AWS::IAM::Role and AWS::IAM::User (template reference)"
)

OWN = "arn:aws:iam::aws:policy/ReadOnlyAccess"
OTHER = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
TRUST = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
}
DOCUMENT = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}

KINDS = {
    "Role": ({"RoleName": "one", "AssumeRolePolicyDocument": TRUST}, "role", {"RoleName": "one"}),
    "User": ({"UserName": "one"}, "user", {"UserName": "one"}),
}
each_kind = pytest.mark.parametrize("kind", KINDS)


class Stack:
    """A stack with one role or user."""

    def __init__(self, account, kind):
        self.stacks, self.iam = account.client("cloudformation"), account.client("iam")
        self.kind, (self.properties, self.name, self.named) = kind, KINDS[kind]

    def template(self, *arns, **resources):
        properties = {**self.properties, "ManagedPolicyArns": list(arns)} if arns else self.properties
        made = {"One": {"Type": f"AWS::IAM::{self.kind}", "Properties": properties}, **resources}
        return {"StackName": "stack", "TemplateBody": json.dumps({"Resources": made})}

    def create(self, *arns, **resources):
        self.stacks.create_stack(**self.template(*arns, **resources), Capabilities=["CAPABILITY_NAMED_IAM"])

    def update(self, *arns, **resources):
        self.stacks.update_stack(**self.template(*arns, **resources), Capabilities=["CAPABILITY_NAMED_IAM"])

    def delete(self):
        self.stacks.delete_stack(StackName="stack")

    @property
    def attached(self):
        listed = getattr(self.iam, f"list_attached_{self.name}_policies")(**self.named)["AttachedPolicies"]
        return {each["PolicyArn"] for each in listed}

    def exists(self):
        try:
            getattr(self.iam, f"get_{self.name}")(**self.named)
        except self.iam.exceptions.NoSuchEntityException:
            return False
        return True


@pytest.fixture
def stack(owner, kind):
    return Stack(owner, kind)


@each_kind
def test_policies_are_attached_when_the_stack_is_made(stack):
    stack.create(OWN, OTHER)
    assert stack.attached == {OWN, OTHER}


@each_kind
def test_a_stack_is_deleted_with_its_policies_attached(stack):
    stack.create(OWN)
    stack.delete()
    assert not stack.exists()
    assert stack.stacks.list_stacks(StackStatusFilter=["DELETE_COMPLETE"])["StackSummaries"]


@each_kind
def test_an_update_attaches_and_detaches(stack):
    stack.create(OWN)
    stack.update(OTHER)
    assert stack.attached == {OTHER}
    stack.update(OWN, OTHER)
    assert stack.attached == {OWN, OTHER}
    stack.update()
    assert stack.attached == set()
    stack.delete()
    assert not stack.exists()


@each_kind
def test_what_somebody_else_attached_stays(stack):
    by_hand = stack.iam.create_policy(PolicyName="by-hand", PolicyDocument=json.dumps(DOCUMENT))["Policy"]["Arn"]
    stack.create(OWN)
    getattr(stack.iam, f"attach_{stack.name}_policy")(**stack.named, PolicyArn=by_hand)
    stack.update(OTHER)
    assert stack.attached == {OTHER, by_hand}


@each_kind
def test_a_policy_of_the_same_stack_is_attached_and_both_are_deleted(stack):
    mine = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"ManagedPolicyName": "mine", "PolicyDocument": DOCUMENT}}
    stack.create({"Ref": "Mine"}, Mine=mine)
    assert [each.rsplit("/", 1)[1] for each in stack.attached] == ["mine"]
    stack.delete()
    assert not stack.exists()
    assert stack.iam.list_policies(Scope="Local")["Policies"] == []


@each_kind
def test_a_policy_of_a_stack_follows_its_template(stack):
    def mine(action, *names):
        listed = {f"{stack.kind}s": list(names)} if names else {}
        document = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": action, "Resource": "*"}}
        properties = {"ManagedPolicyName": "mine", "PolicyDocument": document, **listed}
        return {"Type": "AWS::IAM::ManagedPolicy", "Properties": properties}

    stack.create(Mine=mine("s3:*", {"Ref": "One"}))
    (arn,) = stack.attached
    for number in range(7):  # more than a policy has versions
        stack.update(Mine=mine(f"s3:Get{number}", {"Ref": "One"}))
    about = stack.iam.get_policy(PolicyArn=arn)["Policy"]
    version = stack.iam.get_policy_version(PolicyArn=arn, VersionId=about["DefaultVersionId"])["PolicyVersion"]
    assert version["Document"]["Statement"]["Action"] == "s3:Get6"
    stack.update(Mine=mine("s3:*"))
    assert stack.attached == set()
    stack.delete()
    assert stack.iam.list_policies(Scope="Local")["Policies"] == []


@each_kind
def test_inline_policies_follow_the_template(stack):
    def update(*names):
        inline = [{"PolicyName": each, "PolicyDocument": DOCUMENT} for each in names]
        stack.properties = {**stack.properties, "Policies": inline}
        (stack.update if stack.exists() else stack.create)(OWN)

    def named():
        return getattr(stack.iam, f"list_{stack.name}_policies")(**stack.named)["PolicyNames"]

    update("first", "second")
    assert sorted(named()) == ["first", "second"]
    update("second", "third")
    assert sorted(named()) == ["second", "third"]
    stack.delete()
    assert not stack.exists()


YAML = """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: one
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: sts:AssumeRole}]
      Policies:
      - PolicyName: inline
        PolicyDocument:
          Version: 2012-10-17
          Statement: [{Effect: Allow, Action: "s3:*", Resource: "*"}]
"""


def test_a_template_in_yaml_may_leave_the_version_of_a_policy_unquoted(owner):
    stacks, iam = owner.client("cloudformation"), owner.client("iam")
    stacks.create_stack(StackName="stack", TemplateBody=YAML)
    stacks.update_stack(StackName="stack", TemplateBody=YAML.replace("s3:*", "sqs:*"))
    document = iam.get_role_policy(RoleName="one", PolicyName="inline")["PolicyDocument"]
    assert (document["Version"], document["Statement"][0]["Action"]) == ("2012-10-17", "sqs:*")
    assert iam.get_role(RoleName="one")["Role"]["AssumeRolePolicyDocument"]["Version"] == "2012-10-17"


def test_the_trust_policy_of_a_role_follows_the_template(owner):
    stack = Stack(owner, "Role")
    stack.create(OWN)
    trust = {**TRUST, "Statement": {**TRUST["Statement"], "Principal": {"Service": "lambda.amazonaws.com"}}}
    stack.properties = {**stack.properties, "AssumeRolePolicyDocument": trust}
    stack.update(OWN)
    document = stack.iam.get_role(RoleName="one")["Role"]["AssumeRolePolicyDocument"]
    assert document["Statement"]["Principal"] == {"Service": "lambda.amazonaws.com"}


@each_kind
def test_a_resource_that_is_taken_out_of_the_template_goes_with_its_policies(stack):
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "queue"}}
    stack.create(OWN, Queue=queue)
    stack.stacks.update_stack(StackName="stack", TemplateBody=json.dumps({"Resources": {"Queue": queue}}))
    assert not stack.exists()


def test_a_role_with_inline_policies_and_a_profile_is_deleted(owner):
    resources = {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "RoleName": "one",
                "AssumeRolePolicyDocument": TRUST,
                "ManagedPolicyArns": [OWN],
                "Policies": [{"PolicyName": "inline", "PolicyDocument": DOCUMENT}],
            },
        },
        "Profile": {
            "Type": "AWS::IAM::InstanceProfile",
            "Properties": {"InstanceProfileName": "profile", "Roles": [{"Ref": "Role"}]},
        },
    }
    stacks, iam = owner.client("cloudformation"), owner.client("iam")
    stacks.create_stack(StackName="stack", TemplateBody=json.dumps({"Resources": resources}))
    assert iam.list_role_policies(RoleName="one")["PolicyNames"] == ["inline"]
    stacks.delete_stack(StackName="stack")
    assert iam.list_roles()["Roles"] == []
    assert iam.list_instance_profiles()["InstanceProfiles"] == []


def test_the_permissions_of_a_user_follow_the_update(owner):
    # what counts in the end: the principal may afterwards what the template says
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "bucket"}}
    stacks = owner.client("cloudformation")
    properties = {"UserName": "one", "ManagedPolicyArns": [OTHER]}

    def template():
        user = {"Type": "AWS::IAM::User", "Properties": properties}
        return json.dumps({"Resources": {"Bucket": bucket, "User": user}})

    stacks.create_stack(StackName="stack", TemplateBody=template())
    key = owner.client("iam").create_access_key(UserName="one")["AccessKey"]
    user = boto3.client(
        "s3",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        region_name="us-east-1",
    )
    user.put_object(Bucket="bucket", Key="one", Body=b"")
    properties = {"UserName": "one"}
    stacks.update_stack(StackName="stack", TemplateBody=template())
    with pytest.raises(user.exceptions.ClientError) as caught:
        user.put_object(Bucket="bucket", Key="two", Body=b"")
    assert caught.value.response["Error"]["Code"] == "AccessDenied"
