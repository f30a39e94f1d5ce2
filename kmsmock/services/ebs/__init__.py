"""The EBS direct APIs: snapshots written and read block by block ("Use EBS direct APIs to access EBS snapshots").

The snapshots are EC2's, and so are the records and the way to KMS: policies see EC2 in ``kms:ViaService``.
"""

from __future__ import annotations

from kmsmock.services import Advice
from kmsmock.services.ebs import reading, writing
from kmsmock.services.ec2 import background

PRINCIPAL = "ec2.amazonaws.com"
guard = background.guard

OPERATIONS: dict[str, Advice] = {**reading.OPERATIONS, **writing.OPERATIONS}
