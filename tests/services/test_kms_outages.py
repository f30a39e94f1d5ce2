"""KMS throttles a service, or fails: what each service says then, by the errors that it declares.

Sources: the errors of each operation in botocore's models (kinesis KMSThrottlingException, sqs KmsThrottled, sns KMSThrottling,
ebs DEPENDENCY_REQUEST_THROTTLED …), and "Common Errors" in the API reference of each service for those that declare none
(ThrottlingException, InternalFailure). That KMS's own failures are no fault of the key is the point: no service may
call the key invalid, disabled or inaccessible for them. No texts were recorded.
"""

import io
import json
import zipfile

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.support.claims import OWNER

pytestmark = pytest.mark.evidence(
    "documented", 'errors that botocore\'s models declare, and "Common Errors" of each API reference'
)

FAILURES = ["KMSInternalException", "DependencyTimeoutException", "KeyUnavailableException"]
TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


@pytest.fixture
def client(owner):
    """Clients of the root user that try once."""
    return lambda name: owner.client(name, config=Config(retries={"total_max_attempts": 1}))


def secret_read(client, key):
    secrets = client("secretsmanager")
    secrets.create_secret(Name="db", SecretString="s", KmsKeyId=key)
    return lambda: secrets.get_secret_value(SecretId="db")


def secret_write(client, key):
    return lambda: client("secretsmanager").create_secret(Name="db", SecretString="s", KmsKeyId=key)


def parameter_write(client, key):
    return lambda: client("ssm").put_parameter(Name="/p", Value="v", Type="SecureString", KeyId=key)


def parameter_read(client, key):
    parameter_write(client, key)()
    return lambda: client("ssm").get_parameter(Name="/p", WithDecryption=True)


def topic(client, key):
    sns = client("sns")
    arn = sns.create_topic(Name="t", Attributes={"KmsMasterKeyId": key})["TopicArn"]
    return lambda: sns.publish(TopicArn=arn, Message="m")


def queue(client, key):
    sqs = client("sqs")
    url = sqs.create_queue(QueueName="q", Attributes={"KmsMasterKeyId": key})["QueueUrl"]
    return lambda: sqs.send_message(QueueUrl=url, MessageBody="m")


def stream(client, key):
    kinesis = client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    kinesis.start_stream_encryption(StreamName="s", EncryptionType="KMS", KeyId=key)
    return lambda: kinesis.put_record(StreamName="s", Data=b"d", PartitionKey="p")


