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
        named = Arn.find(identifier)
        if identifier.startswith("arn") and (named is None or not named.kind):
            raise about["not_found_exception"](identifier)
        owner = backend if named is None else backends.made("rds", named.account, backend.region_name)
        return original(owner, identifier, **about)

    original = patches.replace(RDSBackend, "get_snapshot", get_snapshot)
