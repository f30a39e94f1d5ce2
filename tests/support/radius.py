"""An account with one of everything that can be under a key, and what each of these things is good for."""

import json

from tests.support.ec2 import EAST, WEST, cmk, instance, launch, make_image, make_snapshot, make_volume, mapping
from tests.support.policies import use
from tests.support.s3 import share as share_bucket
from tests.support.service_cases import CLUSTER, CODE, INSTANCE, TABLE, encryption, environment, make_execution_role
from tests.support.trail import open_bucket

SERVICES = [
    *(f"logs.{EAST}.amazonaws.com", f"logs.{WEST}.amazonaws.com", "cloudtrail.amazonaws.com"),
    *("lambda.amazonaws.com", f"lambda.{EAST}.amazonaws.com"),
]
LAUNCHER = "aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
NOTHING_IS_ASKED_OF = {"vault", "file system", "kubernetes cluster", "activity"}
"""Kinds that keep a key and of which nothing can be asked in moto that would need it."""


class Lost(Exception):
    """It answers, and is of no use."""


def demand(truth, why):
    if not truth:
        raise Lost(why)


class Estate:
    """One of everything in an account, under one key; ``friend`` is the account that some of it is shared with."""

    def __init__(self, world, account, friend):
        self.world, self.account, self.friend, self.id = world, account, friend, account.id
        self.bucket = f"bucket-{account.id}"
        self.number = 0
        account.client("iam").create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com")
        launcher = f"arn:aws:iam::{self.id}:role/{LAUNCHER}"
        admitted = [use(launcher), *(use({"Service": each}) for each in SERVICES)]
        self.key = cmk(account, friend, statements=admitted)
        self.own_key_of_friend = cmk(friend)
        for make in (_objects, _disks, _databases, _tables, _values, _messages, _computing, _trail, _others, _kms):
            make(self)

    def client(self, name, region=EAST):
        return self.account.client(name, region)

    def fresh(self, prefix="x"):
        self.number += 1
        return f"{prefix}{self.number}"

    def use(self, each):
        """Do what is lost without the key. Raises ClientError, or Lost."""
        (USES[each.kind])(self, each)

    def skips(self, each):
        """What cannot be asked for: services' own grants."""
        return each.kind == "grant" and self.person.arn not in each.why


def _objects(it):
    s3 = it.client("s3")
    s3.create_bucket(Bucket=it.bucket)
    s3.put_bucket_versioning(Bucket=it.bucket, VersioningConfiguration={"Status": "Enabled"})
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": it.key}}
    s3.put_bucket_encryption(Bucket=it.bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    for body in (b"old", b"new"):
        s3.put_object(Bucket=it.bucket, Key="a/k", Body=body)
    s3.create_multipart_upload(Bucket=it.bucket, Key="big")
    share_bucket(s3, it.bucket, it.friend.id)


def _disks(it):
    ec2 = it.client("ec2")
    make_volume(ec2, it.key)
    image = make_image(ec2, make_snapshot(ec2, it.key), name="encrypted")
    launch(ec2, image)
    it.host = launch(ec2, make_image(ec2, make_snapshot(ec2), name="plain"))
    ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"UserId": it.friend.id}]})
    ec2.modify_snapshot_attribute(
        SnapshotId=make_snapshot(ec2, it.key), CreateVolumePermission={"Add": [{"UserId": it.friend.id}]}
    )
    it.client("rbin").create_rule(
        ResourceType="EBS_SNAPSHOT",
        RetentionPeriod={"RetentionPeriodValue": 365, "RetentionPeriodUnit": "DAYS"},
        ResourceTags=[{"ResourceTagKey": "keep"}],
    )
    tags = [{"ResourceType": "snapshot", "Tags": [{"Key": "keep", "Value": "yes"}]}]
    ec2.delete_snapshot(SnapshotId=make_snapshot(ec2, it.key, TagSpecifications=tags))
    ec2.modify_ebs_default_kms_key_id(KmsKeyId=it.key)
    template = ec2.create_launch_template(
        LaunchTemplateName="template", LaunchTemplateData={"ImageId": image, "InstanceType": "t3.micro"}
    )["LaunchTemplate"]["LaunchTemplateId"]
    it.client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName="group",
        MinSize=0,
        MaxSize=5,
        LaunchTemplate={"LaunchTemplateId": template},
        AvailabilityZones=[f"{EAST}a"],
    )


