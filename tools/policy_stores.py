"""The operations that store a policy, on a world that has one thing of each kind to store it in."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tools.policy_documents import ACCOUNT, ROOT


class Stores:
    """The operations that store a policy, each with something to store it in, and calls that what is stored decides."""

    def __init__(self, account: Any) -> None:
        self._account, self._made = account, 0
        user = account.user("u")
        self._client, self._of_user = account.root.client, user.client
        key = self._client("kms").create_key()["KeyMetadata"]["Arn"]
        self._client("s3").create_bucket(Bucket="bucket")
        queue = self._client("sqs").create_queue(QueueName="q")["QueueUrl"]
        topic = self._client("sns").create_topic(Name="t")["TopicArn"]
        secret = self._client("secretsmanager").create_secret(Name="s", SecretString="x")["ARN"]
        self._client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(_TRUST))
        self._client("organizations").create_organization(FeatureSet="ALL")
        vpc = self._client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        endpoint = {"VpcId": vpc, "ServiceName": "com.amazonaws.us-east-1.s3"}
        self._client("ecr").create_repository(repositoryName="repo")
        files = self._client("efs").create_file_system(CreationToken="f")["FileSystemId"]
        table = self._client("dynamodb").create_table(**_TABLE)["TableDescription"]["TableArn"]
        self._client("kinesis").create_stream(StreamName="s", ShardCount=1)
        stream = f"arn:aws:kinesis:us-east-1:{account.id}:stream/s"
        call = self._call
        self.calls: Mapping[str, Callable[[str], object]] = {
            "kms PutKeyPolicy": call("kms", "put_key_policy", "Policy", KeyId=key),
            "kms CreateKey": call("kms", "create_key", "Policy"),
            "s3 PutBucketPolicy": call("s3", "put_bucket_policy", "Policy", Bucket="bucket"),
            "sqs SetQueueAttributes": lambda text: self._client("sqs").set_queue_attributes(
                QueueUrl=queue, Attributes={"Policy": text}
            ),
            "sns SetTopicAttributes": call(
                "sns", "set_topic_attributes", "AttributeValue", TopicArn=topic, AttributeName="Policy"
            ),
            "secretsmanager PutResourcePolicy": call(
                "secretsmanager", "put_resource_policy", "ResourcePolicy", SecretId=secret
            ),
            "ec2 CreateVpcEndpoint": call("ec2", "create_vpc_endpoint", "PolicyDocument", **endpoint),
            "iam PutUserPolicy": call("iam", "put_user_policy", "PolicyDocument", UserName="u", PolicyName="p"),
            "iam CreatePolicy": self._numbered("iam", "create_policy", "PolicyDocument", "PolicyName"),
            "iam UpdateAssumeRolePolicy": call("iam", "update_assume_role_policy", "PolicyDocument", RoleName="r"),
            "sts GetFederationToken": lambda text: user.client("sts").get_federation_token(Name="f", Policy=text),
            "organizations CreatePolicy, SCP": self._control("SERVICE_CONTROL_POLICY"),
            "organizations CreatePolicy, RCP": self._control("RESOURCE_CONTROL_POLICY"),
            "ecr SetRepositoryPolicy": call("ecr", "set_repository_policy", "policyText", repositoryName="repo"),
            "ecr PutRegistryPolicy": call("ecr", "put_registry_policy", "policyText"),
            "efs PutFileSystemPolicy": call("efs", "put_file_system_policy", "Policy", FileSystemId=files),
            "dynamodb PutResourcePolicy": call("dynamodb", "put_resource_policy", "Policy", ResourceArn=table),
            "kinesis PutResourcePolicy": call("kinesis", "put_resource_policy", "Policy", ResourceARN=stream),
            "events PutPermission": call("events", "put_permission", "Policy"),
            "logs PutResourcePolicy": call("logs", "put_resource_policy", "policyDocument", policyName="p"),
            "apigateway CreateRestApi": call("apigateway", "create_rest_api", "policy", name="api"),
        }
        self.uses: Sequence[Callable[[], object]] = (
            lambda: user.client("kms").encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"a": "a" * 4000}),
            lambda: user.client("s3").get_object(Bucket="bucket", Key="a" * 1000),
            lambda: user.client("s3").get_bucket_policy_status(Bucket="bucket"),
            lambda: user.client("secretsmanager").get_secret_value(SecretId=secret),
            lambda: self._client("sts").assume_role(RoleArn=_ROLE, RoleSessionName="s"),
            lambda: user.client("ec2").describe_volumes(),
        )

    def _call(self, service: str, method: str, member: str, **more: Any) -> Callable[[str], object]:
        act = getattr(self._client(service), method)
        return lambda text: act(**more, **{member: text})

    def _numbered(self, service: str, method: str, member: str, name: str, **more: Any) -> Callable[[str], object]:
        def create(text: str) -> object:
            self._made += 1
            return self._call(service, method, member, **more, **{name: f"p{self._made}"})(text)

        return create

    def _control(self, kind: str) -> Callable[[str], object]:
        return self._numbered("organizations", "create_policy", "Content", "Name", Type=kind, Description="d")


_ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "sts:AssumeRole"}],
}
_TABLE: Mapping[str, Any] = {
    "TableName": "t",
    "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
