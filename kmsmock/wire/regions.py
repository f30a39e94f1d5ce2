"""Which Regions there are, by botocore's endpoint data."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from typing import Any

from kmsmock.errors import nearest


@cache
def _partitions() -> dict[str, str]:
    import botocore.session

    session = botocore.session.get_session()
    return {
        region: partition
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("kms", partition)
    }


def partition_of(region: str, extra: Collection[str] = ()) -> str | None:
    """The partition of a Region that has KMS, or None. Each of the ``extra`` Regions has it too."""
    return partition_by_name(region) if region in extra else _partitions().get(region)


@cache
def _names() -> frozenset[str]:
    """Every Region of every partition, opt-in ones included."""
    import botocore.session

    loader: Any = botocore.session.get_session().get_component("data_loader")
    files = (loader.load_data("endpoints"), loader.load_data("partitions"))
    return frozenset(name for file in files for partition in file["partitions"] for name in partition["regions"])


def exists(region: str, extra: Collection[str] = ()) -> bool:
    """True for a Region that botocore knows or that is among the ``extra`` ones, and for global and FIPS endpoints."""
    plain = region.removeprefix("fips-").removesuffix("-fips")
    return plain in _names() or plain in extra or plain.endswith("-global")


def nearest_to(region: str) -> str:
    """The Region whose name is spelled most nearly as this one."""
    places = [name for name in _names() if not name.endswith("-global")]
    return nearest(region, places, 0.0) or "us-east-1"


def all_regions() -> tuple[str, ...]:
    """The Regions of all partitions."""
    return tuple(_partitions())


_PREFIXES = (
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("eu-isoe-", "aws-iso-e"),
    ("us-isof-", "aws-iso-f"),
    ("eusc-", "aws-eusc"),
)
"""What the names of Regions begin with outside of the partition ``aws``; a test holds it against botocore's data."""


@cache
def partition_by_name(region: str) -> str:
    """The partition that a Region's name tells, without botocore's endpoint data."""
    return next((partition for prefix, partition in _PREFIXES if region.startswith(prefix)), "aws")


def check(option: str, region: object, extra: Collection[str] = ()) -> None:
    """Raise ValueError for a Region that a test names and that does not exist."""
    if not isinstance(region, str):
        raise ValueError(f"{option}={region!r}: give the name of an AWS Region, such as 'us-east-1'")
    if not exists(region, extra):
        raise ValueError(
            f"{option}={region!r}: there is no such AWS Region; did you mean {nearest_to(region)!r}? "
            "Regions that botocore does not know yet are given as World(extra_regions=[...])"
        )


def check_extra(regions: object) -> None:
    """Raise TypeError or ValueError for what is no list of names that Regions could have."""
    if isinstance(regions, str) or not isinstance(regions, (list, tuple, set, frozenset)):
        raise TypeError(f"extra_regions={regions!r}: give a list of names, such as ['eu-north-7']")
    for each in regions:
        if not isinstance(each, str) or not re.fullmatch(r"[a-z]{2,}(-[a-z]+)+-[0-9]+", each):
            raise ValueError(f"extra_regions: {each!r} does not look like a Region, such as 'eu-north-7'")
