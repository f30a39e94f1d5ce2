"""Checksums of objects, over what the client sees ("Checking object integrity for data uploads in Amazon S3").

Every object has one: that which the client sends or asks for, else CRC64NVME. It is of the whole object, or, for what
was uploaded in parts, of the checksums of the parts. moto keeps it in its record of the object.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from kmsmock.call import Call
from kmsmock.crypto import checksums as crc
from kmsmock.foreign.notes import Note
from kmsmock.services.s3 import errors
from kmsmock.wire.answers import Answer

FULL_OBJECT, COMPOSITE = "FULL_OBJECT", "COMPOSITE"
_DEFAULT = "CRC64NVME"
_CRCS: Mapping[str, crc.Crc] = {"CRC32": crc.CRC32, "CRC32C": crc.CRC32C, "CRC64NVME": crc.CRC64NVME}
"""Those of parts add up to that of the whole."""
_COMPUTE: Mapping[str, Callable[[bytes], bytes]] = {
    "CRC32": lambda body: zlib.crc32(body).to_bytes(4, "big"),
    "CRC32C": lambda body: crc.compute(crc.CRC32C, body),
    "CRC64NVME": lambda body: crc.compute(crc.CRC64NVME, body),
    "MD5": lambda body: hashlib.md5(body, usedforsecurity=False).digest(),
    "SHA1": lambda body: hashlib.sha1(body, usedforsecurity=False).digest(),
    "SHA256": lambda body: hashlib.sha256(body).digest(),
    "SHA512": lambda body: hashlib.sha512(body).digest(),
}
NO_VALUES = frozenset({"ChecksumAlgorithm", "ChecksumMode", "ChecksumType"})
"""Parameters that begin as those do which have a value."""
_ALGORITHM, _TYPE = "x-amz-checksum-algorithm", "x-amz-checksum-type"
_OF_PART = Note[tuple[bytes, int]]("checksum")
"""On moto's record of a part: its checksum, and its length."""
_ELEMENTS = re.compile(rb"<Checksum\w*>[^<]*</Checksum\w*>")


class Checksum(NamedTuple):
    """An algorithm, its value in base64, of what it is, and the number of parts where it is of those."""

    algorithm: str
    value: str
    kind: str = FULL_OBJECT
    parts: int = 1

    @property
    def shown(self) -> dict[str, str]:
        """Its elements in answers, by the names of the API."""
        value = f"{self.value}-{self.parts}" if self.kind == COMPOSITE else self.value
        return {f"Checksum{self.algorithm}": value, "ChecksumType": self.kind}


# --- of a body --------------------------------------------------------------------------------------------------------


def of_body(call: Call, body: bytes) -> Checksum:
    """That of a new object: as the client says it, in a header or behind the body, or as S3 computes it."""
    sent = {name: value for name, value in call.params.items() if name.startswith("Checksum")}
    for name, value in sent.items():
        if name not in NO_VALUES:
            return Checksum(name.removeprefix("Checksum"), value)
    trailer = call.headers.get("X-Amz-Trailer") or b""
    text = trailer.decode() if isinstance(trailer, bytes) else str(trailer)
    behind = text.lower().removeprefix("x-amz-checksum-").upper() if "checksum" in text.lower() else None
    return compute(behind or sent.get("ChecksumAlgorithm") or _DEFAULT, body)


def of_copy(call: Call, source: Any, body: bytes) -> Checksum:
    """That of a copy: by the algorithm that is asked for, or that of the source, of the whole in any case."""
    algorithm = call.params.get("ChecksumAlgorithm") or source.checksum_algorithm or _DEFAULT
    if algorithm == source.checksum_algorithm and source.checksum_type == FULL_OBJECT and source.checksum_value:
        return Checksum(algorithm, source.checksum_value)
    return compute(algorithm, body)


def compute(algorithm: str, body: bytes) -> Checksum:
    """The checksum of a body. Raises NotImplementedError for an algorithm that Python's library does not have."""
    return Checksum(algorithm, base64.b64encode(_digest(algorithm, body)).decode())


def _digest(algorithm: str, body: bytes) -> bytes:
    if algorithm not in _COMPUTE:
        raise NotImplementedError(
            f"kmsmock does not compute {algorithm} checksums of S3: send the value with the object"
        )
    return _COMPUTE[algorithm](body)


