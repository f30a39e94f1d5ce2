"""Deleted snapshots in the Recycle Bin: nobody sees or uses them, and they can be brought back as they were.

KMS is asked neither when a snapshot goes there nor when it comes back: whether its key is still there shows when a
volume is made of it ("Recover deleted Amazon EBS snapshots and EBS-backed AMIs with Recycle Bin").
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kmsmock import clock
from kmsmock.call import Call
from kmsmock.records import ec2 as moto_disks
from kmsmock.services import Advice, Moto, rbin
from kmsmock.services.ec2.records import Disks, Snapshot, check_dry_run
from kmsmock.services.ec2.volumes import snapshot_not_found
from kmsmock.services.kms.client import ServiceKms


@dataclass(slots=True)
class Deleted:
    """A snapshot that was deleted, moto's record of it, and how long it can be brought back."""

    snapshot: Snapshot
    record: Any
    entered: datetime
    exits: datetime


class Bin(dict[str, Deleted]):
    """The Recycle Bins of a world, by the ids of snapshots."""

    def of(self, place: tuple[str, str]) -> dict[str, Deleted]:
        """What can be brought back in an account and Region; what is over its time is gone for good."""
        now = clock.now()
        for name in [name for name, each in self.items() if each.exits <= now]:
            del self[name]
        return {name: each for name, each in self.items() if each.snapshot.place == place}


def keep(kms: ServiceKms, snapshot: Snapshot, record: Any) -> None:
    """Put a snapshot that is being deleted into the bin, if a rule says so. ``record`` is what moto has of it."""
    period = rbin.period_of(kms.store, snapshot.place, moto_disks.tags(snapshot.place, snapshot.id))
    if period is not None and snapshot.outcome != "error":
        now = clock.now()
        kms.store.records(Bin)[snapshot.id] = Deleted(snapshot, record, now, now + period)


def list_snapshots(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """ListSnapshotsInRecycleBin."""
    check_dry_run(call.params)
    found, asked = kms.store.records(Bin).of((call.account, call.region)), call.params.get("SnapshotIds", ())
    for name in asked:
        if name not in found:
            raise snapshot_not_found(name)
    told = [
        {
            "SnapshotId": name,
            "RecycleBinEnterTime": each.entered,
            "RecycleBinExitTime": each.exits,
            "Description": each.record.description or "",
            "VolumeId": each.snapshot.volume_id,
        }
        for name, each in found.items()
        if not asked or name in asked
    ]
    return {"Snapshots": told}


def restore_snapshot(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """RestoreSnapshotFromRecycleBin: with its tags, and shared with whom it was."""
    name = call.params["SnapshotId"]
    found = kms.store.records(Bin).of((call.account, call.region)).get(name)
    if found is None:
        raise snapshot_not_found(name)
    check_dry_run(call.params)
    del kms.store.records(Bin)[name]
    kms.store.records(Disks).snapshots[name] = found.snapshot
    moto_disks.put_back(found.snapshot.place, found.record)
    (told,) = moto("DescribeSnapshots", SnapshotIds=[name])["Snapshots"]
    kept = ("Description", "Encrypted", "OwnerId", "Progress", "StartTime", "VolumeId", "VolumeSize", "SseType")
    # that it is "recovering" first is in the model, how long is not
    return {"SnapshotId": name, "State": "recovering", **{each: told[each] for each in kept if each in told}}


def not_modelled(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """The bins of images and volumes."""
    raise NotImplementedError(f"kmsmock does not model {call.operation}: its Recycle Bin has snapshots only")


OPERATIONS: dict[str, Advice] = {
    "ListImagesInRecycleBin": not_modelled,
    "ListSnapshotsInRecycleBin": list_snapshots,
    "ListVolumesInRecycleBin": not_modelled,
    "RestoreImageFromRecycleBin": not_modelled,
    "RestoreSnapshotFromRecycleBin": restore_snapshot,
    "RestoreVolumeFromRecycleBin": not_modelled,
}
