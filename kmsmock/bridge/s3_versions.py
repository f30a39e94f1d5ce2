"""Buckets whose versioning is suspended: what is written is the version ``null``, and older versions stay.

moto knows two states of a bucket, with versions and without, and takes a suspended one for the second: each write would
throw away every version ("Working with objects in a versioning-suspended bucket", Amazon S3 user guide).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kmsmock.active import Patches

_NULL = "null"


def install(patches: Patches) -> None:
    """From now on suspended buckets keep what they have."""
    from moto.s3.models import S3Backend
    from moto.s3.responses import S3Response

    put, delete, head = S3Backend.put_object, S3Backend.delete_object, S3Response.head_object

    def put_object(backend: Any, bucket_name: str, key_name: str, *args: Any, **given: Any) -> Any:
        bucket = backend.get_bucket(bucket_name)
        versions = bucket.keys.getlist(key_name)
        if not versions or not _is_suspended(bucket):
            return put(backend, bucket_name, key_name, *args, **given)
        before, older = [*versions], [each for each in versions if str(each.version_id) != _NULL]
        versions[:] = [each for each in versions if str(each.version_id) == _NULL]  # those are overwritten
        try:
            made = put(backend, bucket_name, key_name, *args, **given)
        except BaseException:
            versions[:] = before
            raise
        bucket.keys.getlist(key_name)[:0] = older
        return made

    def delete_object(backend: Any, bucket_name: str, key_name: str, version_id: str | None = None, **how: Any) -> Any:
        bucket = backend.get_bucket(bucket_name)
        if not _is_suspended(bucket):
            return delete(backend, bucket_name, key_name, version_id, **how)
        with _as_enabled(bucket):
            done, told = delete(backend, bucket_name, key_name, version_id, **how)
        if version_id is None and done:
            *versions, marker = bucket.keys.getlist(key_name)
            marker._version_id = told["version-id"] = _NULL
            kept = [each for each in versions if str(each.version_id) != _NULL]
            bucket.keys.getlist(key_name)[:] = [*kept, marker]
        return done, told

    def head_object(response: Any, bucket_name: str, query: Any, key_name: str, headers: Any) -> Any:
        with _as_enabled(response.backend.get_bucket(bucket_name)):  # moto finds versions of those alone
            return head(response, bucket_name, query, key_name, headers)

    patches.replace(S3Backend, "put_object", put_object)
    patches.replace(S3Backend, "delete_object", delete_object)
    patches.replace(S3Response, "head_object", head_object)


def _is_suspended(bucket: Any) -> bool:
    return bool(bucket.versioning_status == "Suspended")


@contextmanager
def _as_enabled(bucket: Any) -> Iterator[None]:
    """A suspended bucket is for moto one that has versions meanwhile."""
    suspended = _is_suspended(bucket)
    if suspended:
        bucket.versioning_status = "Enabled"
    try:
        yield
    finally:
        if suspended:
            bucket.versioning_status = "Suspended"