# --- of parts ---------------------------------------------------------------------------------------------------------


def begin(call: Call) -> str | None:
    """The type of checksum that an upload is started with; None for one without. Raises InvalidRequest."""
    algorithm, kind = call.params.get("ChecksumAlgorithm"), call.params.get("ChecksumType")
    if algorithm is None:
        if kind is not None:
            text = "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."
            raise errors.invalid_request(text)
        return None
    if (kind == FULL_OBJECT and algorithm not in _CRCS) or (kind == COMPOSITE and algorithm == _DEFAULT):
        text = f"The {kind} checksum type cannot be used with the {algorithm.lower()} checksum algorithm."
        raise errors.invalid_request(text)
    return kind or (FULL_OBJECT if algorithm == _DEFAULT else COMPOSITE)


def keep_type(upload: Any, kind: str | None) -> None:
    """Remember in moto's record of an upload what ``begin`` said."""
    if kind is not None:
        upload.metadata[_TYPE] = kind


def keep_part(upload: Any, part: Any, call: Call, body: bytes) -> None:
    """Remember what a part adds to the checksum of its upload."""
    algorithm = upload.metadata.get(_ALGORITHM, _DEFAULT)
    sent = call.params.get(f"Checksum{algorithm}")
    try:
        digest = base64.b64decode(sent, validate=True) if sent else _digest(algorithm, body)
    except binascii.Error:
        digest = _digest(algorithm, body)
    _OF_PART.set(part, (digest, len(body)))


def of_parts(upload: Any, used: Sequence[Any]) -> Checksum:
    """The checksum of an upload that is completed from these parts."""
    algorithm = upload.metadata.get(_ALGORITHM, _DEFAULT)
    digests = [_OF_PART.written(each) for each in used]
    if upload.metadata.get(_TYPE, FULL_OBJECT) == COMPOSITE:
        whole = _digest(algorithm, b"".join(digest for digest, _ in digests))
        return Checksum(algorithm, base64.b64encode(whole).decode(), COMPOSITE, len(used))
    whole = digests[0][0]
    for digest, length in digests[1:]:
        whole = crc.combine(_CRCS[algorithm], whole, digest, length)
    return Checksum(algorithm, base64.b64encode(whole).decode())


def must_match(call: Call, checksum: Checksum) -> None:
    """Raise BadDigest where the end of an upload tells another checksum of the whole than its parts have."""
    sent = call.params.get(f"Checksum{checksum.algorithm}")
    if sent is not None and checksum.kind == FULL_OBJECT and sent != checksum.value:
        raise errors.bad_digest(checksum.algorithm)


# --- where it is kept, and shown --------------------------------------------------------------------------------------


def keep(key: Any, checksum: Checksum) -> None:
    """Put the checksum of an object into moto's record."""
    key.checksum_algorithm, key.checksum_value = checksum.algorithm, checksum.value
    key.checksum_type, key.checksum_parts = checksum.kind, checksum.parts


def of(key: Any) -> Checksum | None:
    """The checksum in moto's record of an object; None for what services wrote by themselves."""
    if not key.checksum_value or not key.checksum_algorithm:
        return None
    return Checksum(
        key.checksum_algorithm, key.checksum_value, key.checksum_type or FULL_OBJECT, key.checksum_parts or 1
    )


def in_headers(answer: Answer, checksum: Checksum) -> Answer:
    """An answer that tells the checksum in its headers, in place of what moto says."""
    status, headers, body = answer
    others = {name: value for name, value in headers.items() if not name.lower().startswith("x-amz-checksum-")}
    named = {f"x-amz-checksum-{name.removeprefix('Checksum').lower()}": each for name, each in checksum.shown.items()}
    return status, {**others, **named}, body


def in_body(answer: Answer, checksum: Checksum, element: str) -> Answer:
    """An answer that tells the checksum in an element of its body, in place of what moto says."""
    status, headers, body = answer
    told = "".join(f"<{name}>{value}</{name}>" for name, value in checksum.shown.items())
    end = f"</{element}>".encode()
    return status, headers, _ELEMENTS.sub(b"", body).replace(end, told.encode() + end, 1)
