"""Tasks of state machines that call services: their calls are calls in the world, by the role of the state machine.

"Call AWS services from Step Functions" and "How Step Functions works with IAM" (Step Functions developer guide): a task
acts as the execution role; its own permissions and those of the resources decide.
"""

import json

import pytest
from moto.core.config import default_user_config

from tests.support.claims import OTHER, OWNER, allow, policy
from tests.support.functions import make_function, make_role
from tests.support.state_machines import ROLE, run, task

pytestmark = pytest.mark.evidence(
    "documented", '"Call AWS services from Step Functions", "How Step Functions works with IAM" (developer guide)'
)

pytest.importorskip("antlr4", reason="moto executes state machines with what moto[stepfunctions] brings")

SESSION = f"arn:aws:sts::{OWNER}:assumed-role/{ROLE}/"


@pytest.fixture(autouse=True)
def executed(monkeypatch):
    """moto's own switch: state machines are executed."""
    monkeypatch.setitem(default_user_config, "stepfunctions", {"execute_state_machine": True})


@pytest.fixture
def role(owner):
    """The role of the state machine; it may do everything."""
    arn = make_role(owner, ROLE, "states.amazonaws.com")
    owner.client("iam").put_role_policy(RoleName=ROLE, PolicyName="all", PolicyDocument=json.dumps(allow("*")))
    return arn


def limit(account, *actions):
    account.client("iam").put_role_policy(
        RoleName=ROLE, PolicyName="all", PolicyDocument=json.dumps(allow(list(actions)))
    )


def succeeded(execution):
    assert execution["status"] == "SUCCEEDED", (execution.get("error"), execution.get("cause"))
    return json.loads(execution["output"])


def encrypt(key):
    return task("aws-sdk:kms:encrypt", KeyId=key, Plaintext="dGV4dA==")


def test_a_task_calls_kms_in_the_world(owner, key, role):
    output = succeeded(run(owner, {"Encrypt": encrypt(key)}))
    assert output["KeyId"] == key


def test_a_task_acts_as_the_role_of_the_state_machine(aws_world, owner, key, role):
    run(owner, {"Encrypt": encrypt(key)})
    (decision,) = [each for each in aws_world.decisions if each.action == "kms:Encrypt"]
    assert decision.caller.startswith(SESSION)
    assert decision.allowed


def test_a_task_whose_role_lacks_a_permission_fails_as_aws_fails_it(owner, key, role):
    limit(owner, "states:*")
    execution = run(owner, {"Encrypt": encrypt(key)})
    assert execution["status"] == "FAILED"
    assert f"is not authorized to perform: kms:Encrypt on resource: {key}" in execution["cause"]


def test_a_task_fails_with_a_key_that_cannot_be_used(owner, kms, key, role):
    kms.disable_key(KeyId=key)
    execution = run(owner, {"Encrypt": encrypt(key)})
    assert execution["status"] == "FAILED"
    assert f"{key} is disabled." in execution["cause"]


def test_the_state_machine_of_another_account_acts_there(owner, other, kms, role):
    theirs = make_role(other, ROLE, "states.amazonaws.com")
    other.client("iam").put_role_policy(RoleName=ROLE, PolicyName="all", PolicyDocument=json.dumps(allow("*")))
    key = other.client("kms").create_key()["KeyMetadata"]["Arn"]
    assert succeeded(run(other, {"Encrypt": encrypt(key)}, role=theirs))["KeyId"] == key
    mine = kms.create_key()["KeyMetadata"]["Arn"]
    assert run(other, {"Encrypt": encrypt(mine)}, role=theirs, name="second")["status"] == "FAILED"


def test_a_task_with_credentials_acts_as_another_role(aws_world, owner, other, role):
    # "Accessing resources in other AWS accounts in Step Functions": Credentials.RoleArn
    trust = policy({"Effect": "Allow", "Principal": {"AWS": role}, "Action": "sts:AssumeRole"})
    theirs = other.client("iam").create_role(RoleName="target", AssumeRolePolicyDocument=json.dumps(trust))["Role"][
        "Arn"
    ]
    other.client("iam").put_role_policy(RoleName="target", PolicyName="all", PolicyDocument=json.dumps(allow("*")))
    key = other.client("kms").create_key()["KeyMetadata"]["Arn"]
    state = {**encrypt(key), "Credentials": {"RoleArn": theirs}}
    assert succeeded(run(owner, {"Encrypt": state}))["KeyId"] == key
    (decision,) = [each for each in aws_world.decisions if each.action == "kms:Encrypt"]
    assert decision.caller.startswith(f"arn:aws:sts::{OTHER}:assumed-role/target/")


