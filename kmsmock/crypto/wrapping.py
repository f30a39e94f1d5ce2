"""How key material travels to KMS: RSA-OAEP, or AES key wrap under an RSA-wrapped AES key."""

from __future__ import annotations

from typing import Any

from kmsmock.crypto.asymmetric import oaep_decrypt


def unwrap(private: Any, algorithm: str, wrapped: bytes) -> bytes:
    """The key material in ``EncryptedKeyMaterial``. Raises ValueError for anything that was not wrapped for this key.

    ``RSA_AES_KEY_WRAP_*`` is an RSA-OAEP encrypted AES key followed by the material under RFC 5649.
    """
    if algorithm.startswith("RSAES_OAEP"):
        return oaep_decrypt(private, algorithm, wrapped)
    from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap_with_padding

    size = private.key_size // 8
    try:
        wrapping_key = oaep_decrypt(private, algorithm, wrapped[:size])
        return bytes(aes_key_unwrap_with_padding(wrapping_key, wrapped[size:]))
    except InvalidUnwrap:
        raise ValueError("the key material was not wrapped under this AES key") from None
