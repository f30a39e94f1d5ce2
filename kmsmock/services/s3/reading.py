"""An object that another service reads in its caller's name: with his permissions, and with the key."""

from __future__ import annotations

from kmsmock.authorization import services
from kmsmock.authorization.actions import Need
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
    services.require(kms.store, made, Need("s3:GetObject", f"{bucket.arn}/{name}"))
    key = s3_objects.find(bucket, name)
    if key is None:
        raise errors.no_such_key(name)
    with s3_objects.handling(Exchange(made, ServiceKms(kms.store, made, kms.answer, "s3.amazonaws.com"), bucket)):
        body: bytes = key.value
    return body
