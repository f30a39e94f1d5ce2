"""Tags of resources in conditions: what moto keeps of them counts as in AWS."""

import pytest

from tests.support.claims import OWNER, allow, refused
from tests.support.policies import lacking, lacks, sts_denied, trust

pytestmark = pytest.mark.evidence(
    "documented",
    '"Controlling access to AWS resources using tags" (IAM user guide) and the Service Authorization Reference',
)

GREEN = {"Key": "Team", "Value": "green"}


def on_tag(actions, key, value="green", resource="*"):
    """A policy that allows actions only on what has a tag."""
    return allow(actions, resource, Condition={"StringEquals": {key: value}})


@pytest.mark.parametrize("key", ["aws:ResourceTag/team", "ec2:ResourceTag/Team"])
def test_a_volume_is_deleted_by_those_whose_tag_it_has(owner, key):
    ec2 = owner.client("ec2")
    tags = {"TagSpecifications": [{"ResourceType": "volume", "Tags": [GREEN]}]}
    green = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1, **tags)["VolumeId"]
    plain = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    mine = owner.user("mine", [on_tag("ec2:DeleteVolume", key)]).client("ec2")
    with refused("UnauthorizedOperation", status=403):
        mine.delete_volume(VolumeId=plain)
    assert mine.delete_volume(VolumeId=green)
    ec2.create_tags(Resources=[plain], Tags=[GREEN])
    assert mine.delete_volume(VolumeId=plain)


@pytest.mark.parametrize("key", ["aws:ResourceTag/Team", "secretsmanager:ResourceTag/Team"])
def test_a_secret_is_read_by_those_whose_tag_it_has(owner, key):
    client = owner.client("secretsmanager")
    client.create_secret(Name="green", SecretString="x", Tags=[GREEN])
    client.create_secret(Name="plain", SecretString="x")
    reader = owner.user("reader", [on_tag("secretsmanager:GetSecretValue", key)]).client("secretsmanager")
    assert reader.get_secret_value(SecretId="green")["SecretString"] == "x"
    with refused("AccessDeniedException", status=400):
        reader.get_secret_value(SecretId="plain")


def test_an_object_is_read_by_its_tags_each_version_by_its_own(owner):
    s3 = owner.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_bucket_versioning(Bucket="bucket", VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket="bucket", Key="k", Body=b"1", Tagging="Team=green")["VersionId"]
    s3.put_object(Bucket="bucket", Key="k", Body=b"2")
    policy = on_tag(["s3:GetObject", "s3:GetObjectVersion"], "s3:ExistingObjectTag/Team")
    reader = owner.user("reader", [policy]).client("s3")
    assert reader.get_object(Bucket="bucket", Key="k", VersionId=first)["Body"].read() == b"1"
    with refused("AccessDenied", status=403):
        reader.get_object(Bucket="bucket", Key="k")
    s3.put_object_tagging(Bucket="bucket", Key="k", Tagging={"TagSet": [GREEN]})
    assert reader.get_object(Bucket="bucket", Key="k")["Body"].read() == b"2"


@pytest.mark.kmsmock(enforce_iam="all")
def test_a_user_is_managed_by_those_whose_tag_he_has(owner):
    iam = owner.client("iam")
    iam.create_user(UserName="green", Tags=[GREEN])
    iam.create_user(UserName="plain")
    manager = owner.user("manager", [on_tag("iam:GetUser", "iam:ResourceTag/Team")]).client("iam")
    assert manager.get_user(UserName="green")["User"]["Arn"] == f"arn:aws:iam::{OWNER}:user/green"
    with refused("AccessDenied", status=403):
        manager.get_user(UserName="plain")


def test_a_denial_shows_the_tag_that_was_seen(aws_world, owner):
    ec2 = owner.client("ec2")
    tags = {"TagSpecifications": [{"ResourceType": "volume", "Tags": [GREEN]}]}
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1, **tags)["VolumeId"]
    blue = owner.user("blue", [on_tag("ec2:DeleteVolume", "aws:ResourceTag/Team", "blue")])
    with refused("UnauthorizedOperation", status=403):
        blue.client("ec2").delete_volume(VolumeId=volume)
    seen = 'StringEquals aws:ResourceTag/Team: wanted "blue", the request has "green"'
    assert seen in aws_world.decisions[-1].explain()


def test_a_tag_without_a_value_is_an_empty_one(aws_world, owner):
    tagger = owner.user("tagger", [on_tag("ec2:CreateTags", "aws:RequestTag/Team")]).client("ec2")
    with refused("UnauthorizedOperation", status=403):
        tagger.create_tags(Resources=["vol-00000000000000000"], Tags=[{"Key": "Team"}])
    assert 'wanted "green", the request has ""' in aws_world.decisions[-1].explain()


@pytest.mark.kmsmock(enforce_iam="all")
def test_tags_that_a_request_has_as_a_map_count(aws_world, owner):
    functions = f"arn:aws:lambda:us-east-1:{OWNER}:function:f"
    user = owner.user("tagger", [on_tag("lambda:TagResource", "aws:RequestTag/KeyTeam")])
    tagger = user.client("lambda")
    with refused("ResourceNotFoundException", f"Function not found: {functions}", 404):
        tagger.tag_resource(Resource=functions, Tags={"KeyTeam": "green"})
    with refused("AccessDeniedException", lacking(user, "lambda:TagResource", functions), 403):
        tagger.tag_resource(Resource=functions, Tags={"KeyTeam": "blue"})
    assert [each.allowed for each in aws_world.decisions if each.action == "lambda:TagResource"] == [True, False]


def test_the_tag_of_a_key_has_no_name_of_iam(kms, owner):
    key = kms.create_key(Tags=[{"TagKey": "Team", "TagValue": "green"}])["KeyMetadata"]["Arn"]
    mine = owner.user("mine", [on_tag("kms:DescribeKey", "aws:ResourceTag/Team")])
    assert mine.client("kms").describe_key(KeyId=key)["KeyMetadata"]["Arn"] == key
    other = owner.user("other", [on_tag("kms:DescribeKey", "iam:ResourceTag/Team")])
    with lacks(other.arn, "kms:DescribeKey", key):
        other.client("kms").describe_key(KeyId=key)


def test_a_role_is_assumed_by_its_tag(owner):
    role = owner.role("app", trust=trust(f"arn:aws:iam::{OWNER}:root"))
    owner.client("iam").tag_role(RoleName="app", Tags=[GREEN])
    green, blue = (
        owner.user(value, [on_tag("sts:AssumeRole", "iam:ResourceTag/Team", value)]) for value in ("green", "blue")
    )
    assumed = green.client("sts").assume_role(RoleArn=role.arn, RoleSessionName="session")
    assert assumed["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{OWNER}:assumed-role/app/session"
    with sts_denied(blue.arn, "sts:AssumeRole", role.arn):
        blue.client("sts").assume_role(RoleArn=role.arn, RoleSessionName="session")
