"""Lesson 7. S3 replicates an encrypted object as a role that must open it here and seal it there."""

import pytest

ENABLED = {"Status": "Enabled"}
SOURCE, TARGET = "arn:aws:s3:::source", "arn:aws:s3:::target"
ROLE = "arn:aws:iam::111111111111:role/replicator"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
IN_S3 = [
    {"Effect": "Allow", "Action": ["s3:GetReplicationConfiguration", "s3:ListBucket"], "Resource": SOURCE},
    {"Effect": "Allow", "Action": "s3:GetObjectVersion*", "Resource": f"{SOURCE}/*"},
    {"Effect": "Allow", "Action": ["s3:ReplicateObject", "s3:ReplicateTags"], "Resource": f"{TARGET}/*"},
]


def bucket(account, name, region):
    s3 = account.client("s3", region)
    where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=name, **where)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=ENABLED)
    return s3


@pytest.fixture
def replicated(account, kms):
    """A function that writes an object under the key of a bucket that replicates, as a role with some rights in KMS."""
    here, there = bucket(account, "source", "us-east-1"), bucket(account, "target", "eu-west-1")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    replica_key = account.client("kms", "eu-west-1").create_key()["KeyMetadata"]["Arn"]

    def write(*in_kms):
        rights = {"kms:Decrypt": key, "kms:Encrypt": replica_key}
        statements = [{"Effect": "Allow", "Action": each, "Resource": rights[each]} for each in in_kms]
        account.role("replicator", policies=[{**TRUST, "Statement": [*IN_S3, *statements]}], trust=TRUST)
        rule = {
            "ID": "all",
            "Priority": 1,
            "Filter": {"Prefix": ""},
            **ENABLED,
            "DeleteMarkerReplication": {"Status": "Disabled"},
            "SourceSelectionCriteria": {"SseKmsEncryptedObjects": ENABLED},
            "Destination": {"Bucket": TARGET, "EncryptionConfiguration": {"ReplicaKmsKeyID": replica_key}},
        }
        here.put_bucket_replication(Bucket="source", ReplicationConfiguration={"Role": ROLE, "Rules": [rule]})
        here.put_object(Bucket="source", Key="report", Body=b"42", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
        return here.head_object(Bucket="source", Key="report")["ReplicationStatus"], there, replica_key

    return write


def test_the_replica_is_under_the_key_of_its_region(replicated):
    """The object arrives in the other Region under the key there"""
    status, there, replica_key = replicated("kms:Decrypt", "kms:Encrypt")
    assert status == "COMPLETED"
    arrived = there.get_object(Bucket="target", Key="report")
    assert (arrived["Body"].read(), arrived["SSEKMSKeyId"]) == (b"42", replica_key)


def test_a_role_that_may_not_decrypt_replicates_nothing(replicated, refused):
    """Without kms:Decrypt on the key of the source nothing arrives, and nobody is told but by the status"""
    status, there, _ = replicated("kms:Encrypt")
    assert status == "FAILED"
    with refused("NoSuchKey"):
        there.get_object(Bucket="target", Key="report")
