"""The table of what S3 and EC2 ask for: one denial for each operation, which names the action and the resource."""

import pytest

import kmsmock
from tests.support.claims import OWNER, refused

pytestmark = pytest.mark.evidence("documented", "Service Authorization Reference: actions of S3 and EC2")

ALICE = f"arn:aws:iam::{OWNER}:user/alice"
BUCKET, OBJECT = "arn:aws:s3:::bucket", "arn:aws:s3:::bucket/k"
RULES = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
TAGGING = {"TagSet": [{"Key": "a", "Value": "b"}]}
LIFECYCLE = {"Rules": [{"ID": "a", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}]}
BLOCK = {"BlockPublicAcls": True}
KEY, PART, VERSION = {"Key": "k"}, {"Key": "k", "UploadId": "u"}, {"Key": "k", "VersionId": "v"}


@pytest.fixture(scope="module")
def alice():
    """Clients of a user who may do nothing, in one world for the whole module: a refused call changes nothing."""
    with kmsmock.World() as world:
        account = world.account(OWNER)
        account.client("s3").create_bucket(Bucket="bucket")
        user = account.user("alice")
        yield {"s3": user.client("s3"), "ec2": user.client("ec2")}


# --- S3 -------------------------------------------------------------------------------------------------------------

S3 = [
    ("create_bucket", {}, "CreateBucket", BUCKET),
    ("delete_bucket", {}, "DeleteBucket", BUCKET),
    ("delete_bucket_encryption", {}, "PutEncryptionConfiguration", BUCKET),
    ("delete_bucket_policy", {}, "DeleteBucketPolicy", BUCKET),
    ("delete_bucket_tagging", {}, "PutBucketTagging", BUCKET),
    ("delete_public_access_block", {}, "PutBucketPublicAccessBlock", BUCKET),
    ("get_bucket_acl", {}, "GetBucketAcl", BUCKET),
    ("get_bucket_cors", {}, "GetBucketCORS", BUCKET),
    ("get_bucket_encryption", {}, "GetEncryptionConfiguration", BUCKET),
    ("get_bucket_lifecycle_configuration", {}, "GetLifecycleConfiguration", BUCKET),
    ("get_bucket_location", {}, "GetBucketLocation", BUCKET),
    ("get_bucket_notification_configuration", {}, "GetBucketNotification", BUCKET),
    ("get_bucket_policy", {}, "GetBucketPolicy", BUCKET),
    ("get_bucket_policy_status", {}, "GetBucketPolicyStatus", BUCKET),
    ("get_bucket_tagging", {}, "GetBucketTagging", BUCKET),
    ("get_object_lock_configuration", {}, "GetBucketObjectLockConfiguration", BUCKET),
    ("get_bucket_website", {}, "GetBucketWebsite", BUCKET),
    ("get_public_access_block", {}, "GetBucketPublicAccessBlock", BUCKET),
    ("list_objects", {}, "ListBucket", BUCKET),
    ("delete_bucket_lifecycle", {}, "PutLifecycleConfiguration", BUCKET),
    ("get_bucket_versioning", {}, "GetBucketVersioning", BUCKET),
    ("list_multipart_uploads", {}, "ListBucketMultipartUploads", BUCKET),
    ("list_object_versions", {}, "ListBucketVersions", BUCKET),
    ("list_objects_v2", {"Prefix": "a/"}, "ListBucket", BUCKET),
    ("put_bucket_acl", {"ACL": "private"}, "PutBucketAcl", BUCKET),
    ("put_bucket_encryption", {"ServerSideEncryptionConfiguration": RULES}, "PutEncryptionConfiguration", BUCKET),
    ("put_bucket_lifecycle_configuration", {"LifecycleConfiguration": LIFECYCLE}, "PutLifecycleConfiguration", BUCKET),
    ("put_bucket_policy", {"Policy": "{}"}, "PutBucketPolicy", BUCKET),
    ("put_bucket_tagging", {"Tagging": TAGGING}, "PutBucketTagging", BUCKET),
    ("put_bucket_versioning", {"VersioningConfiguration": {"Status": "Enabled"}}, "PutBucketVersioning", BUCKET),
    ("put_public_access_block", {"PublicAccessBlockConfiguration": BLOCK}, "PutBucketPublicAccessBlock", BUCKET),
    ("abort_multipart_upload", PART, "AbortMultipartUpload", OBJECT),
    ("complete_multipart_upload", PART, "PutObject", OBJECT),
    ("create_multipart_upload", KEY, "PutObject", OBJECT),
    ("copy_object", {"Key": "copy", "CopySource": "bucket/k"}, "GetObject", OBJECT),
    ("copy_object", {"Key": "copy", "CopySource": "bucket/k?versionId=v"}, "GetObjectVersion", OBJECT),
    ("delete_object", KEY, "DeleteObject", OBJECT),
    ("delete_object", VERSION, "DeleteObjectVersion", OBJECT),
    ("delete_object_tagging", KEY, "DeleteObjectTagging", OBJECT),
    ("get_object", KEY, "GetObject", OBJECT),
    ("get_object", VERSION, "GetObjectVersion", OBJECT),
    ("get_object_acl", KEY, "GetObjectAcl", OBJECT),
    ("get_object_tagging", KEY, "GetObjectTagging", OBJECT),
    ("get_object_tagging", VERSION, "GetObjectVersionTagging", OBJECT),
    ("list_parts", PART, "ListMultipartUploadParts", OBJECT),
    ("put_object", {**KEY, "Body": b"x"}, "PutObject", OBJECT),
    ("put_object_acl", {**KEY, "ACL": "private"}, "PutObjectAcl", OBJECT),
    ("put_object_tagging", {**KEY, "Tagging": TAGGING}, "PutObjectTagging", OBJECT),
    ("restore_object", {**KEY, "RestoreRequest": {"Days": 1}}, "RestoreObject", OBJECT),
    ("upload_part", {**PART, "PartNumber": 1, "Body": b"x"}, "PutObject", OBJECT),
]


