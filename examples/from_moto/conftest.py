"""What such suites have: credentials that nobody issued, and mocks of moto in fixtures of every scope."""

import os
import uuid

import boto3
import pytest
from moto import mock_aws


@pytest.fixture(scope="session", autouse=True)
def aws_credentials():
    with pytest.MonkeyPatch.context() as patch:
        for name in [each for each in os.environ if each.startswith("AWS_")]:
            patch.delenv(name)
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        yield


@pytest.fixture
def aws():
    with mock_aws():
        yield


@pytest.fixture
def some_name():
    """Another one in every run."""
    return f"shop-{uuid.uuid4()}"


@pytest.fixture(scope="module")
def archive():
    """A bucket that all tests of a module share."""
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="archive")
        yield "archive"


@pytest.fixture(scope="class")
def vault():
    """A key that all tests of a class share."""
    with mock_aws():
        yield boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
