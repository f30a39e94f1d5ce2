"""moto's log groups, for the operations that moto does not have."""

from __future__ import annotations

from typing import Any


def find(account: str, region: str, name: str) -> Any:
    """A log group by name or ARN; None for none."""
    from moto.logs.models import logs_backends

    if name.startswith("arn:"):
        name = name.split(":log-group:", 1)[-1].removesuffix(":*")
    return logs_backends[account][region].groups.get(name)
