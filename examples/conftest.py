"""What the lessons share. ``pytest examples --kmsmock-narrate`` tells what each of them did."""

from contextlib import contextmanager

import pytest
from botocore.exceptions import ClientError

collect_ignore = ["from_moto"]
"""A suite of its own, as it was before kmsmock: pytest examples/from_moto."""


@pytest.fixture
def account(aws_world):
    return aws_world.account("111111111111")


@pytest.fixture
def kms(account):
    return account.client("kms")


@pytest.fixture
def refused():
    """The block must be refused with this error code."""

    @contextmanager
    def block(code):
        with pytest.raises(ClientError) as caught:
            yield
        assert caught.value.response["Error"]["Code"] == code

    return block
