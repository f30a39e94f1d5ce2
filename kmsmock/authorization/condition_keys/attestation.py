"""The attestation document of a call, whose measurements are condition keys ("AWS Nitro Enclaves")."""

from __future__ import annotations

from kmsmock import errors
from kmsmock.call import Call
from kmsmock.crypto import enclave


def attested(call: Call) -> enclave.Attestation | None:
    """The attestation document of a call, or None. Raises ValidationException for one that does not verify."""
    params = call.params.get("Recipient")
    if params is None:
        return None
    missing = {"KeyEncryptionAlgorithm", "AttestationDocument"} - params.keys()
    if missing:
        raise errors.recipient_document(f"there is no {min(missing)}")
    try:
        return enclave.parse(params["AttestationDocument"])
    except enclave.BadDocument as problem:
        raise errors.recipient_document(str(problem)) from None
