"""What CloudTrail needs before it makes a trail: a bucket that lets it in, and a key that it may use.

Follows "Amazon S3 bucket policy for CloudTrail" and "Configure AWS KMS key policies for CloudTrail".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from kmsmock.authorization import services
from kmsmock.authorization.actions import Need
from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.model.envelope import Envelope
from kmsmock.records.buckets import find_bucket
from kmsmock.services.cloudtrail import errors
from kmsmock.services.cloudtrail.state import Trail
from kmsmock.services.kms.client import ServiceKms

ACL = "bucket-owner-full-control"


_NAME_RULES: tuple[tuple[str, str], ...] = (
    (
        r".{3,}",
        "Trail name too short. Minimum allowed length: 3 characters. Specified name length: {length} characters.",
    ),
    (
        r".{,128}",
        "Trail name too long. Maximum allowed length: 128 characters. Specified name length: {length} characters.",
    ),
    (r"[0-9a-zA-Z].*", "Trail name must starts with a letter or number."),
    (r".*[0-9a-zA-Z]", "Trail name must ends with a letter or number."),
    (
        r"[.\-_0-9a-zA-Z]+",
        (
            "Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), "
            "hyphens (-), and underscores (_)."
        ),
    ),
)
"""What the name of a trail looks like, and what CloudTrail says of one that does not."""


def check_parameters(params: Mapping[str, Any]) -> None:
    """Raise for parameters of CreateTrail that are wrong by themselves, before bucket and key are looked at."""
    if params.get("IsMultiRegionTrail") and params.get("IncludeGlobalServiceEvents") is False:
        raise errors.global_events_left_out()
    for shape, text in _NAME_RULES:
        if not re.fullmatch(shape, params["Name"], re.DOTALL):
            raise errors.trail_name(text.format(length=len(params["Name"])))


def check_bucket(kms: ServiceKms, trail: Trail) -> None:
    """Raise for a bucket that there is not, or whose policy does not let CloudTrail write."""
    bucket = find_bucket(trail.bucket)
    if bucket is None:
        raise errors.no_bucket(trail.bucket)
    try:
        _require(kms, trail, bucket, "GetBucketAcl", "")
        require_put(kms, trail, bucket, f"{folder_of(kms, trail, trail.account)}CloudTrail/")
    except AwsError:
        raise errors.bucket_policy(trail.bucket) from None


def folder_of(kms: ServiceKms, trail: Trail, account: str) -> str:
    """Where the files of an account lie; a trail of an organization has its id on the way."""
    place = kms.store.directory.organization_of(trail.account) if trail.organization else None
    start = f"{trail.prefix}/" if trail.prefix else ""
    return f"{start}AWSLogs/{'' if place is None else f'{place[0]}/'}{account}/"


def require_put(kms: ServiceKms, trail: Trail, bucket: Any, key: str) -> None:
    """Raise AccessDenied unless CloudTrail may put an object."""
    _require(kms, trail, bucket, "PutObject", f"/{key}")


def _require(kms: ServiceKms, trail: Trail, bucket: Any, operation: str, path: str) -> None:
    params = {"Bucket": bucket.name, "Key": path[1:], "ACL": ACL} if path else {"Bucket": bucket.name}
    call = Call("s3", operation, params, trail.caller, bucket.region_name, bucket.partition)
    with kms.store.strictly():
        services.require(kms.store, call, Need(f"s3:{operation}", f"{bucket.arn}{path}"))


def check_key(kms: ServiceKms, trail: Trail, key_id: str) -> str:
    """The ARN of a key in the bucket's Region that CloudTrail may use for a trail."""
    bucket = find_bucket(trail.bucket)
    try:
        found = kms.forward("DescribeKey", region=bucket.region_name, caller=trail.caller, KeyId=key_id)
        arn = str(found["KeyMetadata"]["Arn"])
        data_key(kms, trail, bucket, arn)
    except AwsError as problem:
        if problem.code == "AccessDeniedException":
            raise errors.key_policy(trail.bucket, key_id) from None
        if problem.code in ("InvalidArnException", "NotFoundException"):
            raise errors.key_not_found(key_id) from None
        raise errors.key_failure(problem) from None
    return arn


def data_key(kms: ServiceKms, trail: Trail, bucket: Any, key_arn: str, file: str = "") -> tuple[bytes, Envelope]:
    """A data key for a file of a trail; without one, it is only tried."""
    context = {"aws:cloudtrail:arn": trail.arn, **({"aws:s3:arn": f"{bucket.arn}/{file}"} if file else {})}
    return kms.seal(key_arn, context, region=bucket.region_name, caller=trail.caller, KeySpec="AES_256")
