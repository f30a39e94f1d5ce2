"""CloudFormation's KMS resources ("AWS KMS resource type reference"), made by calls through the gate."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from kmsmock.bridge import kms_calls
from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.iam.arn import Arn
from kmsmock.records import serving
from kmsmock.services.kms import late
from kmsmock.store import is_meant

Properties = Mapping[str, Any]


class ResourceFailed(Exception):
    """A resource of a stack could not be made or changed; ``error`` is what the service said."""

    def __init__(self, logical_id: str, resource_type: str, error: AwsError, service: str = "kms") -> None:
        super().__init__(f"{logical_id}: {error}")
        self.logical_id = logical_id
        self.resource_type = resource_type
        self.error = error
        self.service = service

    @property
    def reason(self) -> str:
        """ResourceStatusReason in the stack's events."""
        where = f"(Service: {self.service.capitalize()}, Status Code: {self.error.status})"
        return f'Resource handler returned message: "{self.error.message} {where}"'


def passes(asking: serving.MotoRequest, error: AwsError) -> bool:
    """Whether the world lets a resource be made of which a service said this."""
    return asking.store.lets_pass and not is_meant(error)


def fail(asking: serving.MotoRequest, call: Call, failure: ResourceFailed) -> None:
    """Let a resource fail. Where the world lets that pass it is told, and whoever makes the resource goes on."""
    if not passes(asking, failure.error):
        raise failure from None
    late.failed(asking.store, call, failure.error, failure.logical_id, "is CREATE_FAILED, and its stack rolls back")


def _boolean(value: Any) -> bool:
    return value if isinstance(value, bool) else str(value).lower() == "true"


def document(value: Any) -> str:
    """The text of a policy in a template. To YAML its Version is a date, unless it is in quotes."""
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _tags(value: Any) -> list[dict[str, str]]:
    return [{"TagKey": tag["Key"], "TagValue": str(tag["Value"])} for tag in value]


_PARAMETERS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "KeyPolicy": ("Policy", document),
    "Description": ("Description", str),
    "KeySpec": ("KeySpec", str),
    "KeyUsage": ("KeyUsage", str),
    "Origin": ("Origin", str),
    "MultiRegion": ("MultiRegion", _boolean),
    "BypassPolicyLockoutSafetyCheck": ("BypassPolicyLockoutSafetyCheck", _boolean),
    "Tags": ("Tags", _tags),
}
"""Property of the template -> parameter of CreateKey or ReplicateKey."""

_SHARED = {"KeyPolicy", "Description", "Enabled", "PendingWindowInDays", "Tags"}
_OWN = {"EnableKeyRotation", "RotationPeriodInDays", "KeySpec", "KeyUsage", "Origin", "MultiRegion"}
_FIXED = ("KeySpec", "KeyUsage", "Origin", "MultiRegion", "PrimaryKeyArn")


class _Resource:
    """What moto asks of every resource of a stack."""

    TYPE = ""
    ATTRIBUTES: tuple[str, ...] = ()
    PROPERTIES: frozenset[str] = frozenset()

    def __init__(self, properties: Properties, region: str) -> None:
        self.properties = properties
        self.region = region
        self.type = self.TYPE
        self.arn = ""

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return attr in cls.ATTRIBUTES

    def is_created(self) -> bool:
        return True

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Properties, account_id: str, region_name: str, **about: str
    ) -> _Resource:
        """Make the resource. Raises ResourceFailed when KMS refuses."""
        created = cls(cloudformation_json["Properties"], region_name)
        try:
            created.check()
            with serving.current().store.making(about["LogicalId"]):
                created.create()
        except AwsError as error:
            raise ResourceFailed(about["LogicalId"], cls.TYPE, error) from None
        return created

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: Properties,
        account_id: str,
        region_name: str,
    ) -> _Resource:
        """Bring the resource to what the template says now."""
        wanted = cls(cloudformation_json["Properties"], region_name)
        try:
            wanted.check()
            with serving.current().store.making(original_resource.logical_resource_id):
                wanted.take_over(original_resource)
        except AwsError as error:
            with suppress(AwsError):  # what was changed before the refusal is changed back
                original_resource.take_over(wanted)
            raise ResourceFailed(original_resource.logical_resource_id, cls.TYPE, error) from None
        return wanted

    def check(self) -> None:
        """Raises what CloudFormation answers for a property that the type does not have."""
        unknown = sorted(self.properties.keys() - self.PROPERTIES)
        if unknown:
            raise AwsError("ValidationError", f"Encountered unsupported property {unknown[0]}")

    def kms(self, operation: str, region: str | None = None, **params: Any) -> dict[str, Any]:
        return kms_calls.call(operation, region or self.region, **params)

    def create(self) -> None:
        raise NotImplementedError

    def take_over(self, old: Any) -> None:
        raise NotImplementedError


