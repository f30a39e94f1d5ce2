"""What the ACLs of buckets and objects let everybody do ("Access control list (ACL) overview" in the S3 user guide)."""

from __future__ import annotations

from typing import Any

from kmsmock.records.buckets import find_bucket

_EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers"
_BY_BUCKET = {
    "s3:ListBucket": "READ",
    "s3:ListBucketVersions": "READ",
    "s3:ListBucketMultipartUploads": "READ",
    "s3:PutObject": "WRITE",
    "s3:DeleteObject": "WRITE",
}
_BY_OBJECT = {"s3:GetObject": "READ", "s3:GetObjectVersion": "READ", "s3:GetObjectAcl": "READ_ACP"}
"""Action -> the permission of an ACL that covers it."""


def allow(action: str, resource: str) -> bool:
    """Whether an ACL gives everybody what an action needs on a bucket or an object."""
    name, _, key = resource.partition(":::")[2].partition("/")
    bucket = find_bucket(name)
    if bucket is None:
        return False
    if action in _BY_BUCKET:
        return _gives(bucket.acl, _BY_BUCKET[action])
    found = (bucket.keys.getlist(key, []) or [None])[-1]
    return action in _BY_OBJECT and _gives(getattr(found, "acl", None), _BY_OBJECT[action])


def _gives(acl: Any, permission: str) -> bool:
    return acl is not None and any(
        grantee.uri == _EVERYBODY and {permission, "FULL_CONTROL"} & set(grant.permissions)
        for grant in acl.grants
        for grantee in grant.grantees
    )
