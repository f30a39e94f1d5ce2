"""Deprecated images: their owner sees them, others have to know them; everybody can go on using them."""

from datetime import datetime, timezone

import pytest

from tests.support.claims import OTHER, refused
from tests.support.ec2 import cmk, make_image, make_snapshot, running, share_image

pytestmark = pytest.mark.evidence("documented", '"Deprecate an AMI" (EC2 user guide)')

WHEN = datetime(2030, 1, 1, 12, 0, 20, tzinfo=timezone.utc)


@pytest.fixture
def ec2(aws_world, owner):
    aws_world.clock.freeze("2029-12-31")
    return owner.client("ec2")


@pytest.fixture
def shared(owner, other, ec2):
    """The id of an image that another account may launch, to be deprecated."""
    made = make_image(ec2, make_snapshot(ec2, cmk(owner, other)))
    share_image(ec2, made, OTHER)
    assert ec2.enable_image_deprecation(ImageId=made, DeprecateAt=WHEN)["Return"] is True
    return made


def ids(ec2, **asked):
    return [each["ImageId"] for each in ec2.describe_images(**asked)["Images"]]


def test_others_no_longer_come_across_a_deprecated_image(aws_world, other, ec2, shared):
    theirs = other.client("ec2")
    question = {"ExecutableUsers": ["self"]}
    assert ids(theirs, **question) == [shared]
    aws_world.clock.move_to("2030-01-01T12:00:00")
    assert ids(theirs, **question) == []
    assert ids(theirs, IncludeDeprecated=True, **question) == ids(theirs, ImageIds=[shared]) == [shared]
    assert ids(ec2, Owners=["self"]) == [shared]
    running(theirs, shared)


def test_the_date_is_shown_to_the_minute_and_can_be_taken_back(ec2, shared):
    def date():
        return ec2.describe_images(ImageIds=[shared])["Images"][0].get("DeprecationTime")

    assert date() == "2030-01-01T12:00:00.000Z"
    ec2.disable_image_deprecation(ImageId=shared)
    assert date() is None


def test_only_the_owner_deprecates_and_not_in_the_past(aws_world, other, ec2, shared):
    with refused("InvalidAMIID.NotFound", f"The image id '[{shared}]' does not exist"):
        other.client("ec2").enable_image_deprecation(ImageId=shared, DeprecateAt=WHEN)
    aws_world.clock.move_to("2031-01-01")
    with refused("InvalidParameterValue"):
        ec2.enable_image_deprecation(ImageId=shared, DeprecateAt=WHEN)
