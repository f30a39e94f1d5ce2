"""S3's operations and the actions that they need ("Actions, resources, and condition keys for Amazon S3")."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import unquote

from kmsmock.call import Call

Needs = tuple[tuple[str, str], ...]


def bucket_arn(call: Call, bucket: str | None = None) -> str:
    """The ARN of a bucket: of the one that the call names, or of another."""
    return f"arn:{call.partition}:s3:::{bucket or call.params['Bucket']}"


def object_arn(call: Call) -> str:
    """The ARN of the object that the call names."""
    return f"{bucket_arn(call)}/{call.params['Key']}"


def _everywhere(action: str) -> Callable[[Call], Needs]:
    return lambda call: ((f"s3:{action}", "*"),)


def _on_bucket(action: str) -> Callable[[Call], Needs]:
    return lambda call: ((f"s3:{action}", bucket_arn(call)),)


def _on_object(action: str, versioned: str | None = None) -> Callable[[Call], Needs]:
    """An action on an object; some have another name when a version is asked for."""

    def needs(call: Call) -> Needs:
        name = versioned if versioned is not None and "VersionId" in call.params else action
        return ((f"s3:{name}", object_arn(call)),)

    return needs


def _attributes(call: Call) -> Needs:
    """GetObjectAttributes: reading the object, and its attributes."""
    version = "Version" if "VersionId" in call.params else ""
    return tuple((f"s3:GetObject{version}{what}", object_arn(call)) for what in ("", "Attributes"))


def _put_object(call: Call) -> Needs:
    arn = object_arn(call)
    found = [("s3:PutObject", arn)]
    if "ACL" in call.params or any(name.startswith("Grant") for name in call.params):
        found.append(("s3:PutObjectAcl", arn))
    if "Tagging" in call.params:
        found.append(("s3:PutObjectTagging", arn))
    if "ObjectLockMode" in call.params:
        found.append(("s3:PutObjectRetention", arn))
    if "ObjectLockLegalHoldStatus" in call.params:
        found.append(("s3:PutObjectLegalHold", arn))
    return tuple(found)


def copy_source(call: Call) -> tuple[str, str, str | None]:
    """Bucket, key and version id of what is copied; a key may have a question mark of its own, which is encoded."""
    path, _, version = str(call.params["CopySource"]).partition("?versionId=")
    bucket, _, key = unquote(path).removeprefix("/").partition("/")
    return bucket, key, version or None


def _copy(call: Call) -> Needs:
    """Reading the source, then writing the destination."""
    bucket, key, version = copy_source(call)
    action = "s3:GetObjectVersion" if version else "s3:GetObject"
    return ((action, f"{bucket_arn(call, bucket)}/{key}"), *_put_object(call))


def _update_encryption(call: Call) -> Needs:
    return tuple((f"s3:{action}", object_arn(call)) for action in ("UpdateObjectEncryption", "PutObject"))


def otherwise(call: Call) -> Needs:
    """Operations that are in no table: the action of their name, on the object or bucket that they name."""
    if "Bucket" not in call.params:
        return ((f"s3:{call.operation}", "*"),)
    return ((f"s3:{call.operation}", object_arn(call) if "Key" in call.params else bucket_arn(call)),)


ACTIONS: Mapping[str, Callable[[Call], Needs]] = {
    "AbortMultipartUpload": _on_object("AbortMultipartUpload"),
    "CompleteMultipartUpload": _on_object("PutObject"),
    "CopyObject": _copy,
    "CreateBucket": _on_bucket("CreateBucket"),
    "CreateMultipartUpload": _put_object,
    "DeleteBucket": _on_bucket("DeleteBucket"),
    "DeleteBucketEncryption": _on_bucket("PutEncryptionConfiguration"),
    "DeleteBucketLifecycle": _on_bucket("PutLifecycleConfiguration"),
    "DeleteBucketPolicy": _on_bucket("DeleteBucketPolicy"),
    "DeleteBucketReplication": _on_bucket("PutReplicationConfiguration"),
    "DeleteBucketTagging": _on_bucket("PutBucketTagging"),
    "DeleteObject": _on_object("DeleteObject", "DeleteObjectVersion"),
    "DeleteBucketCors": _on_bucket("PutBucketCORS"),
    "DeleteObjects": lambda call: (),  # asked for each object by itself, in services.s3.deletes
    "DeleteObjectTagging": _on_object("DeleteObjectTagging", "DeleteObjectVersionTagging"),
    "DeletePublicAccessBlock": _on_bucket("PutBucketPublicAccessBlock"),
    "GetBucketAcl": _on_bucket("GetBucketAcl"),
    "GetBucketAccelerateConfiguration": _on_bucket("GetAccelerateConfiguration"),
    "GetBucketCors": _on_bucket("GetBucketCORS"),
    "GetBucketEncryption": _on_bucket("GetEncryptionConfiguration"),
    "GetBucketLifecycleConfiguration": _on_bucket("GetLifecycleConfiguration"),
    "GetBucketLifecycle": _on_bucket("GetLifecycleConfiguration"),
    "GetBucketLocation": _on_bucket("GetBucketLocation"),
    "GetBucketLogging": _on_bucket("GetBucketLogging"),
    "GetBucketNotificationConfiguration": _on_bucket("GetBucketNotification"),
    "GetBucketOwnershipControls": _on_bucket("GetBucketOwnershipControls"),
    "GetBucketPolicy": _on_bucket("GetBucketPolicy"),
    "GetBucketPolicyStatus": _on_bucket("GetBucketPolicyStatus"),
    "GetBucketReplication": _on_bucket("GetReplicationConfiguration"),
    "GetBucketTagging": _on_bucket("GetBucketTagging"),
    "GetBucketVersioning": _on_bucket("GetBucketVersioning"),
    "GetObject": _on_object("GetObject", "GetObjectVersion"),
    "GetObjectAcl": _on_object("GetObjectAcl", "GetObjectVersionAcl"),
    "GetObjectAttributes": _attributes,
    "GetObjectLegalHold": _on_object("GetObjectLegalHold"),
    "GetObjectLockConfiguration": _on_bucket("GetBucketObjectLockConfiguration"),
    "GetObjectRetention": _on_object("GetObjectRetention"),
    "GetObjectTagging": _on_object("GetObjectTagging", "GetObjectVersionTagging"),
    "GetPublicAccessBlock": _on_bucket("GetBucketPublicAccessBlock"),
    "HeadBucket": _on_bucket("ListBucket"),
    "HeadObject": _on_object("GetObject", "GetObjectVersion"),
    "ListBuckets": _everywhere("ListAllMyBuckets"),
    "ListMultipartUploads": _on_bucket("ListBucketMultipartUploads"),
    "ListObjectVersions": _on_bucket("ListBucketVersions"),
    "ListObjects": _on_bucket("ListBucket"),
    "ListObjectsV2": _on_bucket("ListBucket"),
    "ListParts": _on_object("ListMultipartUploadParts"),
    "PutBucketAcl": _on_bucket("PutBucketAcl"),
    "PutBucketAccelerateConfiguration": _on_bucket("PutAccelerateConfiguration"),
    "PutBucketCors": _on_bucket("PutBucketCORS"),
    "PutBucketEncryption": _on_bucket("PutEncryptionConfiguration"),
    "PutBucketLifecycleConfiguration": _on_bucket("PutLifecycleConfiguration"),
    "PutBucketLifecycle": _on_bucket("PutLifecycleConfiguration"),
    "PutBucketLogging": _on_bucket("PutBucketLogging"),
    "PutBucketNotificationConfiguration": _on_bucket("PutBucketNotification"),
    "PutBucketOwnershipControls": _on_bucket("PutBucketOwnershipControls"),
    "PutBucketPolicy": _on_bucket("PutBucketPolicy"),
    "PutBucketReplication": _on_bucket("PutReplicationConfiguration"),
    "PutBucketTagging": _on_bucket("PutBucketTagging"),
    "PutBucketVersioning": _on_bucket("PutBucketVersioning"),
    "PutObject": _put_object,
    "PutObjectAcl": _on_object("PutObjectAcl", "PutObjectVersionAcl"),
    "PutObjectLegalHold": _on_object("PutObjectLegalHold"),
    "PutObjectLockConfiguration": _on_bucket("PutBucketObjectLockConfiguration"),
    "PutObjectRetention": _on_object("PutObjectRetention"),
    "PutObjectTagging": _on_object("PutObjectTagging", "PutObjectVersionTagging"),
    "PutPublicAccessBlock": _on_bucket("PutBucketPublicAccessBlock"),
    "RestoreObject": _on_object("RestoreObject"),
    "SelectObjectContent": _on_object("GetObject"),
    "UpdateObjectEncryption": _update_encryption,
    "UploadPart": _on_object("PutObject"),
    "UploadPartCopy": _copy,
}
