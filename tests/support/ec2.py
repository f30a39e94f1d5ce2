"""Volumes, snapshots, images and instances, and what becomes of them, shared by the tests of EC2."""

import json
import weakref
from contextlib import contextmanager

from botocore.exceptions import ClientError

from tests.support.claims import OWNER, allow, policy
from tests.support.policies import root, use

EAST, WEST = "us-east-1", "eu-west-1"
GHOST = "12345678-1234-1234-1234-123456789012"  # the id of no key
ROOT, DATA = "/dev/xvda", "/dev/sdf"
INACCESSIBLE = "Given key ID is not accessible"
NOT_FOUND = "Source snapshot is not found"
INTERNAL, INVALID = "Client.InternalError", "Client.InvalidKMSKey.InvalidState"
REASONS = {
    INTERNAL: "Client.InternalError: Client error on launch",
    INVALID: "Client.InvalidKMSKey.InvalidState: The KMS key provided is in an incorrect state",
}
USE = ["kms:DescribeKey", "kms:CreateGrant", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"]
INFRASTRUCTURE = "aws:ec2-infrastructure"


_clients = weakref.WeakKeyDictionary()


def kms_of(account, region=EAST):
    """The one KMS client of an account's root user in a Region."""
    made = _clients.setdefault(account, {})
    if region not in made:
        made[region] = account.client("kms", region)
    return made[region]


# --- keys ---------------------------------------------------------------------------------------------------------------


def cmk(account, *friends, region=EAST, statements=(), **options):
    """The ARN of a customer key; the accounts of friends may use it as far as their IAM policies say."""
    opened = [use(root(each)) for each in (account, *friends)]
    made = kms_of(account, region).create_key(Policy=json.dumps(policy(*opened, *statements)), **options)
    return made["KeyMetadata"]["Arn"]


def managed(account, region=EAST):
    """The ARN of aws/ebs; the first question makes it."""
    return kms_of(account, region).describe_key(KeyId="alias/aws/ebs")["KeyMetadata"]["Arn"]


def change_policy(account, key, *statements):
    """The key stays with its account, and has these statements besides."""
    document = json.dumps(policy(use(root(account)), *statements))
    kms_of(account).put_key_policy(KeyId=key, PolicyName="default", Policy=document)


def spoil(world, account, key, state):
    """Bring a key into a state: enabled, disabled, pending or deleted."""
    kms = kms_of(account, key.split(":")[3])
    if state == "disabled":
        kms.disable_key(KeyId=key)
    elif state in {"pending", "deleted"}:
        kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    if state == "deleted":
        world.clock.advance(days=7)


def person(account, *kms, name="caller", **more):
    """A user who may do everything in EC2, and these actions of KMS."""
    return account.user(name, [allow(["ec2:*", *kms], **more)])


def under(key=None):
    """The parameters for a key; without one, for the default key of the account; ``""`` for no encryption."""
    if key == "":
        return {}
    return {"Encrypted": True, **({"KmsKeyId": key} if key else {})}


# --- making -------------------------------------------------------------------------------------------------------------


def create_volume(ec2, **options):
    size = {} if "SnapshotId" in options else {"Size": 1}
    return ec2.create_volume(AvailabilityZone=f"{ec2.meta.region_name}a", **size, **options)["VolumeId"]


def make_volume(ec2, key=""):
    """The id of an available volume under a key."""
    made = create_volume(ec2, **under(key))
    assert volume(ec2, made)["State"] == "available"
    return made


def make_snapshot(ec2, key="", **options):
    """The id of a completed snapshot under a key."""
    made = ec2.create_snapshot(VolumeId=make_volume(ec2, key), **options)["SnapshotId"]
    assert snapshot(ec2, made)["State"] == "completed"
    return made


def make_image(ec2, *snapshots, name="image", **options):
    """The id of an image of these snapshots, the root's first."""
    devices = [ROOT, "/dev/sdb", "/dev/sdc"]
    mappings = [
        {"DeviceName": device, "Ebs": {"SnapshotId": each}} for device, each in zip(devices, snapshots, strict=False)
    ]
    made = ec2.register_image(Name=name, RootDeviceName=ROOT, BlockDeviceMappings=mappings, **options)["ImageId"]
    assert image(ec2, made)["State"] == "available"
    return made


def launch(ec2, image_id, **options):
    return ec2.run_instances(ImageId=image_id, MinCount=1, MaxCount=1, **options)["Instances"][0]["InstanceId"]


def mapping(device=ROOT, **ebs):
    return {"BlockDeviceMappings": [{"DeviceName": device, "Ebs": ebs}]}


def copy(ec2, source, region=EAST, **options):
    return ec2.copy_snapshot(SourceSnapshotId=source, SourceRegion=region, **options)["SnapshotId"]


def copy_image(ec2, source, region=EAST, name="copy", **options):
    return ec2.copy_image(Name=name, SourceImageId=source, SourceRegion=region, **options)["ImageId"]


def receiver(target):
    return {"Group": "all"} if target == "all" else {"UserId": getattr(target, "id", target)}


def share_snapshot(ec2, snapshot_id, target, action="Add"):
    return ec2.modify_snapshot_attribute(
        SnapshotId=snapshot_id, CreateVolumePermission={action: [receiver(target)]}, Attribute="createVolumePermission"
    )


def share_image(ec2, image_id, target, action="Add"):
    return ec2.modify_image_attribute(ImageId=image_id, LaunchPermission={action: [receiver(target)]})


def receivers(ec2, resource):
    """Who the owner of a snapshot or image sees it shared with."""
    if resource.startswith("snap-"):
        told = ec2.describe_snapshot_attribute(SnapshotId=resource, Attribute="createVolumePermission")
        assert told["SnapshotId"] == resource
        return told.get("CreateVolumePermissions", [])
    told = ec2.describe_image_attribute(ImageId=resource, Attribute="launchPermission")
    assert told["ImageId"] == resource
    return told.get("LaunchPermissions", [])


def told_images(ec2, *found, **options):
    """Which of these images a question without their ids tells of."""
    return {each["ImageId"] for each in ec2.describe_images(**options)["Images"]} & set(found)


# --- what became of it ----------------------------------------------------------------------------------------------------


def _settled(describe, state, passing):
    for _ in range(4):  # the first answers may still tell of the way there
        found = describe()
        if found is None or state(found) not in passing:
            break
    return found


def volume(ec2, volume_id):
    """A volume once its creation is over; None when it has vanished."""

    def describe():
        try:
            return ec2.describe_volumes(VolumeIds=[volume_id])["Volumes"][0]
        except ClientError as refused:
            if refused.response["Error"]["Code"] != "InvalidVolume.NotFound":
                raise
            return None

    return _settled(describe, lambda found: found["State"], {"creating"})


def snapshot(ec2, snapshot_id):
    return _settled(
        lambda: ec2.describe_snapshots(SnapshotIds=[snapshot_id])["Snapshots"][0],
        lambda found: found["State"],
        {"pending"},
    )


def image(ec2, image_id):
    """An image once it is made; None when it cannot be seen."""
    return _settled(
        lambda: next(iter(ec2.describe_images(ImageIds=[image_id])["Images"]), None),
        lambda found: found["State"],
        {"pending"},
    )


def instance(ec2, instance_id):
    """An instance once it is neither on its way up nor down."""
    return _settled(
        lambda: ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0],
        lambda found: found["State"]["Name"],
        {"pending", "stopping", "shutting-down"},
    )


