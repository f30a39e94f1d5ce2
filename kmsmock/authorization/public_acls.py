"""What the ACLs of buckets and objects let everybody do ("Access control list (ACL) overview" in the S3 user guide)."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from kmsmock.call import Call
from kmsmock.iam import Layer, Source
from kmsmock.identity.directory import compile_stored
from kmsmock.records.buckets import find_bucket

_EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers"
_SIGNED = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
_BY_BUCKET = {
    "s3:ListBucket": "READ",
    "s3:ListBucketVersions": "READ",
    "s3:ListBucketMultipartUploads": "READ",
    "s3:PutObject": "WRITE",
    "s3:DeleteObject": "WRITE",
    "s3:GetBucketAcl": "READ_ACP",
    "s3:PutBucketAcl": "WRITE_ACP",
}
_BY_OBJECT = {
    "s3:GetObject": "READ",
    "s3:GetObjectVersion": "READ",
    "s3:GetObjectAcl": "READ_ACP",
    "s3:PutObjectAcl": "WRITE_ACP",
}
"""Action -> the permission of an ACL that covers it."""
_WITH_ACL = frozenset({"CopyObject", "CreateMultipartUpload", "PutObject"})
"""Who may write an object says what its ACL is."""


def source(call: Call, action: str, resource: str) -> Source | None:
    """What an ACL gives everybody, or everybody who signs, on a bucket or an object; None for nothing."""
    name, _, key = resource.partition(":::")[2].partition("/")
    bucket = find_bucket(name)
    if bucket is None or _ignored(bucket):
        return None
    groups = {_EVERYBODY} if call.caller.principal.kind == "anonymous" else {_EVERYBODY, _SIGNED}
    if not _allows(bucket, key, _for(call, action), groups):
        return None
    return _source(f"ACL of {resource}", action, resource)


def _for(call: Call, action: str) -> str:
    """The action whose permission counts."""
    return "s3:PutObject" if action == "s3:PutObjectAcl" and call.operation in _WITH_ACL else action


def _allows(bucket: Any, key: str, action: str, groups: set[str]) -> bool:
    if action in _BY_BUCKET:
        return _gives(bucket.acl, _BY_BUCKET[action], groups)
    if action not in _BY_OBJECT:
        return False
    found = (bucket.keys.getlist(key, []) or [None])[-1]
    if found is None:  # who may list the bucket is told that it is not there
        return _gives(bucket.acl, "READ", groups)
    return _gives(getattr(found, "acl", None), _BY_OBJECT[action], groups)


def _gives(acl: Any, permission: str, groups: set[str]) -> bool:
    return acl is not None and any(
        grantee.uri in groups and {permission, "FULL_CONTROL"} & set(grant.permissions)
        for grant in acl.grants
        for grantee in grant.grantees
    )


def _ignored(bucket: Any) -> bool:
    """True where the bucket's public access block has ACLs count for nothing."""
    block = bucket.public_access_block
    return block is not None and bool(block.ignore_public_acls)


@lru_cache(maxsize=1024)
def _source(name: str, action: str, resource: str) -> Source:
    statement = {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource}
    text = json.dumps({"Version": "2012-10-17", "Statement": statement})
    return Source(Layer.RESOURCE, name, compile_stored(text, "resource"))
