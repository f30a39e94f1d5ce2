"""Making, describing, listing and switching keys."""

from __future__ import annotations

from typing import Any

from kmsmock import clock, entropy, errors
from kmsmock.call import Call
from kmsmock.crypto.specs import KEY_SPECS, algorithms, metadata_field
from kmsmock.crypto.symmetric import material_id
from kmsmock.handlers import paging, policies, tags
from kmsmock.model.key import Key, KeyMaterial
from kmsmock.store import Store

_NOT_BUILT = ("MultiRegion", "CustomKeyStoreId", "XksKeyId")


def create(store: Store, call: Call) -> dict[str, Any]:
    """CreateKey."""
    params = call.params
    for name in _NOT_BUILT:
        if params.get(name):
            raise NotImplementedError(f"kmsmock does not model kms:CreateKey with {name} yet")
    spec = params.get("KeySpec") or params.get("CustomerMasterKeySpec") or "SYMMETRIC_DEFAULT"
    usage = _usage(spec, params.get("KeyUsage"))
    if spec != "SYMMETRIC_DEFAULT" or params.get("Origin", "AWS_KMS") != "AWS_KMS":
        what = f"KeySpec {spec}" if spec != "SYMMETRIC_DEFAULT" else f"Origin {params['Origin']}"
        raise NotImplementedError(f"kmsmock does not model kms:CreateKey with {what} yet")
    given_tags = tags.checked({}, params.get("Tags", []))
    key_id = entropy.uuid()
    now = clock.now()
    key = Key(
        arn=f"arn:{call.partition}:kms:{call.region}:{call.account}:key/{key_id}",
        id=key_id,
        account=call.account,
        region=call.region,
        created=now,
        description=params.get("Description", ""),
        spec=spec,
        usage=usage,
        origin="AWS_KMS",
        manager="CUSTOMER",
        policy=policies.default(call),
        materials=[],
        tags=given_tags,
    )
    if "Policy" in params:
        key.policy = policies.checked(store, call, key, params["Policy"])
    secret = entropy.random_bytes(32)
    key.materials.append(KeyMaterial(bytes.fromhex(material_id(key_id, secret)), secret, now))
    store.add_key(key)
    return {"KeyMetadata": metadata(key)}


def _usage(spec: str, usage: str | None) -> str:
    if usage is None:
        if spec != "SYMMETRIC_DEFAULT":
            raise errors.usage_required()
        return "ENCRYPT_DECRYPT"
    if usage not in KEY_SPECS[spec].usages:
        raise errors.usage_spec_mismatch(usage, spec)
    return usage


def metadata(key: Key) -> dict[str, Any]:
    """The KeyMetadata of DescribeKey and CreateKey, each field present only when AWS shows it."""
    shown: dict[str, Any] = {
        "AWSAccountId": key.account,
        "KeyId": key.id,
        "Arn": key.arn,
        "CreationDate": key.created,
        "Enabled": key.state == "Enabled",
        "Description": key.description,
        "KeyUsage": key.usage,
        "KeyState": key.state,
        "Origin": key.origin,
        "KeyManager": key.manager,
        "CustomerMasterKeySpec": key.spec,
        "KeySpec": key.spec,
        "MultiRegion": key.multi_region,
        metadata_field(key.usage): list(algorithms(key.spec, key.usage)),
    }
    if key.materials and key.symmetric:
        shown["CurrentKeyMaterialId"] = key.current.id.hex()
    if key.state == "PendingDeletion":
        shown["DeletionDate"] = key.deletion_date
    return shown


def describe(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """DescribeKey."""
    return {"KeyMetadata": metadata(key)}


def list_(store: Store, call: Call) -> dict[str, Any]:
    """ListKeys."""
    if call.params.get("ResourceOwners", ["SELF"]) != ["SELF"]:
        raise NotImplementedError("kmsmock does not model kms:ListKeys with ResourceOwners other than SELF")
    own = [key for key in store.keys.values() if key.account == call.account and key.region == call.region]
    own.sort(key=lambda key: key.id)
    return paging.page(
        "Keys", own, call, 100, mark=lambda key: key.id, show=lambda key: {"KeyId": key.id, "KeyArn": key.arn}
    )


def enable(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """EnableKey; enabling an enabled key changes nothing."""
    key.state = "Enabled"
    return {}


def disable(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """DisableKey; disabling a disabled key changes nothing."""
    key.state = "Disabled"
    return {}


def update_description(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """UpdateKeyDescription."""
    key.description = call.params["Description"]
    return {}
