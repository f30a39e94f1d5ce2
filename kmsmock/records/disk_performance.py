"""What volumes of each type can do, where nobody said it ("Amazon EBS volume types")."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple


class Performance(NamedTuple):
    """IOPS, and throughput in MiB/s; None for what a volume of the type does not tell."""

    iops: int | None
    throughput: int | None


Rule = Callable[[int, "int | None", "int | None"], Performance]
"""Of a volume's size in GiB, and the IOPS and throughput that were asked for."""

_RULES: Mapping[str, Rule] = {
    "gp2": lambda size, iops, throughput: Performance(max(100, min(16000, 3 * size)), None),
    "gp3": lambda size, iops, throughput: Performance(iops or 3000, throughput or 125),
    "io1": lambda size, iops, throughput: Performance(iops, None),
    "io2": lambda size, iops, throughput: Performance(iops, None),
}


def of(volume_type: str, size: int, iops: int | None = None, throughput: int | None = None) -> Performance:
    """What a volume shows; magnetic and throughput-optimized disks show nothing."""
    rule = _RULES.get(volume_type)
    return Performance(None, None) if rule is None else rule(size, iops, throughput)
