"""Custom resources ("AWS CloudFormation custom resources"): a stack waits for its resource's answer, which nobody signs."""

import json

import pytest
import requests

from tests.support.functions import make_function, make_role

pytestmark = pytest.mark.evidence("documented", '"AWS CloudFormation custom resources" (user guide)')


def stack_of(account):
    """A stack whose custom resource did not answer yet, and the stack's id."""
    function = make_function(account.client("lambda"), make_role(account))
    custom = {"Type": "Custom::Info", "Properties": {"ServiceToken": function["FunctionArn"]}}
    output = {"told": {"Value": {"Fn::GetAtt": ["Info", "told"]}}}
    template = {"Resources": {"Info": custom}, "Outputs": output}
    stacks = account.client("cloudformation")
    return stacks, stacks.create_stack(StackName="custom", TemplateBody=json.dumps(template))["StackId"]


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("account_id", ["123456789012", "222222222222"])
def test_a_stack_is_complete_once_its_resource_has_answered(aws_world, account_id, method, monkeypatch):
    """Handlers PUT what they have to say ("Custom resource response objects"); so does moto's own test, with POST."""
    monkeypatch.setattr("moto.settings.is_docker", lambda: False)  # else it asks Docker for its address
    monkeypatch.setattr("moto.awslambda.models.LambdaFunction.invoke", lambda *_: None)  # in a container, in a thread
    stacks, stack = stack_of(aws_world.account(account_id))
    assert stacks.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"] == "CREATE_IN_PROGRESS"
    url = f"https://cloudformation.us-east-1.amazonaws.com/cloudformation_us-east-1/cfnresponse?stack={stack}"
    said = {"Status": "SUCCESS", "StackId": stack, "LogicalResourceId": "Info", "Data": {"told": "something"}}
    assert requests.request(method, url, json=said, timeout=5).status_code == 200
    described = stacks.describe_stacks(StackName=stack)["Stacks"][0]
    assert described["StackStatus"] == "CREATE_COMPLETE"
    assert described["Outputs"] == [{"OutputKey": "told", "OutputValue": "something"}]
