"""How Secrets Manager uses keys: what seals and opens its versions, and how it passes on what KMS refuses."""

from __future__ import annotations

from functools import partial

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.model.envelope import Envelope
from kmsmock.services.kms import outages
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.kms.translation import Translation, sdk_text, translating
from kmsmock.services.secretsmanager.replicas import MANAGED_KEY, SecretVersion, context_of

_PROBE = "RequestToValidateKeyAccess"
"""What stands in the encryption context while only access to the key is tried."""


def not_from_outside(call: Call, kms: ServiceKms, owner: str, key_id: str) -> None:
    """The key of AWS is for its own account."""
    key = kms.store.keys.get(key_id)
    managed = key_id.endswith(MANAGED_KEY) or (key is not None and key.manager == "AWS")
    if managed and owner != call.account:
        raise AwsError(
            "InvalidRequestException",
            "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS "
            "service key.",
        )


def probe(kms: ServiceKms, key_id: str) -> None:
    """Try the key without any secret: both directions."""
    created = seal(kms, key_id, (_PROBE, _PROBE))
    unseal(kms, created, "EncryptionFailure")


def seal(kms: ServiceKms, key_id: str, place: SecretVersion) -> Envelope:
    """The envelope of a version under a key. Raises EncryptionFailure, and what Secrets Manager passes on."""
    with translating(_passing_on("EncryptionFailure")):
        return kms.seal(key_id, context_of(place))[1]


def unseal(kms: ServiceKms, envelope: Envelope, failure: str = "DecryptionFailure") -> None:
    """Open the envelope of a version. Raises DecryptionFailure, and what Secrets Manager passes on."""
    with translating(_passing_on(failure)):
        kms.unseal(envelope)


def _passing_on(failure: str) -> Translation:
    """How Secrets Manager passes on a refusal of KMS."""
    return outages.first("secretsmanager")(partial(_translate, failure))


def _translate(failure: str, error: AwsError) -> AwsError:
    if error.code == "AccessDeniedException":
        return AwsError("AccessDeniedException", "Access to KMS is not allowed")
    verb = failure.removesuffix("ionFailure").lower()
    return AwsError(failure, f"Secrets Manager can't {verb} the secret value: {sdk_text(error)}")
