"""Condition key -> its value for one call, as one table. A value is computed when a policy asks for it, not before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from kmsmock import clock
from kmsmock.call import Call
from kmsmock.model.key import Key
from kmsmock.resources import Target
from kmsmock.store import Store

Value = str | tuple[str, ...]


class Ask(NamedTuple):
    """The question that condition keys answer about: this call, on this target."""

    store: Store
    call: Call
    target: Target

    @property
    def key(self) -> Key | None:
        return self.target.key

    def param(self, name: str) -> Any:
        return self.call.params.get(name)

    @property
    def encryption_context(self) -> Mapping[str, str] | None:
        """The pairs that the call sends, or that the constraint of a new grant demands."""
        if self.call.operation == "CreateGrant":
            constraints = self.param("Constraints") or {}
            demanded: Mapping[str, str] | None = constraints.get("EncryptionContextEquals") or constraints.get(
                "EncryptionContextSubset"
            )
            return demanded
        sent: Mapping[str, str] | None = self.param(self.target.context_param)
        return sent


def _param(name: str, default: str | None = None) -> Callable[[Ask], Value | None]:
    def value(ask: Ask) -> Value | None:
        given = ask.param(name)
        return default if given is None else _text(given)

    return value


def _only(operations: tuple[str, ...], value: Callable[[Ask], Value | None]) -> Callable[[Ask], Value | None]:
    return lambda ask: value(ask) if ask.call.operation in operations else None


def _of_key(attribute: str, created_by: str, default: str) -> Callable[[Ask], Value | None]:
    """A property of the key; for CreateKey, of the key that is about to be made."""

    def value(ask: Ask) -> Value | None:
        if ask.key is not None:
            return _text(getattr(ask.key, attribute))
        return _param(created_by, default)(ask) if ask.call.operation == "CreateKey" else None

    return value


def _text(value: Any) -> Value:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return str(int(value.timestamp()))
    if isinstance(value, (list, tuple)):
        return tuple(str(item) for item in value)
    return str(value)


def _request_alias(ask: Ask) -> Value | None:
    return ask.target.alias


def _resource_aliases(ask: Ask) -> Value | None:
    if ask.key is None or not ask.key.aliases:
        return None
    return tuple(sorted(arn.split(":", 5)[5] for arn in ask.key.aliases))


def _encryption_context_keys(ask: Ask) -> Value | None:
    return tuple(ask.encryption_context) if ask.encryption_context else None


def _encryption_algorithm(ask: Ask) -> Value | None:
    side = {"kms:ReEncryptFrom": "SourceEncryptionAlgorithm", "kms:ReEncryptTo": "DestinationEncryptionAlgorithm"}
    return _text(ask.param(side.get(ask.target.action, "EncryptionAlgorithm")) or "SYMMETRIC_DEFAULT")


def _constraint_type(ask: Ask) -> Value | None:
    return next((name for name in (ask.param("Constraints") or {}) if name.startswith("EncryptionContext")), None)


def _re_encrypt_on_same_key(ask: Ask) -> Value | None:
    from kmsmock import resources

    source, destination = resources.source_and_destination(ask.store, ask.call)
    return _text(source.key is not None and source.key is destination.key)


def _via_service(ask: Ask) -> Value | None:
    if not ask.call.via:
        return None
    service = ask.call.via[-1].split(".")[0]
    return f"{service}.{ask.call.region}.amazonaws.com"


def _called_via(ask: Ask) -> Value | None:
    return ask.call.via or None


def _tag_keys(ask: Ask) -> Value | None:
    names = ask.param("TagKeys") or [tag["TagKey"] for tag in ask.param("Tags") or []]
    return tuple(names) or None


_PRINCIPAL_TYPES: dict[str, str] = {
    "root": "Account",
    "user": "User",
    "role-session": "AssumedRole",
    "federated": "FederatedUser",
    "anonymous": "Anonymous",
}


def _user_name(ask: Ask) -> Value | None:
    principal = ask.call.caller.principal
    return principal.arn.rsplit("/", 1)[-1] if principal.kind == "user" else None


def _service_name(ask: Ask) -> Value | None:
    principal = ask.call.caller.principal
    return principal.arn if principal.kind == "service" else None


def _attested(ask: Ask, name: str) -> Value | None:
    """A measurement of the enclave in the Recipient parameter, in hexadecimal."""
    from kmsmock.handlers import recipient

    attestation = recipient.attested(ask.call) if "Recipient" in ask.call.params else None
    if attestation is None:
        return None
    tpm = name.startswith("nitrotpmpcr")
    number = "0" if name == "imagesha384" else name.removeprefix("nitrotpm").removeprefix("pcr")
    if not number.isdigit():
        return None
    value = (attestation.tpm_pcrs if tpm else attestation.pcrs).get(int(number))
    return None if value is None else value.hex()


def _source_arn(ask: Ask) -> Value | None:
    found: str | None = (ask.param("Constraints") or {}).get("SourceArn")
    return found


def _days_unused(ask: Ask) -> Value | None:
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

CONDITION_KEYS: dict[str, Callable[[Ask], Value | None]] = {
    # aws: the request ("AWS global condition context keys" in the IAM user guide)
    "aws:currenttime": lambda ask: clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
    "aws:epochtime": lambda ask: str(int(clock.timestamp())),
    "aws:requestedregion": lambda ask: ask.target.region or ask.call.region,
    "aws:securetransport": lambda ask: _text(ask.call.secure),
    "aws:sourceip": lambda ask: None if ask.call.caller.principal.kind == "service" else "127.0.0.1",
    "aws:useragent": lambda ask: ask.call.user_agent or None,
    "aws:tagkeys": _tag_keys,
    # aws: the caller
    "aws:principalarn": lambda ask: ask.call.caller.principal.principal_arn or None,
    "aws:principalaccount": lambda ask: ask.call.account,
    "aws:principaltype": lambda ask: _PRINCIPAL_TYPES.get(ask.call.caller.principal.kind),
    "aws:userid": lambda ask: ask.call.caller.principal.unique_id,
    "aws:username": _user_name,
    "aws:principalisawsservice": lambda ask: _text(ask.call.caller.principal.kind == "service"),
    "aws:principalservicename": _service_name,
    "aws:calledvia": _called_via,
    "aws:calledviafirst": lambda ask: ask.call.via[0] if ask.call.via else None,
    "aws:calledvialast": lambda ask: ask.call.via[-1] if ask.call.via else None,
    "aws:viaawsservice": lambda ask: _text(bool(ask.call.via)),
    # aws: the resource
    "aws:resourceaccount": lambda ask: ask.target.owner,
    # kms ("AWS KMS condition keys" in the developer guide)
    "kms:bypasspolicylockoutsafetycheck": _param("BypassPolicyLockoutSafetyCheck"),
    "kms:calleraccount": lambda ask: ask.call.account if ask.target.arn != "*" else None,
    "kms:customermasterkeyspec": _of_key("spec", "KeySpec", "SYMMETRIC_DEFAULT"),
    "kms:customermasterkeyusage": _of_key("usage", "KeyUsage", "ENCRYPT_DECRYPT"),
    "kms:datakeypairspec": _param("KeyPairSpec"),
    "kms:encryptionalgorithm": _only(_DATA_OPERATIONS, _encryption_algorithm),
    "kms:encryptioncontextkeys": _encryption_context_keys,
    "kms:grantconstrainttype": _only(("CreateGrant",), _constraint_type),
    "kms:grantisforawsresource": _only(_GRANT_OPERATIONS, lambda ask: _text(bool(ask.call.via))),
    "kms:grantoperations": _only(("CreateGrant",), _param("Operations")),
    "kms:granteeprincipal": _only(("CreateGrant",), _param("GranteePrincipal")),
    "kms:keyorigin": _of_key("origin", "Origin", "AWS_KMS"),
    "kms:keyspec": _of_key("spec", "KeySpec", "SYMMETRIC_DEFAULT"),
    "kms:keyusage": _of_key("usage", "KeyUsage", "ENCRYPT_DECRYPT"),
    "kms:multiregion": _of_key("multi_region", "MultiRegion", "false"),
    "kms:reencryptonsamekey": _only(("ReEncrypt",), _re_encrypt_on_same_key),
    "kms:requestalias": _request_alias,
    "kms:resourcealiases": _resource_aliases,
    "kms:retiringprincipal": _only(("CreateGrant",), _param("RetiringPrincipal")),
    "kms:schedulekeydeletionpendingwindowindays": _only(("ScheduleKeyDeletion",), _param("PendingWindowInDays", "30")),
    "kms:viaservice": _via_service,
    "kms:expirationmodel": _only(("ImportKeyMaterial",), _param("ExpirationModel", "KEY_MATERIAL_EXPIRES")),
    "kms:grantconstraintsourcearn": _only(("CreateGrant",), _source_arn),
    "kms:granteeserviceprincipal": _only(("CreateGrant",), _param("GranteeServicePrincipal")),
    "kms:keyagreementalgorithm": _param("KeyAgreementAlgorithm"),
    "kms:macalgorithm": _param("MacAlgorithm"),
    "kms:messagetype": _only(_SIGNING, _param("MessageType", "RAW")),
    "kms:multiregionkeytype": lambda ask: None if ask.key is None else ask.key.multi_region_type,
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
"""One row for each condition key that is computed, in lower case."""


def _encryption_context_pair(ask: Ask, name: str) -> Value | None:
    pairs = ask.encryption_context or {}
    return next((value for key, value in pairs.items() if key.lower() == name), None)


def _resource_tag(ask: Ask, name: str) -> Value | None:
    tags = ask.key.tags if ask.key is not None else {}
    return next((value for key, value in tags.items() if key.lower() == name), None)


def _request_tag(ask: Ask, name: str) -> Value | None:
    tags = ask.param("Tags") or []
    return next((tag["TagValue"] for tag in tags if tag["TagKey"].lower() == name), None)


NAMED_KEYS: dict[str, Callable[[Ask, str], Value | None]] = {
    "kms:encryptioncontext:": _encryption_context_pair,
    "kms:recipientattestation:": _attested,
    "aws:resourcetag/": _resource_tag,
    "aws:requesttag/": _request_tag,
}
"""Condition keys that end in a name of the user's choice."""


