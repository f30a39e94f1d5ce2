"""Nothing goes out."""

import pytest

from tests.support.sockets import watched


@pytest.fixture
def sockets():
    """What the sockets of the test reached, which is nothing but loopback."""
    with watched() as reached:
        yield reached
    assert reached == []
