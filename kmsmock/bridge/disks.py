"""moto's EC2 records, where no request of its own can say what is to be said: states on the way, names, snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kmsmock import bridge, entropy

if TYPE_CHECKING:
    from kmsmock.bridge.patches import Patches

NO_VOLUME = "vol-ffffffff"
"""What AWS shows as the volume of a snapshot that was not made from one."""
_STATE = "_kmsmock_state"


def install(patches: Patches) -> None:
    """From now on a volume can be on its way; moto derives its state from what it is attached to."""
    from moto.ec2.models.elastic_block_store import Volume

    original: Any = vars(Volume)["status"]
    patches.replace(Volume, "status", property(lambda disk: vars(disk).get(_STATE) or original.fget(disk)))


def _backend(account: str, region: str) -> Any:
    bridge.ready_for_ec2()
    from moto.ec2.models import ec2_backends

    return ec2_backends[account][region]


def add_snapshot(account: str, region: str, size: int, description: str) -> str:
    """The id of a new snapshot that was not made from a volume; moto itself makes none."""
    from moto.ec2.models.elastic_block_store import Snapshot, Volume

    backend = _backend(account, region)
    made = Snapshot(
        backend, entropy.resource_id("snap"), Volume(backend, NO_VOLUME, size, None), description, encrypted=False
    )
    backend.snapshots[made.id] = made
    return str(made.id)


def show_snapshot(account: str, region: str, snapshot_id: str, state: str) -> None:
    """moto's filters look at its own record of the state."""
    found = _backend(account, region).snapshots.get(snapshot_id)
    if found is not None:
        found.status = state


def show_volume(account: str, region: str, volume_id: str, state: str | None) -> None:
    """A state that moto does not have by itself; None for its own."""
    found = _backend(account, region).volumes.get(volume_id)
    if found is not None:
        setattr(found, _STATE, state)


def show_image(account: str, region: str, image_id: str, state: str) -> None:
    """As ``show_snapshot``."""
    found = _backend(account, region).amis.get(image_id)
    if found is not None:
        found.state = state


def state_of_volume(account: str, region: str, volume_id: str) -> str | None:
    """What moto would show; None for a volume that is not there."""
    found = _backend(account, region).volumes.get(volume_id)
    return None if found is None else str(found.status)


def drop_volume(account: str, region: str, volume_id: str) -> None:
    """A volume is gone that nobody deleted."""
    _backend(account, region).volumes.pop(volume_id, None)


_CODES = {"pending": 0, "running": 16, "stopped": 80}


def show_instance(account: str, region: str, instance_id: str, state: str, *, of: str | None = None) -> None:
    """Bring an instance into a state; ``of`` is the state that it must still be in."""
    found = instance(account, region, instance_id)
    if found is not None and of in (None, found._state.name):
        found._state.name, found._state.code = state, _CODES[state]


def instance(account: str, region: str, instance_id: str) -> Any:
    """moto's record of an instance, or None."""
    return next(
        (
            each
            for reservation in _backend(account, region).reservations.values()
            for each in reservation.instances
            if each.id == instance_id
        ),
        None,
    )
