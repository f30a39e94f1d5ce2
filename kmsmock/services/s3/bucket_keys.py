"""S3 Bucket Keys ("Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys").

A bucket key is a data key that S3 uses for many objects of a bucket. By default the model asks KMS for one at each
use, since a test wants to see a refusal at once; ``World(service_caches=True)`` keeps it as S3 does: for each session
that signs requests, for some minutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from kmsmock.model.envelope import Envelope
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.kms.data_keys import DataKeys

_LIFETIME = timedelta(minutes=5)
"""S3 only says that it is a short time."""


class BucketKeys(DataKeys):
    """The bucket keys of a world."""


def seal(
    kms: ServiceKms, key_id: str, context: Mapping[str, str], region: str, *, cached: bool
) -> tuple[bytes, Envelope]:
    """The data key of a new object, and its envelope. Raises the AwsError of KMS."""
    if not cached or not kms.store.service_caches:
        return kms.seal(key_id, context, region=region)
    return kms.store.records(BucketKeys).seal(
        kms, key_id, context, _LIFETIME, who=kms.call.caller.access_key, region=region
    )


def unseal(kms: ServiceKms, envelope: Envelope, region: str, *, cached: bool) -> bytes:
    """The data key of an object. Raises the AwsError of KMS."""
    open_ = partial(kms.unseal, envelope, region=region)
    if not cached:
        return open_()
    return kms.store.records(BucketKeys).unseal(kms, envelope, _LIFETIME, who=kms.call.caller.access_key, open_=open_)
