"""Trails: files in a bucket, there as soon as somebody looks, under a key if asked, with what the selectors let in."""

import json
import re

import pytest
from botocore.exceptions import ClientError, ParamValidationError

from tests.support.claims import OTHER, OWNER, allow, policy, refused
from tests.support.policies import make_key, use
from tests.support.trail import AWAY, HOME, KMS, SECRET, named, open_bucket
from tests.support.trail_files import SERVICE, content, delivered, files, told
from tests.trail.conftest import BUCKET, TRAIL

pytestmark = pytest.mark.evidence("documented", "CloudTrail user guide: log file names, selectors, validation")

FOLDER = f"AWSLogs/{OWNER}/CloudTrail"
FILE = re.compile(
    r"AWSLogs/(?P<account>\d{12})/CloudTrail/(?P<region>[a-z0-9-]+)/(?P<day>\d{4}/\d\d/\d\d)/"
    r"(?P=account)_CloudTrail_(?P=region)_(?P<minute>\d{8}T\d{4})Z_[A-Za-z0-9]{16}\.json\.gz"
)


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


def life(kms):
    """Reads and writes: EVERYTHING."""
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.encrypt(KeyId=key, Plaintext=SECRET)
    for call in (kms.describe_key, kms.disable_key, kms.enable_key):
        call(KeyId=key)
    kms.list_keys()


def logged(s3, cloudtrail, kms, number, **selectors):
    """The names of what a trail of its own lets in."""
    bucket = f"logs-{number}"
    open_bucket(s3, bucket)
    cloudtrail.create_trail(Name=bucket, S3BucketName=bucket)
    cloudtrail.put_event_selectors(TrailName=bucket, **selectors)
    cloudtrail.start_logging(Name=bucket)
    life(kms)
    return sorted(told(delivered(s3, bucket)))


def test_a_selector_decides_what_is_logged(s3, cloudtrail, kms):
    for number, (selector, expected) in enumerate(SELECTORS.values()):
        given = {"IncludeManagementEvents": True, **selector}
        assert logged(s3, cloudtrail, kms, number, EventSelectors=[given]) == expected, selector


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


# --- advanced selectors, organizations, permissions ---------------------------------------------------------------------

MANAGEMENT = {"Field": "eventCategory", "Equals": ["Management"]}
ADVANCED = [
    ([], EVERYTHING),
    ([{"Field": "readOnly", "Equals": ["false"]}], WRITES),
    ([{"Field": "eventSource", "NotEquals": ["rdsdata.amazonaws.com", KMS]}], []),
    ([{"Field": "eventName", "StartsWith": ["D", "L"]}], ["DescribeKey", "DisableKey", "ListKeys"]),
    ([{"Field": "userIdentity.arn", "NotEndsWith": [":root"]}], []),
]


def test_an_advanced_selector_decides_too(s3, cloudtrail, kms):
    for number, (fields, expected) in enumerate(ADVANCED):
        given = {"Name": "some", "FieldSelectors": [MANAGEMENT, *fields]}
        assert logged(s3, cloudtrail, kms, number, AdvancedEventSelectors=[given]) == expected, fields


def test_a_trail_of_an_organization_logs_its_accounts(aws_world, owner, other, s3, cloudtrail, kms):
    organizations = owner.client("organizations")
    number = organizations.create_organization(FeatureSet="ALL")["Organization"]["Id"]
    member = organizations.create_account(Email="a@example.com", AccountName="a")["CreateAccountStatus"]["AccountId"]
    everything = [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]
    document = policy({"Effect": "Allow", "Principal": {"Service": SERVICE}, "Action": "s3:*", "Resource": everything})
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(document))
    cloudtrail.create_trail(Name="audit", S3BucketName=BUCKET, IsOrganizationTrail=True)
    cloudtrail.start_logging(Name="audit")
    for account in (owner, aws_world.account(member), other):
        account.client("kms").list_keys()
    folders = {tuple(key.split("/")[:3]) for key in files(s3)}
    assert folders == {("AWSLogs", number, OWNER), ("AWSLogs", number, member)}


def test_a_bucket_of_another_account_takes_the_files(owner, other, kms):
    archive = other.client("s3")
    open_bucket(archive, "archive")
    trail = owner.client("cloudtrail")
    trail.create_trail(Name="audit", S3BucketName="archive")
    trail.start_logging(Name="audit")
    kms.list_keys()
    assert told(delivered(archive, "archive")) == ["ListKeys"]


def test_what_a_bucket_refused_is_delivered_when_it_lets_cloudtrail_in_again(s3, trail, kms):
    kms.list_keys()
    files(s3)
    before = s3.get_bucket_policy(Bucket=BUCKET)["Policy"]
    s3.delete_bucket_policy(Bucket=BUCKET)
    kms.list_aliases()
    assert told(delivered(s3)) == ["ListKeys"]
    assert trail.get_trail_status(Name="audit")["LatestDeliveryError"] == "AccessDenied"
    s3.put_bucket_policy(Bucket=BUCKET, Policy=before)
    kms.list_keys()
    assert sorted(told(delivered(s3))) == ["ListAliases", "ListKeys", "ListKeys"]
    assert "LatestDeliveryError" not in trail.get_trail_status(Name="audit")


def test_users_need_permissions_on_the_trail(owner, s3, trail):
    nobody = owner.user("nobody").client("cloudtrail")
    with refused("AccessDeniedException") as refusal:
        nobody.stop_logging(Name="audit")
    assert f"cloudtrail:StopLogging on resource: {TRAIL}" in refusal.response["Error"]["Message"]
    with refused("TrailAlreadyExistsException"):
        trail.create_trail(Name="audit", S3BucketName=BUCKET)
    with refused("TrailNotFoundException"):
        trail.delete_trail(Name="nothing")
    owner.user("auditor", [allow("cloudtrail:*", TRAIL)]).client("cloudtrail").delete_trail(Name=TRAIL)
    assert trail.describe_trails()["trailList"] == []


@pytest.mark.parametrize(
    "selectors",
    [
        {"EventSelectors": [{"ReadWriteType": "Nonsense"}]},
        {"AdvancedEventSelectors": [{"FieldSelectors": [{"Equals": ["Management"]}]}]},
    ],
)
def test_selectors_that_nobody_knows_are_refused_when_they_are_put(trail, s3, kms, selectors):
    with pytest.raises((ClientError, ParamValidationError)):
        trail.put_event_selectors(TrailName="audit", **selectors)
    kms.list_keys()
    assert s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 1
