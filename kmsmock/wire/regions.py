"""Which Regions there are, by botocore's endpoint data."""

from __future__ import annotations

from functools import cache


@cache
def _partitions() -> dict[str, str]:
    import botocore.session

    session = botocore.session.get_session()
    return {
        region: partition
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("kms", partition)
    }


def partition_of(region: str) -> str | None:
    """The partition of a Region that has KMS, or None."""
    return _partitions().get(region)


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


def partition_by_name(region: str) -> str:
    """The partition that a Region's name tells, without botocore's endpoint data."""
    return next((partition for prefix, partition in _PREFIXES if region.startswith(prefix)), "aws")
