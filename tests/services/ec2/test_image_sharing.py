"""Sharing of images: with accounts, all, organizations and their units; what is launched, and what must be shared besides."""

import json

import pytest

from tests.support.claims import OTHER, OWNER, policy, refused
from tests.support.ec2 import (
    INVALID,
    ROOT,
    USE,
    WEST,
    cmk,
    copy_image,
    failed_to_launch,
    grants,
    image,
    instance,
    kms_events,
    launch,
    make_image,
    make_snapshot,
    managed,
    person,
    receivers,
    root_key,
    running,
    share_image,
    share_snapshot,
    told_images,
)
from tests.support.organization import Organization
from tests.support.policies import use

pytestmark = pytest.mark.evidence(
    "reported", 'public reports of AuthFailure and of what is not shared; "Share an AMI" (EC2 user guide)'
)

THIRD = "333333333333"
MANAGEMENT = "444444444444"
PUBLIC = "Encrypted snapshots can’t be shared publicly. Specify another snapshot."
MANAGED = "Snapshots encrypted with the AWS Managed CMK can’t be shared. Specify another snapshot."
STORAGE = "You do not have permission to access the storage of this ami"
PARAMETERS = {
    "UserId": "UserIds",
    "Group": "UserGroups",
    "OrganizationArn": "OrganizationArns",
    "OrganizationalUnitArn": "OrganizationalUnitArns",
}
FORMS = {
    "LaunchPermission": lambda action, name, value: {"LaunchPermission": {action: [{name: value}]}},
    "OperationType": lambda action, name, value: {
        "Attribute": "launchPermission",
        "OperationType": action.lower(),
        PARAMETERS[name]: [value],
    },
}


@pytest.fixture(params=FORMS)
def form(request):
    """Both forms of the parameters of ModifyImageAttribute."""
    return FORMS[request.param]


@pytest.fixture
def organization(aws_world):
    """An organization of other accounts; the owner of the images is no member."""
    return Organization(aws_world, MANAGEMENT)


def arns(organization):
    """The ways to name the organization and its units."""
    client = organization.client
    whole = client.describe_organization()["Organization"]["Arn"]
    units = {
        level: client.describe_organizational_unit(OrganizationalUnitId=organization.target(level))
        for level in ("outer", "inner")
    }
    return {
        "organization": ("OrganizationArn", whole),
        **{level: ("OrganizationalUnitArn", told["OrganizationalUnit"]["Arn"]) for level, told in units.items()},
    }


# --- who may be named -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encrypted", [False, True])
@pytest.mark.parametrize("target", ["account", "organization", "outer", "all"])
def test_an_image_is_shared_with_accounts_and_organizations_and_with_all_when_it_is_not_encrypted(
    owner, mine, form, organization, encrypted, target
):
    who = {"account": ("UserId", OTHER), "all": ("Group", "all"), **arns(organization)}[target]
    made = make_image(mine, make_snapshot(mine, cmk(owner) if encrypted else ""))
    if encrypted and target == "all":
        with refused("UnsupportedOperation", PUBLIC):
            mine.modify_image_attribute(ImageId=made, **form("Add", *who))
        assert receivers(mine, made) == []
        return
    mine.modify_image_attribute(ImageId=made, **form("Add", *who))
    assert receivers(mine, made) == [dict([who])]
    assert image(mine, made)["Public"] is (target == "all")
    mine.modify_image_attribute(ImageId=made, **form("Remove", *who))
    assert receivers(mine, made) == []


@pytest.mark.parametrize("account", [OTHER, OWNER])
@pytest.mark.parametrize("disks", [["managed"], ["plain", "managed"], ["customer", "managed"]])
def test_one_snapshot_under_the_aws_managed_key_keeps_an_image_from_being_shared(owner, mine, form, account, disks):
    keys = {"managed": None, "plain": "", "customer": cmk(owner)}
    made = make_image(mine, *(make_snapshot(mine, keys[each]) for each in disks))
    with refused("InvalidParameter", MANAGED):
        mine.modify_image_attribute(ImageId=made, **form("Add", "UserId", account))
    assert receivers(mine, made) == []


def test_one_encrypted_snapshot_keeps_an_image_from_being_public(owner, mine):
    made = make_image(mine, make_snapshot(mine), make_snapshot(mine, cmk(owner)))
    with refused("UnsupportedOperation", PUBLIC):
        share_image(mine, made, "all")
    share_image(mine, made, OTHER)
    assert receivers(mine, made) == [{"UserId": OTHER}]


