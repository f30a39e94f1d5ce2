"""Encrypted databases: their grants, how they are lost with their key, and snapshots on their way to others."""

import re

import pytest

from tests.support.claims import OTHER, OWNER, refused
from tests.support.ec2 import EAST, WEST, called, cmk, grants, kms_events
from tests.support.policies import make_key, use
from tests.support.refusals import Refusal, refused_as
from tests.support.service_cases import CLUSTER, INSTANCE, RECOVERABLE, TERMINAL
from tests.support.services import decided, person, refused_somehow

pytestmark = pytest.mark.evidence(
    "documented",
    '"Encrypting Amazon RDS resources" (RDS user guide); KMSKeyNotAccessibleFault is known from public reports',
)

NEEDED = ["kms:CreateGrant", "kms:DescribeKey"]
USE = [*NEEDED, "kms:Decrypt", "kms:Encrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"]
FAULT = "KMSKeyNotAccessibleFault"


@pytest.fixture
def west(owner):
    return owner.client("rds", WEST)


def under(key):
    return {"StorageEncrypted": True, **({"KmsKeyId": key} if key else {})}


def make_instance(rds, key=None, name="instance", **options):
    return rds.create_db_instance(DBInstanceIdentifier=name, **INSTANCE, **under(key), **options)["DBInstance"]


def make_cluster(rds, key=None, name="cluster", **options):
    return rds.create_db_cluster(DBClusterIdentifier=name, **CLUSTER, **under(key), **options)["DBCluster"]


def status(rds, name="instance"):
    return rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]["DBInstanceStatus"]


def snap(rds, name="snapshot", instance="instance"):
    made = rds.create_db_snapshot(DBInstanceIdentifier=instance, DBSnapshotIdentifier=name)
    return made["DBSnapshot"]


def copy(rds, source="snapshot", name="copy", **options):
    made = rds.copy_db_snapshot(SourceDBSnapshotIdentifier=source, TargetDBSnapshotIdentifier=name, **options)
    return made["DBSnapshot"]


def share(rds, account=OTHER, name="snapshot"):
    rds.modify_db_snapshot_attribute(DBSnapshotIdentifier=name, AttributeName="restore", ValuesToAdd=[account])


def restore(rds, source="snapshot", name="restored", **options):
    made = rds.restore_db_instance_from_db_snapshot(DBInstanceIdentifier=name, DBSnapshotIdentifier=source, **options)
    return made["DBInstance"]


def inaccessible(key, what="(The specified|Specified) KMS key"):
    text = rf"{what} \[{re.escape(key)}\] does not exist, is not enabled or you do not have permissions to access it\.?"
    return refused_as(Refusal(FAULT, 400, text), None)


def source_inaccessible(key):
    return inaccessible(key, "The source snapshot KMS key")


# --- making -----------------------------------------------------------------------------------------------------------------------


def test_a_database_shows_the_arn_of_its_key_however_that_was_named(rds, kms, key):
    kms.create_alias(AliasName="alias/app", TargetKeyId=key)
    for number, name in enumerate((key, key.split("/")[1], "alias/app", f"arn:aws:kms:{EAST}:{OWNER}:alias/app")):
        assert make_instance(rds, name, f"db{number}")["KmsKeyId"] == key


def test_rds_holds_a_grant_in_the_name_of_the_database(aws_world, owner, rds, key):
    with kms_events(aws_world) as events:
        made = make_instance(rds, key)
    assert called(events, "DescribeKey")
    found = grants(owner, key)
    assert found
    for each in found:
        (constraint,) = each["Constraints"].values()
        assert constraint["aws:rds:db-id"] == made["DbiResourceId"]


@pytest.mark.parametrize("lacks", NEEDED)
def test_making_a_database_needs_a_grant_and_a_description(owner, rds, key, lacks):
    maker = person(owner, *[each for each in USE if each != lacks])
    with inaccessible(key):
        make_instance(maker.client("rds"), key)
    with inaccessible(key):
        make_cluster(maker.client("rds"), key)
    assert rds.describe_db_instances()["DBInstances"] == rds.describe_db_clusters()["DBClusters"] == []
    make_instance(person(owner, *NEEDED, name="both").client("rds"), key)


def test_a_key_policy_may_demand_the_way_of_rds_and_grants_for_aws(owner, kms):
    maker = person(owner)
    via = {
        "StringEquals": {"kms:ViaService": f"rds.{EAST}.amazonaws.com"},
        "Bool": {"kms:GrantIsForAWSResource": "true"},
    }
    describe = {"StringEquals": {"kms:ViaService": f"rds.{EAST}.amazonaws.com"}}
    key = make_key(
        kms,
        use(maker.arn, "kms:CreateGrant", Condition=via),
        use(maker.arn, [each for each in USE if each != "kms:CreateGrant"], Condition=describe),
    )
    assert make_instance(maker.client("rds"), key)["KmsKeyId"] == key


