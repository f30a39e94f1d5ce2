"""Launches that EC2 refuses at once, and what it tells of those that KMS refuses afterwards."""

import json

import pytest

import kmsmock
from tests.support.claims import OTHER, OWNER, allow, policy, refused
from tests.support.shared_disks import ZONE, image, key_open_to, share_image, share_snapshot, snapshot, volume

pytestmark = pytest.mark.evidence("reported", "public reports, such as Orange-Cyberdefense/GOAD#304")

ONE = {"MinCount": 1, "MaxCount": 1}
INVALID_KEY = {
    "Code": "Client.InvalidKMSKey.InvalidState",
    "Message": "Client.InvalidKMSKey.InvalidState: The KMS key provided is in an incorrect state",
}
INTERNAL = {"Code": "Client.InternalError", "Message": "Client.InternalError: Client error on launch"}


def not_shared(image_id):
    # "AuthFailure: Not authorized for images: [ami-…] status code: 400", a dozen reports (Orange-Cyberdefense/GOAD#304)
    return "AuthFailure", f"Not authorized for images: [{image_id}]"


def missing(image_id):
    return "InvalidAMIID.NotFound", f"The image id '[{image_id}]' does not exist"


@pytest.fixture
def ec2(other):
    """Of the account that wants to launch."""
    return other.client("ec2")


# --- images that are not one's own ----------------------------------------------------------------------------------


def test_an_image_that_is_not_shared_cannot_be_launched(owner, ec2):
    theirs = image(owner)
    with refused(*not_shared(theirs)):
        ec2.run_instances(ImageId=theirs, **ONE)
    assert ec2.describe_instances()["Reservations"] == []
    share_image(owner, theirs, UserId=OTHER)
    assert ec2.run_instances(ImageId=theirs, **ONE)["Instances"][0]["ImageId"] == theirs


def test_an_image_that_is_shared_no_more_cannot_be_launched(owner, ec2):
    theirs = image(owner)
    share_image(owner, theirs, UserId=OTHER)
    owner.client("ec2").reset_image_attribute(ImageId=theirs, Attribute="launchPermission")
    with refused(*not_shared(theirs)):
        ec2.run_instances(ImageId=theirs, **ONE)


def test_a_template_with_an_image_that_is_not_shared_cannot_be_launched(owner, other, ec2):
    theirs = image(owner)
    ec2.create_launch_template(LaunchTemplateName="template", LaunchTemplateData={"ImageId": theirs})
    with refused(*not_shared(theirs)):
        ec2.run_instances(LaunchTemplate={"LaunchTemplateName": "template"}, **ONE)
    with refused("ValidationError", f"You must use a valid fully-formed launch template. {not_shared(theirs)[1]}"):
        other.client("autoscaling").create_auto_scaling_group(
            AutoScalingGroupName="group",
            MinSize=1,
            MaxSize=1,
            AvailabilityZones=[ZONE],
            LaunchTemplate={"LaunchTemplateName": "template"},
        )


def test_a_spot_request_for_an_image_that_is_not_shared_is_refused(owner, ec2):
    theirs = image(owner)
    with refused(*not_shared(theirs)):
        ec2.request_spot_instances(LaunchSpecification={"ImageId": theirs, "InstanceType": "t3.micro"})
    assert ec2.describe_spot_instance_requests()["SpotInstanceRequests"] == []


def test_an_image_of_another_region_is_not_there(owner):
    theirs = image(owner)
    with refused(*missing(theirs)):
        owner.client("ec2", "eu-west-1").run_instances(ImageId=theirs, **ONE)


def test_an_image_that_was_deregistered_is_not_there(owner):
    mine, ec2 = image(owner), owner.client("ec2")
    ec2.deregister_image(ImageId=mine)
    with refused(*missing(mine)):
        ec2.run_instances(ImageId=mine, **ONE)
    with refused(*missing(mine)):
        ec2.copy_image(Name="copy", SourceImageId=mine, SourceRegion="us-east-1")


# --- what KMS refuses -----------------------------------------------------------------------------------------------


def reason(client, instance_id):
    (instance,) = client.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"]
    return instance["State"]["Name"], instance["StateReason"]


@pytest.mark.parametrize("cause", ["denied", "disabled", "pending deletion"])
def test_a_launch_that_kms_refuses_is_told_as_an_invalid_key(owner, kms, cause):
    # every dated report since October 2023; before that denials were Client.InternalError
    key = kms.create_key()["KeyMetadata"]["Arn"]
    mine = image(owner, key=key)
    client = owner.client("ec2")
    if cause == "denied":
        client = owner.user("launcher", [allow("ec2:*")]).client("ec2")
    elif cause == "disabled":
        kms.disable_key(KeyId=key)
    else:
        kms.schedule_key_deletion(KeyId=key)
    launched = client.run_instances(ImageId=mine, **ONE)["Instances"][0]
    assert launched["State"]["Name"] == "pending"
    assert reason(client, launched["InstanceId"]) == ("terminated", INVALID_KEY)


