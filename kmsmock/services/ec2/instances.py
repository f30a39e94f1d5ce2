"""RunInstances: launching from encrypted images, and what becomes of an instance whose key refuses."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from kmsmock.call import Call
from kmsmock.envelopes import Envelopes
from kmsmock.errors import AwsError
from kmsmock.services import Advice, Moto
from kmsmock.services.ec2 import attachments, defaults
from kmsmock.services.ec2.images import image_not_found
from kmsmock.services.ec2.records import Snapshot, Volume, disks
from kmsmock.services.ec2.volumes import key_for

Mappings = dict[str, tuple[dict[str, Any], Snapshot | None]]
"""Device -> what the launch asks for, and the snapshot underneath."""


def run_instances(call: Call, envelopes: Envelopes, moto: Moto) -> dict[str, Any] | None:
    """RunInstances. The answer always says ``pending``; what cannot open its volumes is terminated afterwards."""
    records = disks(envelopes.store)
    template = _template(call, moto)
    image_id = call.params.get("ImageId") or template.get("ImageId")
    params = call.params if image_id is None else {**call.params, "ImageId": image_id}
    if image_id in records.images and records.image(image_id, call.region, call.account) is None:
        raise image_not_found(image_id)
    layers = (template.get("BlockDeviceMappings", ()), params.get("BlockDeviceMappings", ()))
    mappings = planned(envelopes, image_id, *layers)
    if not encrypted(mappings):
        return None if image_id not in records.images else _launch(moto, params, mappings)
    reservation = _launch(moto, params, mappings)
    for instance in reservation["Instances"]:
        instance_id = instance["InstanceId"]
        described = moto("DescribeInstances", InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]
        volumes = {each["DeviceName"]: each["Ebs"]["VolumeId"] for each in described["BlockDeviceMappings"]}
        if not opened(envelopes, instance_id, volumes, mappings):
            moto("TerminateInstances", InstanceIds=[instance_id])
    return reservation


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


def planned(envelopes: Envelopes, image_id: str | None, *layers: Sequence[Mapping[str, Any]]) -> Mappings:
    """What a launch of an image makes: each layer of BlockDeviceMappings lies over the one before, the image lowest."""
    records = disks(envelopes.store)
    image = records.images.get(image_id or "")
    merged: dict[str, dict[str, Any]] = {}
    for layer in (image.mappings if image is not None else (), *layers):
        for mapping in layer:
            if "Ebs" in mapping:
                merged[mapping["DeviceName"]] = {**merged.get(mapping["DeviceName"], {}), **mapping["Ebs"]}
    default = {"Encrypted": True} if defaults.encrypts(envelopes) else {}
    return {
        device: ({**default, **ebs}, records.snapshots.get(ebs.get("SnapshotId", ""))) for device, ebs in merged.items()
    }


def encrypted(mappings: Mappings) -> bool:
    """Whether a launch needs a key."""
    return any(_encrypted(ebs, source) for ebs, source in mappings.values())


def _encrypted(ebs: dict[str, Any], source: Snapshot | None) -> bool:
    return bool(ebs.get("Encrypted")) or (source is not None and source.envelope is not None)


def blank(mappings: Mappings) -> list[dict[str, Any]]:
    """The same devices for moto, with blank volumes: it knows neither the snapshots nor other accounts' images."""
    return [
        {
            "DeviceName": device,
            "Ebs": {
                "VolumeSize": ebs.get("VolumeSize") or (source.size if source is not None else 8),
                "DeleteOnTermination": ebs.get("DeleteOnTermination", True),
            },
        }
        for device, (ebs, source) in mappings.items()
    ]


def _launch(moto: Moto, params: dict[str, Any], mappings: Mappings) -> dict[str, Any]:
    given = {name: value for name, value in params.items() if name != "BlockDeviceMappings"}
    with warnings.catch_warnings():
        # moto announces that it will refuse images it does not know, as another account's are
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        return moto("RunInstances", BlockDeviceMappings=blank(mappings), **given)


def opened(envelopes: Envelopes, instance_id: str, volumes: Mapping[str, str], mappings: Mappings) -> bool:
    """Give each encrypted volume its data key, and the instance's infrastructure a grant on it.

    ``volumes`` are the ids by device. False if a key refuses: then no grant is left, and the reason is on record.
    """
    records = disks(envelopes.store)
    made = []
    try:
        for device, (ebs, source) in mappings.items():
            if _encrypted(ebs, source):
                envelope = key_for(envelopes, source, ebs.get("KmsKeyId"), volumes[device])
                volume = Volume(volumes[device], envelopes.call.account, envelopes.call.region, envelope)
                attachments.connect(envelopes, volume, instance_id)
                made.append(volume)
    except AwsError as refusal:
        records.failed_launches[instance_id] = attachments.state_reason(refusal)
        for volume in made:
            attachments.disconnect(envelopes, volume)
        return False
    records.volumes.update({volume.id: volume for volume in made})
    return True


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
