"""Buckets that replicate, and the role that does."""

from tests.support.claims import OWNER, policy
from tests.support.policies import trust
from tests.support.s3 import head

HERE, THERE = "us-east-1", "eu-west-1"


SOURCE, TARGET = "arn:aws:s3:::source", "arn:aws:s3:::target"


ROLE = f"arn:aws:iam::{OWNER}:role/replicator"


SESSION = f"arn:aws:sts::{OWNER}:assumed-role/replicator/s3-replication"


OFF, ENABLED, IN_TIME = {"Status": "Disabled"}, {"Status": "Enabled"}, {"Minutes": 15}


READ = ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"]


WRITE = ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"]


IN_S3 = {
    **dict.fromkeys(["s3:GetReplicationConfiguration", "s3:ListBucket"], SOURCE),
    **dict.fromkeys(READ, f"{SOURCE}/*"),
    **dict.fromkeys(WRITE, f"{TARGET}/*"),
}


def make_bucket(account, name, region=HERE):
    client = account.client("s3", region)
    where = {} if region == HERE else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    client.create_bucket(Bucket=name, **where)
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration=ENABLED)
    return client


def may(action, resource, context="*", region=HERE):
    """A statement for the role; about KMS it holds through S3 of a Region and for a context only, as AWS advises."""
    condition = {"kms:ViaService": f"s3.{region}.amazonaws.com", "kms:EncryptionContext:aws:s3:arn": context}
    more = {"Condition": {"StringLike": condition}} if action.startswith("kms:") else {}
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def replicator(owner, *more, without=None, service="s3"):
    """The role that S3 takes on, with the rights in S3 and these statements, less one action."""
    statements = [*(may(action, resource) for action, resource in IN_S3.items()), *more]
    kept = [each for each in statements if each["Action"] != without]
    owner.role("replicator", policies=[policy(*kept)], trust=trust({"Service": f"{service}.amazonaws.com"}))


def rule(key=None, to=TARGET, **more):
    """A rule for all objects; with a replica key also for those under KMS."""
    made = {"ID": "all", "Priority": 1, "Filter": {"Prefix": ""}, **ENABLED, "DeleteMarkerReplication": OFF}
    destination = {"Bucket": to, **more.pop("Destination", {})}
    if key:
        destination["EncryptionConfiguration"] = {"ReplicaKmsKeyID": key}
        made["SourceSelectionCriteria"] = {"SseKmsEncryptedObjects": ENABLED}
    return {**made, "Destination": destination, **more}


def configure(s3, *rules, bucket="source"):
    s3.put_bucket_replication(Bucket=bucket, ReplicationConfiguration={"Role": ROLE, "Rules": list(rules)})


def status(s3, key="k", bucket="source", **more):
    return head(s3, key, bucket, **more).get("ReplicationStatus")
