"""Calls of KMS that services make: whose name they carry, which service is told, with which encryption context."""

import json

import pytest

from tests.support.claims import OWNER, allow, refused
from tests.support.ec2 import (
    DATA,
    INFRASTRUCTURE,
    cmk,
    copy,
    make_image,
    make_snapshot,
    make_volume,
    running,
    snapshot,
    under,
    volume,
)
from tests.support.replication import SESSION, SOURCE, TARGET, configure, make_bucket, may, replicator, rule
from tests.support.s3 import sse
from tests.support.templates import key as key_resource
from tests.support.templates import template
from tests.support.trail import EC2, HOME, S3, SECRET, SECRETS, about_key, arns, recorded, the_one

pytestmark = pytest.mark.evidence(
    "documented", "examples of events of services that use KMS (developer guides of KMS and of the services)"
)

BUCKET, ARN = "bucket", "arn:aws:s3:::bucket"


@pytest.fixture
def s3(alice):
    client = alice.client("s3")
    client.create_bucket(Bucket=BUCKET)
    return client


@pytest.fixture
def ec2(alice):
    return alice.client("ec2")


def put(s3, key, name="k", **options):
    return s3.put_object(Bucket=BUCKET, Key=name, Body=SECRET, **sse(key, **options))


def named(records, name):
    return [record for record in records if record["eventName"] == name]


def carries(record, principal, service):
    """The record is of a call that the service made in the name of the principal."""
    identity = record["userIdentity"]
    assert (identity["arn"], identity["invokedBy"]) == (principal.arn, service)
    assert record["sourceIPAddress"] == service
    assert record["userAgent"] == service
    return True


# --- S3 ---------------------------------------------------------------------------------------------------------------


def test_a_write_and_a_read_are_told_as_the_callers_through_s3(aws_world, alice, s3, key):
    with recorded(aws_world) as records:
        put(s3, key)
        s3.get_object(Bucket=BUCKET, Key="k")["Body"].read()
    write, read = records
    assert (write["eventName"], read["eventName"]) == ("GenerateDataKey", "Decrypt")
    for record in records:
        assert carries(record, alice, S3)
        assert record["userIdentity"]["type"] == "IAMUser"
        assert record["requestParameters"]["encryptionContext"] == {"aws:s3:arn": f"{ARN}/k"}
        assert record["resources"] == [about_key(key)]
        assert (record["readOnly"], record["responseElements"]) == (True, None)
        assert record["recipientAccountId"] == OWNER
        assert set(record["additionalEventData"]) == {"keyMaterialId"}
        assert (record["eventType"], "sharedEventID" in record) == ("AwsApiCall", False)
    assert write["requestParameters"]["keyId"] == key
    assert write["requestParameters"]["keySpec"] == "AES_256"
    assert read["requestParameters"].get("encryptionAlgorithm") == "SYMMETRIC_DEFAULT"


def test_a_session_through_s3_is_told_with_its_role(aws_world, owner, s3, key):
    role = owner.role("app", [allow(["s3:*", "kms:*"])])
    put(role.client("s3"), key)
    identity = the_one(aws_world, "GenerateDataKey")["userIdentity"]
    assert (identity["type"], identity["invokedBy"]) == ("AssumedRole", S3)
    assert identity["sessionContext"]["sessionIssuer"]["arn"] == role.arn


def test_the_root_user_through_s3_is_root(aws_world, owner, s3, key):
    put(owner.client("s3"), key)
    identity = the_one(aws_world, "GenerateDataKey")["userIdentity"]
    assert (identity["type"], identity["invokedBy"]) == ("Root", S3)


def test_the_context_of_the_caller_and_that_of_s3_are_both_told(aws_world, s3, key):
    put(s3, key, context={"team": "a"})
    told = the_one(aws_world, "GenerateDataKey")["requestParameters"]["encryptionContext"]
    assert told == {"team": "a", "aws:s3:arn": f"{ARN}/k"}


def test_with_a_bucket_key_the_context_is_the_bucket(aws_world, s3, key):
    with recorded(aws_world) as records:
        put(s3, key, BucketKeyEnabled=True)
    contexts = [record["requestParameters"]["encryptionContext"] for record in records]
    assert contexts
    assert all(context == {"aws:s3:arn": ARN} for context in contexts)


@pytest.mark.kmsmock(service_caches=True)
def test_what_s3_answers_from_its_cache_is_not_told(aws_world, s3, key):
    put(s3, key, BucketKeyEnabled=True)
    with recorded(aws_world) as records:
        put(s3, key, "other", BucketKeyEnabled=True)
        s3.get_object(Bucket=BUCKET, Key="other")["Body"].read()
    assert records == []


