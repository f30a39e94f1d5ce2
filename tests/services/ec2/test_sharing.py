"""Sharing of snapshots: who may be named, who then sees what, and what sharing does not give."""

import pytest

from tests.support.claims import OTHER, OWNER, refused
from tests.support.ec2 import (
    INACCESSIBLE,
    WEST,
    cmk,
    copy,
    create_volume,
    grants,
    kms_events,
    make_snapshot,
    person,
    receivers,
    share_snapshot,
    snapshot,
    volume,
)

pytestmark = pytest.mark.evidence(
    "documented", '"Share a snapshot" (EBS user guide); refusals are those of public recordings and reports'
)

THIRD = "333333333333"


def seen(ec2, *found, **options):
    """Which of these snapshots a question without their ids tells of."""
    told = {each["SnapshotId"] for each in ec2.describe_snapshots(**options)["Snapshots"]}
    return [each for each in found if each in told]


def missing_snapshot():
    return refused("InvalidSnapshot.NotFound")


# --- snapshots: who may be named ---------------------------------------------------------------------------------------------

FORMS = {
    "CreateVolumePermission": lambda action, **who: {
        "CreateVolumePermission": {action: [{name: value} for name, value in who.items()]}
    },
    "OperationType": lambda action, **who: {
        "Attribute": "createVolumePermission",
        "OperationType": action.lower(),
        **{{"UserId": "UserIds", "Group": "GroupNames"}[name]: [value] for name, value in who.items()},
    },
}


@pytest.fixture(params=FORMS)
def form(request):
    """Both forms of the parameters of ModifySnapshotAttribute."""
    return FORMS[request.param]


@pytest.mark.parametrize("who", [{"UserId": OTHER}, {"Group": "all"}, {"UserId": THIRD, "Group": "all"}])
def test_both_forms_add_and_remove(mine, form, who):
    made = make_snapshot(mine)
    mine.modify_snapshot_attribute(SnapshotId=made, **form("Add", **who))
    told = receivers(mine, made)
    assert sorted(told, key=repr) == sorted(({name: value} for name, value in who.items()), key=repr)
    mine.modify_snapshot_attribute(SnapshotId=made, **form("Remove", **who))
    assert receivers(mine, made) == []


def test_a_receiver_is_listed_once(mine):
    made = make_snapshot(mine)
    share_snapshot(mine, made, OTHER)
    share_snapshot(mine, made, OTHER)
    assert receivers(mine, made) == [{"UserId": OTHER}]


def test_the_own_account_is_ignored(mine):
    made = make_snapshot(mine)
    share_snapshot(mine, made, OWNER)
    assert receivers(mine, made) == []


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (FORMS["CreateVolumePermission"]("Add", UserId="12345"), "UserId 12345"),
        (FORMS["OperationType"]("Add", UserId="12345"), "UserId (12345) is invalid."),
        (FORMS["CreateVolumePermission"]("Add", Group="friends"), "UserGroup friends"),
    ],
)
def test_who_cannot_be_a_receiver(mine, parameters, message):
    made = make_snapshot(mine)
    with refused("InvalidAMIAttributeItemValue", message):
        mine.modify_snapshot_attribute(SnapshotId=made, **parameters)
    assert receivers(mine, made) == []


@pytest.mark.parametrize("target", [OTHER, "all"])
@pytest.mark.parametrize("key", ["managed", "customer"])
def test_what_is_encrypted_is_shared_under_a_customer_key_and_with_accounts_only(owner, mine, form, target, key):
    made = make_snapshot(mine, cmk(owner) if key == "customer" else None)
    who = {"Group": "all"} if target == "all" else {"UserId": target}
    if target == "all":
        with refused("OperationNotPermitted", "Encrypted snapshots cannot be shared publicly."):
            mine.modify_snapshot_attribute(SnapshotId=made, **form("Add", **who))
    elif key == "managed":
        with refused("OperationNotPermitted", "Encrypted snapshots with EBS default key cannot be shared"):
            mine.modify_snapshot_attribute(SnapshotId=made, **form("Add", **who))
    else:
        mine.modify_snapshot_attribute(SnapshotId=made, **form("Add", **who))
    assert receivers(mine, made) == ([who] if (target, key) == (OTHER, "customer") else [])


