"""Templates with AWS::KMS::Key, AWS::KMS::Alias and AWS::KMS::ReplicaKey make keys that are enforced."""

import json

import pytest

from tests.support.claims import OWNER, allow, refused
from tests.support.templates import DELEGATION, key, template

pytestmark = pytest.mark.evidence(
    "documented", "AWS::KMS::Key, AWS::KMS::Alias, AWS::KMS::ReplicaKey (template reference)"
)


def alias(name, target):
    return {"Type": "AWS::KMS::Alias", "Properties": {"AliasName": name, "TargetKeyId": target}}


@pytest.fixture
def stacks(owner):
    return Stacks(owner.client("cloudformation"))


class Stacks:
    def __init__(self, client):
        self.client = client

    def create(self, **resources):
        self.client.create_stack(StackName="s", TemplateBody=template(**resources))
        return self

    def update(self, **resources):
        self.client.update_stack(StackName="s", TemplateBody=template(**resources))
        return self

    @property
    def status(self):
        return self.client.describe_stacks(StackName="s")["Stacks"][0]["StackStatus"]

    @property
    def arn(self):
        outputs = self.client.describe_stacks(StackName="s")["Stacks"][0]["Outputs"]
        return next(each["OutputValue"] for each in outputs if each["OutputKey"] == "Arn")

    def reason(self, status):
        events = self.client.describe_stack_events(StackName="s")["StackEvents"]
        return next(each["ResourceStatusReason"] for each in events if each["ResourceStatus"] == status)


def test_every_property_of_a_key_reaches_kms(kms, stacks):
    stacks.create(
        Key=key(
            Description="orders",
            EnableKeyRotation=True,
            RotationPeriodInDays=100,
            MultiRegion=True,
            Tags=[{"Key": "team", "Value": "a"}],
        ),
        Alias=alias("alias/orders", {"Ref": "Key"}),
    )
    assert stacks.status == "CREATE_COMPLETE"
    shown = kms.describe_key(KeyId="alias/orders")["KeyMetadata"]
    assert (shown["Arn"], shown["Description"], shown["MultiRegion"]) == (stacks.arn, "orders", True)
    rotation = kms.get_key_rotation_status(KeyId=stacks.arn)
    assert (rotation["KeyRotationEnabled"], rotation["RotationPeriodInDays"]) == (True, 100)
    assert kms.list_resource_tags(KeyId=stacks.arn)["Tags"] == [{"TagKey": "team", "TagValue": "a"}]
    assert f"arn:aws:iam::{OWNER}:root" in kms.get_key_policy(KeyId=stacks.arn)["Policy"]


def test_a_key_policy_in_yaml_may_leave_its_version_unquoted(owner, kms):
    body = f"""
Resources:
  Key:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Version: 2012-10-17
        Statement: [{{Effect: Allow, Principal: {{AWS: '{OWNER}'}}, Action: "kms:*", Resource: "*"}}]
"""
    stacks = owner.client("cloudformation")
    stacks.create_stack(StackName="s", TemplateBody=body)
    stacks.update_stack(StackName="s", TemplateBody=body.replace("Effect: Allow", "Sid: changed, Effect: Allow"))
    resources = stacks.describe_stack_resources(StackName="s")["StackResources"]
    policy = json.loads(kms.get_key_policy(KeyId=resources[0]["PhysicalResourceId"])["Policy"])
    assert (policy["Version"], policy["Statement"][0]["Sid"]) == ("2012-10-17", "changed")


