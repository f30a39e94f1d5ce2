"""The words of the EBS direct APIs for what they refuse, each with its reason, and theirs for what KMS refuses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kmsmock import entropy
from kmsmock.errors import AwsError
from kmsmock.services.kms import outages

_HIDDEN = frozenset({"AccessDeniedException", "NotFoundException"})


def invalid(reason: str, text: str) -> AwsError:
    return AwsError("ValidationException", text, 400, Reason=reason)


def bad_parameter(text: str) -> AwsError:
    return invalid("INVALID_PARAMETER_VALUE", text)


def snapshot_not_found(snapshot_id: str) -> AwsError:
    text = f"The snapshot '{snapshot_id}' does not exist."
    return AwsError("ResourceNotFoundException", text, 404, Reason="SNAPSHOT_NOT_FOUND")


def other_request() -> AwsError:
    return AwsError("ConflictException", "Current request does not match request stored with this token.", 409)


def wrong_checksum(computed: str, expected: str) -> AwsError:
    text = (
        "The value passed in as x-amz-Checksum does not match the computed checksum. "
        f"Computed checksum: {computed} expected checksum: {expected}"
    )
    return AwsError("InvalidSignatureException", text, 403)


@contextmanager
def of_kms(*, hides: bool = False) -> Iterator[None]:
    """What KMS refuses, as recorded: its own words in a wrapping; ``hides`` keeps denials and lost keys apart."""
    try:
        yield
    except AwsError as refusal:
        if hides and refusal.code in _HIDDEN:
            reason = "DEPENDENCY_RESOURCE_NOT_FOUND"
            raise AwsError("ResourceNotFoundException", "KMS key not found.", 404, Reason=reason) from None
        if outages.is_throttling(refusal):
            reason = "DEPENDENCY_REQUEST_THROTTLED"
            raise AwsError("RequestThrottledException", refusal.message, 400, Reason=reason) from None
        if outages.is_failure(refusal):
            raise AwsError("InternalServerException", refusal.message, 500) from None
        raise invalid("INVALID_DEPENDENCY_REQUEST", _wrapped(refusal)) from None


def _wrapped(refusal: AwsError) -> str:
    name = "AWSKMSException" if refusal.code == "AccessDeniedException" else refusal.code
    return (
        f"Invalid parameters for a dependent service: com.amazonaws.services.kms.model.{name}: {refusal.message} "
        f"(Service: AWSKMS; Status Code: {refusal.status}; Error Code: {refusal.code}; "
        f"Request ID: {entropy.uuid()}; Proxy: null)"
    )
