"""What images tell, and what is kept by what is made of them.

Recorded: DescribeImages always has Architecture, VirtualizationType, Hypervisor and ImageLocation.
"""

import pytest

from tests.support.claims import OTHER, OWNER, refused
from tests.support.shared_disks import (
    disks_of,
    image,
    images_of,
    key_open_to,
    share_image,
    share_snapshot,
    snapshot,
    volume,
)

pytestmark = pytest.mark.evidence("recorded", "answers of DescribeImages in public recordings")

ONE = {"MinCount": 1, "MaxCount": 1}
AMAZONS = "ami-760aaa0f"
ROOT = "/dev/xvda"


SEEN = ("Architecture", "VirtualizationType", "Hypervisor", "ImageLocation", "RootDeviceType", "PlatformDetails")
GIVEN = {
    "Description": "what it is",
    "Architecture": "arm64",
    "VirtualizationType": "hvm",
    "EnaSupport": True,
    "SriovNetSupport": "simple",
    "BootMode": "uefi",
    "TpmSupport": "v2.0",
    "ImdsSupport": "v2.0",
}


def told(entry, names):
    return {name: entry.get(name) for name in names}


def entry(client, image_id):
    return client.describe_images(ImageIds=[image_id])["Images"][0]


def test_an_image_tells_the_defaults_of_what_was_not_said(owner, ec2):
    # botocore's RegisterImage: Architecture "Default: For Amazon EBS-backed AMIs, i386", VirtualizationType "Default:
    # paravirtual"; ImageLocation is the owner and the name
    expected = {
        "Architecture": "i386",
        "VirtualizationType": "paravirtual",
        "Hypervisor": "xen",
        "ImageLocation": f"{OWNER}/image",
        "RootDeviceType": "ebs",
        "PlatformDetails": "Linux/UNIX",
    }
    assert told(entry(ec2, image(owner)), SEEN) == expected


def test_an_image_tells_what_it_was_registered_with(owner, ec2):
    mine = image(owner, **GIVEN)
    assert told(entry(ec2, mine), GIVEN) == GIVEN
    found = ec2.describe_images(Owners=["self"], Filters=[{"Name": "architecture", "Values": ["arm64"]}])
    assert images_of(found) == {mine}


def test_others_are_told_the_same_of_a_shared_image(owner, other):
    mine = image(owner, **GIVEN)
    share_image(owner, mine, UserId=OTHER)
    seen = entry(other.client("ec2"), mine)
    assert told(seen, GIVEN) == GIVEN
    assert seen["ImageLocation"] == f"{OWNER}/image"


@pytest.mark.parametrize("name", ["xvda", "sda1"])
def test_an_image_of_an_instance_is_like_the_image_that_it_was_launched_from(owner, ec2, name):
    device = f"/dev/{name}"
    disks = [{"DeviceName": device, "Ebs": {"SnapshotId": snapshot(owner), "VolumeType": "gp3"}}]
    mine = ec2.register_image(Name="image", RootDeviceName=device, BlockDeviceMappings=disks, **GIVEN)["ImageId"]
    launched = ec2.run_instances(ImageId=mine, **ONE)["Instances"][0]["InstanceId"]
    made = entry(ec2, ec2.create_image(InstanceId=launched, Name="of-instance")["ImageId"])
    kept = {name: value for name, value in GIVEN.items() if name != "Description"}
    assert told(made, kept) == kept
    assert (made["ImageLocation"], made["RootDeviceType"]) == (f"{OWNER}/of-instance", "ebs")
    assert (made["SourceInstanceId"], made["RootDeviceName"]) == (launched, device)
    assert made["BlockDeviceMappings"][0]["Ebs"]["VolumeType"] == "gp3"


def test_an_image_of_an_amazon_instance_is_like_amazons(amazons, ec2):
    amazons = entry(ec2, AMAZONS)
    launched = ec2.run_instances(ImageId=AMAZONS, **ONE)["Instances"][0]["InstanceId"]
    made = entry(ec2, ec2.create_image(InstanceId=launched, Name="image")["ImageId"])
    for name in ("Architecture", "VirtualizationType", "Hypervisor", "Platform"):
        assert made.get(name) == amazons.get(name)


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_a_copy_of_an_image_is_like_its_source(owner, key, region):
    source = image(owner, **GIVEN)
    client = owner.client("ec2", region)
    made = client.copy_image(Name="copy", SourceImageId=source, SourceRegion="us-east-1")["ImageId"]
    copy = entry(client, made)
    kept = {name: value for name, value in GIVEN.items() if name != "Description"}
    assert told(copy, kept) == kept
    assert told(copy, SEEN) == {**told(entry(owner.client("ec2"), source), SEEN), "ImageLocation": f"{OWNER}/copy"}
    assert (copy["SourceImageId"], copy["SourceImageRegion"]) == (source, "us-east-1")


