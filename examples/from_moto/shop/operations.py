"""Secrets, parameters, streams, logs, trails and builds."""

import boto3

BUILDER = "arn:aws:iam::123456789012:role/builder"


def secret(name, value, key=None):
    sealed = {} if key is None else {"KmsKeyId": key}
    boto3.client("secretsmanager").create_secret(Name=name, SecretString=value, **sealed)


def secret_value(name):
    return boto3.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"]


def parameter(name, value, key=None):
    sealed = {} if key is None else {"KeyId": key}
    boto3.client("ssm").put_parameter(Name=name, Value=value, Type="SecureString", **sealed)


def parameter_value(name):
    return boto3.client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]


def stream(name, key=None):
    kinesis = boto3.client("kinesis")
    kinesis.create_stream(StreamName=name, ShardCount=1)
    if key is not None:
        kinesis.start_stream_encryption(StreamName=name, EncryptionType="KMS", KeyId=key)
    return kinesis.describe_stream(StreamName=name)["StreamDescription"]["EncryptionType"]


def delivery(name, bucket, key):
    target = {"RoleARN": BUILDER, "BucketARN": f"arn:aws:s3:::{bucket}"}
    sealed = {"KeyARN": key, "KeyType": "CUSTOMER_MANAGED_CMK"}
    return boto3.client("firehose").create_delivery_stream(
        DeliveryStreamName=name,
        ExtendedS3DestinationConfiguration=target,
        DeliveryStreamEncryptionConfigurationInput=sealed,
    )["DeliveryStreamARN"]


def log_group(name, key=None):
    sealed = {} if key is None else {"kmsKeyId": key}
    logs = boto3.client("logs")
    logs.create_log_group(logGroupName=name, **sealed)
    return [each["logGroupName"] for each in logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]]


def trail(name, bucket):
    return boto3.client("cloudtrail").create_trail(Name=name, S3BucketName=bucket)["TrailARN"]


def build(name, key):
    project = boto3.client("codebuild").create_project(
        name=name,
        source={"type": "S3", "location": "sources/shop.zip"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={"type": "LINUX_CONTAINER", "image": "shop:1", "computeType": "BUILD_GENERAL1_SMALL"},
        serviceRole=BUILDER,
        encryptionKey=key,
    )
    return project["project"]["name"]


def queue(name, key=None):
    sealed = {} if key is None else {"Attributes": {"KmsMasterKeyId": key}}
    return boto3.client("sqs").create_queue(QueueName=name, **sealed)["QueueUrl"]


def announce(url, text):
    sqs = boto3.client("sqs")
    sqs.send_message(QueueUrl=url, MessageBody=text)
    return [each["Body"] for each in sqs.receive_message(QueueUrl=url).get("Messages", [])]