def test_the_own_account_can_be_listed(mine):
    made = make_image(mine, make_snapshot(mine))
    share_image(mine, made, OWNER)
    share_image(mine, made, OTHER)
    assert receivers(mine, made) == [{"UserId": OWNER}, {"UserId": OTHER}]


def test_reset_takes_everybody_off(mine, theirs):
    made = make_image(mine, make_snapshot(mine))
    share_image(mine, made, OTHER)
    share_image(mine, made, "all")
    mine.reset_image_attribute(ImageId=made, Attribute="launchPermission")
    assert receivers(mine, made) == []
    assert image(theirs, made) is None


def test_disabling_takes_everybody_off(mine, theirs):
    made = make_image(mine, make_snapshot(mine))
    share_image(mine, made, OTHER)
    mine.disable_image(ImageId=made)
    assert receivers(mine, made) == []
    assert image(theirs, made) is None
    mine.enable_image(ImageId=made)
    assert receivers(mine, made) == []


def test_sharing_calls_no_kms_and_makes_no_grant(aws_world, owner, mine):
    key = cmk(owner)
    made = make_image(mine, make_snapshot(mine, key))
    with kms_events(aws_world) as events:
        share_image(person(owner).client("ec2"), made, OTHER)
    assert events == []
    assert grants(owner, key) == []


# --- who sees which ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def shelf(mine, theirs):
    """Images by what they are to the other account."""
    found = {"own": make_image(theirs, make_snapshot(theirs)), "hidden": make_image(mine, make_snapshot(mine))}
    for name, target in {"shared": OTHER, "public": "all", "both": OTHER}.items():
        found[name] = make_image(mine, make_snapshot(mine), name=name)
        share_image(mine, found[name], target)
    share_image(mine, found["both"], "all")
    return found


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ({}, {"own", "shared", "public", "both"}),
        ({"Owners": ["self"]}, {"own"}),
        ({"Owners": [OWNER]}, {"shared", "public", "both"}),
        ({"ExecutableUsers": ["self"]}, {"shared", "both"}),
        ({"ExecutableUsers": ["all"]}, {"public", "both"}),
        ({"ExecutableUsers": ["self"], "Owners": [THIRD]}, set()),
        ({"Filters": [{"Name": "is-public", "Values": ["true"]}]}, {"public", "both"}),
    ],
)
def test_which_images_a_question_tells_of(theirs, shelf, question, answer):
    assert told_images(theirs, *shelf.values(), **question) == {shelf[name] for name in answer}


def test_an_owner_asks_for_whom_an_account_is_named(mine, shelf):
    assert told_images(mine, *shelf.values(), ExecutableUsers=[OTHER]) == {shelf["shared"], shelf["both"]}


def test_a_hidden_image_is_not_told_of_and_no_error(theirs, shelf):
    assert theirs.describe_images(ImageIds=[shelf["hidden"]])["Images"] == []
    assert [each["ImageId"] for each in theirs.describe_images(ImageIds=[shelf["shared"]])["Images"]] == [
        shelf["shared"]
    ]


@pytest.mark.parametrize("name", ["shared", "public"])
@pytest.mark.parametrize("attribute", ["launchPermission", "description"])
def test_the_attributes_of_an_image_are_its_owners(theirs, shelf, name, attribute):
    with refused("AuthFailure", f"Not authorized for image:{shelf[name]}"):
        theirs.describe_image_attribute(ImageId=shelf[name], Attribute=attribute)


@pytest.mark.parametrize("name", ["shared", "public"])
def test_only_the_owner_shares_and_deregisters(mine, theirs, shelf, name):
    before = receivers(mine, shelf[name])
    for call in (
        lambda: share_image(theirs, shelf[name], THIRD),
        lambda: theirs.deregister_image(ImageId=shelf[name]),
        lambda: theirs.reset_image_attribute(ImageId=shelf[name], Attribute="launchPermission"),
    ):
        with pytest.raises(theirs.exceptions.ClientError):
            call()
    assert receivers(mine, shelf[name]) == before
    assert image(mine, shelf[name])["State"] == "available"


def test_sharing_is_regional(owner, other, mine):
    made = make_image(mine, make_snapshot(mine))
    share_image(mine, made, OTHER)
    assert image(other.client("ec2", WEST), made) is None


# --- what a share is good for -----------------------------------------------------------------------------------------------


