"""Trails: files in a bucket, there as soon as somebody looks, under a key if asked, with what the selectors let in."""

import gzip
import json
import re

import pytest

from tests.authorization.helpers import make_key, use
from tests.conftest import OTHER, OWNER, allow, policy, refused
from tests.trail.helpers import AWAY, HOME, KMS, SECRET, arns, named, recorded

BUCKET, TRAIL = "logs", f"arn:aws:cloudtrail:{HOME}:{OWNER}:trail/audit"
SERVICE = "cloudtrail.amazonaws.com"
FOLDER = f"AWSLogs/{OWNER}/CloudTrail"
FILE = re.compile(
    r"AWSLogs/(?P<account>\d{12})/CloudTrail/(?P<region>[a-z0-9-]+)/(?P<day>\d{4}/\d\d/\d\d)/"
    r"(?P=account)_CloudTrail_(?P=region)_(?P<minute>\d{8}T\d{4})Z_[A-Za-z0-9]{16}\.json\.gz"
)


def open_bucket(s3, bucket=BUCKET, prefix=""):
    """A bucket that lets CloudTrail in, as AWS's documentation says."""
    s3.create_bucket(Bucket=bucket)
    arn, service = f"arn:aws:s3:::{bucket}", {"Service": SERVICE}
    document = policy(
        {"Effect": "Allow", "Principal": service, "Action": "s3:GetBucketAcl", "Resource": arn},
        {
            "Effect": "Allow",
            "Principal": service,
            "Action": "s3:PutObject",
            "Resource": f"{arn}/{prefix}AWSLogs/{OWNER}/*",
            "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}},
        },
    )
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))


@pytest.fixture
def s3(owner):
    """The S3 client of the owner's root user, with a bucket for logs."""
    client = owner.client("s3")
    open_bucket(client)
    return client


@pytest.fixture
def cloudtrail(owner):
    return owner.client("cloudtrail")


@pytest.fixture
def trail(s3, cloudtrail):
    """A CloudTrail client; the trail ``audit`` is logging."""
    cloudtrail.create_trail(Name="audit", S3BucketName=BUCKET)
    cloudtrail.start_logging(Name="audit")
    return cloudtrail


def files(s3, bucket=BUCKET):
    """The keys of the files of logs; listing is what delivers them."""
    listed = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
    return [each["Key"] for each in listed if each["Key"].endswith(".json.gz")]


def content(s3, key, bucket=BUCKET):
    return json.loads(gzip.decompress(s3.get_object(Bucket=bucket, Key=key)["Body"].read()))


def delivered(s3, bucket=BUCKET, source=KMS):
    """All records of a service in the bucket, in the order of their times."""
    records = [record for key in files(s3, bucket) for record in content(s3, key, bucket)["Records"]]
    return sorted((each for each in records if each["eventSource"] == source), key=lambda each: each["eventTime"])


def told(records):
    return [record["eventName"] for record in records]


# --- files --------------------------------------------------------------------------------------------------------------


def test_a_file_is_there_as_soon_as_somebody_looks(aws_world, clock, s3, trail, kms):
    kms.create_key()
    keys = files(s3)
    assert keys
    for key in keys:
        found = FILE.fullmatch(key)
        assert found
        assert (found["account"], found["region"]) == (OWNER, HOME)
        assert (found["day"], found["minute"]) == (f"{clock.now():%Y/%m/%d}", f"{clock.now():%Y%m%dT%H%M}")
        assert list(content(s3, key)) == ["Records"]
    assert delivered(s3) == named(aws_world, "CreateKey")


def test_the_records_of_the_files_are_those_of_the_world(aws_world, clock, s3, trail, kms, key):
    for call in (kms.describe_key, kms.disable_key, kms.enable_key):
        clock.advance(minutes=1)
        call(KeyId=key)
    assert delivered(s3) == [record for record in aws_world.events if record["eventSource"] == KMS]


def test_each_event_is_delivered_once_however_often_somebody_looks(clock, s3, trail, kms):
    for _ in range(4):
        clock.advance(minutes=6)
        kms.list_keys()
        files(s3)
    assert told(delivered(s3)) == ["ListKeys"] * 4
    events = [record["eventID"] for record in delivered(s3)]
    assert len(set(events)) == 4


def test_looking_alone_makes_no_file(s3, trail, kms):
    kms.list_keys()
    seen = files(s3)
    assert files(s3) == seen


