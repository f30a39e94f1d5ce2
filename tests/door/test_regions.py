"""Regions that do not exist have no endpoint: a client fails as it does against AWS, and is told which one was meant.

The Regions are those of botocore's partitions (``endpoints.json`` and ``partitions.json``).
"""

import boto3
import botocore.config
import botocore.session
import pytest
import requests
from botocore.exceptions import EndpointConnectionError

import kmsmock
from tests.support.claims import OWNER, refused

pytestmark = pytest.mark.evidence("documented", "botocore's partitions and endpoints")

NOWHERE = ["us-nowhere-1", "us-east1", "mars-1", "eu-weast-1", "us-east-9"]


def every_region():
    data = botocore.session.get_session().get_component("data_loader").load_data("endpoints")
    return sorted(region for partition in data["partitions"] for region in partition["regions"])


@pytest.mark.parametrize("region", NOWHERE)
def test_there_is_no_endpoint_in_a_region_that_does_not_exist(aws_world, region):
    with pytest.raises(EndpointConnectionError) as caught:
        boto3.client("kms", region).create_key()
    message = str(caught.value)
    assert message.startswith(f'Could not connect to the endpoint URL: "https://kms.{region}.amazonaws.com/"')
    assert f"there is no Region {region}" in message
    assert f'extra_regions=["{region}"]' in message
    assert aws_world.events == []


@pytest.mark.parametrize(
    ("region", "meant"),
    [
        ("us-east1", "us-east-1"),
        ("useast-1", "us-east-1"),
        ("eu-weast-1", "eu-west-1"),
        ("eu-central1", "eu-central-1"),
    ],
)
def test_the_nearest_region_is_named(aws_world, region, meant):
    with pytest.raises(EndpointConnectionError, match=f"did you mean {meant}"):
        boto3.client("kms", region).create_key()
    with pytest.raises(
        ValueError, match=f"region_name='{region}': there is no such AWS Region; did you mean '{meant}'"
    ):
        aws_world.account(OWNER).client("kms", region)
    with pytest.raises(ValueError, match=f"did you mean '{meant}'"):
        aws_world.account(OWNER).session(region)
    with pytest.raises(ValueError, match=f"did you mean '{meant}'"):
        kmsmock.World(region_name=region)


@pytest.mark.parametrize("service", ["s3", "sqs", "ec2", "dynamodb", "sts", "athena", "secretsmanager"])
def test_services_have_no_endpoint_there_either(aws_world, service):
    client = boto3.client(service, "us-nowhere-1")
    call = {
        "s3": client.list_buckets if service == "s3" else None,
        "sqs": getattr(client, "list_queues", None),
        "ec2": getattr(client, "describe_volumes", None),
        "dynamodb": getattr(client, "list_tables", None),
        "sts": getattr(client, "get_caller_identity", None),
        "athena": getattr(client, "list_work_groups", None),
        "secretsmanager": getattr(client, "list_secrets", None),
    }[service]
    with pytest.raises(EndpointConnectionError, match="there is no Region us-nowhere-1"):
        call()


def test_presigned_urls_lead_nowhere_either(aws_world):
    url = boto3.client("s3", "us-nowhere-1").generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"})
    with pytest.raises((EndpointConnectionError, requests.ConnectionError), match="there is no Region us-nowhere-1"):
        requests.get(url, timeout=5)


def test_every_region_of_botocore_has_keys(aws_world):
    # opt-in Regions too: an account of a test has opted in
    for region in every_region():
        arn = boto3.client("kms", region).create_key()["KeyMetadata"]["Arn"]
        assert arn.split(":")[3] == region


@pytest.mark.parametrize("region", ["us-nowhere-1", "eu-north-7"])
def test_a_region_that_botocore_does_not_know_yet_is_given_to_the_world(region):
    with kmsmock.World(region_name=region, extra_regions=[region]) as world:
        owner = world.account(OWNER)
        assert owner.client("kms").create_key()["KeyMetadata"]["Arn"].split(":")[3] == region
        primary = owner.client("kms", "us-east-1").create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
        replica = owner.client("kms", "us-east-1").replicate_key(KeyId=primary, ReplicaRegion=region)
        assert replica["ReplicaKeyMetadata"]["Arn"].split(":")[3] == region
    with pytest.raises(ValueError, match="region_name"):
        kmsmock.World(region_name=region)


@pytest.mark.parametrize("service", ["ec2", "sqs", "dynamodb", "secretsmanager", "sns", "ssm"])
def test_services_are_in_such_a_region_too(service):
    with kmsmock.World(extra_regions=["eu-north-7"]) as world:
        client = world.account(OWNER).client(service, "eu-north-7")
        make = {
            "ec2": lambda: client.create_volume(AvailabilityZone="eu-north-7a", Size=1, Encrypted=True),
            "sqs": lambda: client.create_queue(QueueName="q"),
            "dynamodb": client.list_tables if service == "dynamodb" else None,
            "secretsmanager": lambda: client.create_secret(Name="s", SecretString="x"),
            "sns": lambda: client.create_topic(Name="t"),
            "ssm": lambda: client.put_parameter(Name="p", Value="x", Type="SecureString"),
        }
        assert make[service]()


@pytest.mark.parametrize("extra", ["us-nowhere-1", ["nowhere"], [7], 7])
def test_extra_regions_are_a_list_of_names_that_look_like_regions(extra):
    with pytest.raises((TypeError, ValueError), match="extra_regions"):
        kmsmock.World(extra_regions=extra)


def test_the_marker_takes_extra_regions(pytester):
    pytester.makepyfile(
        """
        import boto3, pytest

        @pytest.mark.kmsmock(extra_regions=["eu-north-7"])
        def test_region(aws_world):
            boto3.client("kms", "eu-north-7").create_key()
        """
    )
    pytester.runpytest_subprocess("--strict-markers").assert_outcomes(passed=1)


def test_global_and_fips_endpoints_have_no_region_of_their_own(aws_world):
    assert boto3.client("iam", "aws-global").list_users()["Users"] == []
    assert boto3.client("sts", "aws-global").get_caller_identity()
    fips = boto3.client("kms", "us-east-1", config=botocore.config.Config(use_fips_endpoint=True))
    assert fips.create_key()["KeyMetadata"]["Arn"].split(":")[3] == "us-east-1"


def test_replicas_are_not_made_in_regions_that_do_not_exist(owner):
    key = owner.client("kms").create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    with refused("ValidationException"):
        owner.client("kms").replicate_key(KeyId=key, ReplicaRegion="us-nowhere-1")
