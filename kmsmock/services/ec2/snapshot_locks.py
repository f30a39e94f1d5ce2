"""LockSnapshot, UnlockSnapshot, DescribeLockedSnapshots ("Amazon EBS snapshot lock").

A lock keeps the snapshot, and not its key: a locked snapshot whose key is deleted is there and of no use. Which
parameters go together is documented, the codes and texts of the refusals are not.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any

from kmsmock import clock
from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.services import Advice, Moto
from kmsmock.services.ec2.locks import Lock, Locks
from kmsmock.services.ec2.records import Disks, Snapshot, check_dry_run
from kmsmock.services.ec2.snapshots import owned_snapshot
from kmsmock.services.ec2.volumes import snapshot_not_found
from kmsmock.services.kms.client import ServiceKms

_DAY = timedelta(days=1)
_MOST_DAYS, _MOST_HOURS = 36500, 72


def lock_snapshot(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """LockSnapshot: a new lock, or other settings of the one that there is."""
    snapshot, locks = owned_snapshot(kms, call), kms.store.records(Locks)
    lock = _asked(call.params, snapshot)
    before = locks.get(snapshot.id)
    if before is not None and before.state == "compliance" and not _extends(lock, before):
        raise _not_permitted(
            snapshot.id, "You can only extend the lock of a snapshot that is locked in compliance mode."
        )
    check_dry_run(call.params)
    if before is not None and before.state != "expired":
        lock.created = before.created
    locks[snapshot.id] = lock
    return {"SnapshotId": snapshot.id, **lock.told()}


def _asked(params: dict[str, Any], snapshot: Snapshot) -> Lock:
    mode, days, hours = params["LockMode"], params.get("LockDuration"), params.get("CoolOffPeriod")
    until: datetime | None = params.get("ExpirationDate")
    now = clock.now()
    if mode not in ("compliance", "governance"):
        raise AwsError("InvalidParameterValue", f"Invalid value '{mode}' for LockMode.")
    if (days is None) == (until is None):
        raise AwsError("InvalidParameterCombination", "Specify either LockDuration or ExpirationDate, but not both.")
    if hours is not None and mode == "governance":
        raise AwsError("InvalidParameterCombination", "CoolOffPeriod cannot be used with the lock mode governance.")
    if hours is not None and not 1 <= hours <= _MOST_HOURS:
        raise AwsError("InvalidParameterValue", f"CoolOffPeriod must be between 1 and {_MOST_HOURS} hours.")
    if days is not None and not 1 <= days <= _MOST_DAYS:
        raise AwsError("InvalidParameterValue", f"LockDuration must be between 1 and {_MOST_DAYS} days.")
    if until is not None and until <= now:
        raise AwsError("InvalidParameterValue", "ExpirationDate must be in the future.")
    starts: datetime = max(now, snapshot.due or now)  # that of a pending snapshot begins when it is complete
    expires = until or starts + (days or 0) * _DAY
    lasts = days or math.ceil((expires - starts) / _DAY)
    cooling = None if hours is None else now + timedelta(hours=hours)
    return Lock(mode, now, starts, expires, lasts, hours, cooling)


def _extends(lock: Lock, before: Lock) -> bool:
    """Whether a lock asks for no less than the one before."""
    return lock.mode == "compliance" and lock.cooling is None and lock.expires >= before.expires


def unlock_snapshot(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """UnlockSnapshot, unless it is locked for compliance and its time to cool off is over."""
    snapshot, locks = owned_snapshot(kms, call), kms.store.records(Locks)
    lock = locks.get(snapshot.id)
    if lock is None or lock.state == "expired":
        raise AwsError("IncorrectState", f"The snapshot '{snapshot.id}' is not locked.")
    if lock.state == "compliance":
        raise _not_permitted(snapshot.id, "It is locked in compliance mode.")
    check_dry_run(call.params)
    del locks[snapshot.id]
    return {"SnapshotId": snapshot.id}


def _not_permitted(snapshot_id: str, why: str) -> AwsError:
    return AwsError("OperationNotPermitted", f"The lock of snapshot '{snapshot_id}' can't be changed. {why}")


def describe_locked_snapshots(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """DescribeLockedSnapshots of the caller's account, with those whose lock has expired."""
    check_dry_run(call.params)
    records, locks = kms.store.records(Disks), kms.store.records(Locks)
    asked, place = call.params.get("SnapshotIds", ()), (call.account, call.region)
    for name in asked:
        if name not in records.snapshots or records.snapshots[name].place != place:
            raise snapshot_not_found(name)
    states = _wanted_states(call.params.get("Filters", ()))
    found = [
        {"OwnerId": call.account, "SnapshotId": name, **lock.told()}
        for name, lock in locks.items()
        if name in records.snapshots
        and records.snapshots[name].place == place
        and (not asked or name in asked)
        and (states is None or lock.state in states)
    ]
    return {"Snapshots": found}


def _wanted_states(filters: Any) -> set[str] | None:
    """The states that the filters leave; ``lock-state`` is the one filter."""
    states: set[str] | None = None
    for each in filters:
        if each["Name"] != "lock-state":
            raise AwsError("InvalidParameterValue", f"The filter '{each['Name']}' is invalid")
        states = set(each["Values"]) if states is None else states & set(each["Values"])
    return states


OPERATIONS: dict[str, Advice] = {
    "DescribeLockedSnapshots": describe_locked_snapshots,
    "LockSnapshot": lock_snapshot,
    "UnlockSnapshot": unlock_snapshot,
}
