"""What AWS refuses and moto lets pass: a world that enforces refuses it, ``audit`` lets it pass and tells, ``off`` lets
it pass and says nothing. Each row is something that suites were met with which had grown with moto."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.core import set_initial_no_auth_action_count

from kmsmock import World

pytestmark = pytest.mark.evidence("documented", "what AWS refuses there is that of the tests of each service")

ABSENT_ROLE = "arn:aws:iam::123456789012:role/none"
ABSENT_KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
MALFORMED = "MalformedPolicyDocumentException"


def client(service):
    return boto3.client(service, "us-east-1")


def a_key(**options):
    return client("kms").create_key(**options)["KeyMetadata"]["KeyId"]


def policy(principal, action="kms:*"):
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


ROWS = {}


def row(*codes):
    """One way to be refused, with the codes that audit tells of, the first of which is that of a world that enforces."""

    def add(function):
        ROWS[function.__name__] = function, codes
        return function

    return add


@row(MALFORMED, MALFORMED)
def key_policy_of_nobody_that_locks_its_author_out():
    a_key(Policy=policy(ABSENT_ROLE))


@row(MALFORMED)
def key_policy_that_is_no_policy():
    assert client("kms").get_key_policy(KeyId=a_key(Policy="{"))["Policy"] == "{"


@row(MALFORMED)
def key_policy_without_actions():
    statement = {"Effect": "Allow", "Principal": "*", "Resource": "*"}
    a_key(Policy=json.dumps({"Version": "2012-10-17", "Statement": statement}))


@row("LimitExceededException")
def key_policy_that_is_too_long():
    client("kms").put_key_policy(KeyId=a_key(), PolicyName="default", Policy=policy(["*"] * 9000))


@row("AccessDeniedException")
def key_whose_policy_does_not_let_the_caller_in():
    key = a_key(Policy=policy("arn:aws:iam::123456789012:root", "kms:PutKeyPolicy"))
    client("kms").encrypt(KeyId=key, Plaintext=b"x")


def round_trip(key):
    blob = client("kms").encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert client("kms").decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


@row("DisabledException", "DisabledException")
def disabled_key():
    key = a_key()
    client("kms").disable_key(KeyId=key)
    round_trip(key)


@row("KMSInvalidStateException", "KMSInvalidStateException")
def key_that_waits_for_its_deletion():
    key = a_key()
    client("kms").schedule_key_deletion(KeyId=key)
    round_trip(key)


@row("KMSInvalidStateException", "KMSInvalidStateException")
def deletion_scheduled_twice_and_cancelled_twice():
    key, kms = a_key(), client("kms")
    kms.schedule_key_deletion(KeyId=key)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    kms.cancel_key_deletion(KeyId=key)
    kms.cancel_key_deletion(KeyId=key)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"


@row("InvalidArnException", "InvalidArnException")
def grant_for_nobody():
    key, kms = a_key(), client("kms")
    kms.create_grant(KeyId=key, GranteePrincipal=ABSENT_ROLE, Operations=["Encrypt"])
    (grant,) = kms.list_grants(KeyId=key, GranteePrincipal=ABSENT_ROLE)["Grants"]
    assert grant["GranteePrincipal"] == ABSENT_ROLE


@row("InvalidArnException")
def retiring_principal_who_is_nobody():
    assert client("kms").list_retirable_grants(RetiringPrincipal=ABSENT_ROLE)["Grants"] == []


@row("InvalidGrantTokenException")
def grant_token_that_nobody_gave():
    client("kms").encrypt(KeyId=a_key(), Plaintext=b"x", GrantTokens=["token"])


@row("ValidationException")
def alias_moved_to_a_key_of_another_kind():
    kms = client("kms")
    kms.create_alias(AliasName="alias/app", TargetKeyId=a_key())
    kms.update_alias(AliasName="alias/app", TargetKeyId=a_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY"))


@row("KMS.NotFoundException")
def object_under_an_absent_key():
    s3 = client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId="alias/none")
    s3.copy_object(Bucket="bucket", Key="copy", CopySource="bucket/k")
    assert s3.get_object(Bucket="bucket", Key="copy")["Body"].read() == b"x"


@row("KMS.DisabledException", "KMS.DisabledException")
def object_under_a_disabled_key():
    s3, key = client("s3"), a_key()
    s3.create_bucket(Bucket="bucket")
    client("kms").disable_key(KeyId=key)
    s3.put_object(Bucket="bucket", Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    assert s3.get_object(Bucket="bucket", Key="k")["Body"].read() == b"x"


@row("MalformedPolicy")
def bucket_policy_that_is_none():
    client("s3").create_bucket(Bucket="bucket")
    client("s3").put_bucket_policy(Bucket="bucket", Policy=policy(ABSENT_ROLE, "ec2:*"))


@row("EncryptionFailure")
def secret_under_an_absent_key():
    secrets = client("secretsmanager")
    secrets.create_secret(Name="n", SecretString="x", KmsKeyId="nope")
    secrets.put_secret_value(SecretId="n", SecretString="y")
    assert secrets.get_secret_value(SecretId="n")["SecretString"] == "y"


@row("KMSKeyNotAccessibleFault")
def database_under_an_absent_key():
    rds = client("rds")
    options = {"DBInstanceClass": "db.m1.small", "Engine": "postgres", "AllocatedStorage": 10}
    rds.create_db_instance(
        DBInstanceIdentifier="d", MasterUsername="u", MasterUserPassword="p" * 8, StorageEncrypted=True,
        KmsKeyId="nope", **options,
    )  # fmt: skip
    rds.create_db_snapshot(DBInstanceIdentifier="d", DBSnapshotIdentifier="s")
    rds.restore_db_instance_from_db_snapshot(DBInstanceIdentifier="e", DBSnapshotIdentifier="s")
    assert {each["KmsKeyId"] for each in rds.describe_db_instances()["DBInstances"]} == {"nope"}


@row("KMSKeyNotAccessibleFault")
def neptune_cluster_under_an_absent_key():
    client("neptune").create_db_cluster(
        DBClusterIdentifier="n", Engine="neptune", StorageEncrypted=True, KmsKeyId="nope"
    )


@row("ValidationException")
def table_under_an_absent_key():
    dynamodb = client("dynamodb")
    dynamodb.create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "a", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "a", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": "nope"},
    )
    dynamodb.put_item(TableName="t", Item={"a": {"S": "x"}})
    assert dynamodb.get_item(TableName="t", Key={"a": {"S": "x"}})["Item"] == {"a": {"S": "x"}}


@row("AccessDeniedException")
def log_group_under_an_absent_key():
    logs = client("logs")
    logs.create_log_group(logGroupName="g", kmsKeyId=ABSENT_KEY)
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    logs.put_log_events(logGroupName="g", logStreamName="s", logEvents=[{"timestamp": 1, "message": "m"}])


@row("InvalidKeyId")
def parameter_under_an_absent_key():
    client("ssm").put_parameter(Name="p", Value="v", Type="SecureString", KeyId="nope")
    assert client("ssm").get_parameter(Name="p", WithDecryption=True)["Parameter"]["Value"] == "v"


@row("BadRequest")
def file_system_under_an_absent_key():
    client("efs").create_file_system(CreationToken="x", Encrypted=True, KmsKeyId="nope")


@row("KMSNotFoundException", "KMSNotFoundException")
def stream_under_an_absent_key():
    kinesis = client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    kinesis.start_stream_encryption(StreamName="s", EncryptionType="KMS", KeyId="nope")
    kinesis.put_record(StreamName="s", Data=b"x", PartitionKey="a")


@row("InvalidInputException")
def build_under_an_absent_key():
    client("codebuild").create_project(
        name="project",
        source={"type": "S3", "location": "bucket/path"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={"type": "LINUX_CONTAINER", "image": "image", "computeType": "BUILD_GENERAL1_SMALL"},
        serviceRole=ABSENT_ROLE,
        encryptionKey="nope",
    )


@row("KMS.NotFoundException")
def message_in_a_queue_under_an_absent_key():
    sqs = client("sqs")
    url = sqs.create_queue(QueueName="q", Attributes={"KmsMasterKeyId": "alias/none"})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="m")
    assert [each["Body"] for each in sqs.receive_message(QueueUrl=url)["Messages"]] == ["m"]


@row("KMSNotFound")
def message_to_a_topic_under_an_absent_key():
    sns = client("sns")
    sns.publish(TopicArn=sns.create_topic(Name="t", Attributes={"KmsMasterKeyId": "nope"})["TopicArn"], Message="x")


@row("KMSDisabled")
def message_to_a_queue_by_a_topic_under_a_disabled_key():
    key, sns, sqs = a_key(), client("sns"), client("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    topic = sns.create_topic(Name="t", Attributes={"KmsMasterKeyId": key})["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:123456789012:q")
    client("kms").disable_key(KeyId=key)
    sns.publish(TopicArn=topic, Message="x")
    assert len(sqs.receive_message(QueueUrl=url)["Messages"]) == 1


@row("InvalidKMSResourceException")
def delivery_stream_under_an_absent_key():
    client("s3").create_bucket(Bucket="bucket")
    client("firehose").create_delivery_stream(
        DeliveryStreamName="f",
        S3DestinationConfiguration={"RoleARN": ABSENT_ROLE, "BucketARN": "arn:aws:s3:::bucket"},
        DeliveryStreamEncryptionConfigurationInput={"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": ABSENT_KEY},
    )
    client("firehose").put_record(DeliveryStreamName="f", Record={"Data": b"x"})


@row("InsufficientS3BucketPolicyException")
def trail_into_a_bucket_that_does_not_let_cloudtrail_in():
    client("s3").create_bucket(Bucket="bucket")
    client("cloudtrail").create_trail(Name="trail", S3BucketName="bucket", KmsKeyId="nope")
    client("cloudtrail").start_logging(Name="trail")


@row("NotFoundException", "InvalidParameterValue", "NotFoundException", "NotFoundException")
def disks_under_an_absent_key():
    ec2 = client("ec2")
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1, Encrypted=True, KmsKeyId="nope")["VolumeId"]
    (shown,) = ec2.describe_volumes(VolumeIds=[volume])["Volumes"]
    assert (shown["Encrypted"], shown["KmsKeyId"].rpartition("/")[2]) == (True, "nope")
    snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    copy = ec2.copy_snapshot(SourceSnapshotId=snapshot, SourceRegion="us-east-1", Encrypted=True, KmsKeyId="nope")
    (shown,) = ec2.describe_snapshots(SnapshotIds=[copy["SnapshotId"]])["Snapshots"]
    assert shown["State"] == "completed"
    disk = {"DeviceName": "/dev/sdb", "Ebs": {"VolumeSize": 1, "Encrypted": True, "KmsKeyId": "nope"}}
    instance = launched(ec2, BlockDeviceMappings=[disk])
    ec2.stop_instances(InstanceIds=[instance])
    ec2.start_instances(InstanceIds=[instance])
    (found,) = ec2.describe_instances(InstanceIds=[instance])["Reservations"]
    assert found["Instances"][0]["State"]["Name"] == "running"


def launched(ec2, **options):
    return ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, **options)["Instances"][0]["InstanceId"]


@row("CustomerKeyHasBeenRevoked")
def disk_whose_key_is_gone_attached(world):
    ec2, key = client("ec2"), a_key()
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1, Encrypted=True, KmsKeyId=key)["VolumeId"]
    ec2.describe_volumes(VolumeIds=[volume])
    client("kms").schedule_key_deletion(KeyId=key)
    world.clock.advance(days=31)
    ec2.attach_volume(VolumeId=volume, InstanceId=launched(ec2), Device="/dev/sdf")
    (shown,) = ec2.describe_volumes(VolumeIds=[volume])["Volumes"]
    assert shown["State"] == "in-use"


@row("AuthFailure")
def image_of_another_account_that_is_not_shared(world):
    image = client("ec2").create_image(InstanceId=launched(client("ec2")), Name="image")["ImageId"]
    world.account("222222222222").client("ec2").run_instances(ImageId=image, MinCount=1, MaxCount=1)


@row("AccessDenied")
def role_that_is_not_there_assumed():
    client("sts").assume_role(RoleArn=ABSENT_ROLE, RoleSessionName="session")


@pytest.mark.parametrize("name", ROWS)
def test_a_world_that_enforces_refuses_it(name):
    act, (code, *_) = ROWS[name]
    with World() as world:
        with suppress(ClientError):  # what fails later is not refused here
            done(act, world)
        assert [each.error.code for each in world.refusals][:1] == [code]
        assert not any(each.passed for each in world.refusals)


def done(act, world):
    act(*[world][: act.__code__.co_argcount])


@pytest.mark.parametrize("name", ROWS)
def test_audit_lets_it_pass_and_tells(name):
    act, codes = ROWS[name]
    with World(enforce="audit") as world:
        done(act, world)
        assert [each.error.code for each in world.refusals if each.passed] == list(codes)
        assert all(each.passed for each in world.refusals)
        assert "let pass" in world.refusals[0].explain()


@pytest.mark.parametrize("name", ROWS)
def test_a_world_that_enforces_nothing_says_nothing(name):
    act, _ = ROWS[name]
    with World(enforce="off") as world:
        done(act, world)
        assert list(world.refusals) == []


STACK = {
    "Disk": {
        "Type": "AWS::EC2::Volume",
        "Properties": {"AvailabilityZone": "us-east-1a", "Size": 1, "Encrypted": True, "KmsKeyId": "nope"},
    },
    "Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "g", "KmsKeyId": "nope"}},
    "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": json.loads(policy(ABSENT_ROLE))}},
    "Policy": {
        "Type": "AWS::ECR::Repository",
        "Properties": {"RepositoryName": "r", "RepositoryPolicyText": {"Statement": [{"Effect": "Maybe"}]}},
    },
}


@pytest.mark.parametrize("resource", STACK)
@pytest.mark.parametrize(
    ("enforce", "status"),
    [("strict", "ROLLBACK_COMPLETE"), ("audit", "CREATE_COMPLETE"), ("off", "CREATE_COMPLETE")],
)
def test_stacks_roll_back_only_where_the_world_enforces(resource, enforce, status):
    with World(enforce=enforce) as world:
        client("s3").create_bucket(Bucket="bucket")
        template = json.dumps({"Resources": {"It": STACK[resource]}})
        client("cloudformation").create_stack(StackName="s", TemplateBody=template)
        (stack,) = client("cloudformation").describe_stacks()["Stacks"]
        assert stack["StackStatus"] == status
        assert [each.passed for each in world.refusals][:1] == {"strict": [False], "audit": [True], "off": []}[enforce]


def test_what_a_test_asks_to_fail_fails_in_every_world():
    for enforce in ("strict", "audit", "off"):
        with World(enforce=enforce) as world, world.fault("sqs", "CreateQueue", error="OverLimit", message="full"):
            with pytest.raises(ClientError) as refused:
                client("sqs").create_queue(QueueName="q")
            assert refused.value.response["Error"]["Code"] == "OverLimit"


# --- what cannot pass in any world: the table of docs/from-moto.md --------------------------------------------------------


def a_signing_key():
    return a_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")


def a_ciphertext(**context):
    return client("kms").encrypt(KeyId=a_key(), Plaintext=b"x", EncryptionContext=context)["CiphertextBlob"]


CANNOT_PASS = {
    "a key, an alias or a grant that is not there": (
        "NotFoundException",
        lambda: client("kms").encrypt(KeyId=ABSENT_KEY, Plaintext=b"x"),
    ),
    "an operation that the key's usage has no mathematics for": (
        "InvalidKeyUsageException",
        lambda: client("kms").encrypt(KeyId=a_signing_key(), Plaintext=b"x"),
    ),
    "an algorithm of another kind of key": (
        "InvalidKeyUsageException",
        lambda: client("kms").sign(KeyId=a_signing_key(), Message=b"x", SigningAlgorithm="ECDSA_SHA_256"),
    ),
    "a digest of another length than the algorithm's": (
        "ValidationException",
        lambda: client("kms").sign(
            KeyId=a_signing_key(), Message=b"x", MessageType="DIGEST", SigningAlgorithm="RSASSA_PSS_SHA_256"
        ),
    ),
    "a key whose material was never imported": (
        "KMSInvalidStateException",
        lambda: client("kms").encrypt(KeyId=a_key(Origin="EXTERNAL"), Plaintext=b"x"),
    ),
    "a ciphertext that is damaged, or with another encryption context": (
        "InvalidCiphertextException",
        lambda: client("kms").decrypt(CiphertextBlob=a_ciphertext(a="b"), EncryptionContext={"a": "c"}),
    ),
    "a request that KMS cannot read": (
        "ValidationException",
        lambda: client("kms").schedule_key_deletion(KeyId=a_key(), PendingWindowInDays=1),
    ),
    "what moto itself refuses": (
        "NoSuchBucket",
        lambda: client("s3").get_object(Bucket="none", Key="k"),
    ),
}


@pytest.mark.parametrize("enforce", ["strict", "audit", "off"])
@pytest.mark.parametrize("what", CANNOT_PASS)
def test_what_has_nothing_to_go_on_with_fails_in_every_world(what, enforce):
    code, act = CANNOT_PASS[what]
    with World(enforce=enforce), pytest.raises(ClientError) as refused:
        act()
    assert refused.value.response["Error"]["Code"] == code


@pytest.mark.parametrize("enforce", ["strict", "audit", "off"])
def test_a_fault_is_meant_where_a_service_meets_it_too(enforce):
    with World(enforce=enforce) as world:
        s3, ec2, key = client("s3"), client("ec2"), a_key()
        s3.create_bucket(Bucket="bucket")
        with world.fault("kms", "GenerateDataKey", error="KMSInternalException"):
            with pytest.raises(ClientError) as refused:
                s3.put_object(Bucket="bucket", Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
            assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
        assert "Contents" not in s3.list_objects_v2(Bucket="bucket")
        volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
        snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
        with world.fault("kms", "GenerateDataKeyWithoutPlaintext", error="KMSInternalException"):
            copy = ec2.copy_snapshot(SourceSnapshotId=snapshot, SourceRegion="us-east-1", Encrypted=True, KmsKeyId=key)
        (shown,) = ec2.describe_snapshots(SnapshotIds=[copy["SnapshotId"]])["Snapshots"]
        assert shown["State"] == "error"
        assert not any(each.passed for each in world.refusals)


@pytest.mark.parametrize("enforce", ["audit", "off"])
def test_quotas_are_meant_where_a_service_meets_them_too(enforce):
    with World(enforce=enforce, quotas={"symmetric": 1}) as world:
        s3, key = boto3.client("s3", "us-east-1", config=Config(retries={"total_max_attempts": 1})), a_key()
        s3.create_bucket(Bucket="bucket")
        under = {"Bucket": "bucket", "Key": "k", "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
        with pytest.raises(ClientError) as refused:
            for _ in range(5):
                s3.put_object(**under, Body=b"x")
        assert refused.value.response["Error"]["Code"] == "SlowDown"
        assert not any(each.passed for each in world.refusals)


def test_what_a_refusal_undid_is_done_again_where_it_is_let_pass():
    """CreateSecret knows the encryption context only when there is a secret: it is made, refused, and deleted."""
    with World(enforce="audit") as world:
        account = world.account(world.account_id)
        deny = {"kms:EncryptionContext:SecretVersionId": "RequestToValidateKeyAccess"}
        statement = {"Effect": "Deny", "Principal": "*", "Action": "kms:GenerateDataKey", "Resource": "*"}
        allow = json.loads(policy(f"arn:aws:iam::{world.account_id}:root"))
        allow["Statement"].append({**statement, "Condition": {"StringNotEquals": deny}})
        key = account.client("kms").create_key(Policy=json.dumps(allow))["KeyMetadata"]["Arn"]
        secrets = client("secretsmanager")
        secrets.create_secret(Name="n", SecretString="x", KmsKeyId=key)
        assert secrets.get_secret_value(SecretId="n")["SecretString"] == "x"
        assert [each.error.code for each in world.refusals if each.passed] == ["AccessDeniedException"]


def test_who_watches_for_permissions_sees_other_refusals_as_ever():
    with World() as world, world.permissions():
        with pytest.raises(ClientError, match="MalformedPolicyDocumentException"):
            a_key(Policy=policy("arn:aws:iam::123456789012:root", "kms:Encrypt"))
        with pytest.raises(ClientError, match="MalformedPolicy"):
            bucket_policy_that_is_none()
        ec2 = client("ec2")
        volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1, Encrypted=True, KmsKeyId="nope")["VolumeId"]
        with pytest.raises(ClientError, match=r"InvalidVolume\.NotFound"):
            ec2.describe_volumes(VolumeIds=[volume])


@set_initial_no_auth_action_count(2)
def test_where_a_suite_has_moto_ask_for_permissions_denials_are_meant():
    with World(enforce="audit") as world:
        client("iam").create_user(UserName="u")
        key = client("iam").create_access_key(UserName="u")["AccessKey"]
        options = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
        with pytest.raises(ClientError) as refused:
            boto3.client("s3", "us-east-1", **options).list_buckets()
        assert refused.value.response["Error"]["Code"] == "AccessDenied"
        assert [each.passed for each in world.refusals] == [False]


def test_the_guide_lists_what_cannot_pass():
    guide = (Path(__file__).parents[2] / "docs" / "from-moto.md").read_text(encoding="utf-8")
    table = [line.split("|")[1].strip() for line in guide.splitlines() if line.startswith("| ")]
    assert [each for each in CANNOT_PASS if each not in table] == []


def test_a_wrong_secret_is_told_and_its_caller_is_the_accounts_root_from_there_on():
    with World(enforce="audit") as world:
        key = client("iam").create_user(UserName="u") and client("iam").create_access_key(UserName="u")["AccessKey"]
        options = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": "wrong"}
        assert boto3.client("kms", "us-east-1", **options).list_keys()["Keys"] == []
        assert [each.error.code for each in world.refusals if each.passed] == ["InvalidSignatureException"]


def test_services_that_are_not_named_are_answered_as_if_nothing_was_enforced():
    with World(enforce_services=("kms",)) as world:
        disabled_key_of_s3 = a_key()
        client("kms").disable_key(KeyId=disabled_key_of_s3)
        client("s3").create_bucket(Bucket="bucket")
        client("s3").put_object(
            Bucket="bucket", Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=disabled_key_of_s3
        )
        assert list(world.refusals) == []
        with pytest.raises(ClientError) as refused:
            client("kms").encrypt(KeyId=disabled_key_of_s3, Plaintext=b"x")
        assert refused.value.response["Error"]["Code"] == "DisabledException"


@pytest.mark.parametrize(
    ("value", "error", "said"),
    [
        ("kms", TypeError, "enforce_services='kms': give the names of services, such as ('kms', 's3')"),
        (("km",), ValueError, "enforce_services='km': botocore has no such service; did you mean 'kms'?"),
    ],
)
def test_services_that_do_not_exist_are_told(value, error, said):
    with pytest.raises(error, match=re.escape(said)):
        World(enforce_services=value)
