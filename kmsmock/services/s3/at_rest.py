"""What the disks of S3 hold of an object."""

from __future__ import annotations

import re

from kmsmock.model.sealed import AtRest
from kmsmock.records import s3_objects
from kmsmock.records.buckets import find_bucket

_ARN = re.compile(r"arn:[^:]+:s3:::([^/]+)/(.+)", re.DOTALL)


def look(arn: str, version_id: str | None) -> AtRest:
    """The ciphertext of an object and the wrapped data key beside it. Raises ValueError for what has none."""
    match = _ARN.fullmatch(arn)
    if match is None:
        raise ValueError(f"{arn!r}: give the ARN of an S3 object, such as arn:aws:s3:::bucket/key")
    bucket = find_bucket(match[1])
    key = None if bucket is None else s3_objects.find(bucket, match[2], version_id)
    if key is None:
        raise ValueError(f"there is no object {arn}" + (f" in version {version_id}" if version_id else ""))
    sealed = s3_objects.sealed_of(key)
    if sealed is None or sealed.envelope is None:
        raise ValueError(f"{arn} is not encrypted under a KMS key")
    envelope = sealed.envelope
    return AtRest(s3_objects.ciphertext_of(key), envelope.wrapped, envelope.key_arn, dict(envelope.context))
