"""Who is shown the variables of a function: whoever may decrypt them with its key, through Lambda.

"Securing Lambda environment variables" (developer guide). Others are told what KMS said, in place of the variables; the
words for a denial were recorded, those for keys that cannot be used follow what an invocation says of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kmsmock.errors import AwsError
from kmsmock.model.envelope import Envelope
from kmsmock.services.kms.client import ServiceKms

Place = tuple[str, str]
"""The ARN of a function without a version, and the version."""
Places = Mapping[Place, Envelope]
"""The encrypted variables of each version."""

_REASONS = {
    "AccessDeniedException": "KMS access was denied",
    "DisabledException": "KMS key used is disabled",
    "KMSInvalidStateException": "state of the KMS key used is not valid for Decrypt",
    "NotFoundException": "KMS key was not found",
}
"""KMS's code -> why variables cannot be decrypted; only the words for a denial were recorded."""


def place_of(about: Mapping[str, Any]) -> Place:
    """What a configuration is about."""
    return ":".join(about["FunctionArn"].split(":")[:7]), about["Version"]


def shown(kms: ServiceKms, known: Places, answer: dict[str, Any]) -> dict[str, Any] | None:
    """An answer of Lambda's as its caller may see it: kms:Decrypt for the variables of each function in it.

    None for one in which nothing is withheld.
    """
    if "Configuration" in answer:
        about = _one(kms, known, answer["Configuration"])
        return None if about is None else {**answer, "Configuration": about}
    for listed in ("Functions", "Versions"):
        if listed in answer:
            seen = [_one(kms, known, each) for each in answer[listed]]
            if not any(seen):
                return None
            told = [after or before for before, after in zip(answer[listed], seen, strict=True)]
            return {**answer, listed: told}
    return _one(kms, known, answer)


def _one(kms: ServiceKms, known: Places, about: dict[str, Any]) -> dict[str, Any] | None:
    """The configuration of one version with an error for its variables; None where the caller may see them."""
    if not (about.get("Environment") or {}).get("Variables"):
        return None
    envelope = known.get(place_of(about))
    if envelope is None:
        return None
    try:
        kms.unseal(envelope)
    except AwsError as error:
        return {**about, "Environment": {"Error": {"ErrorCode": error.code, "Message": _told(error)}}}
    return None


def _told(error: AwsError) -> str:
    reason = _REASONS.get(error.code, _REASONS["KMSInvalidStateException"])
    return (
        f"Lambda was unable to decrypt your environment variables because the {reason}. Please check your KMS "
        f"permissions. KMS Exception: {error.code} KMS Message: {error.message}"
    )
