"""Volumes and snapshots of moto can be on their way, and tell what they can do and what became of them."""

from __future__ import annotations

from typing import Any

from kmsmock.active import Patches
from kmsmock.records import disk_performance
from kmsmock.records.ec2 import shown_state

_MODIFIED = ("volume_type", "size", "iops", "throughput", "multi_attach_enabled")


def install(patches: Patches) -> None:
    """From now on volumes and snapshots can be on their way; moto derives what it tells of that."""
    from moto.ec2.models.elastic_block_store import Snapshot, Volume, VolumeAttachment

    status: Any = vars(Volume)["status"]
    patches.replace(Volume, "status", property(lambda disk: shown_state(disk) or status.fget(disk)))
    progress = property(lambda snapshot: "100%" if snapshot.status == "completed" else "0%")
    patches.replace(Snapshot, "progress", progress)
    patches.add(VolumeAttachment, "delete_on_termination", property(_goes_with_its_instance))
    patches.replace(Volume, "__init__", _complete(Volume.__init__))
    patches.replace(Volume, "modify", _telling_both_sides(Volume.modify))


def _goes_with_its_instance(attachment: Any) -> bool:
    """What the instance says of the device; one that was detached meanwhile was told before."""
    mapped = attachment.instance.block_device_mapping.get(attachment.device)
    return False if mapped is None else bool(mapped.delete_on_termination)


def _complete(original: Any) -> Any:
    def initialize(disk: Any, *args: Any, **given: Any) -> None:
        original(disk, *args, **given)
        disk.multi_attach_enabled = str(disk.multi_attach_enabled).lower() == "true"
        _perform(disk)

    return initialize


def _perform(disk: Any) -> None:
    size = int(disk.size or 0)  # a template may write it as a text
    disk.iops, disk.throughput = disk_performance.of(disk.volume_type, size, disk.iops, disk.throughput)


_NEW_TYPE = 3000
"""ModifyVolume, Iops: "If you change the volume type to io1, io2, or gp3, the default is 3,000"."""


def _telling_both_sides(original: Any) -> Any:
    """A modification has the type, size and performance before and after, whether they were changed or not."""

    def modify(disk: Any, **target: Any) -> None:
        before = {name: getattr(disk, name) for name in _MODIFIED}
        original(disk, **target)
        if disk.volume_type != before["volume_type"]:
            disk.iops, disk.throughput = target.get("target_iops") or _NEW_TYPE, target.get("target_throughput")
        _perform(disk)
        modification = disk.modifications[-1]
        for name in _MODIFIED:
            setattr(modification, f"original_{name}", before[name])
            setattr(modification, f"target_{name}", getattr(disk, name))

    return modify
