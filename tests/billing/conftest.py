"""A clock that stands still at the beginning of 2026, a year of which February has 28 days."""

from datetime import datetime, timezone

import pytest


@pytest.fixture
def clock(aws_clock):
    aws_clock.freeze(datetime(2026, 1, 1, tzinfo=timezone.utc))
    return aws_clock
