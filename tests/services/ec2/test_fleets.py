"""Fleets launch with the disks that they are asked for, under the keys of those, and as their own service-linked roles.

"Grant access to customer managed keys for use with encrypted AMIs and EBS snapshots" is said of AWSServiceRoleForEC2Fleet
and of AWSServiceRoleForEC2SpotFleet (EC2 user guide); the fields are botocore's, as is what NoDevice does: "the device is
removed from the block device mapping regardless of the assigned value".
"""

import json

import pytest

from tests.support.claims import OWNER, refused
from tests.support.ec2 import DATA, cmk, disks, instance, make_image, make_snapshot, under
from tests.support.policies import use

pytestmark = pytest.mark.evidence(
    "documented",
    '"Grant access to customer managed keys for use with encrypted AMIs and EBS snapshots" (EC2 user guide)',
)


def role(name):
    return f"arn:aws:iam::{OWNER}:role/aws-service-role/{name.lower()}.amazonaws.com/AWSServiceRoleForEC2{suffix(name)}"


def suffix(name):
    return {"ec2fleet": "Fleet", "spotfleet": "SpotFleet", "spot": "Spot"}[name]


@pytest.fixture(autouse=True)
def roles(owner):
    for name in ("ec2fleet", "spotfleet", "spot"):
        owner.client("iam").create_service_linked_role(AWSServiceName=f"{name}.amazonaws.com")


def disk(key, **more):
    return {"DeviceName": DATA, "Ebs": {"VolumeSize": 3, **under(key)}, **more}


def spot_fleet(ec2, *specifications, capacity=1, strategy="lowestPrice"):
    """The id of a Spot Fleet."""
    config = {"IamFleetRole": f"arn:aws:iam::{OWNER}:role/fleet", "TargetCapacity": capacity, "SpotPrice": "1"}
    specs = [{"InstanceType": "t3.micro", **each} for each in specifications]
    config |= {"AllocationStrategy": strategy, "LaunchSpecifications": specs}
    return ec2.request_spot_fleet(SpotFleetRequestConfig=config)["SpotFleetRequestId"]


def launched(ec2):
    """The ids of all instances, the oldest first."""
    return [each["InstanceId"] for host in ec2.describe_instances()["Reservations"] for each in host["Instances"]]


def fleet(ec2, *overrides, template, kind="on-demand"):
    """The ids of the instances of an instant fleet of one."""
    made = ec2.create_launch_template(LaunchTemplateName="template", LaunchTemplateData=template)["LaunchTemplate"]
    named = {"LaunchTemplateId": made["LaunchTemplateId"], "Version": "1"}
    answer = ec2.create_fleet(
        LaunchTemplateConfigs=[{"LaunchTemplateSpecification": named, "Overrides": list(overrides)}],
        TargetCapacitySpecification={"TotalTargetCapacity": 1, "DefaultTargetCapacityType": kind},
        Type="instant",
    )
    return [name for each in answer["Instances"] for name in each["InstanceIds"]]


@pytest.mark.parametrize(("may", "state"), [("spotfleet", "running"), ("spot", "terminated"), (None, "terminated")])
def test_a_spot_fleet_launches_the_disks_of_its_specifications_as_its_own_role(owner, ec2, may, state):
    key = cmk(owner, statements=[use(role(may))] if may else [])
    spot_fleet(ec2, {"ImageId": make_image(ec2, make_snapshot(ec2)), "BlockDeviceMappings": [disk(key)]})
    (host,) = launched(ec2)
    assert instance(ec2, host)["State"]["Name"] == state
    if state == "running":
        assert disks(ec2, host)[DATA]["KmsKeyId"] == key


def test_each_specification_has_its_own_disks(owner, ec2):
    image = make_image(ec2, make_snapshot(ec2))
    keys = [cmk(owner, statements=[use(role("spotfleet"))]) for _ in range(2)]
    specs = [{"ImageId": image, "BlockDeviceMappings": [disk(key)]} for key in keys]
    spot_fleet(ec2, *specs, {"ImageId": image}, capacity=3, strategy="diversified")
    assert [disks(ec2, host).get(DATA, {}).get("KmsKeyId") for host in launched(ec2)] == [*keys, None]


def test_what_a_fleet_launches_later_has_them_too(owner, ec2):
    key = cmk(owner, statements=[use(role("spotfleet"))])
    made = spot_fleet(ec2, {"ImageId": make_image(ec2, make_snapshot(ec2)), "BlockDeviceMappings": [disk(key)]})
    ec2.modify_spot_fleet_request(SpotFleetRequestId=made, TargetCapacity=2)
    assert [disks(ec2, host)[DATA]["KmsKeyId"] for host in launched(ec2)] == [key, key]


def test_a_fleet_tells_the_disks_that_it_was_asked_for(owner, ec2):
    asked = disk(cmk(owner, statements=[use(role("spotfleet"))]))
    made = spot_fleet(ec2, {"ImageId": make_image(ec2, make_snapshot(ec2)), "BlockDeviceMappings": [asked]})
    (told,) = ec2.describe_spot_fleet_requests(SpotFleetRequestIds=[made])["SpotFleetRequestConfigs"]
    assert told["SpotFleetRequestConfig"]["LaunchSpecifications"][0]["BlockDeviceMappings"] == [asked]


