"""TagSpecifications are for what an operation makes.

EC2 API reference, CreateImage, CopyImage and RegisterImage: "If you specify other values for ResourceType, the request
fails". The text is the one of moto's tests (tests/test_ec2/test_amis.py, test_create_image_with_tag_specification).
"""

import pytest

from tests.support.claims import refused
from tests.support.shared_disks import image, snapshot, volume

pytestmark = pytest.mark.evidence(
    "documented", "CreateImage, CopyImage, RegisterImage (EC2 API reference); the text is that of moto's tests"
)

TAGS = [{"Key": "k", "Value": "v"}]
WHERE = {"SourceRegion": "us-east-1"}
MAKES = {
    "copy_image": lambda owner, ec2: {"SourceImageId": image(owner), "Name": "copy", **WHERE},
    "copy_snapshot": lambda owner, ec2: {"SourceSnapshotId": snapshot(owner), **WHERE},
    "create_image": lambda owner, ec2: {"InstanceId": launched(ec2), "Name": "image"},
    "create_replace_root_volume_task": lambda owner, ec2: {"InstanceId": launched(ec2)},
    "create_snapshot": lambda owner, ec2: {"VolumeId": volume(owner)},
    "create_snapshots": lambda owner, ec2: {"InstanceSpecification": {"InstanceId": launched(ec2)}},
    "create_volume": lambda owner, ec2: {"AvailabilityZone": "us-east-1a", "Size": 1},
    "register_image": lambda owner, ec2: {"Name": "image", "RootDeviceName": "/dev/xvda"},
}
TAKES = {
    "copy_image": ("image", "snapshot"),
    "create_image": ("image", "snapshot"),
    "create_replace_root_volume_task": ("replace-root-volume-task",),
    "create_volume": ("volume",),
    "register_image": ("image",),
}


def launched(ec2):
    return ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]


def tagged(kind):
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": TAGS}]}


@pytest.mark.parametrize("operation", MAKES)
@pytest.mark.parametrize("kind", ["invalid-resource-type", "instance"])
def test_tags_for_what_is_not_made_are_refused(owner, ec2, operation, kind):
    given = MAKES[operation](owner, ec2)
    with refused("InvalidParameterValue", f"'{kind}' is not a valid taggable resource type for this operation."):
        getattr(ec2, operation)(**given, **tagged(kind))


@pytest.mark.parametrize("operation", MAKES)
def test_tags_for_what_is_made_are_taken(owner, ec2, operation):
    for kind in TAKES.get(operation, ("snapshot",)):
        made = getattr(ec2, operation)(**MAKES[operation](owner, ec2), **tagged(kind))
        if kind == "replace-root-volume-task":
            assert made["ReplaceRootVolumeTask"]["Tags"] == TAGS
            continue
        (shown,) = ec2.describe_tags(Filters=[{"Name": "resource-type", "Values": [kind]}])["Tags"]
        assert {name: shown[name] for name in ("Key", "Value")} == TAGS[0]
