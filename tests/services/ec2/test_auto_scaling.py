"""Auto Scaling launches as its service-linked role: a customer key must be opened to that role, by policy or by grant."""

import json

import pytest

from tests.support.claims import OWNER
from tests.support.ec2 import (
    DATA,
    INTERNAL,
    INVALID,
    ROOT,
    USE,
    attachment_grants,
    cmk,
    disks,
    instance,
    kms_events,
    make_image,
    make_snapshot,
    managed,
    mapping,
    person,
    root_key,
    running,
    share_image,
    under,
)
from tests.support.policies import root, use

pytestmark = pytest.mark.evidence(
    "documented", '"Required AWS KMS key policy for use with encrypted volumes" (Auto Scaling user guide)'
)

SLR = "AWSServiceRoleForAutoScaling"
GRANTED = [
    "Encrypt",
    "Decrypt",
    "ReEncryptFrom",
    "ReEncryptTo",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "DescribeKey",
    "CreateGrant",
]
GROUP = "fleet"


@pytest.fixture
def role(owner):
    """The ARN of the service-linked role of Auto Scaling in the owner's account."""
    made = owner.client("iam").create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com")["Role"]
    assert made["Arn"] == f"arn:aws:iam::{OWNER}:role/aws-service-role/autoscaling.amazonaws.com/{SLR}"
    return made["Arn"]


def for_the_role(role):
    """The two statements of the guide."""
    resource = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    actions = [action for action in USE if action != "kms:CreateGrant"]
    return [use(role, [*actions, "kms:Encrypt"]), use(role, "kms:CreateGrant", Condition=resource)]


def scale(account, image_id, **mappings):
    """The instance that a group of one has launched."""
    ec2, scaling = account.client("ec2"), account.client("autoscaling")
    data = {"ImageId": image_id, "InstanceType": "t3.micro", **mappings}
    template = ec2.create_launch_template(LaunchTemplateName=GROUP, LaunchTemplateData=data)["LaunchTemplate"]
    scaling.create_auto_scaling_group(
        AutoScalingGroupName=GROUP,
        LaunchTemplate={"LaunchTemplateId": template["LaunchTemplateId"], "Version": "$Latest"},
        MinSize=1,
        MaxSize=1,
        DesiredCapacity=1,
        AvailabilityZones=["us-east-1a"],
    )
    grouped = [{"Name": "tag:aws:autoscaling:groupName", "Values": [GROUP]}]
    reservations = ec2.describe_instances(Filters=grouped)["Reservations"]
    launched = [each["InstanceId"] for reservation in reservations for each in reservation["Instances"]]
    assert launched
    return instance(ec2, launched[0])


def failed(found):
    """The launch failed for want of the key; which of the two reasons is told differs in the wild."""
    return found["State"]["Name"] == "terminated" and found["StateReason"]["Code"] in {INTERNAL, INVALID}


def in_service(account):
    (group,) = account.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[GROUP])[
        "AutoScalingGroups"
    ]
    return [each["InstanceId"] for each in group["Instances"] if each["LifecycleState"] == "InService"]


@pytest.mark.parametrize("key", ["", None])
def test_nothing_is_needed_without_a_customer_key(owner, ec2, role, key):
    found = scale(owner, make_image(ec2, make_snapshot(ec2, key)))
    assert found["State"]["Name"] == "running"
    assert root_key(ec2, found["InstanceId"]) == (managed(owner) if key is None else None)
    assert in_service(owner) == [found["InstanceId"]]


@pytest.mark.parametrize("place", ["image", "launch template", "default key"])
@pytest.mark.parametrize("opened", [True, False])
def test_a_customer_key_must_be_opened_to_the_role(owner, ec2, role, place, opened):
    key = cmk(owner, statements=for_the_role(role) if opened else [])
    source = make_image(ec2, make_snapshot(ec2, key if place == "image" else ""))
    if place == "default key":
        ec2.modify_ebs_default_kms_key_id(KmsKeyId=key)
        ec2.enable_ebs_encryption_by_default()
    found = scale(owner, source, **(mapping(ROOT, **under(key)) if place == "launch template" else {}))
    if opened:
        assert found["State"]["Name"] == "running"
        assert root_key(ec2, found["InstanceId"]) == key
    else:
        assert failed(found)
        assert in_service(owner) == []
        running(ec2, source)  # whoever is allowed launches the same image


def test_the_permissions_of_the_one_who_makes_the_group_do_not_matter(owner, ec2, role):
    key = cmk(owner, statements=for_the_role(role))
    source = make_image(ec2, make_snapshot(ec2, key))
    maker = person(owner, "autoscaling:*", "iam:*")
    assert scale(maker, source)["State"]["Name"] == "running"


