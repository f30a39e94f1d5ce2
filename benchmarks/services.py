"""What messages, secrets, parameters and tables under a customer's key cost, against moto, which asks no key."""

from collections.abc import Iterator

import boto3
from moto import mock_aws

import kmsmock
from benchmarks.figures import CREDENTIALS, Figure, median_ratio, taken

ROUNDS, TIMES = 5, 30
SERVICES = ("kms", "sqs", "secretsmanager", "ssm", "dynamodb")


def calls():
    """name -> one call on something that a customer's key protects."""
    kms, sqs, secrets, ssm, tables = (boto3.client(each, **CREDENTIALS) for each in SERVICES)
    key = kms.create_key()["KeyMetadata"]["Arn"]
    queue = sqs.create_queue(QueueName="q", Attributes={"KmsMasterKeyId": key})["QueueUrl"]
    secrets.create_secret(Name="s", SecretString="x", KmsKeyId=key)
    secure = {"Name": "/p", "Value": "x", "Type": "SecureString", "KeyId": key, "Overwrite": True}
    ssm.put_parameter(**secure)
    tables.create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key},
    )
    item = {"k": {"S": "a"}}
    tables.put_item(TableName="t", Item=item)
    return {
        "sqs send_message": lambda: sqs.send_message(QueueUrl=queue, MessageBody="x"),
        "sqs receive_message": lambda: sqs.receive_message(QueueUrl=queue),
        "secretsmanager put_secret_value": lambda: secrets.put_secret_value(SecretId="s", SecretString="x"),
        "secretsmanager get_secret_value": lambda: secrets.get_secret_value(SecretId="s"),
        "ssm put_parameter": lambda: ssm.put_parameter(**secure),
        "ssm get_parameter": lambda: ssm.get_parameter(Name="/p", WithDecryption=True),
        "dynamodb put_item": lambda: tables.put_item(TableName="t", Item=item),
        "dynamodb get_item": lambda: tables.get_item(TableName="t", Key=item),
    }


def measured():
    return {name: taken(call, TIMES) for name, call in calls().items()}


def figures() -> Iterator[Figure]:
    """Each call as a ratio to moto."""
    ours, theirs = [], []
    for _ in range(ROUNDS):
        with mock_aws():
            theirs.append(measured())
        with kmsmock.World():
            ours.append(measured())
    for name in ours[0]:
        ratio = median_ratio([each[name] for each in ours], [each[name] for each in theirs])
        yield Figure("services", name, ratio, "x moto")
