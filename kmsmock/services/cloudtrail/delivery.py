"""The files of trails: written before somebody looks into the bucket ("CloudTrail log file name format").

A file holds what happened in five minutes. What could not be delivered is tried again once something has happened.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from kmsmock import clock, entropy, trail
from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.kms import lifecycle
from kmsmock.model.sealed import Sealed
from kmsmock.records import s3_objects, serving
from kmsmock.records.buckets import find_bucket
from kmsmock.services.cloudtrail import checks, selectors
from kmsmock.services.cloudtrail.state import SERVICE, Trail, Trails
from kmsmock.services.kms import late
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.s3.replication import queue
from kmsmock.store import Store

Record = dict[str, Any]

_PERIOD = timedelta(minutes=5)
_ABOUT = {"Content-Type": "application/json", "Content-Encoding": "gzip"}


class File(NamedTuple):
    """A file to be written, and the data key that seals it; None under SSE-S3."""

    name: str
    records: list[Record]
    sealing: tuple[bytes, Sealed] | None


def before_s3(call: Call, kms: ServiceKms) -> None:
    """Before somebody looks into a bucket: deliver what there is for it."""
    for each in kms.store.records(Trails).values():
        if each.bucket == call.params.get("Bucket"):
            deliver(kms, each)


def deliver(kms: ServiceKms, to: Trail) -> None:
    """Write the files of a trail. If CloudTrail may not, they wait; nobody's call fails for it."""
    store, bucket = kms.store, find_bucket(to.bucket)
    if not to.logging or bucket is None:
        return
    lifecycle.run_due(store, clock.now())
    count = len(store.events)
    worth = any(_is_new(store, number) for number in range(to.tried, count))
    to.tried = count
    if not worth:
        return
    chosen = [
        record
        for number in range(to.delivered, count)
        for record in trail.written(store, number)
        if _is_for(kms, to, record)
    ]
    try:
        with _unnoticed(store):
            files = [_prepared(kms, to, bucket, *each) for each in _grouped(chosen)]
    except AwsError as problem:
        to.problem = problem.code
        to.tried = len(store.events)
        if to.begun is not None:
            call, lines = to.begun
            outcome = f"writes no files into {to.bucket}: {problem.code}"
            late.failed(store, call, problem, to.arn, outcome, lines)
        return
    for each in files:
        _put(kms, to, bucket, each)
    to.delivered, to.problem = count, None


def _is_new(store: Store, number: int) -> bool:
    """What CloudTrail does to deliver is delivered along with the next event, and is no reason to."""
    return bool(trail.written(store, number)[0]["userIdentity"].get("invokedBy") != SERVICE)


def _is_for(kms: ServiceKms, to: Trail, record: Record) -> bool:
    here = to.all_regions or record["awsRegion"] == to.region
    return here and _is_of(kms, to, record["recipientAccountId"]) and selectors.let_in(to, record)


def _is_of(kms: ServiceKms, to: Trail, account: str) -> bool:
    if account == to.account or not to.organization:
        return account == to.account
    mine, theirs = (kms.store.directory.organization_of(each) for each in (to.account, account))
    return mine is not None and theirs is not None and mine[0] == theirs[0]


def _grouped(records: Iterable[Record]) -> Iterator[tuple[str, str, datetime, list[Record]]]:
    """Account, Region and time of each file, and what it holds."""
    groups: dict[tuple[str, str, datetime], list[Record]] = {}
    for record in sorted(records, key=lambda record: record["eventTime"]):
        when = clock.instant(record["eventTime"])
        start = when - timedelta(minutes=when.minute % 5, seconds=when.second)
        place = record["recipientAccountId"], record["awsRegion"], min(start + _PERIOD, clock.now())
        groups.setdefault(place, []).append(record)
    return ((*place, found) for place, found in groups.items())


def _prepared(
    kms: ServiceKms, to: Trail, bucket: Any, account: str, region: str, when: datetime, records: list[Record]
) -> File:
    folder = f"{checks.folder_of(kms, to, account)}CloudTrail/{region}/{when:%Y/%m/%d}"
    unique = entropy.unique_id("")[:16]
    name = f"{folder}/{account}_CloudTrail_{region}_{when:%Y%m%dT%H%MZ}_{unique}.json.gz"
    checks.require_put(kms, to, bucket, name)
    if to.key is None:
        return File(name, records, None)
    data_key, envelope = checks.data_key(kms, to, bucket, to.key, name)
    return File(name, records, (data_key, Sealed("aws:kms", envelope)))


@contextmanager
def _unnoticed(store: Store) -> Iterator[None]:
    """Denials of CloudTrail do not explain the request that is being served."""
    denied = getattr(store.current_request, "denied", None)
    store.current_request.denied = None
    try:
        yield
    finally:
        store.current_request.denied = denied


def _put(kms: ServiceKms, to: Trail, bucket: Any, file: File) -> None:
    body = gzip.compress(json.dumps({"Records": file.records}).encode(), mtime=0)
    with (
        serving.serve(serving.MotoRequest(kms.store, to.caller)),
        s3_objects.handling(s3_objects.WriteOnly(file.sealing)),
    ):
        created = s3_objects.backend_of(bucket).put_object(bucket.name, file.name, body)
    created.set_metadata(_ABOUT)
    s3_objects.note(created, s3_objects.sealed_of(created))
    queue.written(kms, bucket, created)
