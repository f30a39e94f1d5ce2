"""Functions that are not run in containers."""

import pytest
from moto.core.config import default_user_config


@pytest.fixture(autouse=True)
def no_containers(monkeypatch):
    """moto's own switch."""
    monkeypatch.setitem(default_user_config, "lambda", {"use_docker": False})
