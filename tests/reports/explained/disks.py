"""Questions about volumes, snapshots, images and fleets under keys."""

from tests.support.claims import OTHER, OWNER, allow
from tests.support.ec2 import USE
from tests.support.policies import everything_but_kms, root, use
from tests.support.questions import Table, each_time
from tests.support.reports import WEST, image_of, make_key, snapshot_of, volume_of

QUESTIONS = Table()
SCALING_ROLE = "role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"


def share_image(ec2, image):
    ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"UserId": OTHER}]})


def share_snapshot(ec2, snapshot):
    ec2.modify_snapshot_attribute(SnapshotId=snapshot, CreateVolumePermission={"Add": [{"UserId": OTHER}]})


def scaled(account, image, name):
    """Make a group of one, and look at what becomes of it."""
    ec2, groups = account.client("ec2"), account.client("autoscaling")
    ec2.create_launch_template(
        LaunchTemplateName=name, LaunchTemplateData={"ImageId": image, "InstanceType": "t3.micro"}
    )
    groups.create_auto_scaling_group(
        AutoScalingGroupName=name,
        LaunchTemplate={"LaunchTemplateName": name, "Version": "$Latest"},
        MinSize=1,
        MaxSize=1,
        AvailabilityZones=["us-east-1a"],
    )


@QUESTIONS.ask(
    "Why do instances of an Auto Scaling group with an encrypted image terminate at once (Client.InternalError)?",
    source="https://github.com/aws/aws-cdk/issues/34491",
    fix=["key policy", f'"AWS": "arn:aws:iam::{OWNER}:{SCALING_ROLE}"'],
)
def group_under_a_customer_key(world):
    owner = world.account(OWNER)
    owner.client("iam").create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com")
    image = image_of(owner.client("ec2"), snapshot_of(owner.client("ec2"), make_key(owner)))
    return each_time(lambda name: scaled(owner, image, name))


@QUESTIONS.ask(
    "The key of the image is of another account, which lets this one in: why does its Auto Scaling group still fail?",
    source="https://github.com/ministryofjustice/modernisation-platform-environments/pull/791",
    fix=["CreateGrant as a principal of account 222222222222", f"arn:aws:iam::{OTHER}:{SCALING_ROLE}"],
)
def group_under_a_foreign_key(world):
    owner, other = world.account(OWNER), world.account(OTHER)
    role = other.client("iam").create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com")["Role"]["Arn"]
    key = make_key(owner, use(root(OTHER), USE))
    image = image_of(owner.client("ec2"), snapshot_of(owner.client("ec2"), key))
    share_image(owner.client("ec2"), image)
    granted = ["Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKey", "DescribeKey", "CreateGrant"]

    def with_a_grant():
        operations = [*granted, "GenerateDataKeyWithoutPlaintext"]
        other.client("kms").create_grant(KeyId=key, GranteePrincipal=role, Operations=operations)
        scaled(other, image, "granted")

    return each_time(lambda name: scaled(other, image, name)), with_a_grant


@QUESTIONS.ask(
    "Why can an image under the default key not be shared?",
    source="https://github.com/hashicorp/packer-plugin-amazon/issues/270",
    fix=["copy", "customer managed key"],
)
def image_under_the_managed_key(world):
    ec2 = world.account(OWNER).client("ec2")
    image = image_of(ec2, snapshot_of(ec2, None))

    def copied_under_an_own_key():
        under = {"Encrypted": True, "KmsKeyId": make_key(world.account(OWNER))}
        copy = ec2.copy_image(Name="copy", SourceImageId=image, SourceRegion="us-east-1", **under)["ImageId"]
        ec2.describe_images(ImageIds=[copy])
        ec2.describe_images(ImageIds=[copy])
        share_image(ec2, copy)

    return lambda: share_image(ec2, image), copied_under_an_own_key


@QUESTIONS.ask(
    "Encrypted snapshots with EBS default key cannot be shared: what can be done?",
    source="https://github.com/hashicorp/packer/issues/7499",
    fix=["copy", "customer managed key"],
)
def snapshot_under_the_managed_key(world):
    ec2 = world.account(OWNER).client("ec2")
    snapshot = snapshot_of(ec2, None)

    def copied_under_an_own_key():
        under = {"Encrypted": True, "KmsKeyId": make_key(world.account(OWNER))}
        copy = ec2.copy_snapshot(SourceSnapshotId=snapshot, SourceRegion="us-east-1", **under)["SnapshotId"]
        share_snapshot(ec2, copy)

    return lambda: share_snapshot(ec2, snapshot), copied_under_an_own_key


