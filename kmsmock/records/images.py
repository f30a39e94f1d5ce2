"""What moto's images are like: told by whoever registers them, and kept by whatever is made of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kmsmock.records.ec2 import AccountRegion, backend_of

_KEPT = (
    "architecture",
    "boot_mode",
    "ena_support",
    "hypervisor",
    "imds_support",
    "kernel_id",
    "platform",
    "platform_details",
    "ramdisk_id",
    "sriov_net_support",
    "tpm_support",
    "usage_operation",
    "virtualization_type",
)
"""What an image has in common with the one that it was copied or launched from."""
_WINDOWS = {"platform_details": "Windows", "usage_operation": "RunInstances:0002"}
_LINUX = {"platform_details": "Linux/UNIX", "usage_operation": "RunInstances"}


def tell(place: AccountRegion, image_id: str, traits: Mapping[str, Any]) -> None:
    """Let moto tell what an image is like, and find it by that."""
    complete(backend_of(place).amis[image_id], traits)


def complete(record: Any, traits: Mapping[str, Any]) -> None:
    """The same for moto's record of an image: with its billing, and where it is."""
    for name, value in {"hypervisor": "xen", "root_device_type": "ebs", **traits}.items():
        setattr(record, name, value)
    for name, value in (_WINDOWS if record.platform == "windows" else _LINUX).items():
        if getattr(record, name, None) is None:
            setattr(record, name, value)
    record.image_location = record.image_location or f"{record.owner_alias or record.owner_id}/{record.name}"


def like(place: AccountRegion, image_id: str) -> dict[str, Any]:
    """What is kept of an image; nothing of one that moto does not know."""
    found = backend_of(place).amis.get(image_id)
    kept = {name: getattr(found, name, None) for name in _KEPT}
    return {name: value for name, value in kept.items() if value is not None}
