"""A client of RDS, and a second key."""

import pytest


@pytest.fixture
def rds(owner):
    return owner.client("rds")


@pytest.fixture
def second(kms):
    """The ARN of a second key."""
    return kms.create_key()["KeyMetadata"]["Arn"]
