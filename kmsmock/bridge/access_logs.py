"""Server access logs of S3: written by the logging service, and not with the keys of the request that is logged.

"Enabling Amazon S3 server access logging": the bucket that they go to may encrypt by default under S3's own keys only.
Into one that has a KMS key as its default no log is delivered, without a word to anybody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kmsmock.model.sealed import Sealed
from kmsmock.records import s3_objects
from kmsmock.records.buckets import find_bucket, rule_of

if TYPE_CHECKING:
    from kmsmock.active import Patches


class _Plain:
    """The ``Handler`` of what lies under keys of S3's own."""

    raw = False

    def made(self, key: Any, body: bytes) -> None:
        """Nothing to remember."""

    def seal(self) -> tuple[bytes, Sealed] | None:
        return None

    def open(self, sealed: Sealed) -> bytes:
        raise NotImplementedError("server access logging reads no objects")


def install(patches: Patches) -> None:
    """From now on logs are S3's own objects."""
    from moto.s3.models import S3Backend

    original = S3Backend.log_incoming_request

    def log_incoming_request(backend: Any, request: Any, bucket_name: str) -> None:
        bucket = find_bucket(bucket_name)
        target = find_bucket(bucket.logging["TargetBucket"]) if bucket is not None and bucket.logging else None
        if target is not None and rule_of(target).mode == "AES256":
            with s3_objects.handling(_Plain()):
                original(backend, request, bucket_name)

    patches.replace(S3Backend, "log_incoming_request", log_incoming_request)
