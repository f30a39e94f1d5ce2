"""The EBS direct APIs: snapshots written and read block by block ("Use EBS direct APIs to access EBS snapshots").

The snapshots are EC2's, and so are the records and the way to KMS: policies see EC2 in ``kms:ViaService``.
"""

from __future__ import annotations

from kmsmock.services import Advice
from kmsmock.services.ebs import reading, writing

PRINCIPAL = "ec2.amazonaws.com"

OPERATIONS: dict[str, Advice] = {**reading.OPERATIONS, **writing.OPERATIONS}
