"""CloudTrail: events are looked up, and trails write them into buckets.

moto keeps the trails; here it is decided what they log, and whether CloudTrail may write it.
"""

from __future__ import annotations

from kmsmock.services import Advice
from kmsmock.services.cloudtrail import lookup, trails

OPERATIONS: dict[str, Advice] = {"LookupEvents": lookup.lookup_events, **trails.OPERATIONS}
