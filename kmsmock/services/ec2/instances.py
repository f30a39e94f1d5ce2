"""RunInstances: launching from encrypted images, and what becomes of an instance whose key refuses."""

from __future__ import annotations

import warnings
from typing import Any

from kmsmock.call import Call
from kmsmock.envelopes import Envelopes
from kmsmock.errors import AwsError
from kmsmock.services import Advice, Moto
from kmsmock.services.ec2 import attachments, defaults
from kmsmock.services.ec2.images import image_not_found
from kmsmock.services.ec2.records import Snapshot, Volume, disks
from kmsmock.services.ec2.volumes import key_for


def run_instances(call: Call, envelopes: Envelopes, moto: Moto) -> dict[str, Any] | None:
    """RunInstances. The answer always says ``pending``; what cannot open its volumes is terminated afterwards."""
    records = disks(envelopes.store)
    template = _template(call, moto)
    image_id = call.params.get("ImageId") or template.get("ImageId")
    params = call.params if image_id is None else {**call.params, "ImageId": image_id}
    if image_id in records.images and records.image(image_id, call.region, call.account) is None:
        raise image_not_found(image_id)
    mappings = _mappings(params, template, envelopes)
    if defaults.encrypts(envelopes):
        mappings = {device: ({"Encrypted": True, **ebs}, source) for device, (ebs, source) in mappings.items()}
    if not any(_encrypted(ebs, source) for ebs, source in mappings.values()):
        return None if image_id not in records.images else _launch(moto, params, mappings)
    reservation = _launch(moto, params, mappings)
    for instance in reservation["Instances"]:
        try:
            _open_volumes(envelopes, moto, instance, mappings)
        except AwsError as refusal:
            records.failed_launches[instance["InstanceId"]] = attachments.state_reason(refusal)
            for volume in [each for each in records.volumes.values() if each.instance == instance["InstanceId"]]:
                attachments.disconnect(envelopes, volume)
                volume.instance = None
            moto("TerminateInstances", InstanceIds=[instance["InstanceId"]])
    return reservation


Mappings = dict[str, tuple[dict[str, Any], Snapshot | None]]


def _template(call: Call, moto: Moto) -> dict[str, Any]:
    """What the launch template of a call says, if it names one."""
    named = call.params.get("LaunchTemplate")
    if named is None:
        return {}
    which = {name: named[name] for name in ("LaunchTemplateId", "LaunchTemplateName") if name in named}
    version = str(named.get("Version", "$Default"))
    found = moto("DescribeLaunchTemplateVersions", **which, Versions=[version])["LaunchTemplateVersions"]
    data: dict[str, Any] = found[0]["LaunchTemplateData"] if found else {}
    return data


def _mappings(params: dict[str, Any], template: dict[str, Any], envelopes: Envelopes) -> Mappings:
    """Device -> what the launch asks for, over its template, over the image; and the snapshot underneath."""
    records = disks(envelopes.store)
    image = records.images.get(params.get("ImageId", ""))
    merged: dict[str, dict[str, Any]] = {}
    layers = (image.mappings if image is not None else (), template.get("BlockDeviceMappings", ()))
    for mapping in [*layers[0], *layers[1], *params.get("BlockDeviceMappings", ())]:
        if "Ebs" in mapping:
            merged[mapping["DeviceName"]] = {**merged.get(mapping["DeviceName"], {}), **mapping["Ebs"]}
    return {device: (ebs, records.snapshots.get(ebs.get("SnapshotId", ""))) for device, ebs in merged.items()}


def _encrypted(ebs: dict[str, Any], source: Snapshot | None) -> bool:
    return bool(ebs.get("Encrypted")) or (source is not None and source.envelope is not None)


def _launch(moto: Moto, params: dict[str, Any], mappings: Mappings) -> dict[str, Any]:
    """Let moto run the instances, with blank volumes: it knows neither the snapshots nor other accounts' images."""
    given = {name: value for name, value in params.items() if name != "BlockDeviceMappings"}
    blank = [
        {
            "DeviceName": device,
            "Ebs": {
                "VolumeSize": ebs.get("VolumeSize") or (source.size if source is not None else 8),
                "DeleteOnTermination": ebs.get("DeleteOnTermination", True),
            },
        }
        for device, (ebs, source) in mappings.items()
    ]
    with warnings.catch_warnings():
        # moto announces that it will refuse images it does not know, as another account's are
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        return moto("RunInstances", BlockDeviceMappings=blank, **given)


def _open_volumes(envelopes: Envelopes, moto: Moto, instance: dict[str, Any], mappings: Mappings) -> None:
    """Give each encrypted volume its data key, and the instance's infrastructure a grant on it."""
    records = disks(envelopes.store)
    described = moto("DescribeInstances", InstanceIds=[instance["InstanceId"]])
    attached = described["Reservations"][0]["Instances"][0]["BlockDeviceMappings"]
    volume_of = {mapping["DeviceName"]: mapping["Ebs"]["VolumeId"] for mapping in attached}
    for device, (ebs, source) in mappings.items():
        if not _encrypted(ebs, source):
            continue
        volume_id = volume_of[device]
        envelope = key_for(envelopes, source, ebs.get("KmsKeyId"), volume_id)
        volume = Volume(volume_id, envelopes.call.account, envelopes.call.region, envelope)
        attachments.connect(envelopes, volume, instance["InstanceId"])
        records.volumes[volume_id] = volume


def describe_instances(call: Call, envelopes: Envelopes, moto: Moto) -> dict[str, Any] | None:
    """DescribeInstances: moto's answer, with the reason of a launch that failed."""
    failed = disks(envelopes.store).failed_launches
    if not failed:
        return None
    answer = moto()
    for reservation in answer.get("Reservations", []):
        for instance in reservation["Instances"]:
            reason = failed.get(instance["InstanceId"])
            if reason is not None:
                instance["StateReason"] = {"Code": reason.code, "Message": reason.message}
                instance["StateTransitionReason"] = "Server.InternalError"
    return answer


OPERATIONS: dict[str, Advice] = {"RunInstances": run_instances, "DescribeInstances": describe_instances}
