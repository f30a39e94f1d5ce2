"""Lists of buckets, objects and uploads, and ACLs: as moto tells them, without the names that S3 no longer tells."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote
from xml.sax.saxutils import unescape

from kmsmock.call import Call
from kmsmock.records import object_owners, s3_objects
from kmsmock.records.buckets import find_bucket
from kmsmock.services import Advice, Moto
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.s3 import ownership
from kmsmock.wire.answers import Answer

_NAME = re.compile(rb"<DisplayName(?:/>|>[^<]*</DisplayName>)")
_OBJECT = re.compile(rb"<(Contents|Version)>.*?</\1>", re.DOTALL)
_UPLOAD = re.compile(rb"<Upload>.*?</Upload>", re.DOTALL)
_QUOTES = {"&quot;": '"', "&apos;": "'"}


def without_names(call: Call, kms: ServiceKms, moto: Moto) -> Answer:
    """Owners, initiators and grantees have ids only, since November 2025."""
    status, headers, body = moto.own_answer()
    bucket = find_bucket(call.params.get("Bucket", ""))
    owner = call.account if bucket is None else ownership.owner_of(call, bucket)
    return status, headers, object_owners.told(_NAME.sub(b"", body), owner)


def get_object_acl(call: Call, kms: ServiceKms, moto: Moto) -> Answer:
    """GetObjectAcl, with what a canned ACL gives the owner of the bucket."""
    status, headers, body = without_names(call, kms, moto)
    end = b"</AccessControlList>"
    return status, headers, body.replace(end, ownership.grant_of_bucket_owner(call) + end, 1)


def list_objects(call: Call, kms: ServiceKms, moto: Moto) -> Answer:
    """ListObjects, ListObjectsV2 and ListObjectVersions tell the algorithm of a checksum, and of what it is."""
    status, headers, body = without_names(call, kms, moto)
    bucket = find_bucket(call.params["Bucket"])
    if status >= 300 or bucket is None:
        return status, headers, body
    encoded = call.params.get("EncodingType") == "url"
    return status, headers, _OBJECT.sub(lambda found: _with_checksum(bucket, found[0], encoded), body)


def _with_checksum(bucket: Any, item: bytes, encoded: bool) -> bytes:
    version = _element(item, "VersionId")
    name = _element(item, "Key") or ""
    key = s3_objects.find(bucket, unquote(name) if encoded else name, version)
    if key is None or not key.checksum_algorithm:
        return item
    told = f"<ChecksumType>{key.checksum_type}</ChecksumType>" if key.checksum_type else ""
    if b"<ChecksumAlgorithm>" not in item:
        told += f"<ChecksumAlgorithm>{key.checksum_algorithm}</ChecksumAlgorithm>"
    return item.replace(b"<Size>", told.encode() + b"<Size>", 1)


def _element(item: bytes, name: str) -> str | None:
    found = re.search(f"<{name}>([^<]*)</{name}>".encode(), item)
    return None if found is None else unescape(found[1].decode(), _QUOTES)


def list_multipart_uploads(call: Call, kms: ServiceKms, moto: Moto) -> Answer:
    """ListMultipartUploads: by their keys, and those of one key in the order in which they were initiated."""
    status, headers, body = without_names(call, kms, moto)
    uploads = iter(sorted(_UPLOAD.findall(body), key=lambda each: (_element(each, "Key") or "").encode()))
    return status, headers, _UPLOAD.sub(lambda _: next(uploads), body)


OPERATIONS: dict[str, Advice] = {
    "GetBucketAcl": without_names,
    "GetObjectAcl": get_object_acl,
    "ListBuckets": without_names,
    "ListMultipartUploads": list_multipart_uploads,
    "ListObjectVersions": list_objects,
    "ListObjects": list_objects,
    "ListObjectsV2": list_objects,
    "ListParts": without_names,
}
