"""Worlds without what the tests of this folder do not need: Amazon's images, and containers for functions."""

import pytest
from moto.core.config import default_user_config


@pytest.fixture(autouse=True)
def no_images_and_no_containers(monkeypatch):
    """moto's own switches; the first has to be set before a world starts."""
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    monkeypatch.setitem(default_user_config, "lambda", {"use_docker": False})