@QUESTIONS.ask(
    "A shared encrypted image does not start in the account that it was shared with?",
    source="https://github.com/hashicorp/packer/issues/11852",
    fix=["key policy", f"arn:aws:iam::{OTHER}:user/launcher"],
)
def launch_under_a_closed_key(world):
    owner, other = world.account(OWNER), world.account(OTHER)
    image = image_of(owner.client("ec2"), snapshot_of(owner.client("ec2"), make_key(owner)))
    share_image(owner.client("ec2"), image)
    launcher = other.user("launcher", [allow(["ec2:*", "kms:*"])]).client("ec2")
    return lambda: launcher.run_instances(ImageId=image, MinCount=1, MaxCount=1)


@QUESTIONS.ask(
    "The EBS CSI driver makes an encrypted volume, and it does not exist?",
    source="https://github.com/kubernetes-sigs/aws-ebs-csi-driver/issues/1140",
    fix=["to a policy of ", '"kms:'],
)
def volume_without_the_key(world):
    owner = world.account(OWNER)
    key = make_key(owner)
    csi = owner.user("csi", [everything_but_kms()]).client("ec2")

    def provision():
        made = volume_of(csi, key)
        csi.describe_volumes(VolumeIds=[made])

    return provision


@QUESTIONS.ask(
    "The encrypted volume was unable to access the KMS master key, when it is attached?",
    source="https://github.com/kubernetes-retired/kube-aws/issues/393",
    fix=["to a policy of ", '"kms:CreateGrant"'],
)
def attachment_without_create_grant(world):
    owner = world.account(OWNER)
    ec2 = owner.client("ec2")
    volume = volume_of(ec2, make_key(owner))
    instance = ec2.run_instances(ImageId=image_of(ec2, snapshot_of(ec2)), MinCount=1, MaxCount=1)["Instances"][0]
    rights = ["kms:Decrypt", "kms:GenerateDataKeyWithoutPlaintext"]
    node = owner.user("node", [everything_but_kms(*rights)]).client("ec2")
    return lambda: node.attach_volume(VolumeId=volume, InstanceId=instance["InstanceId"], Device="/dev/xvdf")


@QUESTIONS.ask(
    "Velero restores an encrypted snapshot, and no volume appears?",
    source="https://github.com/velero-io/velero-plugin-for-aws/issues/15",
    fix=["to a policy of ", '"kms:ReEncryptFrom"'],
)
def restore_without_reencrypt(world):
    owner = world.account(OWNER)
    snapshot = snapshot_of(owner.client("ec2"), make_key(owner))
    velero = owner.user("velero", [everything_but_kms("kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey")])
    ec2 = velero.client("ec2")
    return lambda: ec2.create_volume(AvailabilityZone="us-east-1a", SnapshotId=snapshot)


@QUESTIONS.ask(
    "A copy of a shared snapshot fails: Given key ID is not accessible?",
    source="https://github.com/aws-samples/aws-backup-automation/issues/2",
    fix=["key policy", f"arn:aws:iam::{OTHER}:user/backup"],
)
def copy_under_a_closed_key(world):
    owner, other = world.account(OWNER), world.account(OTHER)
    snapshot = snapshot_of(owner.client("ec2"), make_key(owner))
    share_snapshot(owner.client("ec2"), snapshot)
    backup = other.user("backup", [allow(["ec2:*", "kms:*"])]).client("ec2")
    return lambda: backup.copy_snapshot(SourceSnapshotId=snapshot, SourceRegion="us-east-1")


@QUESTIONS.ask(
    "Creating an unencrypted copy from an encrypted snapshot is not supported: what is to be sent?",
    source="https://github.com/hashicorp/packer/issues/6789",
    fix="Encrypted=True",
)
def unencrypted_copy(world):
    owner = world.account(OWNER)
    image = image_of(owner.client("ec2"), snapshot_of(owner.client("ec2"), make_key(owner)))
    west = owner.client("ec2", WEST)

    def copy(encrypted):
        west.copy_image(Name="copy", SourceImageId=image, SourceRegion="us-east-1", Encrypted=encrypted)

    return lambda: copy(False), lambda: copy(True)


@QUESTIONS.ask(
    "A launch fails in an account whose default key for EBS is a customer key?",
    source="https://github.com/github-aws-runners/terraform-aws-github-runner/issues/3546",
    fix=["to a policy of ", '"kms:'],
)
def launch_under_the_default_key(world):
    owner = world.account(OWNER)
    ec2 = owner.client("ec2")
    image = image_of(ec2, snapshot_of(ec2))
    ec2.enable_ebs_encryption_by_default()
    ec2.modify_ebs_default_kms_key_id(KmsKeyId=make_key(owner))
    runner = owner.user("runner", [everything_but_kms()]).client("ec2")
    return lambda: runner.run_instances(ImageId=image, MinCount=1, MaxCount=1)
