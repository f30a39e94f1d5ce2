"""What volumes and their modifications tell, and what launches and copies keep.

Recorded: volumes' Attachments have DeleteOnTermination, gp3 volumes Throughput; ModifyVolume's answer has the original
and target types, sizes and IOPS.
"""

import json

import pytest

from tests.support.claims import refused
from tests.support.shared_disks import (
    ZONE,
    disks_of,
    image,
    snapshot,
    volume,
)

pytestmark = pytest.mark.evidence("recorded", "answers of DescribeVolumes and ModifyVolume in public recordings")

ONE = {"MinCount": 1, "MaxCount": 1}
AMAZONS = "ami-760aaa0f"
ROOT = "/dev/xvda"


def described(client, volume_id):
    return client.describe_volumes(VolumeIds=[volume_id])["Volumes"][0]


def performance(entry):
    return {name: entry.get(name) for name in ("VolumeType", "Iops", "Throughput")}


# --- volumes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        # "Amazon EBS volume types": gp3 has 3,000 IOPS and 125 MiB/s unless more is asked for; gp2 3 IOPS a GiB, from
        # 100 to 16,000; only gp3 tells its throughput, magnetic and throughput-optimized disks no IOPS
        ({}, ("gp2", 100, None)),
        ({"VolumeType": "gp2", "Size": 500}, ("gp2", 1500, None)),
        ({"VolumeType": "gp2", "Size": 10000}, ("gp2", 16000, None)),
        ({"VolumeType": "gp3"}, ("gp3", 3000, 125)),
        ({"VolumeType": "gp3", "Iops": 4000, "Throughput": 250, "Size": 10}, ("gp3", 4000, 250)),
        ({"VolumeType": "io2", "Iops": 500, "Size": 10}, ("io2", 500, None)),
        ({"VolumeType": "st1", "Size": 500}, ("st1", None, None)),
        ({"VolumeType": "standard"}, ("standard", None, None)),
    ],
)
@pytest.mark.parametrize("encrypted", [False, True])
def test_a_volume_tells_its_performance(owner, ec2, key, asked, expected, encrypted):
    encryption = {"Encrypted": True, "KmsKeyId": key} if encrypted else {}
    made = ec2.create_volume(**{"AvailabilityZone": ZONE, "Size": 3, **asked, **encryption})
    wanted = dict(zip(("VolumeType", "Iops", "Throughput"), expected, strict=True))
    assert performance(made) == wanted
    seen = described(ec2, made["VolumeId"])
    assert performance(seen) == wanted
    assert (made["MultiAttachEnabled"], seen["MultiAttachEnabled"]) == (False, False)


def test_a_volume_that_several_may_attach_tells_it(ec2):
    made = ec2.create_volume(AvailabilityZone=ZONE, Size=10, VolumeType="io2", Iops=500, MultiAttachEnabled=True)
    assert described(ec2, made["VolumeId"])["MultiAttachEnabled"] is True


def test_a_volume_of_a_snapshot_keeps_what_was_asked_for(owner, ec2, key):
    made = ec2.create_volume(
        AvailabilityZone=ZONE, SnapshotId=snapshot(owner, key), VolumeType="gp3", Iops=3500, Throughput=200
    )
    assert performance(described(ec2, made["VolumeId"])) == {"VolumeType": "gp3", "Iops": 3500, "Throughput": 200}


def test_an_attachment_tells_whether_the_volume_goes_with_the_instance(amazons, owner, ec2):
    launched = ec2.run_instances(ImageId=AMAZONS, **ONE)["Instances"][0]["InstanceId"]
    (root,) = disks_of(owner, launched).values()
    assert root["Attachments"][0]["DeleteOnTermination"] is True
    disk = volume(owner)
    attached = ec2.attach_volume(VolumeId=disk, InstanceId=launched, Device="/dev/sdf")
    assert attached["DeleteOnTermination"] is False
    assert described(ec2, disk)["Attachments"][0]["DeleteOnTermination"] is False
    (detached) = ec2.detach_volume(VolumeId=disk)
    assert detached["DeleteOnTermination"] is False
    changed = [{"DeviceName": root["Attachments"][0]["Device"], "Ebs": {"DeleteOnTermination": False}}]
    ec2.modify_instance_attribute(InstanceId=launched, BlockDeviceMappings=changed)
    assert described(ec2, root["VolumeId"])["Attachments"][0]["DeleteOnTermination"] is False


