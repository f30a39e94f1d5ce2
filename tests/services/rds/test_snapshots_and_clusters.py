"""Databases that are restored, renamed and started again, snapshots that others see, and what shares RDS's ways."""

import pytest
from botocore.exceptions import ClientError

from tests.support.claims import OTHER
from tests.support.ec2 import EAST, WEST, cmk, grants
from tests.support.service_cases import CLUSTER, INSTANCE, LOGIN, RECOVERABLE, TERMINAL
from tests.support.services import decided, refused_somehow

pytestmark = pytest.mark.evidence("documented", 'RDS API reference; "Encrypting Amazon Aurora resources"')

FAULT = "KMSKeyNotAccessibleFault"


@pytest.fixture
def instance(rds, key):
    """An instance under the key, and a snapshot of it."""
    under = {"StorageEncrypted": True, "KmsKeyId": key}
    made = rds.create_db_instance(DBInstanceIdentifier="instance", **INSTANCE, **under)["DBInstance"]
    rds.create_db_snapshot(DBInstanceIdentifier="instance", DBSnapshotIdentifier="snapshot")
    return made


@pytest.fixture
def cluster(rds, key):
    """A cluster under the key, and a snapshot of it."""
    under = {"StorageEncrypted": True, "KmsKeyId": key}
    made = rds.create_db_cluster(DBClusterIdentifier="cluster", **CLUSTER, **under)["DBCluster"]
    rds.create_db_cluster_snapshot(DBClusterIdentifier="cluster", DBClusterSnapshotIdentifier="snapshot")
    return made


def share(rds, *accounts, name="snapshot", **more):
    rds.modify_db_snapshot_attribute(
        DBSnapshotIdentifier=name, AttributeName="restore", ValuesToAdd=list(accounts), **more
    )


def names(rds, **asked):
    return [each["DBSnapshotIdentifier"] for each in rds.describe_db_snapshots(**asked)["DBSnapshots"]]


def status(rds, name="instance"):
    return rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]["DBInstanceStatus"]


# --- instances --------------------------------------------------------------------------------------------------------------


def test_what_moto_refuses_leaves_no_grant(owner, rds, key, instance):
    before = grants(owner, key)
    with pytest.raises(ClientError, match="DBInstanceAlreadyExists"):
        rds.create_db_instance(DBInstanceIdentifier="instance", StorageEncrypted=True, KmsKeyId=key, **INSTANCE)
    assert grants(owner, key) == before


def test_a_deleted_instance_leaves_a_final_snapshot_and_no_grant(owner, rds, key, instance):
    rds.delete_db_instance(DBInstanceIdentifier="instance", FinalDBSnapshotIdentifier="final")
    assert grants(owner, key) == []
    owner.client("kms").disable_key(KeyId=key)
    with refused_somehow(FAULT):
        rds.restore_db_instance_from_db_snapshot(DBInstanceIdentifier="again", DBSnapshotIdentifier="final")


def test_an_instance_that_lost_its_key_has_no_snapshots_and_replicas_and_no_final_one(rds, kms, key, instance):
    kms.disable_key(KeyId=key)
    for ask in (
        lambda: rds.create_db_snapshot(DBInstanceIdentifier="instance", DBSnapshotIdentifier="late"),
        lambda: rds.delete_db_instance(DBInstanceIdentifier="instance", FinalDBSnapshotIdentifier="late"),
        lambda: rds.create_db_instance_read_replica(
            DBInstanceIdentifier="replica", SourceDBInstanceIdentifier="instance"
        ),
        lambda: rds.stop_db_instance(DBInstanceIdentifier="instance"),
    ):
        with refused_somehow("InvalidDBInstanceState"):
            ask()
    assert status(rds) == RECOVERABLE
    assert names(rds, SnapshotType="manual") == ["snapshot"]


def test_a_renamed_instance_is_the_same_under_the_same_key(rds, kms, key, instance):
    rds.modify_db_instance(DBInstanceIdentifier="instance", NewDBInstanceIdentifier="renamed", ApplyImmediately=True)
    assert status(rds, "renamed") == "available"
    kms.disable_key(KeyId=key)
    assert status(rds, "renamed") == RECOVERABLE


def test_each_instance_has_a_resource_id_of_its_own(rds, key, instance):
    made = rds.restore_db_instance_from_db_snapshot(DBInstanceIdentifier="again", DBSnapshotIdentifier="snapshot")
    shown = [each["DbiResourceId"] for each in rds.describe_db_instances()["DBInstances"]]
    assert len({*shown, instance["DbiResourceId"], made["DBInstance"]["DbiResourceId"]}) == 2