def test_an_object_without_kms_is_not_told_to_kms(aws_world, s3):
    with recorded(aws_world) as records:
        s3.put_object(Bucket=BUCKET, Key="k", Body=SECRET)
        s3.get_object(Bucket=BUCKET, Key="k")["Body"].read()
    assert records == []


def test_the_body_of_an_object_is_not_told(aws_world, s3, key):
    put(s3, key)
    s3.get_object(Bucket=BUCKET, Key="k")["Body"].read()
    assert SECRET.decode() not in json.dumps(list(aws_world.events))


def test_a_denial_behind_s3_is_told_with_the_text_of_kms(aws_world, owner, s3, key):
    half = owner.user("half", [allow("s3:*")])
    with refused("AccessDenied", status=403):
        put(half.client("s3"), key)
    record = the_one(aws_world, "GenerateDataKey")
    assert (record["errorCode"], record["responseElements"]) == ("AccessDenied", None)
    assert record["errorMessage"] == (
        f"User: {half.arn} is not authorized to perform: kms:GenerateDataKey on resource: {key} "
        "because no identity-based policy allows the kms:GenerateDataKey action"
    )
    assert carries(record, half, S3)


def test_a_disabled_key_behind_s3_is_told(aws_world, kms, alice, s3, key):
    put(s3, key)
    kms.disable_key(KeyId=key)
    with refused("KMS.DisabledException"):
        s3.get_object(Bucket=BUCKET, Key="k")
    record = the_one(aws_world, "Decrypt")
    assert (record["errorCode"], record["errorMessage"]) == ("DisabledException", f"{key} is disabled.")
    assert carries(record, alice, S3)


def test_what_s3_itself_refuses_never_reaches_kms(aws_world, owner, s3, key):
    nobody = owner.user("nobody", [allow("kms:*")])
    before = len(aws_world.events)
    with refused("AccessDenied", status=403):
        put(nobody.client("s3"), key)
    assert not [record for record in aws_world.events[before:] if record["eventName"] == "GenerateDataKey"]


def test_replication_is_told_as_the_session_of_its_role(aws_world, owner, kms, key):
    source, another = make_bucket(owner, "source"), kms.create_key()["KeyMetadata"]["Arn"]
    make_bucket(owner, "target")
    replicator(owner, may("kms:Decrypt", key, f"{SOURCE}/*"), may("kms:Encrypt", another, f"{TARGET}/*"))
    configure(source, rule(another))
    with recorded(aws_world) as records:
        source.put_object(Bucket="source", Key="k", Body=SECRET, **sse(key))
        source.head_object(Bucket="source", Key="k")
    (read,), (write,) = named(records, "Decrypt"), named(records, "Encrypt")
    assert (arns(read), arns(write)) == ([key], [another])
    for record in (read, write):
        identity = record["userIdentity"]
        assert (identity["type"], identity["arn"], identity["invokedBy"]) == ("AssumedRole", SESSION, S3)
        assert identity["sessionContext"]["sessionIssuer"]["userName"] == "replicator"


# --- EC2 --------------------------------------------------------------------------------------------------------------


def test_a_new_volume_is_told_as_the_callers_through_ec2(aws_world, owner, alice, ec2):
    key = cmk(owner)
    with recorded(aws_world) as records:
        made = make_volume(ec2, key)
    (record,) = named(records, "GenerateDataKeyWithoutPlaintext")
    assert carries(record, alice, EC2)
    assert record["requestParameters"] == {
        "keyId": key,
        "numberOfBytes": 64,
        "encryptionContext": {"aws:ebs:id": made},
    }
    assert record["resources"] == [about_key(key)]


def test_attaching_is_told_as_a_grant_of_the_caller_and_a_decryption_of_the_infrastructure(
    aws_world, owner, alice, ec2
):
    key = cmk(owner)
    disk, host = make_volume(ec2, key), running(ec2, make_image(ec2, make_snapshot(ec2)))
    with recorded(aws_world) as records:
        ec2.attach_volume(VolumeId=disk, InstanceId=host, Device=DATA)
    (grant,), (opened,) = named(records, "CreateGrant"), named(records, "Decrypt")
    session = f"arn:aws:sts::{OWNER}:assumed-role/{INFRASTRUCTURE}/{host}"
    assert carries(grant, alice, EC2)
    assert grant["requestParameters"]["granteePrincipal"] == session
    assert grant["requestParameters"]["operations"] == ["Decrypt"]
    assert grant["requestParameters"]["constraints"] == {"encryptionContextSubset": {"aws:ebs:id": disk}}
    assert set(grant["responseElements"]) == {"grantId", "keyId"}
    identity = opened["userIdentity"]
    assert (identity["type"], identity["arn"]) == ("AssumedRole", session)
    assert identity["principalId"] == f"{OWNER}:{INFRASTRUCTURE}:{host}"
    assert identity["sessionContext"]["sessionIssuer"]["arn"] == f"arn:aws:iam::{OWNER}:role/{INFRASTRUCTURE}"
    assert opened["requestParameters"]["encryptionContext"] == {"aws:ebs:id": disk}


