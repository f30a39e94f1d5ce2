"""An object that another service reads in its caller's name: with his permissions, and with the key."""

from __future__ import annotations

from typing import Any

from kmsmock.authorization import services
from kmsmock.call import Call
from kmsmock.records import s3_objects
from kmsmock.records.buckets import find_bucket
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.s3 import errors
from kmsmock.services.s3.object_request import Exchange


def read(kms: ServiceKms, call: Call, bucket_name: str, name: str) -> bytes:
    """The body of an object, as the caller of ``call`` gets it through ``kms.via``. Raises S3's AwsError."""
    bucket = find_bucket(bucket_name)
    if bucket is None:
        raise errors.no_such_bucket(bucket_name)
    made = call.forwarded("s3", "GetObject", {"Bucket": bucket_name, "Key": name}, bucket.region_name, kms.via)
    return opened(ServiceKms(kms.store, made, kms.answer, "s3.amazonaws.com"), bucket)[0]


def opened(s3: ServiceKms, bucket: Any) -> tuple[bytes, Any]:
    """The body of the object that a GetObject is about, ``s3.call``, and moto's record of it. Raises S3's AwsError."""
    params = s3.call.params
    with s3.store.strictly():
        services.check_permissions(s3.store, s3.call, "rest-xml")
    key = s3_objects.find(bucket, params["Key"], params.get("VersionId"))
    if key is None:
        raise errors.no_such_key(params["Key"])
    sealed = s3_objects.sealed_of(key)
    if sealed is not None and sealed.envelope is None:
        raise errors.customer_key_missing()
    with s3_objects.handling(Exchange(s3.call, s3, bucket)):
        body: bytes = key.value
    return body, key
