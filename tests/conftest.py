"""Accounts and assertions that read as claims."""

import gc

import pytest

import kmsmock
from tests.support.claims import OTHER, OWNER, allow
from tests.support.sockets import watched

pytest_plugins = ["pytester"]


def pytest_collection_finish(session):
    """In a long run, look for garbage less often, and not in the models of botocore and moto, which stay to its end."""
    if len(session.items) < 1000:
        return
    with kmsmock.World() as world:
        account = world.account(OWNER)
        account.user("somebody", [allow("s3:*")])
        account.client("s3").list_buckets()
        account.client("ec2").describe_volumes()
        account.client("kms").list_keys()
    gc.collect()
    gc.freeze()
    gc.set_threshold(5000, 10, 10)


@pytest.fixture(autouse=True, scope="session")
def nothing_but_loopback():
    """The whole suite opens no connection but to loopback."""
    with watched() as reached:
        yield
    assert reached == []


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
def key(kms):
    """The ARN of a key with the default key policy."""
    return kms.create_key()["KeyMetadata"]["Arn"]
