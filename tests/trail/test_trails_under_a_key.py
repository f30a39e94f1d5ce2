"""Trails under a key: its policy must let CloudTrail in, and readers need it."""

import json

import pytest

from tests.support.claims import OWNER, allow, policy, refused
from tests.support.policies import make_key, use
from tests.support.trail import AWAY, HOME, arns, named, recorded
from tests.support.trail_files import SERVICE, content, delivered, files, told
from tests.trail.conftest import BUCKET, TRAIL, cloudtrail, s3, trail

pytestmark = pytest.mark.evidence("documented", '"Encrypting CloudTrail log files with AWS KMS keys" (user guide)')

__all__ = ["cloudtrail", "s3", "trail"]


ANY_TRAIL = {"StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": f"arn:aws:cloudtrail:*:{OWNER}:trail/*"}}
MAY_WRITE = use({"Service": SERVICE}, "kms:GenerateDataKey*", Condition=ANY_TRAIL)
MAY_DESCRIBE = use({"Service": SERVICE}, "kms:DescribeKey")


@pytest.fixture
def log_key(kms):
    """A key that CloudTrail may encrypt under, as AWS's documentation says."""
    return make_key(kms, MAY_WRITE, MAY_DESCRIBE)


def encrypting(cloudtrail, key, name="audit", **more):
    made = cloudtrail.create_trail(Name=name, S3BucketName=BUCKET, KmsKeyId=key, **more)
    cloudtrail.start_logging(Name=name)
    return made


def test_files_are_under_the_key_of_the_trail(aws_world, s3, cloudtrail, kms, log_key):
    assert encrypting(cloudtrail, log_key)["KmsKeyId"] == log_key
    kms.list_keys()
    (first, *_) = files(s3)
    head = s3.head_object(Bucket=BUCKET, Key=first)
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", log_key)
    assert "ListKeys" in told(delivered(s3))
    assert b"ListKeys" not in aws_world.at_rest(f"arn:aws:s3:::{BUCKET}/{first}").ciphertext


def test_the_data_key_of_a_file_is_made_by_the_service_for_the_trail(aws_world, s3, cloudtrail, kms, log_key):
    encrypting(cloudtrail, log_key)
    kms.list_keys()
    (first, *_) = files(s3)
    records = [record for record in named(aws_world, "GenerateDataKey") if arns(record) == [log_key]]
    contexts = [record["requestParameters"]["encryptionContext"] for record in records]
    assert {"aws:cloudtrail:arn": TRAIL, "aws:s3:arn": f"arn:aws:s3:::{BUCKET}/{first}"} in contexts
    for record in records:
        identity = record["userIdentity"]
        assert (identity["type"], identity["invokedBy"]) == ("AWSService", SERVICE)
        assert not {"arn", "accessKeyId", "userName", "sessionContext"} & identity.keys()
        assert record["sourceIPAddress"] == SERVICE
        assert record["requestParameters"]["encryptionContext"]["aws:cloudtrail:arn"] == TRAIL
        assert record["recipientAccountId"] == OWNER


def test_making_the_trail_tries_the_key(aws_world, s3, cloudtrail, log_key):
    with recorded(aws_world) as records:
        cloudtrail.create_trail(Name="audit", S3BucketName=BUCKET, KmsKeyId=log_key)
    tried = [record for record in records if record["eventName"] == "GenerateDataKey"]
    assert tried
    assert tried[0]["requestParameters"]["encryptionContext"]["aws:cloudtrail:arn"] == TRAIL


SOURCE = {"StringEquals": {"aws:SourceArn": TRAIL}}
OTHER_SOURCE = {"StringEquals": {"aws:SourceArn": f"{TRAIL}-2"}}
OTHER_TRAIL = {"StringEquals": {"kms:EncryptionContext:aws:cloudtrail:arn": f"{TRAIL}-2"}}
POLICIES = {
    "as documented": ([MAY_WRITE, MAY_DESCRIBE], True),
    "with the source": ([use({"Service": SERVICE}, "kms:GenerateDataKey*", Condition=SOURCE), MAY_DESCRIBE], True),
    "by the default": ([], False),
    "for another service": ([use({"Service": "logs.amazonaws.com"}, "kms:GenerateDataKey*")], False),
    "for another trail": ([use({"Service": SERVICE}, "kms:GenerateDataKey*", Condition=OTHER_TRAIL)], False),
    "from another source": ([use({"Service": SERVICE}, "kms:GenerateDataKey*", Condition=OTHER_SOURCE)], False),
    "for another action": ([use({"Service": SERVICE}, "kms:Encrypt"), MAY_DESCRIBE], False),
    "denied": ([MAY_WRITE, MAY_DESCRIBE, use({"Service": SERVICE}, "kms:GenerateDataKey*", "Deny")], False),
}


def test_the_key_policy_must_let_cloudtrail_in(s3, cloudtrail, kms):
    for statements, may in POLICIES.values():
        key = make_key(kms, *statements)
        if may:
            assert cloudtrail.create_trail(Name="audit", S3BucketName=BUCKET, KmsKeyId=key)
            cloudtrail.delete_trail(Name="audit")
            continue
        text = f"Insufficient permissions to access S3 bucket {BUCKET} or KMS key {key}."
        with refused("InsufficientEncryptionPolicyException", text):
            cloudtrail.create_trail(Name="audit", S3BucketName=BUCKET, KmsKeyId=key)
        assert cloudtrail.describe_trails()["trailList"] == []