@pytest.mark.parametrize(
    ("before", "change", "original", "target"),
    [
        (
            {"VolumeType": "gp3"},
            {"Size": 10},
            ("gp3", 3, 3000, 125, False),
            ("gp3", 10, 3000, 125, False),
        ),
        (
            {"VolumeType": "gp3", "Size": 10},
            {"Iops": 4000, "Throughput": 250},
            ("gp3", 10, 3000, 125, False),
            ("gp3", 10, 4000, 250, False),
        ),
        ({"Size": 10}, {"VolumeType": "gp3"}, ("gp2", 10, 100, None, False), ("gp3", 10, 3000, 125, False)),
        (
            {"VolumeType": "gp3", "Size": 10},
            {"VolumeType": "io2", "Iops": 500},
            ("gp3", 10, 3000, 125, False),
            ("io2", 10, 500, None, False),
        ),
        (  # "If you change the volume type to io1, io2, or gp3, the default is 3,000." (ModifyVolume, Iops)
            {"VolumeType": "gp3", "Size": 10, "Iops": 4000},
            {"VolumeType": "io2"},
            ("gp3", 10, 4000, 125, False),
            ("io2", 10, 3000, None, False),
        ),
        (
            {"Size": 10},
            {"VolumeType": "io1"},
            ("gp2", 10, 100, None, False),
            ("io1", 10, 3000, None, False),
        ),
        (
            {"VolumeType": "gp3", "Size": 500},
            {"VolumeType": "st1"},
            ("gp3", 500, 3000, 125, False),
            ("st1", 500, None, None, False),
        ),
        ({"Size": 100}, {"Size": 200}, ("gp2", 100, 300, None, False), ("gp2", 200, 600, None, False)),
    ],
)
def test_a_modification_tells_both_sides(ec2, key, before, change, original, target):
    made = ec2.create_volume(**{"AvailabilityZone": ZONE, "Size": 3, "Encrypted": True, "KmsKeyId": key, **before})
    answer = ec2.modify_volume(VolumeId=made["VolumeId"], **change)["VolumeModification"]
    names = ("VolumeType", "Size", "Iops", "Throughput", "MultiAttachEnabled")
    assert tuple(answer.get(f"Original{name}") for name in names) == original
    assert tuple(answer.get(f"Target{name}") for name in names) == target
    (listed,) = ec2.describe_volumes_modifications(VolumeIds=[made["VolumeId"]])["VolumesModifications"]
    assert tuple(listed.get(f"Original{name}") for name in names) == original
    assert tuple(listed.get(f"Target{name}") for name in names) == target
    seen = described(ec2, made["VolumeId"])
    assert (seen["VolumeType"], seen["Size"], seen.get("Iops"), seen.get("Throughput")) == target[:4]
    assert seen["KmsKeyId"] == key


# --- what a launch makes of its mappings ----------------------------------------------------------------------------

FAST = {"VolumeType": "gp3", "Iops": 4000, "Throughput": 200}


def mapping(**ebs):
    return [{"DeviceName": ROOT, "Ebs": {"VolumeSize": 10, **ebs}}]


@pytest.mark.parametrize("ebs", [{"VolumeType": "standard"}, {"VolumeType": "gp3", "Iops": 3000}, {"Encrypted": False}])
def test_a_disk_needs_a_size_or_a_snapshot(ec2, ebs):
    # moto's tests (test_ec2/test_instances.py, test_run_instance_with_block_device_mappings_missing_size)
    disk = {"DeviceName": "/dev/sdf", "Ebs": ebs}
    with refused("MissingParameter", "The request must contain the parameter size or snapshotId"):
        ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, BlockDeviceMappings=[disk])


def test_a_shaped_disk_beside_the_root_of_an_image_of_amazons_leaves_the_root_there(ec2):
    # moto's tests (test_autoscaling/test_launch_configurations.py, ..._volumes_are_created); "Block device mappings": a
    # launch adds devices to those of the image
    disk = {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 10, "VolumeType": "standard"}}
    launched = ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, BlockDeviceMappings=[disk])
    instance = launched["Instances"][0]
    attached = [{"Name": "attachment.instance-id", "Values": [instance["InstanceId"]]}]
    volumes = ec2.describe_volumes(Filters=attached)["Volumes"]
    seen = {each["Attachments"][0]["Device"]: (each["Size"], each["VolumeType"]) for each in volumes}
    assert seen == {instance["RootDeviceName"]: (8, "gp2"), "/dev/sdf": (10, "standard")}


@pytest.mark.parametrize("kind", ["plain", "encrypted"])
def test_a_launched_volume_is_of_the_type_that_was_asked_for(owner, ec2, key, kind):
    encryption = {"Encrypted": True, "KmsKeyId": key} if kind == "encrypted" else {}
    disks = mapping(**FAST, **encryption)
    made = ec2.run_instances(ImageId=image(owner), BlockDeviceMappings=disks, **ONE)["Instances"][0]["InstanceId"]
    disk = disks_of(owner, made)[ROOT]
    assert performance(disk) == FAST
    assert (disk["Size"], disk["Encrypted"]) == (10, kind == "encrypted")


def test_a_launched_volume_is_of_the_type_that_the_image_says(owner, ec2, key):
    disks = [{"DeviceName": ROOT, "Ebs": {"SnapshotId": snapshot(owner, key), **FAST}}]
    mine = ec2.register_image(Name="image", RootDeviceName=ROOT, BlockDeviceMappings=disks)["ImageId"]
    made = ec2.run_instances(ImageId=mine, **ONE)["Instances"][0]["InstanceId"]
    assert performance(disks_of(owner, made)[ROOT]) == FAST


