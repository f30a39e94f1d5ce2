"""Images as objects of S3: stored and restored, with the keys of both; and images that are exported as files.

"Create a store image task": who stores an image needs the keys of its snapshots, which are decrypted on the way, and
that of the bucket, which the object is under. A restored image is encrypted where its account encrypts by default.
"Considerations for image export": what has encrypted snapshots cannot be exported. Codes and texts are unverified.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kmsmock import clock, entropy
from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.records.buckets import find_bucket
from kmsmock.services import Advice, Moto
from kmsmock.services.ec2 import background, defaults, images, snapshots, visible_images
from kmsmock.services.ec2.content import Content
from kmsmock.services.ec2.records import Disks, Image, Snapshot, check_dry_run, tags_for
from kmsmock.services.kms import late
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.s3 import own_objects, reading


@dataclass(slots=True)
class Stored:
    """One store task. ``problem`` is why it failed."""

    image: str
    place: tuple[str, str]
    bucket: str
    name: str
    started: datetime
    problem: str = ""


@dataclass(slots=True)
class Storage:
    """The tasks of a world, and what is on the disks of stored images, by the token in their objects."""

    tasks: list[Stored]
    disks: dict[str, list[Content]]

    @classmethod
    def for_world(cls, store: Any) -> Storage:
        return cls([], {})


def store_image(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """CreateStoreImageTask answers at once; what keys and the bucket refuse shows in the task."""
    image, bucket = _owned(call, kms), find_bucket(call.params["Bucket"])
    if bucket is None or bucket.region_name != call.region:
        raise AwsError("InvalidParameterValue", f"The bucket '{call.params['Bucket']}' does not exist in this Region.")
    check_dry_run(call.params)
    name = f"{image.id}.bin"
    task = Stored(image.id, image.place, bucket.name, name, clock.now())
    kms.store.records(Storage).tasks.append(task)
    try:
        body = _written(kms, image, moto)
        own_objects.write(kms, call.caller, bucket, name, body, via="ec2.amazonaws.com")
    except AwsError as error:
        if late.failed(kms.store, call, error, image.id, f"is not stored in {bucket.name}"):
            task.problem = error.message
    return {"ObjectKey": name}


def _owned(call: Call, kms: ServiceKms) -> Image:
    image = kms.store.records(Disks).images.get(call.params["ImageId"])
    if image is None or image.place != (call.account, call.region):
        raise visible_images.not_found(call.params["ImageId"])
    visible_images.check_available(image)
    return image


def _written(kms: ServiceKms, image: Image, moto: Moto) -> bytes:
    """What an image is, for who makes it again; each snapshot is opened as by GetSnapshotBlock."""
    records, disks, told = kms.store.records(Disks), [], []
    for mapping in image.mappings:
        snapshot = records.snapshots.get(mapping.get("Ebs", {}).get("SnapshotId", ""))
        if snapshot is not None:
            if snapshot.envelope is not None:
                kms.unseal(snapshot.envelope)
            disks.append(snapshot.content.copy())
            told.append({"DeviceName": mapping["DeviceName"], "VolumeSize": snapshot.size})
    token = entropy.uuid()
    kms.store.records(Storage).disks[token] = disks
    (described,) = moto("DescribeImages", ImageIds=[image.id])["Images"]
    about = {"name": described["Name"], "root": image.root_device, "disks": told, "token": token}
    return json.dumps(about).encode()


def restore_image(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """CreateRestoreImageTask: the caller reads the object; new snapshots are encrypted if new disks are."""
    about = _read(call, kms)
    check_dry_run(call.params)
    created = moto("RegisterImage", Name=call.params.get("Name") or about["name"])
    image = images.record_image(call, created["ImageId"], about["root"], [], {})
    records, disks = kms.store.records(Disks), kms.store.records(Storage).disks[about["token"]]
    for disk, content in zip(about["disks"], disks, strict=True):
        snapshot = snapshots.new_snapshot(call, disk["VolumeSize"], f"Created for {image.id}")
        records.snapshots[snapshot.id] = snapshot
        source = Snapshot("", call.account, call.region, disk["VolumeSize"], None, content=content)
        snapshots.copy_content(kms, snapshot, source, defaults.key_of(kms) if defaults.encrypts(kms) else None)
        if snapshot.outcome == "error":
            image.outcome, image.reason = "failed", snapshot.message
        background.snapshot(kms, "CopyImage", snapshot)
        ebs = {"SnapshotId": snapshot.id, "VolumeSize": snapshot.size, "DeleteOnTermination": True}
        image.mappings.append({"DeviceName": disk["DeviceName"], "Ebs": ebs})
    records.images[image.id] = image
    background.image(kms, "CopyImage", image)
    images.tag(moto, [image.id], tags_for(call.params, "image"))
    return {"ImageId": image.id}


def _read(call: Call, kms: ServiceKms) -> dict[str, Any]:
    body = reading.read(kms, call, call.params["Bucket"], call.params["ObjectKey"])
    try:
        about: dict[str, Any] = json.loads(body)
        known = about["token"] in kms.store.records(Storage).disks
    except (ValueError, KeyError, TypeError):
        known = False
    if not known:
        raise AwsError("InvalidParameterValue", f"The object '{call.params['ObjectKey']}' is not a stored image.")
    return about


def describe_tasks(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """DescribeStoreImageTasks, the newest first."""
    check_dry_run(call.params)
    if call.params.get("Filters"):
        raise NotImplementedError("kmsmock does not model filters of DescribeStoreImageTasks")
    asked = call.params.get("ImageIds", ())
    found = [
        {
            "AmiId": each.image,
            "TaskStartTime": each.started,
            "Bucket": each.bucket,
            "S3objectKey": each.name,
            "ProgressPercentage": 0 if each.problem else 100,
            "StoreTaskState": "Failed" if each.problem else "Completed",
            **({"StoreTaskFailureReason": each.problem} if each.problem else {}),
        }
        for each in reversed(kms.store.records(Storage).tasks)
        if each.place == (call.account, call.region) and (not asked or each.image in asked)
    ]
    return {"StoreImageTaskResults": found}


def export_image(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """ExportImage of what is encrypted is refused; of anything else it is not modelled."""
    image = _owned(call, kms)
    records = kms.store.records(Disks)
    for name in image.snapshot_ids():
        if records.snapshots[name].envelope is not None:
            text = f"The image '{image.id}' has an encrypted snapshot ({name}) and cannot be exported."
            raise AwsError("UnsupportedOperation", text)
    raise NotImplementedError("kmsmock does not model ExportImage of images that are not encrypted")


OPERATIONS: dict[str, Advice] = {
    "CreateRestoreImageTask": restore_image,
    "CreateStoreImageTask": store_image,
    "DescribeStoreImageTasks": describe_tasks,
    "ExportImage": export_image,
}
