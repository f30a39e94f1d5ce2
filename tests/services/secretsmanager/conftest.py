"""A client of Secrets Manager."""

import pytest


@pytest.fixture
def secrets(owner):
    return owner.client("secretsmanager")
