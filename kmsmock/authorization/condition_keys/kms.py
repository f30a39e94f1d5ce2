"""The condition keys of KMS, as one table ("AWS KMS condition keys" in the developer guide)."""

from __future__ import annotations

from collections.abc import Callable

from kmsmock import clock
from kmsmock.authorization.condition_keys.attestation import attested
from kmsmock.authorization.request import AuthorizationRequest, Rule, text
from kmsmock.iam.arn import Arn
from kmsmock.iam.matching import Value
from kmsmock.model.spreading import Spreading


def _param(name: str, default: str | None = None) -> Rule:
    def value(ask: AuthorizationRequest) -> Value | None:
        given = ask.param(name)
        return default if given is None else text(given)

    return value


def _only(operations: tuple[str, ...], value: Rule) -> Rule:
    return lambda ask: value(ask) if ask.call.operation in operations else None


def _of_key(attribute: str, created_by: str, default: str) -> Rule:
    """A property of the key; for CreateKey, of the key that is about to be made."""

    def value(ask: AuthorizationRequest) -> Value | None:
        if ask.key is not None:
            return text(getattr(ask.key, attribute))
        return _param(created_by, default)(ask) if ask.call.operation == "CreateKey" else None

    return value


def _request_alias(ask: AuthorizationRequest) -> Value | None:
    return ask.target.alias


def _resource_aliases(ask: AuthorizationRequest) -> Value | None:
    if ask.key is None:
        return None
    aliases = ask.store.records(Spreading).seen("aliases", ask.key.arn, ask.key.aliases)
    return tuple(sorted(Arn.of(arn).resource for arn in aliases)) or None


def _encryption_context_keys(ask: AuthorizationRequest) -> Value | None:
    return tuple(ask.encryption_context) if ask.encryption_context else None


def _encryption_algorithm(ask: AuthorizationRequest) -> Value | None:
    side = {"kms:ReEncryptFrom": "SourceEncryptionAlgorithm", "kms:ReEncryptTo": "DestinationEncryptionAlgorithm"}
    return text(ask.param(side.get(ask.target.action, "EncryptionAlgorithm")) or "SYMMETRIC_DEFAULT")


def _constraint_type(ask: AuthorizationRequest) -> Value | None:
    """Which kind of constraint a grant is to get, or has."""
    retired = ask.retired
    if retired is not None:
        kinds = {"EncryptionContextEquals": retired.context_equals, "EncryptionContextSubset": retired.context_subset}
        return next((name for name, pairs in kinds.items() if pairs is not None), None)
    return next((name for name in (ask.param("Constraints") or {}) if name.startswith("EncryptionContext")), None)


def _re_encrypt_on_same_key(ask: AuthorizationRequest) -> Value | None:
    return text(bool(ask.target.same_key))


_NO_VIA_SERVICE = frozenset({"cloudformation"})
"""What forwards calls and is no service that is integrated with KMS."""


_NO_CALLER_ACCOUNT = frozenset({"ListKeys", "ListAliases", "ListRetirableGrants", "GenerateRandom"})


def _caller_account(ask: AuthorizationRequest) -> Value | None:
    return None if ask.call.operation in _NO_CALLER_ACCOUNT else ask.call.account


def _multi_region_type(ask: AuthorizationRequest) -> Value | None:
    if ask.key is not None:
        return ask.key.multi_region_type
    return "PRIMARY" if ask.call.operation == "CreateKey" and ask.param("MultiRegion") else None


def _key_spec(ask: AuthorizationRequest) -> Value | None:
    deprecated = ask.param("CustomerMasterKeySpec") if ask.call.operation == "CreateKey" else None
    return text(deprecated) if deprecated else _of_key("spec", "KeySpec", "SYMMETRIC_DEFAULT")(ask)


def _via_service(ask: AuthorizationRequest) -> Value | None:
    if not ask.call.via:
        return None
    service = ask.call.via[-1].split(".")[0]
    if service in _NO_VIA_SERVICE:
        return None
    return f"{service}.{ask.call.region}.amazonaws.com"


def _attested(ask: AuthorizationRequest, name: str) -> Value | None:
    """A measurement of the enclave in the Recipient parameter, in hexadecimal."""
    attestation = attested(ask.call) if "Recipient" in ask.call.params else None
    if attestation is None:
        return None
    tpm = name.startswith("nitrotpmpcr")
    number = "0" if name == "imagesha384" else name.removeprefix("nitrotpm").removeprefix("pcr")
    if not number.isdigit():
        return None
    value = (attestation.tpm_pcrs if tpm else attestation.pcrs).get(int(number))
    return None if value is None else value.hex()


