"""Volumes and snapshots of moto can be on their way."""

from __future__ import annotations

from typing import Any

from kmsmock.active import Patches
from kmsmock.records.ec2 import shown_state


def install(patches: Patches) -> None:
    """From now on volumes and snapshots can be on their way; moto derives what it tells of that."""
    from moto.ec2.models.elastic_block_store import Snapshot, Volume

    status: Any = vars(Volume)["status"]
    patches.replace(Volume, "status", property(lambda disk: shown_state(disk) or status.fget(disk)))
    progress = property(lambda snapshot: "100%" if snapshot.status == "completed" else "0%")
    patches.replace(Snapshot, "progress", progress)
