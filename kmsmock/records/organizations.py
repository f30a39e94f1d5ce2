"""moto's organizations: the nodes above an account."""

from __future__ import annotations

from typing import Any

from kmsmock.records import backends


def are_there() -> bool:
    """False while nobody has used Organizations."""
    return backends.table("organizations") is not None


def chain(account: str) -> tuple[Any, list[Any]] | None:
    """moto's organization of an account, and the nodes from the root down to the account."""
    known = backends.table("organizations")
    if known is None:
        return None
    management, _ = known.master_accounts.get(account, (account, ""))
    of_management = known[management].values() if management in known else ()
    backend = next((each for each in of_management if each.org is not None), None)
    if backend is None:
        return None
    nodes = {node.id: node for node in backend.ou}
    found = [each for each in backend.accounts if each.id == account]
    while found and getattr(found[-1], "parent_id", None) in nodes:  # a root has none
        found.append(nodes[found[-1].parent_id])
    return (backend.org, found[::-1]) if found else None
