"""Recipient: answers that only a Nitro enclave can read ("How AWS Nitro Enclaves uses AWS KMS", developer guide)."""

from __future__ import annotations

from kmsmock.authorization.condition_keys.attestation import attested
from kmsmock.call import Call
from kmsmock.crypto import enclave


def deliver(call: Call, name: str, secret: bytes) -> dict[str, bytes]:
    """A secret under its name; or, for an enclave, sealed for the public key in its attestation document."""
    attestation = attested(call)
    if attestation is None:
        return {name: secret}
    return {"CiphertextForRecipient": enclave.seal(attestation, secret)}