def test_the_key_of_aws_serves_everybody_who_may_make_databases(owner, kms):
    made = make_instance(person(owner).client("rds"))
    told = kms.describe_key(KeyId="alias/aws/rds")["KeyMetadata"]
    assert (told["KeyManager"], made["KmsKeyId"]) == ("AWS", told["Arn"])


def test_the_instances_of_a_cluster_are_under_its_key(rds, key):
    make_cluster(rds, key)
    made = rds.create_db_instance(
        DBInstanceIdentifier="reader",
        DBClusterIdentifier="cluster",
        Engine="aurora-postgresql",
        DBInstanceClass="db.r5.large",
    )
    assert (made["DBInstance"]["KmsKeyId"], made["DBInstance"]["StorageEncrypted"]) == (key, True)


def test_what_is_not_encrypted_asks_nothing(aws_world, rds):
    with decided(aws_world) as asked:
        rds.create_db_instance(DBInstanceIdentifier="instance", **INSTANCE)
        snap(rds)
        copy(rds)
        restore(rds)
    assert asked == []


# --- a key that is lost ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", ["disable_key", "schedule_key_deletion"])
def test_a_database_without_its_key_can_be_recovered_for_seven_days(aws_world, rds, kms, key, bad):
    make_instance(rds, key)
    getattr(kms, bad)(KeyId=key)
    assert status(rds) == RECOVERABLE
    aws_world.clock.advance(days=6, hours=23)
    assert status(rds) == RECOVERABLE
    aws_world.clock.advance(hours=2)
    assert status(rds) == TERMINAL


def test_a_database_comes_back_when_it_is_started_with_a_key_that_works(rds, kms, key):
    make_instance(rds, key)
    kms.disable_key(KeyId=key)
    assert status(rds) == RECOVERABLE
    with refused_somehow():
        rds.start_db_instance(DBInstanceIdentifier="instance")
    kms.enable_key(KeyId=key)
    assert status(rds) == RECOVERABLE
    rds.start_db_instance(DBInstanceIdentifier="instance")
    assert status(rds) == "available"


@pytest.mark.parametrize(
    "ask",
    [
        lambda rds: rds.reboot_db_instance(DBInstanceIdentifier="reader"),
        lambda rds: rds.modify_db_instance(DBInstanceIdentifier="reader", DBInstanceClass="db.r5.xlarge"),
    ],
    ids=["reboot", "modify"],
)
def test_an_instance_goes_with_the_key_of_its_cluster(rds, kms, key, ask):
    make_cluster(rds, key)
    rds.create_db_instance(
        DBInstanceIdentifier="reader",
        DBClusterIdentifier="cluster",
        Engine="aurora-postgresql",
        DBInstanceClass="db.r5.large",
    )
    ask(rds)
    kms.disable_key(KeyId=key)
    with refused("InvalidDBInstanceState", "Instance reader is not in available state."):
        ask(rds)
    assert rds.describe_db_instances(DBInstanceIdentifier="reader")["DBInstances"][0]["DBInstanceStatus"] == RECOVERABLE


def test_after_seven_days_only_a_snapshot_helps(aws_world, rds, kms, key):
    make_instance(rds, key)
    snap(rds)
    kms.disable_key(KeyId=key)
    assert status(rds) == RECOVERABLE
    aws_world.clock.advance(days=8)
    assert status(rds) == TERMINAL
    kms.enable_key(KeyId=key)
    with refused_somehow():
        rds.start_db_instance(DBInstanceIdentifier="instance")
    assert status(rds) == TERMINAL
    restore(rds)
    assert status(rds, "restored") == "available"


def test_a_cluster_is_lost_like_an_instance(aws_world, rds, kms, key):
    make_cluster(rds, key)
    kms.disable_key(KeyId=key)
    assert rds.describe_db_clusters()["DBClusters"][0]["Status"] == RECOVERABLE
    aws_world.clock.advance(days=8)
    assert rds.describe_db_clusters()["DBClusters"][0]["Status"] == TERMINAL


def test_a_revoked_grant_is_a_lost_key(owner, rds, kms, key):
    make_instance(rds, key)
    for each in grants(owner, key):
        kms.revoke_grant(KeyId=key, GrantId=each["GrantId"])
    assert status(rds) == RECOVERABLE


def test_a_lost_database_can_be_deleted(rds, kms, key):
    make_instance(rds, key)
    kms.disable_key(KeyId=key)
    rds.delete_db_instance(DBInstanceIdentifier="instance", SkipFinalSnapshot=True)
    with refused_somehow(status=404):
        status(rds)


