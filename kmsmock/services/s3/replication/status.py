"""The replication status of an object, as S3 shows it."""

from __future__ import annotations

from typing import Any, Literal

Status = Literal["PENDING", "COMPLETED", "FAILED", "REPLICA"]
_STATUS = "_kmsmock_replication_status"


def status_of(key: Any) -> dict[str, str]:
    """The header with an object's replication status, if it has one."""
    status = vars(key).get(_STATUS)
    return {} if status is None else {"x-amz-replication-status": status}


def mark(key: Any, status: Status) -> None:
    """Let an object have this status."""
    vars(key)[_STATUS] = status
