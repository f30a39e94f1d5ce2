"""Default VPCs are made at once, and are what moto makes ("Default VPCs" in the user guide of Amazon VPC)."""

import re

import pytest
from moto.ec2.models.vpcs import VPCBackend

from tests.support.both_ways import exactly

MOTOS = VPCBackend.create_default_vpc
ID = re.compile(r"\b([a-z][a-z-]*)-[0-9a-f]{8,17}\b")
LOOKS = (
    "describe_vpcs",
    "describe_subnets",
    "describe_network_acls",
    "describe_route_tables",
    "describe_security_groups",
    "describe_dhcp_options",
    "describe_internet_gateways",
    "describe_managed_prefix_lists",
    "describe_availability_zones",
)


def settled(value, names):
    """A value in which each id stands by the order in which it was met."""
    if isinstance(value, dict):
        return {name: settled(each, names) for name, each in value.items() if name != "ResponseMetadata"}
    if isinstance(value, list):
        return [settled(each, names) for each in value]
    if isinstance(value, str):
        return ID.sub(lambda found: names.setdefault(found[0], f"{found[1]}-{len(names)}"), value)
    return value


def seen(ec2):
    names = {}
    return exactly([settled(getattr(ec2, look)(), names) for look in LOOKS])


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1", "us-west-1", "cn-north-1"])
def test_a_default_vpc_is_what_moto_makes(aws_world, region, monkeypatch):
    one, other = (aws_world.account(2 * each * 6).client("ec2", region) for each in ("1", "2"))
    ours = seen(one)
    monkeypatch.setattr(VPCBackend, "create_default_vpc", MOTOS)
    motos = seen(other)
    assert str(ours).replace("1" * 12, "2" * 12) == str(motos)
    assert "172.31.16.0/20" in str(ours)


def test_instances_are_launched_into_it_and_it_can_be_made_again(owner):
    ec2 = owner.client("ec2")
    subnet = ec2.describe_subnets()["Subnets"][1]["SubnetId"]
    (launched,) = ec2.run_instances(MinCount=1, MaxCount=1, SubnetId=subnet)["Instances"]
    assert launched["PrivateIpAddress"].startswith("172.31.16.")
    with pytest.raises(ec2.exceptions.ClientError, match="DefaultVpcAlreadyExists"):
        ec2.create_default_vpc()
    with pytest.raises(ec2.exceptions.ClientError, match=r"InvalidSubnet\.Conflict"):
        ec2.create_subnet(VpcId=launched["VpcId"], CidrBlock="172.31.0.0/24")


def test_ids_have_their_length(owner):
    (vpc,) = owner.client("ec2").describe_vpcs()["Vpcs"]
    assert re.fullmatch("vpc-[0-9a-f]{17}", vpc["VpcId"])
