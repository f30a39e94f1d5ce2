"""Public reports on images: building, copying, sharing, and launching what somebody else encrypted."""

import pytest

from tests.support.claims import OTHER, OWNER, allow, refused
from tests.support.policies import root, use
from tests.support.reports import (
    WEST,
    describe,
    image,
    image_of,
    image_snapshot,
    make_key,
    managed,
    set_policy,
    snapshot_of,
    volume,
)

pytestmark = pytest.mark.evidence("reported", "public reports, named at each test")

AWS_MANAGED = "Snapshots encrypted with the AWS Managed CMK can’t be shared. Specify another snapshot."
ON_A_KEY = ["kms:DescribeKey", "kms:CreateGrant", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"]
GROUP = "fleet"


@pytest.fixture
def ec2(owner):
    return owner.client("ec2")


def share(ec2, image_id, account=OTHER):
    ec2.modify_image_attribute(ImageId=image_id, LaunchPermission={"Add": [{"UserId": account}]})


def shared_with(ec2, image_id):
    told = ec2.describe_image_attribute(ImageId=image_id, Attribute="launchPermission")
    return [each["UserId"] for each in told["LaunchPermissions"]]


def copied(ec2, source, region="us-east-1", **options):
    made = ec2.copy_image(Name="copy", SourceImageId=source, SourceRegion=region, **options)["ImageId"]
    assert image(ec2, made)["State"] == "available"
    return made


def launched(ec2, image_id, **options):
    """What becomes of an instance of an image."""
    made = ec2.run_instances(ImageId=image_id, MinCount=1, MaxCount=1, **options)["Instances"][0]["InstanceId"]
    return describe(lambda **ids: ec2.describe_instances(**ids)["Reservations"][0], "Instances", InstanceIds=[made])


def test_where_encryption_is_the_default_neither_image_nor_snapshot_can_be_given_away(owner, ec2):
    # DataDog/stratus-red-team issue 109
    ec2.enable_ebs_encryption_by_default()
    made = image_of(ec2, snapshot_of(ec2))
    inner = image_snapshot(ec2, made)
    assert inner["KmsKeyId"] == managed(owner, "ebs")
    with refused("InvalidParameter", AWS_MANAGED):
        share(ec2, made)
    with refused("OperationNotPermitted", "Encrypted snapshots with EBS default key cannot be shared"):
        ec2.modify_snapshot_attribute(
            SnapshotId=inner["SnapshotId"], CreateVolumePermission={"Add": [{"UserId": OTHER}]}
        )
    assert shared_with(ec2, made) == []


@pytest.mark.parametrize("region", ["us-east-1", WEST])
def test_no_unencrypted_copy_is_made_of_an_encrypted_image(owner, ec2, region):
    # hashicorp/packer issues 6778, 6789 and 7393: the client had begun to send Encrypted=false
    inner = snapshot_of(ec2, None)
    made = image_of(ec2, inner)
    text = f"Snapshot {inner} is encrypted. Creating an unencrypted copy from an encrypted snapshot is not supported."
    client = owner.client("ec2", region)
    with refused("InvalidRequest", text):
        client.copy_image(Name="copy", SourceImageId=made, SourceRegion="us-east-1", Encrypted=False)
    # the workaround of issue 6789: say that the copy is to be encrypted, under the default key there
    copy = copied(client, made, Encrypted=True)
    assert image_snapshot(client, copy)["KmsKeyId"] == managed(owner, "ebs", region)


def test_an_image_under_a_customer_key_can_be_shared(owner, ec2):
    # hashicorp/packer issues 7346 and 4313: only images under aws/ebs cannot
    made = image_of(ec2, snapshot_of(ec2, make_key(owner)))
    share(ec2, made)
    assert shared_with(ec2, made) == [OTHER]


def test_a_plain_image_stays_plain_in_another_region_unless_the_copy_is_asked_to_be_encrypted(owner, ec2):
    # hashicorp/packer issue 8135: Encrypted=true came along, and the copy could not be shared any more
    made = image_of(ec2, snapshot_of(ec2))
    west = owner.client("ec2", WEST)
    plain = copied(west, made)
    assert not image_snapshot(west, plain)["Encrypted"]
    share(west, plain)
    assert shared_with(west, plain) == [OTHER]
    encrypted = copied(west, made, Encrypted=True)
    assert image_snapshot(west, encrypted)["KmsKeyId"] == managed(owner, "ebs", WEST)
    with refused("InvalidParameter", AWS_MANAGED):
        share(west, encrypted)


def test_a_copy_in_another_region_does_not_take_the_key_of_its_source_along(owner, ec2):
    # hashicorp/packer-plugin-amazon issue 270: kms_key_id alone leaves other Regions with their default key
    made = image_of(ec2, snapshot_of(ec2, make_key(owner)))
    share(ec2, made)
    west = owner.client("ec2", WEST)
    there = make_key(owner, region=WEST)
    with refused("InvalidParameter", AWS_MANAGED):
        share(west, copied(west, made, Encrypted=True))
    right = copied(west, made, Encrypted=True, KmsKeyId=there)
    assert image_snapshot(west, right)["KmsKeyId"] == there
    share(west, right)
    assert shared_with(west, right) == [OTHER]


def test_who_may_launch_an_image_may_not_copy_it_without_its_snapshots(owner, other, ec2):
    # hashicorp/packer issue 3761: launch permissions do not reach the snapshots, so the image cannot be copied
    inner = snapshot_of(ec2)
    made = image_of(ec2, inner)
    share(ec2, made)
    theirs = other.client("ec2")
    assert image(theirs, made)["OwnerId"] == OWNER
    with refused("InvalidRequest", "You do not have permission to access the storage of this ami"):
        theirs.copy_image(Name="mine", SourceImageId=made, SourceRegion="us-east-1", Encrypted=True)
    ec2.modify_snapshot_attribute(SnapshotId=inner, CreateVolumePermission={"Add": [{"UserId": OTHER}]})
    copy = copied(theirs, made, Encrypted=True)
    assert image_snapshot(theirs, copy)["KmsKeyId"] == managed(other, "ebs")


def test_a_shared_image_is_found_among_those_of_its_owner_and_not_among_ones_own(owner, other, ec2):
    # kubernetes/kops issue 14133: found by id and by the owner's number, not with the owner "self"
    made = image_of(ec2, snapshot_of(ec2), name="sdp-base")
    share(ec2, made)
    theirs = other.client("ec2")

    def found(**options):
        named = [{"Name": "name", "Values": ["sdp-base"]}]
        return [each["ImageId"] for each in theirs.describe_images(Filters=named, **options)["Images"]]

    assert found(Owners=["self"]) == []
    assert found(Owners=[OWNER]) == found(ExecutableUsers=["self"]) == found() == [made]


def test_a_shared_encrypted_image_launches_under_the_default_key_of_the_launcher(owner, other, ec2):
    # hashicorp/packer issue 11852 and packer-plugin-amazon issue 248: image, key and user in several accounts
    key = make_key(owner, use(root(OTHER), ON_A_KEY))
    made = image_of(ec2, snapshot_of(ec2, key))
    share(ec2, made)
    poor = other.user("poor", [allow("ec2:*")]).client("ec2")
    assert launched(poor, made)["State"]["Name"] == "terminated"
    rich = other.user("rich", [allow(["ec2:*", "kms:*"])]).client("ec2")
    found = launched(rich, made)
    assert found["State"]["Name"] == "running"
    disk = volume(rich, found["BlockDeviceMappings"][0]["Ebs"]["VolumeId"])
    assert disk["KmsKeyId"] == managed(other, "ebs")


def scaled(account, image_id):
    """The instance that a group of one has launched."""
    ec2 = account.client("ec2")
    data = {"ImageId": image_id, "InstanceType": "t3.micro"}
    ec2.create_launch_template(LaunchTemplateName=GROUP, LaunchTemplateData=data)
    account.client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName=GROUP,
        LaunchTemplate={"LaunchTemplateName": GROUP, "Version": "$Latest"},
        MinSize=1,
        MaxSize=1,
        AvailabilityZones=["us-east-1a"],
    )
    states = []
    for _ in range(3):
        grouped = [{"Name": "tag:aws:autoscaling:groupName", "Values": [GROUP]}]
        found = ec2.describe_instances(Filters=grouped)["Reservations"]
        states = [each["State"]["Name"] for reservation in found for each in reservation["Instances"]]
    return states[0]


