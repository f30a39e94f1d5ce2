"""What ``world.depends_on`` tells of copies, replicas and shares: whose they are, and through what they depend."""

import json

import pytest

from tests.support import replicas
from tests.support.claims import OTHER, OWNER, policy, refused
from tests.support.ec2 import EAST, WEST, cmk, copy, launch, make_image, make_snapshot, mapping, share_image
from tests.support.policies import key_policy, root
from tests.support.replicas import TARGET
from tests.support.s3 import BUCKET, put
from tests.support.service_cases import TABLE, encryption


@pytest.fixture
def friend(aws_world):
    return aws_world.account(OTHER)


def test_a_copy_under_another_key_goes_with_that_key(aws_world, owner):
    ec2, first, second = owner.client("ec2"), cmk(owner), cmk(owner)
    source = make_snapshot(ec2, first)
    made = copy(ec2, source, KmsKeyId=second, Encrypted=True)
    assert [each.arn for each in aws_world.depends_on(first).where(kind="snapshot")] == [
        f"arn:aws:ec2:{EAST}::snapshot/{source}"
    ]
    assert [each.arn for each in aws_world.depends_on(second).where(kind="snapshot")] == [
        f"arn:aws:ec2:{EAST}::snapshot/{made}"
    ]


def test_an_image_that_is_shared_is_lost_to_who_launches_from_it(aws_world, owner, friend):
    """His own disks are under his own key, as in "Share an AMI"; his launch template is nothing any more."""
    key, own = cmk(owner, friend), cmk(friend)
    image = make_image(owner.client("ec2"), make_snapshot(owner.client("ec2"), key))
    share_image(owner.client("ec2"), image, friend)
    launch(friend.client("ec2"), image, **mapping(Encrypted=True, KmsKeyId=own))
    launch(friend.client("ec2"), image, **mapping("/dev/xvda", Encrypted=True, KmsKeyId=key))
    friend.client("ec2").create_launch_template(LaunchTemplateName="theirs", LaunchTemplateData={"ImageId": image})
    theirs = aws_world.depends_on(key).where(account=friend.id)
    arn = f"arn:aws:ec2:{EAST}::image/{image}"
    assert theirs.kinds == {"volume": 1, "instance": 1, "launch template": 1, "share": 1, "grant": 1}
    assert [(each.through, each.why) for each in theirs.where(kind="launch template")] == [(arn, "launches the image")]
    assert [(each.arn, each.lost) for each in theirs.where(kind="share")] == [(arn, "RunInstances")]
    assert aws_world.depends_on(own).kinds == {"volume": 1, "instance": 1, "grant": 1}


OTHERWISE = {
    "left out": {"NoDevice": ""},
    "of another snapshot": {"Ebs": {"SnapshotId": "plain"}},
    "only larger": {"Ebs": {"VolumeSize": 20}},
}


@pytest.mark.parametrize("how", OTHERWISE)
def test_a_template_needs_the_key_only_for_disks_that_it_launches(aws_world, owner, how):
    """ "Block device mappings for volumes": NoDevice suppresses a device of the image; a mapping lies over the image's."""
    ec2, key = owner.client("ec2"), cmk(owner)
    image = make_image(ec2, make_snapshot(ec2, key))
    (device,) = ec2.describe_images(ImageIds=[image])["Images"][0]["BlockDeviceMappings"]
    asked = json.loads(json.dumps(OTHERWISE[how]).replace('"plain"', f'"{make_snapshot(ec2)}"'))
    disks = [{"DeviceName": device["DeviceName"], **asked}]
    ec2.create_launch_template(
        LaunchTemplateName="mine", LaunchTemplateData={"ImageId": image, "BlockDeviceMappings": disks}
    )
    assert len(aws_world.depends_on(key).where(kind="launch template")) == (1 if how == "only larger" else 0)


def test_objects_that_s3_replicated_are_under_the_key_of_the_replica(aws_world, owner):
    source, target = (replicas.bucket(owner, name) for name in ("source", "target"))
    first, second = cmk(owner), cmk(owner)
    replicas.role(owner, kms=["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"])
    source.put_bucket_replication(
        Bucket="source",
        ReplicationConfiguration={"Role": replicas.ROLE, "Rules": [replicas.rule(second)]},
    )
    source.put_object(Bucket="source", Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=first)
    target.get_object(Bucket="target", Key="k")
    assert aws_world.depends_on(first).arns == ["arn:aws:s3:::source/k"]
    assert aws_world.depends_on(second).arns == [f"{TARGET}/k"]


