"""What SelectObjectContent can read of an object ("List of SELECT Object Content Error Codes", S3 API reference)."""

from __future__ import annotations

import bz2
import gzip
import zlib
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import BinaryIO, cast

from kmsmock.call import Params
from kmsmock.errors import AwsError

_OPENED: Mapping[str, Callable[[BinaryIO], BinaryIO]] = {
    "GZIP": lambda file: cast("BinaryIO", gzip.GzipFile(fileobj=file)),
    "BZIP2": lambda file: cast("BinaryIO", bz2.BZ2File(file)),
}
UNPACKED = 256 * 2**20
"""The most that an object may unpack to here, in bytes: moto, which answers, holds all of it. AWS has no such bound."""
_TRUNCATED = (
    "Object decompression failed. Check that the object is properly compressed using the format specified in the "
    "request."
)


def check(body: bytes, params: Params) -> None:
    """Raise S3's error for an object that is not compressed as the request says, or is no text."""
    kind = str((params.get("InputSerialization") or {}).get("CompressionType", "NONE"))
    try:
        (_unpacked(_OPENED[kind](BytesIO(body))) if kind in _OPENED else body).decode()
    except EOFError:
        raise AwsError("TruncatedInput", _TRUNCATED) from None
    except UnicodeDecodeError:
        raise AwsError("InvalidTextEncoding", "Invalid encoding type. Only UTF-8 encoding is supported.") from None
    except (OSError, ValueError, zlib.error):
        message = f"{kind} is not applicable to the queried object. Please correct the request and try again."
        raise AwsError("InvalidCompressionFormat", message) from None


def _unpacked(packed: BinaryIO) -> bytes:
    with packed:
        text = packed.read(UNPACKED + 1)
    if len(text) > UNPACKED:
        raise NotImplementedError(f"kmsmock does not model S3 Select on what unpacks to more than {UNPACKED} bytes")
    return text
