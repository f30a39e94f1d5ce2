"""Disks, snapshots and images with whom they are shared with, made by the calls that anybody makes.

EC2 makes their ids up, so what a source calls by one id has another in the world: ``Making.arns`` has both the ids and
the ARNs.
"""

from __future__ import annotations

from typing import Any

from kmsmock.loading.data import unseen
from kmsmock.loading.keys import Making
from kmsmock.loading.things import Thing, has_unknown

_ROOT = "/dev/xvda"


def _known(making: Making, thing: Thing, name: str) -> str:
    """The id in the world of what a thing refers to. Raises ValueError for what was not loaded."""
    asked = str(thing.values[name])
    if asked not in making.arns:
        raise ValueError(f"{name}: {'which it is, ' if has_unknown(asked) else f'{asked} '}is not loaded")
    return making.arns[asked]


def _is_made(making: Making, thing: Thing, made: str) -> None:
    asked = thing.arn.rpartition("/")[2]
    making.arns[asked] = made
    making.arns[thing.arn] = thing.arn.removesuffix(asked) + made


def _encryption(thing: Thing) -> dict[str, Any]:
    """The arguments that encrypt. A key that is not known cannot be used: nothing is encrypted under another."""
    key = thing.values.get("KmsKeyId")
    if key and has_unknown(key):
        raise ValueError("KmsKeyId: which key it is encrypted under is not known")
    given = {"KmsKeyId": str(key)} if key else {}
    return {"Encrypted": True, **given} if thing.values.get("Encrypted") else given


def _new_volume(ec2: Any, thing: Thing, **given: Any) -> str:
    zone = str(thing.values.get("AvailabilityZone") or f"{thing.region}a")
    made: str = ec2.create_volume(AvailabilityZone=zone, Size=int(thing.values.get("Size") or 8), **given)["VolumeId"]
    return made


def _new_snapshot(ec2: Any, volume: str) -> str:
    ec2.get_waiter("volume_available").wait(VolumeIds=[volume])
    made: str = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    ec2.get_waiter("snapshot_completed").wait(SnapshotIds=[made])
    return made


def make_volume(making: Making, thing: Thing) -> None:
    """An empty volume."""
    given = _encryption(thing)
    with unseen(making, thing, "ec2") as ec2:
        _is_made(making, thing, _new_volume(ec2, thing, **given))


def make_snapshot(making: Making, thing: Thing) -> None:
    """A snapshot of a volume. Where no volume was loaded, of an empty one that is made for it."""
    asked = str(thing.values["VolumeId"])
    given = {} if asked in making.arns else _encryption(thing)
    with unseen(making, thing, "ec2") as ec2:
        volume = making.arns.get(asked) or _stand_in(making, thing, "a volume", _new_volume(ec2, thing, **given))
        _is_made(making, thing, _new_snapshot(ec2, volume))


def copy_snapshot(making: Making, thing: Thing) -> None:
    """A copy of a snapshot, under the key of the copy."""
    asked = str(thing.values["SourceSnapshotId"])
    given = _encryption(thing)
    source = str(thing.values.get("SourceRegion") or thing.region)
    with unseen(making, thing, "ec2") as ec2:
        if asked in making.arns:
            snapshot = making.arns[asked]
            made = ec2.copy_snapshot(SourceRegion=source, SourceSnapshotId=snapshot, **given)["SnapshotId"]
            ec2.get_waiter("snapshot_completed").wait(SnapshotIds=[made])
        else:
            made = _new_snapshot(ec2, _stand_in(making, thing, "a source", _new_volume(ec2, thing, **given)))
        _is_made(making, thing, made)


def make_image(making: Making, thing: Thing) -> None:
    """An image over a snapshot, its first disk; others are told."""
    snapshot = _known(making, thing, "SnapshotId")
    if thing.values.get("Disks", 1) > 1:
        making.read.ignore(thing.where, "ebs_block_device", "of an image one disk is made, that of the first snapshot")
    with unseen(making, thing, "ec2") as ec2:
        _is_made(making, thing, _register(ec2, thing, snapshot))


def copy_image(making: Making, thing: Thing) -> None:
    """A copy of an image. A source that was not loaded, as a public image is not, has an empty one in its place."""
    asked, name = str(thing.values["SourceImageId"]), str(thing.values["Name"])
    given = _encryption(thing)
    source = str(thing.values.get("SourceRegion") or thing.region)
    with unseen(making, thing, "ec2") as ec2:
        if asked in making.arns:
            image = making.arns[asked]
            made = ec2.copy_image(Name=name, SourceRegion=source, SourceImageId=image, **given)["ImageId"]
            ec2.get_waiter("image_available").wait(ImageIds=[made])
        else:
            volume = _stand_in(making, thing, "a source", _new_volume(ec2, thing, **given))
            made = _register(ec2, thing, _new_snapshot(ec2, volume))
        _is_made(making, thing, made)


def _stand_in(making: Making, thing: Thing, what: str, made: str) -> str:
    making.read.notes.append(f"{thing.where}: {what} that was not loaded is taken to be empty")
    return made


def _register(ec2: Any, thing: Thing, snapshot: str) -> str:
    device = str(thing.values.get("RootDeviceName") or _ROOT)
    mapping = {"DeviceName": device, "Ebs": {"SnapshotId": snapshot}}
    name = str(thing.values["Name"])
    made: str = ec2.register_image(Name=name, RootDeviceName=device, BlockDeviceMappings=[mapping])["ImageId"]
    return made


def share_image(making: Making, thing: Thing) -> None:
    """Who may start what an image is of: an account, all, an organization or a unit of one."""
    image = _known(making, thing, "ImageId")
    names = ("UserId", "Group", "OrganizationArn", "OrganizationalUnitArn")
    added = {name: str(thing.values[name]) for name in names if thing.values.get(name)}
    if has_unknown(added):
        raise ValueError("with whom it is shared is not known")
    with unseen(making, thing, "ec2") as ec2:
        ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [added]})


def share_snapshot(making: Making, thing: Thing) -> None:
    """The account that may make volumes of a snapshot."""
    snapshot, account = _known(making, thing, "SnapshotId"), str(thing.values["UserId"])
    if has_unknown(account):
        raise ValueError("with whom it is shared is not known")
    with unseen(making, thing, "ec2") as ec2:
        ec2.modify_snapshot_attribute(SnapshotId=snapshot, CreateVolumePermission={"Add": [{"UserId": account}]})
