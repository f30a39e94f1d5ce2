"""AMI usage reports: which other accounts use an image.

"View your AMI usage" (EC2 user guide) and botocore's model; codes and texts of refusals are assumed.
"""

import datetime

import pytest

from tests.support.claims import refused
from tests.support.ec2 import launch, make_image, make_snapshot, share_image

pytestmark = pytest.mark.evidence("documented", '"View your AMI usage" (EC2 user guide), botocore\'s model')

BOTH = [{"ResourceType": "ec2:Instance"}, {"ResourceType": "ec2:LaunchTemplate"}]


@pytest.fixture
def shared(ec2, other):
    """The id of an image that the other account may launch."""
    made = make_image(ec2, make_snapshot(ec2))
    share_image(ec2, made, other)
    return made


def report(ec2, name, types=BOTH, **more):
    return ec2.create_image_usage_report(ImageId=name, ResourceTypes=types, **more)["ReportId"]


def counts(ec2, made, **more):
    found = ec2.describe_image_usage_report_entries(ReportIds=[made], **more)["ImageUsageReportEntries"]
    return {(each["AccountId"], each["ResourceType"]): each["UsageCount"] for each in found}


def template(client, name, image, versions=1):
    client.create_launch_template(LaunchTemplateName=name, LaunchTemplateData={"ImageId": image})
    for _ in range(versions - 1):
        client.create_launch_template_version(LaunchTemplateName=name, LaunchTemplateData={"InstanceType": "t3.micro"})


def test_it_tells_who_uses_an_image_and_how_often(ec2, theirs, other, shared):
    for _ in range(2):
        launch(theirs, shared)
    launch(ec2, shared)
    template(theirs, "theirs", shared)
    made = report(ec2, shared)
    assert counts(ec2, made) == {(other.id, "ec2:Instance"): 2, (other.id, "ec2:LaunchTemplate"): 1}
    assert counts(ec2, made, Filters=[{"Name": "resource-type", "Values": ["ec2:Instance"]}]) == {
        (other.id, "ec2:Instance"): 2
    }


def test_it_is_of_the_moment_in_which_it_was_asked_for(ec2, theirs, other, shared):
    host = launch(theirs, shared)
    first = report(ec2, shared)
    theirs.terminate_instances(InstanceIds=[host])
    assert counts(ec2, report(ec2, shared)) == {}
    assert counts(ec2, first) == {(other.id, "ec2:Instance"): 1}


def test_it_may_be_about_some_accounts_and_types(ec2, theirs, other, shared):
    launch(theirs, shared)
    assert counts(ec2, report(ec2, shared, AccountIds=["333333333333"])) == {}
    assert counts(ec2, report(ec2, shared, [{"ResourceType": "ec2:LaunchTemplate"}])) == {}
    assert counts(ec2, report(ec2, shared, AccountIds=[other.id])) == {(other.id, "ec2:Instance"): 1}


def test_so_many_versions_of_a_template_are_looked_at(ec2, theirs, other, shared):
    template(theirs, "theirs", shared, versions=3)
    for depth, found in ((2, {}), (3, {(other.id, "ec2:LaunchTemplate"): 1})):
        options = [{"OptionName": "version-depth", "OptionValues": [str(depth)]}]
        asked = [{"ResourceType": "ec2:LaunchTemplate", "ResourceTypeOptions": options}]
        assert counts(ec2, report(ec2, shared, asked)) == found


def test_it_is_there_for_a_month(aws_world, ec2, theirs, shared):
    made = report(ec2, shared)
    (told,) = ec2.describe_image_usage_reports(ImageIds=[shared])["ImageUsageReports"]
    assert (told["ReportId"], told["State"], told["ResourceTypes"]) == (made, "available", BOTH)
    assert told["ExpirationTime"] - told["CreationTime"] == datetime.timedelta(days=30)
    assert theirs.describe_image_usage_reports()["ImageUsageReports"] == []
    aws_world.clock.advance(days=30)
    assert ec2.describe_image_usage_reports()["ImageUsageReports"] == []


@pytest.mark.evidence("assumed", "the words of the refusal are a choice; that it is refused is documented")
def test_a_report_can_be_deleted(ec2, shared):
    made = report(ec2, shared)
    assert ec2.delete_image_usage_report(ReportId=made)["Return"] is True
    text = f"The image usage report '{made}' does not exist."
    with refused("InvalidImageUsageReportId.NotFound", text, status=400):
        counts(ec2, made)


@pytest.mark.evidence("assumed", "the words of the refusal are a choice; that it is refused is documented")
def test_only_the_owner_gets_one(theirs, ec2, shared):
    with refused("InvalidAMIID.NotFound", f"The image id '[{shared}]' does not exist", status=400):
        report(theirs, shared)
    with refused("InvalidParameterValue", "Invalid value 'ec2:Fleet' for ResourceType.", status=400):
        report(ec2, shared, [{"ResourceType": "ec2:Fleet"}])
    with pytest.raises(NotImplementedError, match="the filter creation-time of AMI usage reports"):
        counts(ec2, report(ec2, shared), Filters=[{"Name": "creation-time", "Values": ["*"]}])
