"""How a write to S3 is going to be encrypted: what the request says, else the bucket's default."""

from __future__ import annotations

from typing import Any

from kmsmock.call import Call
from kmsmock.iam.arn import kms_arn
from kmsmock.model.alias import AWS_PREFIX
from kmsmock.records.buckets import asked_by_start, find_bucket, rule_of
from kmsmock.store import Store

_CHOOSES = frozenset({"CopyObject", "CreateMultipartUpload", "PutObject"})
"""The operations that decide how an object is encrypted."""
_OF_UPLOAD = frozenset({"CompleteMultipartUpload", "UploadPart", "UploadPartCopy"})
"""The operations that go on with what an upload was started with."""


def mode_of_write(call: Call) -> str | None:
    """The mode that a write asks for: parts are judged by what their upload asked for."""
    if call.operation in _OF_UPLOAD:
        return asked_by_start(call)[0]
    mode: str | None = call.params.get("ServerSideEncryption")
    return mode


def key_of_write(store: Store, call: Call) -> str | None:
    """The ARN of the KMS key that a write will use, however the request or the bucket names it; None for none."""
    if call.operation in _OF_UPLOAD:
        return asked_by_start(call)[1]
    bucket = find_bucket(call.params.get("Bucket", ""))
    if bucket is None or call.operation not in _CHOOSES or "SSECustomerAlgorithm" in call.params:
        return None
    mode, rule = call.params.get("ServerSideEncryption"), rule_of(bucket)
    if mode in ("aws:kms", "aws:kms:dsse"):
        return _arn(store, call, bucket, call.params.get("SSEKMSKeyId"))
    if mode is not None or rule.mode == "AES256":
        return None
    return _arn(store, call, bucket, rule.key_id or default_key(call, bucket))


MANAGED_KEY = f"{AWS_PREFIX}s3"


def default_key(call: Call, bucket: Any) -> str:
    """What a default without a key means: aws/s3 of the bucket's owner, which nobody else can use."""
    if bucket.account_id == call.account:
        return MANAGED_KEY
    return kms_arn(MANAGED_KEY, call.partition, bucket.region_name, bucket.account_id)


def _arn(store: Store, call: Call, bucket: Any, name: str | None) -> str:
    """Names without an ARN mean the requester's account and the bucket's Region. Looking makes no aws/s3: as long as
    there is none, it goes by its alias."""
    name = kms_arn(name or MANAGED_KEY, call.partition, bucket.region_name, call.account)
    alias = store.aliases.get(name)
    return name if alias is None else alias.target
