"""S3 Bucket Keys ("Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys").

A bucket key is a data key that S3 uses for many objects of a bucket. By default the model asks KMS for one at each
use, since a test wants to see a refusal at once; ``World(service_caches=True)`` keeps it as S3 does: for each session
that signs requests, for some minutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from kmsmock import clock
from kmsmock.model.envelope import Envelope
from kmsmock.services.kms.client import ServiceKms

_LIFETIME = timedelta(minutes=5)
"""S3 only says that it is a short time."""


class _Kept(NamedTuple):
    """A bucket key in S3's memory."""

    plaintext: bytes
    envelope: Envelope
    until: datetime


class _Cache(dict[tuple[object, ...], _Kept]):
    """The bucket-level keys of a world."""


def seal(
    kms: ServiceKms, key_id: str, context: Mapping[str, str], region: str, *, cached: bool
) -> tuple[bytes, Envelope]:
    """The data key of a new object, and its envelope. Raises the AwsError of KMS."""
    if not cached or not kms.store.service_caches:
        return kms.seal(key_id, context, region=region)
    cache = kms.store.records(_Cache)
    asked = (kms.call.caller.access_key, key_id, region, *sorted(context.items()))
    kept = cache.get(asked)
    if kept is None or kept.until <= clock.now():
        plaintext, envelope = kms.seal(key_id, context, region=region)
        kms.unseal(envelope, region=region)  # S3 makes sure that the bucket key can be opened again
        kept = cache[asked] = _Kept(plaintext, envelope, clock.now() + _LIFETIME)
        cache[kms.call.caller.access_key, envelope.wrapped] = kept
    return kept.plaintext, kept.envelope


def unseal(kms: ServiceKms, envelope: Envelope, region: str, *, cached: bool) -> bytes:
    """The data key of an object. Raises the AwsError of KMS."""
    if not cached or not kms.store.service_caches:
        return kms.unseal(envelope, region=region)
    cache = kms.store.records(_Cache)
    asked = (kms.call.caller.access_key, envelope.wrapped)
    kept = cache.get(asked)
    if kept is None or kept.until <= clock.now():
        plaintext = kms.unseal(envelope, region=region)
        kept = cache[asked] = _Kept(plaintext, envelope, clock.now() + _LIFETIME)
    return kept.plaintext
