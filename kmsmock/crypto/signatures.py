"""Signatures and MACs of every algorithm ("Sign" and "GenerateMac" in the KMS API reference)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Any

from kmsmock.crypto.asymmetric import BadSignature, KeyPair
from kmsmock.foreign import extras

Sign = Callable[[Any, bytes, bool], bytes]
"""``sign(private key, message or digest, is it a digest)``"""
Verify = Callable[[Any, bytes, bytes, bool], None]
"""``verify(public key, signature, message or digest, is it a digest)`` raises InvalidSignature."""

_SIZES = {"256": 32, "384": 48, "512": 64}
MU = 64


def digest_size(algorithm: str) -> int:
    """The length of the digest that an algorithm signs."""
    return 64 if algorithm.startswith("ED25519") else _SIZES[algorithm.rpartition("_")[2]]


def _hash(algorithm: str, is_digest: bool) -> Any:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

    known: dict[str, Callable[[], Any]] = {"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}
    digest = known[algorithm.rpartition("_")[2]]()
    return Prehashed(digest) if is_digest else digest


def _arguments(algorithm: str, is_digest: bool) -> tuple[Any, ...]:
    """What ``cryptography`` wants after the message: for RSA a padding and a hash, for ECDSA one object."""
    digest = _hash(algorithm, is_digest)
    if algorithm.startswith("ECDSA"):
        from cryptography.hazmat.primitives.asymmetric import ec

        return (ec.ECDSA(digest),)
    from cryptography.hazmat.primitives.asymmetric import padding

    if algorithm.startswith("RSASSA_PKCS1"):
        return (padding.PKCS1v15(), digest)
    return (padding.PSS(padding.MGF1(_hash(algorithm, False)), digest_size(algorithm)), digest)


def _ed25519ph(pair: KeyPair) -> tuple[Any, Any]:
    """pycryptodome's signer, and its hash."""
    with extras.needed("ed25519ph"):
        from Crypto.Hash import SHA512
        from Crypto.Signature import eddsa

    key = eddsa.import_private_key(pair.private.private_bytes_raw())
    return eddsa.new(key, "rfc8032"), SHA512


def _ml_dsa(key: Any, verb: str, message_type: str) -> Any:
    """What signs or verifies; the first two versions of ``cryptography`` with ML-DSA know no external mu."""
    name = f"{verb}_mu" if message_type == "EXTERNAL_MU" else verb
    if not hasattr(key, name):
        raise extras.missing("pqc", f"a cryptography whose {type(key).__name__} has {name}")
    return getattr(key, name)


def sign(pair: KeyPair, algorithm: str, message: bytes, message_type: str) -> bytes:
    """The signature of a message, of its digest, or of its external mu. Sizes and types have been checked."""
    private = pair.private
    if algorithm == "ED25519_SHA_512":
        return bytes(private.sign(message))
    if algorithm == "ED25519_PH_SHA_512":
        signer, sha512 = _ed25519ph(pair)
        return bytes(signer.sign(sha512.new(message)))
    if algorithm == "ML_DSA_SHAKE_256":
        return bytes(_ml_dsa(private, "sign", message_type)(message))
    return bytes(private.sign(message, *_arguments(algorithm, message_type == "DIGEST")))


def verify(pair: KeyPair, algorithm: str, message: bytes, message_type: str, signature: bytes) -> None:
    """Raises BadSignature unless the signature is one of this message."""
    from cryptography.exceptions import InvalidSignature

    public = pair.private.public_key()
    try:
        if algorithm == "ED25519_SHA_512":
            public.verify(signature, message)
        elif algorithm == "ED25519_PH_SHA_512":
            signer, sha512 = _ed25519ph(pair)
            signer.verify(sha512.new(message), signature)
        elif algorithm == "ML_DSA_SHAKE_256":
            _ml_dsa(public, "verify", message_type)(signature, message)
        else:
            public.verify(signature, message, *_arguments(algorithm, message_type == "DIGEST"))
    except (InvalidSignature, ValueError):
        raise BadSignature from None


def mac(secret: bytes, algorithm: str, message: bytes) -> bytes:
    """The HMAC of a message: 28, 32, 48 or 64 bytes."""
    return hmac.digest(secret, message, f"sha{algorithm.rpartition('_')[2]}")


def mac_matches(secret: bytes, algorithm: str, message: bytes, tag: bytes) -> bool:
    """Compares in constant time, as good manners have it."""
    return hmac.compare_digest(mac(secret, algorithm, message), tag)


MAC_KEY_SIZES = {f"HMAC_{bits}": hashlib.new(f"sha{bits}").digest_size for bits in (224, 256, 384, 512)}
"""The size of an HMAC key: that of its output."""
