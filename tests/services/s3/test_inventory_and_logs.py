"""Reports that S3 writes by itself: inventories under a key, and access logs, which know no KMS keys.

"Amazon S3 Inventory" (with "Granting Amazon S3 permission to use your customer managed key for encryption") and
"Enabling Amazon S3 server access logging" (user guide).
"""

import csv
import gzip
import io
import json

import pytest

from tests.support.claims import policy, refused
from tests.support.policies import key_policy, use
from tests.support.s3 import ARN, BUCKET, put, read, set_default, shown, sse, under

pytestmark = pytest.mark.evidence("documented", '"Amazon S3 Inventory", "Enabling Amazon S3 server access logging"')

REPORTS = "reports"
LETS_S3_IN = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "s3:PutObject"}
FOR_THE_BUCKET = {"ArnLike": {"aws:SourceArn": ARN}, "StringEquals": {"aws:SourceAccount": "111111111111"}}


@pytest.fixture
def reports(s3):
    """The bucket that reports go to, which lets S3 in for the sake of the other."""
    s3.create_bucket(Bucket=REPORTS)
    statement = {**LETS_S3_IN, "Resource": f"arn:aws:s3:::{REPORTS}/*", "Condition": FOR_THE_BUCKET}
    s3.put_bucket_policy(Bucket=REPORTS, Policy=json.dumps(policy(statement)))


@pytest.fixture
def lent(kms, key):
    """A key that lets S3 make data keys for the bucket's reports."""
    statement = use({"Service": "s3.amazonaws.com"}, "kms:GenerateDataKey", Condition=FOR_THE_BUCKET)
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=key_policy(statement))
    return key


def ask(s3, encryption=None, frequency="Daily", versions="Current", fields=("Size", "EncryptionStatus"), **more):
    to = {"Bucket": f"arn:aws:s3:::{REPORTS}", "Format": "CSV", "Prefix": "p"}
    if encryption:
        to["Encryption"] = encryption
    asked = {
        "Id": "all",
        "IsEnabled": True,
        "IncludedObjectVersions": versions,
        "OptionalFields": list(fields),
        "Schedule": {"Frequency": frequency},
        "Destination": {"S3BucketDestination": to},
    }
    s3.put_bucket_inventory_configuration(Bucket=BUCKET, Id="all", InventoryConfiguration=asked | more)


def names(s3, ending=""):
    found = s3.list_objects_v2(Bucket=REPORTS).get("Contents", ())
    return [each["Key"] for each in found if each["Key"].endswith(ending)]


def rows(s3):
    manifest = json.loads(read(s3, names(s3, "manifest.json")[-1], REPORTS))
    body = gzip.decompress(read(s3, manifest["files"][0]["key"], REPORTS)).decode()
    return [dict(zip(manifest["fileSchema"].split(", "), row, strict=True)) for row in csv.reader(io.StringIO(body))]


def test_an_inventory_lies_under_the_key_that_it_names(aws_world, s3, key, lent, reports):
    put(s3, **sse(key))
    ask(s3, {"SSEKMS": {"KeyId": lent}})
    assert names(s3) == []
    aws_world.clock.advance(days=1)
    assert len(names(s3)) == 3
    for name in names(s3):
        assert shown(s3.head_object(Bucket=REPORTS, Key=name)) == under(lent)
    assert rows(s3) == [
        {"Bucket": BUCKET, "Key": "k", "Size": "43", "EncryptionStatus": "SSE-KMS"},
        {"Bucket": BUCKET, "Key": "plain", "Size": "43", "EncryptionStatus": "SSE-S3"},
    ]


def test_s3_makes_its_data_keys_as_a_service(aws_world, s3, lent, reports):
    ask(s3, {"SSEKMS": {"KeyId": lent}})
    aws_world.clock.advance(days=1)
    names(s3)
    event = aws_world.events[-1]
    assert (event["eventName"], event["userIdentity"]["invokedBy"]) == ("GenerateDataKey", "s3.amazonaws.com")


def test_an_inventory_takes_the_default_of_its_destination(aws_world, s3, lent, reports):
    set_default(s3, key=lent, bucket=REPORTS)
    ask(s3)
    aws_world.clock.advance(days=1)
    assert shown(s3.head_object(Bucket=REPORTS, Key=names(s3)[0])) == under(lent)


def test_an_inventory_may_be_under_keys_of_s3(aws_world, s3, lent, reports):
    set_default(s3, key=lent, bucket=REPORTS)
    ask(s3, {"SSES3": {}})
    aws_world.clock.advance(days=1)
    assert shown(s3.head_object(Bucket=REPORTS, Key=names(s3)[0])) == {"mode": "AES256"}