def test_replicas_of_tables_and_secrets_are_under_keys_of_their_regions(aws_world, owner):
    here, there = cmk(owner), cmk(owner, region=WEST)
    dynamodb, secrets = owner.client("dynamodb"), owner.client("secretsmanager")
    dynamodb.create_table(TableName="table", **TABLE, **encryption(here))
    dynamodb.update_table(TableName="table", ReplicaUpdates=[{"Create": {"RegionName": WEST, "KMSMasterKeyId": there}}])
    secrets.create_secret(
        Name="db", SecretString="x", KmsKeyId=here, AddReplicaRegions=[{"Region": WEST, "KmsKeyId": there}]
    )
    found = aws_world.depends_on(there)
    assert {each.kind: each.region for each in found if each.kind != "grant"} == {"table replica": WEST, "secret": WEST}
    assert {each.kind for each in aws_world.depends_on(here)} == {"table", "secret", "grant"}
    owner.client("kms", WEST).disable_key(KeyId=there)
    secrets.get_secret_value(SecretId="db")
    with refused("DecryptionFailure"):
        owner.client("secretsmanager", WEST).get_secret_value(SecretId="db")


def test_a_multi_region_key_says_which_related_keys_go_on(aws_world, owner):
    """Each key of a family is enabled and disabled by itself ("Multi-Region keys", developer guide)."""
    kms = owner.client("kms")
    key = kms.create_key(MultiRegion=True)["KeyMetadata"]["Arn"]
    kms.replicate_key(KeyId=key, ReplicaRegion=WEST)
    assert f"related keys in {WEST} go on by themselves" in str(aws_world.depends_on(key))


def test_what_a_policy_shares_is_told_with_whom(aws_world, owner, friend):
    s3, key = owner.client("s3"), cmk(owner, friend)
    s3.create_bucket(Bucket=BUCKET)
    put(s3, ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    statement = {"Effect": "Allow", "Principal": {"AWS": root(friend)}, "Resource": f"arn:aws:s3:::{BUCKET}/*"}
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy({**statement, "Action": "s3:PutObject"})))
    assert aws_world.depends_on(key).accounts == [OWNER]
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy({**statement, "Action": "s3:Get*"})))
    (share,) = aws_world.depends_on(key).where(account=OTHER)
    assert (share.kind, share.arn, share.through) == ("share", *[f"arn:aws:s3:::{BUCKET}/k"] * 2)
    assert share.why == "its policy lets 222222222222 in (s3:GetObject)"


SHARED = {
    "secret": lambda account, key: account.client("secretsmanager").create_secret(
        Name="db", SecretString="x", KmsKeyId=key
    )["ARN"],
    "queue": lambda account, key: (
        account.client("sqs").create_queue(
            QueueName="q", Attributes={"KmsMasterKeyId": key, "Policy": json.dumps(queue_policy(root(OTHER)))}
        )
        and f"arn:aws:sqs:{EAST}:{OWNER}:q"
    ),
    "table": lambda account, key: account.client("dynamodb").create_table(
        TableName="table", **TABLE, **encryption(key)
    )["TableDescription"]["TableArn"],
}


def queue_policy(principal):
    return policy(
        {
            "Effect": "Allow",
            "Principal": {"AWS": principal},
            "Action": "sqs:ReceiveMessage",
            "Resource": f"arn:aws:sqs:{EAST}:{OWNER}:q",
        }
    )


def let_in(account, kind, arn):
    """Give another account what is done with a thing of this kind; a queue was made with its policy."""
    action = {"secret": "secretsmanager:GetSecretValue", "table": "dynamodb:GetItem"}.get(kind)
    statement = {"Effect": "Allow", "Principal": {"AWS": root(OTHER)}, "Action": action, "Resource": arn}
    if kind == "secret":
        account.client("secretsmanager").put_resource_policy(
            SecretId=arn, ResourcePolicy=json.dumps(policy({**statement, "Resource": "*"}))
        )
    if kind == "table":
        account.client("dynamodb").put_resource_policy(ResourceArn=arn, Policy=json.dumps(policy(statement)))


