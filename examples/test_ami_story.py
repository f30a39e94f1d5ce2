"""Sharing an encrypted AMI with another account, and what the key's policy and life have to do with it."""

from setups import encrypted_image, key_policy, launch, share, shared_with

PRODUCER, CONSUMER = "111111111111", "222222222222"


def test_consumer_copies_a_shared_image_under_its_own_key_and_launches_it(aws_world, story):
    """(a) A shared encrypted AMI is copied into another region under the consumer's key"""
    producer, consumer = aws_world.account(PRODUCER), aws_world.account(CONSUMER)
    policy = key_policy(PRODUCER, shared_with(CONSUMER))
    key = producer.client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]
    image, snapshot = encrypted_image(producer.client("ec2"), key)
    share(producer.client("ec2"), image, snapshot, CONSUMER)
    story.say(f"{PRODUCER} encrypts with {key} and shares {image} with {CONSUMER}")

    here, there = consumer.client("ec2"), consumer.client("ec2", "eu-west-1")
    assert [found["ImageId"] for found in here.describe_images(ExecutableUsers=["self"])["Images"]] == [image]
    own_key = consumer.client("kms", "eu-west-1").create_key()["KeyMetadata"]["Arn"]
    copy = there.copy_image(
        Name="copy", SourceImageId=image, SourceRegion="us-east-1", Encrypted=True, KmsKeyId=own_key
    )["ImageId"]
    there.get_waiter("image_available").wait(ImageIds=[copy])
    story.say(f"{CONSUMER} copies it to eu-west-1 as {copy}, under its own {own_key}")
    used = {
        (decision.action, decision.resource) for decision in aws_world.decisions if decision.caller.endswith("root")
    }
    assert ("kms:CreateGrant", key) in used
    assert ("kms:GenerateDataKeyWithoutPlaintext", own_key) in used

    assert launch(there, copy)["State"]["Name"] == "running"
    assert launch(here, image)["State"]["Name"] == "running"
    story.say("both the copy and the shared image launch")

    producer.client("kms").schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    story.say(f"{PRODUCER} schedules the deletion of its key; eight days pass")
    aws_world.clock.advance(days=8)

    dead = launch(here, image)
    assert dead["State"]["Name"] == "terminated"
    story.say(f"the shared image is dead: {dead['StateReason']['Message']}")
    assert launch(there, copy)["State"]["Name"] == "running"
    story.say("the consumer's copy lives")


def test_consumer_is_refused_without_the_key_policy_statement(aws_world, story):
    """(a) The same image, shared without its key: visible, and of no use"""
    producer, consumer = aws_world.account(PRODUCER), aws_world.account(CONSUMER)
    key = producer.client("kms").create_key(Policy=key_policy(PRODUCER))["KeyMetadata"]["Arn"]
    image, snapshot = encrypted_image(producer.client("ec2"), key)
    share(producer.client("ec2"), image, snapshot, CONSUMER)
    story.say(f"{PRODUCER} shares {image}, but its key policy does not name {CONSUMER}")

    ec2 = consumer.client("ec2")
    copied = ec2.copy_snapshot(SourceSnapshotId=snapshot, SourceRegion="us-east-1", Encrypted=True)["SnapshotId"]
    shown = ec2.describe_snapshots(SnapshotIds=[copied])["Snapshots"][0]
    assert (shown["State"], shown["StateMessage"]) == ("error", "Given key ID is not accessible")
    story.say(f"the copy of its snapshot is accepted and ends in error: {shown['StateMessage']}")
    decision = story.explain_last_denial()
    assert decision.resource == key
    assert "add this statement to the key policy in account 111111111111" in decision.explain()

    assert launch(ec2, image)["State"]["Name"] == "terminated"
    story.say("the launch is accepted and ends in terminated")
