"""ML-KEM-512 with the interface of ``cryptography``'s other sizes, which that library does not offer. By kyber-py."""

from __future__ import annotations

from typing import Any

from kmsmock.crypto import der
from kmsmock.foreign import extras

_OID = bytes.fromhex("0609608648016503040401")
"""id-alg-ml-kem-512, as DER."""
CIPHERTEXT = 768


def _library() -> Any:
    with extras.needed("pqc"):
        from kyber_py.ml_kem import ML_KEM_512
    return ML_KEM_512


class PublicKey:
    """An encapsulation key."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def encapsulate(self) -> tuple[bytes, bytes]:
        """A shared secret and its ciphertext."""
        secret, ciphertext = _library().encaps(self._raw)
        return secret, ciphertext

    def public_bytes(self, *_: Any) -> bytes:
        """DER SubjectPublicKeyInfo."""
        algorithm = der.value(der.SEQUENCE, _OID)
        return der.value(der.SEQUENCE, algorithm, der.value(der.BIT_STRING, b"\0", self._raw))


class PrivateKey:
    """A decapsulation key."""

    def __init__(self, public: bytes, private: bytes, seed: bytes) -> None:
        self._public, self._private, self._seed = public, private, seed

    @classmethod
    def generate(cls, seed: bytes) -> PrivateKey:
        """The key of a seed of 64 random bytes."""
        public, private = _library().key_derive(seed)
        return cls(public, private, seed)

    def public_key(self) -> PublicKey:
        return PublicKey(self._public)

    def decapsulate(self, ciphertext: bytes) -> bytes:
        """The shared secret. Raises ValueError for a ciphertext of the wrong length."""
        if len(ciphertext) != CIPHERTEXT:
            raise ValueError(f"a ciphertext of ML-KEM-512 has {CIPHERTEXT} bytes")
        return bytes(_library().decaps(self._private, ciphertext))

    def private_bytes(self, *_: Any) -> bytes:
        """DER PKCS#8 with the 64-byte seed, the form that ``cryptography`` writes for the other sizes."""
        algorithm, seed = der.value(der.SEQUENCE, _OID), der.value(0x80, self._seed)
        parts = der.value(der.INTEGER, b"\0"), algorithm, der.value(der.OCTET_STRING, seed)
        return der.value(der.SEQUENCE, *parts)
