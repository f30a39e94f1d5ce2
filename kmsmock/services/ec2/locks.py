"""Which snapshots are locked against being deleted, and until when ("Amazon EBS snapshot lock concepts")."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kmsmock import clock
from kmsmock.errors import AwsError
from kmsmock.services.kms.client import ServiceKms


@dataclass(slots=True)
class Lock:
    """The lock of a snapshot. ``cooling`` ends the time in which a lock for compliance can still be taken back."""

    mode: str
    created: datetime
    starts: datetime
    expires: datetime
    days: int
    hours: int | None = None
    cooling: datetime | None = None

    @property
    def state(self) -> str:
        """What DescribeLockedSnapshots shows."""
        now = clock.now()
        if self.expires <= now:
            return "expired"
        if self.cooling is not None and now < self.cooling:
            return "compliance-cooloff"
        return self.mode

    def told(self) -> dict[str, Any]:
        """Its elements in answers."""
        found: dict[str, Any] = {
            "LockState": self.state,
            "LockDuration": self.days,
            "LockCreatedOn": self.created,
            "LockDurationStartTime": self.starts,
            "LockExpiresOn": self.expires,
        }
        if self.cooling is not None:
            found |= {"CoolOffPeriod": self.hours, "CoolOffPeriodExpiresOn": self.cooling}
        return found


class Locks(dict[str, Lock]):
    """Snapshot id -> its lock, also one that has expired."""


def is_locked(kms: ServiceKms, snapshot_id: str) -> bool:
    """Whether nobody may delete a snapshot now."""
    lock = kms.store.records(Locks).get(snapshot_id)
    return lock is not None and lock.state != "expired"


def must_be_unlocked(kms: ServiceKms, snapshot_id: str) -> None:
    """Raise EC2's error for a snapshot that is locked: that it cannot be deleted is documented, the words are not."""
    if is_locked(kms, snapshot_id):
        raise AwsError("OperationNotPermitted", f"The snapshot '{snapshot_id}' is locked and can't be deleted.")
