"""S3: objects under SSE-KMS ("Using server-side encryption with AWS KMS keys" in the S3 user guide)."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from kmsmock import access
from kmsmock.call import Call
from kmsmock.envelopes import Envelope, Envelopes
from kmsmock.errors import AwsError
from kmsmock.services import Advice, Moto

MANAGED_KEY = "alias/aws/s3"

Place = tuple[str, str, str | None]
"""Bucket, key and version id of an object."""


def put_object(call: Call, envelopes: Envelopes, moto: Moto) -> dict[str, Any] | None:
    """PutObject with ``aws:kms``, asked for or by the bucket's default: kms:GenerateDataKey for the caller."""
    params = call.params
    asked = params.get("ServerSideEncryption")
    if asked is None and "SSEKMSKeyId" in params:
        raise AwsError(
            "InvalidArgument",
            "Server Side Encryption with AWS KMS managed key requires HTTP header "
            "x-amz-server-side-encryption : aws:kms",
        )
    if asked not in (None, "AES256", "aws:kms"):
        if asked in ("aws:kms:dsse", "aws:fsx"):
            raise NotImplementedError(f"kmsmock does not model S3 PutObject with {asked} yet")
        raise AwsError("InvalidArgument", "The encryption method specified is not supported")
    key_id = _key_id(call, moto)
    if key_id is None:
        objects(envelopes).pop((params["Bucket"], params["Key"], None), None)
        return None
    if params.get("BucketKeyEnabled"):
        raise NotImplementedError("kmsmock does not model S3 Bucket Keys yet")
    _, envelope = _seal(envelopes, call, key_id)
    answer = moto()
    answer |= {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": envelope.key_arn}
    for version in {None, answer.get("VersionId")}:
        objects(envelopes)[(params["Bucket"], params["Key"], version)] = envelope
    return answer


def _key_id(call: Call, moto: Moto) -> str | None:
    """The key that an object is to be encrypted under, or None for SSE-S3."""
    asked = call.params.get("ServerSideEncryption")
    if asked is not None:
        return None if asked == "AES256" else call.params.get("SSEKMSKeyId", MANAGED_KEY)
    try:
        rules = moto("GetBucketEncryption", Bucket=call.params["Bucket"])["ServerSideEncryptionConfiguration"]["Rules"]
    except AwsError:
        return None
    default = rules[0].get("ApplyServerSideEncryptionByDefault", {})
    return default.get("KMSMasterKeyID", MANAGED_KEY) if default.get("SSEAlgorithm") == "aws:kms" else None


def _seal(envelopes: Envelopes, call: Call, key_id: str) -> tuple[bytes, Envelope]:
    arn = f"arn:{call.partition}:s3:::{call.params['Bucket']}/{call.params['Key']}"
    context = {"aws:s3:arn": arn, **_given_context(call, arn)}
    try:
        return envelopes.seal(key_id, context)
    except AwsError as error:
        raise worded(error) from None


def _given_context(call: Call, arn: str) -> dict[str, str]:
    """The client's own pairs, from base64 JSON."""
    header = call.params.get("SSEKMSEncryptionContext")
    if header is None:
        return {}
    try:
        pairs = json.loads(base64.b64decode(header, validate=True))
    except (binascii.Error, ValueError):
        pairs = None
    if not isinstance(pairs, dict) or not all(isinstance(value, str) for value in pairs.values()):
        raise AwsError(
            "InvalidArgument",
            "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string holding JSON "
            "which represents a string-string map",
        )
    if pairs.get("aws:s3:arn", arn) != arn:
        raise AwsError("InvalidArgument", "The encryption context aws:s3:arn does not name this object.")
    return pairs


def get_object(call: Call, envelopes: Envelopes, moto: Moto) -> dict[str, Any] | None:
    """GetObject of an SSE-KMS object: kms:Decrypt for the caller."""
    envelope = _of(call, envelopes)
    if envelope is not None:
        try:
            envelopes.unseal(envelope)
        except AwsError as error:
            raise worded(error) from None
    return None


def _of(call: Call, envelopes: Envelopes) -> Envelope | None:
    params = call.params
    return objects(envelopes).get((params["Bucket"], params["Key"], params.get("VersionId")))


def objects(envelopes: Envelopes) -> dict[Place, Envelope]:
    """The envelope of each encrypted object of this world."""
    found: dict[Place, Envelope] = envelopes.store.services.setdefault("s3", {})
    return found


def worded(error: AwsError) -> AwsError:
    """A refusal of KMS as S3 passes it on: 403 for a denial, else the KMS code behind ``KMS.``."""
    if error.code == "AccessDeniedException":
        return AwsError("AccessDenied", error.message, 403)
    return AwsError(f"KMS.{error.code}", error.message, 400)


def put_bucket_policy(call: Call, envelopes: Envelopes, moto: Moto) -> None:
    """PutBucketPolicy: the users and roles that it names are those that there are now."""
    bucket = call.params["Bucket"]
    nobody = envelopes.store.directory.nobody(call.params["Policy"])
    if nobody is not None and access.strict(envelopes.store):
        raise AwsError("MalformedPolicy", "Invalid principal in policy")
    moto()
    written = moto("GetBucketPolicy", Bucket=bucket)["Policy"]
    envelopes.store.directory.trust(f"arn:aws:s3:::{bucket}", written)


OPERATIONS: dict[str, Advice] = {
    "GetObject": get_object,
    "PutBucketPolicy": put_bucket_policy,
    "PutObject": put_object,
}