def test_files_of_different_days_lie_in_different_folders(clock, s3, trail, kms):
    kms.list_keys()
    files(s3)
    clock.advance(days=1)
    kms.list_keys()
    assert {FILE.fullmatch(key)["day"] for key in files(s3)} == {"2030/01/02", "2030/01/03"}


def test_a_file_says_what_it_is(s3, trail, kms):
    kms.list_keys()
    head = s3.head_object(Bucket=BUCKET, Key=files(s3)[0])
    assert head["ContentType"] == "application/json"
    assert head["ServerSideEncryption"] == "AES256"


def test_another_listing_and_a_pager_find_the_files_too(s3, trail, kms):
    kms.list_keys()
    assert [each["Key"] for each in s3.list_objects(Bucket=BUCKET)["Contents"] if each["Key"].endswith("gz")]
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=f"{FOLDER}/{HOME}/")
    assert [each["Key"] for page in pages for each in page.get("Contents", [])] == files(s3)


def test_a_prefix_comes_before_all(owner, s3, cloudtrail, kms):
    open_bucket(s3, "more", "security/")
    cloudtrail.create_trail(Name="audit", S3BucketName="more", S3KeyPrefix="security")
    cloudtrail.start_logging(Name="audit")
    kms.list_keys()
    keys = files(s3, "more")
    assert keys
    assert all(key.startswith(f"security/{FOLDER}/{HOME}/") for key in keys)


def test_no_secret_stands_in_a_file(s3, trail, kms, key):
    kms.decrypt(CiphertextBlob=kms.encrypt(KeyId=key, Plaintext=SECRET)["CiphertextBlob"])
    assert SECRET.decode() not in json.dumps(delivered(s3))


# --- what is logged -----------------------------------------------------------------------------------------------------


def test_a_trail_that_was_not_started_logs_nothing(s3, cloudtrail, kms):
    cloudtrail.create_trail(Name="audit", S3BucketName=BUCKET)
    kms.list_keys()
    assert files(s3) == []
    assert cloudtrail.get_trail_status(Name="audit")["IsLogging"] is False


def test_only_what_happens_between_start_and_stop_is_logged(s3, cloudtrail, kms):
    kms.list_aliases()
    cloudtrail.create_trail(Name="audit", S3BucketName=BUCKET)
    cloudtrail.start_logging(Name="audit")
    kms.list_keys()
    cloudtrail.stop_logging(Name="audit")
    assert cloudtrail.get_trail_status(Name="audit")["IsLogging"] is False
    kms.create_key()
    assert told(delivered(s3)) == ["ListKeys"]
    cloudtrail.start_logging(Name="audit")
    kms.list_aliases()
    assert sorted(told(delivered(s3))) == ["ListAliases", "ListKeys"]


def test_a_deleted_trail_logs_no_more_and_leaves_its_files(s3, trail, kms):
    kms.list_keys()
    assert told(delivered(s3)) == ["ListKeys"]
    trail.delete_trail(Name="audit")
    kms.list_aliases()
    assert told(delivered(s3)) == ["ListKeys"]


def test_a_trail_logs_its_own_account_and_region(owner, other, s3, trail, kms):
    kms.list_keys()
    owner.client("kms", AWAY).list_aliases()
    other.client("kms").create_key()
    assert told(delivered(s3)) == ["ListKeys"]


def test_a_trail_of_all_regions_files_each_under_its_own(owner, s3, cloudtrail, kms):
    cloudtrail.create_trail(Name="audit", S3BucketName=BUCKET, IsMultiRegionTrail=True)
    cloudtrail.start_logging(Name="audit")
    kms.list_keys()
    owner.client("kms", AWAY).list_aliases()
    places = {}
    for key in files(s3):
        for record in content(s3, key)["Records"]:
            places.setdefault(record["eventName"], FILE.fullmatch(key)["region"])
    assert (places["ListKeys"], places["ListAliases"]) == (HOME, AWAY)


def test_the_use_of_the_key_by_a_stranger_is_logged_as_the_owners_record(other, s3, trail, kms):
    key = make_key(kms, use(f"arn:aws:iam::{OTHER}:root"))
    other.user("stranger", [allow("kms:*")]).client("kms").encrypt(KeyId=key, Plaintext=SECRET)
    (record,) = [each for each in delivered(s3) if each["eventName"] == "Encrypt"]
    assert (record["recipientAccountId"], record["userIdentity"]["type"]) == (OWNER, "AWSAccount")


def test_what_kms_does_by_itself_is_logged(clock, s3, trail, kms, key):
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    clock.advance(days=8)
    assert "DeleteKey" in told(delivered(s3))