def test_without_the_key_there_is_no_report_and_the_world_says_why(aws_world, s3, key, reports):
    """The key lets its account in, and not S3."""
    ask(s3, {"SSEKMS": {"KeyId": key}})
    aws_world.clock.advance(days=1)
    assert names(s3) == []
    lost = aws_world.refusals[-1]
    assert (lost.late.about, lost.error.code) == (ARN, "AccessDeniedException")
    assert lost.late.outcome.startswith("has no inventory all of ")
    assert "s3.amazonaws.com is not authorized to perform: kms:GenerateDataKey" in lost.error.message


def test_a_bucket_that_does_not_let_s3_in_gets_no_report(aws_world, s3, reports):
    s3.delete_bucket_policy(Bucket=REPORTS)
    ask(s3)
    aws_world.clock.advance(days=1)
    assert names(s3) == []
    assert aws_world.refusals[-1].error.code == "AccessDenied"


def test_reports_go_on_day_by_day_while_they_may(aws_world, s3, kms, lent, reports):
    ask(s3, {"SSEKMS": {"KeyId": lent}})
    aws_world.clock.advance(days=2)
    assert len(names(s3, "manifest.json")) == 2
    kms.disable_key(KeyId=lent)
    aws_world.clock.advance(days=1)
    assert len(names(s3, "manifest.json")) == 2
    kms.enable_key(KeyId=lent)
    aws_world.clock.advance(days=1)
    assert len(names(s3, "manifest.json")) == 3
    s3.delete_bucket_inventory_configuration(Bucket=BUCKET, Id="all")
    aws_world.clock.advance(days=5)
    assert len(names(s3, "manifest.json")) == 3


def test_an_inventory_that_is_not_there_cannot_be_deleted(s3, reports):
    with refused("NoSuchConfiguration", "The specified configuration does not exist.", status=404):
        s3.delete_bucket_inventory_configuration(Bucket=BUCKET, Id="all")
    assert read(s3, "plain")


def test_one_that_is_off_or_weekly(aws_world, s3, reports):
    ask(s3, IsEnabled=False)
    aws_world.clock.advance(days=8)
    assert names(s3) == []
    ask(s3, frequency="Weekly")
    aws_world.clock.advance(days=6)
    assert names(s3) == []
    aws_world.clock.advance(days=1)
    assert len(names(s3, "manifest.json")) == 1


def test_an_inventory_of_all_versions(aws_world, s3, reports):
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    made = put(s3)["VersionId"]
    s3.delete_object(Bucket=BUCKET, Key="k")
    ask(s3, versions="All", fields=(), Filter={"Prefix": "k"})
    aws_world.clock.advance(days=1)
    told = [(each["IsDeleteMarker"], each["IsLatest"]) for each in rows(s3)]
    assert told == [("true", "true"), ("false", "false")]
    assert rows(s3)[1]["VersionId"] == made


def test_what_is_not_modelled_of_inventories_is_refused_by_name(s3, reports):
    to = {"S3BucketDestination": {"Bucket": f"arn:aws:s3:::{REPORTS}", "Format": "Parquet"}}
    with pytest.raises(NotImplementedError, match="inventories of S3 in the format Parquet"):
        ask(s3, Destination=to)
    with pytest.raises(NotImplementedError, match="the field ObjectOwner of inventories"):
        ask(s3, fields=["ObjectOwner"])


# --- access logs --------------------------------------------------------------------------------------------------------


@pytest.fixture
def logged(s3):
    """The bucket's access logs go to the other bucket."""
    s3.create_bucket(Bucket=REPORTS)
    statement = {**LETS_S3_IN, "Resource": f"arn:aws:s3:::{REPORTS}/*"}
    statement["Principal"] = {"Service": "logging.s3.amazonaws.com"}
    s3.put_bucket_policy(Bucket=REPORTS, Policy=json.dumps(policy(statement)))
    status = {"LoggingEnabled": {"TargetBucket": REPORTS, "TargetPrefix": "log/"}}
    s3.put_bucket_logging(Bucket=BUCKET, BucketLoggingStatus=status)


def test_a_log_is_not_written_with_the_key_of_the_request(aws_world, s3, key, logged):
    before = len(aws_world.events)
    assert shown(put(s3, **sse(key))) == under(key)
    assert [each["eventName"] for each in aws_world.events[before:]] == ["GenerateDataKey"]
    assert {shown(s3.head_object(Bucket=REPORTS, Key=name))["mode"] for name in names(s3)} == {"AES256"}
    assert b"REST.PUT.BUCKET" in read(s3, names(s3)[-1], REPORTS)
    assert shown(s3.head_object(Bucket=BUCKET, Key="k")) == under(key)


def test_into_a_bucket_under_a_kms_key_no_log_is_delivered(aws_world, s3, key, logged):
    set_default(s3, key=key, bucket=REPORTS)
    before = len(names(s3))
    put(s3)
    read(s3)
    assert len(names(s3)) == before
    set_default(s3, mode="AES256", bucket=REPORTS)
    put(s3)
    assert len(names(s3)) > before
