"""The filters by owner and share of DescribeImages and DescribeSnapshots, as botocore's documentation has them."""

import pytest

from tests.support.claims import OTHER, OWNER, refused
from tests.support.shared_disks import image, images_of, share_image, share_snapshot, snapshot, snapshots_of

pytestmark = pytest.mark.evidence(
    "documented", "DescribeImages and DescribeSnapshots in botocore's documentation; one row is recorded"
)

REGION = "mx-central-1"
"""One of the few Regions that moto has no thousand images for."""


@pytest.fixture
def shared(owner, other):
    """Images of the owner's: shared with the other account, public, and with nobody."""
    made = {name: image(owner, name, region=REGION) for name in ("explicit", "public", "private")}
    share_image(owner, made["explicit"], UserId=OTHER, region=REGION)
    share_image(owner, made["public"], Group="all", region=REGION)
    return made


@pytest.fixture
def snapshots(owner):
    """Snapshots likewise."""
    made = {name: snapshot(owner, region=REGION) for name in ("explicit", "public", "private")}
    share_snapshot(owner, made["explicit"], UserId=OTHER, region=REGION)
    share_snapshot(owner, made["public"], Group="all", region=REGION)
    return made


# --- DescribeImages: ExecutableUsers --------------------------------------------------------------------------------


def test_nothing_is_shared_with_an_account_in_a_fresh_world(amazons, owner):
    # DescribeImages, ExecutableUsers: "self" gives the AMIs that are shared with the account, "all" the public ones
    assert owner.client("ec2", REGION).describe_images(ExecutableUsers=["self"])["Images"] == []
    assert owner.client("ec2", REGION).describe_images(ExecutableUsers=[OWNER])["Images"] == []


def test_all_gives_every_public_image_in_a_fresh_world_and_after_an_image_was_registered(amazons, owner, other):
    before = other.client("ec2", REGION).describe_images(ExecutableUsers=["all"])["Images"]
    assert before
    assert all(each["Public"] for each in before)
    mine = image(owner, region=REGION)
    after = images_of(other.client("ec2", REGION).describe_images(ExecutableUsers=["all"]))
    assert after == {each["ImageId"] for each in before}
    share_image(owner, mine, Group="all", region=REGION)
    assert images_of(other.client("ec2", REGION).describe_images(ExecutableUsers=["all"])) == after | {mine}


@pytest.mark.parametrize("user", ["self", OTHER])
def test_self_and_ones_own_number_give_what_is_shared_with_oneself(other, shared, user):
    image(other, "own", region=REGION)
    assert images_of(other.client("ec2", REGION).describe_images(ExecutableUsers=[user])) == {shared["explicit"]}


@pytest.mark.evidence("recorded", '"own id on unencrypted AMI: 200 and listed in LaunchPermissions"')
def test_an_image_that_is_shared_with_its_own_owner_is_among_them(owner):
    # as "own id on unencrypted AMI: 200 and listed in LaunchPermissions", recorded
    mine = image(owner, region=REGION)
    share_image(owner, mine, UserId=OWNER, region=REGION)
    assert images_of(owner.client("ec2", REGION).describe_images(ExecutableUsers=["self"])) == {mine}


def test_self_and_ones_own_number_also_give_what_is_shared_with_ones_organization(aws_world, owner, other):
    # ExecutableUsers: "If you specify self or your own Amazon Web Services account ID, ... AMIs that are shared with
    # the organization or OU of which you are member are also returned"
    organization = owner.client("organizations").create_organization(FeatureSet="ALL")["Organization"]["Arn"]
    mine = image(owner, region=REGION)
    share_image(owner, mine, OrganizationArn=organization, region=REGION)
    ec2 = owner.client("ec2", REGION)
    assert images_of(ec2.describe_images(ExecutableUsers=["self"])) == {mine}
    assert images_of(ec2.describe_images(ExecutableUsers=[OWNER])) == {mine}
    assert images_of(other.client("ec2", REGION).describe_images(ExecutableUsers=[OWNER])) == set()


def test_the_number_of_another_account_gives_what_is_shared_with_that_account(owner, shared):
    assert images_of(owner.client("ec2", REGION).describe_images(ExecutableUsers=[OTHER])) == {shared["explicit"]}


def test_several_users_give_what_any_of_them_may_launch(other, shared):
    given = images_of(other.client("ec2", REGION).describe_images(ExecutableUsers=["self", "all"], Owners=[OWNER]))
    assert given == {shared["explicit"], shared["public"]}


