"""What the ACLs of buckets and objects let others do: everybody, or an account by its canonical user id.

"Access control list (ACL) overview" and "Controlling ownership of objects and disabling ACLs" in the S3 user guide.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

from kmsmock.call import Call
from kmsmock.iam import Layer, Source
from kmsmock.iam.arn import root
from kmsmock.identity.directory import compile_stored
from kmsmock.records import object_owners
from kmsmock.records.buckets import find_bucket

Means = Callable[[Any, bool], bool]
"""Whether a grantee is meant, who may be that of the first grant."""

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
    """What an ACL gives the caller's account, everybody, or everybody who signs; None for nothing."""
    name, _, key = resource.partition(":::")[2].partition("/")
    bucket = find_bucket(name)
    if bucket is None:
        return None
    asked = _for(call, action)
    if _by_canned_acl(bucket, key, asked, call.account):
        return _source(f"ACL of {resource}", action, resource, root(bucket.partition, call.account))
    if call.account and _has_acls(bucket) and _allows(bucket, key, asked, partial(_is_account, call.account)):
        return _source(f"ACL of {resource}", action, resource, root(bucket.partition, call.account))
    groups = {_EVERYBODY} if call.caller.principal.kind == "anonymous" else {_EVERYBODY, _SIGNED}
    if _ignored(bucket) or not _allows(bucket, key, asked, lambda grantee, first: grantee.uri in groups):
        return None
    return _source(f"ACL of {resource}", action, resource, "*")


def owner_of_object(resource: str, action: str) -> str | None:
    """The account that owns an object that it wrote into another's bucket, for what is the owner's to allow."""
    name, _, key = resource.partition(":::")[2].partition("/")
    bucket = find_bucket(name) if action in _BY_OBJECT and key else None
    if bucket is None or not _has_acls(bucket):
        return None
    owned = object_owners.of((bucket.keys.getlist(key, []) or [None])[-1])
    return None if owned is None else owned.account


_FOR_THE_BUCKET_OWNER = {"bucket-owner-full-control": frozenset(_BY_OBJECT.values()), "bucket-owner-read": {"READ"}}
"""Canned ACL -> what it gives the owner of the bucket, which moto leaves out."""


def _by_canned_acl(bucket: Any, key: str, action: str, account: str) -> bool:
    found = (bucket.keys.getlist(key, []) or [None])[-1]
    owned = object_owners.of(found)
    if owned is None or account != bucket.account_id:
        return False
    return _BY_OBJECT.get(action) in _FOR_THE_BUCKET_OWNER.get(owned.acl or "", ())


def _is_account(account: str, grantee: Any, first: bool) -> bool:
    return object_owners.means(grantee.id, account, first=first)


def _has_acls(bucket: Any) -> bool:
    """Whether the bucket's Object Ownership has ACLs count."""
    rule = bucket.ownership_rule
    return bool(rule) and "BucketOwnerEnforced" not in str(rule)


def _for(call: Call, action: str) -> str:
    """The action whose permission counts."""
    return "s3:PutObject" if action == "s3:PutObjectAcl" and call.operation in _WITH_ACL else action


def _allows(bucket: Any, key: str, action: str, means: Means) -> bool:
    if action in _BY_BUCKET:
        return _gives(bucket.acl, _BY_BUCKET[action], means)
    if action not in _BY_OBJECT:
        return False
    found = (bucket.keys.getlist(key, []) or [None])[-1]
    if found is None:  # who may list the bucket is told that it is not there
        return _gives(bucket.acl, "READ", means)
    return _gives(getattr(found, "acl", None), _BY_OBJECT[action], means)


def _gives(acl: Any, permission: str, means: Means) -> bool:
    return acl is not None and any(
        means(grantee, number == 0) and {permission, "FULL_CONTROL"} & set(grant.permissions)
        for number, grant in enumerate(acl.grants)
        for grantee in grant.grantees
    )


def _ignored(bucket: Any) -> bool:
    """True where the bucket's public access block has ACLs count for nothing."""
    block = bucket.public_access_block
    return block is not None and bool(block.ignore_public_acls)


@lru_cache(maxsize=1024)
def _source(name: str, action: str, resource: str, principal: str) -> Source:
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": action, "Resource": resource}
    text = json.dumps({"Version": "2012-10-17", "Statement": statement})
    return Source(Layer.RESOURCE, name, compile_stored(text, "resource"))
