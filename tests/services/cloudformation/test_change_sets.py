"""Stacks made by change sets, as ``cdk deploy``, ``sam deploy`` and ``aws cloudformation deploy`` make them.

CreateChangeSet with ChangeSetType CREATE, ExecuteChangeSet ("Creating stacks by change sets", CloudFormation user guide).
"""

import json

import pytest

from tests.support.claims import policy

pytestmark = pytest.mark.evidence("documented", '"Creating stacks by change sets" (CloudFormation user guide)')

KEY = {
    "Type": "AWS::KMS::Key",
    "Properties": {
        "KeyPolicy": policy(
            {
                "Effect": "Allow",
                "Principal": {"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}},
                "Action": "kms:*",
                "Resource": "*",
            }
        )
    },
}
QUEUE = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "queue", "KmsMasterKeyId": {"Ref": "Key"}}}
OUTPUTS = {
    "KeyArn": {
        "Value": {"Fn::GetAtt": ["Key", "Arn"]},
        "Description": "the key",
        "Export": {"Name": {"Fn::Sub": "${AWS::StackName}-key"}},
    },
    "Greeting": {"Value": {"Ref": "Greeting"}},
}
TEMPLATE = {
    "Parameters": {"Greeting": {"Type": "String", "Default": "hello"}},
    "Resources": {"Key": KEY, "Queue": QUEUE},
    "Outputs": OUTPUTS,
}


@pytest.fixture
def stacks(owner):
    return owner.client("cloudformation")


def deploy(stacks, template, kind, name="stack", **options):
    """What the deploying tools do; what they wait for is there."""
    made = stacks.create_change_set(
        StackName=name,
        ChangeSetName=f"change-{kind.lower()}",
        ChangeSetType=kind,
        TemplateBody=json.dumps(template),
        **options,
    )
    stacks.get_waiter("change_set_create_complete").wait(ChangeSetName=made["Id"])
    stacks.execute_change_set(ChangeSetName=made["Id"])
    stacks.get_waiter(f"stack_{kind.lower()}_complete").wait(StackName=name)
    return described(stacks, name)


def described(stacks, name="stack"):
    (stack,) = stacks.describe_stacks(StackName=name)["Stacks"]
    return stack


def outputs(stack):
    return {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}


def test_a_stack_made_by_a_change_set_has_its_outputs(stacks, kms):
    found = outputs(deploy(stacks, TEMPLATE, "CREATE"))
    assert found["Greeting"] == "hello"
    assert kms.describe_key(KeyId=found["KeyArn"])["KeyMetadata"]["KeyState"] == "Enabled"


def test_outputs_have_their_descriptions_and_exports(stacks):
    stack = deploy(stacks, TEMPLATE, "CREATE")
    (key,) = [each for each in stack["Outputs"] if each["OutputKey"] == "KeyArn"]
    assert (key["Description"], key["ExportName"]) == ("the key", "stack-key")
    (export,) = stacks.list_exports()["Exports"]
    assert (export["Name"], export["Value"]) == ("stack-key", key["OutputValue"])


def test_another_stack_imports_what_such_a_stack_exports(stacks, owner):
    key = outputs(deploy(stacks, TEMPLATE, "CREATE"))["KeyArn"]
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"KmsMasterKeyId": {"Fn::ImportValue": "stack-key"}}}
    importing = {"Resources": {"Queue": queue}, "Outputs": {"Url": {"Value": {"Ref": "Queue"}}}}
    url = outputs(deploy(stacks, importing, "CREATE", "importing"))["Url"]
    attributes = owner.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["KmsMasterKeyId"])
    assert attributes["Attributes"]["KmsMasterKeyId"] == key


def test_parameters_of_the_change_set_are_in_the_outputs(stacks):
    given = [{"ParameterKey": "Greeting", "ParameterValue": "good evening"}]
    assert outputs(deploy(stacks, TEMPLATE, "CREATE", Parameters=given))["Greeting"] == "good evening"


def test_an_update_by_a_change_set_brings_new_outputs(stacks):
    first = outputs(deploy(stacks, TEMPLATE, "CREATE"))
    changed = {**TEMPLATE, "Outputs": {**OUTPUTS, "QueueUrl": {"Value": {"Ref": "Queue"}}}}
    changed["Resources"] = {**TEMPLATE["Resources"], "Topic": {"Type": "AWS::SNS::Topic", "Properties": {}}}
    second = outputs(deploy(stacks, changed, "UPDATE"))
    assert second["KeyArn"] == first["KeyArn"]
    assert second["QueueUrl"].endswith("/queue")


def test_an_update_by_a_change_set_takes_outputs_away(stacks):
    deploy(stacks, TEMPLATE, "CREATE")
    fewer = {**TEMPLATE, "Outputs": {"Greeting": OUTPUTS["Greeting"]}}
    fewer["Resources"] = {**TEMPLATE["Resources"], "Topic": {"Type": "AWS::SNS::Topic", "Properties": {}}}
    assert outputs(deploy(stacks, fewer, "UPDATE")) == {"Greeting": "hello"}


def test_before_it_is_executed_a_stack_has_no_outputs_and_no_resources(stacks, kms):
    stacks.create_change_set(
        StackName="stack", ChangeSetName="change", ChangeSetType="CREATE", TemplateBody=json.dumps(TEMPLATE)
    )
    assert described(stacks)["StackStatus"] == "REVIEW_IN_PROGRESS"
    assert outputs(described(stacks)) == {}
    assert kms.list_keys()["Keys"] == []


def test_what_kms_refuses_rolls_the_stack_back(stacks, kms):
    # "Stack failure options": the change set is executed, and the stack tells why it went back
    broken = {"Type": "AWS::KMS::Alias", "Properties": {"AliasName": "alias/aws/mine", "TargetKeyId": {"Ref": "Key"}}}
    template = {**TEMPLATE, "Resources": {**TEMPLATE["Resources"], "Alias": broken}}
    made = stacks.create_change_set(
        StackName="stack", ChangeSetName="change", ChangeSetType="CREATE", TemplateBody=json.dumps(template)
    )
    stacks.execute_change_set(ChangeSetName=made["Id"])
    stack = described(stacks)
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert outputs(stack) == {}
    (state,) = {each["KeyState"] for each in (
        kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in kms.list_keys()["Keys"]
    )}  # fmt: skip
    assert state == "PendingDeletion"
