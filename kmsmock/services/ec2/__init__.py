"""EC2: volumes, snapshots and images that are encrypted through KMS and shared between accounts.

moto keeps the resources; the records here say who owns them, under which key they are, and who may use them.
"""

from __future__ import annotations

from kmsmock.services import Advice
from kmsmock.services.ec2 import (
    attachments,
    defaults,
    deprecation,
    image_sharing,
    images,
    instances,
    root_volumes,
    snapshot_sharing,
    snapshots,
    spot,
    volumes,
)

OPERATIONS: dict[str, Advice] = {
    **attachments.OPERATIONS,
    **defaults.OPERATIONS,
    **deprecation.OPERATIONS,
    **volumes.OPERATIONS,
    **snapshots.OPERATIONS,
    **snapshot_sharing.OPERATIONS,
    **images.OPERATIONS,
    **image_sharing.OPERATIONS,
    **instances.OPERATIONS,
    **root_volumes.OPERATIONS,
    **spot.OPERATIONS,
}