def table(client, key):
    specification = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
    schema = {
        "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    return lambda: client("dynamodb").create_table(TableName="t", SSESpecification=specification, **schema)


def items(client, key):
    table(client, key)()
    return lambda: client("dynamodb").put_item(TableName="t", Item={"k": {"S": "1"}})


def group(client, key):
    logs = client("logs")
    logs.create_log_group(logGroupName="g")
    return lambda: logs.associate_kms_key(logGroupName="g", kmsKeyId=key)


def function(client, key):
    iam = client("iam")
    trust = json.dumps({"Version": "2012-10-17", "Statement": TRUST})
    role = iam.create_role(RoleName="f", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("m.py", "def handler(event, context): pass")
    client("lambda").create_function(
        FunctionName="f",
        Runtime="python3.12",
        Role=role,
        Handler="m.handler",
        Code={"ZipFile": buffer.getvalue()},
        Environment={"Variables": {"a": "b"}},
        KMSKeyArn=key,
    )
    return lambda: client("lambda").invoke(FunctionName="f")


def file_system(client, key):
    return lambda: client("efs").create_file_system(CreationToken="t", Encrypted=True, KmsKeyId=key)


def cluster(client, key):
    encryption = [{"resources": ["secrets"], "provider": {"keyArn": key}}]
    return lambda: client("eks").create_cluster(
        name="c", roleArn=f"arn:aws:iam::{OWNER}:role/c", resourcesVpcConfig={}, encryptionConfig=encryption
    )


def repository(client, key):
    configuration = {"encryptionType": "KMS", "kmsKey": key}
    return lambda: client("ecr").create_repository(repositoryName="repo", encryptionConfiguration=configuration)


def vault(client, key):
    return lambda: client("backup").create_backup_vault(BackupVaultName="v", EncryptionKeyArn=key)


def delivery_stream(client, key):
    encryption = {"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": key}
    destination = {"RoleARN": f"arn:aws:iam::{OWNER}:role/firehose", "BucketARN": "arn:aws:s3:::bucket"}
    return lambda: client("firehose").create_delivery_stream(
        DeliveryStreamName="d",
        DeliveryStreamEncryptionConfigurationInput=encryption,
        ExtendedS3DestinationConfiguration=destination,
    )


def database(client, key):
    return lambda: client("rds").create_db_instance(
        DBInstanceIdentifier="db",
        DBInstanceClass="db.t3.micro",
        Engine="mysql",
        AllocatedStorage=20,
        MasterUsername="root",
        MasterUserPassword="password1",
        StorageEncrypted=True,
        KmsKeyId=key,
    )


def state_machine(client, key):
    configuration = {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": key}
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
    role = f"arn:aws:iam::{OWNER}:role/machine"
    return lambda: client("stepfunctions").create_state_machine(
        name="m", definition=definition, roleArn=role, encryptionConfiguration=configuration
    )


def replication_instance(client, key):
    return lambda: client("dms").create_replication_instance(
        ReplicationInstanceIdentifier="r", ReplicationInstanceClass="dms.t3.micro", KmsKeyId=key
    )


def snapshot_copy(client, key):
    ec2 = client("ec2")
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    made = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    return lambda: ec2.copy_snapshot(SourceRegion="us-east-1", SourceSnapshotId=made, Encrypted=True, KmsKeyId=key)


def snapshot(client, key):
    return lambda: client("ebs").start_snapshot(VolumeSize=1, Encrypted=True, KmsKeyArn=key)


CASES = {  # how it is asked, what it says when KMS throttles it, and when KMS fails
    "GetSecretValue": (secret_read, ("ThrottlingException", 400), ("InternalServiceError", 500)),
    "CreateSecret": (secret_write, ("ThrottlingException", 400), ("InternalServiceError", 500)),
    "GetParameter": (parameter_read, ("ThrottlingException", 400), ("InternalServerError", 500)),
    "PutParameter": (parameter_write, ("ThrottlingException", 400), ("InternalServerError", 500)),
    "Publish": (topic, ("KMSThrottling", 400), ("InternalError", 500)),
    "SendMessage": (queue, ("KMS.ThrottlingException", 400), ("InternalFailure", 500)),
    "PutRecord": (stream, ("KMSThrottlingException", 400), ("InternalFailureException", 500)),
    "CreateTable": (table, ("ThrottlingException", 400), ("InternalServerError", 500)),
    "PutItem": (items, ("ThrottlingException", 400), ("InternalServerError", 500)),
    "AssociateKmsKey": (group, ("ThrottlingException", 400), ("ServiceUnavailableException", 500)),
    "Invoke": (function, ("ServiceException", 500), ("ServiceException", 500)),
    "CreateFileSystem": (file_system, ("ThrottlingException", 429), ("InternalServerError", 500)),
    "CreateCluster": (cluster, ("ThrottlingException", 400), ("ServerException", 500)),
    "CreateRepository": (repository, ("KmsException", 400), ("KmsException", 400)),
    "CreateBackupVault": (vault, ("ServiceUnavailableException", 500), ("ServiceUnavailableException", 500)),
    "CreateDeliveryStream": (
        delivery_stream,
        ("ServiceUnavailableException", 500),
        ("ServiceUnavailableException", 500),
    ),
    "CreateDBInstance": (database, ("Throttling", 400), ("InternalFailure", 500)),
    # looked at as in any service that is not modelled
    "CreateStateMachine": (state_machine, ("KmsThrottlingException", 400), ("InternalFailure", 500)),
    "CreateReplicationInstance": (replication_instance, ("ThrottlingException", 400), ("InternalFailure", 500)),
    "CopySnapshot": (snapshot_copy, ("RequestLimitExceeded", 503), ("InternalError", 500)),
    "StartSnapshot": (snapshot, ("RequestThrottledException", 400), ("InternalServerException", 500)),
}


def says(world, failure, act):
    """Code and status of what a service says while KMS fails all calls."""
    with world.fault("kms", "*", error=failure), pytest.raises(ClientError) as caught:
        act()
    error = caught.value.response
    return error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]


@pytest.mark.parametrize("name", CASES)
def test_a_service_that_kms_throttles_says_so(aws_world, client, key, name):
    prepare, throttled, _ = CASES[name]
    assert says(aws_world, "ThrottlingException", prepare(client, key)) == throttled


@pytest.mark.parametrize("name", CASES)
def test_a_failure_of_kms_is_one_of_the_service(aws_world, client, key, name):
    prepare, _, failed = CASES[name]
    act = prepare(client, key)
    assert [says(aws_world, failure, act) for failure in FAILURES] == [failed] * len(FAILURES)


RETRIED = [
    *((name, "KMSInternalException") for name in ("GetSecretValue", "GetParameter", "PutRecord", "Publish", "PutItem")),
    *((name, "ThrottlingException") for name in ("GetSecretValue", "GetParameter", "PutItem", "CreateFileSystem")),
]


@pytest.mark.parametrize(("name", "failure"), RETRIED)
def test_clients_retry_what_they_retry_in_aws(aws_world, owner, key, name, failure):
    """botocore's standard mode retries ThrottlingException and statuses of 500; KMSThrottling… it knows only of some."""
    patient = {}
    act = CASES[name][0](lambda each: patient.setdefault(each, owner.client(each)), key)
    with aws_world.fault("kms", "*", error=failure, times=1):
        assert act()["ResponseMetadata"]["RetryAttempts"] >= 1


@pytest.mark.parametrize("failure", ["ThrottlingException", *FAILURES])
def test_ecr_tells_the_code_of_kms_beside_its_own(aws_world, client, key, failure):
    with aws_world.fault("kms", "*", error=failure), pytest.raises(ClientError) as caught:
        repository(client, key)()
    assert caught.value.response["kmsError"] == failure
