"""Which operation of a service a type of resource stands for: a table, and how its rows read a template."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from kmsmock.services.kms.client import ServiceKms

Properties = Mapping[str, Any]


class Row(NamedTuple):
    """One type of resource.

    ``service`` is botocore's hyphenated id, ``model`` its name for the service model. ``params`` makes the operation's
    parameters of the properties and the resource's name; ``answer`` what it would answer, of moto's object.
    ``lost`` tells why a resource that was made is gone again.
    """

    service: str
    model: str
    operation: str
    params: Callable[[Properties, str], dict[str, Any]]
    answer: Callable[[Any], dict[str, Any]]
    lost: Callable[[ServiceKms, dict[str, Any]], str | None] = lambda kms, answer: None


def _same(*names: str, **renamed: str) -> Callable[[Properties, str], dict[str, Any]]:
    """The properties of these names as they are, and others under another name."""

    def params(properties: Properties, name: str) -> dict[str, Any]:
        both = {**{each: each for each in names}, **renamed}
        return {param: _plain(properties[each]) for each, param in both.items() if each in properties}

    return params


def _plain(value: Any) -> Any:
    """Templates write booleans and numbers as texts, too."""
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def _function(properties: Properties, name: str) -> dict[str, Any]:
    code = _same("SourceKMSKeyArn")(properties.get("Code") or {}, name)
    named = {"FunctionName": name, "Role": properties.get("Role", ""), "Code": code}
    return {**named, **_same("Environment", KmsKeyArn="KMSKeyArn")(properties, name)}


def _table(properties: Properties, name: str) -> dict[str, Any]:
    asked = properties.get("SSESpecification") or {}
    under = _same("KMSMasterKeyId", "SSEType", SSEEnabled="Enabled")(asked, name)
    if under.get("Enabled"):
        under.setdefault("SSEType", "KMS")
    return {"TableName": name, **({"SSESpecification": under} if under else {})}


def _repository(properties: Properties, name: str) -> dict[str, Any]:
    asked = properties.get("EncryptionConfiguration") or {}
    under = _same(EncryptionType="encryptionType", KmsKey="kmsKey")(asked, name)
    return {"repositoryName": name, **({"encryptionConfiguration": under} if under else {})}


def _database(made: Any) -> dict[str, Any]:
    named = {"DBInstanceIdentifier": made.db_instance_identifier, "DBInstanceArn": made.db_instance_arn}
    return {"DBInstance": named}


def _lost_volume(kms: ServiceKms, answer: dict[str, Any]) -> str | None:
    from kmsmock.services.ec2.records import Disks

    volume_id = answer["VolumeId"]
    gone = volume_id in kms.store.records(Disks).gone
    return f"Volume {volume_id} did not stabilize: the KMS key could not be used" if gone else None


ROWS: Mapping[str, Row] = {
    "AWS::EC2::Volume": Row(
        "ec2",
        "ec2",
        "CreateVolume",
        _same("AvailabilityZone", "Encrypted", "Iops", "KmsKeyId", "Size", "SnapshotId", "Throughput", "VolumeType"),
        lambda made: {"VolumeId": made.id, "Size": made.size},
        _lost_volume,
    ),
    "AWS::DynamoDB::Table": Row("dynamodb", "dynamodb", "CreateTable", _table, lambda made: {"TableDescription": {}}),
    "AWS::ECR::Repository": Row("ecr", "ecr", "CreateRepository", _repository, lambda made: {}),
    "AWS::EFS::FileSystem": Row(
        "efs",
        "efs",
        "CreateFileSystem",
        _same("Encrypted", "KmsKeyId"),
        lambda made: {"FileSystemId": made.file_system_id},
    ),
    "AWS::Lambda::Function": Row("lambda", "lambda", "CreateFunction", _function, lambda made: {}),
    "AWS::Logs::LogGroup": Row(
        "cloudwatch-logs",
        "logs",
        "CreateLogGroup",
        lambda properties, name: {
            "logGroupName": name,
            **_same(
                KmsKeyId="kmsKeyId",
                LogGroupClass="logGroupClass",
                DeletionProtectionEnabled="deletionProtectionEnabled",
            )(properties, name),
        },
        lambda made: {},
    ),
    "AWS::RDS::DBInstance": Row(
        "rds",
        "rds",
        "CreateDBInstance",
        lambda properties, name: {
            "DBInstanceIdentifier": name,
            **_same("DBClusterIdentifier", "Engine", "KmsKeyId", "StorageEncrypted")(properties, name),
        },
        _database,
    ),
}
"""Types whose services ask KMS when such a resource is made."""


class After(NamedTuple):
    """An operation on a resource that moto has made, since it passes over what the template says about encryption."""

    service: str
    model: str
    operation: str
    params: Callable[[Properties, Any], dict[str, Any] | None]


def _stream_key(properties: Properties, made: Any) -> dict[str, Any] | None:
    asked = properties.get("StreamEncryption")
    if asked is None:
        return None
    return {"StreamName": made.stream_name, "EncryptionType": asked["EncryptionType"], "KeyId": asked["KeyId"]}


def _topic_key(properties: Properties, made: Any) -> dict[str, Any] | None:
    key_id = properties.get("KmsMasterKeyId")
    named = {"TopicArn": made.arn, "AttributeName": "KmsMasterKeyId", "AttributeValue": key_id}
    return None if key_id is None else named


AFTER: Mapping[str, After] = {
    "AWS::Kinesis::Stream": After("kinesis", "kinesis", "StartStreamEncryption", _stream_key),
    "AWS::SNS::Topic": After("sns", "sns", "SetTopicAttributes", _topic_key),
}
"""Types whose keys are set by an operation of their own."""
