"""The parts that an object was uploaded in, by their numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kmsmock.foreign.notes import Note

_SIZES = Note[tuple[int, ...]]("part_sizes")
"""On an object."""


def keep(key: Any, sizes: Sequence[int]) -> None:
    """Remember the sizes of the parts that an object was completed from."""
    _SIZES.set(key, tuple(sizes))


def of(key: Any) -> tuple[int, ...]:
    """The sizes of the parts of an object; empty for one that was not uploaded in parts."""
    return _SIZES.get(key) or ()


def as_range(sizes: Sequence[int], number: int) -> Mapping[str, str]:
    """The header that asks for a part of an object by its bytes."""
    start = sum(sizes[: number - 1])
    return {"Range": f"bytes={start}-{start + sizes[number - 1] - 1}"}


def told(sizes: Sequence[int]) -> Mapping[str, str]:
    """The header that tells how many parts there are."""
    return {"x-amz-mp-parts-count": str(len(sizes))}
