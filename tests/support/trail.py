"""What the tests of the trail look at: records, the places of keys in them, and how CloudTrail writes dates."""

import json
from contextlib import contextmanager

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tests.support.claims import OWNER, policy

KMS, S3, EC2, SECRETS = (f"{name}.amazonaws.com" for name in ("kms", "s3", "ec2", "secretsmanager"))
INTERNAL = "AWS Internal"
HOME, AWAY = "us-east-1", "eu-west-1"
SYMMETRIC = "SYMMETRIC_DEFAULT"
SECRET = b"the plaintext that nobody may read in the trail"
CONTEXT = {"Department": "Engineering", "Project": "Alpha"}
EXPIRES, FOREVER = "KEY_MATERIAL_EXPIRES", "KEY_MATERIAL_DOES_NOT_EXPIRE"
MATERIAL = bytes(range(32))


@contextmanager
def recorded(world, source=KMS):
    """The records of a service's calls that the block adds; oldest first."""
    before, records = len(world.events), []
    yield records
    records += [record for record in world.events[before:] if record["eventSource"] == source]


def named(world, name):
    """The records of one name; oldest first."""
    return [record for record in world.events if record["eventName"] == name]


def the_one(world, name):
    """The record of a name that has only one."""
    (record,) = named(world, name)
    return record


def last(world, name):
    return named(world, name)[-1]


def arns(record):
    """The ARNs of what a record is about."""
    return [each["ARN"] for each in record["resources"]]


def about_key(arn):
    """A key among the resources of a record."""
    return about(arn, "AWS::KMS::Key")


def about(arn, kind):
    return {"accountId": arn.split(":")[4], "type": kind, "ARN": arn}


def lower(name):
    """The name of a member of botocore as CloudTrail writes it: ``aWSAccountId``."""
    return name[0].lower() + name[1:]


def written(date):
    """A date among parameters and answers: ``Aug 10, 2022, 10:38:27 PM``."""
    return f"{date:%b} {date.day}, {date.year}, {date.hour % 12 or 12}:{date:%M:%S %p}"


def stamp(date):
    """The time of an event."""
    return f"{date:%Y-%m-%dT%H:%M:%SZ}"


def bare(arn):
    """The id in the ARN of a key."""
    return arn.rsplit("/", 1)[1]


def wrapped(kms, key, material=MATERIAL):
    """The parameters of ImportKeyMaterial for these bytes."""
    given = kms.get_parameters_for_import(KeyId=key, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048")
    sha256 = hashes.SHA256()
    blob = load_der_public_key(given["PublicKey"]).encrypt(material, padding.OAEP(padding.MGF1(sha256), sha256, None))
    return {"KeyId": key, "ImportToken": given["ImportToken"], "EncryptedKeyMaterial": blob}


def open_bucket(s3, bucket, prefix="", account=OWNER):
    """A bucket that lets CloudTrail in, as AWS's documentation says."""
    s3.create_bucket(Bucket=bucket)
    arn, service = f"arn:aws:s3:::{bucket}", {"Service": "cloudtrail.amazonaws.com"}
    document = policy(
        {"Effect": "Allow", "Principal": service, "Action": "s3:GetBucketAcl", "Resource": arn},
        {
            "Effect": "Allow",
            "Principal": service,
            "Action": "s3:PutObject",
            "Resource": f"{arn}/{prefix}AWSLogs/{account}/*",
            "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}},
        },
    )
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))