def running(ec2, image_id, **options):
    """The id of a running instance."""
    made = launch(ec2, image_id, **options)
    assert instance(ec2, made)["State"]["Name"] == "running"
    return made


def disks(ec2, instance_id):
    """The volumes of an instance, by device."""
    attached = instance(ec2, instance_id)["BlockDeviceMappings"]
    return {each["DeviceName"]: volume(ec2, each["Ebs"]["VolumeId"]) for each in attached}


def key_of(found):
    """The key that a volume or snapshot is under; None when it is not encrypted."""
    assert found["Encrypted"] is ("KmsKeyId" in found)
    return found.get("KmsKeyId")


def root_key(ec2, instance_id):
    return key_of(disks(ec2, instance_id)[ROOT])


def image_keys(ec2, image_id):
    """The keys of the snapshots of an image, by device."""
    found = {}
    for each in image(ec2, image_id)["BlockDeviceMappings"]:
        found[each["DeviceName"]] = key_of(snapshot(ec2, each["Ebs"]["SnapshotId"]))
        assert each["Ebs"]["Encrypted"] is bool(found[each["DeviceName"]])
    return found


def failed_to_launch(ec2, instance_id, *codes):
    """The instance was terminated at launch for one of these reasons."""
    found = instance(ec2, instance_id)
    assert found["State"]["Name"] == "terminated"
    assert found["StateReason"]["Code"] in codes
    assert found["StateReason"]["Message"] == REASONS[found["StateReason"]["Code"]]


# --- what KMS saw ---------------------------------------------------------------------------------------------------------


@contextmanager
def kms_events(world):
    """The calls of KMS that the block caused, as records of CloudTrail; one for a call that two accounts see."""
    before, events = len(world.events), []
    yield events
    seen = [
        event
        for event in world.events[before:]
        if event["eventSource"] == "kms.amazonaws.com" and event["eventType"] == "AwsApiCall"
    ]
    events += {event.get("sharedEventID", event["eventID"]): event for event in seen}.values()


def called(events, name):
    """The parameters of the calls of one operation."""
    return [event["requestParameters"] or {} for event in events if event["eventName"] == name]


def used_keys(events, name):
    """The keys that the calls of one operation were about."""
    return [{each["ARN"] for each in event["resources"]} for event in events if event["eventName"] == name]


def grants(account, key):
    return kms_of(account, key.split(":")[3]).list_grants(KeyId=key)["Grants"]


def grantee(instance_id, account=OWNER):
    """The session by which EC2's infrastructure uses the key of an attached volume."""
    return f"arn:aws:sts::{getattr(account, 'id', account)}:assumed-role/{INFRASTRUCTURE}/{instance_id}"


def attachment_grants(account, key):
    return [each for each in grants(account, key) if INFRASTRUCTURE in each["GranteePrincipal"]]


def denied(account, action, key):
    """A client of a user who may do everything but one action on one key."""
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    but = {"Effect": "Deny", "Action": f"kms:{action}", "Resource": key}
    return account.user("restricted", [policy(everything, but)]).client("ec2")
