"""What the tests of public reports share: keys with their policies, and the disks of EC2."""

from botocore.exceptions import ClientError

from tests.support.policies import key_policy, use

EAST, WEST = "us-east-1", "us-west-2"
NO_KEY = "12345678-1234-1234-1234-123456789012"


def service(name, actions=("kms:GenerateDataKey*", "kms:Decrypt"), **more):
    """A statement that lets an AWS service use the key."""
    return use({"Service": name}, list(actions), **more)


def make_key(account, *statements, delegate=True, region=EAST, **options):
    """The ARN of a key of an account; its policy delegates to the account unless told otherwise."""
    document = key_policy(*statements, account=account.id, delegate=delegate)
    return account.client("kms", region).create_key(Policy=document, **options)["KeyMetadata"]["Arn"]


def set_policy(account, key, *statements):
    document = key_policy(*statements, account=account.id)
    account.client("kms", key.split(":")[3]).put_key_policy(KeyId=key, PolicyName="default", Policy=document)


def managed(account, name, region=EAST):
    """The ARN of an AWS managed key, which comes to be when it is first looked at."""
    return account.client("kms", region).describe_key(KeyId=f"alias/aws/{name}")["KeyMetadata"]["Arn"]


def bare(key):
    return key.rsplit("/", 1)[1]


def volume_of(ec2, key="", **options):
    """The id of a volume: under a key, under the default key for None, unencrypted for an empty one."""
    under = {} if key == "" else {"Encrypted": True, **({"KmsKeyId": key} if key else {})}
    return ec2.create_volume(AvailabilityZone=f"{ec2.meta.region_name}a", Size=1, **under, **options)["VolumeId"]


def snapshot_of(ec2, key=""):
    """The id of a snapshot of such a volume."""
    return ec2.create_snapshot(VolumeId=volume_of(ec2, key))["SnapshotId"]


def image_of(ec2, snapshot, name="image"):
    """The id of an image with this snapshot as its root."""
    mapping = {"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": snapshot}}
    made = ec2.register_image(Name=name, RootDeviceName="/dev/xvda", BlockDeviceMappings=[mapping])
    return made["ImageId"]


def describe(ask, name, **ids):
    """The one thing that a describe operation of EC2 answers, once it is not on its way any more."""
    for _ in range(4):
        (found,) = ask(**ids)[name]
        state = found["State"]["Name"] if isinstance(found["State"], dict) else found["State"]
        if state not in {"creating", "pending", "stopping", "shutting-down"}:
            break
    return found


def volume(ec2, volume_id):
    return describe(ec2.describe_volumes, "Volumes", VolumeIds=[volume_id])


def snapshot(ec2, snapshot_id):
    return describe(ec2.describe_snapshots, "Snapshots", SnapshotIds=[snapshot_id])


def image(ec2, image_id):
    return describe(ec2.describe_images, "Images", ImageIds=[image_id])


def image_snapshot(ec2, image_id):
    """The snapshot of the root of an image."""
    return snapshot(ec2, image(ec2, image_id)["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"])


def gone(ec2, volume_id):
    """The volume was not made; AWS says so only to who looks for it."""
    for _ in range(3):
        try:
            ec2.describe_volumes(VolumeIds=[volume_id])
        except ClientError as caught:
            error = caught.response["Error"]
            seen = (error["Code"], error["Message"])
            return seen == ("InvalidVolume.NotFound", f"The volume '{volume_id}' does not exist.")
    return False
