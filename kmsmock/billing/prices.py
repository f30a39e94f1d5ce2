"""THE TABLE of prices ("AWS Key Management Service Pricing"), and what a test puts in their place."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from kmsmock.errors import did_you_mean

Price = Decimal | int | str
Prices = Mapping[str, Decimal]
OwnPrices = Mapping[str, Price] | None

FREE_REQUESTS, BILLED_ROTATIONS = "free requests", "billed rotations"
KEY, ROTATION, MANAGED = "key", "rotation", "managed key"
SYMMETRIC, RSA_2048, ASYMMETRIC = "symmetric", "RSA_2048", "asymmetric"
RSA_PAIR, ECC_PAIR = "RSA data key pair", "ECC data key pair"
OF_KEYS = (KEY, ROTATION, MANAGED)
OF_REQUESTS = (SYMMETRIC, RSA_2048, ASYMMETRIC, RSA_PAIR, ECC_PAIR)

PRICES: Prices = {
    KEY: Decimal(1),
    ROTATION: Decimal(1),
    MANAGED: Decimal(0),
    SYMMETRIC: Decimal("0.03"),
    RSA_2048: Decimal("0.03"),
    ASYMMETRIC: Decimal("0.15"),
    RSA_PAIR: Decimal(12),
    ECC_PAIR: Decimal("0.10"),
    FREE_REQUESTS: Decimal(20000),
    BILLED_ROTATIONS: Decimal(2),
}
"""US dollars, those of us-east-1: a month of a key and of each billed rotation, and 10,000 requests of each kind.

Keys, rotations, the free tier: AWS's page and its announcement of flexible rotation (April 2024). The kinds of requests
are the usage types of AWS's price list (``KMS-Requests``, ``-Asymmetric``, ``-Asymmetric-RSA_2048``,
``-GenerateDatakeyPair-RSA`` and ``-ECC``), as public repositories quote them. GovCloud and China differ: replace rows.
"""


def with_own(prices: OwnPrices) -> Prices:
    """The table with rows of a test's own. Raises ValueError for a row that there is not, or what is no price."""
    if prices is None:
        return PRICES
    for name in prices:
        if name not in PRICES:
            meant = did_you_mean(str(name), PRICES, "").replace("?", "? ")
            raise ValueError(f"there is no price of {name!r}; {meant}there are: {', '.join(PRICES)}")
    return {**PRICES, **{name: _checked(name, price) for name, price in prices.items()}}


def _checked(name: str, price: object) -> Decimal:
    try:
        made = Decimal(price) if isinstance(price, Decimal | int | str) and not isinstance(price, bool) else None
    except InvalidOperation:
        made = None
    if made is None or not made.is_finite() or made < 0:
        raise ValueError(
            f"the price {name!r} is a Decimal, a whole number or a text such as '0.03', not negative; not {price!r}"
        )
    if name in (FREE_REQUESTS, BILLED_ROTATIONS) and made % 1:
        raise ValueError(f"{name!r} is a whole number, not {price!r}")
    return made
