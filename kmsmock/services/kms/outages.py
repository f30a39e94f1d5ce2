"""What services say when KMS throttles them or fails itself, by the errors that they declare: never that a key is bad.

The codes are in botocore's models, or in "Common Errors" of a service's API reference; which of them it is, and every
text, is unverified but for the EBS direct APIs, Kinesis, SNS and SQS, whose models name throttling by KMS, and for S3,
which has words of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from kmsmock.errors import AwsError
from kmsmock.services.kms.translation import Translation, sdk_text


class Outage(NamedTuple):
    """Code and status for throttling by KMS, and for its own failures; None where the service's other words do."""

    throttled: tuple[str, int] | None
    failed: tuple[str, int] | None


_COMMON = ("ThrottlingException", 400)
_UNAVAILABLE = ("ServiceUnavailableException", 500)
_BY_SERVICE: Mapping[str, Outage] = {
    "backup": Outage(_UNAVAILABLE, _UNAVAILABLE),
    "dynamodb": Outage(_COMMON, None),
    "ec2": Outage(("RequestLimitExceeded", 503), ("InternalError", 500)),
    "efs": Outage(("ThrottlingException", 429), ("InternalServerError", 500)),
    "eks": Outage(_COMMON, ("ServerException", 500)),
    "firehose": Outage(_UNAVAILABLE, _UNAVAILABLE),
    "kinesis": Outage(None, ("InternalFailureException", 500)),
    "lambda": Outage(("ServiceException", 500), ("ServiceException", 500)),
    "logs": Outage(_COMMON, _UNAVAILABLE),
    "rds": Outage(("Throttling", 400), ("InternalFailure", 500)),
    "secretsmanager": Outage(_COMMON, ("InternalServiceError", 500)),
    "sns": Outage(None, ("InternalError", 500)),
    "sqs": Outage(None, ("InternalFailure", 500)),
    "states": Outage(None, ("InternalFailure", 500)),
    "ssm": Outage(_COMMON, ("InternalServerError", 500)),
}


def is_throttling(error: AwsError) -> bool:
    """True if KMS had too many requests."""
    return error.code == "ThrottlingException"


def is_failure(error: AwsError) -> bool:
    """True for what is KMS's own fault, and passes."""
    return error.status >= 500


def first(service: str) -> Callable[[Translation], Translation]:
    """Words of a service, before which it says that KMS is out of order if it is."""

    def before(translate: Translation) -> Translation:
        return lambda error: of(service, error) or translate(error)

    return before


def of(service: str, error: AwsError) -> AwsError | None:
    """What a service says if KMS is out of order; None for any other refusal."""
    outage = _BY_SERVICE[service]
    told = outage.throttled if is_throttling(error) else outage.failed if is_failure(error) else None
    return None if told is None else AwsError(told[0], sdk_text(error), told[1])
