"""moto's databases: named by ids of their own, and copied from the snapshots of other accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from kmsmock.records.patches import Patches


def install(patches: Patches) -> None:
    """An ARN finds the snapshot of another account; whether that is shared was looked at before."""
    from moto.rds.models import RDSBackend, rds_backends
    from moto.rds.utils import split_arn

    def get_snapshot(backend: Any, identifier: str, **about: Any) -> Any:
        account = split_arn(identifier)[1] if identifier.startswith("arn:") else backend.account_id
        return original(rds_backends[account][backend.region_name], identifier, **about)

    original = patches.replace(RDSBackend, "get_snapshot", get_snapshot)


def amend(kind: Literal["databases", "clusters"], arn: str, **attributes: Any) -> None:
    """Set attributes of a database that moto made; it gives all instances the same resource id."""
    from moto.rds.models import rds_backends

    _, _, _, region, account, _, name = arn.split(":", 6)
    database = getattr(rds_backends[account][region], kind)[name]
    for attribute, value in attributes.items():
        setattr(database, attribute, value)
