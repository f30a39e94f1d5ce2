"""Keys in custom key stores: where CreateKey makes them, and what their cryptography needs."""

from __future__ import annotations

from kmsmock.call import Call
from kmsmock.kms.errors import keys as key_errors
from kmsmock.kms.errors import lifetime as lifetime_errors
from kmsmock.kms.handlers import key_stores
from kmsmock.model.key import PENDING_DELETION, Key
from kmsmock.store import Store

ORIGINS = ("AWS_CLOUDHSM", "EXTERNAL_KEY_STORE")
"""The origins of such keys, each named as the type of its store."""


def for_new_key(store: Store, call: Call, origin: str) -> str | None:
    """The id of the store in which CreateKey makes a key, or None for KMS's own."""
    params = call.params
    if origin not in ORIGINS:
        for name in ("CustomKeyStoreId", "XksKeyId"):
            if name in params:
                raise lifetime_errors.key_store_parameter(f"{name} is not valid for a KMS key of origin {origin}.")
        return None
    if "CustomKeyStoreId" not in params:
        raise lifetime_errors.key_store_parameter(f"CustomKeyStoreId is required for a KMS key of origin {origin}.")
    found = key_stores.find(store, call)
    if found.kind != origin:
        raise key_errors.unsupported()
    if found.external != ("XksKeyId" in params):
        need = "required" if found.external else "not valid"
        raise lifetime_errors.key_store_parameter(f"XksKeyId is {need} for a KMS key of origin {origin}.")
    if found.state != "CONNECTED":
        raise lifetime_errors.key_store_state(found.id, found.state)
    if found.external and any(key.xks_key_id == params["XksKeyId"] for key in key_stores.keys_in(store, found.id)):
        raise lifetime_errors.xks_key_in_use(params["XksKeyId"])
    return found.id


def check_random(store: Store, call: Call) -> None:
    """GenerateRandom in a CloudHSM key store that is connected."""
    found = key_stores.find(store, call)
    if found.external:
        raise key_errors.unsupported()
    if found.state != "CONNECTED":
        raise lifetime_errors.key_store_state(found.id, found.state)


def check_reachable(store: Store, key: Key) -> None:
    """Cryptography with a key in a custom key store fails while a test has broken what is behind it."""
    if key.key_store is None or key.state in PENDING_DELETION:
        return
    found = store.key_stores[key.key_store]
    if found.fault is not None:
        raise lifetime_errors.proxy_failed() if found.external else lifetime_errors.cluster_unreachable()