def _databases(it):
    rds = it.client("rds")
    rds.create_db_instance(DBInstanceIdentifier="instance", StorageEncrypted=True, KmsKeyId=it.key, **INSTANCE)
    rds.create_db_cluster(DBClusterIdentifier="cluster", StorageEncrypted=True, KmsKeyId=it.key, **CLUSTER)
    rds.create_db_instance(
        DBInstanceIdentifier="member",
        DBClusterIdentifier="cluster",
        Engine="aurora-postgresql",
        DBInstanceClass="db.t3.medium",
    )
    rds.create_db_snapshot(DBSnapshotIdentifier="snapshot", DBInstanceIdentifier="instance")
    rds.create_db_cluster_snapshot(DBClusterSnapshotIdentifier="clustersnapshot", DBClusterIdentifier="cluster")
    rds.modify_db_snapshot_attribute(
        DBSnapshotIdentifier="snapshot", AttributeName="restore", ValuesToAdd=[it.friend.id]
    )


def _tables(it):
    dynamodb = it.client("dynamodb")
    dynamodb.create_table(TableName="table", **TABLE, **encryption(it.key))
    dynamodb.create_backup(TableName="table", BackupName="backup")


def _values(it):
    secrets, ssm = it.client("secretsmanager"), it.client("ssm")
    secrets.create_secret(Name="secret", SecretString="old", KmsKeyId=it.key)
    secrets.put_secret_value(SecretId="secret", SecretString="new")
    secrets.create_secret(Name="empty", KmsKeyId=it.key)
    for value in ("old", "new"):
        ssm.put_parameter(Name="/db/p", Value=value, Type="SecureString", KeyId=it.key, Overwrite=True)


def _messages(it):
    sqs, kinesis = it.client("sqs"), it.client("kinesis")
    for name in ("empty", "full"):
        sqs.create_queue(QueueName=name, Attributes={"KmsMasterKeyId": it.key})
    sqs.send_message(QueueUrl=queue(it, "full"), MessageBody="x")
    it.client("sns").create_topic(Name="topic", Attributes={"KmsMasterKeyId": it.key})
    for name in ("empty", "full"):
        kinesis.create_stream(StreamName=name, ShardCount=1)
        kinesis.start_stream_encryption(StreamName=name, EncryptionType="KMS", KeyId=it.key)
    kinesis.put_record(StreamName="full", Data=b"x", PartitionKey="p")
    role = f"arn:aws:iam::{it.id}:role/firehose"
    it.client("firehose").create_delivery_stream(
        DeliveryStreamName="delivery",
        DeliveryStreamEncryptionConfigurationInput={"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": it.key},
        ExtendedS3DestinationConfiguration={"RoleARN": role, "BucketARN": f"arn:aws:s3:::{it.bucket}"},
    )


