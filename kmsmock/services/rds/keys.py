"""How RDS takes keys, and its one answer to everything that KMS refuses."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kmsmock.errors import AwsError
from kmsmock.iam.arn import Arn
from kmsmock.model.envelope import Envelope
from kmsmock.services.kms import resource_keys
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.kms.resource_keys import ResourceKey
from kmsmock.services.kms.translation import Translation, translating

MANAGED_KEY = "alias/aws/rds"
_OPERATIONS = (
    "Decrypt",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
    "CreateGrant",
    "RetireGrant",
    "DescribeKey",
)


def _inaccessible(what: str) -> Callable[[str], Translation]:
    def of_key(key: str) -> Translation:
        text = f"{what} KMS key [{key}] does not exist, is not enabled or you do not have permissions to access it."
        return lambda error: AwsError("KMSKeyNotAccessibleFault", text)

    return of_key


inaccessible = _inaccessible("Specified")
source_inaccessible = _inaccessible("The source snapshot")


def acquire(kms: ServiceKms, key_id: str, context: Mapping[str, str]) -> ResourceKey:
    """What RDS needs of the key of a new instance or cluster."""
    with translating(inaccessible(key_id)):
        return resource_keys.acquire(kms, key_id, context, "rds", _OPERATIONS)


def take_again(kms: ServiceKms, held: ResourceKey) -> ResourceKey:
    """The key of a database that had lost it."""
    if resource_keys.usable(kms.store, held):
        return held
    return acquire(kms, held.key_arn, held.envelope.context)


def seal(kms: ServiceKms, key_id: str, context: Mapping[str, str]) -> Envelope:
    """A data key for the copy of a snapshot; RDS holds nothing afterwards."""
    held = acquire(kms, key_id, context)
    resource_keys.release(kms, held)
    return held.envelope


def read(kms: ServiceKms, source: Envelope) -> None:
    """RDS reads a snapshot where its key is, by a grant that the caller makes and that ends with the copy."""
    region = Arn.of(source.key_arn).region
    with translating(source_inaccessible(source.key_arn)):
        held = resource_keys.acquire(kms, source.key_arn, source.context, "rds", _OPERATIONS, region)
        try:
            kms.unseal(source, region=region, caller=held.caller)
        finally:
            resource_keys.release(kms, held)