def test_an_amazon_image_with_an_encrypted_disk_keeps_its_type(amazons, owner, ec2, key):
    disks = mapping(**FAST, Encrypted=True, KmsKeyId=key)
    made = ec2.run_instances(ImageId=AMAZONS, BlockDeviceMappings=disks, **ONE)["Instances"][0]["InstanceId"]
    assert performance(disks_of(owner, made)[ROOT]) == FAST


def test_a_volume_launched_from_a_template_is_of_its_type(owner, ec2, key):
    data = {"ImageId": image(owner), "BlockDeviceMappings": mapping(**FAST, Encrypted=True, KmsKeyId=key)}
    ec2.create_launch_template(LaunchTemplateName="template", LaunchTemplateData=data)
    named = {"LaunchTemplateName": "template"}
    made = ec2.run_instances(LaunchTemplate=named, **ONE)["Instances"][0]["InstanceId"]
    assert performance(disks_of(owner, made)[ROOT]) == FAST


def test_a_volume_launched_by_a_group_is_of_its_templates_type(owner, ec2):
    data = {
        "ImageId": image(owner),
        "InstanceType": "t3.micro",
        "BlockDeviceMappings": mapping(**FAST, Encrypted=True),
    }
    ec2.create_launch_template(LaunchTemplateName="template", LaunchTemplateData=data)
    owner.client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName="group",
        MinSize=1,
        MaxSize=1,
        AvailabilityZones=[ZONE],
        LaunchTemplate={"LaunchTemplateName": "template"},
    )
    (group,) = owner.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    assert performance(disks_of(owner, group["Instances"][0]["InstanceId"])[ROOT]) == FAST


def test_a_volume_of_a_spot_instance_is_of_the_type_that_was_asked_for(owner, ec2):
    asked = {"ImageId": image(owner), "BlockDeviceMappings": mapping(**FAST, Encrypted=True)}
    (request,) = ec2.request_spot_instances(LaunchSpecification=asked)["SpotInstanceRequests"]
    assert performance(disks_of(owner, request["InstanceId"])[ROOT]) == FAST


def test_a_launched_volume_that_stays_is_told_so(owner, ec2, key):
    disks = mapping(Encrypted=True, KmsKeyId=key, DeleteOnTermination=False)
    made = ec2.run_instances(ImageId=image(owner), BlockDeviceMappings=disks, **ONE)["Instances"][0]["InstanceId"]
    assert disks_of(owner, made)[ROOT]["Attachments"][0]["DeleteOnTermination"] is False


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_volume_of_a_stack_is_of_the_type_that_its_template_says(owner, ec2, key, encrypted):
    encryption = {"Encrypted": True, "KmsKeyId": key} if encrypted else {}
    asked = {"AvailabilityZone": ZONE, "Size": 10, **FAST, **encryption}
    template = {"Resources": {"Disk": {"Type": "AWS::EC2::Volume", "Properties": asked}}}
    owner.client("cloudformation").create_stack(StackName="stack", TemplateBody=json.dumps(template))
    (disk,) = ec2.describe_volumes()["Volumes"]
    assert performance(disk) == FAST
    assert disk["Encrypted"] is encrypted


TAGS = [{"Key": "name", "Value": "copy"}]


# --- CopySnapshot ---------------------------------------------------------------------------------------------------


def test_a_copied_snapshot_is_tagged_and_told_so(owner, ec2):
    # botocore's CopySnapshotResult, Tags: "Any tags applied to the new snapshot"
    specifications = [{"ResourceType": "snapshot", "Tags": TAGS}]
    made = ec2.copy_snapshot(
        SourceSnapshotId=snapshot(owner), SourceRegion="us-east-1", TagSpecifications=specifications
    )
    assert made["Tags"] == TAGS
    assert ec2.describe_snapshots(SnapshotIds=[made["SnapshotId"]])["Snapshots"][0]["Tags"] == TAGS


@pytest.mark.parametrize("specification", [{"ResourceType": "snapshot"}, {"ResourceType": "snapshot", "Tags": []}])
def test_a_copied_snapshot_with_a_specification_of_no_tags_is_refused(owner, ec2, specification):
    # users show it of all operations that create, and moto refuses it in the same words; both are the same on the wire
    with refused("InvalidParameterValue", "Tag specification must have at least one tag"):
        ec2.copy_snapshot(SourceSnapshotId=snapshot(owner), SourceRegion="us-east-1", TagSpecifications=[specification])


def test_a_copied_snapshot_without_a_specification_has_no_tags(owner, ec2):
    source = snapshot(owner)
    made = ec2.copy_snapshot(SourceSnapshotId=source, SourceRegion="us-east-1", TagSpecifications=[])
    assert made.get("Tags", []) == []
