"""What the tests of public reports share: two accounts, statements of key policies, and refusals that name the error whole."""

import json
import re
from contextlib import contextmanager

import pytest
from botocore.exceptions import ClientError

OWNER, OTHER = "111111111111", "222222222222"
EAST, WEST = "us-east-1", "us-west-2"
NO_KEY = "12345678-1234-1234-1234-123456789012"
KEY_SIDE = (
    "because the resource does not exist in this Region, no resource-based policies allow access, "
    "or a resource-based policy explicitly denies access"
)


def root(account):
    return f"arn:aws:iam::{account}:root"


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(actions, resource="*", **more):
    """An identity policy of one statement."""
    return policy({"Effect": "Allow", "Action": actions, "Resource": resource, **more})


def use(principal, actions="kms:*", effect="Allow", **more):
    """A statement of a key policy; the principal is an ARN or a whole Principal element."""
    named = principal if isinstance(principal, dict) else {"AWS": principal}
    return {"Effect": effect, "Principal": named, "Action": actions, "Resource": "*", **more}


def service(name, actions=("kms:GenerateDataKey*", "kms:Decrypt"), **more):
    """A statement that lets an AWS service use the key."""
    return use({"Service": name}, list(actions), **more)


def key_policy(*statements, account=OWNER, delegate=True):
    return json.dumps(policy(*([use(root(account))] if delegate else []), *statements))


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


def lacking(caller, action, key, kind="identity-based policy"):
    """KMS's text for a caller of the key's account."""
    doing = f"User: {caller.arn} is not authorized to perform: {action} on resource: {key}"
    return f"{doing} because no {kind} allows the {action} action"


@contextmanager
def refused(code, message=None, status=400):
    """The block is refused with this code, message (a pattern where ids of requests are in it) and status."""
    with pytest.raises(ClientError) as caught:
        yield
    answer = caught.value.response
    seen = (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"])
    assert seen == (code, status), answer["Error"]
    if isinstance(message, re.Pattern):
        assert message.fullmatch(answer["Error"]["Message"]), answer["Error"]["Message"]
    elif message is not None:
        assert answer["Error"]["Message"] == message


def everything_but_kms(*kms, resource="*"):
    """An identity policy that allows all services, and of KMS these actions only."""
    services = {"Effect": "Allow", "NotAction": "kms:*", "Resource": "*"}
    some = [{"Effect": "Allow", "Action": list(kms), "Resource": resource}] if kms else []
    return policy(services, *some)


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
