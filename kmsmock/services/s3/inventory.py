"""S3 Inventory: reports of what is in a bucket, written in world time into another, under its key or one of their own.

"Amazon S3 Inventory": the first report comes within 48 hours, here after a day, or a week; S3 writes it as a service,
which the policy of the destination and that of the key have to let in. Reports are CSV; the other formats are not made.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import quote_plus

from kmsmock import clock, entropy
from kmsmock.call import Call, Caller
from kmsmock.errors import AwsError
from kmsmock.identity import sessions
from kmsmock.kms.lifecycle import SERVICE_WORK
from kmsmock.records import s3_objects
from kmsmock.records.buckets import find_bucket
from kmsmock.services import Advice, Moto
from kmsmock.services.kms import late
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.s3 import errors, own_objects
from kmsmock.telling import own_lines
from kmsmock.telling.own_lines import Line
from kmsmock.wire.answers import Answer

_PERIODS: Mapping[str, timedelta] = {"Daily": timedelta(days=1), "Weekly": timedelta(weeks=1)}
_MODES = {None: "SSE-S3", "AES256": "SSE-S3", "aws:kms": "SSE-KMS", "aws:kms:dsse": "DSSE-KMS"}


def _mode(key: Any) -> str:
    sealed = s3_objects.sealed_of(key)
    return (
        "SSE-C" if sealed is not None and sealed.envelope is None else _MODES[None if sealed is None else sealed.mode]
    )


_FIELDS: Mapping[str, Callable[[Any], str]] = {
    "Size": lambda key: str(key.contentsize),
    "LastModifiedDate": lambda key: f"{key.last_modified:%Y-%m-%dT%H:%M:%S.000Z}",
    "ETag": lambda key: str(key.etag).strip('"'),
    "StorageClass": lambda key: str(key.storage_class),
    "IsMultipartUploaded": lambda key: str(key.multipart is not None).lower(),
    "EncryptionStatus": _mode,
    "BucketKeyStatus": lambda key: "ENABLED" if key.bucket_key_enabled else "DISABLED",
    "ChecksumAlgorithm": lambda key: str(key.checksum_algorithm or ""),
}
"""The optional fields that are told."""


def put_configuration(call: Call, kms: ServiceKms, moto: Moto) -> Answer:
    """PutBucketInventoryConfiguration: nobody looks at bucket or key before there is a report."""
    asked = call.params.get("InventoryConfiguration") or {}
    to = (asked.get("Destination") or {}).get("S3BucketDestination") or {}
    period = _PERIODS.get((asked.get("Schedule") or {}).get("Frequency", ""))
    if not to.get("Bucket") or period is None or call.params["Id"] != asked.get("Id"):
        raise errors.malformed_xml()
    if to.get("Format") != "CSV":
        raise NotImplementedError(f"kmsmock does not model inventories of S3 in the format {to.get('Format')}")
    unheard = sorted(set(asked.get("OptionalFields") or ()) - _FIELDS.keys())
    if unheard:
        raise NotImplementedError(f"kmsmock does not model the field {unheard[0]} of inventories of S3")
    answer = moto.own_answer()
    if answer[0] < 300:
        bucket = find_bucket(call.params["Bucket"])
        kept = bucket.inventory_configs[asked["Id"]]
        job = partial(_deliver, kms, bucket, kept, asked, own_lines.asking())
        _schedule(kms, clock.now() + period, job)
    return answer


def delete_configuration(call: Call, kms: ServiceKms, moto: Moto) -> Answer | None:
    """DeleteBucketInventoryConfiguration; moto would take it for DeleteBucket."""
    bucket = find_bucket(call.params["Bucket"])
    if bucket is None or call.params["Id"] not in bucket.inventory_configs:
        raise AwsError("NoSuchConfiguration", "The specified configuration does not exist.", 404)
    del bucket.inventory_configs[call.params["Id"]]
    return 204, {}, b""


def _schedule(kms: ServiceKms, due: datetime, job: Callable[[datetime], None]) -> None:
    kms.store.schedule(due, SERVICE_WORK, partial(job, due))


def _deliver(
    kms: ServiceKms, bucket: Any, kept: Any, asked: Mapping[str, Any], lines: tuple[Line, ...], due: datetime
) -> None:
    """Write a report, and say when the next is due; one that was deleted or set anew has none any more."""
    here = find_bucket(bucket.name)
    if here is not bucket or bucket.inventory_configs.get(asked["Id"]) is not kept:
        return
    job = partial(_deliver, kms, bucket, kept, asked, lines)
    _schedule(kms, due + _PERIODS[asked["Schedule"]["Frequency"]], job)
    if str(asked.get("IsEnabled")).lower() != "true":
        return
    to = asked["Destination"]["S3BucketDestination"]
    try:
        _write(kms, bucket, asked, to, due)
    except AwsError as error:
        outcome = f"has no inventory {asked['Id']} of {due:%Y-%m-%d} in {to['Bucket']}"
        late.failed(kms.store, kms.call, error, bucket.arn, outcome, lines)


def _write(kms: ServiceKms, bucket: Any, asked: Mapping[str, Any], to: Mapping[str, Any], due: datetime) -> None:
    target = find_bucket(to["Bucket"].rpartition(":::")[2])
    if target is None:
        raise errors.no_such_bucket(to["Bucket"].rpartition(":::")[2])
    who = sessions.of_service("s3.amazonaws.com", source_account=bucket.account_id, source_arn=bucket.arn)
    put = partial(_put, kms, who, target, _encryption(to.get("Encryption") or {}))
    start = f"{to['Prefix']}/" if to.get("Prefix") else ""
    folder = f"{start}{bucket.name}/{asked['Id']}"
    name = f"{folder}/data/{entropy.uuid()}.csv.gz"
    versions = asked["IncludedObjectVersions"] == "All"
    fields = [each for each in _FIELDS if each in (asked.get("OptionalFields") or ())]
    columns = ["Bucket", "Key", *(["VersionId", "IsLatest", "IsDeleteMarker"] if versions else []), *fields]
    prefix = (asked.get("Filter") or {}).get("Prefix", "")
    rows = list(_rows(bucket, prefix, versions, fields))
    data = gzip.compress(_csv(rows).encode(), mtime=0)
    manifest = {
        "sourceBucket": bucket.name,
        "destinationBucket": target.arn,
        "version": "2016-11-30",
        "creationTimestamp": str(int(due.timestamp() * 1000)),
        "fileFormat": "CSV",
        "fileSchema": ", ".join(columns),
        "files": [{"key": name, "size": len(data), "MD5checksum": _md5(data)}],
    }
    told = json.dumps(manifest).encode()
    put(name, data)
    put(f"{folder}/{due:%Y-%m-%dT%H-%MZ}/manifest.json", told)
    put(f"{folder}/{due:%Y-%m-%dT%H-%MZ}/manifest.checksum", _md5(told).encode())


def _put(kms: ServiceKms, who: Caller, target: Any, how: Mapping[str, Any], name: str, body: bytes) -> None:
    own_objects.write(kms, who, target, name, body, how)


def _encryption(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What a destination says of encryption, as a write would ask for it; nothing: the default of the bucket."""
    if asked.get("SSEKMS") is not None:
        return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": asked["SSEKMS"]["KeyId"]}
    return {"ServerSideEncryption": "AES256"} if "SSES3" in asked else {}


def _rows(bucket: Any, prefix: str, all_versions: bool, fields: list[str]) -> Iterator[list[str]]:
    for name in sorted(bucket.keys):
        kept = bucket.keys.getlist(name, []) if name.startswith(prefix) else []
        for each in reversed(kept) if all_versions else kept[-1:]:
            marker = not hasattr(each, "_value_buffer")
            if marker and not all_versions:
                continue
            number = "" if str(each.version_id) == "null" else str(each.version_id)
            about = [number, str(each is kept[-1]).lower(), str(marker).lower()] if all_versions else []
            yield [
                bucket.name,
                quote_plus(name, safe="/"),
                *about,
                *("" if marker else _FIELDS[field](each) for field in fields),
            ]


def _csv(rows: list[list[str]]) -> str:
    """Every field in quotes; the keys among them are encoded as in URLs, so none has one of its own."""
    return "".join(",".join(f'"{field}"' for field in row) + "\n" for row in rows)


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


OPERATIONS: dict[str, Advice] = {
    "DeleteBucketInventoryConfiguration": delete_configuration,
    "PutBucketInventoryConfiguration": put_configuration,
}