def test_replicas_and_points_in_time_of_an_instance_are_under_its_key(owner, rds, key, instance):
    source = {"SourceDBInstanceIdentifier": "instance"}
    replica = rds.create_db_instance_read_replica(DBInstanceIdentifier="replica", **source)["DBInstance"]
    again = rds.restore_db_instance_to_point_in_time(
        TargetDBInstanceIdentifier="again", UseLatestRestorableTime=True, **source
    )["DBInstance"]
    assert [replica["KmsKeyId"], again["KmsKeyId"]] == [key, key]
    assert len(grants(owner, key)) == 3


def test_an_automated_snapshot_needs_its_key_too(rds, kms, key, instance):
    (automated,) = names(rds, SnapshotType="automated")
    kms.disable_key(KeyId=key)
    with refused_somehow(FAULT):
        rds.copy_db_snapshot(SourceDBSnapshotIdentifier=automated, TargetDBSnapshotIdentifier="copy")


def test_time_without_the_key_counts_though_nobody_looked_and_it_is_back(aws_world, rds, kms, key, instance):
    kms.disable_key(KeyId=key)
    aws_world.clock.advance(days=8)
    kms.enable_key(KeyId=key)
    assert aws_world.events[-1]["eventName"] == "EnableKey"  # and the trail may have been read before
    assert status(rds) == TERMINAL


def test_a_second_loss_has_seven_days_of_its_own(aws_world, rds, kms, key, instance):
    for _ in range(2):
        kms.disable_key(KeyId=key)
        aws_world.clock.advance(days=4)
        assert status(rds) == RECOVERABLE
        kms.enable_key(KeyId=key)
        assert rds.start_db_instance(DBInstanceIdentifier="instance")["DBInstance"]["DBInstanceStatus"] == "starting"
        assert status(rds) == "available"


def test_a_revoked_grant_is_made_anew_by_starting(owner, rds, kms, key, instance):
    (grant,) = grants(owner, key)
    kms.revoke_grant(KeyId=key, GrantId=grant["GrantId"])
    assert status(rds) == RECOVERABLE
    rds.start_db_instance(DBInstanceIdentifier="instance")
    assert status(rds) == "available"
    assert len(grants(owner, key)) == 1


# --- who sees snapshots ------------------------------------------------------------------------------------------------------


def test_who_a_snapshot_is_shared_with_sees_it_when_he_asks(aws_world, other, rds, key, instance):
    theirs, arn = other.client("rds"), f"{instance['DBInstanceArn'].rsplit(':', 2)[0]}:snapshot:snapshot"
    share(rds, OTHER)
    assert names(theirs) == []
    assert names(theirs, IncludeShared=True) == names(theirs, SnapshotType="shared") == [arn]
    (told,) = theirs.describe_db_snapshots(DBSnapshotIdentifier=arn)["DBSnapshots"]
    assert (told["Encrypted"], told["KmsKeyId"]) == (True, key)
    assert names(aws_world.account("333333333333").client("rds"), IncludeShared=True) == []
    rds.modify_db_snapshot_attribute(DBSnapshotIdentifier="snapshot", AttributeName="restore", ValuesToRemove=[OTHER])
    assert names(theirs, IncludeShared=True) == []
    with refused_somehow("DBSnapshotNotFound", status=404):
        theirs.describe_db_snapshots(DBSnapshotIdentifier=arn)


def test_a_plain_snapshot_may_be_public_and_is_restored_by_anybody(aws_world, other, rds):
    rds.create_db_instance(DBInstanceIdentifier="instance", **INSTANCE)
    made = rds.create_db_snapshot(DBInstanceIdentifier="instance", DBSnapshotIdentifier="snapshot")["DBSnapshot"]
    share(rds, "all")
    theirs = other.client("rds")
    assert names(theirs, IncludePublic=True) == [made["DBSnapshotArn"]]
    restored = theirs.restore_db_instance_from_db_snapshot(
        DBInstanceIdentifier="again", DBSnapshotIdentifier=made["DBSnapshotArn"]
    )
    assert restored["DBInstance"]["StorageEncrypted"] is False
    assert f":{OTHER}:" in restored["DBInstance"]["DBInstanceArn"]
    assert names(theirs, SnapshotType="manual") == []


# --- clusters ----------------------------------------------------------------------------------------------------------------


def test_a_cluster_is_restored_under_the_key_of_its_snapshot_or_another(rds, kms, key, second, cluster):
    def restored(name, **options):
        made = rds.restore_db_cluster_from_snapshot(
            DBClusterIdentifier=name, SnapshotIdentifier="snapshot", Engine="aurora-postgresql", **options
        )
        return made["DBCluster"]["KmsKeyId"]

    assert (restored("same"), restored("other", KmsKeyId=second)) == (key, second)
    back = {"SourceDBClusterIdentifier": "cluster", "UseLatestRestorableTime": True}
    made = rds.restore_db_cluster_to_point_in_time(DBClusterIdentifier="back", KmsKeyId=second, **back)
    assert made["DBCluster"]["KmsKeyId"] == second
    kms.disable_key(KeyId=key)
    for options in ({}, {"KmsKeyId": second}):
        with refused_somehow(FAULT):
            restored("lost", **options)


