"""ML-KEM-512 with the interface of ``cryptography``'s other sizes, which that library does not offer. By kyber-py."""

from __future__ import annotations

from typing import Any

_OID = bytes.fromhex("0609608648016503040401")
"""id-alg-ml-kem-512, as DER."""
CIPHERTEXT = 768


class PublicKey:
    """An encapsulation key."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def encapsulate(self) -> tuple[bytes, bytes]:
        """A shared secret and its ciphertext."""
        from kyber_py.ml_kem import ML_KEM_512

        secret, ciphertext = ML_KEM_512.encaps(self._raw)
        return secret, ciphertext

    def public_bytes(self, *_: Any) -> bytes:
        """DER SubjectPublicKeyInfo."""
        algorithm = b"\x30" + _length(len(_OID)) + _OID
        bits = b"\x03" + _length(len(self._raw) + 1) + b"\0" + self._raw
        return b"\x30" + _length(len(algorithm) + len(bits)) + algorithm + bits


class PrivateKey:
    """A decapsulation key."""

    def __init__(self, public: bytes, private: bytes, seed: bytes) -> None:
        self._public, self._private, self._seed = public, private, seed

    @classmethod
    def generate(cls, seed: bytes) -> PrivateKey:
        """The key of a seed of 64 random bytes."""
        from kyber_py.ml_kem import ML_KEM_512

        public, private = ML_KEM_512.key_derive(seed)
        return cls(public, private, seed)

    def public_key(self) -> PublicKey:
        return PublicKey(self._public)

    def decapsulate(self, ciphertext: bytes) -> bytes:
        """The shared secret. Raises ValueError for a ciphertext of the wrong length."""
        if len(ciphertext) != CIPHERTEXT:
            raise ValueError(f"a ciphertext of ML-KEM-512 has {CIPHERTEXT} bytes")
        from kyber_py.ml_kem import ML_KEM_512

        return bytes(ML_KEM_512.decaps(self._private, ciphertext))

    def private_bytes(self, *_: Any) -> bytes:
        """DER PKCS#8 with the 64-byte seed, the form that ``cryptography`` writes for the other sizes."""
        algorithm = b"\x30" + _length(len(_OID)) + _OID
        seed = b"\x80" + _length(len(self._seed)) + self._seed
        body = b"\x02\x01\x00" + algorithm + b"\x04" + _length(len(seed)) + seed
        return b"\x30" + _length(len(body)) + body


def _length(size: int) -> bytes:
    if size < 0x80:
        return bytes([size])
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(digits)]) + digits
