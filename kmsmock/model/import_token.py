"""What GetParametersForImport gave out: the private half of the wrapping key, and for which key until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kmsmock.crypto.asymmetric import KeyPair


@dataclass(frozen=True, slots=True)
class ImportToken:
    """One import token with its wrapping key."""

    key_arn: str
    wrapping: KeyPair
    algorithm: str
    valid_to: datetime
