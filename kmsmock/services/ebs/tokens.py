"""Tokens for blocks and pages: opaque, of one snapshot, and good for a week."""

from __future__ import annotations

import base64
import binascii
import hashlib
from datetime import datetime, timedelta

from kmsmock import clock, entropy
from kmsmock.store import Store

LIFE = timedelta(days=7)
"""How long a block token is good ("ListSnapshotBlocks" in the EBS direct APIs reference)."""
_SEAL = 12


def expiry() -> datetime:
    """When what is listed now will be of no use any more."""
    return (clock.now() + LIFE).replace(microsecond=0)


def make(store: Store, snapshot_id: str, what: str, index: int, until: datetime | None = None) -> str:
    """A token for block ``index``, or for the page that begins there; ``what`` tells which."""
    end = "" if until is None else str(int(until.timestamp()))
    record = f"{what}:{snapshot_id}:{index}:{end}".encode()
    return base64.b64encode(_seal(store, record) + record).decode()


def read(store: Store, token: str, snapshot_id: str, what: str) -> int | None:
    """The index of a token; None for a token of something else, one that has expired, and any other text."""
    try:
        raw = base64.b64decode(token, validate=True)
    except (binascii.Error, ValueError):
        return None
    seal, record = raw[:_SEAL], raw[_SEAL:]
    if seal != _seal(store, record):
        return None
    kind, snapshot, index, end = record.decode().split(":")
    if (kind, snapshot) != (what, snapshot_id) or (end and clock.timestamp() > int(end)):
        return None
    return int(index)


class _Secret:
    """What the tokens of a world are sealed with."""

    def __init__(self) -> None:
        self.value = entropy.random_bytes(16)


def _seal(store: Store, told: bytes) -> bytes:
    """Nobody but this world makes its tokens."""
    return hashlib.sha256(store.records(_Secret).value + told).digest()[:_SEAL]
