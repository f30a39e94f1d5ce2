"""moto's organizations: the nodes above an account."""

from __future__ import annotations

from typing import Any

from kmsmock.records import backends
from kmsmock.records.iam import PARTITION


def are_there() -> bool:
    """False while nobody has used Organizations."""
    return backends.table("organizations") is not None


def chain(account: str) -> tuple[Any, list[Any]] | None:
    """moto's organization of an account, and the nodes from the root down to the account."""
    known = backends.table("organizations")
    if known is None:
        return None
    management, partition = known.master_accounts.get(account, (account, PARTITION))
    backend = backends.existing("organizations", management, partition)
    if backend is None or backend.org is None:
        return None
    nodes = {node.id: node for node in backend.ou}
    found = [each for each in backend.accounts if each.id == account]
    while found and getattr(found[-1], "parent_id", None) in nodes:  # a root has none
        found.append(nodes[found[-1].parent_id])
    return (backend.org, found[::-1]) if found else None
