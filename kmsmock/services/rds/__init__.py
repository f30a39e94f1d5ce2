"""RDS, Aurora and Neptune: storage under a key ("Encrypting Amazon RDS resources").

moto keeps databases and snapshots; the records here say what RDS holds of their keys, and who sees which snapshot.
The secrets of master users, Performance Insights, exports to S3, and what CloudFormation makes ask for no key. There is
no DocumentDB in moto.
"""

from __future__ import annotations

from kmsmock.services import Advice
from kmsmock.services.rds import databases, restoring, sharing, snapshot_listing, snapshots, starting

PRINCIPAL = "rds.amazonaws.com"

OPERATIONS: dict[str, Advice] = {
    **databases.OPERATIONS,
    **restoring.OPERATIONS,
    **sharing.OPERATIONS,
    **snapshot_listing.OPERATIONS,
    **snapshots.OPERATIONS,
    **starting.OPERATIONS,
}
