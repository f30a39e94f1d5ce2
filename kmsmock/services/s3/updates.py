"""UpdateObjectEncryption: another key for an object where it is ("UpdateObjectEncryption" in the S3 API reference)."""

from __future__ import annotations

import re
from typing import Any

from kmsmock.call import Call
from kmsmock.model.sealed import Sealed
from kmsmock.records import s3_objects
from kmsmock.services import Advice, Moto
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.s3 import encryption, errors
from kmsmock.services.s3.encryption import Wanted
from kmsmock.services.s3.errors import in_words_of_s3
from kmsmock.services.s3.object_request import Exchange
from kmsmock.services.s3.objects import found

_KEY_ARN = re.compile(r"arn:[^:]+:kms:[^:]+:(\d{12}):(key|alias)/.+")


def update_object_encryption(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """UpdateObjectEncryption: the data key is wrapped anew, and nothing else about the object changes.

    It needs kms:Encrypt, Decrypt, GenerateDataKey and ReEncrypt on the key; which calls S3 makes is not documented.
    """
    update(call, kms)
    return {}


def update(call: Call, kms: ServiceKms) -> None:
    """Do so, for whoever asks."""
    bucket, key = found(call, kms)
    if bucket is None:
        raise errors.no_such_bucket(call.params["Bucket"])
    if key is None:
        raise errors.no_such_key(call.params["Key"])
    wanted = _wanted(call, bucket)
    sealed = s3_objects.sealed_of(key)
    if sealed is not None and sealed.mode != encryption.KMS:
        raise errors.invalid_request("The encryption type of the object cannot be updated.")
    if call.signed != 4:
        raise errors.needs_signature_4()
    if key.is_locked(False):
        raise errors.access_denied("Access Denied because object protected by object lock.")
    _rewrap(call, kms, bucket, key, wanted, sealed)


def _wanted(call: Call, bucket: Any) -> Wanted:
    target = (call.params.get("ObjectEncryption") or {}).get("SSEKMS")
    if target is None:
        raise errors.invalid_request("The request must specify SSE-KMS as the encryption type.")
    match = _KEY_ARN.fullmatch(target.get("KMSKeyArn") or "")
    if match is None:
        raise errors.invalid_request("The AWS KMS key in the request must be specified by its full ARN.")
    if match[1] != bucket.account_id:
        raise errors.access_denied(
            "The AWS KMS key in the request must be owned by the same account as the bucket. "
            "Specify a different AWS KMS key and try again."
        )
    return Wanted(encryption.KMS, target["KMSKeyArn"], bool(target.get("BucketKeyEnabled", False)))


def _rewrap(call: Call, kms: ServiceKms, bucket: Any, key: Any, wanted: Wanted, sealed: Sealed | None) -> None:
    """Seal the body under a new data key, and make KMS calls that together need every permission."""
    exchange = Exchange(call, kms, bucket, wanted)
    etag = key.etag
    with s3_objects.handling(exchange):
        body = key.value
    created = exchange.new_key(wanted)
    if created is None or created[1].envelope is None:
        raise AssertionError("the target is SSE-KMS")
    data_key, fresh = created
    envelope, region = created[1].envelope, bucket.region_name
    with in_words_of_s3():
        context = dict(envelope.context)
        kms.unseal(envelope, region=region)
        arn = envelope.key_arn
        kms.forward("Encrypt", region=region, KeyId=arn, Plaintext=data_key, EncryptionContext=context)
        kms.forward(
            "ReEncrypt",
            region=region,
            CiphertextBlob=envelope.wrapped,
            SourceEncryptionContext=context,
            DestinationKeyId=arn,
            DestinationEncryptionContext=context,
        )
    s3_objects.reseal(key, body, data_key, fresh)
    key._etag = etag.strip('"')
    s3_objects.note(key, fresh)


def rename_object(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """RenameObject is for directory buckets only; moto would take it for a PutObject."""
    raise NotImplementedError("kmsmock does not model S3 RenameObject: neither it nor moto has directory buckets")


OPERATIONS: dict[str, Advice] = {
    "RenameObject": rename_object,
    "UpdateObjectEncryption": update_object_encryption,
}
