"""Regions that a world has and botocore does not know: moto makes backends for them too."""

from __future__ import annotations

from kmsmock.active import Patches, active


def install(patches: Patches) -> None:
    """The door lets requests only to Regions that there are, so moto need not look again."""
    from moto.core import base_backend

    def allow_unknown_region() -> bool:
        store = active()
        return (store is not None and bool(store.extra_regions)) or bool(original())

    original = patches.replace(base_backend, "allow_unknown_region", allow_unknown_region)
