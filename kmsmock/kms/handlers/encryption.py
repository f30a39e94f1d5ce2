"""Encrypt, Decrypt and ReEncrypt."""

from __future__ import annotations

from typing import Any

from kmsmock import entropy
from kmsmock.call import Call
from kmsmock.crypto import asymmetric, symmetric
from kmsmock.crypto.specs import algorithms
from kmsmock.kms.errors import keys as key_errors
from kmsmock.kms.errors.lifetime import proxy_rejected
from kmsmock.kms.handlers import keys_in_stores, recipient
from kmsmock.kms.handlers.signing import key_pair
from kmsmock.model.key import Key, KeyMaterial
from kmsmock.store import Store

SYMMETRIC = "SYMMETRIC_DEFAULT"


def encrypt(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """Encrypt."""
    algorithm = _algorithm(call, "EncryptionAlgorithm", key)
    keys_in_stores.check_reachable(store, key)
    blob = _encrypted(key, algorithm, call.params["Plaintext"], call.params.get("EncryptionContext") or {})
    return {"CiphertextBlob": blob, "KeyId": key.arn, "EncryptionAlgorithm": algorithm}


def decrypt(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """Decrypt. The answer names the material that did it: an older one, for ciphertexts from before a rotation."""
    if _ignores_ciphertext(call):
        raise key_errors.dry_run()
    algorithm = _algorithm(call, "EncryptionAlgorithm", key, refusal=key_errors.incorrect_key)
    keys_in_stores.check_reachable(store, key)
    plaintext, material = _decrypted(key, algorithm, _ciphertext(call), call.params.get("EncryptionContext") or {})
    answer = {
        "KeyId": key.arn,
        **recipient.deliver(call, "Plaintext", plaintext),
        "EncryptionAlgorithm": algorithm,
    }
    if "Plaintext" in answer:
        answer |= _made_by("KeyMaterialId", key, material)
    return answer


def re_encrypt(store: Store, call: Call, source: Key, destination: Key) -> dict[str, Any]:
    """ReEncrypt: the plaintext never leaves KMS. Either key may be symmetric or RSA."""
    params = call.params
    if _ignores_ciphertext(call):
        raise key_errors.dry_run()
    source_algorithm = _algorithm(call, "SourceEncryptionAlgorithm", source, refusal=key_errors.incorrect_key)
    destination_algorithm = _algorithm(call, "DestinationEncryptionAlgorithm", destination)
    for key in (source, destination):
        keys_in_stores.check_reachable(store, key)
    plaintext, material = _decrypted(
        source, source_algorithm, _ciphertext(call), params.get("SourceEncryptionContext") or {}
    )
    blob = _encrypted(destination, destination_algorithm, plaintext, params.get("DestinationEncryptionContext") or {})
    return {
        "CiphertextBlob": blob,
        "SourceKeyId": source.arn,
        "KeyId": destination.arn,
        "SourceEncryptionAlgorithm": source_algorithm,
        "DestinationEncryptionAlgorithm": destination_algorithm,
        **_made_by("SourceKeyMaterialId", source, material),
        **_made_by("DestinationKeyMaterialId", destination, destination.current),
    }


def _made_by(name: str, key: Key, material: KeyMaterial) -> dict[str, str]:
    """The id of a material, which only symmetric keys in KMS's own key store show."""
    return {name: material.id.hex()} if key.symmetric and key.key_store is None else {}


def _ignores_ciphertext(call: Call) -> bool:
    """True for a dry run that asks about permission only."""
    if not call.params.get("DryRunModifiers"):
        return False
    if not call.dry_run:
        raise key_errors.dry_run_modifiers()
    return True


def _ciphertext(call: Call) -> bytes:
    if "CiphertextBlob" not in call.params:
        raise key_errors.ciphertext_required()
    return bytes(call.params["CiphertextBlob"])


def _encrypted(key: Key, algorithm: str, plaintext: bytes, context: dict[str, str]) -> bytes:
    if key.symmetric:
        return seal(key, plaintext, context)
    if context:
        raise key_errors.context_with_asymmetric()
    most = asymmetric.oaep_capacity(key.spec, algorithm)
    if len(plaintext) > most:
        raise key_errors.plaintext_too_long(algorithm, key.spec, most)
    return asymmetric.oaep_encrypt(key_pair(key), algorithm, plaintext)


def _decrypted(key: Key, algorithm: str, blob: bytes, context: dict[str, str]) -> tuple[bytes, KeyMaterial]:
    if key.symmetric:
        return unseal(key, blob, context)
    if context:
        raise key_errors.context_with_asymmetric()
    try:
        return asymmetric.oaep_decrypt(key_pair(key).private, algorithm, blob), key.current
    except ValueError:
        raise key_errors.invalid_ciphertext() from None


def seal(key: Key, plaintext: bytes, context: dict[str, str], data_key: bool = False) -> bytes:
    """Encrypt under the current material of a symmetric key."""
    material = key.current
    secret = material.secret
    assert isinstance(secret, bytes)
    return symmetric.seal(secret, material.id, plaintext, context, random=entropy.random_bytes, data_key=data_key)


def unseal(key: Key, blob: bytes, context: dict[str, str]) -> tuple[bytes, KeyMaterial]:
    """Decrypt with whichever material of the key the ciphertext names.

    Raises IncorrectKeyException for a ciphertext of another key, InvalidCiphertextException for a damaged one or
    another encryption context.
    """
    material_id = symmetric.material_id_of(blob)
    if material_id is None:
        raise key_errors.invalid_ciphertext()
    material = key.material(material_id)
    if material is None:
        raise key_errors.incorrect_key()
    try:
        assert isinstance(material.secret, bytes)
        return symmetric.open_sealed(material.secret, blob, context), material
    except symmetric.InvalidCiphertext:
        raise proxy_rejected() if key.xks_key_id is not None else key_errors.invalid_ciphertext() from None


def _algorithm(call: Call, name: str, key: Key, refusal: Any = None) -> str:
    """The algorithm of one side of the call, if the key has it.

    For decryption, a key without the algorithm is one that did not make the ciphertext: InvalidCiphertextException for
    an RSA key under the symmetric default, as recorded; IncorrectKeyException for a key that cannot decrypt at all.
    """
    algorithm: str = call.params.get(name, SYMMETRIC)
    if key.usage != "ENCRYPT_DECRYPT":
        raise refusal() if refusal else key_errors.wrong_usage(key.arn, key.usage, call.operation)
    if algorithm not in algorithms(key.spec, key.usage):
        if refusal and algorithm == SYMMETRIC:
            raise key_errors.invalid_ciphertext()
        raise key_errors.incompatible_algorithm(algorithm, key.spec)
    return algorithm