def test_a_key_of_another_spec_and_usage_that_starts_disabled(kms, stacks):
    stacks.create(Key=key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY", Enabled=False))
    shown = kms.describe_key(KeyId=stacks.arn)["KeyMetadata"]
    assert (shown["KeySpec"], shown["KeyUsage"], shown["KeyState"]) == ("RSA_2048", "SIGN_VERIFY", "Disabled")


def test_the_key_of_a_template_is_enforced(owner, kms, stacks):
    stacks.create(Key=key())
    nobody = owner.user("nobody")
    message = (
        f"User: {nobody.arn} is not authorized to perform: kms:Encrypt on resource: {stacks.arn} "
        "because no identity-based policy allows the kms:Encrypt action"
    )
    with refused("AccessDeniedException", message):
        nobody.client("kms").encrypt(KeyId=stacks.arn, Plaintext=b"x")


def test_an_update_changes_what_can_change_and_keeps_the_key(kms, stacks):
    arn = stacks.create(Key=key(Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "1"}])).arn
    stacks.update(
        Key=key(Description="new", Enabled=False, Tags=[{"Key": "a", "Value": "2"}]),
        Alias=alias("alias/later", {"Ref": "Key"}),
    )
    assert (stacks.status, stacks.arn) == ("UPDATE_COMPLETE", arn)
    shown = kms.describe_key(KeyId="alias/later")["KeyMetadata"]
    assert (shown["Arn"], shown["Description"], shown["KeyState"]) == (arn, "new", "Disabled")
    assert kms.list_resource_tags(KeyId=arn)["Tags"] == [{"TagKey": "a", "TagValue": "2"}]


def test_an_alias_moves_to_another_key(kms, stacks):
    stacks.create(Key=key(), Other=key(), Alias=alias("alias/a", {"Ref": "Key"}))
    stacks.update(Key=key(), Other=key(), Alias=alias("alias/a", {"Ref": "Other"}))
    assert kms.describe_key(KeyId="alias/a")["KeyMetadata"]["Arn"] != stacks.arn


