"""moto's databases and clusters, named by ids of their own."""

from __future__ import annotations

from typing import Any, Literal

from kmsmock.records import backends


def amend(kind: Literal["databases", "clusters"], arn: str, **attributes: Any) -> None:
    """Set attributes of a database that moto made; it gives all instances the same resource id."""
    _, _, _, region, account, _, name = arn.split(":", 6)
    database = getattr(backends.made("rds", account, region), kind)[name]
    for attribute, value in attributes.items():
        setattr(database, attribute, value)
