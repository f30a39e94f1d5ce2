"""Spot Instances and fleets: the disks that a request asks for, which moto does not hand on.

What is launched is launched by ``bridge.launches``, as the service-linked role.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kmsmock.call import Call
from kmsmock.services import Advice, Moto
from kmsmock.services.ec2 import launch_disks, visible_images
from kmsmock.services.kms.client import ServiceKms
from kmsmock.wire.answers import Answer


def request_spot_instances(call: Call, kms: ServiceKms, moto: Moto) -> Answer:
    """RequestSpotInstances launches with the disks of its launch specification."""
    specification = call.params.get("LaunchSpecification") or {}
    visible_images.check(kms, specification.get("ImageId"))
    with launch_disks.with_disks(specification.get("BlockDeviceMappings", ())):
        return moto.own_answer()


def request_spot_fleet(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """RequestSpotFleet: disks come from launch templates and images only."""
    specifications = (call.params.get("SpotFleetRequestConfig") or {}).get("LaunchSpecifications", ())
    if _encrypting(specifications):
        raise NotImplementedError(
            "kmsmock does not model BlockDeviceMappings in LaunchSpecifications of RequestSpotFleet; "
            "put them into a launch template"
        )


def create_fleet(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """CreateFleet likewise."""
    configs = call.params.get("LaunchTemplateConfigs", ())
    if _encrypting([each for config in configs for each in config.get("Overrides", ())]):
        raise NotImplementedError(
            "kmsmock does not model BlockDeviceMappings in Overrides of CreateFleet; put them into a launch template"
        )


def _encrypting(specifications: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a key is asked for, or what may be under one; moto drops all disks."""
    disks = [mapping.get("Ebs") or {} for each in specifications for mapping in each.get("BlockDeviceMappings", ())]
    return any(disk.keys() & {"Encrypted", "KmsKeyId", "SnapshotId"} for disk in disks)


OPERATIONS: dict[str, Advice] = {
    "CreateFleet": create_fleet,
    "RequestSpotFleet": request_spot_fleet,
    "RequestSpotInstances": request_spot_instances,
}
