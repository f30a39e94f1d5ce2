"""What RDS tells of its snapshots.

Recorded answers of CreateDBSnapshot, CopyDBSnapshot and DescribeDBSnapshots have LicenseModel, PercentProgress,
StorageType, VpcId and OptionGroupName, copies SourceDBSnapshotIdentifier and SourceRegion as well.
"""

import pytest

from tests.support.claims import OTHER
from tests.support.shared_databases import CLUSTER, INSTANCE, KINDS
from tests.support.shared_disks import key_open_to

pytestmark = pytest.mark.evidence(
    "recorded", "answers of CreateDBSnapshot, CopyDBSnapshot and DescribeDBSnapshots in public recordings"
)

FIELDS = {
    "LicenseModel": "general-public-license",
    "PercentProgress": 100,
    "StorageType": "gp2",
    "OptionGroupName": "default:mysql-5-6",
    "AvailabilityZone": "us-east-1a",
}


def seen(entry):
    return {name: entry.get(name) for name in FIELDS}


def described(kind, account, name):
    named = {f"{kind.snapshot}Identifier": name}
    (entry,) = kind.call(account.client("rds"), "describe", "s", **named)[f"{kind.snapshot}s"]
    return entry


def test_a_snapshot_tells_what_the_instance_was_like(owner, key):
    INSTANCE.database(owner, key=key)
    made = INSTANCE.snapshot_of(owner)
    assert seen(made) == FIELDS
    assert made["VpcId"].startswith("vpc-")
    assert seen(described(INSTANCE, owner, "snapshot")) == FIELDS
    assert "SourceDBSnapshotIdentifier" not in made


def test_a_snapshot_of_provisioned_iops_tells_them(owner):
    INSTANCE.database(owner, StorageType="io1", Iops=3000, AllocatedStorage=100)
    made = INSTANCE.snapshot_of(owner)
    assert (made["StorageType"], made["Iops"]) == ("io1", 3000)


def test_a_snapshot_keeps_what_it_told_when_its_instance_is_gone(owner):
    INSTANCE.database(owner)
    made = INSTANCE.snapshot_of(owner)
    owner.client("rds").delete_db_instance(DBInstanceIdentifier="database", SkipFinalSnapshot=True)
    assert seen(described(INSTANCE, owner, "snapshot")) == FIELDS
    assert described(INSTANCE, owner, "snapshot")["VpcId"] == made["VpcId"]


def test_final_and_automated_snapshots_tell_the_same(owner):
    INSTANCE.database(owner)
    (automated,) = owner.client("rds").describe_db_snapshots(SnapshotType="automated")["DBSnapshots"]
    assert seen(automated) == FIELDS
    owner.client("rds").delete_db_instance(DBInstanceIdentifier="database", FinalDBSnapshotIdentifier="final")
    assert seen(described(INSTANCE, owner, "final")) == FIELDS


def test_a_copy_tells_its_source_and_the_region_of_that(owner, key):
    INSTANCE.database(owner, key=key)
    source = INSTANCE.snapshot_of(owner)
    named = {"SourceDBSnapshotIdentifier": "snapshot", "TargetDBSnapshotIdentifier": "copy"}
    copied = owner.client("rds").copy_db_snapshot(**named)["DBSnapshot"]
    expected = {"SourceDBSnapshotIdentifier": source["DBSnapshotArn"], "SourceRegion": "us-east-1"}
    assert {name: copied.get(name) for name in expected} == expected
    assert seen(copied) == FIELDS
    again = described(INSTANCE, owner, "copy")
    assert {name: again.get(name) for name in expected} == expected
    assert seen(again) == FIELDS


def test_a_copy_from_another_region_tells_it(owner, key):
    INSTANCE.database(owner, key=key)
    source = INSTANCE.snapshot_of(owner)["DBSnapshotArn"]
    far = key_open_to(owner, region="eu-west-1")
    rds = owner.client("rds", "eu-west-1")
    named = {"SourceDBSnapshotIdentifier": source, "TargetDBSnapshotIdentifier": "copy", "SourceRegion": "us-east-1"}
    copied = rds.copy_db_snapshot(KmsKeyId=far, **named)["DBSnapshot"]
    assert (copied["SourceRegion"], copied["SourceDBSnapshotIdentifier"]) == ("us-east-1", source)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.noun)
def test_a_copy_of_another_accounts_snapshot_tells_it(kind, owner, other):
    key, mine = key_open_to(owner, other), key_open_to(other)
    kind.database(owner, key=key)
    kind.snapshot_of(owner)
    kind.share(owner, "snapshot", OTHER)
    source = kind.arn(owner, "snapshot")
    named = {f"Source{kind.snapshot}Identifier": source, f"Target{kind.snapshot}Identifier": "copy", "KmsKeyId": mine}
    copied = kind.call(other.client("rds"), "copy", **named)[kind.snapshot]
    told = {"DBSnapshot": "SourceDBSnapshotIdentifier", "DBClusterSnapshot": "SourceDBClusterSnapshotArn"}
    assert copied[told[kind.snapshot]] == source
    assert described(kind, other, "copy")[told[kind.snapshot]] == source


def test_a_cluster_snapshot_tells_what_the_cluster_was_like(owner, key):
    # DBClusterSnapshot in botocore's model; SourceDBClusterSnapshotArn: "If the DB cluster snapshot was copied ..., the
    # ARN for the source DB cluster snapshot, otherwise, a null value"
    cluster = CLUSTER.database(owner, key=key)
    made = CLUSTER.snapshot_of(owner)
    expected = {
        "PercentProgress": 100,
        "EngineMode": "provisioned",
        "DbClusterResourceId": cluster["DbClusterResourceId"],
        "IAMDatabaseAuthenticationEnabled": False,
        "LicenseModel": "postgresql-license",
    }
    assert {name: made.get(name) for name in expected} == expected
    assert made["VpcId"].startswith("vpc-")
    assert made["AvailabilityZones"] == cluster["AvailabilityZones"]
    assert "SourceDBClusterSnapshotArn" not in made
    named = {"SourceDBClusterSnapshotIdentifier": "snapshot", "TargetDBClusterSnapshotIdentifier": "copy"}
    copied = owner.client("rds").copy_db_cluster_snapshot(**named)["DBClusterSnapshot"]
    assert copied["SourceDBClusterSnapshotArn"] == made["DBClusterSnapshotArn"]
    assert {name: copied.get(name) for name in expected} == expected
