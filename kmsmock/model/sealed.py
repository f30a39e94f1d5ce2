"""What the disks of AWS hold of an encrypted resource."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kmsmock.crypto.streams import Segment
from kmsmock.model.envelope import Envelope


@dataclass(frozen=True, slots=True)
class AtRest:
    """An object as the disk holds it: without the KMS key that wrapped its data key nothing reads it.

    ``wrapped_key`` is the CiphertextBlob that ``kms.decrypt`` opens, under ``encryption_context``.
    """

    ciphertext: bytes
    wrapped_key: bytes
    key_arn: str
    encryption_context: Mapping[str, str]


@dataclass(slots=True)
class Sealed:
    """What an encrypted object keeps beside its ciphertext.

    ``envelope`` is None under SSE-C, where ``customer`` is the MD5 of the customer's key (base64) and S3 keeps no key.
    """

    mode: str
    envelope: Envelope | None = None
    bucket_key: bool = False
    customer: str | None = None
    segments: list[Segment] = field(default_factory=list)

    @property
    def layers(self) -> int:
        """DSSE encrypts twice."""
        return 2 if self.mode == "aws:kms:dsse" else 1

    def anew(self) -> Sealed:
        """The same keys for another body."""
        return Sealed(self.mode, self.envelope, self.bucket_key, self.customer)
