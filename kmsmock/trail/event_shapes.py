"""THE TABLE of events: what each operation shows beside its parameters ("Examples of AWS KMS log entries")."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kmsmock.iam.arn import Arn, kms_arn
from kmsmock.trail import cloudtrail_format
from kmsmock.trail.recording import ApiCall

KEY, ALIAS = "AWS::KMS::Key", "AWS::KMS::Alias"
Part = Callable[[ApiCall], "dict[str, Any] | None"]
Resource = dict[str, str]


def about(arn: str, kind: str = KEY) -> Resource:
    """An entry of ``resources``."""
    return {"accountId": Arn.of(arn).account, "type": kind, "ARN": arn}


def _nothing(made: ApiCall) -> dict[str, Any] | None:
    return None


def _keys(made: ApiCall) -> list[Resource]:
    return [about(key.arn) for key in made.keys]


def _as_sent(defaults: Mapping[str, Any]) -> Part:
    return lambda made: cloudtrail_format.members({**defaults, **made.call.params}) or None


# --- responseElements -----------------------------------------------------------------------------------------------


def _the_key(made: ApiCall) -> dict[str, Any]:
    return {"keyId": made.keys[0].arn}


def _answer(made: ApiCall) -> dict[str, Any]:
    return cloudtrail_format.members(made.fact)


def _key_metadata(made: ApiCall) -> dict[str, Any]:
    return {"keyMetadata": cloudtrail_format.members(made.fact)}


def _grant(made: ApiCall) -> dict[str, Any]:
    return {"grantId": made.fact, "keyId": made.keys[0].arn}


# --- additionalEventData --------------------------------------------------------------------------------------------


def _current_material(made: ApiCall) -> dict[str, Any] | None:
    key = made.keys[0]
    return {"keyMaterialId": made.fact.hex()} if key.symmetric and key.key_store is None else None


def _material(made: ApiCall) -> dict[str, Any] | None:
    return None if made.fact is None else {"keyMaterialId": made.fact}


def _both_materials(made: ApiCall) -> dict[str, Any] | None:
    both = zip(("sourceKeyMaterialId", "destinationKeyMaterialId"), made.fact, strict=True)
    return {name: value for name, value in both if value is not None} or None


def _key_store(made: ApiCall) -> dict[str, Any]:
    name, cluster = made.fact
    return {"customKeyStoreName": name, **({} if cluster is None else {"clusterId": cluster})}


# --- resources ------------------------------------------------------------------------------------------------------


def _new_key(made: ApiCall) -> list[Resource]:
    return [] if made.fact is None else [about(made.fact["Arn"])]


def _first_key(made: ApiCall) -> list[Resource]:
    return _keys(made)[:1]


def _alias(made: ApiCall) -> Resource:
    call = made.call
    return about(kms_arn(call.params["AliasName"], call.partition, call.region, call.account), ALIAS)


def _key_and_alias(made: ApiCall) -> list[Resource]:
    return [*_first_key(made), _alias(made)] if made.keys else []


def _alias_and_key(made: ApiCall) -> list[Resource]:
    return [_alias(made), *_first_key(made)] if made.keys else []


# --- requestParameters ----------------------------------------------------------------------------------------------


def _of_new_key(made: ApiCall) -> dict[str, Any]:
    params = made.call.params
    spec = params.get("KeySpec") or params.get("CustomerMasterKeySpec") or _SYMMETRIC
    both = {"KeySpec": spec, "CustomerMasterKeySpec": spec}
    return cloudtrail_format.members({**_NEW_KEY, **params, **both})


_SYMMETRIC = "SYMMETRIC_DEFAULT"
_BYPASS = {"BypassPolicyLockoutSafetyCheck": False}
_NEW_KEY = {
    "Description": "",
    "KeyUsage": "ENCRYPT_DECRYPT",
    "Origin": "AWS_KMS",
    "MultiRegion": False,
    **_BYPASS,
}
_ENCRYPTION = {"EncryptionAlgorithm": _SYMMETRIC}
_RE_ENCRYPTION = {"SourceEncryptionAlgorithm": _SYMMETRIC, "DestinationEncryptionAlgorithm": _SYMMETRIC}
_MESSAGE = {"MessageType": "RAW"}


@dataclass(frozen=True, slots=True)
class Shape:
    """``answer`` and ``more`` (additionalEventData) are those of a call that succeeded."""

    changes: bool = False
    sent: Part = field(default=_as_sent({}))
    answer: Part = _nothing
    more: Part = _nothing
    resources: Callable[[ApiCall], list[Resource]] = _keys


_READS = Shape()
_CHANGES = Shape(changes=True)
_ANSWERS_THE_KEY = Shape(changes=True, answer=_the_key)
_ANSWERS = Shape(changes=True, answer=_answer)
_MAKES_DATA_KEYS = Shape(more=_current_material)
_OF_KEY_STORE = Shape(changes=True, more=_key_store)

_SHAPES: Mapping[str, Shape] = {
    "CancelKeyDeletion": _ANSWERS_THE_KEY,
    "ConnectCustomKeyStore": _OF_KEY_STORE,
    "CreateAlias": Shape(changes=True, answer=_the_key, resources=_key_and_alias),
    "CreateCustomKeyStore": Shape(changes=True, answer=lambda made: {"customKeyStoreId": made.fact}),
    "CreateGrant": Shape(changes=True, answer=_grant),
    "CreateKey": Shape(changes=True, sent=_of_new_key, answer=_key_metadata, resources=_new_key),
    "Decrypt": Shape(sent=_as_sent(_ENCRYPTION), more=_material),
    "DeleteAlias": Shape(changes=True, answer=_the_key, resources=_alias_and_key),
    "DeleteCustomKeyStore": _CHANGES,
    "DeleteImportedKeyMaterial": _ANSWERS,
    "DisableKey": _ANSWERS_THE_KEY,
    "DisableKeyRotation": _CHANGES,
    "DisconnectCustomKeyStore": _OF_KEY_STORE,
    "EnableKey": _ANSWERS_THE_KEY,
    "EnableKeyRotation": _ANSWERS_THE_KEY,
    "Encrypt": Shape(sent=_as_sent(_ENCRYPTION), more=_current_material),
    "GenerateDataKey": _MAKES_DATA_KEYS,
    "GenerateDataKeyPair": _MAKES_DATA_KEYS,
    "GenerateDataKeyPairWithoutPlaintext": _MAKES_DATA_KEYS,
    "GenerateDataKeyWithoutPlaintext": _MAKES_DATA_KEYS,
    "GenerateRandom": Shape(sent=_nothing),
    "ImportKeyMaterial": _ANSWERS,
    "PutKeyPolicy": Shape(changes=True, sent=_as_sent({"PolicyName": "default", **_BYPASS})),
    "ReEncrypt": Shape(sent=_as_sent(_RE_ENCRYPTION), more=_both_materials),
    "ReplicateKey": Shape(changes=True, sent=_as_sent({"Description": "", **_BYPASS}), answer=_answer),
    "RetireGrant": Shape(changes=True, sent=_nothing, more=lambda made: {"grantId": made.fact}),
    "RevokeGrant": _CHANGES,
    "RotateKeyOnDemand": _ANSWERS_THE_KEY,
    "ScheduleKeyDeletion": _ANSWERS,
    "Sign": Shape(sent=_as_sent(_MESSAGE)),
    "TagResource": _ANSWERS_THE_KEY,
    "UntagResource": _ANSWERS_THE_KEY,
    "UpdateAlias": Shape(changes=True, answer=_the_key, resources=_alias_and_key),
    "UpdateCustomKeyStore": _OF_KEY_STORE,
    "UpdateKeyDescription": _CHANGES,
    "UpdatePrimaryRegion": Shape(changes=True, answer=_the_key, resources=_first_key),
    "Verify": Shape(sent=_as_sent(_MESSAGE)),
}
"""One row for each operation that changes something or has something of its own to show."""


def of(operation: str) -> Shape:
    """The shape of the events of an operation; one that is not in the table reads."""
    return _SHAPES.get(operation, _READS)
