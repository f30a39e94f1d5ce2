"""Shared secrets and public keys: DeriveSharedSecret, Encapsulate, Decapsulate, GetPublicKey."""

from __future__ import annotations

from typing import Any

from kmsmock import errors
from kmsmock.call import Call
from kmsmock.crypto import asymmetric
from kmsmock.crypto.specs import KEY_SPECS, algorithms, metadata_field
from kmsmock.kms.errors import keys as key_errors
from kmsmock.kms.handlers import recipient
from kmsmock.kms.handlers.signing import key_pair
from kmsmock.model.key import Key
from kmsmock.store import Store


def derive_shared_secret(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """DeriveSharedSecret: ECDH with the public key of a peer on the same curve."""
    algorithm = call.params["KeyAgreementAlgorithm"]
    try:
        secret = asymmetric.derive(key_pair(key), call.params["PublicKey"])
    except asymmetric.BadKey:
        raise errors.validation("") from None
    return {
        "KeyId": key.arn,
        **recipient.deliver(call, "SharedSecret", secret),
        "KeyAgreementAlgorithm": algorithm,
        "KeyOrigin": key.origin,
    }


def encapsulate(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """Encapsulate: a new shared secret, and the ciphertext from which the key gets it back."""
    secret, ciphertext = asymmetric.encapsulate(key_pair(key))
    return {
        "KeyId": key.arn,
        "SharedSecret": secret,
        "SharedSecretCiphertextBlob": ciphertext,
        "EncapsulationAlgorithm": call.params["EncapsulationAlgorithm"],
    }


def decapsulate(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """Decapsulate: a ciphertext of the right length always gives a secret, if only the wrong one (FIPS 203)."""
    try:
        secret = asymmetric.decapsulate(key_pair(key), call.params["SharedSecretCiphertextBlob"])
    except ValueError:
        raise key_errors.invalid_ciphertext() from None
    return {
        "KeyId": key.arn,
        "SharedSecret": secret,
        "EncapsulationAlgorithm": call.params["EncapsulationAlgorithm"],
    }


def check_asymmetric(key: Key, operation: str) -> None:
    """There is no public half of a symmetric key."""
    if KEY_SPECS[key.spec].family in ("symmetric", "hmac"):
        raise key_errors.unsupported()


def get_public_key(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """GetPublicKey: DER SubjectPublicKeyInfo. Works while the key is disabled."""
    return {
        "KeyId": key.arn,
        "PublicKey": key_pair(key).public_der(),
        "CustomerMasterKeySpec": key.spec,
        "KeySpec": key.spec,
        "KeyUsage": key.usage,
        metadata_field(key.usage): list(algorithms(key.spec, key.usage)),
    }