class Context(Mapping[str, Value]):
    """The condition context of one call. Values are computed on demand and then kept."""

    __slots__ = ("_ask", "_known")

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._known: dict[str, Value | None] = {**ask.call.caller.session, **ask.store.request_context}

    def __getitem__(self, name: str) -> Value:
        known = self._known
        if name not in known:
            known[name] = self._compute(name)
        value = known[name]
        if value is None:
            raise KeyError(name)
        return value

    def get(self, name: str, default: Any = None) -> Any:
        known = self._known
        if name not in known:
            known[name] = self._compute(name)
        value = known[name]
        return default if value is None else value

    def _compute(self, name: str) -> Value | None:
        rule = CONDITION_KEYS.get(name)
        if rule is not None:
            return rule(self._ask)
        for prefix, named in NAMED_KEYS.items():
            if name.startswith(prefix):
                return named(self._ask, name[len(prefix) :])
        return None

    def settle(self) -> None:
        """Compute every key now, so that an explanation read later tells what was true at the time of the call."""
        for name in CONDITION_KEYS:
            self.get(name)
        for name in self._ask.encryption_context or {}:
            self.get(f"kms:encryptioncontext:{name.lower()}")
        for name in self._ask.key.tags if self._ask.key is not None else {}:
            self.get(f"aws:resourcetag/{name.lower()}")

    def __iter__(self) -> Iterator[str]:
        return (name for name, value in self._known.items() if value is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)
