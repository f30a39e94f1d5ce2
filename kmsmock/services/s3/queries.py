"""What SelectObjectContent can read of an object ("List of SELECT Object Content Error Codes", S3 API reference)."""

from __future__ import annotations

import bz2
import gzip
import zlib
from collections.abc import Callable, Mapping

from kmsmock.call import Params
from kmsmock.errors import AwsError

_OPENED: Mapping[str, Callable[[bytes], bytes]] = {"GZIP": gzip.decompress, "BZIP2": bz2.decompress}
_TRUNCATED = (
    "Object decompression failed. Check that the object is properly compressed using the format specified in the "
    "request."
)


def check(body: bytes, params: Params) -> None:
    """Raise S3's error for an object that is not compressed as the request says, or is no text."""
    kind = str((params.get("InputSerialization") or {}).get("CompressionType", "NONE"))
    try:
        text = _OPENED.get(kind, bytes)(body)
        text.decode()
    except EOFError:
        raise AwsError("TruncatedInput", _TRUNCATED) from None
    except UnicodeDecodeError:
        raise AwsError("InvalidTextEncoding", "Invalid encoding type. Only UTF-8 encoding is supported.") from None
    except (OSError, ValueError, zlib.error):
        message = f"{kind} is not applicable to the queried object. Please correct the request and try again."
        raise AwsError("InvalidCompressionFormat", message) from None