def test_a_plain_cluster_is_restored_under_a_key_but_its_snapshot_is_not_copied_so(rds, key):
    assert "KmsKeyId" not in rds.create_db_cluster(DBClusterIdentifier="cluster", **CLUSTER)["DBCluster"]
    rds.create_db_cluster_snapshot(DBClusterIdentifier="cluster", DBClusterSnapshotIdentifier="snapshot")
    with refused_somehow():
        rds.copy_db_cluster_snapshot(
            SourceDBClusterSnapshotIdentifier="snapshot", TargetDBClusterSnapshotIdentifier="copy", KmsKeyId=key
        )
    rds.restore_db_cluster_from_snapshot(
        DBClusterIdentifier="again", SnapshotIdentifier="snapshot", Engine="aurora-postgresql", KmsKeyId=key
    )
    (told,) = rds.describe_db_clusters(DBClusterIdentifier="again")["DBClusters"]
    assert (told["StorageEncrypted"], told["KmsKeyId"]) == (True, key)


def test_the_instances_of_a_cluster_are_lost_with_it_and_come_back_with_it(rds, kms, key, cluster):
    rds.create_db_instance(
        DBInstanceIdentifier="instance",
        DBClusterIdentifier="cluster",
        Engine="aurora-postgresql",
        DBInstanceClass="db.r5.large",
    )
    kms.disable_key(KeyId=key)
    assert status(rds) == RECOVERABLE
    with refused_somehow(FAULT):
        rds.start_db_cluster(DBClusterIdentifier="cluster")
    kms.enable_key(KeyId=key)
    rds.start_db_cluster(DBClusterIdentifier="cluster")
    assert status(rds) == rds.describe_db_clusters()["DBClusters"][0]["Status"] == "available"


def test_a_shared_snapshot_of_a_cluster_is_copied_under_a_key_of_the_receiver(owner, other, rds, cluster):
    owned = cmk(owner, other)
    under = {"StorageEncrypted": True, "KmsKeyId": owned}
    rds.create_db_cluster(DBClusterIdentifier="open", **CLUSTER, **under)
    source = rds.create_db_cluster_snapshot(DBClusterIdentifier="open", DBClusterSnapshotIdentifier="shared")
    rds.modify_db_cluster_snapshot_attribute(
        DBClusterSnapshotIdentifier="shared", AttributeName="restore", ValuesToAdd=[OTHER]
    )
    mine, theirs = cmk(other), other.client("rds")
    made = theirs.copy_db_cluster_snapshot(
        SourceDBClusterSnapshotIdentifier=source["DBClusterSnapshot"]["DBClusterSnapshotArn"],
        TargetDBClusterSnapshotIdentifier="copy",
        KmsKeyId=mine,
    )
    assert made["DBClusterSnapshot"]["KmsKeyId"] == mine
    shown = theirs.describe_db_cluster_snapshots(IncludeShared=True)["DBClusterSnapshots"]
    assert {each["KmsKeyId"] for each in shown} == {owned, mine}


def test_a_replica_of_a_cluster_in_another_region_names_a_key_there(owner, rds, key, cluster):
    west, source = owner.client("rds", WEST), cluster["DBClusterArn"]
    asked = {"Engine": "aurora-postgresql", "ReplicationSourceIdentifier": source, "SourceRegion": EAST, **LOGIN}
    with refused_somehow("InvalidParameterCombination"):
        west.create_db_cluster(DBClusterIdentifier="replica", **asked)
    far = cmk(owner, region=WEST)
    made = west.create_db_cluster(DBClusterIdentifier="replica", KmsKeyId=far, **asked)["DBCluster"]
    assert (made["StorageEncrypted"], made["KmsKeyId"]) == (True, far)


# --- what goes through RDS ---------------------------------------------------------------------------------------------------


def test_graphs_of_neptune_are_kept_like_clusters(aws_world, owner, kms, key):
    neptune = owner.client("neptune")
    under = {"Engine": "neptune", "StorageEncrypted": True, "KmsKeyId": key}
    with decided(aws_world) as asked:
        made = neptune.create_db_cluster(DBClusterIdentifier="cluster", **under)["DBCluster"]
    assert made["KmsKeyId"] == key
    ways = {each.request.context.get("kms:viaservice") for each in asked if each.caller == owner.root.arn}
    assert ways == {f"rds.{EAST}.amazonaws.com"}
    kms.disable_key(KeyId=key)
    assert neptune.describe_db_clusters()["DBClusters"][0]["Status"] == RECOVERABLE
    with refused_somehow(FAULT):
        neptune.create_db_cluster(DBClusterIdentifier="second", **under)