# --- DescribeImages: Owners and filters -----------------------------------------------------------------------------


def test_without_owners_there_is_all_that_one_may_launch(amazons, owner, other, shared):
    own = image(other, "own", region=REGION)
    given = images_of(other.client("ec2", REGION).describe_images())
    amazons = images_of(owner.client("ec2", REGION).describe_images(Owners=["amazon"]))
    assert given == amazons | {own, shared["explicit"], shared["public"]}


@pytest.mark.parametrize(
    ("owners", "expected"),
    [
        (["self"], {"own"}),
        ([OTHER], {"own"}),
        ([OWNER], {"explicit", "public"}),
        (["self", OWNER], {"own", "explicit", "public"}),
        (["aws-marketplace"], set()),
        (["aws-backup-vault"], set()),
        (["self", "aws-backup-vault"], {"own"}),
        (["333333333333"], set()),
    ],
)
def test_owners_are_numbers_self_and_the_aliases(amazons, other, shared, owners, expected):
    # Owners: "You can specify a combination of Amazon Web Services account IDs, self, amazon, aws-backup-vault, and
    # aws-marketplace"
    names = {**shared, "own": image(other, "own", region=REGION)}
    given = other.client("ec2", REGION).describe_images(Owners=owners)["Images"]
    ours = {each["ImageId"] for each in given if each.get("ImageOwnerAlias") != "aws-marketplace"}
    assert ours == {names[name] for name in expected}


def test_amazon_gives_amazons_images_only(amazons, other, shared):
    given = other.client("ec2", REGION).describe_images(Owners=["amazon"])["Images"]
    assert given
    assert {each["ImageOwnerAlias"] for each in given} == {"amazon"}
    assert not {each["ImageId"] for each in given} & set(shared.values())


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("is-public", ["false"], {"own", "explicit"}),
        ("owner-id", [OWNER], {"explicit", "public"}),
        ("owner-id", [OTHER], {"own"}),
        ("owner-id", [OWNER, OTHER], {"own", "explicit", "public"}),
        ("owner-alias", ["aws-backup-vault"], set()),
        ("name", ["p*"], {"public"}),
    ],
)
def test_the_filters_by_owner_see_what_others_share(other, shared, name, values, expected):
    names = {**shared, "own": image(other, "own", region=REGION)}
    given = images_of(other.client("ec2", REGION).describe_images(Filters=[{"Name": name, "Values": values}]))
    assert given & set(names.values()) == {names[each] for each in expected}
    if name in ("is-public", "owner-id"):
        assert given <= set(names.values())


def test_is_public_true_gives_amazons_and_what_others_made_public(amazons, other, shared):
    given = images_of(other.client("ec2", REGION).describe_images(Filters=[{"Name": "is-public", "Values": ["true"]}]))
    assert shared["public"] in given
    assert shared["explicit"] not in given
    assert images_of(other.client("ec2", REGION).describe_images(ExecutableUsers=["all"])) == given


def test_the_filter_owner_alias_amazon_gives_what_the_parameter_gives(amazons, other, shared):
    ec2 = other.client("ec2", REGION)
    given = images_of(ec2.describe_images(Filters=[{"Name": "owner-alias", "Values": ["amazon"]}]))
    assert given == images_of(ec2.describe_images(Owners=["amazon"]))


# --- DescribeSnapshots ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("restorable", "expected"),
    [
        (["self"], {"own", "explicit"}),
        ([OTHER], {"own", "explicit"}),
        ([OWNER], set()),
        (["333333333333"], set()),
    ],
)
def test_restorable_by_self_is_what_one_owns_or_is_given_explicitly(other, snapshots, restorable, expected):
    # DescribeSnapshots: "You can specify Amazon Web Services account IDs (if you own the snapshots), self for
    # snapshots for which you own or have explicit permissions, or all for public snapshots"
    names = {**snapshots, "own": snapshot(other, region=REGION)}
    given = snapshots_of(other.client("ec2", REGION).describe_snapshots(RestorableByUserIds=restorable))
    assert given == {names[each] for each in expected}


def test_restorable_by_another_account_is_what_the_owner_shared_with_it(owner, snapshots):
    given = snapshots_of(owner.client("ec2", REGION).describe_snapshots(RestorableByUserIds=[OTHER]))
    assert given == {snapshots["explicit"]}


def test_nothing_is_restorable_by_oneself_in_a_fresh_world(amazons, owner):
    assert owner.client("ec2", REGION).describe_snapshots(RestorableByUserIds=["self"])["Snapshots"] == []


