"""Ordinary boto3 calls that used to end in a traceback: AWS's errors, with code, status and message."""

import json
import re

import pytest
import requests

from tests.support.claims import OWNER, refused
from tests.support.ec2 import make_image

pytestmark = pytest.mark.evidence(
    "documented", "error codes of each service's API reference; tests that rest on reports name them"
)

NOBODYS = "ami-12345678"


@pytest.fixture
def ec2(owner):
    return owner.client("ec2")


def image_of(ec2, state):
    """The id of an image that nobody has, or of one that was deregistered."""
    if state == "unknown":
        return NOBODYS
    image = make_image(ec2)
    ec2.deregister_image(ImageId=image)
    return image


@pytest.mark.parametrize("state", ["unknown", "deregistered"])
@pytest.mark.parametrize("attribute", ["launchPermission", "description", "blockDeviceMapping"])
def test_an_image_that_there_is_not_has_no_attributes(ec2, state, attribute):
    image = image_of(ec2, state)
    with refused("InvalidAMIID.NotFound", f"The image id '[{image}]' does not exist"):
        ec2.describe_image_attribute(ImageId=image, Attribute=attribute)


@pytest.mark.parametrize("state", ["unknown", "deregistered"])
@pytest.mark.parametrize(
    "change", [{"LaunchPermission": {"Add": [{"UserId": OWNER}]}}, {"Description": {"Value": "x"}}]
)
def test_an_image_that_there_is_not_cannot_be_changed(ec2, state, change):
    image = image_of(ec2, state)
    with refused("InvalidAMIID.NotFound", f"The image id '[{image}]' does not exist"):
        ec2.modify_image_attribute(ImageId=image, **change)


@pytest.mark.evidence("reported", "ansible-collections/community.aws#1419, yegor256/rultor#1991")
@pytest.mark.parametrize("operation", ["run_instances", "create_volume", "create_snapshot", "copy_snapshot"])
def test_tags_must_say_what_they_are_for(ec2, operation):
    """The text and the code are what users show: ansible-collections/community.aws#1419, yegor256/rultor#1991."""
    needed = {
        "run_instances": {"ImageId": NOBODYS, "MinCount": 1, "MaxCount": 1},
        "create_volume": {"AvailabilityZone": "us-east-1a", "Size": 1},
        "create_snapshot": {"VolumeId": "vol-12345678"},
        "copy_snapshot": {"SourceSnapshotId": "snap-12345678", "SourceRegion": "us-east-1"},
    }[operation]
    with refused("InvalidParameterValue", "Tag specification resource type must have a value"):
        getattr(ec2, operation)(**needed, TagSpecifications=[{"Tags": [{"Key": "a", "Value": "b"}]}])


TAGS = [{"Key": "a", "Value": "b"}]


@pytest.mark.evidence("reported", "jonrau1/SyntheticSun#13; moto's test_ec2_validate_subnet_tags")
@pytest.mark.parametrize(
    ("specification", "said"),
    [
        ({"Tags": TAGS}, "Tag specification resource type must have a value"),
        ({"ResourceType": "subnet"}, "Tag specification must have at least one tag"),
    ],
)
def test_the_vpc_has_a_code_of_its_own_for_tags(ec2, specification, said):
    """jonrau1/SyntheticSun#13 (CreateVpcEndpoint); moto's test_ec2_validate_subnet_tags."""
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    with refused("InvalidParameter", said):
        ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24", TagSpecifications=[specification])


@pytest.mark.parametrize("operation", ["create_security_group", "create_route_table", "create_vpc"])
def test_so_it_is_for_its_other_resources(ec2, operation):
    needed = {
        "create_security_group": {"GroupName": "group", "Description": "a group"},
        "create_route_table": {"VpcId": ec2.describe_vpcs()["Vpcs"][0]["VpcId"]},
        "create_vpc": {"CidrBlock": "10.1.0.0/16"},
    }[operation]
    with refused("InvalidParameter", "Tag specification resource type must have a value"):
        getattr(ec2, operation)(**needed, TagSpecifications=[{"Tags": TAGS}])


