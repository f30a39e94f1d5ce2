"""What is to be replicated: written down when an object is written, and settled by the next look, or in world time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from kmsmock import clock
from kmsmock.records import s3_objects
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.s3.replication import configuration, copying, rules, status

DELAY = "ReplicateObject"
"""The name under which ``World(delays=...)`` lets replication take time."""


class Pending(NamedTuple):
    """One object version or delete marker on its way."""

    due: datetime
    bucket: Any
    record: Any
    """moto's object, or delete marker."""
    role: str
    rules: Sequence[Mapping[str, Any]]


class _Queue(list[Pending]):
    """What is on its way in a world."""


def written(kms: ServiceKms, bucket: Any, key: Any) -> None:
    """A new object: write down where it goes."""
    rules_of_bucket = configuration.of(bucket)
    if rules_of_bucket is None:
        return
    tags = s3_objects.backend_of(bucket).tagger.get_tag_dict_for_resource(key.arn)
    chosen = rules.for_object(rules_of_bucket["Rules"], key.name, tags, s3_objects.sealed_of(key))
    if chosen:
        status.mark(key, "PENDING")
        _add(kms, bucket, key, rules_of_bucket["Role"], chosen)


def deleted(kms: ServiceKms, bucket: Any, name: str) -> None:
    """A delete without a version: its marker may be replicated."""
    rules_of_bucket = configuration.of(bucket)
    marker = (bucket.keys.getlist(name, []) or [None])[-1]
    if rules_of_bucket is None or marker is None or hasattr(marker, "_value_buffer"):
        return
    chosen = rules.for_marker(rules_of_bucket["Rules"], name)
    if chosen:
        _add(kms, bucket, marker, rules_of_bucket["Role"], chosen)


def _add(kms: ServiceKms, bucket: Any, record: Any, role: str, chosen: Sequence[Mapping[str, Any]]) -> None:
    due = clock.now() + kms.store.delays.get(DELAY, timedelta())
    kms.store.records(_Queue).append(Pending(due, bucket, record, role, chosen))


def run_due(kms: ServiceKms) -> None:
    """Replicate what is due, in the order in which it was written. What fails is not tried again."""
    queue = kms.store.records(_Queue)
    now = clock.now()
    due = [each for each in queue if each.due <= now]
    if not due:
        return
    queue[:] = [each for each in queue if each.due > now]
    for each in due:
        if not any(each.record is kept for kept in each.bucket.keys.getlist(each.record.name, [])):
            continue  # deleted before it could be replicated
        results = [copying.replicate(kms, each.bucket, each.record, each.role, rule) for rule in each.rules]
        status.mark(each.record, "COMPLETED" if all(results) else "FAILED")
