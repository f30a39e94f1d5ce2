"""EBS tells the default bus what became of volumes, attachments and copies; of a volume without a key nothing else does."""

import json

import pytest

from tests.support.claims import OWNER
from tests.support.policies import make_key
from tests.support.services import refused_somehow

pytestmark = pytest.mark.evidence("documented", '"Amazon EventBridge events for Amazon EBS" (Amazon EBS user guide)')

QUEUE = f"arn:aws:sqs:us-east-1:{OWNER}:events"


@pytest.fixture
def told(owner):
    """Tells what a rule on the default bus has sent of EC2, oldest first, and forgets it."""
    events, sqs = owner.client("events"), owner.client("sqs")
    url = sqs.create_queue(QueueName="events")["QueueUrl"]
    events.put_rule(Name="rule", EventPattern=json.dumps({"source": ["aws.ec2"]}))
    events.put_targets(Rule="rule", Targets=[{"Id": "queue", "Arn": QUEUE}])

    def tell():
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(each["Body"]) for each in found]

    return tell


@pytest.fixture
def ec2(owner):
    return owner.client("ec2")


def make_volume(ec2, key):
    made = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1, Encrypted=True, KmsKeyId=key)
    return made["VolumeId"], f"arn:aws:ec2:us-east-1:{OWNER}:volume/{made['VolumeId']}"


def shown(event):
    return event["detail-type"], event["resources"], {**event["detail"], "request-id": "…"}


def of_volume(event, result, cause=""):
    return {"event": event, "result": result, "cause": cause, "request-id": "…"}


def test_a_volume_that_is_there_is_told_of(ec2, key, told):
    _, arn = make_volume(ec2, key)
    (event,) = told()
    assert shown(event) == ("EBS Volume Notification", [arn], of_volume("createVolume", "available"))
    assert (event["source"], event["region"]) == ("aws.ec2", "us-east-1")


@pytest.mark.parametrize("state", ["disabled", "pending deletion"])
def test_a_volume_whose_key_refuses_is_gone_and_the_event_says_why(ec2, kms, key, told, state):
    kms.disable_key(KeyId=key) if state == "disabled" else kms.schedule_key_deletion(KeyId=key)
    _, arn = make_volume(ec2, key)
    (event,) = told()
    cause = f"{key} is {state}."
    assert shown(event) == ("EBS Volume Notification", [arn], of_volume("createVolume", "failed", cause))


def test_a_volume_that_its_maker_has_no_key_for_is_told_of_with_the_denial(owner, kms, told):
    key = make_key(kms)
    nobody = owner.user("nobody", [{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"},
    ]}])  # fmt: skip
    make_volume(nobody.client("ec2"), key)
    (event,) = told()
    assert event["detail"]["result"] == "failed"
    assert event["detail"]["cause"].startswith(f"User: {nobody.arn} is not authorized to perform: kms:")


@pytest.mark.kmsmock(delays=True)
def test_with_delays_the_event_comes_when_the_volume_does(aws_world, ec2, key, told):
    make_volume(ec2, key)
    assert told() == []
    aws_world.clock.advance(minutes=10)
    assert [each["detail"]["result"] for each in told()] == ["available"]


def test_an_attachment_that_the_key_refuses_is_told_of_with_the_key(ec2, kms, key, told):
    volume, arn = make_volume(ec2, key)
    instance = ec2.run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    told()
    kms.disable_key(KeyId=key)
    with refused_somehow("CustomerKeyHasBeenRevoked"):
        ec2.attach_volume(VolumeId=volume, InstanceId=instance, Device="/dev/sdf")
    (event,) = told()
    failed = of_volume("attachVolume", "failed", f"{key} is disabled.")
    assert shown(event) == ("EBS Volume Notification", [arn, key], failed)
    assert event["detail"]["request-id"] == ""


def test_snapshots_and_their_copies_are_told_of_with_what_they_were_made_from(ec2, key, told):
    volume, _ = make_volume(ec2, key)
    told()
    made = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    copy = ec2.copy_snapshot(SourceSnapshotId=made, SourceRegion="us-east-1")["SnapshotId"]
    absent = ec2.copy_snapshot(SourceSnapshotId="snap-00000000", SourceRegion="us-east-1")["SnapshotId"]
    arns = {each: f"arn:aws:ec2:us-east-1::snapshot/{each}" for each in (made, copy, absent, "snap-00000000")}
    events = told()
    assert {each["detail-type"] for each in events} == {"EBS Snapshot Notification"}
    assert [(each["detail"]["event"], each["detail"]["result"], each["detail"]["cause"]) for each in events] == [
        ("createSnapshot", "succeeded", ""),
        ("copySnapshot", "succeeded", ""),
        ("copySnapshot", "failed", "Source snapshot is not found"),
    ]
    assert [each["resources"] for each in events] == [[arns[made]], [arns[copy]], [arns[absent]]]
    assert [each["detail"]["source"] for each in events] == [
        f"arn:aws:ec2:us-east-1::volume/{volume}",
        arns[made],
        arns["snap-00000000"],
    ]


def test_a_copy_that_the_key_refuses_is_told_of(owner, ec2, kms, key, told):
    volume, _ = make_volume(ec2, key)
    made = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    told()
    other = make_key(kms)
    kms.disable_key(KeyId=key)
    copy = ec2.copy_snapshot(SourceSnapshotId=made, SourceRegion="us-east-1", KmsKeyId=other)["SnapshotId"]
    (event,) = told()
    assert (event["detail"]["result"], event["detail"]["cause"]) == ("failed", "Given key ID is not accessible")
    assert event["detail"]["snapshot_id"] == f"arn:aws:ec2:us-east-1::snapshot/{copy}"
    assert owner.client("ec2").describe_snapshots(SnapshotIds=[copy])["Snapshots"][0]["State"] == "error"


def test_an_event_for_an_encrypted_topic_needs_the_key_of_the_topic(aws_world, owner, ec2, key):
    topic = f"arn:aws:sns:us-east-1:{OWNER}:topic"
    owner.client("sns").create_topic(Name="topic", Attributes={"KmsMasterKeyId": "alias/aws/sns"})
    events = owner.client("events")
    events.put_rule(Name="rule", EventPattern=json.dumps({"source": ["aws.ec2"]}))
    events.put_targets(Rule="rule", Targets=[{"Id": "topic", "Arn": topic}])
    make_volume(ec2, key)
    (refusal,) = aws_world.refusals
    assert (refusal.late.about, refusal.late.outcome) == (topic, "misses a message of events.amazonaws.com")