@pytest.mark.parametrize(("operation", "params", "action", "resource"), S3)
def test_what_s3_asks_for(alice, operation, params, action, resource):
    with refused(
        "AccessDenied",
        f'User: {ALICE} is not authorized to perform: s3:{action} on resource: "{resource}" '
        f"because no identity-based policy allows the s3:{action} action",
        403,
    ):
        getattr(alice["s3"], operation)(Bucket="bucket", **params)


# --- EC2 ------------------------------------------------------------------------------------------------------------


def arn(kind, name, account=OWNER):
    return f"arn:aws:ec2:us-east-1:{account}:{kind}/{name}"


SNAPSHOT, NEW_SNAPSHOT = arn("snapshot", "snap-1", ""), arn("snapshot", "*", "")
IMAGE, NEW_IMAGE = arn("image", "ami-1", ""), arn("image", "*", "")
VOLUME, NEW_VOLUME, INSTANCE = arn("volume", "vol-1"), arn("volume", "*"), arn("instance", "i-1")
COPY = {"SourceRegion": "us-east-1"}
RUN = {"ImageId": "ami-1", "MinCount": 1, "MaxCount": 1, "SubnetId": "subnet-1"}

EC2 = [
    ("attach_volume", {"VolumeId": "vol-1", "InstanceId": "i-1", "Device": "/dev/sdf"}, {VOLUME, INSTANCE}),
    ("copy_image", {"SourceImageId": "ami-1", "Name": "name", **COPY}, {NEW_IMAGE, IMAGE, NEW_SNAPSHOT}),
    ("copy_snapshot", {"SourceSnapshotId": "snap-1", **COPY}, {NEW_SNAPSHOT, SNAPSHOT}),
    ("create_image", {"InstanceId": "i-1", "Name": "name"}, {NEW_IMAGE, NEW_SNAPSHOT, INSTANCE}),
    ("create_snapshot", {"VolumeId": "vol-1"}, {NEW_SNAPSHOT, VOLUME}),
    ("create_tags", {"Resources": ["vol-1"], "Tags": [{"Key": "a", "Value": "b"}]}, {VOLUME}),
    ("create_volume", {"AvailabilityZone": "us-east-1a", "Size": 1}, {NEW_VOLUME}),
    ("create_volume", {"AvailabilityZone": "us-east-1a", "SnapshotId": "snap-1"}, {NEW_VOLUME, SNAPSHOT}),
    ("delete_snapshot", {"SnapshotId": "snap-1"}, {SNAPSHOT}),
    ("delete_volume", {"VolumeId": "vol-1"}, {VOLUME}),
    ("deregister_image", {"ImageId": "ami-1"}, {IMAGE}),
    ("describe_images", {}, {"*"}),
    ("describe_instances", {}, {"*"}),
    ("describe_regions", {}, {"*"}),
    ("describe_snapshots", {}, {"*"}),
    ("describe_vpcs", {}, {"*"}),
    ("describe_volumes", {}, {"*"}),
    ("detach_volume", {"VolumeId": "vol-1"}, {VOLUME}),
    ("enable_ebs_encryption_by_default", {}, {"*"}),
    ("get_ebs_default_kms_key_id", {}, {"*"}),
    ("modify_ebs_default_kms_key_id", {"KmsKeyId": "alias/a"}, {"*"}),
    ("modify_image_attribute", {"ImageId": "ami-1", "Attribute": "launchPermission"}, {IMAGE}),
    ("modify_snapshot_attribute", {"SnapshotId": "snap-1", "Attribute": "createVolumePermission"}, {SNAPSHOT}),
    ("register_image", {"Name": "name"}, {NEW_IMAGE}),
    ("run_instances", RUN, {IMAGE, arn("instance", "*"), NEW_VOLUME, arn("subnet", "subnet-1")}),
    ("start_instances", {"InstanceIds": ["i-1"]}, {INSTANCE}),
    ("stop_instances", {"InstanceIds": ["i-1"]}, {INSTANCE}),
    ("terminate_instances", {"InstanceIds": ["i-1"]}, {INSTANCE}),
]


@pytest.mark.parametrize(("operation", "params", "resources"), EC2)
def test_what_ec2_asks_for(alice, operation, params, resources):
    action = "ec2:" + "".join(map(str.capitalize, operation.split("_")))
    with refused("UnauthorizedOperation", status=403) as refusal:
        getattr(alice["ec2"], operation)(**params)
    start, _, rest = refusal.response["Error"]["Message"].partition(" on resource: ")
    resource, _, rest = rest.partition(" because ")
    reason, _, encoded = rest.partition(" Encoded authorization failure message: ")
    assert start == (
        f"You are not authorized to perform this operation. User: {ALICE} is not authorized to perform: {action}"
    )
    assert resource in resources
    assert reason == f"no identity-based policy allows the {action} action."
    assert encoded