def test_restorable_by_all_is_what_is_public_of_amazon_and_of_others(amazons, other, snapshots):
    given = other.client("ec2", REGION).describe_snapshots(RestorableByUserIds=["all"])["Snapshots"]
    found = {each["SnapshotId"] for each in given}
    assert snapshots["public"] in found
    assert not found & {snapshots["explicit"], snapshots["private"], snapshot(other, region=REGION)}
    amazons = snapshots_of(other.client("ec2", REGION).describe_snapshots(OwnerIds=["amazon"]))
    assert found == amazons | {snapshots["public"]}


@pytest.mark.parametrize(
    ("owners", "expected"),
    [
        (["self"], {"own"}),
        ([OTHER], {"own"}),
        ([OWNER], {"explicit", "public"}),
        (["self", OWNER], {"own", "explicit", "public"}),
        (["333333333333"], set()),
    ],
)
def test_owner_ids_are_numbers_and_self(other, snapshots, owners, expected):
    # as documented: "only snapshots from the specified owners and for which you have access are returned"
    names = {**snapshots, "own": snapshot(other, region=REGION)}
    given = snapshots_of(other.client("ec2", REGION).describe_snapshots(OwnerIds=owners))
    assert given == {names[each] for each in expected}


def test_owner_id_amazon_gives_amazons_snapshots_only(amazons, other, snapshots):
    own = snapshot(other, region=REGION)
    given = other.client("ec2", REGION).describe_snapshots(OwnerIds=["amazon"])["Snapshots"]
    assert given
    assert not {each["OwnerId"] for each in given} & {OWNER, OTHER}
    assert {each["OwnerAlias"] for each in given} == {"amazon"}
    both = snapshots_of(other.client("ec2", REGION).describe_snapshots(OwnerIds=["self", "amazon"]))
    assert both == {each["SnapshotId"] for each in given} | {own}


@pytest.mark.parametrize(
    ("values", "expected"),
    [([OWNER], {"explicit", "public"}), ([OTHER], {"own"}), ([OWNER, OTHER], {"own", "explicit", "public"})],
)
def test_the_filter_owner_id_of_snapshots_sees_what_others_share(other, snapshots, values, expected):
    names = {**snapshots, "own": snapshot(other, region=REGION)}
    filters = [{"Name": "owner-id", "Values": values}]
    given = snapshots_of(other.client("ec2", REGION).describe_snapshots(Filters=filters))
    assert given == {names[each] for each in expected}


def test_the_filter_owner_alias_of_snapshots_gives_what_the_parameter_gives(amazons, other, snapshots):
    ec2 = other.client("ec2", REGION)
    given = snapshots_of(ec2.describe_snapshots(Filters=[{"Name": "owner-alias", "Values": ["amazon"]}]))
    assert given == snapshots_of(ec2.describe_snapshots(OwnerIds=["amazon"]))


def test_owner_and_restorer_must_both_fit(other, snapshots):
    given = other.client("ec2", REGION).describe_snapshots(OwnerIds=[OWNER], RestorableByUserIds=["self"])
    assert snapshots_of(given) == {snapshots["explicit"]}


@pytest.mark.parametrize(("name", "value"), [("tag:team", "a"), ("tag:team", "*"), ("tag-key", "team")])
def test_the_tags_of_others_are_nothing_to_filter_by(owner, other, shared, snapshots, name, value):
    # a consumer sees neither the tags of a shared image or snapshot nor what they mean
    owner.client("ec2", REGION).create_tags(
        Resources=[shared["explicit"], snapshots["explicit"]], Tags=[{"Key": "team", "Value": "a"}]
    )
    filters = [{"Name": name, "Values": [value]}]
    for account, seen in ((owner, True), (other, False)):
        ec2 = account.client("ec2", REGION)
        assert (images_of(ec2.describe_images(Filters=filters)) == {shared["explicit"]}) is seen
        assert (snapshots_of(ec2.describe_snapshots(Filters=filters)) == {snapshots["explicit"]}) is seen


# --- DryRun ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", ["describe_images", "describe_snapshots"])
@pytest.mark.parametrize("some", [True, False])
def test_a_dry_run_lists_nothing_whether_there_is_something_or_not(owner, operation, some):
    if some:
        image(owner, region=REGION)
    with refused("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412):
        getattr(owner.client("ec2", REGION), operation)(DryRun=True)
