"""What of an answer, or of the world then, an event will need: found when the call is made, kept by reference.

None of it is secret: ids, ARNs, metadata.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kmsmock.call import Call
from kmsmock.crypto import symmetric
from kmsmock.model.key import Key
from kmsmock.store import Store

Find = Callable[[Store, Call, tuple[Key, ...], Mapping[str, Any]], Any]


def _whole(store: Store, call: Call, keys: tuple[Key, ...], result: Mapping[str, Any]) -> Any:
    return result


def _current(store: Store, call: Call, keys: tuple[Key, ...], result: Mapping[str, Any]) -> Any:
    """The material that encrypts; which call made a ciphertext is remembered for who asks why it cannot be read."""
    blob = result.get("CiphertextBlob") or result.get("PrivateKeyCiphertextBlob") or b""
    store.sealed[symmetric.mark_of(blob)] = call, len(store.events)
    return keys[0].materials[-1].id


def _re_encrypted(store: Store, call: Call, keys: tuple[Key, ...], result: Mapping[str, Any]) -> Any:
    store.sealed[symmetric.mark_of(result["CiphertextBlob"])] = call, len(store.events)
    return result.get("SourceKeyMaterialId"), result.get("DestinationKeyMaterialId")


def _one_of_answer(name: str) -> Find:
    return lambda store, call, keys, result: result.get(name)


def _grant(store: Store, call: Call, keys: tuple[Key, ...], result: Mapping[str, Any]) -> Any:
    token = call.params.get("GrantToken")
    return call.params.get("GrantId") if token is None else store.grant_tokens[token].id


def _key_store(store: Store, call: Call, keys: tuple[Key, ...], result: Mapping[str, Any]) -> Any:
    """Its name and cluster then: the store itself may be renamed before anybody looks."""
    found = store.key_stores[call.params["CustomKeyStoreId"]]
    return found.name, found.cluster


FACTS: Mapping[str, Find] = {
    "ConnectCustomKeyStore": _key_store,
    "CreateCustomKeyStore": _one_of_answer("CustomKeyStoreId"),
    "CreateGrant": _one_of_answer("GrantId"),
    "CreateKey": _one_of_answer("KeyMetadata"),
    "Decrypt": _one_of_answer("KeyMaterialId"),
    "DeleteImportedKeyMaterial": _whole,
    "DisconnectCustomKeyStore": _key_store,
    "Encrypt": _current,
    "GenerateDataKey": _current,
    "GenerateDataKeyPair": _current,
    "GenerateDataKeyPairWithoutPlaintext": _current,
    "GenerateDataKeyWithoutPlaintext": _current,
    "ImportKeyMaterial": _whole,
    "ReEncrypt": _re_encrypted,
    "ReplicateKey": _whole,
    "RetireGrant": _grant,
    "ScheduleKeyDeletion": _whole,
    "UpdateCustomKeyStore": _key_store,
}
"""Operation -> its fact. ``event_shapes`` says where it is shown."""
