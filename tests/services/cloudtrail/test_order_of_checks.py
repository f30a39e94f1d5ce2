"""CloudTrail looks at its own parameters before it asks S3 and KMS.

"CreateTrail" in the CloudTrail API reference; the texts are those of moto's recorded answers.
"""

import pytest

from tests.support.claims import refused

pytestmark = pytest.mark.evidence("documented", "CreateTrail (CloudTrail API reference); the texts are those of moto")

A = "111111111111"


@pytest.fixture
def trail(aws_world):
    return aws_world.account(A).client("cloudtrail")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a", "Trail name too short. Minimum allowed length: 3 characters. Specified name length: 1 characters."),
        (
            "a" * 129,
            "Trail name too long. Maximum allowed length: 128 characters. Specified name length: 129 characters.",
        ),
        ("-abc", "Trail name must starts with a letter or number."),
        ("abc-", "Trail name must ends with a letter or number."),
        (
            "a b c",
            "Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), "
            "hyphens (-), and underscores (_).",
        ),
    ],
)
def test_the_name_of_a_trail_is_looked_at_before_its_bucket(trail, name, message):
    with refused("InvalidTrailNameException", message):
        trail.create_trail(Name=name, S3BucketName="nowhere")


def test_and_before_its_key(aws_world, trail):
    with refused("InvalidTrailNameException"):
        trail.create_trail(Name="-abc", S3BucketName="nowhere", KmsKeyId="alias/nowhere")


def test_parameters_that_exclude_each_other_are_refused_before_the_bucket(trail):
    with refused("InvalidParameterCombinationException", "Multi-Region trail must include global service events."):
        trail.create_trail(
            Name="trail", S3BucketName="nowhere", IsMultiRegionTrail=True, IncludeGlobalServiceEvents=False
        )


def test_the_bucket_comes_then(trail):
    with refused("S3BucketDoesNotExistException"):
        trail.create_trail(Name="trail", S3BucketName="nowhere", KmsKeyId="alias/nowhere")


def test_nothing_is_made_of_what_is_refused(trail):
    with refused("S3BucketDoesNotExistException"):
        trail.create_trail(Name="trail", S3BucketName="nowhere")
    assert trail.describe_trails()["trailList"] == []
