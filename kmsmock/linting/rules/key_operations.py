"""Which condition keys are there in which requests ("AWS KMS condition keys", and the Service Authorization Reference).

Only keys are here that some requests lack; of another one nothing is said.
"""

from __future__ import annotations

from collections.abc import Mapping

_PAIRS = ("GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext")
_DATA_KEYS = ("GenerateDataKey", "GenerateDataKeyWithoutPlaintext", *_PAIRS)
_RE_ENCRYPT = ("ReEncryptFrom", "ReEncryptTo")
_ENCRYPTION = ("Encrypt", "Decrypt", *_RE_ENCRYPT, *_DATA_KEYS)
_IN_CONTEXT = frozenset({*_ENCRYPTION, "CreateGrant", "RetireGrant"})
_CREATE_GRANT = frozenset({"CreateGrant"})
_IMPORT = frozenset({"ImportKeyMaterial"})
_SIGNING = frozenset({"Sign", "Verify"})
_PARAMETERS = frozenset({"GetParametersForImport"})
_UNUSED = frozenset({"DisableKey", "ScheduleKeyDeletion"})

_OPERATIONS: Mapping[str, frozenset[str]] = {
    "aws:requesttag/": frozenset({"CreateKey", "ReplicateKey", "TagResource"}),
    "aws:tagkeys": frozenset({"CreateKey", "ReplicateKey", "TagResource", "UntagResource"}),
    "kms:bypasspolicylockoutsafetycheck": frozenset({"CreateKey", "PutKeyPolicy", "ReplicateKey"}),
    "kms:datakeypairspec": frozenset(_PAIRS),
    "kms:encapsulationalgorithm": frozenset({"Encapsulate", "Decapsulate"}),
    "kms:encryptionalgorithm": frozenset(_ENCRYPTION),
    "kms:encryptioncontext:": _IN_CONTEXT,
    "kms:encryptioncontextkeys": _IN_CONTEXT,
    "kms:expirationmodel": _IMPORT,
    "kms:grantconstraintsourcearn": _CREATE_GRANT,
    "kms:grantconstrainttype": frozenset({"CreateGrant", "RetireGrant"}),
    "kms:granteeprincipal": _CREATE_GRANT,
    "kms:granteeserviceprincipal": _CREATE_GRANT,
    "kms:grantisforawsresource": frozenset({"CreateGrant", "ListGrants", "RevokeGrant"}),
    "kms:grantoperations": _CREATE_GRANT,
    "kms:keyagreementalgorithm": frozenset({"DeriveSharedSecret"}),
    "kms:macalgorithm": frozenset({"GenerateMac", "VerifyMac"}),
    "kms:messagetype": _SIGNING,
    "kms:primaryregion": frozenset({"UpdatePrimaryRegion"}),
    "kms:recipientattestation:": frozenset(
        {"Decrypt", "DeriveSharedSecret", "GenerateDataKey", "GenerateDataKeyPair", "GenerateRandom"}
    ),
    "kms:reencryptonsamekey": frozenset(_RE_ENCRYPT),
    "kms:replicaregion": frozenset({"ReplicateKey"}),
    "kms:retiringprincipal": _CREATE_GRANT,
    "kms:retiringserviceprincipal": _CREATE_GRANT,
    "kms:rotationperiodindays": frozenset({"EnableKeyRotation"}),
    "kms:schedulekeydeletionpendingwindowindays": frozenset({"ScheduleKeyDeletion"}),
    "kms:signingalgorithm": _SIGNING,
    "kms:trailingdayswithoutkeyusage": _UNUSED,
    "kms:validto": _IMPORT,
    "kms:wrappingalgorithm": _PARAMETERS,
    "kms:wrappingkeyspec": _PARAMETERS,
}
"""Keys in lower case, without the name that a user chooses -> the actions of KMS that have them."""


def operations_of(key: str) -> frozenset[str] | None:
    """The actions of KMS whose requests can have a condition key; None for a key of which that is not said."""
    found = _OPERATIONS.get(key)
    if found is not None:
        return found
    return next((actions for name, actions in _OPERATIONS.items() if name[-1] in ":/" and key.startswith(name)), None)


NOT_OF_SERVICES = ("aws:principalorgid", "aws:principalorgpaths", "aws:principaltag/", "aws:username")
"""What is never there where a service asks for itself."""
NOT_OF_PEOPLE = ("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths")
"""What is there nowhere else."""

ALWAYS_THERE: Mapping[str, frozenset[str] | None] = {
    **dict.fromkeys(
        (
            *("aws:currenttime", "aws:epochtime", "aws:principalaccount", "aws:principalarn", "aws:principaltype"),
            *("aws:requestedregion", "aws:securetransport", "aws:userid", "kms:calleraccount", "kms:keyorigin"),
            *("kms:keyspec", "kms:keyusage", "kms:multiregion"),
        )
    ),
    "aws:tagkeys": frozenset({"TagResource", "UntagResource"}),
    "kms:grantoperations": _CREATE_GRANT,
}
"""Keys that no request lacks: of any action (None), or of these."""
