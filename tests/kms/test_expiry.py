"""What comes to an end by itself: import tokens, imported material, sessions, presigned URLs. Grants do not."""

from datetime import timedelta

import boto3
import pytest
import requests
from botocore.config import Config

from tests.support.claims import OTHER, allow, refused
from tests.support.kms_material import FOREVER, MATERIAL, bring, wrapped
from tests.support.kms_material import OTHER as SECOND
from tests.support.rotation import AWAY, START, days

EXPIRES = "KEY_MATERIAL_EXPIRES"
pytestmark = [
    pytest.mark.usefixtures("clock"),
    pytest.mark.evidence(
        "recorded",
        "stackd (testdata/aws/kms): imported material that expires; tokens of 24 hours and sessions are documented",
    ),
]


def shown(kms, key):
    return kms.describe_key(KeyId=key)["KeyMetadata"]


def until(day):
    return {"ExpirationModel": EXPIRES, "ValidTo": days(day)}


# --- import tokens --------------------------------------------------------------------------------------------------


def test_a_token_is_good_for_24_hours_as_often_as_wanted(clock, kms, empty):
    given = kms.get_parameters_for_import(
        KeyId=empty, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048"
    )
    assert given["ParametersValidTo"] == days(1)
    asked = wrapped(kms, empty, MATERIAL)
    clock.advance(hours=23, minutes=59, seconds=59)
    for _ in range(2):
        kms.import_key_material(**asked, ExpirationModel=FOREVER)
    clock.advance(seconds=2)
    with refused("ExpiredImportTokenException"):
        kms.import_key_material(**asked, ExpirationModel=FOREVER)
    assert shown(kms, empty)["KeyState"] == "Enabled"


def test_a_new_token_does_not_end_the_older_one(clock, kms, empty):
    older = wrapped(kms, empty, MATERIAL)
    clock.advance(hours=12)
    newer = wrapped(kms, empty, MATERIAL)
    clock.advance(hours=11)
    kms.import_key_material(**older, ExpirationModel=FOREVER)
    clock.advance(hours=2)
    with refused("ExpiredImportTokenException"):
        kms.import_key_material(**older, ExpirationModel=FOREVER)
    kms.import_key_material(**newer, ExpirationModel=FOREVER)


# --- imported material ----------------------------------------------------------------------------------------------