def _computing(it):
    functions, role = it.client("lambda"), make_execution_role(it.account)
    for name, more in (
        ("variables", {**environment("x"), "KMSKeyArn": it.key, "Code": {"ZipFile": CODE}}),
        ("package", {"Code": {"ZipFile": CODE, "SourceKMSKeyArn": it.key}}),
    ):
        functions.create_function(
            FunctionName=name, Runtime="python3.12", Role=role, Handler="code.handler", Publish=False, **more
        )
    functions.publish_version(FunctionName="variables")
    states = it.client("stepfunctions")
    under = {"encryptionConfiguration": {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": it.key}}
    definition = json.dumps({"StartAt": "a", "States": {"a": {"Type": "Succeed"}}})
    states.create_state_machine(name="machine", roleArn=role, definition=definition, **under)
    states.create_activity(name="activity", **under)
    logs = it.client("logs")
    for name in ("empty", "full"):
        logs.create_log_group(logGroupName=name, kmsKeyId=it.key)
        logs.create_log_stream(logGroupName=name, logStreamName="stream")
    put_event(it, "full")


def _trail(it):
    open_bucket(it.client("s3"), f"trail-{it.id}", account=it.id)
    it.client("cloudtrail").create_trail(Name="trail", S3BucketName=f"trail-{it.id}", KmsKeyId=it.key)


def _others(it):
    it.client("ecr").create_repository(
        repositoryName="repository", encryptionConfiguration={"encryptionType": "KMS", "kmsKey": it.key}
    )
    it.client("backup").create_backup_vault(BackupVaultName="vault", EncryptionKeyArn=it.key)
    it.client("efs").create_file_system(CreationToken="t", Encrypted=True, KmsKeyId=it.key)
    it.client("eks").create_cluster(
        name="cluster",
        roleArn=it.account.role("cluster").caller.principal.principal_arn,
        resourcesVpcConfig={"subnetIds": []},
        encryptionConfig=[{"resources": ["secrets"], "provider": {"keyArn": it.key}}],
    )
    template = {
        "Resources": {
            "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "stacked", "KmsMasterKeyId": it.key}}
        }
    }
    it.client("cloudformation").create_stack(StackName="stack", TemplateBody=json.dumps(template))


def _kms(it):
    kms = it.client("kms")
    kms.create_alias(AliasName="alias/app", TargetKeyId=it.key)
    it.person = it.account.user("person")
    kms.create_grant(KeyId=it.key, GranteePrincipal=it.person.arn, Operations=["DescribeKey", "Encrypt"])


# --- what they are good for ---------------------------------------------------------------------------------------------


def queue(it, name):
    return it.client("sqs").get_queue_url(QueueName=name)["QueueUrl"]


def put_event(it, group):
    event = {"timestamp": int(it.world.clock.now().timestamp() * 1000), "message": "x"}
    it.client("logs").put_log_events(logGroupName=group, logStreamName="stream", logEvents=[event])


def _end(each):
    return each.arn.rpartition("/")[2]


def _name(each):
    return each.arn.rpartition(":")[2]


def _object(it, each, account=None):
    key = each.arn.partition(":::")[2].partition("/")[2]
    (account or it.account).client("s3").get_object(Bucket=it.bucket, Key=key, VersionId=each.part)


def _upload(it, each):
    it.client("s3").upload_part(Bucket=it.bucket, Key="big", UploadId=each.part, PartNumber=1, Body=b"x")


def _volume(it, each):
    ec2 = it.client("ec2")
    if ec2.describe_volumes(VolumeIds=[_end(each)])["Volumes"][0]["Attachments"]:
        ec2.detach_volume(VolumeId=_end(each))
    ec2.attach_volume(VolumeId=_end(each), InstanceId=it.host, Device=f"/dev/{it.fresh('sd')}")


def _recycled(ec2, name):
    if name in [each["SnapshotId"] for each in ec2.list_snapshots_in_recycle_bin()["Snapshots"]]:
        ec2.restore_snapshot_from_recycle_bin(SnapshotId=name)
    _new_volume(ec2, SnapshotId=name)


def _new_volume(ec2, **options):
    made = ec2.create_volume(AvailabilityZone=f"{EAST}a", **options)["VolumeId"]
    ec2.describe_volumes(VolumeIds=[made])


def _launched(ec2, **options):
    made = ec2.run_instances(MinCount=1, MaxCount=1, **options)["Instances"][0]["InstanceId"]
    demand(instance(ec2, made)["State"]["Name"] == "running", "terminated")


def _instance(it, each):
    ec2 = it.client("ec2")
    ec2.stop_instances(InstanceIds=[_end(each)])
    ec2.start_instances(InstanceIds=[_end(each)])
    demand(instance(ec2, _end(each))["State"]["Name"] == "running", "stopped again")


def _template(it, each):
    named = {"LaunchTemplateId": _end(each), "Version": each.part}
    _launched(it.client("ec2"), LaunchTemplate=named)


def _group(it, each):
    scaling = it.client("autoscaling")
    scaling.set_desired_capacity(AutoScalingGroupName="group", DesiredCapacity=1)
    told = scaling.describe_scaling_activities(AutoScalingGroupName="group")["Activities"][0]["StatusCode"]
    demand(told == "Successful", told)


def _database(it, each):
    rds = it.client("rds")
    if not each.lost:
        told = rds.describe_db_instances(DBInstanceIdentifier=_name(each))["DBInstances"][0]["DBInstanceStatus"]
        demand(told == "available", told)
    elif each.kind == "database":
        rds.create_db_snapshot(DBSnapshotIdentifier=it.fresh("s"), DBInstanceIdentifier=_name(each))
    else:
        rds.create_db_cluster_snapshot(DBClusterSnapshotIdentifier=it.fresh("s"), DBClusterIdentifier=_name(each))


def _restored(it, each, account=None, named=None):
    rds, named = (account or it.account).client("rds"), named or ":".join(each.arn.split(":")[6:])
    if each.lost == "RestoreDBInstanceFromDBSnapshot":
        rds.restore_db_instance_from_db_snapshot(DBInstanceIdentifier=it.fresh("i"), DBSnapshotIdentifier=named)
    else:
        rds.restore_db_cluster_from_snapshot(
            DBClusterIdentifier=it.fresh("c"), SnapshotIdentifier=named, Engine="aurora-postgresql"
        )


def _parameter(it, each):
    it.client("ssm").get_parameter(Name=f"/db/p:{each.part}", WithDecryption=True)


def _secret(it, each):
    secrets = it.client("secretsmanager")
    if each.part:
        secrets.get_secret_value(SecretId=each.arn, VersionId=each.part)
    else:
        secrets.put_secret_value(SecretId=each.arn, SecretString="x")


def _queue(it, each):
    sqs, url = it.client("sqs"), queue(it, _name(each))
    if each.lost == "SendMessage":
        sqs.send_message(QueueUrl=url, MessageBody="x")
    else:
        sqs.receive_message(QueueUrl=url, VisibilityTimeout=0)


def _stream(it, each):
    kinesis, name = it.client("kinesis"), _end(each)
    if each.lost == "PutRecord":
        kinesis.put_record(StreamName=name, Data=b"x", PartitionKey="p")
        return
    shard = kinesis.list_shards(StreamName=name)["Shards"][0]["ShardId"]
    start = kinesis.get_shard_iterator(StreamName=name, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    kinesis.get_records(ShardIterator=start["ShardIterator"])


def _function(it, each):
    functions, name = it.client("lambda"), _name(each)
    if each.lost == "Invoke":
        functions.invoke(FunctionName=name, Qualifier=each.part)
    else:
        demand("Location" in functions.get_function(FunctionName=name)["Code"], "no package")


def _log_group(it, each):
    if each.lost == "PutLogEvents":
        put_event(it, _name(each))
    else:
        it.client("logs").get_log_events(logGroupName=_name(each), logStreamName="stream", startFromHead=True)


def _delivered(it, each):
    trail = it.client("cloudtrail")
    trail.start_logging(Name="trail")
    it.client("kms").list_keys()
    status = trail.get_trail_status(Name="trail")
    demand("LatestDeliveryError" not in status, status)


def _repository(it, each):
    tag = it.fresh()
    media = "application/vnd.docker.distribution.manifest.v2+json"
    config = {"mediaType": "application/vnd.docker.container.image.v1+json", "size": 1, "digest": f"sha256:{tag}"}
    manifest = json.dumps({"schemaVersion": 2, "mediaType": media, "config": config, "layers": []})
    it.client("ecr").put_image(repositoryName="repository", imageManifest=manifest, imageTag=tag)


def _share(it, each):
    """What the friend does with what is shared with him."""
    ec2 = it.friend.client("ec2")
    own = {"Encrypted": True, "KmsKeyId": it.own_key_of_friend}
    if each.lost == "GetObject":
        _object(it, each, it.friend)
    elif each.lost == "CreateVolume":
        _new_volume(ec2, SnapshotId=_end(each), **own)
    elif each.lost == "RunInstances":
        _launched(ec2, ImageId=_end(each), **mapping(**own))
    else:
        it.friend.client("rds").copy_db_snapshot(
            SourceDBSnapshotIdentifier=each.arn,
            TargetDBSnapshotIdentifier=it.fresh("c"),
            KmsKeyId=it.own_key_of_friend,
        )


USES = {
    "object": _object,
    "object version": _object,
    "upload": _upload,
    "bucket": lambda it, each: it.client("s3").put_object(Bucket=it.bucket, Key=it.fresh(), Body=b"x"),
    "instance": _instance,
    "volume": _volume,
    "snapshot": lambda it, each: _new_volume(it.client("ec2"), SnapshotId=_end(each)),
    "deleted snapshot": lambda it, each: _recycled(it.client("ec2"), _end(each)),
    "EBS default": lambda it, each: _new_volume(it.client("ec2"), Size=1, Encrypted=True),
    "image": lambda it, each: _launched(it.client("ec2"), ImageId=_end(each)),
    "launch template": _template,
    "auto scaling group": _group,
    "database": _database,
    "database cluster": _database,
    "database snapshot": _restored,
    "table": lambda it, each: it.client("dynamodb").get_item(TableName="table", Key={"p": {"S": "x"}}),
    "table backup": lambda it, each: it.client("dynamodb").restore_table_from_backup(
        TargetTableName=it.fresh("table"), BackupArn=each.arn
    ),
    "secret": _secret,
    "secret version": _secret,
    "parameter": _parameter,
    "parameter version": _parameter,
    "queue": _queue,
    "topic": lambda it, each: it.client("sns").publish(TopicArn=each.arn, Message="x"),
    "stream": _stream,
    "delivery stream": lambda it, each: it.client("firehose").put_record(
        DeliveryStreamName="delivery", Record={"Data": b"x"}
    ),
    "function": _function,
    "function version": _function,
    "state machine": lambda it, each: it.client("stepfunctions").describe_state_machine(stateMachineArn=each.arn),
    "log group": _log_group,
    "trail": _delivered,
    "repository": _repository,
    "alias": lambda it, each: it.client("kms").encrypt(KeyId="alias/app", Plaintext=b"x"),
    "grant": lambda it, each: it.person.client("kms").encrypt(KeyId=it.key, Plaintext=b"x"),
    "share": _share,
    "stack": lambda it, each: it.client("sqs").send_message(QueueUrl=queue(it, "stacked"), MessageBody="x"),
}
"""Kind -> what is lost with the key."""
