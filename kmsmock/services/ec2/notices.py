"""Events of EBS on the default bus: what became of a volume, an attachment and a copy.

"Amazon EventBridge events for Amazon EBS": a volume that its key refuses is gone without an error, and says here why.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from kmsmock import clock
from kmsmock.services import own_notices
from kmsmock.services.ec2.records import Snapshot, Volume
from kmsmock.services.kms.client import ServiceKms
from kmsmock.wire.regions import partition_by_name


def volume(kms: ServiceKms, made: Volume, event: str, result: str, cause: str = "", key: str | None = None) -> None:
    """What became of a volume: ``event`` is ``createVolume`` or ``attachVolume``, ``cause`` the words of KMS."""
    arn = f"arn:{partition_by_name(made.region)}:ec2:{made.region}:{made.account}:volume/{made.id}"
    request = kms.call.request_id if event == "createVolume" else ""
    detail = {"event": event, "result": result, "cause": cause, "request-id": request}
    own_notices.announce(kms, made.place, "EBS Volume Notification", [arn, *([key] if key else [])], detail)


def snapshot(kms: ServiceKms, made: Snapshot, event: str, source: str, begun: datetime) -> None:
    """What became of a snapshot of a volume, or of a copy; ``source`` is the ARN of what it was made from."""
    failed = made.outcome == "error"
    arn = f"arn:{partition_by_name(made.region)}:ec2:{made.region}::snapshot/{made.id}"
    detail = {
        "event": event,
        "result": "failed" if failed else "succeeded",
        "cause": made.message,
        "request-id": "",
        "snapshot_id": arn,
        "source": source,
        **dict(zip(("startTime", "endTime"), _times(begun, clock.now()), strict=True)),
    }
    own_notices.announce(kms, made.place, "EBS Snapshot Notification", [arn], detail)


def _times(*moments: datetime) -> Sequence[str]:
    return [each.strftime("%Y-%m-%dT%H:%M:%SZ") for each in moments]
