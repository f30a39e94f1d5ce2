"""A clock that stands still, and a second Region."""

import pytest

from tests.support.rotation import AWAY, START


@pytest.fixture
def clock(aws_clock):
    """The clock of the world, frozen."""
    aws_clock.freeze(START)
    return aws_clock


@pytest.fixture
def away(owner):
    return owner.client("kms", region_name=AWAY)


@pytest.fixture
def empty(kms):
    """A key that waits for its material."""
    return kms.create_key(Origin="EXTERNAL")["KeyMetadata"]["Arn"]
