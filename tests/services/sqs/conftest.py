"""A client of SQS."""

import pytest


@pytest.fixture
def queues(owner):
    return owner.client("sqs")
