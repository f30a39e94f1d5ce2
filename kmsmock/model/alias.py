"""An alias: a friendly name of a key in one account and Region."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

AWS_PREFIX = "alias/aws/"
"""What the aliases of AWS managed keys begin with."""


@dataclass(frozen=True, slots=True)
class Alias:
    """``target`` is the ARN of the key that it names."""

    arn: str
    name: str
    account: str
    region: str
    target: str
    created: datetime
    updated: datetime
