"""Clients of EC2, a key, and what is made under it."""

import pytest

from tests.support.ec2 import WEST, cmk, make_image, make_snapshot, running


@pytest.fixture
def ec2(owner):
    return owner.client("ec2")


@pytest.fixture
def west(owner):
    return owner.client("ec2", WEST)


@pytest.fixture
def mine(owner):
    return owner.client("ec2")


@pytest.fixture
def theirs(other):
    return other.client("ec2")


@pytest.fixture
def kms_key(owner):
    """The ARN of a key of the owner's account."""
    return cmk(owner)


@pytest.fixture
def encrypted(ec2, kms_key):
    """The id of an own image under the key."""
    return make_image(ec2, make_snapshot(ec2, kms_key), name="encrypted")


@pytest.fixture
def host(ec2):
    """The id of a running instance without anything encrypted."""
    return running(ec2, make_image(ec2, make_snapshot(ec2)))
