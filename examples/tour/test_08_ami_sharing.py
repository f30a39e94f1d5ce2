"""Lesson 8. An encrypted image is shared together with its key, or is of no use."""

from setups import encrypted_image, key_policy, launch, share, shared_with

PRODUCER, CONSUMER = "111111111111", "222222222222"


def test_consumer_copies_a_shared_image_under_its_own_key_and_launches_it(aws_world):
    """A shared encrypted AMI is copied into another region under the consumer's key"""
    producer, consumer = aws_world.account(PRODUCER), aws_world.account(CONSUMER)
    policy = key_policy(PRODUCER, shared_with(CONSUMER))
    key = producer.client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]
    image, snapshot = encrypted_image(producer.client("ec2"), key)
    share(producer.client("ec2"), image, snapshot, CONSUMER)

    here, there = consumer.client("ec2"), consumer.client("ec2", "eu-west-1")
    assert [found["ImageId"] for found in here.describe_images(ExecutableUsers=["self"])["Images"]] == [image]
    own_key = consumer.client("kms", "eu-west-1").create_key()["KeyMetadata"]["Arn"]
    copy = there.copy_image(
        Name="copy", SourceImageId=image, SourceRegion="us-east-1", Encrypted=True, KmsKeyId=own_key
    )["ImageId"]
    there.get_waiter("image_available").wait(ImageIds=[copy])
    used = {
        (decision.action, decision.resource) for decision in aws_world.decisions if decision.caller.endswith("root")
    }
    assert ("kms:CreateGrant", key) in used
    assert ("kms:GenerateDataKeyWithoutPlaintext", own_key) in used

    assert launch(there, copy)["State"]["Name"] == "running"
    assert launch(here, image)["State"]["Name"] == "running"

    producer.client("kms").schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    aws_world.clock.advance(days=8)

    dead = launch(here, image)
    assert dead["State"]["Name"] == "terminated"
    assert launch(there, copy)["State"]["Name"] == "running"


def test_consumer_is_refused_without_the_key_policy_statement(aws_world):
    """The same image, shared without its key: visible, and of no use"""
    producer, consumer = aws_world.account(PRODUCER), aws_world.account(CONSUMER)
    key = producer.client("kms").create_key(Policy=key_policy(PRODUCER))["KeyMetadata"]["Arn"]
    image, snapshot = encrypted_image(producer.client("ec2"), key)
    share(producer.client("ec2"), image, snapshot, CONSUMER)

    ec2 = consumer.client("ec2")
    copied = ec2.copy_snapshot(SourceSnapshotId=snapshot, SourceRegion="us-east-1", Encrypted=True)["SnapshotId"]
    shown = ec2.describe_snapshots(SnapshotIds=[copied])["Snapshots"][0]
    assert (shown["State"], shown["StateMessage"]) == ("error", "Given key ID is not accessible")
    decision = aws_world.decisions.denied[-1]
    assert decision.resource == key
    assert "add this statement to the key policy in account 111111111111" in decision.explain()

    assert launch(ec2, image)["State"]["Name"] == "terminated"
