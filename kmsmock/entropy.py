"""The only source of randomness: bytes, and identifiers in the forms that AWS uses."""

from __future__ import annotations

import base64
import os

random_bytes = os.urandom


def _hex(digits: int) -> str:
    return random_bytes((digits + 1) // 2).hex()[:digits]


def uuid() -> str:
    """A random UUID in lower case: key ids, request ids, event ids."""
    raw = bytearray(random_bytes(16))
    raw[6] = (raw[6] & 0x0F) | 0x40
    raw[8] = (raw[8] & 0x3F) | 0x80
    digits = raw.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def multi_region_key_id() -> str:
    """The id of a multi-Region key."""
    return "mrk-" + _hex(32)


def grant_id() -> str:
    """64 hex digits."""
    return _hex(64)


def resource_id(prefix: str) -> str:
    """An EC2-style id such as ``snap-0123456789abcdef0``."""
    return f"{prefix}-{_hex(17)}"


def s3_host_id() -> str:
    """The extended request id of S3: 76 characters of base64."""
    return base64.b64encode(random_bytes(57)).decode()


_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def database_id(prefix: str) -> str:
    """An RDS-style resource id such as ``db-ABCDEFGHIJKLMNOPQRSTUVWXYZ``."""
    return prefix + _base32(26)


_OURS = "KMSMOCK"
"""What the access keys that worlds make up begin with, after the four letters of their kind."""


def _base32(length: int) -> str:
    return "".join(_BASE32[byte & 31] for byte in random_bytes(length))


def s3_request_id() -> str:
    """The id of a request to S3: 16 letters and digits."""
    return "".join(_BASE32[byte & 31] for byte in random_bytes(16))


def access_key_id(prefix: str) -> str:
    """``AKIA…`` or ``ASIA…``: 20 characters, by which a world's credentials are known also in another process."""
    return prefix + _OURS + _base32(20 - len(prefix) - len(_OURS))


def is_ours(access_key: str) -> bool:
    """Whether an access key has the form of those that worlds make up."""
    return access_key.startswith(_OURS, 4)


def unique_id(prefix: str) -> str:
    """The unique id of a role or of something else that has such ids, such as ``AROA…``: 21 characters."""
    return prefix + _base32(21 - len(prefix))
