"""What fails after its call was answered points at the call, its line and who made it."""

import json

import pytest

from kmsmock.refusals import assert_refused
from tests.support import replication
from tests.support.claims import allow
from tests.support.ec2 import make_image, make_snapshot
from tests.support.templates import template


@pytest.fixture
def user(owner):
    """May do all in EC2 and elsewhere, and nothing with keys."""
    return owner.user("app", [allow(["ec2:*", "s3:*", "sns:*", "sqs:*", "events:*", "cloudformation:*"])])


def only(world, about):
    """The one refusal of what came to nothing later."""
    (made,) = [each for each in world.refusals if each.late is not None and each.late.about == about]
    assert made.remedies
    assert made.place.startswith("tests/refusals/test_late_failures.py:")
    assert f"  result    {about} {made.late.outcome}" in made.explain()
    return made


def test_a_volume_that_does_not_exist_points_at_the_call_that_lost_it(aws_world, user, key):
    ec2 = user.client("ec2")
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1, Encrypted=True, KmsKeyId=key)["VolumeId"]
    made = only(aws_world, volume)
    assert (made.service, made.operation, made.principal) == ("ec2", "CreateVolume", user.arn)
    assert (made.cause, made.key) == ("IAM-IDENTITY-POLICY", key)
    assert made.within[0].via == ("ec2.amazonaws.com",)
    missing = assert_refused(lambda: ec2.describe_volumes(VolumeIds=[volume]))
    assert missing.cause == made.cause
    assert missing.behind.place == made.place
    text = missing.explain()
    assert f"InvalidVolume.NotFound (400): The volume '{volume}' does not exist." in text
    assert "  This is because of an earlier call:" in text
    assert "    asked     ec2:CreateVolume at" in text
    assert "kms:CreateGrant" in text or "kms:GenerateDataKeyWithoutPlaintext" in text
    assert json.loads(aws_world.refusals.to_json())[-1]["behind"]["late"]["about"] == volume


def test_what_failed_because_of_an_earlier_call_tells_of_both_and_once(aws_world, owner, kms, key):
    kms.disable_key(KeyId=key)
    ec2 = owner.client("ec2")
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1, Encrypted=True, KmsKeyId=key)["VolumeId"]
    assert str(aws_world.refusals).count("disabled by") == 1
    missing = assert_refused(lambda: ec2.describe_volumes(VolumeIds=[volume]))
    assert str(aws_world.refusals) == missing.explain()
    assert missing.explain().startswith(f"KMS-STATE-DISABLED: key {key.partition('/')[2][:8]} is disabled.")
    assert missing.explain().count("disabled by") == 1


def test_a_volume_under_a_disabled_key_says_so_when_it_is_missed(aws_world, owner, kms, key):
    ec2 = owner.client("ec2")
    kms.disable_key(KeyId=key)
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1, Encrypted=True, KmsKeyId=key)["VolumeId"]
    missing = assert_refused(
        lambda: ec2.attach_volume(VolumeId=volume, InstanceId="i-0123456789abcdef0", Device="/dev/sdf")
    )
    assert missing.cause == "KMS-STATE-DISABLED"
    assert any("EnableKey" in each for each in missing.remedies)
    assert only(aws_world, volume).history[-1].startswith("disabled by ")


def test_a_launch_that_ends_points_at_run_instances(aws_world, owner, user, key):
    image = make_image(owner.client("ec2"), make_snapshot(owner.client("ec2"), key))
    launched = user.client("ec2").run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    made = only(aws_world, launched)
    assert (made.operation, made.principal, made.key) == ("RunInstances", user.arn, key)
    assert made.late.outcome == "is terminated: its volumes have no key"


def test_a_snapshot_copy_in_error_points_at_the_copy(aws_world, owner, key, kms):
    user = owner.user("app", [allow("ec2:*"), allow("kms:DescribeKey")])
    source = make_snapshot(owner.client("ec2"), key)
    asked = {"SourceSnapshotId": source, "SourceRegion": "us-east-1", "Encrypted": True, "KmsKeyId": key}
    copy = user.client("ec2").copy_snapshot(**asked)["SnapshotId"]
    made = only(aws_world, copy)
    assert (made.operation, made.principal, made.cause) == ("CopySnapshot", user.arn, "IAM-IDENTITY-POLICY")


def test_a_replication_that_failed_points_at_the_upload(aws_world, owner, kms, key):
    s3 = replication.make_bucket(owner, "source")
    replication.make_bucket(owner, "target")
    replication.replicator(owner, replication.may("kms:Decrypt", key))
    replica_key = kms.create_key()["KeyMetadata"]["Arn"]
    replication.configure(s3, replication.rule(replica_key))
    s3.put_object(Bucket="source", Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    assert replication.status(s3) == "FAILED"
    made = only(aws_world, "arn:aws:s3:::source/k")
    assert (made.operation, made.principal) == ("PutObject", owner.root.arn)
    assert made.late.outcome == "has ReplicationStatus FAILED: it is not in arn:aws:s3:::target"
    assert made.cause == "IAM-IDENTITY-POLICY"
    assert "kms:Encrypt" in made.explain()
    assert replication.SESSION in made.explain()


def test_a_message_that_is_lost_points_at_publish(aws_world, owner, kms, key):
    sns, sqs = owner.client("sns"), owner.client("sqs")
    topic = sns.create_topic(Name="topic")["TopicArn"]
    queue = sqs.create_queue(QueueName="queue", Attributes={"KmsMasterKeyId": key})["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    sns.publish(TopicArn=topic, Message="lost")
    assert "Messages" not in sqs.receive_message(QueueUrl=queue)
    made = only(aws_world, arn)
    assert (made.operation, made.principal) == ("Publish", owner.root.arn)
    assert (made.late.outcome, made.cause) == ("misses a message of sns.amazonaws.com", "IAM-RESOURCE-POLICY")
    assert '"Principal": {"Service": "sns.amazonaws.com"}' in made.explain()


def test_a_stack_that_rolls_back_points_at_create_stack(aws_world, owner, key, kms):
    kms.disable_key(KeyId=key)
    body = template(
        Disk={
            "Type": "AWS::EC2::Volume",
            "Properties": {"AvailabilityZone": "us-east-1a", "Size": 1, "Encrypted": True, "KmsKeyId": key},
        }
    )
    owner.client("cloudformation").create_stack(StackName="stack", TemplateBody=body)
    made = only(aws_world, "stack")
    assert (made.operation, made.principal) == ("CreateStack", owner.root.arn)
    assert (made.cause, made.key) == ("KMS-STATE-DISABLED", key)
    assert made.late.outcome == "rolls back: Disk (AWS::EC2::Volume) is CREATE_FAILED"


def test_what_succeeds_leaves_nothing(aws_world, owner, key):
    owner.client("ec2").create_volume(AvailabilityZone="us-east-1a", Size=1, Encrypted=True, KmsKeyId=key)
    assert aws_world.refusals == []
