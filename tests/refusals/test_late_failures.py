"""What fails after its call was answered points at the call, its line and who made it."""

import json

import pytest

from kmsmock.refusals import assert_refused
from tests.support import functions, replication
from tests.support.claims import OWNER, allow, policy
from tests.support.ec2 import make_image, make_snapshot, running
from tests.support.policies import make_key, use
from tests.support.templates import template
from tests.support.trail import open_bucket


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


@pytest.fixture
def host(owner, key):
    """A running instance under the key, launched by the owner."""
    ec2 = owner.client("ec2")
    return running(ec2, make_image(ec2, make_snapshot(ec2, key)))


def test_a_restart_of_an_instance_whose_key_is_disabled_points_at_start_instances(
    aws_world, owner, kms, key, user, host
):
    ec2 = user.client("ec2")
    ec2.stop_instances(InstanceIds=[host])
    admin = owner.user("admin", [allow("kms:*")])
    admin.client("kms").disable_key(KeyId=key)
    assert ec2.start_instances(InstanceIds=[host])["StartingInstances"][0]["CurrentState"]["Name"] == "pending"
    made = only(aws_world, host)
    assert (made.service, made.operation, made.principal) == ("ec2", "StartInstances", user.arn)
    assert made.late.outcome == "is stopped again: its volumes have no key"


@pytest.mark.parametrize("state", ["disabled", "pending deletion"])
def test_a_restart_tells_what_became_of_the_key(aws_world, owner, kms, key, host, state):
    ec2 = owner.client("ec2")
    ec2.stop_instances(InstanceIds=[host])
    kms.disable_key(KeyId=key) if state == "disabled" else kms.schedule_key_deletion(KeyId=key)
    ec2.start_instances(InstanceIds=[host])
    made = only(aws_world, host)
    assert (made.principal, made.key) == (owner.root.arn, key)
    assert made.cause == f"KMS-STATE-{state.upper().replace(' ', '-')}"
    said = {"disabled": "disabled by", "pending deletion": "scheduled for deletion by"}[state]
    assert made.history[-1].startswith(f"{said} {owner.root.arn} at ")
    asked = assert_refused(lambda: ec2.create_replace_root_volume_task(InstanceId=host))
    assert asked.behind.place == made.place


def test_a_root_volume_that_is_not_replaced_points_at_its_task(aws_world, owner, user, key, host):
    task = user.client("ec2").create_replace_root_volume_task(InstanceId=host)["ReplaceRootVolumeTask"]
    made = only(aws_world, task["ReplaceRootVolumeTaskId"])
    assert (made.operation, made.principal) == ("CreateReplaceRootVolumeTask", user.arn)
    assert (made.cause, made.key) == ("IAM-IDENTITY-POLICY", key)
    assert made.late.outcome == "failed: the new root volume has no key"


QUEUE = f"arn:aws:sqs:us-east-1:{OWNER}:queue"
SENDING = ["kms:GenerateDataKey*", "kms:Decrypt"]


def queue_under(owner, key):
    owner.client("sqs").create_queue(QueueName="queue", Attributes={"KmsMasterKeyId": key})


@pytest.fixture(params=["disabled", "denied"])
def refusing(request, kms):
    """Makes a key refuse a service, by its state or by its policy; and the cause of it."""

    def refuse(key):
        if request.param == "disabled":
            kms.disable_key(KeyId=key)
            return "KMS-STATE-DISABLED"
        kms.put_key_policy(KeyId=key, Policy=json.dumps(policy(use(f"arn:aws:iam::{OWNER}:root"))))
        return "IAM-RESOURCE-POLICY"

    return refuse


def test_a_notification_of_s3_that_is_lost_points_at_the_upload(aws_world, owner, kms, refusing):
    key = make_key(kms, use({"Service": "s3.amazonaws.com"}, SENDING))
    queue_under(owner, key)
    s3 = owner.client("s3")
    s3.create_bucket(Bucket="bucket")
    told = {"QueueConfigurations": [{"QueueArn": QUEUE, "Events": ["s3:ObjectCreated:*"]}]}
    s3.put_bucket_notification_configuration(Bucket="bucket", NotificationConfiguration=told)
    cause = refusing(key)
    uploader = owner.user("uploader", [allow("s3:*")])
    uploader.client("s3").put_object(Bucket="bucket", Key="k", Body=b"x")
    made = only(aws_world, QUEUE)
    assert (made.service, made.operation, made.principal) == ("s3", "PutObject", uploader.arn)
    assert (made.cause, made.key) == (cause, key)
    assert made.late.outcome == "misses a message of s3.amazonaws.com"
    assert [each.principal for each in made.within] == ["s3.amazonaws.com"]


def test_an_event_that_a_rule_loses_points_at_put_events(aws_world, owner, kms, refusing):
    key = make_key(kms, use({"Service": "events.amazonaws.com"}, SENDING))
    queue_under(owner, key)
    events = owner.client("events")
    events.put_rule(Name="rule", EventPattern=json.dumps({"source": ["app"]}))
    events.put_targets(Rule="rule", Targets=[{"Id": "queue", "Arn": QUEUE}])
    cause = refusing(key)
    sender = owner.user("sender", [allow("events:*")])
    sender.client("events").put_events(Entries=[{"Source": "app", "DetailType": "t", "Detail": "{}"}])
    made = only(aws_world, QUEUE)
    assert (made.operation, made.principal) == ("PutEvents", sender.arn)
    assert (made.cause, made.key) == (cause, key)
    assert made.late.outcome == "misses a message of events.amazonaws.com"


