"""Spot Instances: the disks that a request asks for, which moto does not hand on.

What is launched is launched by ``bridge.launches``, as the service-linked role; fleets are ``bridge.fleets``.
"""

from __future__ import annotations

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


def request_spot_fleet(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """RequestSpotFleet without AllocationStrategy, which is optional: moto looks for it all the same."""
    config = call.params.get("SpotFleetRequestConfig") or {}
    if "AllocationStrategy" in config:
        return None
    return moto("RequestSpotFleet", SpotFleetRequestConfig={"AllocationStrategy": _LOWEST_PRICE, **config})


_LOWEST_PRICE = "lowestPrice"
"""What EC2's documentation of the request calls the default."""

OPERATIONS: dict[str, Advice] = {
    "RequestSpotFleet": request_spot_fleet,
    "RequestSpotInstances": request_spot_instances,
}