def test_the_role_calls_kms(aws_world, owner, ec2, role):
    key = cmk(owner, statements=for_the_role(role))
    source = make_image(ec2, make_snapshot(ec2, key))
    with kms_events(aws_world) as events:
        found = scale(owner, source)
    assert found["State"]["Name"] == "running"
    session = f"arn:aws:sts::{OWNER}:assumed-role/{SLR}/"
    asked = [each for each in events if each["eventName"] in {"ReEncrypt", "CreateGrant"}]
    assert asked
    assert all(each["userIdentity"]["arn"].startswith(session) for each in asked)
    assert len(attachment_grants(owner, key)) == 1


@pytest.mark.parametrize("granted", [True, False])
def test_a_key_of_another_account_takes_a_grant_from_the_account_of_the_group(owner, other, ec2, role, granted):
    key, theirs = cmk(other, statements=[use(root(owner), USE)]), other.client("ec2")
    shared = make_image(theirs, make_snapshot(theirs, key))
    share_image(theirs, shared, OWNER)
    if granted:
        owner.client("kms").create_grant(KeyId=key, GranteePrincipal=role, Operations=GRANTED)
    found = scale(owner, shared)
    if granted:
        assert found["State"]["Name"] == "running"
        assert root_key(ec2, found["InstanceId"]) == managed(owner)
    else:
        assert failed(found)
        running(ec2, shared)


@pytest.mark.parametrize("granted", [True, False])
def test_so_does_an_own_image_under_a_key_of_another_account(owner, other, ec2, role, granted):
    key = cmk(other, statements=[use(root(owner), USE)])
    source = make_image(ec2, make_snapshot(ec2, key))
    if granted:
        owner.client("kms").create_grant(KeyId=key, GranteePrincipal=role, Operations=GRANTED)
    found = scale(owner, source)
    if granted:
        assert found["State"]["Name"] == "running"
        assert root_key(ec2, found["InstanceId"]) == key
    else:
        assert failed(found)


def test_a_grant_from_the_account_of_the_key_is_not_enough(owner, other, ec2, role):
    key, theirs = cmk(other, statements=[use(root(owner), USE)]), other.client("ec2")
    shared = make_image(theirs, make_snapshot(theirs, key))
    share_image(theirs, shared, OWNER)
    other.client("kms").create_grant(KeyId=key, GranteePrincipal=role, Operations=GRANTED)
    assert failed(scale(owner, shared))  # the role has no permission of its own, and the grant is not its account's


def test_a_scaling_activity_tells_how_the_launch_ended(owner, ec2, role):
    key = cmk(owner)
    scale(owner, make_image(ec2, make_snapshot(ec2, key)))
    scaling = owner.client("autoscaling")
    (activity,) = scaling.describe_scaling_activities(AutoScalingGroupName=GROUP)["Activities"]
    assert activity["StatusCode"] == "Failed"
    assert activity["StatusMessage"] == (
        "Instance became unhealthy while waiting for instance to be in InService state. "
        "Termination Reason: Client.InvalidKMSKey.InvalidState: The KMS key provided is in an incorrect state"
    )
    assert activity["Cause"].endswith("increasing the capacity from 0 to 1.")
    for_all = cmk(owner, statements=for_the_role(role))
    ec2.modify_ebs_default_kms_key_id(KmsKeyId=for_all)
    ec2.enable_ebs_encryption_by_default()
    plain = make_image(ec2, make_snapshot(ec2, ""), name="plain")
    data = {"ImageId": plain, "InstanceType": "t3.micro"}
    version = ec2.create_launch_template_version(LaunchTemplateName=GROUP, LaunchTemplateData=data)
    latest = str(version["LaunchTemplateVersion"]["VersionNumber"])
    scaling.update_auto_scaling_group(
        AutoScalingGroupName=GROUP, LaunchTemplate={"LaunchTemplateName": GROUP, "Version": latest}, DesiredCapacity=1
    )
    newest, _ = scaling.describe_scaling_activities(AutoScalingGroupName=GROUP)["Activities"]
    assert newest["StatusCode"] == "Successful"
    assert len(in_service(owner)) == 1


def test_a_group_may_have_a_role_of_its_own(owner, ec2, role):
    own = owner.client("iam").create_service_linked_role(
        AWSServiceName="autoscaling.amazonaws.com", CustomSuffix="team"
    )["Role"]["Arn"]
    key = cmk(owner, statements=for_the_role(own))
    image_id, scaling = make_image(ec2, make_snapshot(ec2, key)), owner.client("autoscaling")
    scaling.create_launch_configuration(LaunchConfigurationName="c", ImageId=image_id, InstanceType="t3.micro")
    sizes = {"MinSize": 1, "MaxSize": 1, "LaunchConfigurationName": "c", "AvailabilityZones": ["us-east-1a"]}
    scaling.create_auto_scaling_group(AutoScalingGroupName="usual", **sizes)
    scaling.create_auto_scaling_group(AutoScalingGroupName=GROUP, ServiceLinkedRoleARN=own, **sizes)
    found = {each["AutoScalingGroupName"]: each for each in scaling.describe_auto_scaling_groups()["AutoScalingGroups"]}
    assert [found[name]["Instances"] == [] for name in ("usual", GROUP)] == [True, False]
    assert [found[name]["ServiceLinkedRoleARN"] for name in ("usual", GROUP)] == [role, own]


