"""Whether a body is what the client says of it ("Checking object integrity for data uploads in Amazon S3").

The words are those that users show of PutObject and UploadPart; that a digest is looked at before KMS is asked is the
unverified choice.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping

from kmsmock.call import Call
from kmsmock.services.s3 import checksums, errors
from kmsmock.services.s3.checksums import NO_VALUES

_BODIES = frozenset({"PutObject", "UploadPart"})
_PREFIX = "x-amz-checksum-"
_SIZES: Mapping[str, int] = {
    "CRC32": 4, "CRC32C": 4, "CRC64NVME": 8, "MD5": 16, "SHA1": 20, "SHA256": 32, "SHA512": 64
}  # fmt: skip
"""How many bytes a value has."""
_TRAILER = re.compile(rb"\r\n(x-amz-checksum-\w+):([^\r\n]*)\r?\n\s*\Z", re.IGNORECASE)
"""The last line of a body that has its checksum behind it."""


def check(call: Call, body: bytes, sent: bytes) -> None:
    """Look at the digests of an object or a part. Raises BadDigest, InvalidDigest and InvalidRequest.

    ``sent`` is the body as it came over the wire: a checksum may stand behind what it is of.
    """
    if call.operation not in _BODIES:
        return
    if "ContentMD5" in call.params:
        check_md5(call.params["ContentMD5"], body)
    values = _values(call, sent)
    if len(values) > 1:
        text = f"Expecting a single {_PREFIX} header. Multiple checksum Types are not allowed."
        raise errors.invalid_request(text)
    for algorithm, value in values.items():
        if not _is_digest(value, _SIZES.get(algorithm)):
            raise errors.invalid_request(f"Value for {_PREFIX}{algorithm.lower()} header is invalid.")
        if algorithm in _SIZES and checksums.compute(algorithm, body).value != value:
            raise errors.bad_checksum(algorithm)


def check_md5(value: str, body: bytes) -> None:
    """Raise InvalidDigest for what is no digest of MD5, BadDigest for that of another body."""
    if not _is_digest(value, _SIZES["MD5"]):
        raise errors.invalid_md5(value)
    found = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
    if found != value:
        raise errors.bad_md5(value, found)


def _values(call: Call, sent: bytes) -> dict[str, str]:
    """Algorithm -> the value that the client sent of it, in a header or behind the body."""
    given = {name: value for name, value in call.params.items() if name.startswith("Checksum")}
    found = {name.removeprefix("Checksum"): value for name, value in given.items() if name not in NO_VALUES}
    last = _TRAILER.search(sent[-512:]) if "X-Amz-Trailer" in call.headers else None
    if last is not None:
        found[last[1].decode().lower().removeprefix(_PREFIX).upper()] = last[2].decode().strip()
    return found


def _is_digest(value: str, size: int | None) -> bool:
    """Whether a text is base64 of that many bytes; None where nobody knows how many it has."""
    try:
        decoded = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return False
    return size is None or len(decoded) == size
