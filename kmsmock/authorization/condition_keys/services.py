"""Condition keys of services other than KMS: a parameter of the call, under the name that policies know it by.

Follows the tables of condition keys of Amazon S3, Amazon EC2 and AWS STS in the Service Authorization Reference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from kmsmock.authorization.request import text
from kmsmock.call import Call
from kmsmock.iam.matching import Value
from kmsmock.records.access_points import AccessPoint, of_url

Rule = Callable[[Call], Value | None]


def _param(name: str) -> Rule:
    return lambda call: _text(call.params.get(name))


def _text(value: Any) -> Value | None:
    return None if value is None or value == [] else text(value)


def header(name: str) -> Rule:
    """A header of the request."""

    def value(call: Call) -> Value | None:
        found = call.headers.get(name)
        return _text(found.decode() if isinstance(found, bytes) else found)

    return value


def _permission(change: str, kind: str) -> Rule:
    """Who gets, or loses, access to an image or snapshot."""

    def value(call: Call) -> Value | None:
        both = call.params.get("LaunchPermission") or call.params.get("CreateVolumePermission") or {}
        return next((entry[kind] for entry in both.get(change, ()) if kind in entry), None)

    return value


def _location(call: Call) -> Value | None:
    return _text((call.params.get("CreateBucketConfiguration") or {}).get("LocationConstraint"))


def _of_point(told: Callable[[AccessPoint], str]) -> Rule:
    """What the access point says that a request was sent to."""

    def value(call: Call) -> Value | None:
        point = of_url(call.url)
        return None if point is None else told(point)

    return value


_TLS = "1.3"
"""What AWS and today's clients agree on; a test can say another by ``world.request_context``."""

SERVICE_KEYS: Mapping[str, Rule] = {
    "s3:accesspointnetworkorigin": _of_point(lambda point: "VPC" if point.vpc else "Internet"),
    "s3:authtype": lambda call: "REST-HEADER" if call.headers.get("Authorization") else "REST-QUERY-STRING",
    "s3:dataaccesspointaccount": _of_point(lambda point: point.account),
    "s3:dataaccesspointarn": _of_point(lambda point: point.arn),
    "s3:delimiter": _param("Delimiter"),
    "s3:locationconstraint": _location,
    "s3:max-keys": _param("MaxKeys"),
    "s3:object-lock-mode": _param("ObjectLockMode"),
    "s3:prefix": _param("Prefix"),
    "s3:requestobjecttagkeys": lambda call: tuple(_object_tags(call)) or None,
    "s3:signatureversion": lambda call: "AWS4-HMAC-SHA256",
    "s3:tlsversion": lambda call: _TLS if call.secure else None,
    "s3:versionid": _param("VersionId"),
    "s3:x-amz-acl": _param("ACL"),
    "s3:x-amz-content-sha256": header("X-Amz-Content-SHA256"),
    "s3:x-amz-copy-source": _param("CopySource"),
    "s3:x-amz-grant-full-control": _param("GrantFullControl"),
    "s3:x-amz-grant-read": _param("GrantRead"),
    "s3:x-amz-metadata-directive": _param("MetadataDirective"),
    "s3:x-amz-server-side-encryption-customer-algorithm": _param("SSECustomerAlgorithm"),
    "s3:x-amz-storage-class": _param("StorageClass"),
    "ec2:add/group": _permission("Add", "Group"),
    "ec2:add/userid": _permission("Add", "UserId"),
    "ec2:attribute": _param("Attribute"),
    "ec2:encrypted": _param("Encrypted"),
    "ec2:instancetype": _param("InstanceType"),
    "ec2:kmskeyid": _param("KmsKeyId"),
    "ec2:region": lambda call: call.region,
    "ec2:remove/group": _permission("Remove", "Group"),
    "ec2:remove/userid": _permission("Remove", "UserId"),
    "ec2:volumesize": _param("Size"),
    "ec2:volumetype": _param("VolumeType"),
    "sts:durationseconds": _param("DurationSeconds"),
    "sts:externalid": _param("ExternalId"),
    "sts:rolesessionname": _param("RoleSessionName"),
    "sts:sourceidentity": _param("SourceIdentity"),
    "sts:transitivetagkeys": _param("TransitiveTagKeys"),
}
"""One row for each key, in lower case."""


def _object_tags(call: Call) -> dict[str, str]:
    """The tags in the header of a new object."""
    return dict(parse_qsl(call.params.get("Tagging") or "")) if isinstance(call.params.get("Tagging"), str) else {}


def value(call: Call, action: str, name: str) -> Value | None:
    """The value of a key of the service that the action belongs to; None for keys of others."""
    if name.partition(":")[0] != action.partition(":")[0]:
        return None
    if name.startswith("s3:requestobjecttag/"):
        wanted = name.partition("/")[2]
        return next((text for key, text in _object_tags(call).items() if key.lower() == wanted), None)
    rule = SERVICE_KEYS.get(name)
    return None if rule is None else rule(call)


def request_tags(call: Call) -> dict[str, str]:
    """The tags in a request to a service that writes them as Key and Value, directly or in TagSpecifications, or as a
    map. Some take a tag without a value, which is an empty one."""
    given = call.params.get("Tags") or ()
    if isinstance(given, Mapping):
        return dict(given)
    groups = [given, *(each.get("Tags", ()) for each in call.params.get("TagSpecifications") or ())]
    return {tag["Key"]: tag.get("Value", "") for tags in groups for tag in tags if "Key" in tag}
