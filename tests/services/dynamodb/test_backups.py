"""Backups and replicas of encrypted tables: under which key they come back, and who reads them."""

import pytest

from tests.support.claims import OWNER, refused
from tests.support.ec2 import WEST, cmk, grants
from tests.support.service_cases import INACCESSIBLE, TABLE, encryption
from tests.support.services import person, refused_somehow

pytestmark = pytest.mark.evidence(
    "documented", '"Using on-demand backup" and "Encryption at rest" (DynamoDB developer guide)'
)


@pytest.fixture
def dynamodb(owner):
    return owner.client("dynamodb")


@pytest.fixture
def made(dynamodb, key):
    """A table under the key, with an item."""
    dynamodb.create_table(TableName="table", **TABLE, **encryption(key))
    dynamodb.put_item(TableName="table", Item={"p": {"S": "item"}})


def get(dynamodb, name="table"):
    return [each["p"]["S"] for each in dynamodb.scan(TableName=name)["Items"]]


def shown(dynamodb, name="table"):
    return dynamodb.describe_table(TableName=name)["Table"].get("SSEDescription", {}).get("KMSMasterKeyArn")


def backup(dynamodb):
    return dynamodb.create_backup(TableName="table", BackupName="backup")["BackupDetails"]["BackupArn"]


def restore(dynamodb, source, **options):
    made = dynamodb.restore_table_from_backup(TargetTableName="restored", BackupArn=source, **options)
    return made["TableDescription"].get("SSEDescription", {}).get("KMSMasterKeyArn")


@pytest.mark.usefixtures("made")
def test_a_backup_is_restored_under_the_key_of_its_table_or_another(dynamodb, kms, key):
    source = backup(dynamodb)
    told = dynamodb.describe_backup(BackupArn=source)["BackupDescription"]["SourceTableFeatureDetails"]
    assert told["SSEDescription"]["KMSMasterKeyArn"] == key
    dynamodb.delete_table(TableName="table")
    assert restore(dynamodb, source) == key
    assert get(dynamodb, "restored") == ["item"]
    dynamodb.delete_table(TableName="restored")
    second = kms.create_key()["KeyMetadata"]["Arn"]
    override = {"SSESpecificationOverride": encryption(second)["SSESpecification"]}
    assert restore(dynamodb, source, **override) == second == shown(dynamodb, "restored")


@pytest.mark.usefixtures("made")
def test_a_backup_is_lost_with_its_key_whatever_is_asked_for(dynamodb, kms, key):
    source = backup(dynamodb)
    kms.disable_key(KeyId=key)
    for override in ({}, {"SSESpecificationOverride": {"Enabled": False}}):
        with refused_somehow("ValidationException"):
            restore(dynamodb, source, **override)
    with refused_somehow("ValidationException"):
        backup(dynamodb)
    assert dynamodb.list_tables()["TableNames"] == ["table"]


@pytest.mark.usefixtures("made")
def test_a_point_in_time_is_restored_under_the_key_of_its_table_or_another(dynamodb, kms, key):
    on = {"PointInTimeRecoveryEnabled": True}
    dynamodb.update_continuous_backups(TableName="table", PointInTimeRecoverySpecification=on)
    back = {"SourceTableName": "table", "UseLatestRestorableTime": True}
    dynamodb.restore_table_to_point_in_time(TargetTableName="same", **back)
    dynamodb.restore_table_to_point_in_time(
        TargetTableName="plain", SSESpecificationOverride={"Enabled": False}, **back
    )
    assert (shown(dynamodb, "same"), shown(dynamodb, "plain")) == (key, None)


@pytest.mark.usefixtures("made")
def test_a_deleted_table_leaves_no_grant(owner, dynamodb, key):
    assert len(grants(owner, key)) == 1
    dynamodb.delete_table(TableName="table")
    assert grants(owner, key) == []


@pytest.mark.usefixtures("made")
def test_a_table_that_exists_is_not_made_again_and_leaves_no_second_grant(owner, dynamodb, key):
    with refused("ResourceInUseException"):
        dynamodb.create_table(TableName="table", **TABLE, **encryption(key))
    assert len(grants(owner, key)) == 1
    assert get(dynamodb) == ["item"]


@pytest.mark.usefixtures("made")
def test_statements_name_their_table(owner, dynamodb):
    with refused("AccessDeniedException"):
        person(owner).client("dynamodb").execute_statement(Statement='SELECT * FROM "table"')
    found = dynamodb.execute_statement(Statement='SELECT * FROM "table"')["Items"]
    assert found == [{"p": {"S": "item"}}]


@pytest.mark.usefixtures("made")
def test_a_replica_is_read_and_written_in_its_region_under_its_key(owner, dynamodb, kms, key):
    west, far = owner.client("dynamodb", WEST), cmk(owner, region=WEST)
    asked = {"RegionName": WEST, "KMSMasterKeyId": far}
    dynamodb.update_table(TableName="table", ReplicaUpdates=[{"Create": asked}])
    assert west.list_tables()["TableNames"] == ["table"]
    west.put_item(TableName="table", Item={"p": {"S": "far"}})
    assert sorted(get(west)) == sorted(get(dynamodb)) == ["far", "item"]
    assert (shown(west), shown(dynamodb)) == (far, key)
    owner.client("kms", WEST).disable_key(KeyId=far)
    with refused_somehow():
        get(west)
    assert west.describe_table(TableName="table")["Table"]["TableStatus"] == INACCESSIBLE
    assert len(get(dynamodb)) == 2
    dynamodb.update_table(TableName="table", ReplicaUpdates=[{"Delete": {"RegionName": WEST}}])
    assert west.list_tables()["TableNames"] == []


@pytest.mark.usefixtures("made")
def test_a_refused_replica_leaves_the_key_of_the_table_as_it_was(owner, dynamodb, kms, key):
    second = kms.create_key()["KeyMetadata"]["Arn"]
    with refused_somehow("ValidationException"):
        dynamodb.update_table(
            TableName="table",
            **encryption(second),
            ReplicaUpdates=[{"Create": {"RegionName": WEST, "KMSMasterKeyId": second}}],
        )
    assert shown(dynamodb) == key
    assert grants(owner, second) == []


@pytest.mark.usefixtures("made")
def test_a_week_without_the_key_archives_though_nobody_looked(aws_world, dynamodb, kms, key):
    kms.disable_key(KeyId=key)
    aws_world.clock.advance(days=8)
    kms.enable_key(KeyId=key)
    assert dynamodb.describe_table(TableName="table")["Table"]["ArchivalSummary"]["ArchivalReason"] == INACCESSIBLE
    with refused_somehow():
        get(dynamodb)


def test_a_table_of_cloudformation_and_one_without_a_key_are_left_to_moto(aws_world, dynamodb):
    dynamodb.create_table(TableName="table", SSESpecification={"Enabled": False}, **TABLE)
    assert "SSEDescription" not in dynamodb.describe_table(TableName="table")["Table"]
    assert OWNER in dynamodb.describe_table(TableName="table")["Table"]["TableArn"]
    assert [each for each in aws_world.decisions if each.action.startswith("kms:")] == []
