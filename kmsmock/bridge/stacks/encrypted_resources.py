"""Encrypted resources of stacks: made by moto, after their service has asked KMS for whoever makes the stack.

A table says which operation of a service a type of resource stands for; the service's own file then does what it does
for that operation, with moto's making of the resource in its midst.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from kmsmock import services
from kmsmock.bridge.stacks.kms_resources import ResourceFailed
from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.kms import gate
from kmsmock.records import serving
from kmsmock.services import key_switches
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
    from kmsmock.services.ec2.records import disks

    volume_id = answer["VolumeId"]
    gone = volume_id in disks(kms.store).gone
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


@dataclass(slots=True)
class Making:
    """``services.Moto`` for the resource of a stack: its own operation is moto's making of the resource."""

    row: Row | After
    make: Callable[[], Any]
    region: str
    made: list[Any] = field(default_factory=list)

    def __call__(
        self,
        operation: str | None = None,
        *,
        account: str | None = None,
        region: str | None = None,
        service: str | None = None,
        **params: Any,
    ) -> dict[str, Any]:
        if operation in (None, self.row.operation):
            if not self.made:
                self.made.append(self.make())
            return self.row.answer(self.made[0]) if isinstance(self.row, Row) else {}
        return serving.current().run(service or self.row.model, str(operation), region or self.region, params, account)

    def own_answer(self, headers: Mapping[str, str] | None = None) -> Any:
        """There is no request of a client."""
        self()
        return 200, {}, b""


def encrypting(resource_type: str, original: Any) -> Any:
    """moto's class of a type of resource, that asks KMS when it makes one."""
    row = ROWS.get(resource_type)

    def create(resource_name: str, template: Any, account_id: str, region_name: str, **about: Any) -> Any:
        def make() -> Any:
            return original.create_from_cloudformation_json(resource_name, template, account_id, region_name, **about)

        properties = template.get("Properties", {})
        if resource_type in AFTER:
            created = make()
            try:
                _encrypted(AFTER[resource_type], properties, created, region_name, about)
            except ResourceFailed:
                original.delete_from_cloudformation_json(
                    created.physical_resource_id, template, account_id, region_name
                )
                raise
            return created
        if row is None:
            _check_named(resource_type, properties, region_name, about)
            with _failing(resource_type, about):
                return make()
        return _made(row, make, row.params(properties, resource_name), region_name, about)

    def update(
        original_resource: Any, new_resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
    ) -> Any:
        about = {"LogicalId": original_resource.logical_resource_id}
        if resource_type not in _AS_ITSELF and not _undoing.get():
            _check_named(resource_type, cloudformation_json.get("Properties", {}), region_name, about)
        change = original.update_from_cloudformation_json
        if hasattr(change, "__isabstractmethod__"):
            return original_resource  # moto passes over it
        return change(original_resource, new_resource_name, cloudformation_json, account_id, region_name)

    methods: dict[str, Any] = {
        "create_from_cloudformation_json": create,
        "update_from_cloudformation_json": update,
    }
    return type(original.__name__, (original,), {name: staticmethod(method) for name, method in methods.items()})


@contextmanager
def _failing(resource_type: str, about: Mapping[str, Any]) -> Iterator[None]:
    """What a service refuses while moto makes a resource fails the resource, not the request of the stack."""
    try:
        yield
    except AwsError as error:
        raise ResourceFailed(about["LogicalId"], resource_type, error, resource_type.split("::")[1].lower()) from None


_undoing: ContextVar[bool] = ContextVar("kmsmock_undoing", default=False)


@contextmanager
def undoing() -> Iterator[None]:
    """While a stack goes back to what it was its keys are not looked at."""
    token = _undoing.set(True)
    try:
        yield
    finally:
        _undoing.reset(token)


def _made(row: Row, make: Callable[[], Any], params: dict[str, Any], region: str, about: Mapping[str, Any]) -> Any:
    moto = Making(row, make, region)
    kms = _advised(row, moto, params, about)
    why = row.lost(kms, moto())
    if why is not None:
        raise ResourceFailed(about["LogicalId"], about["ResourceType"], AwsError("NotStabilized", why), row.model)
    return moto.made[0]


def _encrypted(after: After, properties: Properties, made: Any, region: str, about: Mapping[str, Any]) -> None:
    params = after.params(properties, made)
    if params is None:
        return
    moto = Making(after, lambda: serving.current().run(after.model, after.operation, region, params, None), region)
    _advised(after, moto, params, about)


def _advised(row: Row | After, moto: Making, params: dict[str, Any], about: Mapping[str, Any]) -> ServiceKms:
    """Do what the service's file does for the operation, and have it done in moto if that has not happened yet."""
    asking, service = serving.current(), services.find(row.service)
    principal = "" if service is None else service.principal
    call = Call(row.service, row.operation, params, asking.caller, moto.region, via=asking.via)
    kms = ServiceKms(asking.store, call, gate.answer, principal)
    advice = None if service is None else service.operations.get(row.operation)
    try:
        key_switches.check(call)
        if advice is not None:
            advice(call, kms, moto)
        moto()
    except AwsError as error:
        raise ResourceFailed(about["LogicalId"], about["ResourceType"], error, row.model) from None
    return kms


# --- types that nobody modelled ---------------------------------------------------------------------------------------

_KEY = re.compile(r"kms.*key.*|kms.*(?:id|arn)", re.IGNORECASE)
_LATER = frozenset({"AWS::S3::Bucket", "AWS::SQS::Queue"})
"""Types that take any key, and whose services look at it when it is used."""


_AS_ITSELF = frozenset({"AWS::Logs::LogGroup"})
"""Types whose services use the key as themselves, so that whoever changes the stack needs nothing."""


def _check_named(resource_type: str, properties: Properties, region: str, about: Mapping[str, Any]) -> None:
    from kmsmock.services import generic

    if resource_type in _LATER or resource_type.startswith(("AWS::KMS::", "AWS::IAM::")):
        return
    service, asking = resource_type.split("::")[1].lower(), serving.current()
    for name, key_id in _named(properties):
        call = Call(service, "Create", {}, asking.caller, region, via=asking.via)
        kms = ServiceKms(asking.store, call, gate.answer, f"{service}.amazonaws.com")
        with _failing(resource_type, about):
            generic.look(kms, key_id, f"a generic check of {name} of {resource_type}")


def _named(value: Any) -> Iterator[tuple[str, str]]:
    for name, item in value.items() if isinstance(value, Mapping) else ():
        if isinstance(item, str) and item and _KEY.fullmatch(name):
            yield name, item
        yield from _named(item)
    for item in value if isinstance(value, list) else ():
        yield from _named(item)
