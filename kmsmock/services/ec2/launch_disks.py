"""The block devices of a launch template, while moto launches from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_disks: ContextVar[Sequence[Mapping[str, Any]]] = ContextVar("kmsmock_disks", default=())


def current() -> Sequence[Mapping[str, Any]]:
    """The BlockDeviceMappings of a launch that is told of no disks."""
    return _disks.get()


@contextmanager
def with_disks(mappings: Sequence[Mapping[str, Any]]) -> Iterator[None]:
    """What is launched meanwhile and is told of no disks has these BlockDeviceMappings."""
    token = _disks.set(mappings)
    try:
        yield
    finally:
        _disks.reset(token)