def test_a_change_of_spec_fails_the_update_and_the_stack_goes_back(kms, stacks):
    arn = stacks.create(Key=key(Description="old")).arn
    stacks.update(Key=key(Description="new", KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY"))
    assert stacks.status == "UPDATE_ROLLBACK_COMPLETE"
    assert "You cannot change the KeySpec of an existing KMS key." in stacks.reason("UPDATE_FAILED")
    assert kms.describe_key(KeyId=arn)["KeyMetadata"]["Description"] == "old"


def test_a_resource_that_cannot_be_added_takes_the_whole_update_back(kms, stacks):
    arn = stacks.create(Key=key(Description="old")).arn
    stacks.update(Key=key(Description="new"), Alias=alias("alias/aws/mine", {"Ref": "Key"}))
    assert stacks.status == "UPDATE_ROLLBACK_COMPLETE"
    assert kms.describe_key(KeyId=arn)["KeyMetadata"]["Description"] == "old"


def test_a_caller_without_permission_gets_a_stack_that_rolled_back_and_says_why(owner, kms):
    maker = owner.user("maker", [allow("cloudformation:*")])
    stacks = Stacks(maker.client("cloudformation")).create(Key=key())
    assert stacks.status == "ROLLBACK_COMPLETE"
    assert f"User: {maker.arn} is not authorized to perform: kms:CreateKey" in stacks.reason("CREATE_FAILED")
    assert kms.list_keys()["Keys"] == []


def test_what_was_made_before_the_failure_is_deleted_again(kms, stacks):
    stacks.create(Key=key(PendingWindowInDays=7), Bad={"Type": "AWS::KMS::Key", "Properties": {"Colour": "red"}})
    assert stacks.status == "ROLLBACK_COMPLETE"
    assert "Encountered unsupported property Colour" in stacks.reason("CREATE_FAILED")
    states = {kms.describe_key(KeyId=each["KeyId"])["KeyMetadata"]["KeyState"] for each in kms.list_keys()["Keys"]}
    assert states <= {"PendingDeletion"}


def test_deleting_the_stack_schedules_the_deletion_with_its_window(aws_clock, kms, stacks):
    aws_clock.freeze("2026-01-01")
    arn = stacks.create(Key=key(PendingWindowInDays=7), Alias=alias("alias/a", {"Ref": "Key"})).arn
    stacks.client.delete_stack(StackName="s")
    shown = kms.describe_key(KeyId=arn)["KeyMetadata"]
    assert (shown["KeyState"], shown["DeletionDate"].isoformat()) == ("PendingDeletion", "2026-01-08T00:00:00+00:00")
    with refused("NotFoundException", f"Alias arn:aws:kms:us-east-1:{OWNER}:alias/a is not found."):
        kms.describe_key(KeyId="alias/a")


def test_a_replica_key_is_related_to_its_primary(owner, kms, stacks):
    primary = stacks.create(Key=key(MultiRegion=True)).arn
    there = owner.client("cloudformation", "eu-west-1")
    replica = {"Type": "AWS::KMS::ReplicaKey", "Properties": {"PrimaryKeyArn": primary, "KeyPolicy": DELEGATION}}
    there.create_stack(StackName="s", TemplateBody=template(Key=replica))
    arn = Stacks(there).arn
    assert arn == primary.replace("us-east-1", "eu-west-1")
    blob = kms.encrypt(KeyId=primary, Plaintext=b"x")["CiphertextBlob"]
    assert owner.client("kms", "eu-west-1").decrypt(CiphertextBlob=blob)["KeyId"] == arn


def test_without_a_world_moto_has_its_own_keys_again():
    import boto3
    from moto import mock_aws

    import kmsmock

    with kmsmock.World():
        boto3.client("cloudformation", "us-east-1").create_stack(StackName="s", TemplateBody=template(Key=key()))
    with mock_aws():
        boto3.client("cloudformation", "us-east-1").create_stack(StackName="s", TemplateBody=template(Key=key()))
        assert len(boto3.client("kms", "us-east-1").list_keys()["Keys"]) == 1


# --- roles of stacks ------------------------------------------------------------------------------------------------


def service_role(owner, service="cloudformation.amazonaws.com", actions="kms:*"):
    """The ARN of a role that a service may assume."""
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return owner.role("deployer", [allow(actions)], trust={"Version": "2012-10-17", "Statement": [trust]}).arn


def test_a_stack_with_a_role_makes_its_resources_in_the_name_of_the_role(aws_world, owner):
    role = service_role(owner)
    alice = owner.user("alice", [allow(["cloudformation:*", "iam:PassRole"])]).client("cloudformation")
    alice.create_stack(StackName="s", TemplateBody=template(Key=key()), RoleARN=role)
    shown = alice.describe_stacks(StackName="s")["Stacks"][0]
    assert (shown["StackStatus"], shown["RoleARN"]) == ("CREATE_COMPLETE", role)
    (made,) = (each for each in aws_world.events if each["eventName"] == "CreateKey")
    assert made["userIdentity"]["arn"] == f"arn:aws:sts::{OWNER}:assumed-role/deployer/AWSCloudFormation"
    alice.delete_stack(StackName="s")
    (gone,) = (each for each in aws_world.events if each["eventName"] == "ScheduleKeyDeletion")
    assert gone["userIdentity"]["arn"] == made["userIdentity"]["arn"]


def test_what_the_role_may_not_do_fails_the_stack_whoever_asks(owner):
    role = service_role(owner, actions="s3:*")
    client = owner.client("cloudformation")
    client.create_stack(StackName="s", TemplateBody=template(Key=key()), RoleARN=role)
    assert client.describe_stacks(StackName="s")["Stacks"][0]["StackStatus"] == "ROLLBACK_COMPLETE"


def test_a_role_has_to_let_cloudformation_in(owner):
    role = service_role(owner, "lambda.amazonaws.com")
    with refused("ValidationError", f"Role {role} is invalid or cannot be assumed"):
        owner.client("cloudformation").create_stack(StackName="s", TemplateBody=template(Key=key()), RoleARN=role)


def test_giving_a_stack_a_role_needs_a_permission(owner):
    role = service_role(owner)
    alice = owner.user("alice", [allow("cloudformation:*")])
    text = (
        f"User: {alice.arn} is not authorized to perform: iam:PassRole on resource: {role} "
        "because no identity-based policy allows the iam:PassRole action"
    )
    with refused("AccessDenied", text, 403):
        alice.client("cloudformation").create_stack(StackName="s", TemplateBody=template(Key=key()), RoleARN=role)
