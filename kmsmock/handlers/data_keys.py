"""Data keys and random bytes."""

from __future__ import annotations

from typing import Any

from kmsmock import entropy, errors
from kmsmock.call import Call
from kmsmock.handlers.encryption import seal
from kmsmock.model.key import Key
from kmsmock.store import Store

_SIZES = {"AES_128": 16, "AES_256": 32}


def generate(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """GenerateDataKey."""
    plaintext, answer = _generate(call, key)
    return {"Plaintext": plaintext, **answer}


def generate_without_plaintext(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """GenerateDataKeyWithoutPlaintext."""
    return _generate(call, key)[1]


def random(store: Store, call: Call) -> dict[str, Any]:
    """GenerateRandom."""
    for name in ("Recipient", "CustomKeyStoreId"):
        if name in call.params:
            raise NotImplementedError(f"kmsmock does not model kms:GenerateRandom with {name} yet")
    if "NumberOfBytes" not in call.params:
        raise errors.number_of_bytes_required()
    return {"Plaintext": entropy.random_bytes(call.params["NumberOfBytes"])}


def _generate(call: Call, key: Key) -> tuple[bytes, dict[str, Any]]:
    params = call.params
    if "Recipient" in params:
        raise NotImplementedError(f"kmsmock does not model kms:{call.operation} with Recipient yet")
    if ("KeySpec" in params) == ("NumberOfBytes" in params):
        raise errors.data_key_size_required()
    size = _SIZES[params["KeySpec"]] if "KeySpec" in params else params["NumberOfBytes"]
    plaintext = entropy.random_bytes(size)
    blob = seal(key, plaintext, params.get("EncryptionContext") or {}, data_key=True)
    return plaintext, {"CiphertextBlob": blob, "KeyId": key.arn, "KeyMaterialId": key.current.id.hex()}