@pytest.mark.parametrize("cause", ["denied", "disabled"])
def test_a_start_that_kms_refuses_is_told_as_an_internal_error(owner, kms, cause):
    # as "StartInstances: Client.InternalError only"
    key = key_open_to(owner)
    client = owner.client("ec2")
    launched = client.run_instances(ImageId=image(owner, key=key), **ONE)["Instances"][0]["InstanceId"]
    client.stop_instances(InstanceIds=[launched])
    mapped = client.describe_instances(InstanceIds=[launched])["Reservations"][0]["Instances"][0]
    (disk,) = mapped["BlockDeviceMappings"]
    assert client.describe_volumes(VolumeIds=[disk["Ebs"]["VolumeId"]])["Volumes"][0]["KmsKeyId"] == key
    if cause == "denied":
        client = owner.user("starter", [allow("ec2:*")]).client("ec2")
        only_root = {"Effect": "Allow", "Principal": {"AWS": owner.root.arn}, "Action": "kms:*", "Resource": "*"}
        kms.put_key_policy(KeyId=key, Policy=json.dumps(policy(only_root)))
    else:
        kms.disable_key(KeyId=key)
    client.start_instances(InstanceIds=[launched])
    assert reason(client, launched) == ("stopped", INTERNAL)


def test_a_launch_of_a_group_that_kms_refuses_is_told_as_an_invalid_key(owner, kms):
    key = kms.create_key()["KeyMetadata"]["Arn"]  # its policy lets the account's policies decide: not the group's role
    data = {
        "ImageId": "ami-12c6146b",
        "InstanceType": "t3.micro",
        "BlockDeviceMappings": [
            {"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 8, "Encrypted": True, "KmsKeyId": key}}
        ],
    }
    owner.client("ec2").create_launch_template(LaunchTemplateName="template", LaunchTemplateData=data)
    groups = owner.client("autoscaling")
    groups.create_auto_scaling_group(
        AutoScalingGroupName="group",
        MinSize=1,
        MaxSize=1,
        AvailabilityZones=[ZONE],
        LaunchTemplate={"LaunchTemplateName": "template"},
    )
    (activity,) = groups.describe_scaling_activities(AutoScalingGroupName="group")["Activities"]
    assert activity["StatusCode"] == "Failed"
    assert INVALID_KEY["Message"] in activity["StatusMessage"]


# --- volumes that are not there -------------------------------------------------------------------------------------

GONE = "vol-0123456789abcdef0"


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("describe_volumes", {"VolumeIds": [GONE]}),
        ("delete_volume", {"VolumeId": GONE}),
        ("create_snapshot", {"VolumeId": GONE}),
        ("modify_volume", {"VolumeId": GONE, "Size": 10}),
        ("attach_volume", {"VolumeId": GONE, "InstanceId": "INSTANCE", "Device": "/dev/sdf"}),
        ("detach_volume", {"VolumeId": GONE}),
        ("detach_volume", {"VolumeId": GONE, "InstanceId": "INSTANCE", "Device": "/dev/sdf"}),
        ("describe_volumes_modifications", {"VolumeIds": [GONE]}),
    ],
)
def test_a_volume_that_is_not_there_is_named_as_it_was_asked_for(owner, operation, params):
    ec2 = owner.client("ec2")
    launched = ec2.run_instances(ImageId="ami-12c6146b", **ONE)["Instances"][0]["InstanceId"]
    given = {name: launched if value == "INSTANCE" else value for name, value in params.items()}
    with refused("InvalidVolume.NotFound", f"The volume '{GONE}' does not exist."):
        getattr(ec2, operation)(**given)


def test_of_several_volumes_the_missing_one_is_named(owner):
    ec2 = owner.client("ec2")
    with refused("InvalidVolume.NotFound", f"The volume '{GONE}' does not exist."):
        ec2.describe_volumes(VolumeIds=[volume(owner), GONE])


def test_a_snapshot_that_is_not_there_is_named_likewise(owner):
    ec2, gone = owner.client("ec2"), "snap-0123456789abcdef0"
    for call, params in (
        (ec2.describe_snapshots, {"SnapshotIds": [snapshot(owner), gone]}),
        (ec2.delete_snapshot, {"SnapshotId": gone}),
        (ec2.create_volume, {"SnapshotId": gone, "AvailabilityZone": ZONE}),
    ):
        with refused("InvalidSnapshot.NotFound", f"The snapshot '{gone}' does not exist."):
            call(**params)


# --- permissions of EC2 itself on what others share -----------------------------------------------------------------


@pytest.mark.parametrize("enforce", ["model", "all"])
def test_the_owner_needs_no_policy_for_what_he_shares(enforce):
    # images and snapshots are shared by their attributes; the ARNs that policies see have no account
    with kmsmock.World(enforce_iam=enforce) as world:
        owner, other = world.account(OWNER), world.account(OTHER)
        disk = snapshot(owner)
        share_snapshot(owner, disk, UserId=OTHER)
        theirs = owner.client("ec2").register_image(
            Name="image",
            RootDeviceName="/dev/xvda",
            BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": disk}}],
        )["ImageId"]
        share_image(owner, theirs, UserId=OTHER)
        client = other.user("somebody", [allow(["ec2:*", "ebs:*"])]).client("ec2")
        assert client.copy_snapshot(SourceSnapshotId=disk, SourceRegion="us-east-1")["SnapshotId"]
        assert client.create_volume(SnapshotId=disk, AvailabilityZone=ZONE)["SnapshotId"] == disk
        assert client.run_instances(ImageId=theirs, **ONE)["Instances"][0]["ImageId"] == theirs
        assert client.copy_image(Name="copy", SourceImageId=theirs, SourceRegion="us-east-1")["ImageId"]
        assert client.describe_images(ImageIds=[theirs])["Images"][0]["OwnerId"] == OWNER
        blocks = other.user("reader", [allow("ebs:*")]).client("ebs").list_snapshot_blocks(SnapshotId=disk)
        assert blocks["VolumeSize"] == 3
