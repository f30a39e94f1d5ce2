"""Making, describing, listing and switching keys."""

from __future__ import annotations

from typing import Any

from kmsmock import clock, entropy, trail
from kmsmock.call import Call
from kmsmock.crypto.signatures import MAC_KEY_SIZES
from kmsmock.crypto.specs import KEY_SPECS
from kmsmock.crypto.symmetric import material_id
from kmsmock.identity import service_linked_roles
from kmsmock.kms import known, room, targets
from kmsmock.kms.errors import keys as key_errors
from kmsmock.kms.handlers import keys_in_stores, paging, policies, rotation, tags
from kmsmock.kms.handlers.metadata import metadata
from kmsmock.model.key import Family, Key, KeyMaterial
from kmsmock.model.spreading import Spreading
from kmsmock.store import Store


def create(store: Store, call: Call) -> dict[str, Any]:
    """CreateKey, of every spec, usage and origin."""
    params = call.params
    spec = _spec(params)
    usage = _usage(spec, params.get("KeyUsage"))
    origin = params.get("Origin", "AWS_KMS")
    multi_region = bool(params.get("MultiRegion"))
    _check_supported(call, spec, origin, multi_region)
    key_store = keys_in_stores.for_new_key(store, call, origin)
    given_tags = tags.checked({}, params.get("Tags", []))
    check_quota(store, call, call.region)
    key_id = entropy.multi_region_key_id() if multi_region else entropy.uuid()
    key = Key(
        arn=targets.key_arn(call, key_id),
        id=key_id,
        account=call.account,
        region=call.region,
        created=clock.now(),
        description=params.get("Description", ""),
        spec=spec,
        usage=usage,
        origin=origin,
        manager="CUSTOMER",
        policy=policies.default(call.partition, call.account),
        materials=[],
        tags=given_tags,
        key_store=key_store,
        xks_key_id=params.get("XksKeyId"),
    )
    if multi_region:
        key.family = Family(call.region, {call.region: key})
    if "Policy" in params:
        key.policy = policies.checked(store, call, key, params["Policy"])
    if origin == "EXTERNAL":
        key.state = "PendingImport"
    else:
        key.materials.append(new_material(store, key))
    store.add_key(key)
    if not call.via:  # CloudFormation waits until it is known
        store.records(Spreading).change("CreateKey", "key", key.arn, None)
    if multi_region:
        service_linked_roles.find_or_make(call.account, call.partition, "mrk.kms.amazonaws.com")
    return {"KeyMetadata": metadata(store, key)}


def check_quota(store: Store, call: Call, region: str) -> None:
    """Raises LimitExceededException when the caller's account has all the keys in a Region that it may have."""
    room.for_one_more(store, call, "keys", store.key_counts[call.account, region], key_errors.key_quota)


def new_material(store: Store, key: Key) -> KeyMaterial:
    """Fresh material for a key: bytes, or a key pair that is made when it is first used."""
    family = KEY_SPECS[key.spec].family
    if family not in ("symmetric", "hmac"):
        return KeyMaterial(entropy.random_bytes(32), store.new_key_pair(key.spec), clock.now())
    secret = entropy.random_bytes(MAC_KEY_SIZES.get(key.spec, 32))
    return KeyMaterial(bytes.fromhex(material_id(key.id, secret)), secret, clock.now())


def _spec(params: dict[str, Any]) -> str:
    if "KeySpec" in params and "CustomerMasterKeySpec" in params:
        raise key_errors.two_key_specs()
    return str(params.get("KeySpec") or params.get("CustomerMasterKeySpec") or "SYMMETRIC_DEFAULT")


def _usage(spec: str, usage: str | None) -> str:
    if usage is None:
        if spec != "SYMMETRIC_DEFAULT":
            raise key_errors.usage_required()
        return "ENCRYPT_DECRYPT"
    if usage not in KEY_SPECS[spec].usages:
        raise key_errors.usage_spec_mismatch(usage, spec)
    return usage


def _check_supported(call: Call, spec: str, origin: str, multi_region: bool) -> None:
    """Combinations that KMS does not offer ("Key spec reference", "Custom key stores")."""
    if origin in keys_in_stores.ORIGINS and (spec != "SYMMETRIC_DEFAULT" or multi_region):
        raise key_errors.unsupported()
    if origin == "EXTERNAL" and not KEY_SPECS[spec].importable:
        raise key_errors.spec_not_for_origin(spec, origin)
    if spec == "SM2":
        if not call.region.startswith("cn-"):
            raise key_errors.unsupported()
        raise NotImplementedError("kmsmock has no library for keys of spec SM2")


def describe(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """DescribeKey."""
    return {"KeyMetadata": metadata(store, key)}


def list_(store: Store, call: Call) -> dict[str, Any]:
    """ListKeys."""
    if call.params.get("ResourceOwners", ["SELF"]) != ["SELF"]:
        raise NotImplementedError("kmsmock does not model kms:ListKeys with ResourceOwners other than SELF")
    here = (call.account, call.region)
    own = [each for each in store.keys.values() if (each.account, each.region) == here and known.key(store, each.arn)]
    own.sort(key=lambda key: key.id)
    return paging.page(
        "Keys", own, call, 100, mark=lambda key: key.id, show=lambda key: {"KeyId": key.id, "KeyArn": key.arn}
    )


def enable(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """EnableKey; enabling an enabled key changes nothing. A rotation that fell due meanwhile happens now."""
    if key.state == "Unavailable":
        key.resumes = "Enabled"
    else:
        known.state_changes(store, key, "EnableKey", "Enabled")
        key.state = "Enabled"
        rotation.resume(store, key)
    return {}


def disable(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """DisableKey; disabling a disabled key changes nothing."""
    if key.state == "Unavailable":
        key.resumes = "Disabled"
    else:
        known.state_changes(store, key, "DisableKey", "Disabled")
        key.state = "Disabled"
    return {}


def update_description(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """UpdateKeyDescription."""
    key.description = call.params["Description"]
    return {}


TRACKING_STARTED = "2026-04-23"
"""KMS keeps track of key usage since that day ("GetKeyLastUsage" in the API reference)."""


def last_usage(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """GetKeyLastUsage: the last successful cryptographic operation, in this Region."""
    usage = {}
    if key.last_used is not None:
        records = trail.written(store, key.last_used.number)
        event = next(record for record in records if record["recipientAccountId"] == key.account)
        usage = {
            "Operation": key.last_used.made.call.operation,
            "Timestamp": key.last_used.made.when,
            "CloudTrailEventId": event["eventID"],
            "KmsRequestId": event["requestID"],
        }
    started = clock.instant(TRACKING_STARTED)
    return {
        "KeyId": key.arn,
        "KeyLastUsage": usage,
        "TrackingStartDate": max(started, key.created),
        "KeyCreationDate": key.created,
    }
