"""What a world has in it before it is fuzzed: one of most things, so that requests find something."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tools.fuzz.values import Names

_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
    }
)


def furnish(client: Callable[[str], Any], names: Names) -> None:
    """Make keys, an image, a bucket and so on, and learn their names."""
    kms = client("kms")
    for options in ({}, {"KeyUsage": "SIGN_VERIFY", "KeySpec": "ECC_NIST_P256"}, {"Origin": "EXTERNAL"}):
        names.learn(kms.create_key(**options))
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/one", TargetKeyId=key)
    names.learn(kms.list_aliases())
    names.learn(kms.create_grant(KeyId=key, GranteePrincipal="arn:aws:iam::111111111111:root", Operations=["Decrypt"]))
    s3 = client("s3")
    s3.create_bucket(Bucket="bucket-1")
    s3.put_object(Bucket="bucket-1", Key="key-1", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    names.learn({"Bucket": "bucket-1", "Key": "key-1"})
    names.learn(s3.create_multipart_upload(Bucket="bucket-1", Key="key-1"))
    ec2 = client("ec2")
    names.learn(ec2.create_volume(AvailabilityZone="us-east-1a", Size=1, Encrypted=True, KmsKeyId=key))
    names.learn(ec2.create_snapshot(VolumeId=names.like("VolumeId")[0]))
    snapshot = names.like("SnapshotId")[0]
    disk = {"DeviceName": "/dev/sda1", "Ebs": {"SnapshotId": snapshot}}
    names.learn(ec2.register_image(Name="one", RootDeviceName="/dev/sda1", BlockDeviceMappings=[disk]))
    names.learn(ec2.run_instances(ImageId=names.like("ImageId")[0], MinCount=1, MaxCount=1))
    names.learn(client("secretsmanager").create_secret(Name="one", SecretString="x", KmsKeyId=key))
    names.learn(client("sqs").create_queue(QueueName="one"))
    names.learn(client("sns").create_topic(Name="one"))
    names.learn(client("iam").create_role(RoleName="one", AssumeRolePolicyDocument=_TRUST))
    names.learn(client("iam").create_user(UserName="one"))
    table = {"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST"}
    attributes = [{"AttributeName": "id", "AttributeType": "S"}]
    names.learn(client("dynamodb").create_table(TableName="one", AttributeDefinitions=attributes, **table))
    names.learn(client("kinesis").create_stream(StreamName="one", ShardCount=1) or {})
    names.learn({"StreamName": "one", "LogGroupName": "one", "TableName": "one"})
    client("logs").create_log_group(logGroupName="one")
    names.learn(client("ssm").put_parameter(Name="one", Value="x", Type="SecureString", KeyId=key))
    rds = client("rds")
    names.learn(
        rds.create_db_instance(
            DBInstanceIdentifier="one",
            DBInstanceClass="db.t3.micro",
            Engine="mysql",
            AllocatedStorage=20,
            MasterUsername="u",
            MasterUserPassword="password",
            StorageEncrypted=True,
        )
    )
    names.learn(rds.create_db_snapshot(DBInstanceIdentifier="one", DBSnapshotIdentifier="snap"))
