"""CreateReplaceRootVolumeTask: a running instance goes on with another root ("Replace the root volume").

The new root needs its key as a created and attached volume does; if that is refused the instance keeps the old one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kmsmock import clock, entropy
from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.records import ec2 as moto_disks
from kmsmock.services import Advice, Moto
from kmsmock.services.ec2 import attachments, background, instances, visible_images, volumes
from kmsmock.services.ec2.records import Disks, Task, Volume, check_dry_run, tags_for
from kmsmock.services.kms import late
from kmsmock.services.kms.client import ServiceKms

_UNMODELLED = ("VolumeId", "VolumeInitializationRate")
_TOLD = ("ImageId", "SnapshotId", "DeleteReplacedRootVolume")


def create_task(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """CreateReplaceRootVolumeTask answers ``pending``; the task ends ``succeeded`` or ``failed``."""
    params, records = call.params, kms.store.records(Disks)
    for name in _UNMODELLED:
        if name in params:
            raise NotImplementedError(f"kmsmock does not model {name} of CreateReplaceRootVolumeTask")
    token = call.account, call.region, params.get("ClientToken", "")
    if token[2] and token in records.task_tokens:
        return {"ReplaceRootVolumeTask": _shown(records.task_tokens[token])}
    record = _running(call)
    ebs, source = _plan(kms, moto, record)
    check_dry_run(params)
    tags = tags_for(params, "replace-root-volume-task")
    told = {name: params[name] for name in _TOLD if name in params} | ({"Tags": tags} if tags else {})
    task = Task(entropy.resource_id("replacevol"), call.account, call.region, record.id, clock.now(), told)
    records.tasks[task.id] = task
    if token[2]:
        records.task_tokens[token] = task
    answer, old = _shown(task) | {"TaskState": "pending"}, moto_disks.root_of(record)
    created = moto("CreateVolume", AvailabilityZone=old.zone.name, Size=max(old.size, source.size if source else 0))
    new = volumes.of_source(kms, created["VolumeId"], source)
    moto_disks.set_performance(new.place, new.id, moto_disks.performance_of(old))
    try:
        if instances.is_encrypted(ebs, source):
            new.envelope = volumes.key_for(kms, source, ebs.get("KmsKeyId"), new.id)
        attachments.connect(kms, new, record.id)
    except AwsError as error:
        if late.failed(kms.store, kms.call, error, task.id, "failed: the new root volume has no key"):
            task.outcome = "failed"
    records.volumes[new.id] = new
    volumes.show(new)

    def settled() -> None:
        task.completed = clock.now() if task.due is None else task.due
        gone = record._state.name == "terminated" or moto_disks.root_of(record) is None
        if task.outcome == "failed" or gone:
            task.outcome = "failed"
            attachments.disconnect(kms, new)
            _forget(kms, new.id, new.place)
        else:
            _swap(kms, record, new)

    task.due = background.begin(kms, "CreateReplaceRootVolumeTask", lambda: None, settled)
    return {"ReplaceRootVolumeTask": answer}


def _running(call: Call) -> Any:
    """moto's record of the caller's running instance."""
    instance_id = call.params["InstanceId"]
    record = moto_disks.instance((call.account, call.region), instance_id)
    if record is None:
        raise AwsError("InvalidInstanceID.NotFound", f"The instance ID '{instance_id}' does not exist")
    if record._state.name != "running":
        # the code is documented, the text is not
        raise AwsError("IncorrectInstanceState", f"The instance '{instance_id}' is not in the 'running' state.")
    if moto_disks.root_of(record) is None:
        # unverified code and text
        raise AwsError("IncorrectInstanceState", f"The instance '{instance_id}' has no root volume.")
    return record


def _plan(kms: ServiceKms, moto: Moto, record: Any) -> instances.Plan:
    """What the new root is made from: a snapshot of a former root, an image, or what the instance was launched with."""
    call, records = kms.call, kms.store.records(Disks)
    snapshot_id, image_id = call.params.get("SnapshotId"), call.params.get("ImageId")
    if snapshot_id is not None and image_id is not None:
        text = "You may specify either an ImageId or a SnapshotId, but not both."  # unverified text
        raise AwsError("InvalidParameterCombination", text)
    if snapshot_id is not None:
        snapshot = records.snapshot(snapshot_id, call.region, call.account)
        if snapshot is None:
            raise volumes.snapshot_not_found(snapshot_id)
        volumes.check_completed(snapshot)
        if snapshot.volume_id not in {moto_disks.root_of(record).id, *records.former_roots.get(record.id, ())}:
            text = (
                f"Invalid snapshot for root volume for virt {record.id}. "
                "The snapshot should be of one of the root volumes attached to the instance in the past"
            )
            raise AwsError("InvalidParameterValue", text)
        return {}, snapshot
    if image_id is None:
        return records.launches.get(record.id, {}).get(record.root_device_name, ({}, None))
    image = records.image(image_id, call.region, call.account)
    if image is None:
        if image_id in records.images:
            raise visible_images.not_found(image_id)
        moto("DescribeImages", ImageIds=[image_id])  # raises if it is not there
        return {}, None
    visible_images.check_available(image)
    return instances.planned(kms, image_id).get(image.root_device, ({}, None))


def _swap(kms: ServiceKms, record: Any, new: Volume) -> None:
    """Take the old root from the instance, and give it the new one."""
    records, params = kms.store.records(Disks), kms.call.params
    old_id = moto_disks.replace_root(record, new.id)
    records.former_roots.setdefault(record.id, set()).add(old_id)
    old = records.volumes.get(old_id)
    if old is not None:
        attachments.disconnect(kms, old)
        old.instance = None
    if params.get("DeleteReplacedRootVolume"):
        _forget(kms, old_id, new.place)
    if "ImageId" in params:
        record.image_id = params["ImageId"]


def _forget(kms: ServiceKms, volume_id: str, place: tuple[str, str]) -> None:
    kms.store.records(Disks).volumes.pop(volume_id, None)
    moto_disks.drop_volume(place, volume_id)


def _shown(task: Task) -> dict[str, Any]:
    over = task.completed is not None
    record = {
        "ReplaceRootVolumeTaskId": task.id,
        "InstanceId": task.instance,
        "TaskState": task.outcome if over else "in-progress",
        "StartTime": _time(task.started),
        **task.told,
    }
    return record if task.completed is None else {**record, "CompleteTime": _time(task.completed)}


def _time(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def describe_tasks(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """DescribeReplaceRootVolumeTasks of the account in the Region."""
    params = call.params
    check_dry_run(params)
    for each in params.get("Filters", ()):
        if each["Name"] != "instance-id":
            raise NotImplementedError(f"kmsmock does not model the filter {each['Name']} of replacement tasks")
    asked = params.get("ReplaceRootVolumeTaskIds")
    mine = [each for each in kms.store.records(Disks).tasks.values() if each.place == (call.account, call.region)]
    unknown = set(asked or ()) - {each.id for each in mine}
    if unknown:
        text = f"The replaceRootVolumeTask ID '{min(unknown)}' does not exist"  # unverified code and text
        raise AwsError("InvalidReplaceRootVolumeTaskId.NotFound", text)
    kept = [each for each in mine if (not asked or each.id in asked) and _passes(each, params)]
    token = str(params.get("NextToken", 0))
    if not token.isdecimal():
        raise AwsError("InvalidNextToken", f"The token '{token}' is invalid.")
    start, size = int(token), params.get("MaxResults", 1000)
    more = {"NextToken": str(start + size)} if start + size < len(kept) else {}
    return {"ReplaceRootVolumeTasks": [_shown(each) for each in kept[start : start + size]], **more}


def _passes(task: Task, params: Mapping[str, Any]) -> bool:
    return all(task.instance in each["Values"] for each in params.get("Filters", ()))


OPERATIONS: dict[str, Advice] = {
    "CreateReplaceRootVolumeTask": create_task,
    "DescribeReplaceRootVolumeTasks": describe_tasks,
}
