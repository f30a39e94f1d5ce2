"""Access points of S3 are in the Region of their buckets; moto has all of them in one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kmsmock.iam.arn import Arn
from kmsmock.records.buckets import find_bucket

if TYPE_CHECKING:
    from kmsmock.active import Patches


def install(patches: Patches) -> None:
    """From now on their ARNs say where they are."""
    from moto.s3control.models import S3ControlBackend

    original = S3ControlBackend.create_access_point

    def create_access_point(backend: Any, *args: Any, **given: Any) -> Any:
        point = original(backend, *args, **given)
        bucket = find_bucket(point.bucket)
        if bucket is not None:
            point.arn = str(Arn.of(point.arn)._replace(region=bucket.region_name))
        return point

    patches.replace(S3ControlBackend, "create_access_point", create_access_point)