def scaling_role(account):
    iam = account.client("iam")
    return iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com")["Role"]["Arn"]


@pytest.mark.parametrize("who", ["the service", "its role"])
def test_a_group_launches_as_its_role_so_the_key_must_name_the_role_and_not_the_service(owner, ec2, who):
    # aws/aws-cdk issue 34491: autoscaling.amazonaws.com in the key policy did not help
    role = scaling_role(owner)
    key = make_key(owner)
    made = image_of(ec2, snapshot_of(ec2, key))
    principal = {"Service": "autoscaling.amazonaws.com"} if who == "the service" else {"AWS": role}
    resource = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    using = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
    set_policy(owner, key, use(principal, using), use(principal, "kms:CreateGrant", Condition=resource))
    assert scaled(owner, made) == ("running" if who == "its role" else "terminated")


@pytest.mark.parametrize("granted", [True, False])
def test_a_group_with_the_key_of_another_account_starts_once_its_role_has_a_grant(owner, other, ec2, granted):
    # ministryofjustice/modernisation-platform-environments pull requests 791 and 1370
    role = scaling_role(other)
    key = make_key(owner, use(root(OTHER), ON_A_KEY))
    made = image_of(ec2, snapshot_of(ec2, key))
    share(ec2, made)
    if granted:
        other.client("kms").create_grant(
            KeyId=key,
            GranteePrincipal=role,
            Operations=[
                "Encrypt",
                "Decrypt",
                "ReEncryptFrom",
                "ReEncryptTo",
                "GenerateDataKey",
                "GenerateDataKeyWithoutPlaintext",
                "DescribeKey",
                "CreateGrant",
            ],
        )
    assert scaled(other, made) == ("running" if granted else "terminated")


