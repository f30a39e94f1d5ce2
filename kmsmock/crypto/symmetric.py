"""AES-256-GCM in the ciphertext layout that KMS is seen to produce, with everything in it authenticated.

The layout (header, key material id, lengths, a CMS EncryptedData structure) is observed, not documented, so that code
which looks at ciphertexts meets the familiar ``AQIC…`` and the familiar sizes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

_ENCRYPTED, _DATA_KEY = bytes.fromhex("0102020078"), bytes.fromhex("0102030078")
_ID_END = 37
_LENGTH_AT = 54
_BODY_AT = 58
_FILL = 11
"""KMS encrypts 27 bytes more than the plaintext: 16 of tag and these."""
_PADDING = bytes(_FILL)
_NONCE, _TAG = 12, 16
_DATA_OID = bytes.fromhex("06092a864886f70d010701")
_ENCRYPTED_DATA_OID = bytes.fromhex("06092a864886f70d010706")
_AES_256_GCM_OID = bytes.fromhex("060960864801650304012e")

Random = Callable[[int], bytes]


class InvalidCiphertext(ValueError):
    """The bytes are no ciphertext of this material under this encryption context."""


@lru_cache(maxsize=256)  # keys are others in each world
def _cipher(material: bytes) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(material)


def material_id(key_id: str, material: bytes) -> str:
    """The KeyMaterialId (64 hex digits): the same bytes under another key have another id."""
    return hashlib.sha256(b"kmsmock material\0" + key_id.encode() + b"\0" + material).hexdigest()


def material_id_of(blob: bytes) -> bytes | None:
    """Which key material a ciphertext names, or None for bytes that are no ciphertext of KMS."""
    if len(blob) <= _BODY_AT or blob[:5] not in (_ENCRYPTED, _DATA_KEY):
        return None
    return blob[5:_ID_END]


def mark_of(blob: bytes) -> bytes:
    """Random bytes in the head of a ciphertext, by which it is told from all others."""
    return blob[_ID_END + 1 : _LENGTH_AT]


def seal(
    material: bytes,
    material_id: bytes,
    plaintext: bytes,
    context: Mapping[str, str],
    *,
    random: Random,
    data_key: bool = False,
) -> bytes:
    """Encrypt under an encryption context; ``material`` is 32 bytes. The result differs each time."""
    drawn = random(_NONCE + _LENGTH_AT - _ID_END - 1)
    nonce = drawn[:_NONCE]
    frame = _frame(len(plaintext) + _FILL + _TAG, nonce)
    head = b"".join(
        (
            _DATA_KEY if data_key else _ENCRYPTED,
            material_id,
            b"\x01",
            drawn[_NONCE:],
            (len(frame) + len(plaintext) + _FILL + _TAG).to_bytes(4, "big"),
            frame,
        )
    )
    sealed: bytes = _cipher(material).encrypt(nonce, _PADDING + plaintext, head + _canonical(context))
    return head + sealed


def open_sealed(material: bytes, blob: bytes, context: Mapping[str, str]) -> bytes:
    """The plaintext of a ciphertext. Raises InvalidCiphertext for any change of a byte, or of the context."""
    from cryptography.exceptions import InvalidTag

    body = len(blob) - _BODY_AT
    for size in _content_sizes(body):
        start = len(blob) - size
        head, content = blob[:start], blob[start:]
        nonce = head[-_content_header(size) - _NONCE - 3 : -_content_header(size) - 3]
        if size <= _FILL + _TAG or head[_BODY_AT:] != _frame(size, nonce):
            continue
        try:
            return bytes(_cipher(material).decrypt(nonce, content, head + _canonical(context)))[_FILL:]
        except InvalidTag:
            break
    raise InvalidCiphertext("the ciphertext or its encryption context is not what was encrypted")


def _canonical(context: Mapping[str, str]) -> bytes:
    """The encryption context as additional authenticated data: sorted, and unambiguous by its lengths."""
    if not context:
        return b""
    parts: list[bytes] = []
    for name, value in sorted(context.items()):
        for text in (name.encode(), value.encode()):
            parts += (len(text).to_bytes(4, "big"), text)
    return b"".join(parts)


@lru_cache(maxsize=1024)
def _shape(size: int) -> tuple[bytes, bytes]:
    """The structure around content of this size: what stands before the nonce, and what stands after it."""
    algorithm_tail = b"\x02\x01" + bytes([_TAG])
    parameters = b"\x30\x11\x04" + bytes([_NONCE])
    algorithm = b"\x30\x1e" + _AES_256_GCM_OID + parameters
    tail = algorithm_tail + b"\x80" + _length(size)
    info = len(_DATA_OID) + len(algorithm) + _NONCE + len(tail) + size
    data = b"\x02\x01\x00\x30" + _length(info)
    inner = b"\x30" + _length(len(data) + info) + data
    wrapped = len(inner) + info
    explicit = b"\xa0" + _length(wrapped) + inner
    outer = len(_ENCRYPTED_DATA_OID) + len(explicit) + info
    head = b"\x30" + _length(outer) + _ENCRYPTED_DATA_OID + explicit + _DATA_OID + algorithm
    return head, tail


def _frame(size: int, nonce: bytes) -> bytes:
    head, tail = _shape(size)
    return head + nonce + tail


@lru_cache(maxsize=1024)
def _content_sizes(body: int) -> tuple[int, ...]:
    """The sizes of content that give a structure of ``body`` bytes: one, or none."""
    return tuple(
        size
        for size in range(max(body - 160, 0), body)
        if len(_shape(size)[0]) + _NONCE + len(_shape(size)[1]) + size == body
    )


def _content_header(size: int) -> int:
    return 1 + len(_length(size))


def _length(size: int) -> bytes:
    """A DER length."""
    if size < 0x80:
        return bytes([size])
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(digits)]) + digits
