"""Recipient: answers that only a Nitro enclave can read ("How AWS Nitro Enclaves uses AWS KMS", developer guide)."""

from __future__ import annotations

from kmsmock.call import Call
from kmsmock.crypto import enclave
from kmsmock.kms.errors import keys as key_errors


def attested(call: Call) -> enclave.Attestation | None:
    """The attestation document of a call, or None. Raises ValidationException for one that does not verify."""
    params = call.params.get("Recipient")
    if params is None:
        return None
    missing = {"KeyEncryptionAlgorithm", "AttestationDocument"} - params.keys()
    if missing:
        raise key_errors.recipient_document(f"there is no {min(missing)}")
    try:
        return enclave.parse(params["AttestationDocument"])
    except enclave.BadDocument as problem:
        raise key_errors.recipient_document(str(problem)) from None


def deliver(call: Call, name: str, secret: bytes) -> dict[str, bytes]:
    """A secret under its name; or, for an enclave, sealed for the public key in its attestation document."""
    attestation = attested(call)
    if attestation is None:
        return {name: secret}
    return {"CiphertextForRecipient": enclave.seal(attestation, secret)}
