"""Replicas: how they are encrypted, who may read what is replicated, and which rules S3 takes.

Sources: "Replicating encrypted objects" (replicas of SSE-S3 and SSE-KMS objects have the encryption of their source; the
default of the destination is for objects without any) and "Setting up permissions for live replication"
(s3:GetObjectVersion instead of s3:GetObjectVersionForReplication) in the Amazon S3 user guide; public issues.
"""

import pytest

from tests.support.claims import refused
from tests.support.replicas import DISABLED, ENABLED, READ, bucket, configure, role, rule
from tests.support.s3 import BODY, customer, get, head, kms_calls, put, read, set_default, sse, upload

pytestmark = pytest.mark.evidence(
    "documented",
    '"Replicating encrypted objects", "Setting up permissions for live replication"; rules that are refused are known from public reports',
)

KMS_RIGHTS = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey")
MALFORMED = (
    "MalformedXML",
    "The XML you provided was not well-formed or did not validate against our published schema",
)


@pytest.fixture
def source(owner):
    return bucket(owner, "source")


@pytest.fixture
def target(owner):
    return bucket(owner, "target")


def status(s3, key="k"):
    return head(s3, key, "source").get("ReplicationStatus")


# --- encryption -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("default", ["aws:kms", "aws:kms:dsse", "aws:kms with aws/s3", "bucket key"])
@pytest.mark.parametrize("rights", [KMS_RIGHTS, ()], ids=["with rights", "without"])
def test_a_replica_of_an_sse_s3_object_is_under_sse_s3(owner, aws_world, source, target, key, default, rights):
    mode = default if default.startswith("aws:kms:") else "aws:kms"
    used = None if default.endswith("aws/s3") else key
    set_default(target, mode, used, default == "bucket key" or None, bucket="target")
    role(owner, kms=rights)
    configure(source, rule())
    with kms_calls(aws_world) as calls:
        put(source, bucket="source")
        upload(source, BODY, key="parts", bucket="source")
        assert (status(source), status(source, "parts")) == ("COMPLETED", "COMPLETED")
    assert calls == []
    for name in ("k", "parts"):
        replica = head(target, name, "target")
        assert (replica["ServerSideEncryption"], replica["ReplicationStatus"]) == ("AES256", "REPLICA")
        assert "SSEKMSKeyId" not in replica
        assert read(target, name, "target") == BODY


def test_a_copy_within_the_destination_still_takes_the_default(owner, source, target, key):
    """Only replicas have the encryption of their source."""
    set_default(target, key=key, bucket="target")
    role(owner)
    configure(source, rule())
    put(source, bucket="source")
    assert head(target, "k", "target")["ServerSideEncryption"] == "AES256"
    put(target, "own", bucket="target")
    assert head(target, "own", "target")["SSEKMSKeyId"] == key


# --- permissions ----------------------------------------------------------------------------------------------------

