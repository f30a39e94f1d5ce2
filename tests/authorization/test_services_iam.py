"""S3, EC2 and STS ask for their own permissions: which action on which resource, in the words of each service."""

import json

import boto3
import pytest

from tests.support.claims import OTHER, OWNER, allow, policy, refused
from tests.support.policies import signing

pytestmark = pytest.mark.evidence(
    "reported",
    "public reports of denials of S3, EC2 and STS; the actions are those of the Service Authorization Reference",
)

ALICE = f"arn:aws:iam::{OWNER}:user/alice"
BUCKET, OBJECT = "arn:aws:s3:::bucket", "arn:aws:s3:::bucket/k"
KEY = {"Key": "k"}


@pytest.fixture
def alice(owner):
    return owner.user("alice")


# --- S3 -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "params", "expected"),
    [("head_bucket", {}, ("s3:ListBucket", BUCKET)), ("head_object", KEY, ("s3:GetObject", OBJECT))],
)
def test_what_a_head_request_asks_for_without_a_body_to_say_why(aws_world, owner, alice, operation, params, expected):
    owner.client("s3").create_bucket(Bucket="bucket")
    with refused("403", "Forbidden", 403):
        getattr(alice.client("s3"), operation)(Bucket="bucket", **params)
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


SNAPSHOT = "arn:aws:ec2:us-east-1::snapshot/snap-1"
NEW_VOLUME = f"arn:aws:ec2:us-east-1:{OWNER}:volume/*"


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
    with refused("UnauthorizedOperation", status=403):
        alice.client("ec2").create_volume(**{**ask, **wrong})
    assert alice.client("ec2").create_volume(**{**ask, **right})


def test_a_dry_run_asks_and_makes_nothing(owner, alice):
    ask = {"AvailabilityZone": "us-east-1a", "Size": 1, "DryRun": True}
    maker = owner.user("maker", [allow("ec2:CreateVolume")])
    with refused("DryRunOperation", status=412):
        maker.client("ec2").create_volume(**ask)
    with refused("UnauthorizedOperation", status=403):
        alice.client("ec2").create_volume(**ask)
    assert owner.client("ec2").describe_volumes()["Volumes"] == []


def test_tags_that_come_with_a_volume_need_a_permission_of_their_own(owner):
    maker = owner.user("maker", [allow("ec2:CreateVolume")])
    tags = [{"ResourceType": "volume", "Tags": [{"Key": "a", "Value": "b"}]}]
    with refused("UnauthorizedOperation", status=403) as refusal:
        maker.client("ec2").create_volume(AvailabilityZone="us-east-1a", Size=1, TagSpecifications=tags)
    assert f"ec2:CreateTags on resource: {NEW_VOLUME} because" in refusal.response["Error"]["Message"]


def test_a_launch_with_an_instance_profile_passes_its_role(amazons, owner):
    iam, role = owner.client("iam"), owner.role("app")
    iam.create_instance_profile(InstanceProfileName="app")
    iam.add_role_to_instance_profile(InstanceProfileName="app", RoleName="app")
    image = owner.client("ec2").describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    launch = {"ImageId": image, "MinCount": 1, "MaxCount": 1, "IamInstanceProfile": {"Name": "app"}}
    launcher = owner.user("launcher", [allow("ec2:*")])
    with refused("UnauthorizedOperation", status=403) as refusal:
        launcher.client("ec2").run_instances(**launch)
    assert f"iam:PassRole on resource: {role.arn} because" in refusal.response["Error"]["Message"]
    assert owner.user("passer", [allow(["ec2:*", "iam:PassRole"])]).client("ec2").run_instances(**launch)


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
    stranger = {"AccessKeyId": "testing", "SecretAccessKey": "testing"}
    for number, s3 in enumerate((owner.client("s3"), signing(stranger, "s3"))):
        assert s3.create_bucket(Bucket=f"bucket-{number}")
    assert owner.client("ec2").describe_snapshots()
    for sts in (owner.client("sts"), signing(stranger, "sts")):
        assert sts.get_caller_identity()["Arn"].endswith(":root")
    assert boto3.client("sts").get_caller_identity()["Account"] == aws_world.account_id != OTHER
