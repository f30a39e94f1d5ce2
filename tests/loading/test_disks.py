"""Disks, snapshots and images of plans, and with whom they are shared: made, or named with what is not known."""

import pytest

from tests.loading.test_terraform_and_dumps import changed, loaded, plan, policy, refers, resource
from tests.support.claims import OTHER, OWNER

pytestmark = pytest.mark.evidence("documented", "Share an AMI with specific AWS accounts; Terraform AWS provider")
__all__ = ["loaded"]
REGION = "eu-west-1"
VOLUME, SNAPSHOT, IMAGE = "aws_ebs_volume.root", "aws_ebs_snapshot.root", "aws_ami.golden"
LAUNCH, VOLUMES = f'aws_ami_launch_permission.to["{OTHER}"]', "aws_snapshot_create_volume_permission.to"


def shared(address, **values):
    kind, _, name = address.partition(".")
    return {**resource("a.b"), "address": address, "type": kind, "name": name.partition("[")[0], "values": values}


def golden(account):
    """A plan that makes an image over a snapshot under its own key, and shares both."""
    return plan(
        resource("aws_kms_key.images", policy=policy(f"arn:aws:iam::{OWNER}:root")),
        resource(VOLUME, availability_zone="eu-west-1a", size=9, encrypted=True),
        resource(SNAPSHOT),
        resource(IMAGE, name="golden", root_device_name="/dev/xvda", ebs_block_device=[{"device_name": "/dev/xvda"}]),
        shared(LAUNCH, account_id=account),
        shared(VOLUMES, account_id=account),
        changes=[
            changed(VOLUME, {"kms_key_id": True}),
            changed(SNAPSHOT, {"volume_id": True, "encrypted": True, "kms_key_id": True}),
            changed(IMAGE, {"ebs_block_device": [{"snapshot_id": True}]}),
            changed(LAUNCH, {"image_id": True}),
            changed(VOLUMES, {"snapshot_id": True}),
        ],
        configured=[
            refers(VOLUME, kms_key_id="aws_kms_key.images.arn"),
            refers(SNAPSHOT, volume_id=f"{VOLUME}.id"),
            refers(IMAGE, ebs_block_device=[{"snapshot_id": {"references": [f"{SNAPSHOT}.id", SNAPSHOT]}}]),
            refers(LAUNCH.partition("[")[0], image_id=f"{IMAGE}.id"),
            refers(VOLUMES, snapshot_id=f"{SNAPSHOT}.id"),
        ],
    )


def test_an_image_and_its_snapshot_are_shared_with_whom_the_plan_says(aws_world, loaded):
    told = loaded(golden(OTHER))
    assert told.ignored == ()
    assert {each.what for each in told.unknown} <= {"encrypted", "kms_key_id"}
    image, snapshot = (told[each].rpartition("/")[2] for each in (IMAGE, SNAPSHOT))
    partner = aws_world.account(OTHER).client("ec2", REGION)
    (seen,) = partner.describe_images(ImageIds=[image])["Images"]
    assert (seen["Name"], seen["OwnerId"]) == ("golden", OWNER)
    (disk,) = seen["BlockDeviceMappings"]
    assert (disk["Ebs"]["Encrypted"], disk["Ebs"]["SnapshotId"]) == (True, snapshot)
    (kept,) = aws_world.account(OWNER).client("ec2", REGION).describe_snapshots(SnapshotIds=[snapshot])["Snapshots"]
    assert (kept["KmsKeyId"], kept["VolumeSize"]) == (told["aws_kms_key.images"], 9)
    allowed = (
        aws_world.account(OWNER)
        .client("ec2", REGION)
        .describe_snapshot_attribute(SnapshotId=snapshot, Attribute="createVolumePermission")
    )
    assert allowed["CreateVolumePermissions"] == [{"UserId": OTHER}]
    started = (
        aws_world.account(OWNER)
        .client("ec2", REGION)
        .describe_image_attribute(ImageId=image, Attribute="launchPermission")
    )
    assert started["LaunchPermissions"] == [{"UserId": OTHER}]


def test_further_disks_of_an_image_are_told(loaded):
    document = golden(OTHER)
    image = next(each for each in document["planned_values"]["root_module"]["resources"] if each["address"] == IMAGE)
    image["values"]["ebs_block_device"].append({"device_name": "/dev/sdb"})
    assert [str(each) for each in loaded(document).ignored] == [
        f"plan.json, {IMAGE}: ebs_block_device: of an image one disk is made, that of the first snapshot"
    ]


def test_a_copy_of_an_image_that_is_not_loaded_is_under_its_key(aws_world, loaded):
    copy = "aws_ami_copy.ours"
    given = {"name": "ours", "source_ami_id": "ami-0123456789abcdef0", "source_ami_region": REGION, "encrypted": True}
    told = loaded(
        plan(
            resource("aws_kms_key.images", policy=policy(f"arn:aws:iam::{OWNER}:root")),
            resource(copy, **given),
            changes=[changed(copy, {"kms_key_id": True})],
            configured=[refers(copy, kms_key_id="aws_kms_key.images.arn")],
        )
    )
    assert (told.ignored, told.unknown) == ((), ())
    assert told.notes[-1].endswith("a source that was not loaded is taken to be empty")
    ec2 = aws_world.account(OWNER).client("ec2", REGION)
    (image,) = ec2.describe_images(ImageIds=[told[copy].rpartition("/")[2]])["Images"]
    (kept,) = ec2.describe_snapshots(SnapshotIds=[image["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]])["Snapshots"]
    assert kept["KmsKeyId"] == told["aws_kms_key.images"]


def test_what_is_shared_but_not_loaded_is_named(loaded):
    told = loaded(
        plan(
            shared(LAUNCH, account_id=OTHER, image_id="ami-0123456789abcdef0"),
            shared(VOLUMES, account_id=OTHER, snapshot_id="snap-0123456789abcdef0"),
        )
    )
    assert told.taken == ()
    assert [str(each) for each in told.ignored] == [
        f"plan.json, {LAUNCH}: image permission: ImageId: ami-0123456789abcdef0 is not loaded",
        f"plan.json, {VOLUMES}: snapshot permission: SnapshotId: snap-0123456789abcdef0 is not loaded",
    ]


@pytest.mark.kmsmock(delays=True)
def test_the_clock_stays_where_it_is_though_copies_take_time_in_this_world(aws_world, loaded):
    aws_world.clock.freeze("2030-01-01")
    before = aws_world.clock.now()
    assert loaded(golden(OTHER)).ignored == ()
    assert aws_world.clock.now() == before
    ec2 = aws_world.account(OWNER).client("ec2", REGION)
    volume = ec2.create_volume(AvailabilityZone="eu-west-1a", Size=1)
    ec2.get_waiter("volume_available").wait(VolumeIds=[volume["VolumeId"]])
    assert ec2.create_snapshot(VolumeId=volume["VolumeId"])["State"] == "pending"  # as before it was loaded
