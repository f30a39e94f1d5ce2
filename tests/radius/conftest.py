"""Worlds without containers for functions."""

import pytest


@pytest.fixture(autouse=True)
def without_containers(no_containers):
    """For every test of this folder."""
