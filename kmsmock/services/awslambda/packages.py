"""Deployment packages of functions under a KMS key ("Encrypting Lambda .zip deployment packages").

Lambda uses the key as itself, so the key policy has to let ``lambda.amazonaws.com`` in; who may not decrypt is told so
instead of where the package is. That running a function does not ask for the key again is the unverified choice.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from io import BytesIO
from typing import Any
from zipfile import BadZipFile, ZipFile

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.identity import sessions
from kmsmock.model.envelope import Envelope
from kmsmock.records import s3_objects
from kmsmock.records.buckets import find_bucket
from kmsmock.services.kms import outages
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.kms.translation import translating

_SERVICE = "lambda.amazonaws.com"


UNZIPPED = 262_144_000
"""The most that a package may unpack to, in bytes ("Lambda quotas")."""


def check_size(code: Mapping[str, Any]) -> None:
    """Refuse a package by what its directory says, before anybody unpacks it; what is none is moto's to refuse."""
    try:
        with ZipFile(BytesIO(_package(code))) as package:
            size = sum(each.file_size for each in package.infolist())
    except (BadZipFile, ValueError):
        return
    if size >= UNZIPPED:
        raise AwsError("InvalidParameterValueException", f"Unzipped size must be smaller than {UNZIPPED} bytes")


def _package(code: Mapping[str, Any]) -> bytes:
    """What is sent, or lies in S3 as it is read; nothing of what S3 has under a key, which Lambda has yet to use."""
    if code.get("ZipFile"):
        return b64decode(code["ZipFile"])
    bucket = find_bucket(str(code.get("S3Bucket")))
    found = None if bucket is None else s3_objects.find(bucket, str(code.get("S3Key")), code.get("S3ObjectVersion"))
    return b"" if found is None or s3_objects.sealed_of(found) is not None else s3_objects.ciphertext_of(found)


def sealed(call: Call, kms: ServiceKms, arn: str, code: dict[str, Any]) -> Envelope | None:
    """The data key of a package: kms:GenerateDataKey and kms:Decrypt by Lambda; None where no key is named."""
    key = code.get("SourceKMSKeyArn")
    if not key:
        return None
    service = sessions.of_service(_SERVICE, source_account=call.account, source_arn=arn)
    with translating(_refused):
        _, envelope = kms.seal(key, {"aws:lambda:FunctionArn": arn}, caller=service)
        kms.unseal(envelope, caller=service)
    return envelope


@outages.first("lambda")
def _refused(error: AwsError) -> AwsError:
    """Unverified text, after that of the variables."""
    return AwsError(
        "InvalidParameterValueException",
        "Lambda was unable to encrypt the deployment package. Please check your KMS key settings. "
        f"KMS Exception: {error.code} KMS Message: {error.message}",
    )


def shown(kms: ServiceKms, envelope: Envelope, code: dict[str, Any]) -> dict[str, Any]:
    """The Code of GetFunction: kms:Decrypt for the caller, who is told of a refusal in place of the Location."""
    record = {**code, "SourceKMSKeyArn": envelope.key_arn}
    try:
        kms.unseal(envelope)
    except AwsError as error:
        record.pop("Location", None)
        message = (
            "KMS access is denied. Check your KMS permissions. "
            f"KMS Exception: {error.code} KMS Message: {error.message}"
        )
        record["Error"] = {"ErrorCode": error.code, "Message": message}
    return record
