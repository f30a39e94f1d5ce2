"""Key pairs of every spec: making, importing, signing, RSA encryption and key agreement, all by ``cryptography``.

What that library lacks comes from others: Ed25519ph from pycryptodome, ML-KEM-512 from kyber-py. These, and the
cryptography that has ML-DSA and ML-KEM, come with extras.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from kmsmock.crypto import der, ml_kem_512
from kmsmock.foreign import extras


class BadKey(ValueError):
    """The bytes are no private or public key of the spec that was asked for."""


class BadSignature(ValueError):
    """The signature is not one of this message under this key."""


class KeyPair:
    """A private key that is made, or loaded, when it is first used."""

    __slots__ = ("_make", "_private", "spec")

    def __init__(self, spec: str, make: Callable[[], Any]) -> None:
        self.spec = spec
        self._make: Callable[[], Any] | None = make
        self._private: Any = None

    @property
    def private(self) -> Any:
        """The private key object of the library that made it."""
        if self._make is not None:
            self._private = self._make()
            self._make = None
        return self._private

    def public_der(self) -> bytes:
        """The public key as DER SubjectPublicKeyInfo."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        return bytes(self.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))

    def private_der(self) -> bytes:
        """The private key as DER PKCS#8. KMS names the curve inside the key again, which libraries leave out."""
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        if not self.spec.startswith("ECC_") or self.spec == "ECC_NIST_EDWARDS25519":
            return bytes(self.private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
        inner = bytes(self.private.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
        algorithm = der.value(der.SEQUENCE, _EC_PUBLIC_KEY, der.value(der.OID, _oid_in(inner)))
        parts = der.value(der.INTEGER, b"\0"), algorithm, der.value(der.OCTET_STRING, inner)
        return der.value(der.SEQUENCE, *parts)


_EC_PUBLIC_KEY = bytes.fromhex("06072a8648ce3d0201")
"""id-ecPublicKey (RFC 5480), as DER."""


def _oid_in(inner: bytes) -> bytes:
    """The curve that an ECPrivateKey names (RFC 5915)."""
    ((_, body),) = der.values(inner)
    ((_, curve),) = der.values(dict(der.values(body))[0xA0])
    return curve


def _curve(spec: str) -> Any:
    from cryptography.hazmat.primitives.asymmetric import ec

    curves: dict[str, Callable[[], Any]] = {
        "ECC_NIST_P256": ec.SECP256R1,
        "ECC_NIST_P384": ec.SECP384R1,
        "ECC_NIST_P521": ec.SECP521R1,
        "ECC_SECG_P256K1": ec.SECP256K1,
    }
    return curves[spec]()


def _make_rsa(spec: str) -> Any:
    from cryptography.hazmat.primitives.asymmetric import rsa

    return rsa.generate_private_key(65537, int(spec.rpartition("_")[2]))


def _make_ecc(spec: str) -> Any:
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.generate_private_key(_curve(spec))


def _make_ed25519(spec: str) -> Any:
    from cryptography.hazmat.primitives.asymmetric import ed25519

    return ed25519.Ed25519PrivateKey.generate()


def _make_ml_dsa(spec: str) -> Any:
    with extras.needed("pqc"):
        from cryptography.hazmat.primitives.asymmetric import mldsa

    return getattr(mldsa, f"MLDSA{spec.rpartition('_')[2]}PrivateKey").generate()


def _make_ml_kem(spec: str) -> Any:
    if spec == "ML_KEM_512":
        return ml_kem_512.PrivateKey.generate(os.urandom(64))
    with extras.needed("pqc"):
        from cryptography.hazmat.primitives.asymmetric import mlkem

    return getattr(mlkem, f"MLKEM{spec.rpartition('_')[2]}PrivateKey").generate()


_MAKERS: tuple[tuple[str, Callable[[str], Any]], ...] = (
    ("RSA_", _make_rsa),
    ("ECC_NIST_EDWARDS25519", _make_ed25519),
    ("ECC_", _make_ecc),
    ("ML_DSA_", _make_ml_dsa),
    ("ML_KEM_", _make_ml_kem),
)


def generate(spec: str) -> Any:
    """A new private key. Raises NotImplementedError for specs that no library in use provides."""
    for prefix, make in _MAKERS:
        if spec.startswith(prefix):
            return make(spec)
    raise NotImplementedError(f"kmsmock has no library for keys of spec {spec}")


def load_private(spec: str, encoded: bytes) -> KeyPair:
    """The key pair in a DER PKCS#8 structure. Raises BadKey unless it is of that spec."""
    from cryptography.exceptions import InternalError, UnsupportedAlgorithm

    try:
        key = _load(encoded)
    except (ValueError, TypeError, KeyError, UnsupportedAlgorithm, InternalError) as problem:
        raise BadKey(str(problem)) from None
    if spec_of(key) != spec:
        raise BadKey(f"a {spec_of(key)} key, not {spec}")
    return KeyPair(spec, lambda: key)


@lru_cache(256)
def _load(encoded: bytes) -> Any:
    """The private key object; to see that an RSA key is one takes as long as many calls, so once for the same bytes."""
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    if not der.is_pkcs8(encoded):  # the library takes other forms too
        raise ValueError("no PKCS#8 structure, or something behind it")
    return load_der_private_key(encoded, None)


def spec_of(key: Any) -> str | None:
    """The key spec of a private or public key object, or None."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(key, (rsa.RSAPrivateKey, rsa.RSAPublicKey)):
        return f"RSA_{key.key_size}"
    if isinstance(key, (ed25519.Ed25519PrivateKey, ed25519.Ed25519PublicKey)):
        return "ECC_NIST_EDWARDS25519"
    if isinstance(key, (ec.EllipticCurvePrivateKey, ec.EllipticCurvePublicKey)):
        names = {
            "secp256r1": "ECC_NIST_P256",
            "secp384r1": "ECC_NIST_P384",
            "secp521r1": "ECC_NIST_P521",
            "secp256k1": "ECC_SECG_P256K1",
        }
        return names.get(key.curve.name)
    return None


# --- RSA encryption and key agreement -------------------------------------------------------------------------------


def _oaep(algorithm: str) -> Any:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    digest = hashes.SHA1() if algorithm.endswith("SHA_1") else hashes.SHA256()  # noqa: S303 - AWS offers it
    return padding.OAEP(padding.MGF1(digest), digest, None)


def oaep_capacity(spec: str, algorithm: str) -> int:
    """The most bytes that an RSA key encrypts: modulus - 2 x hash - 2."""
    return int(spec.rpartition("_")[2]) // 8 - 2 * (20 if algorithm.endswith("SHA_1") else 32) - 2


def oaep_encrypt(pair: KeyPair, algorithm: str, plaintext: bytes) -> bytes:
    """Raises ValueError for a plaintext above ``oaep_capacity``."""
    return bytes(pair.private.public_key().encrypt(plaintext, _oaep(algorithm)))


def oaep_decrypt(private: Any, algorithm: str, ciphertext: bytes) -> bytes:
    """Raises ValueError for anything but a ciphertext of this key and algorithm."""
    return bytes(private.decrypt(ciphertext, _oaep(algorithm)))


def derive(pair: KeyPair, peer_der: bytes) -> bytes:
    """ECDH: the x coordinate of the shared point. Raises BadKey for a public key that is not on the same curve."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        peer = load_der_public_key(peer_der)
    except (ValueError, TypeError, UnsupportedAlgorithm) as problem:
        raise BadKey(str(problem)) from None
    if not isinstance(peer, ec.EllipticCurvePublicKey) or spec_of(peer) != pair.spec:
        raise BadKey("a key of another curve")
    return bytes(pair.private.exchange(ec.ECDH(), peer))


def encapsulate(pair: KeyPair) -> tuple[bytes, bytes]:
    """ML-KEM: a shared secret, and the ciphertext that carries it."""
    secret, ciphertext = pair.private.public_key().encapsulate()
    return bytes(secret), bytes(ciphertext)


def decapsulate(pair: KeyPair, ciphertext: bytes) -> bytes:
    """The shared secret. A wrong ciphertext of the right length gives another one; ValueError for a wrong length."""
    return bytes(pair.private.decapsulate(ciphertext))
