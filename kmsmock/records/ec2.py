"""moto's EC2 records, where no request of its own can say what is to be said: states on the way, names, snapshots."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kmsmock import entropy
from kmsmock.foreign.notes import Note
from kmsmock.records import backends, disk_performance
from kmsmock.records.contract import MOTO

AccountRegion = tuple[str, str]
"""An account and a Region."""

NO_VOLUME = "vol-ffffffff"
"""What AWS shows as the volume of a snapshot that was not made from one."""
_STATE = Note["str | None"]("state")
"""On a volume: a state that moto does not have by itself."""

# moto writes an answer from the attributes of its records, in snake case: what is set here is shown, and filtered by


def backend_of(place: AccountRegion) -> Any:
    """moto's EC2 of an account and Region."""
    return backends.made("ec2", *place)


def _mark(record: Any, key_arn: str | None) -> None:
    record.encrypted, record.kms_key_id = key_arn is not None, key_arn
    record.sse_type = None if key_arn is None else "sse-kms"


# --- snapshots ------------------------------------------------------------------------------------------------------


def add_snapshot(place: AccountRegion, size: int, description: str) -> str:
    """The id of a new snapshot that was not made from a volume; moto itself makes none."""
    backend = backend_of(place)
    volume = MOTO.get("moto.ec2.models.elastic_block_store:Volume")(backend, NO_VOLUME, size, None)
    created = MOTO.get("moto.ec2.models.elastic_block_store:Snapshot")(
        backend, entropy.resource_id("snap"), volume, description
    )
    backend.snapshots[created.id] = created
    return str(created.id)


def has_snapshot(place: AccountRegion, snapshot_id: str) -> bool:
    """Whether moto keeps a snapshot there."""
    return snapshot_id in backend_of(place).snapshots


def snapshot_record(place: AccountRegion, snapshot_id: str) -> Any:
    """moto's record of a snapshot."""
    return backend_of(place).snapshots.get(snapshot_id)


def put_back(place: AccountRegion, record: Any) -> None:
    """Let moto have a snapshot again that was deleted."""
    backend_of(place).snapshots[record.id] = record


def show_snapshot(
    place: AccountRegion,
    snapshot_id: str,
    state: str,
    key_arn: str | None,
    message: str = "",
    *,
    encrypted: bool = False,
) -> None:
    """Let moto tell the state of a snapshot, and its key; ``encrypted`` is for one that never got its key."""
    found = backend_of(place).snapshots.get(snapshot_id)
    if found is not None:
        _mark(found, key_arn)
        found.encrypted = encrypted or key_arn is not None
        found.status, found.state_message = state, message or None


def drop_snapshot_of_image(place: AccountRegion, image_id: str) -> None:
    """moto gives every image a snapshot of its own; AWS shows only those that the image was made over."""
    backend = backend_of(place)
    backend.snapshots.pop(backend.amis[image_id].ebs_snapshot.id, None)


# --- volumes --------------------------------------------------------------------------------------------------------


def show_volume(place: AccountRegion, volume_id: str, state: str | None, key_arn: str | None, snapshot_id: str) -> None:
    """Let moto tell the key and source of a volume, and a state that it does not have by itself; None for its own."""
    found = backend_of(place).volumes.get(volume_id)
    if found is not None:
        _mark(found, key_arn)
        found.snapshot_id = snapshot_id
        _STATE.set(found, state)


def set_performance(place: AccountRegion, volume_id: str, asked: Mapping[str, Any]) -> None:
    """Give a volume the type, IOPS and throughput that an Ebs mapping asks for; moto's launches drop most of them."""
    found = backend_of(place).volumes[volume_id]
    found.volume_type = asked.get("VolumeType", found.volume_type)
    numbers = {name: int(asked[name]) for name in ("Iops", "Throughput") if asked.get(name)}
    found.iops, found.throughput = disk_performance.of(
        found.volume_type, int(found.size), numbers.get("Iops"), numbers.get("Throughput")
    )


def performance_of(volume: Any) -> dict[str, Any]:
    """What an Ebs mapping says of a volume like moto's record."""
    return {"VolumeType": volume.volume_type, "Iops": volume.iops, "Throughput": volume.throughput}


def shown_state(volume: Any) -> str | None:
    """The state that ``show_volume`` gave a volume, which moto does not have by itself."""
    return _STATE.get(volume)


def state_of_volume(place: AccountRegion, volume_id: str) -> str | None:
    """What moto tells; None for a volume that is not there."""
    found = backend_of(place).volumes.get(volume_id)
    return None if found is None else str(found.status)


