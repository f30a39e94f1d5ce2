"""LookupEvents: the events of one account and Region in the last ninety days, newest first, by one attribute."""

import json
from datetime import datetime, timedelta, timezone

import pytest
from botocore.exceptions import ParamValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.claims import OWNER, allow, refused
from tests.support.policies import assume, signing, trust
from tests.support.trail import AWAY, HOME, KMS, S3, bare, last, the_one

pytestmark = pytest.mark.evidence("documented", "LookupEvents (CloudTrail API reference)")


@pytest.fixture
def trail(owner):
    """A CloudTrail client of the root user of the owner's account."""
    return owner.client("cloudtrail")


def by(key, value):
    return {"LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}]}


def names(answer):
    """The names of the events of KMS; CloudTrail's own calls may stand among them."""
    return [event["EventName"] for event in answer["Events"] if event["EventSource"] == KMS]


def look(trail, **given):
    return names(trail.lookup_events(**given))


# --- what is told of an event -------------------------------------------------------------------------------------------


def test_an_event_is_told_in_short_and_in_full(aws_world, clock, alice, trail, key):
    session = alice.session()
    session.client("kms", HOME).disable_key(KeyId=key)
    (event,) = trail.lookup_events(**by("EventName", "DisableKey"))["Events"]
    record = the_one(aws_world, "DisableKey")
    assert json.loads(event.pop("CloudTrailEvent")) == record
    assert {"ResourceType": "AWS::KMS::Key", "ResourceName": key} in event.pop("Resources")
    assert event == {
        "EventId": record["eventID"],
        "EventName": "DisableKey",
        "ReadOnly": "false",
        "AccessKeyId": session.get_credentials().access_key,
        "EventTime": clock.now(),
        "EventSource": KMS,
        "Username": "alice",
    }


def test_the_names_of_callers(owner, alice, trail, kms, key):
    """A user by his name, a session by its own, the root user as root."""
    role = owner.role("worker", [allow("kms:*")], trust=trust(f"arn:aws:iam::{OWNER}:root"))
    clients = [kms, alice.client("kms"), signing(assume(alice.client("sts"), role, "ci"))]
    for client in clients:
        client.encrypt(KeyId=key, Plaintext=b"x")
    events = trail.lookup_events(**by("EventName", "Encrypt"))["Events"]
    assert [event["Username"] for event in reversed(events)] == ["root", "alice", "ci"]


def test_what_kms_did_by_itself_has_no_caller(clock, trail, kms, key):
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    clock.advance(days=8)
    (event,) = trail.lookup_events(**by("EventName", "DeleteKey"))["Events"]
    assert not event.get("AccessKeyId")
    assert event["ReadOnly"] == "false"


def test_failures_are_found_too(owner, trail, key):
    with refused("AccessDeniedException"):
        owner.user("nobody").client("kms").disable_key(KeyId=key)
    (event,) = trail.lookup_events(**by("EventName", "DisableKey"))["Events"]
    assert json.loads(event["CloudTrailEvent"])["errorCode"] == "AccessDenied"


def test_the_call_of_a_service_is_found_too(owner, trail, key):
    s3 = owner.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    (event,) = trail.lookup_events(**by("EventName", "GenerateDataKey"))["Events"]
    assert json.loads(event["CloudTrailEvent"])["userIdentity"]["invokedBy"] == S3


# --- order, and whose events --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ticks", [True, False], ids=["time passes", "time stands still"])
def test_the_newest_comes_first(clock, trail, kms, ticks):
    key = kms.create_key()["KeyMetadata"]["Arn"]
    for call in (kms.describe_key, kms.disable_key, kms.enable_key):
        if ticks:
            clock.advance(minutes=1)
        call(KeyId=key)
    assert look(trail) == ["EnableKey", "DisableKey", "DescribeKey", "CreateKey"]


def test_only_the_callers_account_and_region_are_looked_up(owner, other, trail, kms):
    kms.create_key()
    owner.client("kms", AWAY).list_keys()
    other.client("kms").list_aliases()
    assert look(trail) == ["CreateKey"]
    assert look(owner.client("cloudtrail", AWAY)) == ["ListKeys"]
    assert look(other.client("cloudtrail")) == ["ListAliases"]


def test_nothing_happened_yet(trail):
    answer = trail.lookup_events()
    assert look(trail) == []
    assert "NextToken" not in answer


def test_a_user_needs_a_permission_to_look_up(owner, alice, key):
    nobody = owner.user("nobody")
    message = (
        f"User: {nobody.arn} is not authorized to perform: cloudtrail:LookupEvents "
        "because no identity-based policy allows the cloudtrail:LookupEvents action"
    )
    with refused("AccessDeniedException", message):
        nobody.client("cloudtrail").lookup_events()
    assert look(alice.client("cloudtrail")) == ["CreateKey"]


# --- attributes ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def past(owner, alice, kms):
    """Some events, and what they are about."""
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/app", TargetKeyId=key)
    session = alice.session()
    session.client("kms", HOME).describe_key(KeyId=key)
    other = session.client("kms", HOME).create_key()["KeyMetadata"]["Arn"]
    return {
        "key": key,
        "other": other,
        "alias": f"arn:aws:kms:{HOME}:{OWNER}:alias/app",
        "access": session.get_credentials().access_key,
        "root": owner.session().get_credentials().access_key,
    }


ATTRIBUTES = [
    ("EventName", "CreateKey", ["CreateKey", "CreateKey"]),
    ("EventName", "createkey", []),
    ("EventName", "Nothing", []),
    ("ReadOnly", "true", ["DescribeKey"]),
    ("ReadOnly", "false", ["CreateKey", "CreateAlias", "CreateKey"]),
    ("Username", "alice", ["CreateKey", "DescribeKey"]),
    ("Username", "root", ["CreateAlias", "CreateKey"]),
    ("Username", "bob", []),
    ("ResourceType", "AWS::KMS::Key", ["CreateKey", "DescribeKey", "CreateAlias", "CreateKey"]),
    ("ResourceType", "AWS::KMS::Alias", ["CreateAlias"]),
    ("ResourceType", "AWS::S3::Bucket", []),
    ("ResourceName", "$key", ["DescribeKey", "CreateAlias", "CreateKey"]),
    ("ResourceName", "$other", ["CreateKey"]),
    ("ResourceName", "$alias", ["CreateAlias"]),
    ("EventSource", "kms.amazonaws.com", ["CreateKey", "DescribeKey", "CreateAlias", "CreateKey"]),
    ("EventSource", "s3.amazonaws.com", []),
    ("AccessKeyId", "$access", ["CreateKey", "DescribeKey"]),
    ("AccessKeyId", "AKIAIOSFODNN7EXAMPLE", []),
]


def test_one_attribute_selects(trail, past):
    for attribute, value, expected in ATTRIBUTES:
        wanted = past[value[1:]] if value.startswith("$") else value
        assert look(trail, **by(attribute, wanted)) == expected, (attribute, value)


def test_an_event_is_found_by_its_id(aws_world, trail, past):
    record = the_one(aws_world, "CreateAlias")
    (event,) = trail.lookup_events(**by("EventId", record["eventID"]))["Events"]
    assert json.loads(event["CloudTrailEvent"]) == record
    assert look(trail, **by("EventId", "12345678-1234-1234-1234-123456789012")) == []


def test_the_event_of_the_last_use_of_a_key_is_found(trail, kms, key):
    kms.encrypt(KeyId=key, Plaintext=b"x")
    event_id = kms.get_key_last_usage(KeyId=key)["KeyLastUsage"]["CloudTrailEventId"]
    assert look(trail, **by("EventId", event_id)) == ["Encrypt"]


TWO = [
    {"AttributeKey": "EventName", "AttributeValue": "CreateKey"},
    {"AttributeKey": "Username", "AttributeValue": "alice"},
]
INVALID = {
    "two attributes": TWO,
    "an unknown attribute": [{"AttributeKey": "Colour", "AttributeValue": "red"}],
    "read-only that is neither true nor false": [{"AttributeKey": "ReadOnly", "AttributeValue": "maybe"}],
    "a value beyond two thousand characters": [{"AttributeKey": "EventName", "AttributeValue": "x" * 2001}],
}


def test_invalid_attributes_are_refused(trail):
    for attributes in INVALID.values():
        with refused("InvalidLookupAttributesException"):
            trail.lookup_events(LookupAttributes=attributes)


def test_no_attributes_are_as_none(trail, past):
    assert look(trail, LookupAttributes=[]) == look(trail)


# --- time ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def hours(clock, kms):
    """The instants of CreateKey, DescribeKey, DisableKey and EnableKey, an hour apart."""
    instants = [clock.now()]
    key = kms.create_key()["KeyMetadata"]["Arn"]
    for call in (kms.describe_key, kms.disable_key, kms.enable_key):
        instants.append(clock.advance(hours=1))
        call(KeyId=key)
    clock.advance(hours=1)
    return instants


RANGES = [
    ({}, ["EnableKey", "DisableKey", "DescribeKey", "CreateKey"]),
    ({"StartTime": 1}, ["EnableKey", "DisableKey", "DescribeKey"]),
    ({"EndTime": 2}, ["DisableKey", "DescribeKey", "CreateKey"]),
    ({"StartTime": 1, "EndTime": 2}, ["DisableKey", "DescribeKey"]),
    ({"StartTime": 2, "EndTime": 2}, ["DisableKey"]),
]


def test_both_ends_of_a_range_belong_to_it(trail, hours):
    for between, expected in RANGES:
        assert look(trail, **{name: hours[number] for name, number in between.items()}) == expected, between


def test_a_range_and_an_attribute_both_hold(trail, hours):
    assert look(trail, StartTime=hours[1], **by("ReadOnly", "false")) == ["EnableKey", "DisableKey"]


def test_a_range_between_events_is_empty(trail, hours):
    half = timedelta(minutes=30)
    assert look(trail, StartTime=hours[1] + half, EndTime=hours[2] - timedelta(seconds=1)) == []


def test_a_range_that_ends_before_it_starts_is_refused(trail, hours):
    with refused("InvalidTimeRangeException"):
        trail.lookup_events(StartTime=hours[2], EndTime=hours[1])


def test_events_are_kept_for_ninety_days(aws_world, clock, trail, kms):
    kms.create_key()
    clock.advance(days=89)
    kms.list_keys()
    assert look(trail) == ["ListKeys", "CreateKey"]
    clock.advance(days=2)
    assert look(trail) == ["ListKeys"]
    start = datetime(2029, 1, 1, tzinfo=timezone.utc)
    assert look(trail, StartTime=start) == ["ListKeys"]
    assert [record["eventName"] for record in aws_world.events if record["eventSource"] == KMS] == [
        "CreateKey",
        "ListKeys",
    ]


# --- pages --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def many(clock, kms):
    """Seven events of KMS; the last has the highest number."""
    for number in range(7):
        clock.advance(minutes=1)
        kms.list_keys(Limit=number + 1)


OF_KMS = by("EventSource", KMS)


def limits(answer):
    return [json.loads(event["CloudTrailEvent"])["requestParameters"]["limit"] for event in answer["Events"]]


def test_pages_follow_each_other(trail, many):
    first = trail.lookup_events(MaxResults=3, **OF_KMS)
    second = trail.lookup_events(MaxResults=3, NextToken=first["NextToken"], **OF_KMS)
    third = trail.lookup_events(MaxResults=3, NextToken=second["NextToken"], **OF_KMS)
    assert [limits(page) for page in (first, second, third)] == [[7, 6, 5], [4, 3, 2], [1]]
    assert "NextToken" not in third


def test_the_paginator_of_boto3_finds_all(trail, many):
    pages = trail.get_paginator("lookup_events").paginate(**OF_KMS, PaginationConfig={"PageSize": 2})
    assert [limit for page in pages for limit in limits(page)] == [7, 6, 5, 4, 3, 2, 1]


def test_fifty_events_are_a_page(trail, kms):
    for _ in range(53):
        kms.list_keys()
    first = trail.lookup_events(**OF_KMS)
    assert len(first["Events"]) == 50
    assert len(trail.lookup_events(NextToken=first["NextToken"], **OF_KMS)["Events"]) == 3


def test_events_that_come_between_two_pages_shift_nothing(clock, kms, trail, many):
    first = trail.lookup_events(MaxResults=3, **OF_KMS)
    clock.advance(minutes=1)
    kms.list_keys(Limit=99)
    second = trail.lookup_events(MaxResults=3, NextToken=first["NextToken"], **OF_KMS)
    assert limits(second) == [4, 3, 2]


@pytest.mark.parametrize("number", [51, 1000])
def test_more_than_fifty_cannot_be_asked_for(trail, number):
    with refused("InvalidMaxResultsException"):
        trail.lookup_events(MaxResults=number)


def test_less_than_one_does_not_leave_botocore(trail):
    with pytest.raises(ParamValidationError):
        trail.lookup_events(MaxResults=0)


def test_a_token_that_nobody_gave_is_refused(trail, many):
    with refused("InvalidNextTokenException"):
        trail.lookup_events(NextToken="garbage")


def test_a_token_belongs_to_the_parameters_that_it_was_given_for(trail, many):
    token = trail.lookup_events(MaxResults=3, **OF_KMS)["NextToken"]
    with refused("InvalidNextTokenException"):
        trail.lookup_events(MaxResults=3, NextToken=token, **by("EventName", "ListKeys"))


def test_a_token_is_of_no_use_to_another_account(other, trail, many):
    token = trail.lookup_events(MaxResults=3, **OF_KMS)["NextToken"]
    with refused("InvalidNextTokenException"):
        other.client("cloudtrail").lookup_events(MaxResults=3, NextToken=token, **OF_KMS)


@settings(
    max_examples=15,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(size=st.integers(1, 9))
def test_pages_of_any_size_are_the_whole_without_gap_or_repetition(trail, many, size):
    found, token = [], {}
    while True:
        page = trail.lookup_events(MaxResults=size, **token, **OF_KMS)
        assert 0 < len(page["Events"]) <= size
        found += limits(page)
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert found == [7, 6, 5, 4, 3, 2, 1]


# --- categories ---------------------------------------------------------------------------------------------------------


def test_there_are_no_insights(trail, past):
    assert trail.lookup_events(EventCategory="insight")["Events"] == []


def test_an_unknown_category_is_refused(trail):
    with refused("InvalidEventCategoryException"):
        trail.lookup_events(EventCategory="data")


# --- one record ---------------------------------------------------------------------------------------------------------


def test_what_is_looked_up_is_what_the_world_tells(aws_world, trail, past):
    found = [json.loads(event["CloudTrailEvent"]) for event in trail.lookup_events(**OF_KMS)["Events"]]
    assert found == [record for record in reversed(aws_world.events) if record["eventSource"] == KMS]
    assert bare(past["key"]) in json.dumps(last(aws_world, "DescribeKey"))
