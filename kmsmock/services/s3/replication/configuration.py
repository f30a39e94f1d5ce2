"""PutBucketReplication, GetBucketReplication and DeleteBucketReplication."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kmsmock import entropy
from kmsmock.call import Call
from kmsmock.foreign.notes import Note
from kmsmock.records.buckets import find_bucket
from kmsmock.services import Advice, Moto
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.s3 import errors
from kmsmock.services.s3.replication.rules import takes_kms_objects

_CONFIGURATION = Note[Mapping[str, Any]]("replication")
"""On a bucket: its configuration as it was put; moto forgets parts of it."""
_SCHEMA = "of Cross Region Replication configuration schema. Please refer to S3 Developer Guide for more information."


def of(bucket: Any) -> Mapping[str, Any] | None:
    """A bucket's configuration as it was put."""
    return _CONFIGURATION.get(bucket)


def put(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """PutBucketReplication. Keys and roles are not looked at: what they do not allow fails later."""
    bucket = find_bucket(call.params["Bucket"])
    if bucket is None:
        raise errors.no_such_bucket(call.params["Bucket"])
    configuration = call.params.get("ReplicationConfiguration") or {}
    if not bucket.is_versioned:
        text = "Versioning must be 'Enabled' on the bucket to apply a replication configuration"
        raise errors.invalid_request(text, BucketName=call.params["Bucket"])
    if not configuration.get("Rules") or not configuration.get("Role"):
        raise errors.malformed_xml()
    for rule in configuration["Rules"]:
        _check(rule, bucket)
        rule.setdefault("ID", entropy.uuid())
    _CONFIGURATION.set(bucket, configuration)
    return {}


def _check(rule: Mapping[str, Any], bucket: Any) -> None:
    """Raise S3's errors for a rule that is not complete, or whose destination is not there."""
    destination = rule.get("Destination") or {}
    _check_schema(rule)
    if "ReplicationTime" in destination and "Metrics" not in destination:
        raise errors.invalid_request(
            "Replication destination must contain both ReplicationTime and Metrics or neither."
        )
    key = (destination.get("EncryptionConfiguration") or {}).get("ReplicaKmsKeyID")
    criteria = (rule.get("SourceSelectionCriteria") or {}).get("SseKmsEncryptedObjects")
    if takes_kms_objects(rule) and key is None:
        raise errors.invalid_request("ReplicaKmsKeyID must be specified if SseKmsEncryptedObjects tag is present.")
    if key is not None and criteria is None:
        raise errors.invalid_request("SseKmsEncryptedObjects must be specified if EncryptionConfiguration is present.")
    target = find_bucket(str(destination.get("Bucket", "")).rpartition(":::")[2])
    if target is None:
        raise errors.invalid_request("Destination bucket must exist.")
    if target is bucket:
        raise errors.invalid_request("Destination bucket cannot be the same as the source bucket.")
    if not target.is_versioned:
        raise errors.invalid_request("Destination bucket must have versioning enabled.")


def _check_schema(rule: Mapping[str, Any]) -> None:
    """There are two: one with a Prefix, and one with a Filter, which says more. Texts are those of public issues."""
    if not rule.keys() & {"Filter", "Prefix"} or "ExistingObjectReplication" in rule:
        raise errors.malformed_xml()
    if "SourceSelectionCriteria" in rule and not rule["SourceSelectionCriteria"]:
        raise errors.invalid_request("SourceSelectionCriteria cannot be empty")
    if "Filter" not in rule:
        return
    for name in ("Priority", "DeleteMarkerReplication"):
        if name not in rule:
            raise errors.invalid_request(f"{name} must be specified for this version {_SCHEMA}")
    chosen = rule["Filter"] or {}
    by_tag = "Tag" in chosen or (chosen.get("And") or {}).get("Tags")
    if by_tag and rule["DeleteMarkerReplication"].get("Status") == "Enabled":
        raise errors.invalid_request(
            "Delete marker replication is not supported if any Tag filter is specified. "
            "Please refer to S3 Developer Guide for more information."
        )


def get(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """GetBucketReplication."""
    bucket = find_bucket(call.params["Bucket"])
    configuration = None if bucket is None else of(bucket)
    return None if configuration is None else {"ReplicationConfiguration": dict(configuration)}


def delete(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """DeleteBucketReplication."""
    bucket = find_bucket(call.params["Bucket"])
    if bucket is not None:
        _CONFIGURATION.remove(bucket)


OPERATIONS: dict[str, Advice] = {
    "DeleteBucketReplication": delete,
    "GetBucketReplication": get,
    "PutBucketReplication": put,
}
