"""What a job of S3 Batch Operations does: as a session of its role, object by object, with the keys of each.

"Granting permissions for Batch Operations": the role reads the manifest and the objects and writes copies and report,
and needs ``kms:Decrypt`` and ``kms:GenerateDataKey`` on their keys. What fails is in the report, and the job goes on.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

from kmsmock.authorization import services, trust
from kmsmock.call import Call, Caller
from kmsmock.errors import AwsError
from kmsmock.identity import sessions
from kmsmock.records import iam
from kmsmock.records.buckets import find_bucket
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.s3 import errors, own_objects, reading, updates

_SERVICE = "batchoperations.s3.amazonaws.com"
_SESSION = "s3-batch-operations"
"""What the role's session is called is a guess."""


class Target(NamedTuple):
    """One line of a manifest."""

    bucket: str
    key: str
    version: str | None = None


class Outcome(NamedTuple):
    """What came of one object."""

    target: Target
    error: AwsError | None = None

    @property
    def row(self) -> str:
        """Its row in the report ("Examples: S3 Batch Operations completion reports")."""
        failed = self.error
        about = ["failed", failed.code, str(failed.status), failed.message] if failed else ["succeeded", "", "200", ""]
        return ",".join([self.target.bucket, self.target.key, self.target.version or "", *about])


def session(kms: ServiceKms, role_arn: str, region: str) -> Caller:
    """The session of a job's role. Raises AccessDenied where its trust policy does not let Batch Operations in."""
    role = iam.find_role(role_arn)
    service = sessions.of_service(_SERVICE, source_account=kms.call.account)
    if role is None or not trust.service_may_assume(kms.store, role, service, region):
        raise AwsError("AccessDenied", f"{_SERVICE} is not authorized to assume the role {role_arn}.", 403)
    return sessions.of_role(role, _SESSION)


def _as_role(kms: ServiceKms, who: Caller, operation: str, params: dict[str, Any], region: str) -> ServiceKms:
    """KMS and S3 as the role reaches them in one call."""
    call = Call("s3", operation, params, who, region, kms.call.partition)
    return ServiceKms(kms.store, call, kms.answer, "s3.amazonaws.com")


def targets(kms: ServiceKms, who: Caller, manifest: Mapping[str, Any]) -> list[Target]:
    """The objects that a manifest lists. Raises AwsError for one that the role cannot read, or that is another."""
    spec, location = manifest["Spec"], manifest["Location"]
    bucket, _, name = location["ObjectArn"].partition(":::")[2].partition("/")
    body, key = _read(kms, who, Target(bucket, name, location.get("ObjectVersionId")))
    if str(key.etag).strip('"') != location["ETag"].strip('"'):
        raise AwsError("ManifestETagMismatch", "The ETag of the manifest is not the one that the job names.")
    if spec["Format"] == "S3BatchOperations_CSV_20180820":
        return list(_lines(body.decode(), spec.get("Fields") or ["Bucket", "Key"]))
    told = json.loads(body)
    fields = told["fileSchema"].split(", ")
    place = told["destinationBucket"].rpartition(":::")[2]
    files = [_read(kms, who, Target(place, each["key"]))[0] for each in told["files"]]
    return [each for file in files for each in _lines(gzip.decompress(file).decode(), fields)]


def _lines(text: str, fields: Sequence[str]) -> Iterator[Target]:
    for line in filter(None, text.splitlines()):
        found = dict(zip(fields, (each.strip().strip('"') for each in line.split(",")), strict=False))
        yield Target(found["Bucket"], unquote_plus(found["Key"]), found.get("VersionId") or None)


def _read(kms: ServiceKms, who: Caller, target: Target) -> tuple[bytes, Any]:
    """The body of an object, and moto's record of it."""
    bucket = find_bucket(target.bucket)
    if bucket is None:
        raise errors.no_such_bucket(target.bucket)
    params = {"Bucket": target.bucket, "Key": target.key, **({"VersionId": target.version} if target.version else {})}
    role = _as_role(kms, who, "GetObject", params, bucket.region_name)
    return reading.opened(role, bucket)