def test_a_filter_must_have_a_name(ec2):
    with refused("InvalidParameterValue", "The filter 'null' is invalid"):
        ec2.describe_snapshots(Filters=[{"Values": ["x"]}])


def test_a_fleet_is_of_some_template(ec2):
    with refused("MissingParameter", "The request must contain the parameter LaunchTemplateConfigs"):
        ec2.create_fleet(LaunchTemplateConfigs=[], TargetCapacitySpecification={"TotalTargetCapacity": 1})


LIMIT = (
    "You have requested more vCPU capacity than your current vCPU limit of 1152 allows for the instance bucket that the "
    "specified instance type belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to request an "
    "adjustment to this limit."
)


@pytest.mark.parametrize("count", [1153, 10**6, 2**31 - 1])
def test_nobody_launches_more_instances_than_there_are(ec2, count):
    with refused("VcpuLimitExceeded", LIMIT):
        ec2.run_instances(ImageId=make_image(ec2), MinCount=count, MaxCount=count)
    with refused("VcpuLimitExceeded", LIMIT):
        ec2.request_spot_instances(InstanceCount=count, LaunchSpecification={"ImageId": NOBODYS})
    with refused("VcpuLimitExceeded", LIMIT):
        ec2.create_fleet(
            LaunchTemplateConfigs=[{"LaunchTemplateSpecification": {"LaunchTemplateId": "lt-1", "Version": "1"}}],
            TargetCapacitySpecification={"TotalTargetCapacity": count},
        )


def test_a_group_of_more_instances_than_there_are_is_not_modelled(owner):
    with pytest.raises(NotImplementedError, match="Auto Scaling groups of more than 1152 instances"):
        owner.client("autoscaling").create_auto_scaling_group(
            AutoScalingGroupName="g", MinSize=0, MaxSize=2**31 - 1, DesiredCapacity=2**31 - 1
        )


def test_a_count_that_is_no_integer_of_32_bits_cannot_be_read(ec2):
    with refused("InvalidParameterValue", "Value (2147483648) for parameter MinCount is invalid."):
        ec2.run_instances(ImageId=NOBODYS, MinCount=2**31, MaxCount=1)


@pytest.mark.parametrize("what", ["instances", "clusters", "snapshots", "cluster_snapshots"])
def test_databases_are_not_listed_from_a_marker_that_nobody_gave(owner, what):
    describe = getattr(owner.client("rds"), f"describe_db_{what}")
    with refused("InvalidParameterValue", "Invalid Token: Invalid token"):
        describe(Marker="x")


@pytest.mark.parametrize("source", ["arn:aws:kms:::", "arn:", "::::::"])
def test_a_snapshot_is_not_copied_from_what_is_no_snapshot(owner, source):
    text = re.compile(f"DBSnapshot (not found: )?{source}( not found.)?")
    with refused("DBSnapshotNotFound", text, 404):
        owner.client("rds").copy_db_snapshot(SourceDBSnapshotIdentifier=source, TargetDBSnapshotIdentifier="copy")


def test_a_stream_under_a_customers_key_needs_its_arn(owner):
    owner.client("s3").create_bucket(Bucket="bucket")
    firehose = owner.client("firehose")
    role = owner.role("delivery", trust="firehose.amazonaws.com")
    firehose.create_delivery_stream(
        DeliveryStreamName="d", S3DestinationConfiguration={"RoleARN": role.arn, "BucketARN": "arn:aws:s3:::bucket"}
    )
    with refused("InvalidArgumentException", "KeyARN is required when KeyType is CUSTOMER_MANAGED_CMK."):
        firehose.start_delivery_stream_encryption(
            DeliveryStreamName="d", DeliveryStreamEncryptionConfigurationInput={"KeyType": "CUSTOMER_MANAGED_CMK"}
        )


@pytest.mark.parametrize("seconds", [129_601, 2**31, 10**10])
def test_a_session_lasts_36_hours_at_most(owner, seconds):
    text = f"1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 129600"
    with refused("ValidationError", text):
        owner.client("sts").get_session_token(DurationSeconds=seconds)


