"""Faults on demand: the next calls of an operation fail as a test says, before anything else is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kmsmock.errors import AwsError, throttled

TEXTS: Mapping[str, AwsError] = {
    "ThrottlingException": throttled(),
    "KMSInternalException": AwsError(
        "KMSInternalException",
        "The request was rejected because an internal exception occurred. The request can be retried.",
        500,
    ),
    "DependencyTimeoutException": AwsError(
        "DependencyTimeoutException",
        "The system timed out while trying to fulfill the request. You can retry the request.",
        500,
    ),
    "KeyUnavailableException": AwsError(
        "KeyUnavailableException",
        "The request was rejected because the specified KMS key was not available. You can retry the request.",
        500,
    ),
}
"""What AWS says when it fails itself; any other code has an empty text unless the test gives one."""

STATUS: Mapping[str, int] = {
    "InternalError": 500,
    "InternalFailure": 500,
    "InternalServerError": 500,
    "ServiceUnavailable": 503,
    "SlowDown": 503,
}
"""Statuses of other services' own failures, which botocore retries by them; 400 for everything else."""


@dataclass(slots=True)
class Fault:
    """``times`` calls of ``service`` and ``operation`` (``*`` for every one) fail; None for as long as it is there."""

    service: str
    operation: str
    error: AwsError
    times: int | None = None

    def strikes(self, service: str, operation: str) -> bool:
        """True if it hits this call; then it has one hit less."""
        if self.service != service or self.operation not in ("*", operation) or self.times == 0:
            return False
        if self.times is not None:
            self.times -= 1
        return True


def error_of(code: str, message: str | None) -> AwsError:
    """The error of a fault. 5xx for AWS's own failures, 400 for all others."""
    known = TEXTS.get(code) or AwsError(code, status=STATUS.get(code, 400))
    return known if message is None else AwsError(code, message, known.status)


def check(faults: list[Fault], service: str, operation: str) -> None:
    """Raise the error of the first fault that hits a call."""
    for fault in faults:
        if fault.strikes(service, operation):
            raise AwsError(fault.error.code, fault.error.message, fault.error.status)
