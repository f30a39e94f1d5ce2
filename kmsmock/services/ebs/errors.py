"""The words of the EBS direct APIs for what they refuse, each with its reason, and theirs for what KMS refuses."""

from __future__ import annotations

from contextlib import AbstractContextManager

from kmsmock.errors import AwsError
from kmsmock.services.kms import outages
from kmsmock.services.kms.translation import sdk_text, translating

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


def of_kms(*, hides: bool = False) -> AbstractContextManager[None]:
    """What KMS refuses, as recorded: its own words in a wrapping; ``hides`` keeps denials and lost keys apart."""
    return translating(_hidden if hides else _wrapped)


def _hidden(refusal: AwsError) -> AwsError:
    if refusal.code not in _HIDDEN:
        return _wrapped(refusal)
    return AwsError("ResourceNotFoundException", "KMS key not found.", 404, Reason="DEPENDENCY_RESOURCE_NOT_FOUND")


def _wrapped(refusal: AwsError) -> AwsError:
    if outages.is_throttling(refusal):
        reason = "DEPENDENCY_REQUEST_THROTTLED"
        return AwsError("RequestThrottledException", refusal.message, 400, Reason=reason)
    if outages.is_failure(refusal):
        return AwsError("InternalServerException", refusal.message, 500)
    name = "AWSKMSException" if refusal.code == "AccessDeniedException" else refusal.code
    text = f"Invalid parameters for a dependent service: com.amazonaws.services.kms.model.{name}: {sdk_text(refusal)}"
    return invalid("INVALID_DEPENDENCY_REQUEST", text)