@pytest.mark.parametrize("kind", SHARED)
def test_resources_with_policies_of_their_own_are_shared_by_them(aws_world, owner, kind):
    key = cmk(owner)
    arn = SHARED[kind](owner, key)
    let_in(owner, kind, arn)
    (share,) = aws_world.depends_on(key).where(kind="share", account=OTHER)
    assert (share.arn, share.through) == (arn, arn)


def test_groups_that_launch_from_a_configuration_depend_on_its_image(aws_world, owner):
    key, scaling = cmk(owner), owner.client("autoscaling")
    image = make_image(owner.client("ec2"), make_snapshot(owner.client("ec2"), key))
    for name, launched in (("hit", image), ("spared", make_image(owner.client("ec2"), name="plain"))):
        scaling.create_launch_configuration(LaunchConfigurationName=name, ImageId=launched, InstanceType="t3.micro")
        scaling.create_auto_scaling_group(
            AutoScalingGroupName=name,
            LaunchConfigurationName=name,
            MinSize=0,
            MaxSize=1,
            AvailabilityZones=[f"{EAST}a"],
        )
    (group,) = aws_world.depends_on(key).where(kind="auto scaling group")
    assert group.arn.endswith("/hit")
    assert group.through == f"arn:aws:ec2:{EAST}::image/{image}"


def test_a_stack_depends_on_the_key_that_it_has(aws_world, owner):
    made = {"Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": json.loads(key_policy())}}}
    stacks = owner.client("cloudformation")
    stack = stacks.create_stack(StackName="keys", TemplateBody=json.dumps({"Resources": made}))["StackId"]
    key = stacks.describe_stack_resources(StackName="keys")["StackResources"][0]["PhysicalResourceId"]
    assert [(each.kind, each.arn, each.why) for each in aws_world.depends_on(key)] == [("stack", stack, "has the key")]


def test_disks_go_with_the_instance_that_they_were_made_for(aws_world, owner):
    key, ec2 = cmk(owner), owner.client("ec2")
    host = launch(ec2, make_image(ec2, make_snapshot(ec2, key)))
    assert aws_world.depends_on(key).kinds == {"volume": 2, "snapshot": 1, "image": 1, "instance": 1, "grant": 1}
    ec2.terminate_instances(InstanceIds=[host])
    assert aws_world.depends_on(key).kinds == {"volume": 1, "snapshot": 1, "image": 1}


def test_what_was_deleted_or_moved_to_another_key_does_not_depend_any_more(aws_world, owner):
    key, other = cmk(owner), cmk(owner)
    ssm, secrets, sqs = owner.client("ssm"), owner.client("secretsmanager"), owner.client("sqs")
    for name in ("gone", "moved"):
        ssm.put_parameter(Name=name, Value="x", Type="SecureString", KeyId=key)
        secrets.create_secret(Name=name, SecretString="x", KmsKeyId=key)
    url = sqs.create_queue(QueueName="q", Attributes={"KmsMasterKeyId": key})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="x")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": other})
    ssm.delete_parameter(Name="gone")
    ssm.put_parameter(Name="moved", Value="y", Type="SecureString", KeyId=other, Overwrite=True)
    secrets.delete_secret(SecretId="gone", ForceDeleteWithoutRecovery=True)
    secrets.update_secret(SecretId="moved", KmsKeyId=other)
    found = aws_world.depends_on(key)
    assert found.kinds == {"parameter version": 1, "queue": 1}
    assert [each.why for each in found.where(kind="queue")] == ["1 message waits under the key"]
    sqs.purge_queue(QueueUrl=url)
    assert aws_world.depends_on(key).kinds == {"parameter version": 1}
    assert aws_world.depends_on(other).kinds == {"secret": 1, "parameter": 1, "queue": 1}


def test_what_depended_on_a_deleted_key_is_still_told(aws_world, owner):
    kms, s3 = owner.client("kms"), owner.client("s3")
    key = cmk(owner)
    s3.create_bucket(Bucket=BUCKET)
    put(s3, ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert aws_world.depends_on(key).kinds == {"object": 1}
    aws_world.clock.advance(days=8)
    assert aws_world.depends_on(key).kinds == {"object": 1}
    assert str(aws_world.depends_on(key)).startswith(f"{key} (deleted): 1 depend on it")
