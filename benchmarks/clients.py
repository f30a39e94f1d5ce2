"""What clients cost in a fresh world, and a whole plain test, against moto's mock.

``python -m benchmarks clients``, or all of them by ``make bench``. Processor time, the median of rounds that are taken in turns; both start with no default
session, as ``mock_aws`` and a world leave it.
"""

import gc
import statistics
import time

import boto3
from moto import mock_aws

import kmsmock
from benchmarks.figures import CREDENTIALS, Figure

ROUNDS = 15
SERVICES = ("kms", "s3", "ec2")


def clients():
    """Three clients of the default session."""
    return [boto3.client(service, **CREDENTIALS) for service in SERVICES]


def plain_test():
    """Three clients of the default session, and ten calls."""
    kms, s3, ec2 = clients()
    key = kms.create_key()["KeyMetadata"]["Arn"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    kms.decrypt(CiphertextBlob=blob)
    kms.describe_key(KeyId=key)
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="k", Body=b"x")
    s3.get_object(Bucket="bucket", Key="k")["Body"].read()
    volume = ec2.create_volume(Size=8, AvailabilityZone="us-east-1a")["VolumeId"]
    ec2.create_snapshot(VolumeId=volume)
    ec2.describe_volumes(VolumeIds=[volume])


def first_call(service, act):
    """The first call of a service in a fresh account, with its client."""
    return lambda: act(boto3.client(service, **CREDENTIALS))


MEASURED = {
    "three default clients": (clients, 0.15),
    "a plain test": (plain_test, 0.06),
    "the first call of EC2": (first_call("ec2", lambda ec2: ec2.describe_instances()), None),
    "the first call of IAM": (first_call("iam", lambda iam: iam.list_users()), None),
    "the first bucket": (first_call("s3", lambda s3: s3.create_bucket(Bucket="bucket")), None),
}


def seconds(mock, run):
    gc.collect()
    started = time.process_time()
    with mock():
        run()
    return time.process_time() - started


def figures():
    """Each as a ratio to moto."""
    for label, (run, limit) in MEASURED.items():
        pairs = [(seconds(kmsmock.World, run), seconds(mock_aws, run)) for _ in range(ROUNDS + 1)][1:]
        yield Figure("clients", label, statistics.median(one / other for one, other in pairs), "x moto", limit)