def test_credentials_of_a_role_that_does_not_trust_the_state_machine_fail(owner, other, role):
    trust = policy({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"})
    theirs = other.client("iam").create_role(RoleName="target", AssumeRolePolicyDocument=json.dumps(trust))["Role"][
        "Arn"
    ]
    key = other.client("kms").create_key()["KeyMetadata"]["Arn"]
    execution = run(owner, {"Encrypt": {**encrypt(key), "Credentials": {"RoleArn": theirs}}})
    assert execution["status"] == "FAILED"
    assert "sts:AssumeRole" in execution["cause"]


# --- one of each kind of moto's tasks ----------------------------------------------------------------------------------


def test_an_item_is_put_into_a_table_under_a_key(owner, kms, key, role):
    tables = owner.client("dynamodb")
    tables.create_table(
        TableName="table",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key},
    )
    put = task("dynamodb:putItem", TableName="table", Item={"id": {"S": "one"}})
    succeeded(run(owner, {"Put": put}))
    assert tables.get_item(TableName="table", Key={"id": {"S": "one"}})["Item"]
    kms.disable_key(KeyId=key)
    assert run(owner, {"Put": put}, name="second")["status"] == "FAILED"


def test_a_message_is_sent_to_a_queue_under_a_key(owner, key, role):
    queues = owner.client("sqs")
    url = queues.create_queue(QueueName="queue", Attributes={"KmsMasterKeyId": key})["QueueUrl"]
    send = task("sqs:sendMessage", QueueUrl=url, MessageBody="text")
    succeeded(run(owner, {"Send": send}))
    assert queues.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "text"
    limit(owner, "sqs:*")
    assert run(owner, {"Send": send}, name="second")["status"] == "FAILED"


def test_a_message_is_published_to_a_topic_under_a_key(owner, key, role):
    arn = owner.client("sns").create_topic(Name="topic", Attributes={"KmsMasterKeyId": key})["TopicArn"]
    publish = task("sns:publish", TopicArn=arn, Message="text")
    assert succeeded(run(owner, {"Publish": publish}))["MessageId"]
    limit(owner, "sns:*")
    assert run(owner, {"Publish": publish}, name="second")["status"] == "FAILED"


def test_a_function_is_invoked(owner, role):
    make_function(owner.client("lambda"), make_role(owner))
    invoke = task("lambda:invoke", FunctionName="function", Payload={})
    assert succeeded(run(owner, {"Invoke": invoke}))["StatusCode"] == 200


def test_a_secret_is_read(owner, key, role):
    owner.client("secretsmanager").create_secret(Name="secret", SecretString="text", KmsKeyId=key)
    read = task("aws-sdk:secretsmanager:getSecretValue", SecretId="secret")
    assert succeeded(run(owner, {"Read": read}))["SecretString"] == "text"
    limit(owner, "secretsmanager:*")
    assert run(owner, {"Read": read}, name="second")["status"] == "FAILED"


def test_an_object_under_a_key_is_written(owner, key, role):
    buckets = owner.client("s3")
    buckets.create_bucket(Bucket="bucket")
    by_default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    buckets.put_bucket_encryption(
        Bucket="bucket",
        ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": by_default}]},
    )
    put = task("aws-sdk:s3:putObject", Bucket="bucket", Key="object", Body="text")
    execution = run(owner, {"Put": put})
    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    assert buckets.head_object(Bucket="bucket", Key="object")["SSEKMSKeyId"] == key


def test_a_map_reads_its_items_from_an_object_under_a_key(aws_world, owner, kms, key, role):
    buckets = owner.client("s3")
    buckets.create_bucket(Bucket="bucket")
    buckets.put_object(
        Bucket="bucket", Key="items", Body=b'["one", "two"]', ServerSideEncryption="aws:kms", SSEKMSKeyId=key
    )
    distributed = {
        "Type": "Map",
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "JSON"},
            "Parameters": {"Bucket": "bucket", "Key": "items"},
        },
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "Pass",
            "States": {"Pass": {"Type": "Pass", "End": True}},
        },
    }
    assert succeeded(run(owner, {"Map": distributed})) == ["one", "two"]
    assert [each.caller.startswith(SESSION) for each in aws_world.decisions if each.action == "kms:Decrypt"] == [True]
    kms.disable_key(KeyId=key)
    assert run(owner, {"Map": distributed}, name="second")["status"] == "FAILED"


def test_events_are_put_on_a_bus(owner, role):
    entries = [{"Detail": {"one": 1}, "DetailType": "kind", "Source": "mine", "EventBusName": "default"}]
    output = succeeded(run(owner, {"Put": task("events:putEvents", Entries=entries)}))
    assert output["FailedEntryCount"] == 0


def test_without_a_role_in_iam_the_account_itself_acts(owner, key):
    # suites of moto name roles that they never made; AWS refuses the state machine then
    assert succeeded(run(owner, {"Encrypt": encrypt(key)}))["KeyId"] == key