def test_a_snapshot_and_its_sharing_call_no_kms(aws_world, owner, ec2):
    made = make_volume(ec2, cmk(owner))
    with recorded(aws_world) as records:
        taken = ec2.create_snapshot(VolumeId=made)["SnapshotId"]
        ec2.modify_snapshot_attribute(
            SnapshotId=taken, Attribute="createVolumePermission", OperationType="add", UserIds=["222222222222"]
        )
        ec2.delete_snapshot(SnapshotId=taken)
    assert records == []


def test_the_copy_of_a_snapshot_is_told_with_both_keys(aws_world, owner, alice, ec2):
    source, target = cmk(owner), cmk(owner)
    taken = make_snapshot(ec2, source)
    with recorded(aws_world) as records:
        made = copy(ec2, taken, **under(target))
        assert snapshot(ec2, made)["State"] == "completed"
    mine = [record for record in records if record["userIdentity"].get("arn") == alice.arn]
    assert {record["userIdentity"]["invokedBy"] for record in mine} == {EC2}
    assert {arns(record)[0] for record in named(mine, "CreateGrant")} == {source, target}
    assert [arns(record) for record in named(mine, "DescribeKey")] == [[target]]


def test_a_volume_that_cannot_be_made_leaves_the_reason_in_the_trail(aws_world, owner, kms, ec2):
    key = cmk(owner)
    kms.disable_key(KeyId=key)
    with recorded(aws_world) as records:
        made = ec2.create_volume(AvailabilityZone=f"{HOME}a", Size=1, **under(key))["VolumeId"]
        assert volume(ec2, made) is None
    failed = [record for record in records if "errorCode" in record]
    assert failed
    assert {(record["errorCode"], record["errorMessage"]) for record in failed} == {
        ("DisabledException", f"{key} is disabled.")
    }


# --- Secrets Manager ----------------------------------------------------------------------------------------------------


def test_a_secret_is_told_by_its_arn_and_version(aws_world, alice, key):
    client = alice.client("secretsmanager")
    with recorded(aws_world) as records:
        made = client.create_secret(Name="db", SecretString=SECRET.decode(), KmsKeyId=key)
        client.get_secret_value(SecretId="db")
    context = {"SecretARN": made["ARN"], "SecretVersionId": made["VersionId"]}
    assert records[-1]["eventName"] == "Decrypt"
    assert records[-1]["requestParameters"]["encryptionContext"] == context
    assert context in [each["requestParameters"]["encryptionContext"] for each in named(records, "GenerateDataKey")]
    for record in records:
        assert carries(record, alice, SECRETS)
        assert record["resources"] == [about_key(key)]
    assert SECRET.decode() not in json.dumps(list(aws_world.events))


def test_a_denial_behind_a_secret_says_in_the_trail_what_the_service_hides(aws_world, owner, alice, key):
    alice.client("secretsmanager").create_secret(Name="db", SecretString="x", KmsKeyId=key)
    half = owner.user("half", [allow("secretsmanager:*")])
    before = len(aws_world.events)
    with refused("AccessDeniedException", "Access to KMS is not allowed"):
        half.client("secretsmanager").get_secret_value(SecretId="db")
    (record,) = [each for each in aws_world.events[before:] if each["eventName"] == "Decrypt"]
    assert record["errorCode"] == "AccessDenied"
    assert record["errorMessage"].startswith(f"User: {half.arn} is not authorized to perform: kms:Decrypt")


# --- CloudFormation -----------------------------------------------------------------------------------------------------


def test_the_key_of_a_template_is_told_as_the_callers_through_cloudformation(aws_world, owner):
    alice = owner.user("alice", [allow(["kms:*", "cloudformation:*"])])
    alice.client("cloudformation").create_stack(StackName="s", TemplateBody=template(Key=key_resource()))
    identity = the_one(aws_world, "CreateKey")["userIdentity"]
    assert (identity["arn"], identity["invokedBy"]) == (alice.arn, "cloudformation.amazonaws.com")


# --- the last use -------------------------------------------------------------------------------------------------------


def test_a_use_through_a_service_is_a_use_of_the_key(aws_world, kms, s3, key):
    put(s3, key)
    used = kms.get_key_last_usage(KeyId=key)["KeyLastUsage"]
    assert used["Operation"] == "GenerateDataKey"
    assert used["CloudTrailEventId"] == the_one(aws_world, "GenerateDataKey")["eventID"]
