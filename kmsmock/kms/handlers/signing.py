"""Sign, Verify, GenerateMac, VerifyMac."""

from __future__ import annotations

from typing import Any

from kmsmock.call import Call
from kmsmock.crypto import signatures
from kmsmock.crypto.asymmetric import BadSignature, KeyPair
from kmsmock.crypto.specs import algorithms
from kmsmock.kms.errors import keys as key_errors
from kmsmock.model.key import Key
from kmsmock.store import Store


def key_pair(key: Key) -> KeyPair:
    """The key pair of an asymmetric key."""
    secret = key.current.secret
    assert isinstance(secret, KeyPair)
    return secret


def sign(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """Sign a message, its digest, or its external mu."""
    algorithm, message, message_type = _checked(call, key)
    signature = signatures.sign(key_pair(key), algorithm, message, message_type)
    return {"KeyId": key.arn, "Signature": signature, "SigningAlgorithm": algorithm}


def verify(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """Verify: true, or KMSInvalidSignatureException; never false."""
    algorithm, message, message_type = _checked(call, key)
    try:
        signatures.verify(key_pair(key), algorithm, message, message_type, call.params["Signature"])
    except BadSignature:
        raise key_errors.invalid_signature() from None
    return {"KeyId": key.arn, "SignatureValid": True, "SigningAlgorithm": algorithm}


def _checked(call: Call, key: Key) -> tuple[str, bytes, str]:
    """Algorithm, message and message type, once they fit the key and each other."""
    algorithm, message = call.params["SigningAlgorithm"], call.params["Message"]
    message_type = call.params.get("MessageType", "RAW")
    if algorithm not in algorithms(key.spec, key.usage):
        raise key_errors.incompatible_algorithm(algorithm, key.spec)
    if message_type == ("DIGEST" if algorithm.startswith("ML_DSA") else "EXTERNAL_MU"):
        raise key_errors.message_type_for_spec(message_type, key.spec)
    if message_type in _REFUSED.get(algorithm, ()):
        raise key_errors.message_type_for_algorithm(message_type, algorithm)
    if message_type == "DIGEST" and len(message) != signatures.digest_size(algorithm):
        raise key_errors.digest_length(algorithm)
    if message_type == "EXTERNAL_MU" and len(message) != signatures.MU:
        raise key_errors.digest_length(algorithm)
    return algorithm, message, message_type


_REFUSED = {
    "ED25519_SHA_512": ("DIGEST",),
    "ED25519_PH_SHA_512": ("RAW",),
}


def generate_mac(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """GenerateMac."""
    algorithm, secret = _mac(call, key)
    return {
        "KeyId": key.arn,
        "Mac": signatures.mac(secret, algorithm, call.params["Message"]),
        "MacAlgorithm": algorithm,
    }


def verify_mac(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """VerifyMac: true, or KMSInvalidMacException; never false."""
    algorithm, secret = _mac(call, key)
    if not signatures.mac_matches(secret, algorithm, call.params["Message"], call.params["Mac"]):
        raise key_errors.invalid_mac()
    return {"KeyId": key.arn, "MacValid": True, "MacAlgorithm": algorithm}


def _mac(call: Call, key: Key) -> tuple[str, bytes]:
    algorithm = call.params["MacAlgorithm"]
    if algorithm not in algorithms(key.spec, key.usage):
        raise key_errors.incompatible_algorithm(algorithm, key.spec)
    secret = key.current.secret
    assert isinstance(secret, bytes)
    return algorithm, secret
