"""PutObject, GetObject, HeadObject and what else touches one object ("Protecting data with server-side encryption")."""

from __future__ import annotations

import re
from typing import Any

from kmsmock.authorization import services
from kmsmock.authorization.actions import Need
from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.model.sealed import Sealed
from kmsmock.records import s3_objects
from kmsmock.records.buckets import find_bucket, rule_of
from kmsmock.services import Advice, Moto
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.s3 import checksums, configuration, customer_keys, encryption, errors, forms, parts, queries
from kmsmock.services.s3.object_request import Exchange
from kmsmock.wire.answers import Answer


def put_object(call: Call, kms: ServiceKms, moto: Moto) -> Answer | None:
    """PutObject: kms:GenerateDataKey for the caller, if the request or the bucket says so."""
    bucket = find_bucket(call.params["Bucket"])
    if bucket is None:
        return None
    wanted = wanted_by(call, kms, bucket)
    exchange = Exchange(call, kms, bucket, wanted)
    answer = exchange.write(moto)
    if exchange.written is None or (answer[0] >= 300 and call.form is None):
        return answer
    checksum = checksums.of_body(call, exchange.body)
    checksums.keep(exchange.written, checksum)
    answer = checksums.in_headers(answer, checksum)
    return answer if call.form is None else forms.answered(call, answer, exchange.written)


def wanted_by(call: Call, kms: ServiceKms, bucket: Any) -> encryption.Wanted:
    """How a new object is to be encrypted. Raises S3's errors for what the bucket does not take."""
    configuration.must_allow_acls(call, kms)
    wanted = encryption.wanted(call, bucket)
    if wanted.customer is not None:
        must_not_block_customer_keys(call, bucket)
    return wanted


def must_not_block_customer_keys(call: Call, bucket: Any) -> None:
    """Raise AccessDenied for a write under SSE-C into a bucket that has blocked it."""
    if "SSE-C" in rule_of(bucket).blocked:
        arn = f"arn:{call.partition}:s3:::{call.params['Bucket']}/{call.params['Key']}"
        raise errors.blocked(call.caller.principal.arn, "s3:PutObject", arn)


def get_object(call: Call, kms: ServiceKms, moto: Moto) -> Answer | None:
    """GetObject: kms:Decrypt for the caller, once the body is needed."""
    bucket, key = found(call, kms)
    if key is None:
        return None
    must_be_readable(call, s3_objects.sealed_of(key))
    exchange = Exchange(call, kms, bucket)
    try:
        return _part_or_all(call, exchange, moto, key)
    except ValueError:
        if not key.disposed:
            raise
        return get_object(call, kms, moto)  # another thread has overwritten the object meanwhile


def _part_or_all(call: Call, exchange: Exchange, moto: Moto, key: Any) -> Answer:
    number = call.params.get("PartNumber")
    sizes = parts.of(key)
    if number is None or not sizes:
        answer, checksum = exchange.read(moto, key), checksums.of(key)
        told = answer[0] == 200 and call.params.get("ChecksumMode") == "ENABLED"  # of a range it is not told
        return checksums.in_headers(answer, checksum) if told and checksum is not None else answer
    if not 1 <= number <= len(sizes):
        raise errors.no_such_part()
    return exchange.read(moto, key, sent=parts.as_range(sizes, number), told=parts.told(sizes))


def head_object(call: Call, kms: ServiceKms, moto: Moto) -> Answer | None:
    """HeadObject asks KMS only to tell a checksum."""
    bucket, key = found(call, kms)
    if key is None:
        return None
    sealed = s3_objects.sealed_of(key)
    must_be_readable(call, sealed)
    exchange = Exchange(call, kms, bucket)
    if call.params.get("ChecksumMode") == "ENABLED" and sealed is not None and key.checksum_value:
        exchange.open(sealed)
    return _part_or_all(call, exchange, moto, key)


_ATTRIBUTES = frozenset(("Checksum", "ETag", "ObjectParts", "ObjectSize", "StorageClass"))
"""What GetObjectAttributes can be asked for."""


def get_object_attributes(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """GetObjectAttributes: likewise."""
    bucket, key = found(call, kms)
    if key is None:
        return
    asked = call.params["ObjectAttributes"]
    if set(asked if isinstance(asked, list) else re.split(r" *, *", asked)) - _ATTRIBUTES:
        raise AwsError("InvalidArgument", "Invalid attribute name specified.")
    sealed = s3_objects.sealed_of(key)
    must_be_readable(call, sealed)
    params = str(call.params.get("ObjectAttributes", ""))
    if "Checksum" in params and sealed is not None and key.checksum_value:
        Exchange(call, kms, bucket).open(sealed)


def select_object_content(call: Call, kms: ServiceKms, moto: Moto) -> Answer | None:
    """SelectObjectContent reads the object."""
    bucket, key = found(call, kms)
    if key is None:
        return None
    must_be_readable(call, s3_objects.sealed_of(key))
    exchange = Exchange(call, kms, bucket)
    with s3_objects.handling(exchange):
        queries.check(key.value, call.params)
    return exchange.answer(moto)


def restore_object(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """RestoreObject asks KMS nothing; a query of an archive would."""
    if (call.params.get("RestoreRequest") or {}).get("Type") == "SELECT":
        raise NotImplementedError("kmsmock does not model S3 RestoreObject of Type SELECT")
    found(call, kms)


def found(call: Call, kms: ServiceKms) -> tuple[Any, Any]:
    """The bucket and the object of a call, None for what is not there: moto has the words for that.

    Who may not list the bucket is not told that there is no such object.
    """
    bucket = find_bucket(call.params["Bucket"])
    key = None if bucket is None else s3_objects.find(bucket, call.params["Key"], call.params.get("VersionId"))
    if bucket is not None and key is None:
        must_list(call, kms, call.params["Bucket"])
    return bucket, key


def must_list(call: Call, kms: ServiceKms, bucket: str) -> None:
    """Raise AccessDenied for who may not list a bucket."""
    services.require(kms.store, call, Need("s3:ListBucket", f"arn:{call.partition}:s3:::{bucket}"))


def must_be_readable(call: Call, sealed: Sealed | None) -> None:
    """What a read of an object must bring along, and must not."""
    encryption.must_not_choose(call)
    customer_keys.must_fit(sealed, customer_keys.of_reader(call))
    if sealed is not None and sealed.envelope is not None:
        if call.signed != 4:
            raise errors.needs_signature_4()
        if not (call.secure or call.local):
            raise errors.needs_tls("AWS KMS managed")


OPERATIONS: dict[str, Advice] = {
    "GetObject": get_object,
    "GetObjectAttributes": get_object_attributes,
    "HeadObject": head_object,
    "PutObject": put_object,
    "RestoreObject": restore_object,
    "SelectObjectContent": select_object_content,
}
