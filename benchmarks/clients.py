"""What clients cost in a fresh world, and a whole plain test, against moto's mock.

Run with ``make bench``. Processor time, the median of rounds that are taken in turns; both start with no default
session, as ``mock_aws`` and a world leave it.
"""

import gc
import statistics
import time

import boto3
from moto import mock_aws

import kmsmock

ROUNDS = 15
CREDENTIALS = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": "us-east-1"}
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
    "three default clients (limit 0.15)": clients,
    "a plain test (limit 0.06)": plain_test,
    "the first call of EC2": first_call("ec2", lambda ec2: ec2.describe_instances()),
    "the first call of IAM": first_call("iam", lambda iam: iam.list_users()),
    "the first bucket": first_call("s3", lambda s3: s3.create_bucket(Bucket="bucket")),
}


def seconds(mock, run):
    gc.collect()
    started = time.process_time()
    with mock():
        run()
    return time.process_time() - started


def main():
    """Print every figure beside moto's."""
    for label, run in MEASURED.items():
        pairs = [(seconds(kmsmock.World, run), seconds(mock_aws, run)) for _ in range(ROUNDS + 1)][1:]
        ours, motos = map(statistics.median, zip(*pairs, strict=True))
        ratio = statistics.median(one / other for one, other in pairs)
        print(f"{label:35} {ours * 1e3:7.1f} ms {motos * 1e3:7.1f} ms   {ratio:.2f} x moto")


if __name__ == "__main__":
    main()
