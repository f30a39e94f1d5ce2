"""Worlds without the thousand images that moto makes for each account and Region: a test has those that it makes."""

import pytest


@pytest.fixture(autouse=True)
def no_images_of_amazon(monkeypatch):
    """moto's own switch; it has to be set before a world starts."""
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