@pytest.mark.parametrize("name", ["dynamodbstreams-x", "2**31xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"])
def test_a_stream_whose_arn_is_none_is_not_found(owner, name):
    name = name.ljust(37, "x")
    with refused("ResourceNotFoundException", f"Requested resource not found: Stream: {name} not found"):
        owner.client("dynamodbstreams").describe_stream(StreamArn=name)


@pytest.mark.parametrize(
    "config", [{}, {"resources": ["secrets"]}, {"resources": ["secrets"], "provider": {}}], ids=str
)
def test_an_encryption_configuration_of_a_cluster_names_a_key(owner, config):
    with refused("InvalidParameterException", "The keyArn in encryptionConfig provider is required."):
        owner.client("eks").create_cluster(
            name="c", roleArn=f"arn:aws:iam::{OWNER}:role/r", resourcesVpcConfig={}, encryptionConfig=[config]
        )


def test_a_stack_without_a_name_is_not_looked_for(owner):
    stacks = owner.client("cloudformation")
    assert stacks.delete_stack(StackName="")["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert stacks.list_stacks()["StackSummaries"] == []


@pytest.mark.parametrize(
    ("target", "code", "status"),
    [("::::::", "NotFound", 404), ("a:b:c:d:e:f", "NotFound", 404), ("arn:aws:sns", "InvalidParameter", 400)],
)
def test_what_is_no_topic_is_not_published_to(owner, target, code, status):
    with refused(code, status=status):  # in moto's words
        owner.client("sns").publish(TopicArn=target, Message="x")


@pytest.mark.parametrize("name", ["arn:aws:iam::111111111111:role/", "arn:aws:rds:nowhere:111111111111:x:y"])
def test_a_snapshot_of_a_cluster_whose_arn_is_another_thing_is_not_there(owner, name):
    with refused("DBClusterSnapshotNotFoundFault", f"DBClusterSnapshot {name} not found.", 404):
        owner.client("rds").delete_db_cluster_snapshot(DBClusterSnapshotIdentifier=name)


def test_a_key_of_a_master_user_that_there_is_not_is_said_to_be_invalid(owner):
    rds = owner.client("rds")
    rds.create_db_cluster(
        DBClusterIdentifier="c", Engine="aurora-mysql", MasterUsername="u", MasterUserPassword="p" * 9
    )
    text = "Value (nobodys) for parameter MasterUserSecretKmsKeyId is invalid."
    with refused("InvalidParameterValue", text):
        rds.modify_db_cluster(
            DBClusterIdentifier="c", ManageMasterUserPassword=True, MasterUserSecretKmsKeyId="nobodys"
        )


HALF = "\\ud800"


@pytest.mark.evidence("assumed", "as what is no JSON")
def test_half_a_character_in_a_policy_is_malformed(owner):
    """As JSON it is well-formed; what IAM says of it is unverified."""
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::bucket/X*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]}).replace("X", HALF)
    owner.user("somebody")
    iam = owner.client("iam")
    for document in (text, text.replace('"Effect"', f'"Sid": "{HALF}", "Effect"')):
        with refused("MalformedPolicyDocument"):
            iam.put_user_policy(UserName="somebody", PolicyName="p", PolicyDocument=document)
        with refused("MalformedPolicyDocument"):
            iam.create_policy(PolicyName="q", PolicyDocument=document)


DATE, EXPIRES = "X-Amz-Date=", "X-Amz-Expires="


@pytest.mark.parametrize(
    ("part", "instead", "text"),
    [
        (DATE, "", "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."),
        (DATE, f"{DATE}x&", "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""),
        (EXPIRES, f"{EXPIRES}abc&", "X-Amz-Expires should be a number"),
    ],
)  # fmt: skip
def test_a_presigned_url_whose_dates_are_none_is_refused(owner, part, instead, text):
    from botocore.config import Config

    client = owner.client("s3", config=Config(signature_version="s3v4"))
    url = client.generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "k"})
    head, _, rest = url.partition(part)
    answer = requests.get(head + instead + rest.partition("&")[2], timeout=1)
    assert answer.status_code == 400
    assert f"<Code>AuthorizationQueryParametersError</Code><Message>{text}</Message>" in answer.text
