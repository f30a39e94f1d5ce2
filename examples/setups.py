"""What the stories share: key policies, written as they would be in production."""

import json

USE_OF_A_SHARED_DISK = ["kms:DescribeKey", "kms:CreateGrant", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"]


def key_policy(owner, *statements):
    """The default statement of a key in account ``owner``, and others."""
    delegation = {
        "Sid": "Enable IAM User Permissions",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{owner}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [delegation, *statements]})


def shared_with(account):
    """Lets another account use what is encrypted under the key."""
    return {
        "Sid": "Allow use of shared disks",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": USE_OF_A_SHARED_DISK,
        "Resource": "*",
    }


def encrypted_image(ec2, key):
    """An image over one encrypted snapshot: (image id, snapshot id)."""
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=10, Encrypted=True, KmsKeyId=key)["VolumeId"]
    ec2.get_waiter("volume_available").wait(VolumeIds=[volume])
    snapshot = ec2.create_snapshot(VolumeId=volume, Description="golden")["SnapshotId"]
    ec2.get_waiter("snapshot_completed").wait(SnapshotIds=[snapshot])
    image = ec2.register_image(
        Name="golden",
        RootDeviceName="/dev/sda1",
        BlockDeviceMappings=[{"DeviceName": "/dev/sda1", "Ebs": {"SnapshotId": snapshot}}],
    )["ImageId"]
    return image, snapshot


def share(ec2, image, snapshot, account):
    """Launch permission on the image, and create-volume permission on its snapshot for copying it."""
    ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"UserId": account}]})
    ec2.modify_snapshot_attribute(SnapshotId=snapshot, CreateVolumePermission={"Add": [{"UserId": account}]})


def launch(ec2, image):
    """Run one instance and look at what became of it."""
    started = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]
    return ec2.describe_instances(InstanceIds=[started["InstanceId"]])["Reservations"][0]["Instances"][0]
