"""DER, as far as keys are written in it and looked at here (ITU-T X.690)."""

from __future__ import annotations

INTEGER, BIT_STRING, OCTET_STRING, OID, SEQUENCE = 0x02, 0x03, 0x04, 0x06, 0x30


def value(tag: int, *parts: bytes) -> bytes:
    """A value of its parts."""
    body = b"".join(parts)
    return bytes([tag]) + _length(len(body)) + body


def _length(size: int) -> bytes:
    if size < 0x80:
        return bytes([size])
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(digits)]) + digits


def values(body: bytes) -> list[tuple[int, bytes]]:
    """The values that stand one after another in some bytes, as tags and contents. Raises ValueError where bytes are
    left over or missing."""
    found, at = [], 0
    while at < len(body):
        tag, size, start = _head(body, at)
        at = start + size
        if at > len(body):
            raise ValueError("a value is longer than what it stands in")
        found.append((tag, body[start:at]))
    return found


def _head(body: bytes, at: int) -> tuple[int, int, int]:
    """A tag, the length of its content, and where that starts."""
    if at + 2 > len(body):
        raise ValueError("a value without a length")
    tag, size = body[at], body[at + 1]
    start = at + 2
    if size < 0x80:
        return tag, size, start
    digits = body[start : start + size - 0x80]
    if not digits or len(digits) < size - 0x80:
        raise ValueError("a length that is none")
    return tag, int.from_bytes(digits, "big"), start + len(digits)


def is_pkcs8(encoded: bytes) -> bool:
    """Whether bytes are one PrivateKeyInfo (RFC 5208, RFC 5958) with nothing behind it, whatever key is in it."""
    try:
        ((tag, body),) = values(encoded)
        version, algorithm, key, *_ = values(body)
        named, *_ = values(algorithm[1])
    except ValueError:
        return False
    return (tag, version[0], algorithm[0], named[0], key[0]) == (SEQUENCE, INTEGER, SEQUENCE, OID, OCTET_STRING)
