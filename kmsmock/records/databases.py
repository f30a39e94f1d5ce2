"""moto's databases and clusters, named by ids of their own."""

from __future__ import annotations

from typing import Any, Literal

from kmsmock.iam.arn import Arn
from kmsmock.records import backends


def amend(kind: Literal["databases", "clusters"], arn: str, **attributes: Any) -> None:
    """Set attributes of a database that moto made; it gives all instances the same resource id."""
    found = Arn.of(arn)
    database = getattr(backends.made("rds", found.account, found.region), kind)[found.name]
    for attribute, value in attributes.items():
        setattr(database, attribute, value)
