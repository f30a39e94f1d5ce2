"""What is to be replicated: on the agenda when an object is written, done by the next request or in world time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from kmsmock import clock
from kmsmock.kms.lifecycle import SERVICE_WORK
from kmsmock.records import s3_objects
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.s3.replication import configuration, copying, rules, status
from kmsmock.telling import own_lines
from kmsmock.telling.own_lines import Line

DELAY = "ReplicateObject"
"""The name under which ``World(delays=...)`` lets replication take time."""


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
    lines = own_lines.asking()
    kms.store.schedule(due, SERVICE_WORK, partial(_replicate, kms, bucket, record, role, chosen, lines))


def _replicate(
    kms: ServiceKms, bucket: Any, record: Any, role: str, chosen: Sequence[Mapping[str, Any]], lines: tuple[Line, ...]
) -> None:
    """What fails is not tried again; what was deleted meanwhile is not replicated."""
    if any(record is kept for kept in bucket.keys.getlist(record.name, [])):
        results = [copying.replicate(kms, bucket, record, role, rule, lines) for rule in chosen]
        status.mark(record, "COMPLETED" if all(results) else "FAILED")