def test_logs_that_cloudtrail_cannot_write_point_at_who_started_the_trail(aws_world, owner, kms, refusing):
    service = {"Service": "cloudtrail.amazonaws.com"}
    key = make_key(kms, use(service, ["kms:GenerateDataKey*", "kms:DescribeKey"]))
    s3 = owner.client("s3")
    open_bucket(s3, "trails")
    auditor = owner.user("auditor", [allow(["cloudtrail:*", "s3:*"])]).client("cloudtrail")
    trail = auditor.create_trail(Name="audit", S3BucketName="trails", KmsKeyId=key)["TrailARN"]
    auditor.start_logging(Name="audit")
    cause = refusing(key)
    for _ in range(3):
        kms.list_keys()
        assert "Contents" not in s3.list_objects_v2(Bucket="trails")
    made = only(aws_world, trail)
    assert (made.service, made.operation) == ("cloudtrail", "StartLogging")
    assert made.principal == f"arn:aws:iam::{OWNER}:user/auditor"
    assert (made.cause, made.key) == (cause, key)
    assert made.within[0].principal == "cloudtrail.amazonaws.com"
    assert made.late.outcome.startswith("writes no files into trails: ")
    assert len(aws_world.refusals) == 1  # three times the same


def test_logs_that_the_bucket_does_not_take_are_told_too(aws_world, owner, kms):
    s3, cloudtrail = owner.client("s3"), owner.client("cloudtrail")
    open_bucket(s3, "trails")
    trail = cloudtrail.create_trail(Name="audit", S3BucketName="trails")["TrailARN"]
    cloudtrail.start_logging(Name="audit")
    s3.delete_bucket_policy(Bucket="trails")
    kms.list_keys()
    assert "Contents" not in s3.list_objects_v2(Bucket="trails")
    made = only(aws_world, trail)
    assert (made.operation, made.cause) == ("StartLogging", "IAM-RESOURCE-POLICY")
    assert '"Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "s3:PutObject"' in made.explain()


def test_records_that_firehose_cannot_deliver_point_at_who_put_them(aws_world, owner, kms, key):
    s3, streams = owner.client("s3"), owner.client("firehose")
    s3.create_bucket(Bucket="hose")
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    s3.put_bucket_encryption(Bucket="hose", ServerSideEncryptionConfiguration={"Rules": [rule]})
    role = functions.make_role(owner, "hose", "firehose.amazonaws.com")
    destination = {"RoleARN": role, "BucketARN": "arn:aws:s3:::hose"}
    streams.create_delivery_stream(DeliveryStreamName="stream", ExtendedS3DestinationConfiguration=destination)
    producer = owner.user("producer", [allow("firehose:*")])
    producer.client("firehose").put_record(DeliveryStreamName="stream", Record={"Data": b"x"})
    made = only(aws_world, "arn:aws:s3:::hose")
    assert (made.operation, made.principal, made.key) == ("PutRecord", producer.arn, key)
    assert made.late.outcome == "misses records of delivery stream stream"
    assert made.cause == "IAM-IDENTITY-POLICY"
    assert "add this statement to a policy of role hose" in made.explain()


def test_a_replica_of_a_secret_that_failed_points_at_who_asked_for_it(aws_world, owner, key):
    west = owner.client("kms", "us-west-2")
    far = west.create_key()["KeyMetadata"]["Arn"]
    west.disable_key(KeyId=far)
    replica = [{"Region": "us-west-2", "KmsKeyId": far}]
    secret = owner.client("secretsmanager").create_secret(Name="s", SecretString="x", AddReplicaRegions=replica)
    made = only(aws_world, secret["ARN"].replace("us-east-1", "us-west-2"))
    assert (made.operation, made.principal, made.key) == ("CreateSecret", owner.root.arn, far)
    assert (made.cause, made.late.outcome) == ("KMS-STATE-DISABLED", "is not replicated: its status is Failed")


def test_an_event_that_lambda_drops_points_at_invoke(aws_world, owner, kms, key):
    client = owner.client("lambda")
    functions.make_function(client, functions.make_role(owner), {"A": "b"}, KMSKeyArn=key)
    kms.disable_key(KeyId=key)
    client.invoke(FunctionName="function", InvocationType="Event")
    made = only(aws_world, "function")
    assert (made.operation, made.principal, made.key) == ("Invoke", owner.root.arn, key)
    assert made.late.outcome == "is not run for the event: its variables cannot be read"
    assert made.cause == "KMS-STATE-DISABLED"


def test_what_succeeds_leaves_nothing(aws_world, owner, key):
    owner.client("ec2").create_volume(AvailabilityZone="us-east-1a", Size=1, Encrypted=True, KmsKeyId=key)
    assert aws_world.refusals == []