def test_a_spot_fleet_needs_no_strategy(owner, ec2):
    """SpotFleetRequestConfigData: AllocationStrategy is optional, "Default: lowestPrice"."""
    config = {"IamFleetRole": f"arn:aws:iam::{OWNER}:role/fleet", "TargetCapacity": 1}
    specification = {"InstanceType": "t3.micro", "ImageId": "ami-12345678"}
    made = ec2.request_spot_fleet(SpotFleetRequestConfig={**config, "LaunchSpecifications": [specification]})
    (fleet,) = ec2.describe_spot_fleet_requests(SpotFleetRequestIds=[made["SpotFleetRequestId"]])[
        "SpotFleetRequestConfigs"
    ]
    assert fleet["SpotFleetRequestConfig"]["AllocationStrategy"] == "lowestPrice"
    assert len(launched(ec2)) == 1


def test_a_device_that_is_none_is_not_made_whatever_is_said_of_it(ec2):
    """So that moto's own tests of Spot Fleet launch, whose disks are of a snapshot named ``string``."""
    nothing = {"DeviceName": DATA, "Ebs": {"SnapshotId": "string", "Encrypted": True}, "NoDevice": "string"}
    spot_fleet(ec2, {"ImageId": make_image(ec2, make_snapshot(ec2)), "BlockDeviceMappings": [nothing]})
    (host,) = launched(ec2)
    assert DATA not in disks(ec2, host)


@pytest.mark.parametrize("kind", ["on-demand", "spot"])
@pytest.mark.parametrize(("may", "state"), [("ec2fleet", "running"), ("spot", "terminated")])
def test_an_override_asks_for_disks(owner, ec2, kind, may, state):
    key = cmk(owner, statements=[use(role(may))])
    template = {"ImageId": make_image(ec2, make_snapshot(ec2)), "InstanceType": "t3.micro"}
    (host,) = fleet(ec2, {"BlockDeviceMappings": [disk(key)]}, template=template, kind=kind)
    assert instance(ec2, host)["State"]["Name"] == state
    if state == "running":
        assert disks(ec2, host)[DATA]["KmsKeyId"] == key


@pytest.mark.parametrize("kind", ["on-demand", "spot"])
def test_a_template_of_a_fleet_asks_for_disks(owner, ec2, kind):
    key = cmk(owner, statements=[use(role("ec2fleet"))])
    image = make_image(ec2, make_snapshot(ec2))
    template = {"ImageId": image, "InstanceType": "t3.micro", "BlockDeviceMappings": [disk(key)]}
    (host,) = fleet(ec2, template=template, kind=kind)
    assert disks(ec2, host)[DATA]["KmsKeyId"] == key


def test_a_spot_fleet_of_a_template_has_the_disks_of_the_version_that_it_names(owner, ec2):
    key = cmk(owner, statements=[use(role("spotfleet"))])
    data = {"ImageId": make_image(ec2, make_snapshot(ec2)), "InstanceType": "t3.micro"}
    ec2.create_launch_template(
        LaunchTemplateName="template", LaunchTemplateData={**data, "BlockDeviceMappings": [disk(key)]}
    )
    ec2.create_launch_template_version(LaunchTemplateName="template", LaunchTemplateData=data)
    for version, expected in (("1", key), ("2", None)):
        named = {"LaunchTemplateName": "template", "Version": version}
        config = {"IamFleetRole": f"arn:aws:iam::{OWNER}:role/fleet", "TargetCapacity": 1}
        config |= {
            "LaunchTemplateConfigs": [{"LaunchTemplateSpecification": named}],
            "AllocationStrategy": "lowestPrice",
        }
        ec2.request_spot_fleet(SpotFleetRequestConfig=config)
        assert disks(ec2, launched(ec2)[-1]).get(DATA, {}).get("KmsKeyId") == expected


def test_an_override_lies_over_the_disks_of_its_template(owner, ec2):
    ours, theirs = (cmk(owner, statements=[use(role("ec2fleet"))]) for _ in range(2))
    image = make_image(ec2, make_snapshot(ec2))
    template = {"ImageId": image, "InstanceType": "t3.micro", "BlockDeviceMappings": [disk(theirs)]}
    override = {"BlockDeviceMappings": [{"DeviceName": DATA, "Ebs": {"KmsKeyId": ours}}]}
    (host,) = fleet(ec2, override, template=template)
    assert (disks(ec2, host)[DATA]["KmsKeyId"], disks(ec2, host)[DATA]["Size"]) == (ours, 3)


def test_an_override_that_names_a_key_needs_the_switch(owner, ec2):
    """The words of RunInstances."""
    template = {"ImageId": make_image(ec2, make_snapshot(ec2)), "InstanceType": "t3.micro"}
    override = {"BlockDeviceMappings": [{"DeviceName": DATA, "Ebs": {"VolumeSize": 1, "KmsKeyId": cmk(owner)}}]}
    with refused("InvalidParameterDependency", "The parameter KmsKeyId requires the parameter Encrypted to be set."):
        fleet(ec2, override, template=template)
    assert launched(ec2) == []


def test_a_spot_fleet_of_a_stack_has_its_disks(owner, ec2):
    key = cmk(owner, statements=[use(role("spotfleet"))])
    spec = {"ImageId": make_image(ec2, make_snapshot(ec2)), "InstanceType": "t3.micro"}
    spec["BlockDeviceMappings"] = [disk(key)]
    data = {
        "IamFleetRole": f"arn:aws:iam::{OWNER}:role/fleet",
        "TargetCapacity": 1,
        "AllocationStrategy": "lowestPrice",
    }
    data["LaunchSpecifications"] = [spec]
    resource = {"Type": "AWS::EC2::SpotFleet", "Properties": {"SpotFleetRequestConfigData": data}}
    template = json.dumps({"Resources": {"Fleet": resource}})
    owner.client("cloudformation").create_stack(StackName="stack", TemplateBody=template)
    assert [disks(ec2, host)[DATA]["KmsKeyId"] for host in launched(ec2)] == [key]
