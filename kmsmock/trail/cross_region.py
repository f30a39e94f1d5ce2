"""Calls that leave a second event in another Region ("Logging AWS KMS API calls with AWS CloudTrail")."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from kmsmock.call import Call
from kmsmock.model.key import Key
from kmsmock.store import Store

_KMS = "kms.amazonaws.com"


class Echo(NamedTuple):
    """The call that KMS makes in the other Region, for the same caller."""

    call: Call
    keys: tuple[Key, ...]
    fact: Any = None


def _there(call: Call, operation: str, region: str, params: dict[str, Any]) -> Call:
    return call.forwarded("kms", operation, params, region, _KMS)


def _replica(store: Store, call: Call, keys: tuple[Key, ...], result: Mapping[str, Any]) -> Echo:
    """ReplicateKey: CreateKey where the replica is."""
    created = result["ReplicaKeyMetadata"]
    like = {name: created[name] for name in ("Description", "KeySpec", "KeyUsage", "MultiRegion", "Origin")}
    sent = ("BypassPolicyLockoutSafetyCheck", "Policy", "Tags")
    params = {name: call.params[name] for name in sent if name in call.params}
    key = store.keys[created["Arn"]]
    return Echo(_there(call, "CreateKey", key.region, like | params), (key,), created)


def _new_primary(store: Store, call: Call, keys: tuple[Key, ...], result: Mapping[str, Any]) -> Echo | None:
    """UpdatePrimaryRegion: the same where the new primary is; none where nothing changed."""
    if len(keys) < 2:
        return None
    key, region = keys[1], call.params["PrimaryRegion"]
    params = {"KeyId": key.arn, "PrimaryRegion": region}
    return Echo(_there(call, call.operation, region, params), (key,))


ECHOES: Mapping[str, Callable[[Store, Call, tuple[Key, ...], Mapping[str, Any]], Echo | None]] = {
    "ReplicateKey": _replica,
    "UpdatePrimaryRegion": _new_primary,
}
