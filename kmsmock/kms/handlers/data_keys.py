"""Data keys, data key pairs and random bytes."""

from __future__ import annotations

from typing import Any

from kmsmock import entropy
from kmsmock.call import Call
from kmsmock.kms.errors import keys as key_errors
from kmsmock.kms.handlers import keys_in_stores, recipient
from kmsmock.kms.handlers.encryption import seal
from kmsmock.model.key import Key
from kmsmock.store import Store

_SIZES = {"AES_128": 16, "AES_256": 32}


def generate(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """GenerateDataKey."""
    plaintext, answer = _generate(store, call, key)
    return {**recipient.deliver(call, "Plaintext", plaintext), **answer}


def generate_without_plaintext(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """GenerateDataKeyWithoutPlaintext."""
    return _generate(store, call, key)[1]


def generate_pair(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """GenerateDataKeyPair."""
    private, answer = _generate_pair(store, call, key)
    return {**recipient.deliver(call, "PrivateKeyPlaintext", private), **answer}


def generate_pair_without_plaintext(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """GenerateDataKeyPairWithoutPlaintext."""
    return _generate_pair(store, call, key)[1]


def random(store: Store, call: Call) -> dict[str, Any]:
    """GenerateRandom, also from the HSMs of a connected CloudHSM key store."""
    if "NumberOfBytes" not in call.params:
        raise key_errors.number_of_bytes_required()
    if "CustomKeyStoreId" in call.params:
        keys_in_stores.check_random(store, call)
    return recipient.deliver(call, "Plaintext", entropy.random_bytes(call.params["NumberOfBytes"]))


def check_kms_store(key: Key, operation: str) -> None:
    """Data key pairs cannot be made with a key in a custom key store."""
    if key.key_store is not None:
        raise key_errors.origin_not_valid(key.arn, key.origin)


def _generate(store: Store, call: Call, key: Key) -> tuple[bytes, dict[str, Any]]:
    params = call.params
    if not key.symmetric:
        raise key_errors.data_key_from_asymmetric()
    if ("KeySpec" in params) == ("NumberOfBytes" in params):
        raise key_errors.data_key_size_required()
    size = _SIZES[params["KeySpec"]] if "KeySpec" in params else params["NumberOfBytes"]
    plaintext = entropy.random_bytes(size)
    keys_in_stores.check_reachable(store, key)
    blob = seal(key, plaintext, params.get("EncryptionContext") or {}, data_key=True)
    return plaintext, {"CiphertextBlob": blob, **_made_by(key)}


def _generate_pair(store: Store, call: Call, key: Key) -> tuple[bytes, dict[str, Any]]:
    spec = call.params["KeyPairSpec"]
    if not key.symmetric:
        raise key_errors.data_key_from_asymmetric()
    if spec == "SM2":
        raise key_errors.unsupported()
    pair = store.new_key_pair(spec)
    private = pair.private_der()
    blob = seal(key, private, call.params.get("EncryptionContext") or {}, data_key=True)
    return private, {
        "PrivateKeyCiphertextBlob": blob,
        "PublicKey": pair.public_der(),
        "KeyPairSpec": spec,
        **_made_by(key),
    }


def _made_by(key: Key) -> dict[str, str]:
    answer = {"KeyId": key.arn}
    if key.key_store is None:
        answer["KeyMaterialId"] = key.current.id.hex()
    return answer
