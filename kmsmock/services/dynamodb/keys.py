"""How DynamoDB takes keys for tables, and how it words what KMS refuses, as recorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kmsmock import errors
from kmsmock.errors import AwsError
from kmsmock.services.dynamodb.records import Table
from kmsmock.services.kms import outages, resource_keys
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.kms.resource_keys import ResourceKey
from kmsmock.services.kms.translation import sdk_text, translating

MANAGED_KEY = "alias/aws/dynamodb"
_OPERATIONS = (
    "Encrypt",
    "Decrypt",
    "ReEncryptFrom",
    "ReEncryptTo",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "DescribeKey",
    "RetireGrant",
)
_MODEL = "com.amazonaws.services.kms.model."
_KINDS: Mapping[str, tuple[str, str, str]] = {
    "AccessDeniedException": ("AccessDeniedException", "KMS key access denied error", "AWSKMSException"),
    "DisabledException": ("ValidationException", "KMS key disabled error", "DisabledException"),
    "InvalidArnException": ("ValidationException", "KMS validation error", "InvalidArnException"),
    "KMSInvalidStateException": ("ValidationException", "KMS validation error", "KMSInvalidStateException"),
    "NotFoundException": ("ValidationException", "KMS validation error", "NotFoundException"),
}
"""KMS's code -> DynamoDB's, the kind of error, and the name of KMS's exception in Java."""


@outages.first("dynamodb")
def _translate(error: AwsError) -> AwsError:
    if error.code in _KINDS:
        code, kind, exception = _KINDS[error.code]
        return AwsError(code, f"{kind}: {_MODEL}{exception}: {sdk_text(error)}")
    return AwsError("InternalServerError", f"KMS internal error: {_MODEL}AWSKMSException: {sdk_text(error)}", 500)


def asked_for(specification: Mapping[str, Any] | None) -> str | None:
    """The key that an SSESpecification asks for; None for DynamoDB's own."""
    given = specification or {}
    if "KMSMasterKeyId" in given and given.get("SSEType") != "KMS":
        raise errors.validation(
            "One or more parameter values were invalid: SSEType KMS is required if KMSMasterKeyId is specified"
        )
    if given.get("SSEType", "KMS") != "KMS":
        # Unverified text; that only KMS is supported is documented.
        raise errors.validation(f"One or more parameter values were invalid: Unsupported SSEType {given['SSEType']}")
    return str(given.get("KMSMasterKeyId", MANAGED_KEY)) if given.get("Enabled") else None


def acquire(kms: ServiceKms, table: Table, key_id: str | None, region: str | None = None) -> ResourceKey | None:
    """What DynamoDB needs of a key for a table in a Region: nothing for a key of its own."""
    if key_id is None:
        return None
    with translating(_translate):
        return resource_keys.acquire(kms, key_id, table.context(), "dynamodb", _OPERATIONS, region)


def open_(kms: ServiceKms, held: ResourceKey) -> None:
    """Decrypt the key of a table as the caller, then know whether DynamoDB itself may go on using it."""
    with translating(_translate):
        kms.unseal(held.envelope, region=held.region)
        if not resource_keys.usable(kms.store, held):
            kms.unseal(held.envelope, region=held.region, caller=held.caller)


def read(kms: ServiceKms, held: ResourceKey) -> None:
    """Decrypt the key of a backup as the caller; its table, and the grant with it, may be gone."""
    with translating(_translate):
        kms.unseal(held.envelope, region=held.region)
