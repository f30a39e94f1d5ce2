"""Images as objects of S3, and their export: as far as keys have a say.

"Create a store image task" (EC2 user guide): "If the snapshots that make up the AMI are encrypted, or if your account is
enabled for encryption by default, your IAM principal must have permission to use the KMS key"; "the snapshots are
decrypted as part of the store process". "Considerations for image export" (VM Import/Export user guide).
"""

import pytest

from tests.support.claims import OWNER, allow, refused
from tests.support.ec2 import cmk, disks, image, launch, make_image, make_snapshot, snapshot, spoil
from tests.support.s3 import set_default, shown, under

pytestmark = pytest.mark.evidence("documented", '"Create a store image task", "Considerations for image export"')

BUCKET = "images"


@pytest.fixture
def s3(owner):
    client = owner.client("s3")
    client.create_bucket(Bucket=BUCKET)
    return client


def stored(ec2, name):
    return ec2.create_store_image_task(ImageId=name, Bucket=BUCKET)["ObjectKey"]


def task(ec2, name):
    (found,) = ec2.describe_store_image_tasks(ImageIds=[name])["StoreImageTaskResults"]
    return found


def test_an_encrypted_image_is_stored_by_who_has_its_key(ec2, s3, encrypted):
    assert stored(ec2, encrypted) == f"{encrypted}.bin"
    assert (task(ec2, encrypted)["StoreTaskState"], task(ec2, encrypted)["ProgressPercentage"]) == ("Completed", 100)
    assert shown(s3.head_object(Bucket=BUCKET, Key=f"{encrypted}.bin")) == {"mode": "AES256"}


def test_the_object_is_under_the_key_of_its_bucket(ec2, s3, owner, encrypted):
    another = cmk(owner)
    set_default(s3, key=another, bucket=BUCKET)
    stored(ec2, encrypted)
    assert shown(s3.head_object(Bucket=BUCKET, Key=f"{encrypted}.bin")) == under(another)


@pytest.mark.parametrize("state", ["disabled", "pending"])
def test_without_the_key_the_task_fails_and_the_world_says_why(aws_world, ec2, s3, owner, kms_key, encrypted, state):
    spoil(aws_world, owner, kms_key, state)
    stored(ec2, encrypted)
    found = task(ec2, encrypted)
    assert (found["StoreTaskState"], found["ProgressPercentage"]) == ("Failed", 0)
    assert kms_key in found["StoreTaskFailureReason"]
    assert "Contents" not in s3.list_objects_v2(Bucket=BUCKET)
    assert aws_world.refusals[-1].late.about == encrypted


def test_who_may_not_use_the_key_may_not_store(owner, ec2, s3, encrypted):
    person = owner.user("person", [allow(["ec2:*", "s3:*"])]).client("ec2")
    stored(person, encrypted)
    assert "kms:Decrypt" in task(ec2, encrypted)["StoreTaskFailureReason"]


def test_who_may_not_write_into_the_bucket_may_not_store(owner, ec2, s3, encrypted):
    person = owner.user("person", [allow(["ec2:*", "kms:*"])]).client("ec2")
    stored(person, encrypted)
    assert "s3:PutObject" in task(ec2, encrypted)["StoreTaskFailureReason"]


def test_a_restored_image_is_in_the_clear(ec2, s3, encrypted):
    made = ec2.create_restore_image_task(Bucket=BUCKET, ObjectKey=stored(ec2, encrypted), Name="restored")["ImageId"]
    (told,) = image(ec2, made)["BlockDeviceMappings"]
    assert snapshot(ec2, told["Ebs"]["SnapshotId"])["Encrypted"] is False
    host = launch(ec2, made)
    assert [each["Encrypted"] for each in disks(ec2, host).values()] == [False]


def test_a_restored_image_is_encrypted_where_new_disks_are(ec2, s3, owner, encrypted):
    mine = cmk(owner)
    ec2.enable_ebs_encryption_by_default()
    ec2.modify_ebs_default_kms_key_id(KmsKeyId=mine)
    made = ec2.create_restore_image_task(Bucket=BUCKET, ObjectKey=stored(ec2, encrypted), Name="restored")["ImageId"]
    (told,) = image(ec2, made)["BlockDeviceMappings"]
    assert snapshot(ec2, told["Ebs"]["SnapshotId"])["KmsKeyId"] == mine


@pytest.mark.evidence("assumed", "the words of the refusal are a choice; that it is refused is documented")
def test_restoring_needs_the_object_and_its_key(owner, ec2, s3, encrypted):
    set_default(s3, key=cmk(owner), bucket=BUCKET)
    name = stored(ec2, encrypted)
    person = owner.user("person", [allow(["ec2:*", "s3:*"])]).client("ec2")
    with refused("AccessDenied", status=403):
        person.create_restore_image_task(Bucket=BUCKET, ObjectKey=name, Name="restored")
    s3.put_object(Bucket=BUCKET, Key="text", Body=b"x")
    with refused("InvalidParameterValue", "The object 'text' is not a stored image.", status=400):
        ec2.create_restore_image_task(Bucket=BUCKET, ObjectKey="text", Name="restored")


@pytest.mark.evidence("assumed", "the words of the refusal are a choice; that it is refused is documented")
def test_only_ones_own_image_is_stored(ec2, theirs, s3, encrypted):
    with refused("InvalidAMIID.NotFound", f"The image id '[{encrypted}]' does not exist", status=400):
        stored(theirs, encrypted)
    with refused("InvalidParameterValue", "The bucket 'none' does not exist in this Region.", status=400):
        ec2.create_store_image_task(ImageId=encrypted, Bucket="none")


@pytest.mark.evidence("assumed", "the words of the refusal are a choice; that it is refused is documented")
def test_an_encrypted_image_is_not_exported(ec2, encrypted):
    asked = {"DiskImageFormat": "VMDK", "S3ExportLocation": {"S3Bucket": BUCKET}}
    (name,) = [each["Ebs"]["SnapshotId"] for each in image(ec2, encrypted)["BlockDeviceMappings"]]
    text = f"The image '{encrypted}' has an encrypted snapshot ({name}) and cannot be exported."
    with refused("UnsupportedOperation", text, status=400):
        ec2.export_image(ImageId=encrypted, **asked)
    with pytest.raises(NotImplementedError, match="ExportImage of images that are not encrypted"):
        ec2.export_image(ImageId=make_image(ec2, make_snapshot(ec2), name="plain"), **asked)


def test_storing_asks_for_the_key_through_ec2(aws_world, ec2, s3, encrypted, kms_key):
    before = len(aws_world.events)
    stored(ec2, encrypted)
    (event,) = aws_world.events[before:]
    assert (event["eventName"], event["userIdentity"]["invokedBy"]) == ("Decrypt", "ec2.amazonaws.com")
    assert event["resources"][0]["ARN"] == kms_key
    assert event["recipientAccountId"] == OWNER