def test_a_default_key_that_is_a_customer_key_can_be_shared(owner, mine):
    mine.modify_ebs_default_kms_key_id(KmsKeyId=cmk(owner))
    made = make_snapshot(mine, None)
    share_snapshot(mine, made, OTHER)
    assert receivers(mine, made) == [{"UserId": OTHER}]


def test_reset_takes_everybody_off(mine, theirs):
    made = make_snapshot(mine)
    share_snapshot(mine, made, OTHER)
    share_snapshot(mine, made, "all")
    mine.reset_snapshot_attribute(SnapshotId=made, Attribute="createVolumePermission")
    assert receivers(mine, made) == []
    with missing_snapshot():
        create_volume(theirs, SnapshotId=made)


# --- snapshots: what sharing gives, and what it does not ------------------------------------------------------------------


def test_sharing_calls_no_kms_and_makes_no_grant(aws_world, owner, mine):
    key = cmk(owner)
    made = make_snapshot(mine, key)
    stranger_to_kms = person(owner).client("ec2")
    with kms_events(aws_world) as events:
        share_snapshot(stranger_to_kms, made, OTHER)
    assert events == []
    assert grants(owner, key) == []


def test_a_receiver_sees_what_it_is_but_not_the_tags_of_its_owner(owner, mine, theirs):
    key = cmk(owner)
    tags = [{"ResourceType": "snapshot", "Tags": [{"Key": "team", "Value": "a"}]}]
    made = make_snapshot(mine, key, Description="nightly", TagSpecifications=tags)
    share_snapshot(mine, made, OTHER)
    found = snapshot(theirs, made)
    told = {name: found[name] for name in ("OwnerId", "Encrypted", "KmsKeyId", "State", "Description", "VolumeSize")}
    assert told == {
        "OwnerId": OWNER,
        "Encrypted": True,
        "KmsKeyId": key,
        "State": "completed",
        "Description": "nightly",
        "VolumeSize": 1,
    }
    assert found.get("Tags", []) == []
    assert snapshot(mine, made)["Tags"] == [{"Key": "team", "Value": "a"}]


def test_sharing_is_not_sharing_the_key(owner, mine, theirs):
    made = make_snapshot(mine, cmk(owner))
    share_snapshot(mine, made, OTHER)
    assert volume(theirs, create_volume(theirs, SnapshotId=made)) is None
    copied = snapshot(theirs, copy(theirs, made))
    assert (copied["State"], copied["StateMessage"]) == ("error", INACCESSIBLE)


def test_what_is_no_longer_shared_is_as_if_it_did_not_exist(owner, other, mine, theirs):
    made = make_snapshot(mine, cmk(owner, other))
    share_snapshot(mine, made, OTHER)
    kept = create_volume(theirs, SnapshotId=made)
    assert volume(theirs, kept)["State"] == "available"
    share_snapshot(mine, made, OTHER, "Remove")
    for call in (lambda: snapshot(theirs, made), lambda: create_volume(theirs, SnapshotId=made)):
        with missing_snapshot():
            call()
    assert volume(theirs, kept)["State"] == "available"


def test_only_the_owner_shares_deletes_and_asks_for_permissions(mine, theirs):
    made = make_snapshot(mine)
    share_snapshot(mine, made, OTHER)
    for call in (
        lambda: share_snapshot(theirs, made, THIRD),
        lambda: theirs.describe_snapshot_attribute(SnapshotId=made, Attribute="createVolumePermission"),
        lambda: theirs.delete_snapshot(SnapshotId=made),
    ):
        with pytest.raises(theirs.exceptions.ClientError):
            call()
    assert receivers(mine, made) == [{"UserId": OTHER}]


