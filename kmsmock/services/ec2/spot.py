"""Spot Instances: the disks that a request asks for, which moto does not hand on.

What is launched is launched by ``bridge.launches``, as the service-linked role; fleets are ``bridge.fleets``.
"""

from __future__ import annotations

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


OPERATIONS: dict[str, Advice] = {"RequestSpotInstances": request_spot_instances}
