"""EC2: volumes, snapshots and images that are encrypted through KMS and shared between accounts.

moto keeps the resources; the records here say who owns them, under which key they are, and who may use them.
"""

from __future__ import annotations

from kmsmock.services import Advice
from kmsmock.services.ec2 import (
    attachments,
    defaults,
    deprecation,
    endpoints,
    fast_restores,
    image_copies,
    image_listing,
    image_sharing,
    image_storage,
    images,
    instances,
    launch_templates,
    recycle_bin,
    refusals,
    root_volumes,
    snapshot_listing,
    snapshot_locks,
    snapshot_sharing,
    snapshots,
    spot,
    usage_reports,
    volumes,
)

guard = refusals.guard

OPERATIONS: dict[str, Advice] = {
    **attachments.OPERATIONS,
    **defaults.OPERATIONS,
    **deprecation.OPERATIONS,
    **endpoints.OPERATIONS,
    **volumes.OPERATIONS,
    **snapshots.OPERATIONS,
    **snapshot_listing.OPERATIONS,
    **snapshot_sharing.OPERATIONS,
    **images.OPERATIONS,
    **image_copies.OPERATIONS,
    **image_listing.OPERATIONS,
    **image_sharing.OPERATIONS,
    **instances.OPERATIONS,
    **launch_templates.OPERATIONS,
    **root_volumes.OPERATIONS,
    **image_storage.OPERATIONS,
    **usage_reports.OPERATIONS,
    **fast_restores.OPERATIONS,
    **recycle_bin.OPERATIONS,
    **snapshot_locks.OPERATIONS,
    **spot.OPERATIONS,
}
