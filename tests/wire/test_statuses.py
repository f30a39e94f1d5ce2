"""Services that speak AWS's JSON protocol answer 400 for what is not found, unless their model says otherwise.

"AWS JSON 1.0 and 1.1 protocols" (Smithy specification); recorded for KMS, DynamoDB, Secrets Manager, SSM and CloudWatch Logs.
"""

import pytest
from botocore.exceptions import ClientError

from tests.support.claims import OWNER

pytestmark = pytest.mark.evidence(
    "documented",
    '"AWS JSON 1.0 and 1.1 protocols" (Smithy); recorded for KMS, DynamoDB, Secrets Manager, SSM and CloudWatch Logs',
)

ABSENT = {
    "cloudtrail": lambda client: client.get_trail(Name="absent"),
    "dynamodb": lambda client: client.describe_table(TableName="absent"),
    "ecr": lambda client: client.list_images(repositoryName="absent"),
    "events": lambda client: client.describe_rule(Name="absent"),
    "firehose": lambda client: client.describe_delivery_stream(DeliveryStreamName="absent"),
    "kinesis": lambda client: client.describe_stream(StreamName="absent"),
    "logs": lambda client: client.put_retention_policy(logGroupName="absent", retentionInDays=1),
    "organizations": lambda client: client.describe_organization(),
    "secretsmanager": lambda client: client.describe_secret(SecretId="absent"),
    "ssm": lambda client: client.get_parameter(Name="absent"),
    "stepfunctions": lambda client: client.describe_state_machine(
        stateMachineArn=f"arn:aws:states:us-east-1:{OWNER}:stateMachine:absent"
    ),
}


@pytest.mark.parametrize("service", ABSENT)
def test_what_is_not_found_is_400(owner, service):
    with pytest.raises(ClientError) as caught:
        ABSENT[service](owner.client(service))
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400, caught.value.response["Error"]


def test_a_service_whose_model_says_404_answers_404(owner):
    # its own model: ResourceNotFoundException has httpStatusCode 404 (Lambda speaks REST)
    with pytest.raises(ClientError) as caught:
        owner.client("lambda").get_function(FunctionName="absent")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