OLDER = ["s3:GetObjectVersion", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"]


def test_get_object_version_replicates_what_is_not_under_kms(owner, source, target, key):
    role(owner, reading=OLDER, kms=KMS_RIGHTS)
    configure(source, rule(key))
    put(source, "plain", bucket="source")
    put(source, "sse-s3", bucket="source", ServerSideEncryption="AES256")
    put(source, "tagged", bucket="source", Tagging="a=b")
    for name in ("plain", "sse-s3", "tagged"):
        assert status(source, name) == "COMPLETED"
        assert read(target, name, "target") == BODY


@pytest.mark.parametrize("mode", ["aws:kms", "aws:kms:dsse"])
def test_get_object_version_does_not_replicate_what_is_under_kms(owner, source, target, key, mode):
    role(owner, reading=OLDER, kms=KMS_RIGHTS)
    configure(source, rule(key))
    put(source, bucket="source", **sse(key, mode))
    assert status(source) == "FAILED"
    with refused("404", "Not Found", 404):
        head(target, "k", "target")


def test_get_object_version_for_replication_replicates_everything(owner, source, target, key):
    role(owner, reading=READ, kms=KMS_RIGHTS)
    configure(source, rule(key))
    put(source, "plain", bucket="source")
    put(source, "kms", bucket="source", **sse(key))
    put(source, "customer", bucket="source", **customer())
    assert head(source, "customer", "source", **customer())["ReplicationStatus"] == "COMPLETED"
    assert (status(source, "plain"), status(source, "kms")) == ("COMPLETED", "COMPLETED")
    assert get(target, "customer", "target", **customer())["Body"].read() == BODY


def test_neither_action_replicates_nothing(owner, source, target):
    role(owner, reading=OLDER[1:])
    configure(source, rule())
    put(source, bucket="source")
    assert status(source) == "FAILED"


# --- what a configuration may say --------------------------------------------------------------------------------------

TAG = {"Tag": {"Key": "a", "Value": "1"}}
BOTH = {"And": {"Prefix": "p", "Tags": [{"Key": "a", "Value": "1"}]}}
MARKERS = (
    "Delete marker replication is not supported if any Tag filter is specified. "
    "Please refer to S3 Developer Guide for more information."
)
IN_TIME = {"ReplicationTime": {**ENABLED, "Time": {"Minutes": 15}}}
METRICS = {"Metrics": {**ENABLED, "EventThreshold": {"Minutes": 15}}}
TIME_AND_METRICS = "Replication destination must contain both ReplicationTime and Metrics or neither."

WRONG = {
    "itself": (rule(to="arn:aws:s3:::source"), "Destination bucket cannot be the same as the source bucket."),
    "nowhere": (rule(to="arn:aws:s3:::nowhere"), "Destination bucket must exist."),
    # hashicorp/terraform-provider-aws#44192
    "no criteria": (rule(SourceSelectionCriteria={}), "SourceSelectionCriteria cannot be empty"),
    # hashicorp/terraform-provider-aws and aws/aws-cdk: markers with tags
    "markers by tag": (rule(Filter=TAG, DeleteMarkerReplication=ENABLED), MARKERS),
    "markers by tags": (rule(Filter=BOTH, DeleteMarkerReplication=ENABLED), MARKERS),
    # hashicorp/terraform-provider-aws: replication time control
    "time without metrics": (rule(Destination=IN_TIME), TIME_AND_METRICS),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_rule_that_s3_does_not_take_is_refused(source, target, case):
    wrong, text = WRONG[case]
    with refused("InvalidRequest", text):
        configure(source, wrong)
    with refused("ReplicationConfigurationNotFoundError", "The replication configuration was not found", 404):
        source.get_bucket_replication(Bucket="source")


NOT_THE_SCHEMA = {
    # crossplane-contrib/provider-aws#554
    "neither filter nor prefix": rule(Filter=None, Priority=None, DeleteMarkerReplication=None),
    # hashicorp/terraform-provider-aws#23803
    "existing objects": rule(ExistingObjectReplication=ENABLED),
}


@pytest.mark.parametrize("case", NOT_THE_SCHEMA)
def test_a_rule_of_no_schema_is_malformed(source, target, case):
    with refused(*MALFORMED):
        configure(source, NOT_THE_SCHEMA[case])


TAKEN = {
    "the first schema": rule(Filter=None, Prefix="", Priority=None, DeleteMarkerReplication=None),
    "an empty filter": rule(Filter={}),
    "tags without markers": rule(Filter=TAG),
    "markers by prefix": rule(DeleteMarkerReplication=ENABLED),
    "time and metrics": rule(Destination={**IN_TIME, **METRICS}),
    "a disabled rule": rule(Status="Disabled"),
    "criteria that are off": rule(SourceSelectionCriteria={"SseKmsEncryptedObjects": DISABLED}),
    "changes of replicas": rule(SourceSelectionCriteria={"ReplicaModifications": ENABLED}),
}


@pytest.mark.parametrize("case", TAKEN)
def test_a_rule_that_s3_takes_comes_back_as_it_was(source, target, case):
    configure(source, TAKEN[case])
    assert source.get_bucket_replication(Bucket="source")["ReplicationConfiguration"]["Rules"] == [TAKEN[case]]
