"""Server access logs of S3: written by the logging service, and not with the keys of the request that is logged.

"Enabling Amazon S3 server access logging": the bucket that they go to may encrypt by default under S3's own keys only.
Into one that has a KMS key as its default no log is delivered, without a word to anybody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kmsmock.records import s3_objects
from kmsmock.records.buckets import find_bucket, rule_of

if TYPE_CHECKING:
    from kmsmock.active import Patches


def install(patches: Patches) -> None:
    """From now on logs are S3's own objects."""
    from moto.s3.models import S3Backend

    original = S3Backend.log_incoming_request

    def log_incoming_request(backend: Any, request: Any, bucket_name: str) -> None:
        bucket = find_bucket(bucket_name)
        target = find_bucket(bucket.logging["TargetBucket"]) if bucket is not None and bucket.logging else None
        if target is not None and rule_of(target).mode == "AES256":
            with s3_objects.handling(s3_objects.WriteOnly()):
                original(backend, request, bucket_name)

    patches.replace(S3Backend, "log_incoming_request", log_incoming_request)
