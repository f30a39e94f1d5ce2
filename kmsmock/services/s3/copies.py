"""CopyObject and UploadPartCopy: a read of the source, and a write that has nothing of the source's encryption."""

from __future__ import annotations

from typing import Any

from kmsmock.authorization.actions.s3 import copy_source
from kmsmock.call import Call
from kmsmock.records import s3_objects
from kmsmock.records.buckets import find_bucket
from kmsmock.services import Advice, Moto
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.s3 import checksums, customer_keys, encryption, errors
from kmsmock.services.s3.object_request import Exchange
from kmsmock.services.s3.objects import must_list, wanted_by
from kmsmock.wire.answers import Answer


def copy_object(call: Call, kms: ServiceKms, moto: Moto) -> Answer | None:
    """CopyObject: kms:Decrypt on the source's key, kms:GenerateDataKey on that of the copy."""
    bucket = find_bucket(call.params["Bucket"])
    source = None if bucket is None else _source(call, kms)
    if source is None:
        return None
    wanted = wanted_by(call, kms, bucket)
    exchange = Exchange(call, kms, bucket, wanted, source_key=customer_keys.of(call, "CopySource"))
    answer = exchange.write(moto, _asked_in_place(call, source))
    if answer[0] < 300 and exchange.written is not None:
        copy = exchange.written
        copy.multipart = None  # it was not uploaded in parts, and a checksum of those of parts is not its own
        checksum = checksums.of_copy(call, source, exchange.body)
        checksums.keep(copy, checksum)
        answer = checksums.in_body(answer, checksum, "CopyObjectResult")
    return answer


def _asked_in_place(call: Call, source: Any) -> dict[str, str]:
    """A header that keeps moto from refusing a copy in place: it does not know SSE-C as a change."""
    if copy_source(call)[:2] != (call.params["Bucket"], call.params["Key"]):
        return {}
    changed = "SSECustomerKey" in call.params or s3_objects.sealed_of(source) is not None
    return {encryption.HEADER: "AES256"} if changed else {}


def _source(call: Call, kms: ServiceKms) -> Any:
    """The object that is copied, or None; raises S3's errors for a reader who may not have it."""
    name, key, version = copy_source(call)
    bucket = find_bucket(name)
    if bucket is None:
        raise errors.no_such_bucket(name)
    source = s3_objects.find(bucket, key, version)
    if source is None:
        must_list(call, kms, name)
        return None
    customer_keys.must_fit(s3_objects.sealed_of(source), customer_keys.of(call, "CopySource"))
    return source


def upload_part_copy(call: Call, kms: ServiceKms, moto: Moto) -> Answer | None:
    """UploadPartCopy: kms:Decrypt on the source's key, and on that of the upload."""
    from kmsmock.services.s3 import uploads

    encryption.must_not_choose(call)
    bucket, upload = uploads.must_find(call)
    if upload is None:
        return None
    if _source(call, kms) is None:
        raise errors.no_such_key(copy_source(call)[1])
    started = uploads.started_with(call, bucket, upload)
    exchange = Exchange(call, kms, bucket, upload=started, source_key=customer_keys.of(call, "CopySource"))
    answer = exchange.write(moto, with_context=False)
    if answer[0] < 300 and exchange.written is not None:
        checksums.keep_part(upload, exchange.written, call, exchange.body)
    return answer


OPERATIONS: dict[str, Advice] = {"CopyObject": copy_object, "UploadPartCopy": upload_part_copy}
