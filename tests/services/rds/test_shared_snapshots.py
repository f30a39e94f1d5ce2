"""Snapshots of other accounts: which are listed, and who may copy and restore them."""

import pytest

import kmsmock
from tests.support.claims import OTHER, OWNER, allow, refused
from tests.support.shared_databases import INSTANCE, KINDS
from tests.support.shared_disks import key_open_to

pytestmark = pytest.mark.evidence("documented", '"Sharing a DB snapshot for Amazon RDS" (user guide)')

both = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.noun)


@pytest.fixture
def snapshots(kind, owner, other):
    """Snapshots of the owner's: shared with the other account, public, with nobody; and one of the other account's."""
    kind.database(owner)
    kind.database(other)
    for name in ("explicit", "public", "private"):
        kind.snapshot_of(owner, name)
    kind.share(owner, "explicit", OTHER)
    kind.share(owner, "public", "all")
    kind.snapshot_of(other, "own")
    return {name: kind.arn(owner, name) for name in ("explicit", "public", "private")}


def _without_automated(listed):
    return {name for name in listed if not name.startswith("rds:")}


@both
@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, {"own"}),
        ({"IncludeShared": True}, {"own", "explicit"}),
        ({"IncludePublic": True}, {"own", "public"}),
        ({"IncludeShared": True, "IncludePublic": True}, {"own", "explicit", "public"}),
        ({"SnapshotType": "manual"}, {"own"}),
        ({"SnapshotType": "manual", "IncludeShared": True, "IncludePublic": True}, {"own"}),
        ({"SnapshotType": "automated", "IncludeShared": True, "IncludePublic": True}, set()),
        ({"SnapshotType": "shared"}, {"explicit"}),
        ({"SnapshotType": "shared", "IncludePublic": True}, {"explicit"}),
        ({"SnapshotType": "public"}, {"public"}),
        ({"SnapshotType": "public", "IncludeShared": True}, {"public"}),
        ({"SnapshotType": "awsbackup"}, set()),
    ],
)
def test_the_type_decides_what_the_switches_for_shared_and_public_snapshots_add(
    kind, other, snapshots, asked, expected
):
    # DescribeDBSnapshots, SnapshotType: "The IncludeShared and IncludePublic parameters don't apply for SnapshotType
    # values of manual or automated. The IncludePublic parameter doesn't apply when SnapshotType is set to shared. The
    # IncludeShared parameter doesn't apply when SnapshotType is set to public."
    listed = _without_automated(kind.listed(other, **asked))
    assert listed == {snapshots.get(name, name) for name in expected}


@both
def test_public_snapshots_are_ones_own_as_well(kind, owner, snapshots):
    # SnapshotType, public: all that have been marked so
    assert kind.listed(owner, SnapshotType="public") == {"public"}


@both
def test_what_is_shared_and_public_is_listed_once(kind, owner, other, snapshots):
    kind.share(owner, "public", OTHER)
    both_ways = kind.call(other.client("rds"), "describe", "s", IncludeShared=True, IncludePublic=True)
    named = [each[f"{kind.snapshot}Identifier"] for each in both_ways[f"{kind.snapshot}s"]]
    assert named.count(snapshots["public"]) == 1


@both
def test_a_snapshot_that_is_shared_no_more_is_not_listed(kind, owner, other, snapshots):
    named = {f"{kind.snapshot}Identifier": "explicit", "AttributeName": "restore", "ValuesToRemove": [OTHER]}
    kind.call(owner.client("rds"), "modify", "_attribute", **named)
    assert kind.listed(other, SnapshotType="shared") == set()


@both
def test_the_owner_is_told_with_whom_a_snapshot_is_shared(kind, owner, snapshots):
    named = {f"{kind.snapshot}Identifier": "explicit"}
    told = kind.call(owner.client("rds"), "describe", "_attributes", **named)[f"{kind.snapshot}AttributesResult"]
    (restore,) = [each for each in told[f"{kind.snapshot}Attributes"] if each["AttributeName"] == "restore"]
    assert restore["AttributeValues"] == [OTHER]


