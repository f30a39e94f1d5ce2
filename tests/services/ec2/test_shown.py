"""What EC2 tells of disks and images, and what becomes of disks that launches of other services ask for."""

import pytest

from tests.support.claims import OWNER
from tests.support.ec2 import (
    DATA,
    ROOT,
    cmk,
    copy_image,
    disks,
    image,
    instance,
    launch,
    make_image,
    make_snapshot,
    make_volume,
    running,
    share_image,
    snapshot,
    under,
    volume,
)
from tests.support.policies import use

pytestmark = pytest.mark.evidence("documented", "DescribeVolumes and DescribeImages (EC2 API reference)")

SPOT_ROLE = f"arn:aws:iam::{OWNER}:role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot"


@pytest.mark.parametrize("encrypted", [True, False])
def test_what_is_encrypted_tells_its_type_of_encryption(ec2, kms_key, encrypted):
    key, expected = (kms_key, "sse-kms") if encrypted else ("", None)
    made = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1, **under(key))
    snapped = ec2.create_snapshot(VolumeId=made["VolumeId"])
    told = [made, snapped, volume(ec2, made["VolumeId"]), snapshot(ec2, snapped["SnapshotId"])]
    assert [each.get("SseType") for each in told] == [expected] * 4


@pytest.mark.parametrize("question", ["volumes", "snapshots"])
def test_what_is_encrypted_is_found_by_that(ec2, kms_key, question):
    for key in (kms_key, ""):
        made = {"volumes": make_volume, "snapshots": make_snapshot}[question](ec2, key)
        wanted = [{"Name": "encrypted", "Values": ["true" if key else "false"]}]
        options = {"OwnerIds": ["self"]} if question == "snapshots" else {}
        told = getattr(ec2, f"describe_{question}")(Filters=wanted, **options)[question.capitalize()]
        found = {each.get("SnapshotId") if question == "snapshots" else each["VolumeId"] for each in told}
        assert made in found
        assert all(each["Encrypted"] is bool(key) for each in told)


def test_an_encrypted_volume_is_modified_and_stays_under_its_key(ec2, kms_key):
    made = make_volume(ec2, kms_key)
    ec2.modify_volume(VolumeId=made, Size=5, VolumeType="gp3")
    (found,) = ec2.describe_volumes_modifications(VolumeIds=[made])["VolumesModifications"]
    assert (found["OriginalSize"], found["TargetSize"]) == (1, 5)
    after = volume(ec2, made)
    assert (after["Size"], after["VolumeType"], after["KmsKeyId"]) == (5, "gp3", kms_key)


def test_the_root_device_is_the_one_that_the_image_was_registered_with(owner, other, ec2):
    made = make_image(ec2, make_snapshot(ec2, cmk(owner, other)))
    share_image(ec2, made, other)
    theirs = other.client("ec2")
    again = ec2.create_image(InstanceId=running(ec2, made), Name="again")["ImageId"]
    for each in (made, copy_image(ec2, made), again):
        assert image(ec2, each)["RootDeviceName"] == ROOT
    for client in (ec2, theirs):
        assert instance(client, launch(client, made))["RootDeviceName"] == ROOT


def test_a_launch_without_a_device_of_the_image_has_none(ec2, kms_key):
    made = make_image(ec2, make_snapshot(ec2), make_snapshot(ec2, kms_key))
    host = running(ec2, made, BlockDeviceMappings=[{"DeviceName": "/dev/sdb", "NoDevice": ""}])
    assert set(disks(ec2, host)) == {ROOT}


# --- Spot Instances ---------------------------------------------------------------------------------------------------


def request(ec2, image_id, **options):
    """The id of the instance of a Spot request."""
    specification = {"ImageId": image_id, "InstanceType": "t3.micro", **options}
    ec2.request_spot_instances(SpotPrice="1", LaunchSpecification=specification)
    (made,) = ec2.describe_spot_instance_requests()["SpotInstanceRequests"]
    return made["InstanceId"]


@pytest.mark.parametrize("may", [True, False])
def test_a_spot_instance_has_the_disks_that_its_request_asks_for(owner, ec2, may):
    ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)
    owner.client("iam").create_service_linked_role(AWSServiceName="spot.amazonaws.com")
    key = cmk(owner, statements=[use(SPOT_ROLE)] if may else [])
    mappings = [{"DeviceName": DATA, "Ebs": {"VolumeSize": 3, **under(key)}}]
    host = request(ec2, make_image(ec2, make_snapshot(ec2)), BlockDeviceMappings=mappings)
    assert instance(ec2, host)["State"]["Name"] == ("running" if may else "terminated")
    if may:
        assert {device: each.get("KmsKeyId") for device, each in disks(ec2, host).items()} == {ROOT: None, DATA: key}
