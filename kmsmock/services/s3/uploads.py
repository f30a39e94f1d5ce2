"""Multipart uploads: the key is chosen at the start and needed again for each part ("Multipart upload and SSE-KMS")."""

from __future__ import annotations

from typing import Any

from kmsmock.call import Call
from kmsmock.foreign.notes import Note
from kmsmock.model.sealed import Sealed
from kmsmock.records import s3_objects
from kmsmock.records.buckets import find_bucket, keep_asked
from kmsmock.services import Advice, Moto
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.s3 import checksums, customer_keys, encryption, errors, parts
from kmsmock.services.s3.encryption import amended, shown
from kmsmock.services.s3.object_request import Exchange
from kmsmock.services.s3.objects import must_not_block_customer_keys, wanted_by
from kmsmock.wire import complaints
from kmsmock.wire.answers import Answer, parse
from kmsmock.wire.models import service_model

_CHECKED = Note[bool]("checked")
"""On an upload of which a part came with a checksum."""


def create(call: Call, kms: ServiceKms, moto: Moto) -> Answer | None:
    """CreateMultipartUpload: kms:GenerateDataKey for the caller."""
    bucket = find_bucket(call.params["Bucket"])
    if bucket is None:
        return None
    wanted, kind = wanted_by(call, kms, bucket), checksums.begin(call)
    created = Exchange(call, kms, bucket, wanted).new_key(wanted)
    sealed = None if created is None else created[1]
    status, headers, body = moto.own_answer()
    if status >= 300:
        return status, headers, body
    answer = parse(service_model("s3").operation_model("CreateMultipartUpload"), (status, headers, body))
    upload = bucket.multiparts[answer["UploadId"]]
    if sealed is not None:
        s3_objects.adopt(upload, sealed)
    checksums.keep_type(upload, kind)
    keep_asked(upload, call, None if sealed is None or sealed.envelope is None else sealed.envelope.key_arn)
    told = {} if kind is None else {"x-amz-checksum-type": kind}
    return status, {**amended(headers, shown(sealed, with_context=True)), **told}, body


def found(call: Call) -> tuple[Any, Any]:
    """The bucket and moto's record of the upload of a call; None for what is not there."""
    bucket = find_bucket(call.params["Bucket"])
    return bucket, None if bucket is None else bucket.multiparts.get(call.params["UploadId"])


def must_find(call: Call) -> tuple[Any, Any]:
    """The bucket and the upload of a part; a bucket that is not there is left to moto. Raises NoSuchUpload."""
    bucket, upload = found(call)
    if bucket is not None and upload is None:
        raise errors.no_such_upload(call.params["UploadId"])
    return bucket, upload


def started_with(call: Call, bucket: Any, upload: Any) -> Sealed | None:
    """What an upload was started with, if the part that comes has the right key."""
    sealed = s3_objects.sealed_of(upload)
    given = customer_keys.of(call)
    if given is not None:
        must_not_block_customer_keys(call, bucket)
    customer_keys.must_fit_upload(sealed, given)
    return sealed


def upload_part(call: Call, kms: ServiceKms, moto: Moto) -> Answer | None:
    """UploadPart: kms:Decrypt for the caller."""
    encryption.must_not_choose(call)
    bucket, upload = must_find(call)
    if upload is None:
        return None
    started = started_with(call, bucket, upload)
    exchange = Exchange(call, kms, bucket, upload=started)
    answer = exchange.write(moto, with_context=False)
    if answer[0] < 300 and exchange.written is not None:
        checksums.keep_part(upload, exchange.written, call, exchange.body)
        if _has_checksum(call):
            _CHECKED.set(upload, True)
    return answer


def _has_checksum(call: Call) -> bool:
    """Whether a part came with a checksum, in a header or behind its body; boto3's do unless it is told not to."""
    return any(name.startswith("Checksum") for name in call.params) or "X-Amz-Trailer" in call.headers


def complete(call: Call, kms: ServiceKms, moto: Moto) -> Answer | None:
    """CompleteMultipartUpload: kms:Decrypt for the caller where checksums must be made of the whole."""
    encryption.must_not_choose(call)
    bucket, upload = found(call)
    if upload is None:
        return None
    sealed = s3_objects.sealed_of(upload)
    if sealed is not None and sealed.customer is not None and customer_keys.of(call) is not None:
        customer_keys.must_fit_upload(sealed, customer_keys.of(call))
    named = (call.params.get("MultipartUpload") or {}).get("Parts", ())
    if not all({"ETag", "PartNumber"} <= each.keys() for each in named):
        raise complaints.malformed_xml()
    listed = [each["PartNumber"] for each in named]
    exchange = Exchange(call, kms, bucket, upload=sealed)
    checked = bool(upload.metadata.get("x-amz-checksum-algorithm")) or bool(_CHECKED.get(upload))
    without_key = sealed is not None and sealed.envelope is None and customer_keys.of(call) is None
    if listed and all(number in upload.parts for number in listed):
        checksums.must_match(call, checksums.of_parts(upload, [upload.parts[number] for number in listed]))
    exchange.raw = sealed is not None and (without_key or not checked)
    answer = exchange.write(moto, with_context=False)
    if answer[0] >= 300 or exchange.written is None:
        return answer
    key, used = exchange.written, [upload.parts[number] for number in listed]
    parts.keep(key, [each.contentsize for each in used])
    if exchange.raw:
        stored = s3_objects.sealed_of(key)
        if stored is not None:
            stored.segments[:] = [segment for each in used for segment in _segments(each)]
    checksum = checksums.of_parts(upload, used)
    checksums.keep(key, checksum)
    return checksums.in_body(answer, checksum, "CompleteMultipartUploadResult")


def _segments(part: Any) -> list[Any]:
    sealed = s3_objects.sealed_of(part)
    return [] if sealed is None else sealed.segments


OPERATIONS: dict[str, Advice] = {
    "CompleteMultipartUpload": complete,
    "CreateMultipartUpload": create,
    "UploadPart": upload_part,
}
