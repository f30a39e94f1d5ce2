"""Worlds without the images of Amazon, which no report needs."""

import pytest


@pytest.fixture(autouse=True)
def without_images(no_images_of_amazon):
    """For every test of this folder."""