def test_two_trails_each_get_everything(s3, trail, kms):
    open_bucket(s3, "second")
    trail.create_trail(Name="copy", S3BucketName="second")
    trail.start_logging(Name="copy")
    kms.list_keys()
    assert told(delivered(s3)) == told(delivered(s3, "second")) == ["ListKeys"]


def test_what_is_looked_up_needs_no_trail(cloudtrail, kms):
    kms.list_keys()
    wanted = [{"AttributeKey": "EventName", "AttributeValue": "ListKeys"}]
    assert len(cloudtrail.lookup_events(LookupAttributes=wanted)["Events"]) == 1


# --- selectors ----------------------------------------------------------------------------------------------------------

EVERYTHING = ["CreateKey", "DescribeKey", "DisableKey", "EnableKey", "Encrypt", "ListKeys"]
WRITES = ["CreateKey", "DisableKey", "EnableKey"]
SELECTORS = {
    "all": ({"ReadWriteType": "All"}, EVERYTHING),
    "writes": ({"ReadWriteType": "WriteOnly"}, WRITES),
    "reads": ({"ReadWriteType": "ReadOnly"}, ["DescribeKey", "Encrypt", "ListKeys"]),
    "no KMS": ({"ReadWriteType": "All", "ExcludeManagementEventSources": [KMS]}, []),
    "another source": (
        {"ReadWriteType": "All", "ExcludeManagementEventSources": ["rdsdata.amazonaws.com"]},
        EVERYTHING,
    ),
    "no source": ({"ReadWriteType": "All", "ExcludeManagementEventSources": []}, EVERYTHING),
    "no events of management": ({"ReadWriteType": "All", "IncludeManagementEvents": False}, []),
}


@pytest.mark.parametrize(("selector", "expected"), SELECTORS.values(), ids=SELECTORS)
def test_a_selector_decides_what_is_logged(s3, trail, kms, selector, expected):
    selector = {"IncludeManagementEvents": True, **selector}
    trail.put_event_selectors(TrailName="audit", EventSelectors=[selector])
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.encrypt(KeyId=key, Plaintext=SECRET)
    for call in (kms.describe_key, kms.disable_key, kms.enable_key):
        call(KeyId=key)
    kms.list_keys()
    assert sorted(told(delivered(s3))) == expected


def test_what_a_trail_leaves_out_is_looked_up_all_the_same(aws_world, trail, kms):
    selector = {"ReadWriteType": "All", "IncludeManagementEvents": True, "ExcludeManagementEventSources": [KMS]}
    trail.put_event_selectors(TrailName="audit", EventSelectors=[selector])
    kms.list_keys()
    wanted = [{"AttributeKey": "EventName", "AttributeValue": "ListKeys"}]
    assert len(trail.lookup_events(LookupAttributes=wanted)["Events"]) == len(named(aws_world, "ListKeys")) == 1


def test_a_selector_holds_from_when_it_is_put(s3, trail, kms):
    kms.list_keys()
    trail.put_event_selectors(
        TrailName="audit", EventSelectors=[{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}]
    )
    kms.list_aliases()
    assert told(delivered(s3)) == ["ListKeys"]


# --- under a key --------------------------------------------------------------------------------------------------------

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


@pytest.mark.parametrize(("statements", "may"), POLICIES.values(), ids=POLICIES)
def test_the_key_policy_must_let_cloudtrail_in(s3, cloudtrail, kms, statements, may):
    key = make_key(kms, *statements)
    if may:
        assert cloudtrail.create_trail(Name="audit", S3BucketName=BUCKET, KmsKeyId=key)
        return
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


# --- buckets ------------------------------------------------------------------------------------------------------------


def test_a_bucket_must_exist(cloudtrail):
    with refused("S3BucketDoesNotExistException"):
        cloudtrail.create_trail(Name="audit", S3BucketName="nowhere")


def test_a_bucket_must_let_cloudtrail_in(owner, cloudtrail):
    owner.client("s3").create_bucket(Bucket="closed")
    with refused("InsufficientS3BucketPolicyException"):
        cloudtrail.create_trail(Name="audit", S3BucketName="closed")


def test_a_reader_who_may_not_list_gets_no_file(owner, s3, trail, kms):
    kms.list_keys()
    with refused("AccessDenied", status=403):
        owner.user("nobody").client("s3").list_objects_v2(Bucket=BUCKET)


def test_a_trail_that_does_not_exist_cannot_be_started(cloudtrail):
    with refused("TrailNotFoundException"):
        cloudtrail.start_logging(Name="nothing")