def _source_arn(ask: AuthorizationRequest) -> Value | None:
    found: str | None = (ask.param("Constraints") or {}).get("SourceArn")
    return found


def _days_unused(ask: AuthorizationRequest) -> Value | None:
    """Whole days since the last use of the key, or since it was made."""
    if ask.key is None:
        return None
    since = ask.key.created if ask.key.last_used is None else ask.key.last_used.made.when
    return str((clock.now() - since).days)


_SIGNING = ("Sign", "Verify")
_DATA_OPERATIONS = (
    "Encrypt",
    "Decrypt",
    "ReEncrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
)
_GRANT_OPERATIONS = ("CreateGrant", "ListGrants", "RevokeGrant")


KMS_CONDITION_KEYS: dict[str, Rule] = {
    "kms:bypasspolicylockoutsafetycheck": _param("BypassPolicyLockoutSafetyCheck"),
    "kms:calleraccount": _caller_account,
    "kms:customermasterkeyspec": _key_spec,
    "kms:customermasterkeyusage": _of_key("usage", "KeyUsage", "ENCRYPT_DECRYPT"),
    "kms:datakeypairspec": _param("KeyPairSpec"),
    "kms:encapsulationalgorithm": _param("EncapsulationAlgorithm"),
    "kms:encryptionalgorithm": _only(_DATA_OPERATIONS, _encryption_algorithm),
    "kms:encryptioncontextkeys": _encryption_context_keys,
    "kms:grantconstrainttype": _constraint_type,
    "kms:grantisforawsresource": _only(_GRANT_OPERATIONS, lambda ask: text(bool(ask.call.via))),
    "kms:grantoperations": _only(("CreateGrant",), _param("Operations")),
    "kms:granteeprincipal": _only(("CreateGrant",), _param("GranteePrincipal")),
    "kms:keyorigin": _of_key("origin", "Origin", "AWS_KMS"),
    "kms:keyspec": _key_spec,
    "kms:keyusage": _of_key("usage", "KeyUsage", "ENCRYPT_DECRYPT"),
    "kms:multiregion": _of_key("multi_region", "MultiRegion", "false"),
    "kms:reencryptonsamekey": _only(("ReEncrypt",), _re_encrypt_on_same_key),
    "kms:requestalias": _request_alias,
    "kms:resourcealiases": _resource_aliases,
    "kms:retiringprincipal": _only(("CreateGrant",), _param("RetiringPrincipal")),
    "kms:schedulekeydeletionpendingwindowindays": _only(("ScheduleKeyDeletion",), _param("PendingWindowInDays", "30")),
    "kms:viaservice": _via_service,
    "kms:expirationmodel": _only(("ImportKeyMaterial",), _param("ExpirationModel")),
    "kms:grantconstraintsourcearn": _only(("CreateGrant",), _source_arn),
    "kms:granteeserviceprincipal": _only(("CreateGrant",), _param("GranteeServicePrincipal")),
    "kms:keyagreementalgorithm": _param("KeyAgreementAlgorithm"),
    "kms:macalgorithm": _param("MacAlgorithm"),
    "kms:messagetype": _only(_SIGNING, _param("MessageType", "RAW")),
    "kms:multiregionkeytype": _multi_region_type,
    "kms:policyname": _only(("GetKeyPolicy", "PutKeyPolicy"), _param("PolicyName", "default")),
    "kms:primaryregion": _only(("UpdatePrimaryRegion",), _param("PrimaryRegion")),
    "kms:replicaregion": _only(("ReplicateKey",), _param("ReplicaRegion")),
    "kms:retiringserviceprincipal": _only(("CreateGrant",), _param("RetiringServicePrincipal")),
    "kms:rotationperiodindays": _only(("EnableKeyRotation",), _param("RotationPeriodInDays", "365")),
    "kms:signingalgorithm": _param("SigningAlgorithm"),
    "kms:trailingdayswithoutkeyusage": _only(("DisableKey", "ScheduleKeyDeletion"), _days_unused),
    "kms:validto": _only(("ImportKeyMaterial",), _param("ValidTo")),
    "kms:wrappingalgorithm": _param("WrappingAlgorithm"),
    "kms:wrappingkeyspec": _param("WrappingKeySpec"),
}
"""One row for each key, in lower case."""


def _encryption_context_pair(ask: AuthorizationRequest, name: str) -> Value | None:
    pairs = ask.encryption_context or {}
    return next((value for key, value in pairs.items() if key.lower() == name), None)


KMS_NAMED_KEYS: dict[str, Callable[[AuthorizationRequest, str], Value | None]] = {
    "kms:encryptioncontext:": _encryption_context_pair,
    "kms:recipientattestation:": _attested,
}
"""Keys that end in a name of the user's choice."""
