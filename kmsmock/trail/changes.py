"""What happened to one key, for services that hold it and do not look at it all the time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from kmsmock.store import Store
from kmsmock.trail.recording import ApiCall, ServiceAct


class Change(NamedTuple):
    """A successful call that concerns a key, or what KMS did to it; ``grant`` is the GrantId that was named."""

    when: datetime
    name: str
    grant: str | None


def changes(store: Store, arn: str, start: int = 0) -> Iterator[Change]:
    """What happened to a key, as it was recorded from the ``start``-th record on."""
    for created in store.events[start:]:
        if isinstance(created, ApiCall):
            if created.error is None and any(key.arn == arn for key in created.keys):
                yield Change(created.when, created.call.operation, created.call.params.get("GrantId"))
        elif isinstance(created, ServiceAct):
            if created.key.arn == arn:
                yield Change(created.when, created.name, None)
        else:
            event = created.records[0]
            if "errorCode" not in event and any(each.get("ARN") == arn for each in event["resources"]):
                asked = event["requestParameters"] or {}
                yield Change(created.when, event["eventName"], asked.get("grantId"))