def test_a_copy_of_a_windows_image_is_one(amazons, owner, ec2):
    windows = next(each for each in ec2.describe_images(Owners=["amazon"])["Images"] if each.get("Platform"))
    launched = ec2.run_instances(ImageId=windows["ImageId"], **ONE)["Instances"][0]["InstanceId"]
    source = ec2.create_image(InstanceId=launched, Name="windows")["ImageId"]
    made = ec2.copy_image(Name="copy", SourceImageId=source, SourceRegion="us-east-1")["ImageId"]
    assert (entry(ec2, source)["Platform"], entry(ec2, made)["Platform"]) == ("windows", "windows")


def test_a_copy_of_another_accounts_image_belongs_to_who_made_it(owner, other):
    disk = snapshot(owner)
    mapping = [{"DeviceName": ROOT, "Ebs": {"SnapshotId": disk}}]
    source = owner.client("ec2").register_image(
        Name="image", RootDeviceName=ROOT, BlockDeviceMappings=mapping, **GIVEN
    )["ImageId"]
    share_image(owner, source, UserId=OTHER)
    share_snapshot(owner, disk, UserId=OTHER)
    client = other.client("ec2")
    copy = entry(client, client.copy_image(Name="copy", SourceImageId=source, SourceRegion="us-east-1")["ImageId"])
    assert (copy["OwnerId"], copy["ImageLocation"], copy["Architecture"]) == (OTHER, f"{OTHER}/copy", "arm64")


TAGS = [{"Key": "name", "Value": "copy"}]


def tags_of_disks(client, entry):
    named = [each["Ebs"]["SnapshotId"] for each in entry["BlockDeviceMappings"]]
    return [each.get("Tags", []) for each in client.describe_snapshots(SnapshotIds=named)["Snapshots"]]


def test_a_copy_of_an_image_and_its_snapshots_get_the_tags_that_were_asked_for(owner, ec2):
    # botocore's CopyImage, TagSpecifications: "To tag the new AMI, ... ResourceType must be image. To tag the new
    # snapshots, ... snapshot. The same tag is applied to all of the new snapshots."
    specifications = [{"ResourceType": kind, "Tags": TAGS} for kind in ("image", "snapshot")]
    made = ec2.copy_image(
        Name="copy", SourceImageId=image(owner), SourceRegion="us-east-1", TagSpecifications=specifications
    )["ImageId"]
    copy = entry(ec2, made)
    assert copy["Tags"] == TAGS
    assert tags_of_disks(ec2, copy) == [TAGS]


def test_only_the_snapshots_of_a_copy_are_tagged(owner, ec2):
    only = [{"ResourceType": "snapshot", "Tags": TAGS}]
    source = image(owner)
    made = ec2.copy_image(Name="copy", SourceImageId=source, SourceRegion="us-east-1", TagSpecifications=only)
    copy = entry(ec2, made["ImageId"])
    assert copy.get("Tags", []) == []
    assert tags_of_disks(ec2, copy) == [TAGS]


def test_the_image_of_an_instance_and_its_snapshots_get_the_tags_that_were_asked_for(owner, ec2):
    launched = ec2.run_instances(ImageId=image(owner), **ONE)["Instances"][0]["InstanceId"]
    specifications = [{"ResourceType": kind, "Tags": TAGS} for kind in ("image", "snapshot")]
    made = ec2.create_image(InstanceId=launched, Name="of-instance", TagSpecifications=specifications)["ImageId"]
    assert entry(ec2, made)["Tags"] == TAGS
    assert tags_of_disks(ec2, entry(ec2, made)) == [TAGS]


