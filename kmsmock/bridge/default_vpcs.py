"""The default VPC that an account has in each Region ("Default VPCs"), made when EC2 is first asked there.

For each of its subnets moto goes through all zones, all blocks of addresses and all subnets that there are; what it
would find is known before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kmsmock.active import Patches

_NETWORK, _BLOCK = "172.31.0.0/16", "172.31.{}.0/20"


def install(patches: Patches) -> None:
    """From now on default VPCs are made at once."""
    from moto.ec2 import utils
    from moto.ec2.models.vpcs import VPCBackend

    patches.replace(VPCBackend, "create_default_vpc", _making_at_once(VPCBackend.create_default_vpc))
    patches.replace(utils, "random_resource_id", random_resource_id)


def random_resource_id(size: int = 8) -> str:
    """moto's function of that name while a world is active, which draws a number and not each of its digits."""
    from moto.ec2.utils import random

    return f"{random.getrandbits(4 * size):0{size}x}"


def _making_at_once(original: Callable[..., Any]) -> Callable[..., Any]:
    from moto.ec2.models.subnets import Subnet
    from moto.ec2.utils import random_subnet_id

    def create_default_vpc(backend: Any) -> Any:
        """VPCBackend.create_default_vpc while a world is active; an account that has VPCs asks for it itself."""
        if backend.vpcs:
            return original(backend)
        vpc = backend.create_vpc(cidr_block=_NETWORK, is_default=True)
        for number, zone in enumerate(backend.describe_availability_zones()):
            name, block = random_subnet_id(), _BLOCK.format(16 * number)
            subnet = Subnet(backend, name, vpc.id, block, None, zone, default_for_az=True, map_public_ip_on_launch=True)
            backend.associate_default_network_acl_with_subnet(name, vpc.id)
            backend.subnets[zone.name][name] = subnet
        return vpc

    return create_default_vpc
