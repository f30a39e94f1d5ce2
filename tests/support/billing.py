"""What the tests of bills share."""

import re
from decimal import Decimal

import pytest

AWAY = "eu-west-1"
ALL_PAID = {"free requests": 0}
REQUEST = Decimal("0.000003")
"""0.03 USD for 10,000 requests."""


def cents(amount):
    return round(amount, 2)


def many(world, ask, times):
    """A request as though it had been made so often: the trail has it as many times."""
    ask()
    world.store.events += world.store.events[-1:] * (times - 1)


def no_such(text):
    """The block is refused with a ValueError that begins with this."""
    return pytest.raises(ValueError, match=f"^{re.escape(text)}")
