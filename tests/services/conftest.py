"""Worlds without what the tests of this folder do not need: containers for functions."""

import pytest


@pytest.fixture(autouse=True)
def without_containers(no_containers):
    """For every test of this folder."""