def test_a_trail_may_take_a_key_later_and_give_it_up(s3, trail, kms, key, log_key):
    kms.list_keys()
    plain = files(s3)
    with refused("InsufficientEncryptionPolicyException"):
        trail.update_trail(Name="audit", KmsKeyId=key)
    assert trail.update_trail(Name="audit", KmsKeyId=log_key)["KmsKeyId"] == log_key
    kms.list_keys()
    secret = [each for each in files(s3) if each not in plain]
    assert {s3.head_object(Bucket=BUCKET, Key=each)["ServerSideEncryption"] for each in plain} == {"AES256"}
    assert {s3.head_object(Bucket=BUCKET, Key=each)["ServerSideEncryption"] for each in secret} == {"aws:kms"}


def test_a_key_that_does_not_exist_makes_no_trail(s3, cloudtrail):
    ghost = f"arn:aws:kms:{HOME}:{OWNER}:key/12345678-1234-1234-1234-123456789012"
    with refused("KmsKeyNotFoundException"):
        cloudtrail.create_trail(Name="audit", S3BucketName=BUCKET, KmsKeyId=ghost)


def test_a_key_of_another_region_than_the_bucket_makes_no_trail(owner, s3, cloudtrail):
    away = make_key(owner.client("kms", AWAY), MAY_WRITE, MAY_DESCRIBE)
    with refused("KmsKeyNotFoundException"):
        cloudtrail.create_trail(Name="audit", S3BucketName=BUCKET, KmsKeyId=away)


@pytest.mark.parametrize("form", ["id", "alias", "alias ARN"])
def test_a_key_may_be_named_in_every_form_and_is_told_by_its_arn(s3, cloudtrail, kms, log_key, form):
    kms.create_alias(AliasName="alias/logs", TargetKeyId=log_key)
    alias = f"arn:aws:kms:{HOME}:{OWNER}:alias/logs"
    forms = {"id": log_key.rsplit("/", 1)[1], "alias": "alias/logs", "alias ARN": alias}
    assert encrypting(cloudtrail, forms[form])["KmsKeyId"] == log_key
    kms.list_keys()
    assert s3.head_object(Bucket=BUCKET, Key=files(s3)[0])["SSEKMSKeyId"] == log_key


@pytest.mark.parametrize("actions", [["s3:*"], ["s3:*", "kms:Decrypt"]], ids=["without Decrypt", "with Decrypt"])
def test_a_reader_needs_the_right_to_decrypt(owner, s3, cloudtrail, kms, log_key, actions):
    encrypting(cloudtrail, log_key)
    kms.list_keys()
    reader = owner.user("reader", [allow(actions)])
    client = reader.client("s3")
    (first, *_) = files(client)
    if "kms:Decrypt" in actions:
        assert "ListKeys" in told(content(client, first)["Records"])
        return
    message = (
        f"User: {reader.arn} is not authorized to perform: kms:Decrypt on resource: {log_key} "
        "because no identity-based policy allows the kms:Decrypt action"
    )
    with refused("AccessDenied", message, 403):
        content(client, first)


def test_a_reader_is_told_in_the_trail_with_the_trail_as_context(aws_world, alice, s3, cloudtrail, kms, log_key):
    encrypting(cloudtrail, log_key)
    kms.list_keys()
    (first, *_) = files(s3)
    content(alice.client("s3"), first)
    record = named(aws_world, "Decrypt")[-1]
    assert record["userIdentity"]["arn"] == alice.arn
    assert record["requestParameters"]["encryptionContext"] == {
        "aws:cloudtrail:arn": TRAIL,
        "aws:s3:arn": f"arn:aws:s3:::{BUCKET}/{first}",
    }


def test_while_its_key_is_disabled_a_trail_delivers_nothing_and_fails_no_call(s3, cloudtrail, kms, log_key):
    encrypting(cloudtrail, log_key)
    files(s3)
    before = set(files(s3))
    kms.disable_key(KeyId=log_key)
    kms.list_keys()
    assert set(files(s3)) == before
    assert cloudtrail.get_trail_status(Name="audit")["IsLogging"] is True


def test_after_cloudtrail_lost_its_permission_nothing_is_delivered(s3, cloudtrail, kms, log_key):
    encrypting(cloudtrail, log_key)
    before = set(files(s3))
    document = policy(
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{OWNER}:root"}, "Action": "kms:*", "Resource": "*"}
    )
    kms.put_key_policy(KeyId=log_key, PolicyName="default", Policy=json.dumps(document))
    kms.list_keys()
    assert set(files(s3)) == before


def test_what_waited_for_the_key_is_delivered_when_it_is_enabled_again(s3, cloudtrail, kms, log_key):
    encrypting(cloudtrail, log_key)
    kms.disable_key(KeyId=log_key)
    kms.list_keys()
    assert files(s3) == files(s3) == []
    assert cloudtrail.get_trail_status(Name="audit")["LatestDeliveryError"] == "DisabledException"
    kms.enable_key(KeyId=log_key)
    assert {"DisableKey", "ListKeys", "EnableKey"} <= set(told(delivered(s3)))


def test_looking_makes_no_events_for_ever(s3, cloudtrail, kms, log_key):
    """The data key of a file is told by an event, which is no reason for another file."""
    encrypting(cloudtrail, log_key)
    kms.list_keys()
    assert files(s3) == files(s3)