class Key(_Resource):
    """AWS::KMS::Key."""

    TYPE = "AWS::KMS::Key"
    ATTRIBUTES = ("Arn", "KeyId")
    PROPERTIES = frozenset(_SHARED | _OWN | {"BypassPolicyLockoutSafetyCheck"})

    @property
    def physical_resource_id(self) -> str:
        return self.arn.rsplit("/", 1)[-1]

    def get_cfn_attribute(self, name: str) -> str:
        return self.arn if name == "Arn" else self.physical_resource_id

    def create(self) -> None:
        self.arn = self.make(self.parameters())
        self.change_from({})

    def make(self, params: dict[str, Any]) -> str:
        return str(self.kms("CreateKey", **params)["KeyMetadata"]["Arn"])

    def parameters(self) -> dict[str, Any]:
        rows = ((name, _PARAMETERS.get(name)) for name in self.properties)
        return {row[0]: row[1](self.properties[name]) for name, row in rows if row is not None}

    def change_from(self, old: Properties) -> None:
        """The properties that calls of their own bring about."""
        if self.differs(old, "EnableKeyRotation", False) or self.differs(old, "RotationPeriodInDays", None):
            if _boolean(self.properties.get("EnableKeyRotation", False)):
                period = self.properties.get("RotationPeriodInDays")
                self.kms(
                    "EnableKeyRotation",
                    KeyId=self.arn,
                    RotationPeriodInDays=None if period is None else int(period),
                )
            elif _boolean(old.get("EnableKeyRotation", False)):
                self.kms("DisableKeyRotation", KeyId=self.arn)
        if self.differs(old, "Enabled", True):
            self.kms("EnableKey" if _boolean(self.properties.get("Enabled", True)) else "DisableKey", KeyId=self.arn)

    def differs(self, old: Properties, name: str, default: Any) -> bool:
        return bool(self.properties.get(name, default) != old.get(name, default))

    def take_over(self, old: Any) -> None:
        self.arn = old.arn
        for name in _FIXED:
            if self.differs(old.properties, name, None):
                # The update fails, as documented; the words are not recorded.
                raise AwsError("InvalidRequest", f"You cannot change the {name} of an existing KMS key.")
        if self.differs(old.properties, "KeyPolicy", None):
            bypass = _boolean(self.properties.get("BypassPolicyLockoutSafetyCheck", False)) or None
            policy = document(self.properties["KeyPolicy"])
            self.kms("PutKeyPolicy", KeyId=self.arn, Policy=policy, BypassPolicyLockoutSafetyCheck=bypass)
        if self.differs(old.properties, "Description", ""):
            self.kms("UpdateKeyDescription", KeyId=self.arn, Description=self.properties.get("Description", ""))
        self.retag(_tags(old.properties.get("Tags", [])), _tags(self.properties.get("Tags", [])))
        self.change_from(old.properties)

    def retag(self, old: list[dict[str, str]], new: list[dict[str, str]]) -> None:
        gone = {tag["TagKey"] for tag in old} - {tag["TagKey"] for tag in new}
        if gone:
            self.kms("UntagResource", KeyId=self.arn, TagKeys=sorted(gone))
        changed = [tag for tag in new if tag not in old]
        if changed:
            self.kms("TagResource", KeyId=self.arn, Tags=changed)

    def delete(self, account_id: str, region_name: str) -> None:
        """Deleting the resource schedules the deletion of the key; one that waits already is left alone."""
        window = self.properties.get("PendingWindowInDays")
        try:
            self.kms("ScheduleKeyDeletion", KeyId=self.arn, PendingWindowInDays=None if window is None else int(window))
        except AwsError as error:
            if error.code not in ("KMSInvalidStateException", "NotFoundException"):
                raise


class ReplicaKey(Key):
    """AWS::KMS::ReplicaKey: the stack's Region gets a replica of a primary elsewhere."""

    TYPE = "AWS::KMS::ReplicaKey"
    PROPERTIES = frozenset(_SHARED | {"PrimaryKeyArn"})

    def make(self, params: dict[str, Any]) -> str:
        primary = str(self.properties["PrimaryKeyArn"])
        created = self.kms("ReplicateKey", Arn.of(primary).region, KeyId=primary, ReplicaRegion=self.region, **params)
        kms_calls.up_to_date()
        return str(created["ReplicaKeyMetadata"]["Arn"])


class Alias(_Resource):
    """AWS::KMS::Alias."""

    TYPE = "AWS::KMS::Alias"
    PROPERTIES = frozenset({"AliasName", "TargetKeyId"})

    @property
    def physical_resource_id(self) -> str:
        return str(self.properties["AliasName"])

    def get_cfn_attribute(self, name: str) -> str:
        raise NotImplementedError(f"AWS::KMS::Alias has no attribute {name}")

    def create(self) -> None:
        self.kms("CreateAlias", AliasName=self.physical_resource_id, TargetKeyId=self.properties["TargetKeyId"])

    def take_over(self, old: Any) -> None:
        if self.physical_resource_id != old.physical_resource_id:
            self.create()
            old.delete("", self.region)
        else:
            self.kms("UpdateAlias", AliasName=self.physical_resource_id, TargetKeyId=self.properties["TargetKeyId"])

    def delete(self, account_id: str, region_name: str) -> None:
        """An alias that went with its key is gone already."""
        try:
            self.kms("DeleteAlias", AliasName=self.physical_resource_id)
        except AwsError as error:
            if error.code != "NotFoundException":
                raise


RESOURCES: Mapping[str, type[_Resource]] = {each.TYPE: each for each in (Key, ReplicaKey, Alias)}
