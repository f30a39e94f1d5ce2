"""Worlds without what the tests of this folder do not need: Amazon's images, and containers for functions."""

import pytest


@pytest.fixture(autouse=True)
def without_images_and_containers(no_images_of_amazon, no_containers):
    """For every test of this folder."""
