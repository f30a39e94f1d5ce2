"""Which condition keys a call can bring: for which actions, and which it always has.

Follows "AWS KMS condition keys" in the developer guide and "AWS global condition context keys" in the IAM user guide.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from kmsmock.iam.conditions import NETWORK
from kmsmock.iam.principals import Principal


class _Has(NamedTuple):
    """The actions that have a key (those that begin so), and whether every one of their calls has it."""

    actions: tuple[str, ...]
    always: bool = False


_CONTEXT = ("Encrypt", "Decrypt", "ReEncrypt", "GenerateDataKey", "CreateGrant")
_GRANTS = ("CreateGrant", "ListGrants", "RevokeGrant")
_SIGNING = ("Sign", "Verify")
_MAC = ("GenerateMac", "VerifyMac")
_IMPORTING = ("GetParametersForImport",)

_KEYS: Mapping[str, _Has] = {
    "aws:requesttag/": _Has(("CreateKey", "TagResource", "ReplicateKey")),
    "aws:tagkeys": _Has(("CreateKey", "TagResource", "UntagResource", "ReplicateKey")),
    "kms:bypasspolicylockoutsafetycheck": _Has(("CreateKey", "PutKeyPolicy", "ReplicateKey")),
    "kms:datakeypairspec": _Has(("GenerateDataKeyPair",), always=True),
    "kms:encapsulationalgorithm": _Has(("Encapsulate", "Decapsulate")),
    "kms:encryptionalgorithm": _Has(("Encrypt", "Decrypt", "ReEncrypt", "GenerateDataKey"), always=True),
    "kms:encryptioncontext:": _Has(_CONTEXT),
    "kms:encryptioncontextkeys": _Has(_CONTEXT),
    "kms:expirationmodel": _Has(("ImportKeyMaterial",)),
    "kms:grantconstraintsourcearn": _Has(("CreateGrant",)),
    "kms:grantconstrainttype": _Has(("CreateGrant",)),
    "kms:granteeprincipal": _Has(("CreateGrant",)),
    "kms:granteeserviceprincipal": _Has(("CreateGrant",)),
    "kms:grantisforawsresource": _Has(_GRANTS, always=True),
    "kms:grantoperations": _Has(("CreateGrant",), always=True),
    "kms:keyagreementalgorithm": _Has(("DeriveSharedSecret",), always=True),
    "kms:macalgorithm": _Has(_MAC, always=True),
    "kms:messagetype": _Has(_SIGNING, always=True),
    "kms:policyname": _Has(("GetKeyPolicy", "PutKeyPolicy"), always=True),
    "kms:primaryregion": _Has(("UpdatePrimaryRegion",), always=True),
    "kms:recipientattestation:": _Has(("Decrypt", "DeriveSharedSecret", "GenerateDataKey")),
    "kms:reencryptonsamekey": _Has(("ReEncrypt",), always=True),
    "kms:replicaregion": _Has(("ReplicateKey",), always=True),
    "kms:retiringprincipal": _Has(("CreateGrant",)),
    "kms:retiringserviceprincipal": _Has(("CreateGrant",)),
    "kms:rotationperiodindays": _Has(("EnableKeyRotation",), always=True),
    "kms:schedulekeydeletionpendingwindowindays": _Has(("ScheduleKeyDeletion",), always=True),
    "kms:signingalgorithm": _Has(_SIGNING, always=True),
    "kms:trailingdayswithoutkeyusage": _Has(("DisableKey", "ScheduleKeyDeletion"), always=True),
    "kms:validto": _Has(("ImportKeyMaterial",)),
    "kms:wrappingalgorithm": _Has(_IMPORTING, always=True),
    "kms:wrappingkeyspec": _Has(_IMPORTING, always=True),
}
_ALWAYS = frozenset({"aws:currenttime", "aws:epochtime", "aws:securetransport", "aws:sourceip", "aws:viaawsservice"})
BOOLEAN = frozenset(
    {
        "aws:assumedroot",
        "aws:multifactorauthpresent",
        "aws:securetransport",
        "kms:bypasspolicylockoutsafetycheck",
        "kms:reencryptonsamekey",
    }
)
"""Keys that are true or false, whatever a policy compares them with."""
VIA = frozenset(
    {
        "aws:calledvia",
        "aws:calledviafirst",
        "aws:calledvialast",
        "aws:viaawsservice",
        "kms:grantisforawsresource",
        "kms:viaservice",
    }
)
"""Keys that all tell which services a call came through."""
PAIR = "kms:encryptioncontext:"
PAIR_NAMES = "kms:encryptioncontextkeys"

_OF_PRINCIPAL = ("aws:principal", "aws:userid", "aws:username", "kms:calleraccount")
_OF_KEY = (
    *("aws:resource", "aws:requestedregion", "kms:customermasterkey", "kms:keyorigin", "kms:keyspec", "kms:keyusage"),
    *("kms:multiregion", "kms:resourcealiases"),
)


def is_of_principal(key: str) -> bool:
    """Whether the principal is what a key is about."""
    return key.startswith(_OF_PRINCIPAL)


def is_given(key: str) -> bool:
    """Whether the principal or the KMS key is what a condition key is about, so that no call can choose it."""
    return not key or key.startswith((*_OF_PRINCIPAL, *_OF_KEY))


UNKNOWN_ORGANIZATION = ("aws:principalorg", "aws:resourceorg", "aws:sourceorg")
"""Keys that may be anything where nobody told of an organization."""
_OF_WHOMEVER = ("aws:principalarn", "aws:principaltag/", "aws:principaltype", "aws:userid", "aws:username")
"""Keys that may be anything for who stands for many: an account, everybody."""


def may_be_anything(key: str, *, many: bool, named_only: bool) -> bool:
    """Whether a key of the principal or KMS key that has no value here may have one all the same.

    ``many``: the principal stands for many; ``named_only``: no more than his name is known.
    """
    if key.startswith(UNKNOWN_ORGANIZATION):
        return True
    return (many and key.startswith(_OF_WHOMEVER)) or (named_only and key.startswith("aws:principaltag/"))


def can_have(key: str, action: str, principal: Principal) -> bool:
    """Whether calls of an action (without ``kms:``) by such a principal ever have a key."""
    if principal.kind == "service" and (key in NETWORK or key == "aws:sourceip" or key in VIA):
        return False
    has = _found(key)
    return has is None or action.startswith(has.actions)


def always_has(key: str) -> bool:
    """Whether every call that can have a key has it."""
    has = _found(key)
    return key in _ALWAYS or (has is not None and has.always)


def _found(key: str) -> _Has | None:
    found = _KEYS.get(key)
    return found or next(
        (has for name, has in _KEYS.items() if name.endswith((":", "/")) and key.startswith(name)), None
    )