def test_sharing_is_regional(owner, other, mine):
    share_snapshot(mine, make_snapshot(mine), OTHER)
    assert seen(other.client("ec2", WEST), make_snapshot(owner.client("ec2", WEST))) == []


# --- snapshots: who sees which --------------------------------------------------------------------------------------------


@pytest.fixture
def shelf(mine, theirs):
    """Snapshots by what they are to the other account."""
    found = {"own": make_snapshot(theirs), "hidden": make_snapshot(mine)}
    for name, target in {"shared": OTHER, "public": "all", "both": OTHER}.items():
        found[name] = make_snapshot(mine)
        share_snapshot(mine, found[name], target)
    share_snapshot(mine, found["both"], "all")
    return found


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ({}, {"own", "shared", "public", "both"}),
        ({"OwnerIds": ["self"]}, {"own"}),
        ({"OwnerIds": [OTHER]}, {"own"}),
        ({"OwnerIds": [OWNER]}, {"shared", "public", "both"}),
        ({"OwnerIds": ["self", OWNER]}, {"own", "shared", "public", "both"}),
        ({"OwnerIds": ["amazon"]}, set()),
        ({"RestorableByUserIds": ["self"]}, {"own", "shared", "both"}),
        ({"RestorableByUserIds": ["all"]}, {"public", "both"}),
        ({"RestorableByUserIds": ["self"], "OwnerIds": [OWNER]}, {"shared", "both"}),
        ({"Filters": [{"Name": "owner-id", "Values": [OTHER]}]}, {"own"}),
        ({"Filters": [{"Name": "encrypted", "Values": ["true"]}]}, set()),
    ],
)
def test_which_snapshots_a_question_tells_of(theirs, shelf, question, answer):
    assert set(seen(theirs, *shelf.values(), **question)) == {shelf[name] for name in answer}


def test_an_owner_asks_what_an_account_may_restore(mine, shelf):
    found = seen(mine, *shelf.values(), RestorableByUserIds=[OTHER], OwnerIds=["self"])
    assert set(found) == {shelf["shared"], shelf["both"]}


@pytest.mark.parametrize("hidden", [True, False])
def test_a_hidden_snapshot_is_one_that_does_not_exist(theirs, shelf, hidden):
    asked = [shelf["own"], shelf["hidden"] if hidden else "snap-0123456789abcdef0"]
    with missing_snapshot():
        theirs.describe_snapshots(SnapshotIds=asked)


# --- snapshots: block public access ---------------------------------------------------------------------------------------


def test_public_access_is_not_blocked_until_it_is(owner, mine):
    assert mine.get_snapshot_block_public_access_state()["State"] == "unblocked"
    for state in ("block-all-sharing", "block-new-sharing"):
        assert mine.enable_snapshot_block_public_access(State=state)["State"] == state
        assert mine.get_snapshot_block_public_access_state()["State"] == state
    assert owner.client("ec2", WEST).get_snapshot_block_public_access_state()["State"] == "unblocked"
    assert mine.disable_snapshot_block_public_access()["State"] == "unblocked"
    assert mine.get_snapshot_block_public_access_state()["State"] == "unblocked"


@pytest.mark.parametrize(("state", "stays"), [("block-new-sharing", True), ("block-all-sharing", False)])
def test_blocking_public_access(mine, theirs, form, state, stays):
    public, other = make_snapshot(mine), make_snapshot(mine)
    share_snapshot(mine, public, "all")
    mine.enable_snapshot_block_public_access(State=state)
    with refused("OperationNotPermitted", "Public sharing of snapshots is blocked for this account."):
        mine.modify_snapshot_attribute(SnapshotId=other, **form("Add", Group="all"))
    share_snapshot(mine, other, OTHER)
    assert seen(theirs, public, other) == ([public, other] if stays else [other])
    mine.disable_snapshot_block_public_access()
    assert seen(theirs, public, other) == [public, other]