# --- permissions of the service itself ------------------------------------------------------------------------------


@pytest.fixture
def strict_world():
    """A world that asks for the permissions of every service."""
    with kmsmock.World(enforce_iam="all") as world:
        yield world


@pytest.fixture
def accounts(strict_world):
    return strict_world.account(OWNER), strict_world.account(OTHER)


@both
def test_who_may_copy_copies_a_shared_snapshot_where_every_permission_is_asked_for(kind, accounts):
    # "Sharing a DB snapshot for Amazon RDS": the snapshot's attribute shares it, there is no resource policy; the
    # permission that the copying user needs is that of his own account
    owner, other = accounts
    key, mine = key_open_to(owner, other), key_open_to(other)
    kind.database(owner, key=key)
    kind.snapshot_of(owner)
    kind.share(owner, "snapshot", OTHER)
    user = other.user("somebody", [allow(["rds:*", "kms:*"])])
    named = {
        f"Source{kind.snapshot}Identifier": kind.arn(owner, "snapshot"),
        f"Target{kind.snapshot}Identifier": "copy",
        "KmsKeyId": mine,
    }
    copied = kind.call(user.client("rds"), "copy", **named)[kind.snapshot]
    assert (copied[kind.encrypted], copied["KmsKeyId"]) == (True, mine)
    assert kind.listed(user, IncludeShared=True) >= {"copy", kind.arn(owner, "snapshot")}


def test_who_may_restore_restores_a_shared_snapshot_where_every_permission_is_asked_for(accounts):
    owner, other = accounts
    INSTANCE.database(owner)
    INSTANCE.snapshot_of(owner)
    INSTANCE.share(owner, "snapshot", OTHER)
    user = other.user("somebody", [allow("rds:*")])
    made = user.client("rds").restore_db_instance_from_db_snapshot(
        DBInstanceIdentifier="restored", DBSnapshotIdentifier=INSTANCE.arn(owner, "snapshot")
    )
    assert made["DBInstance"]["DBInstanceIdentifier"] == "restored"


@both
def test_who_may_not_copy_is_refused_by_his_own_account(kind, accounts):
    owner, other = accounts
    kind.database(owner)
    kind.snapshot_of(owner)
    kind.share(owner, "snapshot", OTHER)
    user = other.user("somebody", [allow("rds:Describe*")])
    named = {
        f"Source{kind.snapshot}Identifier": kind.arn(owner, "snapshot"),
        f"Target{kind.snapshot}Identifier": "copy",
    }
    with refused("AccessDenied", status=403):
        kind.call(user.client("rds"), "copy", **named)


@both
def test_a_policy_can_name_the_snapshot_of_the_other_account(kind, accounts):
    owner, other = accounts
    kind.database(owner)
    kind.snapshot_of(owner)
    kind.share(owner, "snapshot", OTHER)
    source, target = kind.arn(owner, "snapshot"), kind.arn(other, "copy")
    user = other.user("somebody", [allow("rds:Copy*", [source, target])])
    named = {f"Source{kind.snapshot}Identifier": source, f"Target{kind.snapshot}Identifier": "copy"}
    assert kind.call(user.client("rds"), "copy", **named)[kind.snapshot][f"{kind.snapshot}Identifier"] == "copy"


@both
def test_what_is_not_shared_is_not_there_whatever_ones_own_account_allows(kind, accounts):
    owner, other = accounts
    kind.database(owner)
    kind.snapshot_of(owner)
    user = other.user("somebody", [allow("rds:*")])
    missing = {"DBSnapshot": "DBSnapshotNotFound", "DBClusterSnapshot": "DBClusterSnapshotNotFoundFault"}
    arn = kind.arn(owner, "snapshot")
    named = {f"Source{kind.snapshot}Identifier": arn, f"Target{kind.snapshot}Identifier": "copy"}
    with refused(missing[kind.snapshot], f"{kind.snapshot} not found: {arn}", status=404):
        kind.call(user.client("rds"), "copy", **named)
