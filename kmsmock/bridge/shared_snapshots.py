"""Databases of moto are copied from the snapshots of other accounts."""

from __future__ import annotations

from typing import Any

from kmsmock.active import Patches
from kmsmock.iam.arn import Arn
from kmsmock.records import backends


def install(patches: Patches) -> None:
    """An ARN finds the snapshot of another account; whether that is shared was looked at before."""
    from moto.rds.models import RDSBackend

    def get_snapshot(backend: Any, identifier: str, **about: Any) -> Any:
        account = Arn.of(identifier).account if identifier.startswith("arn:") else backend.account_id
        return original(backends.made("rds", account, backend.region_name), identifier, **about)

    original = patches.replace(RDSBackend, "get_snapshot", get_snapshot)
