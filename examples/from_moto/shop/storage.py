"""Orders in S3, in DynamoDB and in databases."""

import boto3


def bucket(name, key=None):
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=name)
    if key is not None:
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
        s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    return name


def store(name, order, body, key=None):
    sealed = {} if key is None else {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    boto3.client("s3").put_object(Bucket=name, Key=f"orders/{order}", Body=body.encode(), **sealed)


def read(name, order):
    return boto3.client("s3").get_object(Bucket=name, Key=f"orders/{order}")["Body"].read().decode()


def table(name, key=None):
    sealed = {} if key is None else {"SSESpecification": {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}}
    boto3.client("dynamodb").create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "order", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "order", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        **sealed,
    )
    return boto3.resource("dynamodb").Table(name)


def database(name, key, service="rds", engine="postgres"):
    made = boto3.client(service).create_db_instance(
        DBInstanceIdentifier=name,
        DBInstanceClass="db.t3.medium",
        Engine=engine,
        AllocatedStorage=20,
        StorageEncrypted=True,
        KmsKeyId=key,
    )
    return made["DBInstance"]["DBInstanceStatus"]


def cluster(name, key):
    neptune = boto3.client("neptune")
    made = neptune.create_db_cluster(DBClusterIdentifier=name, Engine="neptune", StorageEncrypted=True, KmsKeyId=key)
    return made["DBCluster"]["DBClusterIdentifier"]


def file_system(token, key):
    efs = boto3.client("efs")
    return efs.create_file_system(CreationToken=token, Encrypted=True, KmsKeyId=key)["Encrypted"]