def mapping_of(place: AccountRegion, volume_id: str) -> dict[str, Any]:
    """The Ebs mapping that makes such a volume again, without its content."""
    volume = backend_of(place).volumes[volume_id]
    shaped = {"Iops": volume.iops, "Throughput": volume.throughput} if volume.volume_type != "gp2" else {}
    told = {
        "VolumeType": volume.volume_type,
        "VolumeSize": volume.size,
        "DeleteOnTermination": goes_with_its_instance(place, volume_id),
        **shaped,
    }
    return {name: value for name, value in told.items() if value is not None}


def holder(place: AccountRegion, volume_id: str) -> str | None:
    """The id of the instance that a volume is attached to; None for one that is not attached, or not there."""
    found = backend_of(place).volumes.get(volume_id)
    return None if found is None or found.attachment is None else str(found.attachment.instance.id)


def takes_another_instance(place: AccountRegion, volume_id: str) -> bool:
    """Whether a volume can be attached to more than one instance (Multi-Attach)."""
    found = backend_of(place).volumes.get(volume_id)
    return found is not None and bool(found.multi_attach_enabled)


def uses_device(place: AccountRegion, instance_id: str, device: str) -> bool:
    """Whether an instance has something attached under this name."""
    found = instance(place, instance_id)
    return found is not None and device in devices(found)


def goes_with_its_instance(place: AccountRegion, volume_id: str) -> bool:
    """Whether a volume is deleted when the instance that it is attached to is terminated."""
    found = backend_of(place).volumes.get(volume_id)
    attachment = None if found is None else found.attachment
    return attachment is not None and bool(attachment.delete_on_termination)


def drop_volume(place: AccountRegion, volume_id: str) -> None:
    """A volume is gone that nobody deleted."""
    backend_of(place).volumes.pop(volume_id, None)


# --- images ---------------------------------------------------------------------------------------------------------


def show_image(place: AccountRegion, image_id: str, state: str) -> None:
    """Let moto tell the state of an image."""
    found = backend_of(place).amis.get(image_id)
    if found is not None:
        found.state = state


def root_name(place: AccountRegion, image_id: str) -> str:
    """The root device of an image that moto knows, or takes for one."""
    found = backend_of(place).amis.get(image_id)
    return "/dev/sda1" if found is None else str(found.root_device_name)


def name_root(place: AccountRegion, image_id: str, device: str) -> None:
    """The root device of an image, which moto takes for /dev/sda1 whatever it was registered with."""
    backend_of(place).amis[image_id].root_device_name = device


# --- instances ------------------------------------------------------------------------------------------------------

_CODES = {"pending": 0, "running": 16}


def instance(place: AccountRegion, instance_id: str, reservation_id: str | None = None) -> Any:
    """moto's record of an instance, or None."""
    reservations = backend_of(place).reservations
    wanted = reservations.values() if reservation_id is None else [reservations[reservation_id]]
    return next((each for one in wanted for each in one.instances if each.id == instance_id), None)


def devices(record: Any) -> dict[str, str]:
    """The ids of an instance's volumes, by device."""
    return {device: disk.volume_id for device, disk in record.get_block_device_mapping}


def show_instance(record: Any, state: str) -> None:
    """Bring an instance into a state."""
    record._state.name, record._state.code = state, _CODES[state]


def root_of(record: Any) -> Any:
    """moto's record of an instance's root volume: the first if none is under the name of the root device.

    None for an instance without any.
    """
    attached = devices(record)
    found = attached.get(record.root_device_name) or next(iter(attached.values()), None)
    return None if found is None else record.ec2_backend.volumes[found]


def replace_root(record: Any, volume_id: str) -> str:
    """Attach a volume in place of an instance's root, and return the id of the former one."""
    backend, old = record.ec2_backend, root_of(record)
    device = next(name for name, volume_id in devices(record).items() if volume_id == old.id)
    kept = record.block_device_mapping[device].delete_on_termination
    if old.attachment is None:  # moto forgot it when the volume was taken from another instance
        del record.block_device_mapping[device]
    else:
        backend.detach_volume(old.id, record.id, device)
    backend.attach_volume(volume_id, record.id, device, kept)
    return str(old.id)


# --- endpoints, tags ------------------------------------------------------------------------------------------------


def endpoint_policy(endpoint_id: str) -> tuple[str, str] | None:
    """The policy of a VPC endpoint, and the account whose it is; None for one that is not there."""
    for account, regions in list((backends.table("ec2") or {}).items()):
        for backend in list(regions.values()):
            endpoint = backend.vpc_end_points.get(endpoint_id)
            if endpoint is not None:
                return str(endpoint.policy_document), str(account)
    return None


def tags(place: AccountRegion, resource_id: str) -> dict[str, str]:
    """The tags that an account gave a resource, be it its own or not."""
    backend = backends.existing("ec2", *place)
    return dict(backend.tags[resource_id]) if backend is not None and resource_id in backend.tags else {}
