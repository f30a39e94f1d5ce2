"""moto's EC2 makes its public images when somebody asks for them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from typing import Any

from kmsmock.active import Patches
from kmsmock.records import images
from kmsmock.records.public_images import Catalogue, definitions, owners_in


def install(patches: Patches) -> None:
    """From now on EC2's backends have catalogues."""
    from moto import settings
    from moto.ec2.models.amis import Ami, AmiBackend

    def make(backend: Any, definition: Mapping[str, Any]) -> Any:
        made = Ami(backend, **definition)
        made.ebs_snapshot.owner_alias = made.owner_alias
        images.complete(made, {"hypervisor": made.hypervisor})
        return made

    def load(backend: Any) -> None:
        if "MOTO_AMIS_PATH" in os.environ or not settings.ec2_load_default_amis():
            original_load(backend)
            return
        backend.amis = Catalogue(partial(make, backend), definitions(backend.region_name))

    def describe(
        backend: Any, ami_ids: Any = None, filters: Any = None, exec_users: Any = None, owners: Any = None
    ) -> Any:
        found = backend.amis
        if not isinstance(found, Catalogue):
            return original_describe(backend, ami_ids, filters, exec_users, owners)
        named = ami_ids or (filters or {}).get("image-id") or ()
        named = [named] if isinstance(named, str) else named
        for image_id in named:
            found.get(image_id)
        found.narrow = bool(named) or (bool(owners) and not owners_in(backend.region_name) & set(owners))
        try:
            return original_describe(backend, ami_ids, filters, exec_users, owners)
        finally:
            found.narrow = False

    original_load = patches.replace(AmiBackend, "_load_amis", load)
    original_describe = patches.replace(AmiBackend, "describe_images", describe)
