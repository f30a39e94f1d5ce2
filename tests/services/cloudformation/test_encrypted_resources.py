"""Encrypted resources of stacks: whoever makes the stack needs the key, and a refusal is told in the stack's events."""

import json

import pytest

from tests.support.claims import OWNER, allow, refused
from tests.support.policies import make_key, trust, use

pytestmark = pytest.mark.evidence(
    "documented", "template reference of each resource; how stacks fail: CloudFormation user guide"
)

GHOST = f"arn:aws:kms:us-east-1:{OWNER}:key/12345678-1234-1234-1234-123456789012"


def volume(key):
    return {"AvailabilityZone": "us-east-1a", "Size": 1, "Encrypted": True, "KmsKeyId": key}


def stream(key):
    return {"ShardCount": 1, "StreamEncryption": {"EncryptionType": "KMS", "KeyId": key}}


def function(key):
    return {
        "FunctionName": "function",
        "Runtime": "python3.12",
        "Handler": "code.handler",
        "Role": f"arn:aws:iam::{OWNER}:role/function-role",
        "Code": {"ZipFile": "def handler(event, context): return 1"},
        "Environment": {"Variables": {"A": "b"}},
        "KmsKeyArn": key,
    }


def table(key):
    return {
        "TableName": "table",
        "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": key},
    }


def database(key):
    login = {"MasterUsername": "administrator", "MasterUserPassword": "Correct-horse1"}
    size = {"AllocatedStorage": 20, "DBInstanceClass": "db.t3.micro", "Engine": "postgres"}
    return {"DBInstanceIdentifier": "db", "StorageEncrypted": True, "KmsKeyId": key, **size, **login}


def repository(key):
    return {"RepositoryName": "images", "EncryptionConfiguration": {"EncryptionType": "KMS", "KmsKey": key}}


def cluster(key):
    login = {"MasterUsername": "administrator", "MasterUserPassword": "Correct-horse1"}
    return {"ClusterType": "single-node", "DBName": "db", "NodeType": "ra3.large", "KmsKeyId": key, **login}


def count(client, operation, member):
    return len(getattr(client, operation)()[member])


RESOURCES = {  # type -> its properties under a key, the client and how to count such resources
    "AWS::EC2::Volume": (volume, "ec2", ("describe_volumes", "Volumes")),
    "AWS::DynamoDB::Table": (table, "dynamodb", ("list_tables", "TableNames")),
    "AWS::ECR::Repository": (repository, "ecr", ("describe_repositories", "repositories")),
    "AWS::EFS::FileSystem": (
        lambda key: {"Encrypted": True, "KmsKeyId": key},
        "efs",
        ("describe_file_systems", "FileSystems"),
    ),
    "AWS::Lambda::Function": (function, "lambda", ("list_functions", "Functions")),
    "AWS::Logs::LogGroup": (
        lambda key: {"LogGroupName": "group", "KmsKeyId": key},
        "logs",
        ("describe_log_groups", "logGroups"),
    ),
    "AWS::RDS::DBInstance": (database, "rds", ("describe_db_instances", "DBInstances")),
    "AWS::Kinesis::Stream": (stream, "kinesis", ("list_streams", "StreamNames")),
    "AWS::Redshift::Cluster": (cluster, "redshift", ("describe_clusters", "Clusters")),
}
every_type = pytest.mark.parametrize("kind", RESOURCES)


def create(account, maker, kind, key):
    """Make a stack of one resource; its status, and why its resource failed."""
    template = {"Resources": {"Thing": {"Type": kind, "Properties": RESOURCES[kind][0](key)}}}
    maker.client("cloudformation").create_stack(StackName="s", TemplateBody=json.dumps(template))
    stacks = account.client("cloudformation")
    events = stacks.describe_stack_events(StackName="s")["StackEvents"]
    why = [each["ResourceStatusReason"] for each in events if each["ResourceStatus"] == "CREATE_FAILED"]
    return stacks.describe_stacks(StackName="s")["Stacks"][0]["StackStatus"], why


def made(account, kind):
    _, service, (operation, member) = RESOURCES[kind]
    return count(account.client(service), operation, member)


@pytest.fixture
def key(kms):
    """A key whose policy lets CloudWatch Logs in."""
    return make_key(kms, use({"Service": "logs.us-east-1.amazonaws.com"}))


@pytest.fixture(autouse=True)
def a_role_for_functions(owner):
    owner.role("function-role", trust=trust({"Service": "lambda.amazonaws.com"}))


@every_type
def test_a_key_that_serves_makes_the_stack(owner, key, kind):
    assert create(owner, owner, kind, key) == ("CREATE_COMPLETE", [])
    assert made(owner, kind) == 1


TROUBLES = [
    (kind, trouble)
    for kind in RESOURCES
    for trouble in ("missing", "disabled", "denied")
    if (kind, trouble) != ("AWS::Logs::LogGroup", "denied")  # CloudWatch Logs uses the key as itself
]


@pytest.mark.parametrize(("kind", "trouble"), TROUBLES)
def test_a_key_that_refuses_fails_the_stack_and_its_events_say_why(owner, kms, key, kind, trouble):
    maker = owner.user("deployer", [allow("cloudformation:*")]) if trouble == "denied" else owner
    if trouble == "disabled":
        kms.disable_key(KeyId=key)
    status, why = create(owner, maker, kind, GHOST if trouble == "missing" else key)
    assert status == "ROLLBACK_COMPLETE"
    assert len(why) == 1
    assert why[0].startswith('Resource handler returned message: "')
    assert made(owner, kind) == 0


def test_a_topic_takes_any_key_and_needs_it_when_it_is_used(owner, kms, key):
    properties = {"TopicName": "topic", "KmsMasterKeyId": key}
    template = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": properties}}}
    kms.disable_key(KeyId=key)
    owner.client("cloudformation").create_stack(StackName="s", TemplateBody=json.dumps(template))
    with refused("KMSDisabled"):
        owner.client("sns").publish(TopicArn=f"arn:aws:sns:us-east-1:{OWNER}:topic", Message="x")


def test_another_key_that_refuses_fails_the_update_and_the_stack_stays_as_it_was(owner, kms, key):
    assert create(owner, owner, "AWS::Redshift::Cluster", key) == ("CREATE_COMPLETE", [])
    other = make_key(kms)
    kms.disable_key(KeyId=other)
    properties = RESOURCES["AWS::Redshift::Cluster"][0](other)
    template = {"Resources": {"Thing": {"Type": "AWS::Redshift::Cluster", "Properties": properties}}}
    stacks = owner.client("cloudformation")
    stacks.update_stack(StackName="s", TemplateBody=json.dumps(template))
    assert stacks.describe_stacks(StackName="s")["Stacks"][0]["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    events = stacks.describe_stack_events(StackName="s")["StackEvents"]
    (why,) = (each["ResourceStatusReason"] for each in events if each["ResourceStatus"] == "UPDATE_FAILED")
    assert f"{other} is disabled." in why
    kms.enable_key(KeyId=other)
    stacks.update_stack(StackName="s", TemplateBody=json.dumps(template))
    assert stacks.describe_stacks(StackName="s")["Stacks"][0]["StackStatus"] == "UPDATE_COMPLETE"
