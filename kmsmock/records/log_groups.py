"""moto's log groups, for the operations that moto does not have."""

from __future__ import annotations

from typing import Any

from kmsmock.records import backends


def find(account: str, region: str, name: str) -> Any:
    """A log group by name or ARN; None for none."""
    if name.startswith("arn:"):
        name = name.split(":log-group:", 1)[-1].removesuffix(":*")
    return backends.made("logs", account, region).groups.get(name)