def test_an_image_of_an_instance_takes_changes_of_its_disks(owner, ec2, key):
    # botocore's EbsBlockDevice, Encrypted: for CreateImage true or false for a new (empty) volume, nothing but false for
    # an unencrypted one, and for an encrypted one either, "if you specify false, the parameter is ignored"
    launched = ec2.run_instances(ImageId=image(owner, key=key), **ONE)["Instances"][0]["InstanceId"]
    asked = [
        {"DeviceName": ROOT, "Ebs": {"VolumeSize": 20, "VolumeType": "gp3", "Encrypted": False}},
        {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 5, "Encrypted": True}},
    ]
    made = entry(ec2, ec2.create_image(InstanceId=launched, Name="changed", BlockDeviceMappings=asked)["ImageId"])
    root, added = (each["Ebs"] for each in made["BlockDeviceMappings"])
    assert (root["VolumeSize"], root["VolumeType"], root["Encrypted"]) == (20, "gp3", True)
    assert (added["VolumeSize"], added["Encrypted"], "SnapshotId" in added) == (5, True, False)
    again = ec2.run_instances(ImageId=made["ImageId"], **ONE)["Instances"][0]["InstanceId"]
    assert {name: disk["Encrypted"] for name, disk in disks_of(owner, again).items()} == {ROOT: True, "/dev/sdf": True}


def test_an_image_of_an_instance_leaves_out_what_it_is_told_to(owner, ec2):
    launched = ec2.run_instances(ImageId=image(owner), **ONE)["Instances"][0]["InstanceId"]
    ec2.attach_volume(VolumeId=volume(owner), InstanceId=launched, Device="/dev/sdf")
    asked = [{"DeviceName": "/dev/sdf", "NoDevice": ""}]
    made = ec2.create_image(InstanceId=launched, Name="small", BlockDeviceMappings=asked)["ImageId"]
    assert [each["DeviceName"] for each in entry(ec2, made)["BlockDeviceMappings"]] == [ROOT]


@pytest.mark.evidence("assumed", "that it fails is documented; code and text are chosen here")
def test_an_image_does_not_encrypt_what_is_not_encrypted(owner, ec2):
    launched = ec2.run_instances(ImageId=image(owner), **ONE)["Instances"][0]["InstanceId"]
    asked = [{"DeviceName": ROOT, "Ebs": {"Encrypted": True}}]
    with refused("InvalidParameterCombination"):  # that it fails is documented, code and text are unverified
        ec2.create_image(InstanceId=launched, Name="image", BlockDeviceMappings=asked)


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_a_copy_of_amazons_image_is_encrypted_if_that_is_asked_for(amazons, owner, region):
    key = key_open_to(owner, region=region)
    client = owner.client("ec2", region)
    made = client.copy_image(
        Name="copy", SourceImageId=AMAZONS, SourceRegion="us-east-1", Encrypted=True, KmsKeyId=key
    )["ImageId"]
    copy = entry(client, made)
    (mapped,) = copy["BlockDeviceMappings"]
    assert (copy["OwnerId"], copy["RootDeviceName"], mapped["Ebs"]["Encrypted"]) == (OWNER, ROOT, True)
    (disk,) = client.describe_snapshots(SnapshotIds=[mapped["Ebs"]["SnapshotId"]])["Snapshots"]
    assert (disk["KmsKeyId"], disk["OwnerId"]) == (key, OWNER)


def test_a_copy_of_amazons_image_without_more_is_plain(amazons, owner, ec2):
    made = ec2.copy_image(Name="copy", SourceImageId=AMAZONS, SourceRegion="us-east-1")["ImageId"]
    (mapped,) = entry(ec2, made)["BlockDeviceMappings"]
    assert mapped["Ebs"]["Encrypted"] is False
    launched = ec2.run_instances(ImageId=made, **ONE)["Instances"][0]["InstanceId"]
    assert disks_of(owner, launched)[ROOT]["Encrypted"] is False


def test_amazons_images_tell_the_four_fields_and_who_made_them(amazons, ec2):
    for each in ec2.describe_images(Owners=["amazon"])["Images"][:50]:
        assert {"Architecture", "VirtualizationType", "Hypervisor", "ImageLocation"} <= each.keys()


def test_the_key_of_a_copied_image_is_that_of_the_request(owner, ec2):
    key = key_open_to(owner)
    made = ec2.copy_image(
        Name="copy", SourceImageId=image(owner), SourceRegion="us-east-1", Encrypted=True, KmsKeyId=key
    )
    (disk,) = entry(ec2, made["ImageId"])["BlockDeviceMappings"]
    assert disk["Ebs"]["Encrypted"] is True
