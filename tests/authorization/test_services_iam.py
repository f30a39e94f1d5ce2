"""S3, EC2 and STS ask for their own permissions: which action on which resource, in the words of each service."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.authorization.helpers import signing
from tests.conftest import OTHER, OWNER, allow, policy, refused

ALICE = f"arn:aws:iam::{OWNER}:user/alice"
BUCKET, OBJECT = "arn:aws:s3:::bucket", "arn:aws:s3:::bucket/k"
RULES = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
TAGGING = {"TagSet": [{"Key": "a", "Value": "b"}]}
LIFECYCLE = {"Rules": [{"ID": "a", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}]}
BLOCK = {"BlockPublicAcls": True}
KEY, PART, VERSION = {"Key": "k"}, {"Key": "k", "UploadId": "u"}, {"Key": "k", "VersionId": "v"}


@pytest.fixture
def alice(owner):
    return owner.user("alice")


# --- S3 -------------------------------------------------------------------------------------------------------------

S3 = [
    ("create_bucket", {}, "CreateBucket", BUCKET),
    ("delete_bucket", {}, "DeleteBucket", BUCKET),
    ("delete_bucket_encryption", {}, "PutEncryptionConfiguration", BUCKET),
    ("delete_bucket_lifecycle", {}, "PutLifecycleConfiguration", BUCKET),
    ("delete_bucket_policy", {}, "DeleteBucketPolicy", BUCKET),
    ("delete_bucket_tagging", {}, "PutBucketTagging", BUCKET),
    ("delete_public_access_block", {}, "PutBucketPublicAccessBlock", BUCKET),
    ("get_bucket_acl", {}, "GetBucketAcl", BUCKET),
    ("get_bucket_encryption", {}, "GetEncryptionConfiguration", BUCKET),
    ("get_bucket_lifecycle_configuration", {}, "GetLifecycleConfiguration", BUCKET),
    ("get_bucket_location", {}, "GetBucketLocation", BUCKET),
    ("get_bucket_notification_configuration", {}, "GetBucketNotification", BUCKET),
    ("get_bucket_policy", {}, "GetBucketPolicy", BUCKET),
    ("get_bucket_policy_status", {}, "GetBucketPolicyStatus", BUCKET),
    ("get_bucket_tagging", {}, "GetBucketTagging", BUCKET),
    ("get_bucket_versioning", {}, "GetBucketVersioning", BUCKET),
    ("get_public_access_block", {}, "GetBucketPublicAccessBlock", BUCKET),
    ("list_multipart_uploads", {}, "ListBucketMultipartUploads", BUCKET),
    ("list_object_versions", {}, "ListBucketVersions", BUCKET),
    ("list_objects", {}, "ListBucket", BUCKET),
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
def test_what_s3_asks_for(owner, alice, operation, params, action, resource):
    if operation != "create_bucket":
        owner.client("s3").create_bucket(Bucket="bucket")
    with refused(
        "AccessDenied",
        f'User: {ALICE} is not authorized to perform: s3:{action} on resource: "{resource}" '
        f"because no identity-based policy allows the s3:{action} action",
        403,
    ):
        getattr(alice.client("s3"), operation)(Bucket="bucket", **params)


@pytest.mark.parametrize(
    ("operation", "params", "expected"),
    [("head_bucket", {}, ("s3:ListBucket", BUCKET)), ("head_object", KEY, ("s3:GetObject", OBJECT))],
)
def test_what_a_head_request_asks_for(aws_world, owner, alice, operation, params, expected):
    owner.client("s3").create_bucket(Bucket="bucket")
    with pytest.raises(ClientError) as refusal:
        getattr(alice.client("s3"), operation)(Bucket="bucket", **params)
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert (aws_world.decisions[-1].action, aws_world.decisions[-1].resource) == expected


def test_listing_buckets_needs_a_permission_on_everything(owner, alice):
    with refused("AccessDenied", status=403):
        alice.client("s3").list_buckets()
    assert owner.user("bob", [allow("s3:ListAllMyBuckets")]).client("s3").list_buckets()["Buckets"] == []


@pytest.mark.parametrize(
    ("more", "action"),
    [({"ACL": "private"}, "PutObjectAcl"), ({"Tagging": "a=b"}, "PutObjectTagging")],
)
def test_what_a_put_does_besides_needs_permissions_of_its_own(owner, more, action):
    owner.client("s3").create_bucket(Bucket="bucket")
    writer = owner.user("writer", [allow("s3:PutObject")])
    s3 = writer.client("s3")
    assert s3.put_object(Bucket="bucket", Key="k", Body=b"x")
    with refused(
        "AccessDenied",
        f'User: {writer.arn} is not authorized to perform: s3:{action} on resource: "{OBJECT}" '
        f"because no identity-based policy allows the s3:{action} action",
        403,
    ):
        s3.put_object(Bucket="bucket", Key="k", Body=b"x", **more)


def test_a_copy_needs_to_read_and_to_write(owner):
    owner.client("s3").create_bucket(Bucket="bucket")
    owner.client("s3").put_object(Bucket="bucket", Key="k", Body=b"x")
    reader = owner.user("reader", [allow("s3:GetObject", OBJECT)])
    copier = owner.user("copier", [allow("s3:GetObject", OBJECT), allow("s3:PutObject", f"{BUCKET}/copy*")])
    ask = {"Bucket": "bucket", "Key": "copy", "CopySource": {"Bucket": "bucket", "Key": "k"}}
    with refused(
        "AccessDenied",
        f'User: {reader.arn} is not authorized to perform: s3:PutObject on resource: "{BUCKET}/copy" '
        "because no identity-based policy allows the s3:PutObject action",
        403,
    ):
        reader.client("s3").copy_object(**ask)
    assert copier.client("s3").copy_object(**ask)


def test_resources_and_conditions_of_s3_policies_are_looked_at(owner):
    owner.client("s3").create_bucket(Bucket="bucket")
    home = [
        allow("s3:PutObject", "arn:aws:s3:::bucket/home/${aws:username}/*"),
        allow("s3:ListBucket", BUCKET, Condition={"StringLike": {"s3:prefix": "home/${aws:username}/*"}}),
    ]
    s3 = owner.user("alice", home).client("s3")
    assert s3.put_object(Bucket="bucket", Key="home/alice/a", Body=b"x")
    assert s3.list_objects_v2(Bucket="bucket", Prefix="home/alice/")["KeyCount"] == 1
    for ask in (
        lambda: s3.put_object(Bucket="bucket", Key="home/bob/a", Body=b"x"),
        lambda: s3.list_objects_v2(Bucket="bucket", Prefix="home/"),
        lambda: s3.list_objects_v2(Bucket="bucket"),
    ):
        with refused("AccessDenied", status=403):
            ask()


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
    ("create_volume", {"AvailabilityZone": "us-east-1a", "Size": 1}, {NEW_VOLUME}),
    ("create_volume", {"AvailabilityZone": "us-east-1a", "SnapshotId": "snap-1"}, {NEW_VOLUME, SNAPSHOT}),
    ("delete_snapshot", {"SnapshotId": "snap-1"}, {SNAPSHOT}),
    ("delete_volume", {"VolumeId": "vol-1"}, {VOLUME}),
    ("deregister_image", {"ImageId": "ami-1"}, {IMAGE}),
    ("describe_images", {}, {"*"}),
    ("describe_instances", {}, {"*"}),
    ("describe_snapshots", {}, {"*"}),
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
        getattr(alice.client("ec2"), operation)(**params)
    start, _, rest = refusal.response["Error"]["Message"].partition(" on resource: ")
    resource, _, rest = rest.partition(" because ")
    reason, _, encoded = rest.partition(" Encoded authorization failure message: ")
    assert start == (
        f"You are not authorized to perform this operation. User: {ALICE} is not authorized to perform: {action}"
    )
    assert resource in resources
    assert reason == f"no identity-based policy allows the {action} action."
    assert encoded


def test_every_resource_of_a_call_needs_a_permission(owner):
    ask = {"AvailabilityZone": "us-east-1a", "SnapshotId": "snap-1"}
    for number, (have, lack) in enumerate([(NEW_VOLUME, SNAPSHOT), (SNAPSHOT, NEW_VOLUME)]):
        user = owner.user(f"user-{number}", [allow("ec2:CreateVolume", have)])
        with refused("UnauthorizedOperation", status=403) as refusal:
            user.client("ec2").create_volume(**ask)
        assert f"ec2:CreateVolume on resource: {lack} because" in refusal.response["Error"]["Message"]


@pytest.mark.parametrize(
    ("condition", "right", "wrong"),
    [
        ({"Bool": {"ec2:Encrypted": "true"}}, {"Encrypted": True}, {}),
        ({"StringEquals": {"ec2:Region": "us-east-1"}}, {}, None),
        ({"NumericLessThanEquals": {"ec2:VolumeSize": "10"}}, {}, {"Size": 11}),
        ({"StringEquals": {"ec2:VolumeType": "gp3"}}, {"VolumeType": "gp3"}, {"VolumeType": "gp2"}),
        (
            {"StringEquals": {"aws:RequestTag/team": "red"}},
            {"TagSpecifications": [{"ResourceType": "volume", "Tags": [{"Key": "team", "Value": "red"}]}]},
            {},
        ),
    ],
)
def test_conditions_on_what_ec2_is_to_make(owner, condition, right, wrong):
    only = allow(["ec2:CreateVolume", "ec2:CreateTags"], Condition=condition)
    alice = owner.user("alice", [only, allow("kms:*")])
    ask = {"AvailabilityZone": "us-east-1a", "Size": 1}
    if wrong is not None:
        with refused("UnauthorizedOperation", status=403):
            alice.client("ec2").create_volume(**{**ask, **wrong})
    assert alice.client("ec2").create_volume(**{**ask, **right})


def test_the_encoded_message_is_read_with_a_permission_of_sts(owner):
    alice = owner.user("alice", [policy({"Sid": "No", "Effect": "Deny", "Action": "ec2:*", "Resource": "*"})])
    with refused("UnauthorizedOperation", status=403) as refusal:
        alice.client("ec2").describe_images()
    encoded = refusal.response["Error"]["Message"].rpartition(": ")[2]
    reader = owner.user("reader", [allow("sts:DecodeAuthorizationMessage")]).client("sts")
    told = json.loads(reader.decode_authorization_message(EncodedMessage=encoded)["DecodedMessage"])
    assert (told["allowed"], told["explicitDeny"]) == (False, True)
    assert told["matchedStatements"]["items"][0]["statementId"] == "No"
    assert (told["context"]["action"], told["context"]["principal"]["arn"]) == ("ec2:DescribeImages", ALICE)
    with refused(
        "AccessDenied",
        f"User: {ALICE} is not authorized to perform: sts:DecodeAuthorizationMessage on resource: *",
        403,
    ):
        alice.client("sts").decode_authorization_message(EncodedMessage=encoded)
    with refused("InvalidAuthorizationMessageException", status=400):
        reader.decode_authorization_message(EncodedMessage="nonsense")


# --- administrators -------------------------------------------------------------------------------------------------


def test_root_users_and_credentials_that_nobody_issued_are_administrators(aws_world, owner):
    clients = {name: owner.client(name) for name in ("s3", "ec2", "sts")}
    stranger = {"AccessKeyId": "testing", "SecretAccessKey": "testing"}
    for each in (clients, {name: signing(stranger, name) for name in clients}):
        each["s3"].create_bucket(Bucket=f"bucket-{id(each)}")
        assert each["ec2"].describe_snapshots()
        assert each["sts"].get_caller_identity()["Arn"].endswith(":root")
    assert boto3.client("sts").get_caller_identity()["Account"] == aws_world.account_id != OTHER
