"""What EC2's calls on disks, images and instances cost, against bare moto, and a test in two accounts and two Regions.

``python -m benchmarks instances``, or all of them by ``make bench``.
Rounds are taken in turns, the figure is the median of the rounds' ratios, and time is the
processor's. Encrypted disks ask KMS; moto's ask nobody.
"""

import statistics
import time
import warnings

import boto3
from moto import mock_aws

import kmsmock
from benchmarks.figures import CREDENTIALS, Figure, taken

ROUNDS, TIMES, HELD = 5, 25, 20
"""Rounds, calls in a round, and how many disks there are to describe."""
ROOT = "/dev/xvda"
PLACES = [(account, region) for account in ("111111111111", "222222222222") for region in ("us-east-1", "eu-west-1")]


def calls(encrypted):
    """What is measured, by name, on a client that has something of each kind."""
    ec2 = boto3.client("ec2", **CREDENTIALS)
    key = boto3.client("kms", **CREDENTIALS).create_key()["KeyMetadata"]["Arn"]
    under = {"Encrypted": True, "KmsKeyId": key} if encrypted else {}
    place = {"AvailabilityZone": "us-east-1a", "Size": 8}
    volumes = [ec2.create_volume(**place, **under)["VolumeId"] for _ in range(HELD)]
    snapshots = [ec2.create_snapshot(VolumeId=each)["SnapshotId"] for each in volumes]
    mappings = [{"DeviceName": ROOT, "Ebs": {"SnapshotId": snapshots[0]}}]
    source = {"SourceSnapshotId": snapshots[0], "SourceRegion": "us-east-1"}

    def register(name):
        return ec2.register_image(Name=name, RootDeviceName=ROOT, BlockDeviceMappings=mappings)["ImageId"]

    image = register("image")
    host = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    return {
        "create_volume": lambda: ec2.create_volume(**place, **under),
        "create_snapshot": lambda: ec2.create_snapshot(VolumeId=volumes[0]),
        "copy_snapshot": lambda: ec2.copy_snapshot(**source, **under),
        "describe_volumes": lambda: ec2.describe_volumes(VolumeIds=volumes),
        "describe_snapshots": lambda: ec2.describe_snapshots(SnapshotIds=snapshots),
        "describe_images": lambda: ec2.describe_images(ImageIds=[image]),
        "describe_instances": lambda: ec2.describe_instances(InstanceIds=[host]),
        "register_image": lambda: register("another"),
        "run_instances": lambda: ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1),
    }


def seconds(encrypted):
    """Seconds of one call, by its name."""
    return {name: taken(call, TIMES) for name, call in calls(encrypted).items()}


def compare(label, encrypted, limit):
    ratios = {}
    for _ in range(ROUNDS):
        with mock_aws():
            moto = seconds(encrypted)
        with kmsmock.World():
            ours = seconds(encrypted)
        for name, mine in ours.items():
            ratios.setdefault(name, []).append(mine / moto[name])
    for name, each in ratios.items():
        yield Figure("ec2", f"{label} {name}", statistics.median(each), "x moto", limit)


def two_accounts():
    """Seconds that EC2 costs a test which touches two accounts in two Regions: the first, and the median of others."""
    spent = []
    for _ in range(ROUNDS):
        world = kmsmock.World()
        world.start()
        clients = [world.account(account).client("ec2", region) for account, region in PLACES]
        started = time.process_time()
        for client in clients:
            client.describe_volumes()
        world.stop()
        spent.append(time.process_time() - started)
    return spent[0], statistics.median(spent[1:])


def figures():
    """Each call as a ratio to moto, and what the first calls of a test cost."""
    warnings.simplefilter("ignore", PendingDeprecationWarning)  # moto's, of images that it does not know
    first, later = two_accounts()
    yield Figure("ec2", "two accounts and Regions, the first test", first * 1e3, "ms")
    yield Figure("ec2", "two accounts and Regions, other tests", later * 1e3, "ms")
    yield from compare("plain", encrypted=False, limit=0.8)
    yield from compare("encrypted", encrypted=True, limit=None)