# --- snapshots ----------------------------------------------------------------------------------------------------------------------


def test_a_snapshot_and_its_copy_are_under_the_key_of_the_database_unless_another_is_asked_for(rds, kms, key):
    second = kms.create_key()["KeyMetadata"]["Arn"]
    make_instance(rds, key)
    made = snap(rds)
    assert (made["Encrypted"], made["KmsKeyId"]) == (True, key)
    assert copy(rds)["KmsKeyId"] == key
    assert copy(rds, name="other", KmsKeyId=second)["KmsKeyId"] == second
    assert restore(rds, "other")["KmsKeyId"] == second


def test_a_plain_snapshot_is_encrypted_by_a_copy_under_a_key(rds, key):
    rds.create_db_instance(DBInstanceIdentifier="instance", **INSTANCE)
    assert snap(rds)["Encrypted"] is False
    made = copy(rds, KmsKeyId=key)
    assert (made["Encrypted"], made["KmsKeyId"]) == (True, key)


def test_a_copy_needs_both_keys(rds, kms, key):
    second = kms.create_key()["KeyMetadata"]["Arn"]
    make_instance(rds, key)
    snap(rds)
    kms.disable_key(KeyId=second)
    with inaccessible(second):
        copy(rds, KmsKeyId=second)
    kms.enable_key(KeyId=second)
    kms.disable_key(KeyId=key)
    with source_inaccessible(key):
        copy(rds, KmsKeyId=second)
    manual = rds.describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
    assert [each["DBSnapshotIdentifier"] for each in manual] == ["snapshot"]


def test_a_restore_needs_the_key_of_the_snapshot(rds, kms, key):
    make_instance(rds, key)
    snap(rds)
    kms.disable_key(KeyId=key)
    with refused_somehow(FAULT):
        restore(rds)
    assert len(rds.describe_db_instances()["DBInstances"]) == 1


def test_into_another_region_goes_what_has_a_key_there(owner, rds, west, key):
    make_instance(rds, key)
    source = snap(rds)["DBSnapshotArn"]
    there = {"SourceRegion": EAST, "source": source}
    with refused_as(
        Refusal("InvalidParameterValue", 400, r"Must specify new KMS key for cross region encrypted snapshot copy\.?"),
        None,
    ):
        copy(west, **there)
    with inaccessible(key):
        copy(west, KmsKeyId=key, **there)
    assert west.describe_db_snapshots()["DBSnapshots"] == []
    far = cmk(owner, region=WEST)
    assert copy(west, KmsKeyId=far, **there)["KmsKeyId"] == far


def test_each_region_is_asked_through_its_own_rds(aws_world, owner, rds, west, key):
    make_instance(rds, key)
    source, far = snap(rds)["DBSnapshotArn"], cmk(owner, region=WEST)
    with decided(aws_world) as asked:
        copy(west, source, KmsKeyId=far, SourceRegion=EAST)
    ways = {
        (each.resource, each.request.context.get("kms:viaservice")) for each in asked if each.caller == owner.root.arn
    }
    assert (far, f"rds.{WEST}.amazonaws.com") in ways
    assert {way for resource, way in ways if resource == key} <= {f"rds.{EAST}.amazonaws.com"}


def test_an_encrypted_replica_in_another_region_has_a_key_of_that_region(owner, rds, west, key):
    source = make_instance(rds, key)["DBInstanceArn"]
    ask = {"SourceDBInstanceIdentifier": source, "SourceRegion": EAST}
    with refused_somehow("InvalidParameterCombination"):
        west.create_db_instance_read_replica(DBInstanceIdentifier="replica", **ask)
    with inaccessible(key):
        west.create_db_instance_read_replica(DBInstanceIdentifier="replica", KmsKeyId=key, **ask)
    far = cmk(owner, region=WEST)
    made = west.create_db_instance_read_replica(DBInstanceIdentifier="replica", KmsKeyId=far, **ask)
    assert made["DBInstance"]["KmsKeyId"] == far


# --- other accounts -----------------------------------------------------------------------------------------------------------------


def test_what_is_under_the_key_of_aws_cannot_be_shared(rds):
    make_instance(rds)
    snap(rds)
    with refused_somehow("InvalidParameterValue"):
        share(rds)


def test_what_is_encrypted_cannot_be_public(rds, key):
    make_instance(rds, key)
    snap(rds)
    with refused_somehow("InvalidParameterValue"):
        share(rds, "all")


def test_sharing_asks_nothing_of_the_key(aws_world, rds, kms, key):
    make_instance(rds, key)
    snap(rds)
    kms.disable_key(KeyId=key)
    with decided(aws_world) as asked:
        share(rds)
    assert asked == []