def _copy(kms: ServiceKms, who: Caller, target: Target, asked: Mapping[str, Any]) -> None:
    """S3PutObjectCopy: read with the key of the source, written with the one that is asked for or the default."""
    body, source = _read(kms, who, target)
    bucket = find_bucket(asked["TargetResource"].rpartition(":::")[2])
    if bucket is None:
        raise errors.no_such_bucket(asked["TargetResource"].rpartition(":::")[2])
    prefix = f"{asked['TargetKeyPrefix']}/" if asked.get("TargetKeyPrefix") else ""
    how: dict[str, Any] = {}
    algorithm = (asked.get("NewObjectMetadata") or {}).get("SSEAlgorithm")
    if algorithm == "KMS" or asked.get("SSEAwsKmsKeyId"):
        how["ServerSideEncryption"] = "aws:kms"
        if asked.get("SSEAwsKmsKeyId"):
            how["SSEKMSKeyId"] = asked["SSEAwsKmsKeyId"]
    elif algorithm:
        how["ServerSideEncryption"] = algorithm
    if "BucketKeyEnabled" in asked:
        how["BucketKeyEnabled"] = asked["BucketKeyEnabled"]
    made = own_objects.write(kms, who, bucket, f"{prefix}{target.key}", body, how)
    made.set_metadata(dict(source.metadata))


def _update(kms: ServiceKms, who: Caller, target: Target, asked: Mapping[str, Any]) -> None:
    """S3UpdateObjectEncryption: another key for the object where it is."""
    bucket = find_bucket(target.bucket)
    if bucket is None:
        raise errors.no_such_bucket(target.bucket)
    params = {"Bucket": target.bucket, "Key": target.key, "ObjectEncryption": asked.get("ObjectEncryption")}
    role = _as_role(kms, who, "UpdateObjectEncryption", params, bucket.region_name)
    with kms.store.strictly():
        services.check_permissions(kms.store, role.call, "rest-xml")
    updates.update(role.call, role)


WORK: Mapping[str, Callable[[ServiceKms, Caller, Target, Mapping[str, Any]], None]] = {
    "S3PutObjectCopy": _copy,
    "S3UpdateObjectEncryption": _update,
}
"""The operations of jobs that are modelled."""


def attempt(kms: ServiceKms, who: Caller, operation: str, asked: Mapping[str, Any], each: Target) -> Outcome:
    """Do one task."""
    try:
        WORK[operation](kms, who, each, asked)
    except AwsError as error:
        return Outcome(each, error)
    return Outcome(each)


def report(kms: ServiceKms, who: Caller, job: str, asked: Mapping[str, Any], outcomes: Sequence[Outcome]) -> None:
    """Write the completion report. Raises AwsError where the role may not."""
    bucket = find_bucket(asked["Bucket"].rpartition(":::")[2])
    if bucket is None:
        raise errors.no_such_bucket(asked["Bucket"].rpartition(":::")[2])
    folder = f"{asked['Prefix']}/job-{job}" if asked.get("Prefix") else f"job-{job}"
    failed_only = asked.get("ReportScope") == "FailedTasksOnly"
    results = []
    for status in ("succeeded", "failed"):
        chosen = [each.row for each in outcomes if (each.error is not None) == (status == "failed")]
        if chosen and not (failed_only and status == "succeeded"):
            name = f"{folder}/results/{status}.csv"
            own_objects.write(kms, who, bucket, name, ("\n".join(chosen) + "\n").encode())
            results.append({"TaskExecutionStatus": status, "Bucket": bucket.name, "Key": name})
    schema = "Bucket, Key, VersionId, TaskStatus, ErrorCode, HTTPStatusCode, ResultMessage"
    told = {"Format": "Report_CSV_20180820", "Results": results, "ReportSchema": schema}
    own_objects.write(kms, who, bucket, f"{folder}/manifest.json", json.dumps(told).encode())
