"""Bodies that are signed chunk by chunk, each signature over the one before it.

"Signature calculations for the Authorization header: transferring payload in multiple chunks", and "Signature
calculations for trailing headers", in the S3 API reference.
"""

from __future__ import annotations

import hmac
import re
from hashlib import sha256
from typing import NamedTuple

from kmsmock.wire import s3_signing

_BEGINNING = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
_HEAD = re.compile(rb"(?P<size>[0-9A-Fa-f]{1,16});chunk-signature=(?P<signature>[0-9a-f]{64})\r\n")
_LONGEST_HEAD = 128
_SIGNATURE_OF_TRAILER = "x-amz-trailer-signature"
_NOTHING = sha256(b"").hexdigest()


class Before(NamedTuple):
    """What the next signature is made of: secret, date and scope of the request, and the signature before it."""

    secret: str
    date: str
    scope: str
    signature: str

    def next(self, algorithm: str, *digests: str) -> str:
        """The signature of what has these digests."""
        text = "\n".join([algorithm, self.date, self.scope, self.signature, *digests])
        return s3_signing.signature(self.secret, self.scope, text)


def is_signed(told: str) -> bool:
    """Whether the header x-amz-content-sha256 says that chunks are signed."""
    return told in (_BEGINNING, f"{_BEGINNING}-TRAILER")


def hold(body: bytes, first: Before) -> bool:
    """Whether every chunk has the signature that it should have, the last one of no bytes too, and what trails it."""
    view, at, before = memoryview(body), 0, first
    while True:
        head = _HEAD.match(body[at : at + _LONGEST_HEAD])
        if head is None:
            return False
        size, begin = int(head["size"], 16), at + head.end()
        wanted = before.next("AWS4-HMAC-SHA256-PAYLOAD", _NOTHING, sha256(view[begin : begin + size]).hexdigest())
        if begin + size > len(body) or not hmac.compare_digest(wanted, head["signature"].decode()):
            return False
        before = before._replace(signature=wanted)
        at = begin + size
        if size == 0:
            return _trailer_holds(body[at:], before)
        if body[at : at + 2] != b"\r\n":
            return False
        at += 2


def _trailer_holds(rest: bytes, before: Before) -> bool:
    """Whether the headers after the last chunk are signed; there may be none."""
    pairs = [line.partition(":")[::2] for line in rest.decode("latin-1").split("\r\n") if line]
    named = {name.strip().lower(): value.strip() for name, value in pairs}
    given = named.pop(_SIGNATURE_OF_TRAILER, "")
    if not named and not given:
        return True
    text = "".join(f"{name}:{value}\n" for name, value in sorted(named.items()))
    wanted = before.next("AWS4-HMAC-SHA256-TRAILER", sha256(text.encode("latin-1")).hexdigest())
    return hmac.compare_digest(wanted, given if given.isascii() else "")
