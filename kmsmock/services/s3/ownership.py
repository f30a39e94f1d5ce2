"""Object Ownership: whose an object is that another account writes ("Controlling ownership of objects", user guide)."""

from __future__ import annotations

from typing import Any

from kmsmock.call import Call
from kmsmock.records import object_owners, s3_objects
from kmsmock.records.buckets import find_bucket
from kmsmock.records.object_owners import Owned

ENFORCED, _PREFERRED = "BucketOwnerEnforced", "BucketOwnerPreferred"
_FULL, _READ = "bucket-owner-full-control", "bucket-owner-read"
_TO_BUCKET_OWNER = {_FULL: "FULL_CONTROL", _READ: "READ"}


def ownership_of(bucket: Any) -> str:
    """The bucket's setting of Object Ownership."""
    rule = bucket.ownership_rule
    if not rule:
        return ENFORCED
    return str(rule if isinstance(rule, str) else rule["Rules"][0]["ObjectOwnership"])


def written(call: Call, bucket: Any, key: Any) -> None:
    """A new object: it is its writer's, where the bucket does not say that all of them are its own."""
    rule, acl = ownership_of(bucket), call.params.get("ACL")
    if rule == ENFORCED or call.account in ("", bucket.account_id) or (rule == _PREFERRED and acl == _FULL):
        return
    object_owners.keep(key, Owned(call.account, acl))


def changed(call: Call, bucket: Any) -> None:
    """A new ACL of an object that is another account's."""
    key = None if bucket is None else s3_objects.find(bucket, call.params["Key"], call.params.get("VersionId"))
    owned = None if key is None else object_owners.of(key)
    if owned is not None:
        object_owners.keep(key, owned._replace(acl=call.params.get("ACL")))


def owner_of(call: Call, bucket: Any) -> str:
    """The account that owns what a call is about."""
    owned = _owned(call, bucket)
    return str(bucket.account_id) if owned is None else owned.account


def _owned(call: Call, bucket: Any) -> Owned | None:
    if "Key" not in call.params or ownership_of(bucket) == ENFORCED:
        return None
    key = s3_objects.find(bucket, call.params["Key"], call.params.get("VersionId"))
    return None if key is None else object_owners.of(key)


def grant_of_bucket_owner(call: Call) -> bytes:
    """The grant of an object's canned ACL that moto leaves out, as it stands in an answer; empty where it has none."""
    bucket = find_bucket(call.params["Bucket"])
    owned = None if bucket is None else _owned(call, bucket)
    if owned is None or owned.acl not in _TO_BUCKET_OWNER:
        return b""
    schema = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"'
    grantee = f"<Grantee {schema}><ID>{object_owners.canonical_id(bucket.account_id)}</ID></Grantee>"
    return f"<Grant>{grantee}<Permission>{_TO_BUCKET_OWNER[owned.acl]}</Permission></Grant>".encode()
