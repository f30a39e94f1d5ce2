"""What an encrypted resource keeps of the data key that it was sealed with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Envelope:
    """What an encrypted resource keeps: the key's ARN, the wrapped data key, and the encryption context of both."""

    key_arn: str
    wrapped: bytes
    context: Mapping[str, str]
