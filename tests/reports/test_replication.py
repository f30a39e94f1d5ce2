"""Public reports on the replication of objects under keys: what the role must be allowed, and what a rule must say."""

import json

import pytest

from tests.support.claims import OWNER, policy, refused
from tests.support.reports import make_key

pytestmark = pytest.mark.evidence("reported", "public reports, named at each test")

SOURCE, TARGET = "source", "target"
ROLE = f"arn:aws:iam::{OWNER}:role/replicator"
READING = ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"]
WRITING = ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"]


@pytest.fixture
def s3(owner):
    """A client, and two buckets with versions."""
    client = owner.client("s3")
    for name in (SOURCE, TARGET):
        client.create_bucket(Bucket=name)
        client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return client


def replicator(owner, *on_keys):
    """The role of the rule, with all it needs in S3 and these statements about keys."""
    trust = policy({"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"})
    in_s3 = [
        may(["s3:GetReplicationConfiguration", "s3:ListBucket"], f"arn:aws:s3:::{SOURCE}"),
        may(READING, f"arn:aws:s3:::{SOURCE}/*"),
        may(WRITING, f"arn:aws:s3:::{TARGET}/*"),
    ]
    owner.role("replicator", policies=[policy(*in_s3, *on_keys)], trust=trust)


def may(actions, resource, **more):
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **more}


def configure(s3, replica_key=None, encrypted=True):
    destination = {"Bucket": f"arn:aws:s3:::{TARGET}"}
    rule = {
        "ID": "all",
        "Priority": 1,
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Disabled"},
        "Destination": destination,
    }
    if replica_key:
        destination["EncryptionConfiguration"] = {"ReplicaKmsKeyID": replica_key}
    if encrypted:
        rule["SourceSelectionCriteria"] = {"SseKmsEncryptedObjects": {"Status": "Enabled"}}
    s3.put_bucket_replication(Bucket=SOURCE, ReplicationConfiguration={"Role": ROLE, "Rules": [rule]})


def by_default(s3, bucket, key, bucket_key=False):
    rule = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key},
        "BucketKeyEnabled": bucket_key,
    }
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})


def status(s3, key):
    return s3.head_object(Bucket=SOURCE, Key=key).get("ReplicationStatus")


def test_encrypt_on_the_key_of_the_destination_is_enough(owner, s3):
    # awslabs/landing-zone-accelerator-on-aws issue 1144: tried out by the maintainers, without kms:GenerateDataKey
    here, there = make_key(owner), make_key(owner)
    by_default(s3, SOURCE, here)
    by_default(s3, TARGET, there)
    replicator(owner, may(["kms:Decrypt", "kms:DescribeKey"], here), may(["kms:Encrypt", "kms:DescribeKey"], there))
    configure(s3, there)
    s3.put_object(Bucket=SOURCE, Key="k", Body=b"x")
    assert status(s3, "k") == "COMPLETED"
    replica = s3.head_object(Bucket=TARGET, Key="k")
    assert (replica["SSEKMSKeyId"], replica["ReplicationStatus"]) == (there, "REPLICA")


def test_a_role_that_may_not_decrypt_the_source_marks_objects_as_failed(owner, s3):
    # hashicorp/terraform issues 18966 and 26704: choosing the source key in the console adds the permission to the role
    here, there = make_key(owner), make_key(owner)
    by_default(s3, SOURCE, here)
    replicator(owner, may("kms:Encrypt", there))
    configure(s3, there)
    s3.put_object(Bucket=SOURCE, Key="early", Body=b"x")
    assert status(s3, "early") == "FAILED"
    owner.client("iam").put_role_policy(
        RoleName="replicator", PolicyName="source", PolicyDocument=json.dumps(policy(may("kms:Decrypt", here)))
    )
    s3.put_object(Bucket=SOURCE, Key="late", Body=b"x")
    assert (status(s3, "early"), status(s3, "late")) == ("FAILED", "COMPLETED")
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=TARGET)["Contents"]] == ["late"]


def test_a_replica_key_goes_with_the_choice_of_objects_under_kms_only(owner, s3):
    # hashicorp/terraform-provider-aws issue 26241, ministryofjustice/aws-root-account pull request 1014
    replicator(owner)
    with refused("InvalidRequest", "SseKmsEncryptedObjects must be specified if EncryptionConfiguration is present."):
        configure(s3, make_key(owner), encrypted=False)
    with refused("InvalidRequest", "ReplicaKmsKeyID must be specified if SseKmsEncryptedObjects tag is present."):
        configure(s3, None, encrypted=True)


@pytest.mark.parametrize("end", ["", "/*"])
def test_with_bucket_keys_the_context_is_the_bucket_and_not_its_objects(owner, s3, end):
    # awsdocs/amazon-s3-userguide pull request 116: the guide's example had a "/*" too many
    here, there = make_key(owner), make_key(owner)
    by_default(s3, SOURCE, here, bucket_key=True)
    by_default(s3, TARGET, there, bucket_key=True)

    def within(bucket):
        return {"StringLike": {"kms:EncryptionContext:aws:s3:arn": f"arn:aws:s3:::{bucket}{end}"}}

    replicator(
        owner,
        may("kms:Decrypt", here, Condition=within(SOURCE)),
        may(["kms:Encrypt", "kms:Decrypt"], there, Condition=within(TARGET)),
    )
    configure(s3, there)
    s3.put_object(Bucket=SOURCE, Key="k", Body=b"x")
    assert status(s3, "k") == ("FAILED" if end else "COMPLETED")


def test_without_the_choice_objects_under_kms_are_passed_over(owner, s3):
    # BWITS/tf_aws_tfstate_bucket issue 1, cloudposse/terraform-aws-s3-bucket pull request 162
    key = make_key(owner)
    replicator(owner, may("kms:*", "*"))
    configure(s3, None, encrypted=False)
    s3.put_object(Bucket=SOURCE, Key="plain", Body=b"x")
    s3.put_object(Bucket=SOURCE, Key="kms", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    assert (status(s3, "plain"), status(s3, "kms")) == ("COMPLETED", None)
    replica = s3.head_object(Bucket=TARGET, Key="plain")
    assert replica["ServerSideEncryption"] == "AES256"
