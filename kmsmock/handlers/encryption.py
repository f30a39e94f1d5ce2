"""Encrypt, Decrypt and ReEncrypt."""

from __future__ import annotations

from typing import Any

from kmsmock import entropy, errors
from kmsmock.call import Call
from kmsmock.crypto import symmetric
from kmsmock.model.key import Key, KeyMaterial
from kmsmock.store import Store

SYMMETRIC = "SYMMETRIC_DEFAULT"


def encrypt(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """Encrypt."""
    algorithm = _algorithm(call, "EncryptionAlgorithm", key)
    blob = seal(key, call.params["Plaintext"], call.params.get("EncryptionContext") or {})
    return {"CiphertextBlob": blob, "KeyId": key.arn, "EncryptionAlgorithm": algorithm}


def decrypt(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """Decrypt. The answer names the material that did it: an older one, for ciphertexts from before a rotation."""
    _refuse_unbuilt(call, "Recipient", "DryRunModifiers")
    algorithm = _algorithm(call, "EncryptionAlgorithm", key, refusal=errors.incorrect_key)
    plaintext, material = unseal(key, call.params["CiphertextBlob"], call.params.get("EncryptionContext") or {})
    return {
        "KeyId": key.arn,
        "Plaintext": plaintext,
        "EncryptionAlgorithm": algorithm,
        "KeyMaterialId": material.id.hex(),
    }


def re_encrypt(store: Store, call: Call, source: Key, destination: Key) -> dict[str, Any]:
    """ReEncrypt: the plaintext never leaves KMS."""
    params = call.params
    _refuse_unbuilt(call, "DryRunModifiers")
    source_algorithm = _algorithm(call, "SourceEncryptionAlgorithm", source, refusal=errors.incorrect_key)
    destination_algorithm = _algorithm(call, "DestinationEncryptionAlgorithm", destination)
    plaintext, material = unseal(source, params["CiphertextBlob"], params.get("SourceEncryptionContext") or {})
    return {
        "CiphertextBlob": seal(destination, plaintext, params.get("DestinationEncryptionContext") or {}),
        "SourceKeyId": source.arn,
        "KeyId": destination.arn,
        "SourceEncryptionAlgorithm": source_algorithm,
        "DestinationEncryptionAlgorithm": destination_algorithm,
        "SourceKeyMaterialId": material.id.hex(),
        "DestinationKeyMaterialId": destination.current.id.hex(),
    }


def seal(key: Key, plaintext: bytes, context: dict[str, str], data_key: bool = False) -> bytes:
    """Encrypt under the current material of a symmetric key."""
    material = key.current
    return symmetric.seal(
        material.secret, material.id, plaintext, context, random=entropy.random_bytes, data_key=data_key
    )


def unseal(key: Key, blob: bytes, context: dict[str, str]) -> tuple[bytes, KeyMaterial]:
    """Decrypt with whichever material of the key the ciphertext names.

    Raises IncorrectKeyException for a ciphertext of another key, InvalidCiphertextException for a damaged one or
    another encryption context.
    """
    material_id = symmetric.material_id_of(blob)
    if material_id is None:
        raise errors.invalid_ciphertext()
    material = key.material(material_id)
    if material is None:
        raise errors.incorrect_key()
    try:
        return symmetric.open_sealed(material.secret, blob, context), material
    except symmetric.InvalidCiphertext:
        raise errors.invalid_ciphertext() from None


def _algorithm(call: Call, name: str, key: Key, refusal: Any = None) -> str:
    algorithm: str = call.params.get(name, SYMMETRIC)
    if key.usage != "ENCRYPT_DECRYPT":
        raise refusal() if refusal else errors.wrong_usage(key.arn, key.usage, call.operation)
    if algorithm != SYMMETRIC:
        raise errors.incompatible_algorithm(algorithm, key.spec)
    return algorithm


def _refuse_unbuilt(call: Call, *names: str) -> None:
    for name in names:
        if name in call.params:
            raise NotImplementedError(f"kmsmock does not model kms:{call.operation} with {name} yet")
