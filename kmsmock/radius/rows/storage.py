"""Objects, uploads and buckets; volumes, snapshots and images, and what is launched from them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kmsmock import clock
from kmsmock.iam.arn import root
from kmsmock.model.envelope import Envelope
from kmsmock.radius.dependents import Dependent
from kmsmock.radius.rows.look import UNDER, Look, Row
from kmsmock.records import ec2 as moto_disks
from kmsmock.records import everything
from kmsmock.services.ec2.records import Disks, Image
from kmsmock.services.ec2.recycle_bin import Bin
from kmsmock.wire.regions import partition_by_name


def _objects(look: Look) -> Iterator[Dependent]:
    for bucket, record in everything.buckets():
        for each in everything.objects(record):
            if each.sealed is not None and _is_under(look, each.sealed.envelope):
                kind = "object" if each.newest else "object version"
                arn = f"{bucket.arn}/{each.name}"
                yield Dependent(kind, arn, bucket.account, bucket.region, UNDER, "GetObject", part=each.version)
        for each in everything.uploads(record):
            if each.sealed is not None and _is_under(look, each.sealed.envelope):
                arn = f"{bucket.arn}/{each.name}"
                yield Dependent("upload", arn, bucket.account, bucket.region, UNDER, "UploadPart", part=each.version)
        yield from look.named("bucket", bucket, "PutObject", "its default encryption names the key")


def _is_under(look: Look, envelope: Envelope | None) -> bool:
    return envelope is not None and envelope.key_arn == look.key.arn


# --- EC2 ------------------------------------------------------------------------------------------------------------


def _arn(account: str, region: str, kind: str, id_: str) -> str:
    """The ARNs of snapshots and images have no account ("Actions, resources, and condition keys for Amazon EC2")."""
    owner = "" if kind in ("image", "snapshot") else account
    return f"arn:{partition_by_name(region)}:ec2:{region}:{owner}:{kind}/{id_}"


def _disks(look: Look) -> Iterator[Dependent]:
    disks = look.store.records(Disks)
    for volume in disks.volumes.values():
        if _is_under(look, volume.envelope) and moto_disks.state_of_volume(volume.place, volume.id) is not None:
            arn = _arn(*volume.place, "volume", volume.id)
            yield Dependent("volume", arn, *volume.place, UNDER, "AttachVolume")
    for snapshot in disks.snapshots.values():
        if _is_under(look, snapshot.envelope) and snapshot.outcome != "error":
            arn = _arn(*snapshot.place, "snapshot", snapshot.id)
            yield Dependent("snapshot", arn, *snapshot.place, UNDER, "CreateVolume")
    for id_, deleted in look.store.records(Bin).items():
        snapshot = deleted.snapshot
        if _is_under(look, snapshot.envelope) and deleted.exits > clock.now():
            arn = _arn(*snapshot.place, "snapshot", id_)
            why = f"{UNDER}, and could be brought back from the Recycle Bin"
            yield Dependent("deleted snapshot", arn, *snapshot.place, why, "CreateVolume")
    for place, key in disks.default_keys.items():
        if look.means(key, *place):
            arn = root(partition_by_name(place[1]), place[0])
            yield Dependent("EBS default", arn, *place, "new disks are under the key", "CreateVolume")


def _images(look: Look) -> Iterator[Dependent]:
    snapshots = look.arns("snapshot")
    for image in look.store.records(Disks).images.values():
        for id_ in image.snapshot_ids():
            through = _arn(*image.place, "snapshot", id_)
            if through in snapshots:
                arn = _arn(*image.place, "image", image.id)
                yield Dependent("image", arn, *image.place, "over the snapshot", "RunInstances", through)
                break


def _instances(look: Look) -> Iterator[Dependent]:
    disks, told = look.store.records(Disks), set()
    for each in look.of_kind("volume"):
        volume = disks.volumes[each.arn.rpartition("/")[2]]
        if volume.instance is not None and volume.instance not in told:
            told.add(volume.instance)
            arn = _arn(*volume.place, "instance", volume.instance)
            why = "has the volume; while it runs it goes on, once stopped it does not start"
            yield Dependent("instance", arn, *volume.place, why, "StartInstances", each.arn)


def _templates(look: Look) -> Iterator[Dependent]:
    for each in everything.launch_templates():
        place = each.account, each.region
        found = _reason(look, place, each.data)
        if found is not None:
            arn = _arn(*place, "launch-template", each.id)
            yield Dependent("launch template", arn, *place, found[0], "RunInstances", found[1], each.version)


def _reason(look: Look, place: tuple[str, str], data: Any) -> tuple[str, str] | None:
    """Why what launches from a template needs the key, and through what."""
    lost = look.arns("image", "snapshot")
    image_id, mappings = data.get("ImageId") or "", data.get("BlockDeviceMappings") or ()
    image = _arn(*place, "image", image_id)
    if image in lost and _keeps_lost_disk(look, image_id, mappings):
        return "launches the image", image
    for mapping in mappings:
        ebs = mapping.get("Ebs") or {}
        if look.means(ebs.get("KmsKeyId"), *place):
            return "names the key for a disk", ""
        snapshot = _arn(*place, "snapshot", ebs.get("SnapshotId") or "")
        if snapshot in lost:
            return "makes a disk of the snapshot", snapshot
    return None


def _keeps_lost_disk(look: Look, image_id: str, mappings: Any) -> bool:
    """Whether a launch takes a disk of the image that needs the key: mappings leave some out or make others of them."""
    image, lost = look.store.records(Disks).images[image_id], look.arns("snapshot")
    asked = {each["DeviceName"]: each for each in mappings}
    for disk in image.mappings:
        over = asked.get(disk["DeviceName"], {})
        snapshot = {**disk.get("Ebs", {}), **(over.get("Ebs") or {})}.get("SnapshotId") or ""
        if "NoDevice" not in over and _arn(*image.place, "snapshot", snapshot) in lost:
            return True
    return False


def _groups(look: Look) -> Iterator[Dependent]:
    versions = {(each.arn.rpartition("/")[2], each.part): each for each in look.of_kind("launch template")}
    named = {(each.id, name): each.version for each in everything.launch_templates() for name in each.asked_as}
    for group in everything.groups():
        place = group.account, group.region
        template = versions.get((group.template, named.get((group.template, group.version), "")))
        found = ("launches the template", template.arn) if template is not None else _reason(look, place, group.data)
        if found is not None:
            yield Dependent("auto scaling group", group.arn, *place, found[0], "RunInstances", found[1])


def _shares(look: Look) -> Iterator[Dependent]:
    """With whom snapshots and images are shared: nothing of them is to be had there either."""
    disks = look.store.records(Disks)
    for each in look.of_kind("snapshot"):
        for account in sorted(disks.snapshots[each.arn.rpartition("/")[2]].shared_with):
            why = f"the snapshot is shared with {account}"
            yield Dependent("share", each.arn, account, each.region, why, "CreateVolume", each.arn)
    for each in look.of_kind("image"):
        image = disks.images[each.arn.rpartition("/")[2]]
        for account in _launchers(look, disks, image):
            why = f"the image is shared with {account}"
            yield Dependent("share", each.arn, account, each.region, why, "RunInstances", each.arn)


def _launchers(look: Look, disks: Disks, image: Image) -> list[str]:
    """The accounts that may launch an image: those that it names, and those of its organizations that are here."""
    named = {each["UserId"] for each in image.permissions if "UserId" in each}
    return sorted((named | {each for each in look.accounts if disks.may_launch(each, image)}) - {image.account})


ROWS = (
    Row(("s3",), ("object", "object version", "upload", "bucket"), _objects),
    Row(("ec2", "ebs", "rbin"), ("volume", "snapshot", "deleted snapshot", "EBS default"), _disks),
    Row(("ec2",), ("image",), _images),
    Row(("ec2",), ("instance",), _instances),
    Row(("ec2",), ("launch template",), _templates),
    Row(("auto-scaling",), ("auto scaling group",), _groups),
    Row(("ec2",), ("share",), _shares),
)
