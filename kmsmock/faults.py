"""Faults on demand: the next calls of an operation fail as a test says, before anything else is looked at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from kmsmock.errors import AwsError, a_text, did_you_mean, nearest, throttled
from kmsmock.model.turns import turn
from kmsmock.model.with_blocks import block

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
    "EC2ThrottledException": 503,
    "RequestLimitExceeded": 503,
    "ServiceUnavailable": 503,
    "SlowDown": 503,
    "Unavailable": 503,
}
"""Statuses of what is common to all operations, by which botocore tries again; what a service's model declares has
that of the model, what is internal 500, and everything else 400 ("Common errors" of the API references, and botocore's
own rules for retries)."""
_INTERNAL = ("InternalError", "InternalFailure", "InternalServerError")


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


def error_of(code: str, message: str | None, declared: int | None = None) -> AwsError:
    """The error of a fault, with the status that the service's model has ``declared`` for it."""
    known = TEXTS.get(code) or AwsError(code, status=declared or _status(code))
    return known if message is None else AwsError(code, message, known.status)


def _status(code: str) -> int:
    return STATUS.get(
        code, 500 if code.startswith("Internal") else 400
    )  # InternalServiceError, InternalFailureException


@block("world.fault(…)")
def lasting(faults: list[Fault], make: Callable[[], Fault]) -> Iterator[Fault]:
    """A fault strikes in the block."""
    fault = make()
    with turn:
        faults.append(fault)
    try:
        yield fault
    finally:
        with turn:
            faults[:] = [each for each in faults if each is not fault]  # the world may have been put back meanwhile


def check(faults: list[Fault], service: str, operation: str) -> None:
    """Raise the error of the first fault that hits a call."""
    for fault in faults:
        if fault.strikes(service, operation):
            raise AwsError(fault.error.code, fault.error.message, fault.error.status).because(fault)


def asked_for(service: str, operation: str, error: str, message: str | None, times: int | None) -> Fault:
    """A fault as a test writes it; ``service`` is its name in boto3 or the id by which the world knows it.

    Raises ValueError for a service, an operation, a code or a number that does not exist.
    """
    from kmsmock.wire import models

    a_text("service", service, "kms")
    a_text("operation", operation, "Decrypt")
    if message is not None:
        a_text("message", message, "Rate exceeded")
    if not re.fullmatch(r"[A-Za-z0-9_.:-]+", a_text("error", error, "ThrottlingException")):
        raise ValueError(f"error={error!r}: give the code of an error, such as 'ThrottlingException'")
    model = models.asked_for("service", service)
    if operation != "*" and operation not in model.operation_names:
        meant = did_you_mean(operation, model.operation_names, "")
        names = f"names are as in {model.operation_names[0]!r}"
        raise ValueError(f"operation={operation!r}: {service} has no such operation; {names}; {meant}".rstrip("; "))
    if times is not None and (type(times) is not int or times < 1):
        raise ValueError(f"times={times!r}: give a number of calls from 1, or None for all")
    declared = models.error_statuses(model.service_name)
    _check_code(service, error, {*TEXTS, *STATUS, *_INTERNAL, *declared})
    return Fault(model.service_id.hyphenize(), operation, error_of(error, message, declared.get(error)), times)


def _check_code(service: str, code: str, known: set[str]) -> None:
    """Raise ValueError for a code that is spelled nearly as one that the service has; others may be anybody's."""
    meant = None if code in known else nearest(code, known, 0.9)
    if meant is not None:
        raise ValueError(f"error={code!r}: {service} has no such code; did you mean {meant!r}?")