def test_launching_needs_no_permission_for_the_snapshot_and_copying_does(owner, other, mine, theirs):
    source = make_snapshot(mine, cmk(owner, other))
    made = make_image(mine, source)
    share_image(mine, made, OTHER)
    with refused("InvalidSnapshot.NotFound"):
        theirs.describe_snapshots(SnapshotIds=[source])
    assert root_key(theirs, running(theirs, made)) == managed(other)
    with refused("InvalidRequest", STORAGE):
        copy_image(theirs, made)
    share_snapshot(mine, source, OTHER)
    assert image(theirs, copy_image(theirs, made))["State"] == "available"


def test_copying_needs_the_permission_for_every_snapshot(owner, other, mine, theirs):
    key = cmk(owner, other)
    sources = [make_snapshot(mine, key), make_snapshot(mine, key)]
    made = make_image(mine, *sources)
    share_image(mine, made, OTHER)
    share_snapshot(mine, sources[0], OTHER)
    with refused("InvalidRequest", STORAGE):
        copy_image(theirs, made)


def test_what_is_no_longer_shared_goes_on_but_cannot_be_launched(mine, theirs):
    made = make_image(mine, make_snapshot(mine))
    share_image(mine, made, OTHER)
    going = running(theirs, made)
    share_image(mine, made, OTHER, "Remove")
    with refused("AuthFailure", f"Not authorized for images: [{made}]"):
        launch(theirs, made)
    assert instance(theirs, going)["State"]["Name"] == "running"


@pytest.mark.parametrize("target", ["organization", "outer", "inner"])
def test_the_accounts_of_an_organization_or_unit_see_and_launch(mine, other, organization, target):
    made, member = make_image(mine, make_snapshot(mine)), organization.member.client("ec2")
    assert image(member, made) is None
    mine.modify_image_attribute(ImageId=made, **FORMS["LaunchPermission"]("Add", *arns(organization)[target]))
    assert image(member, made)["OwnerId"] == OWNER
    assert told_images(member, made, ExecutableUsers=["self"]) == {made}
    running(member, made)
    assert image(other.client("ec2"), made) is None
    with refused("AuthFailure", f"Not authorized for images: [{made}]"):
        launch(other.client("ec2"), made)


def test_a_unit_is_no_share_for_the_accounts_outside_of_it(mine, organization):
    made = make_image(mine, make_snapshot(mine))
    unit = arns(organization)["inner"]
    client, member = organization.client, organization.member
    client.move_account(AccountId=member.id, SourceParentId=organization.inner, DestinationParentId=organization.outer)
    mine.modify_image_attribute(ImageId=made, **FORMS["LaunchPermission"]("Add", *unit))
    assert image(member.client("ec2"), made) is None
    client.move_account(AccountId=member.id, SourceParentId=organization.outer, DestinationParentId=organization.inner)
    assert image(member.client("ec2"), made)["ImageId"] == made


@pytest.mark.parametrize("named", [False, True])
def test_an_organization_needs_the_key_besides_the_image(owner, mine, organization, named):
    key = cmk(owner)
    if named:
        inside = {"StringEquals": {"aws:PrincipalOrgID": organization.id}}
        document = policy(use(f"arn:aws:iam::{OWNER}:root"), use("*", USE, Condition=inside))
        owner.client("kms").put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(document))
    made, member = make_image(mine, make_snapshot(mine, key)), organization.member.client("ec2")
    mine.modify_image_attribute(ImageId=made, **FORMS["LaunchPermission"]("Add", *arns(organization)["organization"]))
    if named:
        assert root_key(member, running(member, made)) == managed(organization.member)
    else:
        failed_to_launch(member, launch(member, made), INVALID)


def test_an_image_tells_which_of_its_snapshots_are_encrypted(owner, mine, theirs):
    made = make_image(mine, make_snapshot(mine, cmk(owner)), make_snapshot(mine))
    share_image(mine, made, OTHER)
    for client in (mine, theirs):
        told = {each["DeviceName"]: each["Ebs"]["Encrypted"] for each in image(client, made)["BlockDeviceMappings"]}
        assert told == {ROOT: True, "/dev/sdb": False}


def test_the_attributes_of_an_image_are_told_in_its_own_region_only(owner, mine):
    made = make_image(mine, make_snapshot(mine))
    with refused("InvalidAMIID.NotFound", f"The image id '[{made}]' does not exist"):
        owner.client("ec2", WEST).describe_image_attribute(ImageId=made, Attribute="launchPermission")
