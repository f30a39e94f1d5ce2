"""A table whose key was lost for seven days: archived to a backup, which can be restored once its key is back.

ArchivalSummary and INACCESSIBLE_ENCRYPTION_CREDENTIALS in the DynamoDB API reference: "An On-Demand backup was created at the
archival time"; "If you wish to restore this backup to the same table name, you will need to delete the original table."
"""

from datetime import datetime, timezone

import pytest

from tests.support.claims import OWNER, refused

pytestmark = pytest.mark.evidence(
    "documented", "ArchivalSummary and INACCESSIBLE_ENCRYPTION_CREDENTIALS (API reference)"
)

BY_DEFAULT = {"Enabled": False}


@pytest.fixture
def tables(owner):
    return owner.client("dynamodb")


@pytest.fixture
def archived(aws_world, tables, kms, key):
    """The ArchivalSummary of a table with one item."""
    aws_world.clock.freeze("2030-01-01T00:00:00Z")
    tables.create_table(
        TableName="table",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key},
    )
    tables.put_item(TableName="table", Item={"id": {"S": "one"}})
    kms.disable_key(KeyId=key)
    aws_world.clock.advance(days=8)
    described = tables.describe_table(TableName="table")["Table"]
    assert described["TableStatus"] == "ARCHIVED"
    return described["ArchivalSummary"]


def test_an_archived_table_tells_the_backup_that_it_went_to(archived):
    assert archived["ArchivalReason"] == "INACCESSIBLE_ENCRYPTION_CREDENTIALS"
    assert archived["ArchivalDateTime"] == datetime(2030, 1, 8, tzinfo=timezone.utc)
    prefix = f"arn:aws:dynamodb:us-east-1:{OWNER}:table/table/backup/"
    assert archived["ArchivalBackupArn"].startswith(prefix)


def test_the_backup_stays_the_same_at_every_look(tables, archived):
    again = tables.describe_table(TableName="table")["Table"]["ArchivalSummary"]
    assert again == archived
    listed = tables.list_backups(TableName="table")["BackupSummaries"]
    assert [each["BackupArn"] for each in listed] == [archived["ArchivalBackupArn"]]


def test_the_backup_is_of_the_time_of_archival_and_under_the_same_key(tables, archived, key):
    about = tables.describe_backup(BackupArn=archived["ArchivalBackupArn"])["BackupDescription"]
    assert about["BackupDetails"]["BackupStatus"] == "AVAILABLE"
    assert about["BackupDetails"]["BackupCreationDateTime"] == archived["ArchivalDateTime"]
    assert about["SourceTableFeatureDetails"]["SSEDescription"]["KMSMasterKeyArn"] == key


def test_the_backup_is_restored_once_its_key_is_back(tables, kms, key, archived):
    kms.enable_key(KeyId=key)
    made = tables.restore_table_from_backup(TargetTableName="restored", BackupArn=archived["ArchivalBackupArn"])
    assert made["TableDescription"]["SSEDescription"]["KMSMasterKeyArn"] == key
    assert tables.get_item(TableName="restored", Key={"id": {"S": "one"}})["Item"] == {"id": {"S": "one"}}


def test_the_backup_is_restored_under_another_key_once_its_own_is_back(tables, kms, key, archived):
    other = kms.create_key()["KeyMetadata"]["Arn"]
    kms.enable_key(KeyId=key)
    made = tables.restore_table_from_backup(
        TargetTableName="restored",
        BackupArn=archived["ArchivalBackupArn"],
        SSESpecificationOverride={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": other},
    )
    assert made["TableDescription"]["SSEDescription"]["KMSMasterKeyArn"] == other


def test_the_backup_cannot_be_restored_without_its_key(tables, archived):
    with refused("ValidationException"):
        tables.restore_table_from_backup(
            TargetTableName="restored",
            BackupArn=archived["ArchivalBackupArn"],
            SSESpecificationOverride=BY_DEFAULT,
        )
    assert tables.list_tables()["TableNames"] == ["table"]


def test_the_name_of_the_table_is_free_only_once_it_is_deleted(tables, kms, key, archived):
    kms.enable_key(KeyId=key)
    with refused("TableAlreadyExistsException"):
        tables.restore_table_from_backup(TargetTableName="table", BackupArn=archived["ArchivalBackupArn"])
    tables.delete_table(TableName="table")
    tables.restore_table_from_backup(TargetTableName="table", BackupArn=archived["ArchivalBackupArn"])
    assert tables.get_item(TableName="table", Key={"id": {"S": "one"}})["Item"] == {"id": {"S": "one"}}


def test_the_table_stays_archived_though_its_key_comes_back(tables, kms, key, archived):
    kms.enable_key(KeyId=key)
    assert tables.describe_table(TableName="table")["Table"]["TableStatus"] == "ARCHIVED"


def test_a_table_whose_key_came_back_in_time_has_no_backup(aws_world, tables, kms, key):
    aws_world.clock.freeze("2030-01-01T00:00:00Z")
    tables.create_table(
        TableName="table",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key},
    )
    kms.disable_key(KeyId=key)
    aws_world.clock.advance(days=6)
    kms.enable_key(KeyId=key)
    assert "ArchivalSummary" not in tables.describe_table(TableName="table")["Table"]
    assert tables.list_backups()["BackupSummaries"] == []
