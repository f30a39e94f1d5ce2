"""Encrypted resources of stacks: whoever makes the stack needs the key, and a refusal is told in the stack's events."""

import json

import pytest

from tests.conftest import OWNER, allow, refused

GHOST = f"arn:aws:kms:us-east-1:{OWNER}:key/12345678-1234-1234-1234-123456789012"


def volume(key):
    return {"AvailabilityZone": "us-east-1a", "Size": 1, "Encrypted": True, "KmsKeyId": key}


def stream(key):
    return {"ShardCount": 1, "StreamEncryption": {"EncryptionType": "KMS", "KeyId": key}}


def cluster(key):
    login = {"MasterUsername": "administrator", "MasterUserPassword": "Correct-horse1"}
    return {"ClusterType": "single-node", "DBName": "db", "NodeType": "ra3.large", "KmsKeyId": key, **login}


def count(client, operation, member):
    return len(getattr(client, operation)()[member])


RESOURCES = {  # type -> its properties under a key, the client and how to count such resources
    "AWS::EC2::Volume": (volume, "ec2", ("describe_volumes", "Volumes")),
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


@every_type
def test_a_key_that_serves_makes_the_stack(owner, key, kind):
    assert create(owner, owner, kind, key) == ("CREATE_COMPLETE", [])
    assert made(owner, kind) == 1


@every_type
@pytest.mark.parametrize("trouble", ["missing", "disabled", "denied"])
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