def test_material_is_there_until_its_second(aws_world, clock, kms, empty):
    made = bring(kms, empty, **until(30))["KeyMaterialId"]
    blob = kms.encrypt(KeyId=empty, Plaintext=b"x")["CiphertextBlob"]
    clock.move_to(days(30) - timedelta(seconds=1))
    assert (shown(kms, empty)["ExpirationModel"], shown(kms, empty)["ValidTo"]) == (EXPIRES, days(30))
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    clock.move_to(days(30))
    with refused("KMSInvalidStateException", f"{empty} is pending import."):
        kms.decrypt(CiphertextBlob=blob)
    after = shown(kms, empty)
    assert (after["KeyState"], after["Enabled"], after["CurrentKeyMaterialId"]) == ("PendingImport", False, made)
    assert not {"ExpirationModel", "ValidTo"} & after.keys()
    (entry,) = kms.list_key_rotations(KeyId=empty, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
    assert entry == {
        "KeyId": empty,
        "KeyMaterialId": made,
        "KeyMaterialState": "CURRENT",
        "ImportState": "PENDING_IMPORT",
    }
    (expired,) = [event for event in aws_world.events if event["eventName"] == "DeleteExpiredKeyMaterial"]
    assert (expired["eventTime"], expired["eventType"]) == (f"{days(30):%Y-%m-%dT%H:%M:%SZ}", "AwsServiceEvent")
    bring(kms, empty, **until(60))
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_the_date_is_kept_in_whole_seconds(kms, empty):
    bring(kms, empty, ExpirationModel=EXPIRES, ValidTo=START + timedelta(seconds=10, milliseconds=700))
    assert shown(kms, empty)["ValidTo"] == START + timedelta(seconds=10)


def test_the_end_is_less_than_a_year_ahead(kms, empty):
    with refused("ValidationException", "ValidTo must be less than 365 days in the future"):
        bring(kms, empty, **until(365))
    with refused("ValidationException", "ValidTo must be in the future"):
        bring(kms, empty, **until(0))
    bring(kms, empty, ExpirationModel=EXPIRES, ValidTo=days(365) - timedelta(seconds=1))


@pytest.mark.parametrize(
    ("again", "gone"),
    [(until(60), 60), (until(10), 10), ({"ExpirationModel": FOREVER}, None)],
    ids=["later", "earlier", "never"],
)
def test_importing_again_moves_the_end(clock, kms, empty, again, gone):
    bring(kms, empty, **until(30))
    clock.move_to(days(5))
    bring(kms, empty, **again)
    assert shown(kms, empty).get("ValidTo") == again.get("ValidTo")
    if gone is not None:
        clock.move_to(days(gone) - timedelta(seconds=1))
        assert shown(kms, empty)["KeyState"] == "Enabled"
        clock.move_to(days(gone))
        assert shown(kms, empty)["KeyState"] == "PendingImport"
    else:
        clock.move_to(days(4000))
        assert shown(kms, empty)["KeyState"] == "Enabled"


def test_an_old_material_that_ends_takes_the_whole_key_with_it(clock, kms, empty):
    bring(kms, empty, **until(30))
    bring(kms, empty, SECOND, ExpirationModel=FOREVER, ImportType="NEW_KEY_MATERIAL")
    kms.rotate_key_on_demand(KeyId=empty)
    blob = kms.encrypt(KeyId=empty, Plaintext=b"x")["CiphertextBlob"]
    clock.move_to(days(30))
    with refused("KMSInvalidStateException", f"{empty} is pending import."):
        kms.decrypt(CiphertextBlob=blob)
    bring(kms, empty, **until(90))
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_each_region_has_its_own_end(clock, kms, away):
    key = kms.create_key(Origin="EXTERNAL", MultiRegion=True)["KeyMetadata"]["KeyId"]
    bring(kms, key, **until(30))
    kms.replicate_key(KeyId=key, ReplicaRegion=AWAY)
    bring(away, key, **until(60))
    clock.move_to(days(30))
    assert (shown(kms, key)["KeyState"], shown(away, key)["KeyState"]) == ("PendingImport", "Enabled")
    clock.move_to(days(60))
    assert shown(away, key)["KeyState"] == "PendingImport"


def test_a_disabled_key_loses_its_material_too(clock, kms, empty):
    bring(kms, empty, **until(30))
    kms.disable_key(KeyId=empty)
    clock.move_to(days(30))
    assert shown(kms, empty)["KeyState"] == "PendingImport"


def test_material_that_ends_while_deletion_is_pending_is_missing_after_cancellation(clock, kms, empty):
    bring(kms, empty, **until(10))
    kms.schedule_key_deletion(KeyId=empty, PendingWindowInDays=30)
    clock.move_to(days(20))
    assert shown(kms, empty)["KeyState"] == "PendingDeletion"
    kms.cancel_key_deletion(KeyId=empty)
    assert shown(kms, empty)["KeyState"] == "PendingImport"


# --- sessions -------------------------------------------------------------------------------------------------------


@pytest.fixture
def session(owner):
    """Credentials of a role for an hour, taken by a user."""
    role = owner.role("app", [allow(["kms:*", "s3:*", "sts:*"])])
    sts = owner.user("ann", [allow("sts:AssumeRole")]).client("sts")
    given = sts.assume_role(RoleArn=role.arn, RoleSessionName="app", DurationSeconds=3600)["Credentials"]
    assert given["Expiration"] == START + timedelta(hours=1)
    return {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
        "region_name": "us-east-1",
    }


@pytest.mark.parametrize(
    ("service", "ask", "code", "text", "status"),
    [
        ("kms", "list_keys", "ExpiredTokenException", "The security token included in the request is expired", 400),
        ("s3", "list_buckets", "ExpiredToken", "The provided token has expired.", 400),
        ("sts", "get_caller_identity", "ExpiredToken", "The security token included in the request is expired", 403),
    ],
)
def test_a_session_ends_and_each_service_says_so_in_its_words(clock, session, service, ask, code, text, status):
    client = boto3.client(service, **session)
    clock.advance(minutes=59, seconds=59)
    getattr(client, ask)()
    clock.advance(seconds=2)
    with refused(code, text, status):
        getattr(client, ask)()


# --- presigned URLs -------------------------------------------------------------------------------------------------


@pytest.fixture
def bucket(owner):
    s3 = owner.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="k", Body=b"body")
    return {"Bucket": "bucket", "Key": "k"}


@pytest.mark.parametrize("version", ["s3v4", "s3"], ids=["SigV4", "SigV2"])
def test_a_url_is_good_for_its_time(clock, owner, bucket, version):
    s3 = owner.client("s3", config=Config(signature_version=version))
    read = s3.generate_presigned_url("get_object", Params=bucket, ExpiresIn=600)
    write = s3.generate_presigned_url("put_object", Params={**bucket, "Key": "new"}, ExpiresIn=600)
    assert ("X-Amz-Expires=600" in read) == (version == "s3v4")
    clock.advance(seconds=599)
    assert (requests.get(read, timeout=5).content, requests.put(write, data=b"new", timeout=5).status_code) == (
        b"body",
        200,
    )
    clock.advance(seconds=2)
    for answer in (requests.get(read, timeout=5), requests.put(write, data=b"late", timeout=5)):
        assert answer.status_code == 403
        assert "<Code>AccessDenied</Code>" in answer.text
        assert "<Message>Request has expired</Message>" in answer.text
    assert s3.get_object(Bucket="bucket", Key="new")["Body"].read() == b"new"


def test_a_url_ends_with_the_session_that_signed_it(clock, bucket, session):
    url = boto3.client("s3", **session).generate_presigned_url("get_object", Params=bucket, ExpiresIn=86400)
    assert requests.get(url, timeout=5).content == b"body"
    clock.advance(hours=2)
    answer = requests.get(url, timeout=5)
    assert (answer.status_code, "<Code>ExpiredToken</Code>" in answer.text) == (400, True)


# --- what has no end ------------------------------------------------------------------------------------------------


def test_a_grant_is_for_ever(clock, kms, other, key):
    guest = other.role("guest", [allow("kms:*")])
    kms.create_grant(KeyId=key, GranteePrincipal=f"arn:aws:iam::{OTHER}:root", Operations=["Encrypt"])
    kms.create_grant(KeyId=key, GranteePrincipal=guest.arn, Operations=["Encrypt"])
    clock.advance(days=36_000)
    guest.client("kms").encrypt(KeyId=key, Plaintext=b"x")
    assert len(kms.list_grants(KeyId=key)["Grants"]) == 2