@pytest.fixture
def shared(owner, other, rds):
    """The ARN of a snapshot that the other account sees, for a key."""

    def make(key):
        make_instance(rds, key)
        made = snap(rds)["DBSnapshotArn"]
        share(rds)
        return made

    return make


def test_a_shared_snapshot_is_copied_under_a_key_of_the_receiver(owner, other, shared):
    key, mine = cmk(owner, other), cmk(other)
    made = copy(other.client("rds"), shared(key), KmsKeyId=mine)
    assert (made["KmsKeyId"], made["Encrypted"]) == (mine, True)
    assert restore(other.client("rds"), "copy")["KmsKeyId"] == mine


def test_a_shared_snapshot_is_no_use_without_its_key(owner, other, shared):
    key, mine = cmk(owner), cmk(other)
    source = shared(key)
    with source_inaccessible(key):
        copy(other.client("rds"), source, KmsKeyId=mine)
    assert other.client("rds").describe_db_snapshots()["DBSnapshots"] == []


def test_the_receiver_needs_permissions_of_his_own_account_too(owner, other, shared):
    key, mine = cmk(owner, other), cmk(other)
    source = shared(key)
    with source_inaccessible(key):
        copy(person(other, *USE, resource=mine).client("rds"), source, KmsKeyId=mine)
    copy(person(other, *USE, name="both").client("rds"), source, KmsKeyId=mine)


def test_the_receiver_names_a_key(owner, other, shared):
    source = shared(cmk(owner, other))
    with refused_somehow("InvalidParameterValue", "InvalidParameterCombination"):
        copy(other.client("rds"), source)


def test_a_shared_encrypted_snapshot_is_copied_before_it_is_restored(owner, other, shared):
    source = shared(cmk(owner, other))
    with refused_somehow():
        restore(other.client("rds"), source)


def test_a_shared_encrypted_snapshot_stays_in_its_region(owner, other, shared):
    source, far = shared(cmk(owner, other)), cmk(other, region=WEST)
    with refused_somehow():
        copy(other.client("rds", WEST), source, KmsKeyId=far, SourceRegion=EAST)


def test_a_snapshot_that_is_not_shared_is_not_there(owner, other, rds):
    make_instance(rds, cmk(owner, other))
    source = snap(rds)["DBSnapshotArn"]
    with refused_somehow("DBSnapshotNotFound", status=404):
        copy(other.client("rds"), source, KmsKeyId=cmk(other))


# --- clusters -----------------------------------------------------------------------------------------------------------------------


def cluster_snapshot(rds, key):
    make_cluster(rds, key)
    made = rds.create_db_cluster_snapshot(DBClusterIdentifier="cluster", DBClusterSnapshotIdentifier="snapshot")
    return made["DBClusterSnapshot"]


def copy_cluster(rds, source, **options):
    made = rds.copy_db_cluster_snapshot(
        SourceDBClusterSnapshotIdentifier=source, TargetDBClusterSnapshotIdentifier="copy", **options
    )
    return made["DBClusterSnapshot"]


def test_the_snapshot_of_a_cluster_goes_its_way_like_that_of_an_instance(owner, rds, west, key):
    source = cluster_snapshot(rds, key)
    assert source["KmsKeyId"] == key
    with inaccessible(key):
        copy_cluster(west, source["DBClusterSnapshotArn"], KmsKeyId=key, SourceRegion=EAST)
    far = cmk(owner, region=WEST)
    made = copy_cluster(west, source["DBClusterSnapshotArn"], KmsKeyId=far, SourceRegion=EAST)
    assert made["KmsKeyId"] == far


def test_the_snapshot_of_a_cluster_under_the_key_of_aws_cannot_be_shared(rds):
    cluster_snapshot(rds, None)
    with refused_somehow("InvalidParameterValue"):
        rds.modify_db_cluster_snapshot_attribute(
            DBClusterSnapshotIdentifier="snapshot", AttributeName="restore", ValuesToAdd=[OTHER]
        )


def test_each_cluster_of_a_global_one_is_under_a_key_of_its_region(owner, rds, west, key):
    first = make_cluster(rds, key)["DBClusterArn"]
    rds.create_global_cluster(GlobalClusterIdentifier="global", SourceDBClusterIdentifier=first)
    second = {"Engine": "aurora-postgresql", "GlobalClusterIdentifier": "global", "StorageEncrypted": True}
    with inaccessible(key):
        west.create_db_cluster(DBClusterIdentifier="second", KmsKeyId=key, **second)
    far = cmk(owner, region=WEST)
    made = west.create_db_cluster(DBClusterIdentifier="second", KmsKeyId=far, **second)
    assert made["DBCluster"]["KmsKeyId"] == far