def test_spot_requests_and_fleets_have_roles_of_their_own(owner, ec2):
    iam = owner.client("iam")
    roles = [
        iam.create_service_linked_role(AWSServiceName=f"{name}.amazonaws.com")["Role"]["Arn"]
        for name in ("spot", "ec2fleet")
    ]
    assert [each.rsplit("/", 1)[-1] for each in roles] == ["AWSServiceRoleForEC2Spot", "AWSServiceRoleForEC2Fleet"]
    opened, closed = cmk(owner, statements=[each for role in roles for each in for_the_role(role)]), cmk(owner)
    for key, state in ((opened, "running"), (closed, "terminated")):
        image_id = make_image(ec2, make_snapshot(ec2, key), name=state)
        spec = {"ImageId": image_id, "InstanceType": "t3.micro"}
        (spot,) = ec2.request_spot_instances(InstanceCount=1, LaunchSpecification=spec)["SpotInstanceRequests"]
        assert instance(ec2, spot["InstanceId"])["State"]["Name"] == state
        template = ec2.create_launch_template(LaunchTemplateName=state, LaunchTemplateData=spec)["LaunchTemplate"]
        config = {"LaunchTemplateSpecification": {"LaunchTemplateId": template["LaunchTemplateId"], "Version": "1"}}
        capacity = {"TotalTargetCapacity": 1, "OnDemandTargetCapacity": 1, "DefaultTargetCapacityType": "on-demand"}
        fleet = ec2.create_fleet(LaunchTemplateConfigs=[config], TargetCapacitySpecification=capacity, Type="instant")
        assert instance(ec2, fleet["Instances"][0]["InstanceIds"][0])["State"]["Name"] == state


def test_a_stack_launches_as_whoever_makes_it(owner, ec2):
    key = cmk(owner)
    image_id = make_image(ec2, make_snapshot(ec2, key))
    resource = {"Type": "AWS::EC2::Instance", "Properties": {"ImageId": image_id, "InstanceType": "t3.micro"}}
    template = json.dumps({"Resources": {"Server": resource}})
    for kms, state in ((USE, "running"), ((), "terminated")):
        maker = person(owner, "cloudformation:*", *kms, name=state)
        maker.client("cloudformation").create_stack(StackName=state, TemplateBody=template)
        (found,) = owner.client("cloudformation").describe_stack_resources(StackName=state)["StackResources"]
        assert instance(ec2, found["PhysicalResourceId"])["State"]["Name"] == state


def test_a_group_of_another_name_has_the_usual_role_again(owner, ec2, role):
    scaling = owner.client("autoscaling")
    own = owner.client("iam").create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com", CustomSuffix="x")
    image_id = make_image(ec2, make_snapshot(ec2, ""))
    scaling.create_launch_configuration(LaunchConfigurationName="c", ImageId=image_id, InstanceType="t3.micro")
    sizes = {"MinSize": 0, "MaxSize": 1, "LaunchConfigurationName": "c", "AvailabilityZones": ["us-east-1a"]}
    scaling.create_auto_scaling_group(AutoScalingGroupName=GROUP, ServiceLinkedRoleARN=own["Role"]["Arn"], **sizes)
    scaling.delete_auto_scaling_group(AutoScalingGroupName=GROUP)
    scaling.create_auto_scaling_group(AutoScalingGroupName=GROUP, **sizes)
    assert scaling.describe_auto_scaling_groups()["AutoScalingGroups"][0]["ServiceLinkedRoleARN"] == role


AMAZONS = "ami-12345678901234567"  # of no account of the world, as Amazon's are


@pytest.mark.parametrize("encrypting", [True, False])
def test_the_root_of_an_image_of_amazon_is_a_disk_as_well(owner, ec2, role, encrypting):
    if encrypting:
        ec2.enable_ebs_encryption_by_default()
    scaling = owner.client("autoscaling")
    data = {"DeviceName": DATA, "Ebs": {"VolumeSize": 20}}
    scaling.create_launch_configuration(
        LaunchConfigurationName="c", ImageId=AMAZONS, InstanceType="t3.micro", BlockDeviceMappings=[data]
    )
    sizes = {"MinSize": 1, "MaxSize": 1, "LaunchConfigurationName": "c", "AvailabilityZones": ["us-east-1a"]}
    scaling.create_auto_scaling_group(AutoScalingGroupName=GROUP, **sizes)
    (launched,) = in_service(owner)
    found = {device: each["Encrypted"] for device, each in disks(ec2, launched).items()}
    assert found == {"/dev/sda1": encrypting, DATA: encrypting}
