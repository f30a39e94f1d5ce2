"""The replication status of an object, as S3 shows it."""

from __future__ import annotations

from typing import Any, Literal

from kmsmock.foreign.notes import Note

Status = Literal["PENDING", "COMPLETED", "FAILED", "REPLICA"]
_STATUS = Note[Status]("replication_status")
"""On an object."""


def status_of(key: Any) -> dict[str, str]:
    """The header with an object's replication status, if it has one."""
    status = _STATUS.get(key)
    return {} if status is None else {"x-amz-replication-status": status}


def mark(key: Any, status: Status) -> None:
    """Let an object have this status."""
    _STATUS.set(key, status)
