"""The accounts of the reports, and worlds without the images of Amazon, which no report needs."""

import pytest

from tests.support.reports import OTHER, OWNER, make_key


@pytest.fixture(autouse=True)
def no_images_of_amazon(monkeypatch):
    """moto's own switch; it has to be set before a world starts."""
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")


@pytest.fixture
def owner(aws_world):
    return aws_world.account(OWNER)


@pytest.fixture
def other(aws_world):
    return aws_world.account(OTHER)


@pytest.fixture
def kms(owner):
    """A KMS client of the root user of the owner's account."""
    return owner.client("kms")


@pytest.fixture
def key(owner):
    """The ARN of a key whose policy delegates to its account."""
    return make_key(owner)