@pytest.mark.parametrize("named", [None, "alias/aws/ebs"])
def test_a_launch_under_the_default_key_of_the_account_needs_permission_for_it(owner, ec2, named):
    # runs-on/runs-on issue 151 and pull request 152, github-aws-runners/terraform-aws-github-runner issue 3546
    made = image_of(ec2, snapshot_of(ec2))
    ec2.enable_ebs_encryption_by_default()
    ec2.modify_ebs_default_kms_key_id(KmsKeyId=make_key(owner))
    client = owner.user("runs-on", [allow("ec2:*")]).client("ec2")
    disk = {"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True, **({"KmsKeyId": named} if named else {})}}
    found = launched(client, made, BlockDeviceMappings=[disk])
    if named is None:
        assert found["State"]["Name"] == "terminated"
        assert found["StateReason"]["Code"].startswith("Client.")
    else:
        # the key of EC2 lets everybody in who comes through EC2
        assert found["State"]["Name"] == "running"
        (attached,) = found["BlockDeviceMappings"]
        assert volume(ec2, attached["Ebs"]["VolumeId"])["KmsKeyId"] == managed(owner, "ebs")


def test_a_shared_encrypted_image_launches_under_the_key_that_the_launcher_names(owner, other, ec2):
    # aws/aws-cdk issue 18309, hashicorp/terraform-provider-aws issue 29027
    made = image_of(ec2, snapshot_of(ec2, make_key(owner, use(root(OTHER), ON_A_KEY))))
    share(ec2, made)
    own = make_key(other)
    theirs = other.client("ec2")
    disk = {"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True, "KmsKeyId": own}}
    found = launched(theirs, made, BlockDeviceMappings=[disk])
    assert found["State"]["Name"] == "running"
    assert volume(theirs, found["BlockDeviceMappings"][0]["Ebs"]["VolumeId"])["KmsKeyId"] == own
