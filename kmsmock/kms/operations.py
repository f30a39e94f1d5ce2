"""THE TABLE: one row for each of the 56 operations of KMS, holding what botocore's model does not say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from kmsmock.kms import states, targets
from kmsmock.kms.handlers import (
    aliases,
    data_keys,
    deletion,
    encryption,
    grants,
    imports,
    key_agreement,
    key_stores,
    keys,
    policies,
    replicas,
    rotation,
    signing,
    tags,
)
from kmsmock.kms.states import StateRule
from kmsmock.kms.targets import Targets
from kmsmock.model.key import Key

Handler = Callable[..., dict[str, Any]]
"""``handler(store, call, *keys)``: the keys are those that ``targets`` found, in its order."""

Fits = Callable[[Key, str], None]
"""``fits(key, operation)`` raises the error for a key that can never do this, whatever its state."""


@dataclass(frozen=True, slots=True)
class Operation:
    """``targets`` finds what the call needs permission on.

    ``origin`` and ``fits`` refuse kinds of keys that the operation does not exist for: automatic rotation and import do
    so before they look at the key's state, all others after, RotateKeyOnDemand (recorded) among them.
    """

    handler: Handler
    targets: Targets = targets.the_key
    states: StateRule = field(default_factory=dict)
    usage: str | None = None
    cross_account: bool = False
    origin: Fits | None = None
    fits: Fits | None = None


_ENCRYPT = "ENCRYPT_DECRYPT"
_SIGN = "SIGN_VERIFY"
_MAC = "GENERATE_VERIFY_MAC"
_AGREE = "KEY_AGREEMENT"
_ENCAPSULATE = "ENCAPSULATE_DECAPSULATE"

OPERATIONS: dict[str, Operation] = {
    "CancelKeyDeletion": Operation(deletion.cancel, states=states.CANCEL_DELETION),
    "ConnectCustomKeyStore": Operation(key_stores.connect, targets.account_wide),
    "CreateAlias": Operation(aliases.create, targets.alias_and_target, states.NOT_PENDING),
    "CreateCustomKeyStore": Operation(key_stores.create, targets.account_wide),
    "CreateGrant": Operation(grants.create, states=states.USABLE, cross_account=True),
    "CreateKey": Operation(keys.create, targets.new_key),
    "Decapsulate": Operation(
        key_agreement.decapsulate, targets.key_or_alias, states.USABLE, _ENCAPSULATE, cross_account=True
    ),
    "Decrypt": Operation(encryption.decrypt, targets.ciphertext_key, states.CRYPTOGRAPHIC, cross_account=True),
    "DeleteAlias": Operation(aliases.delete, targets.alias_and_its_key),
    "DeleteCustomKeyStore": Operation(key_stores.delete, targets.account_wide),
    "DeleteImportedKeyMaterial": Operation(imports.delete, states=states.DELETE_MATERIAL, origin=imports.check_origin),
    "DeriveSharedSecret": Operation(
        key_agreement.derive_shared_secret, targets.key_or_alias, states.USABLE, _AGREE, cross_account=True
    ),
    "DescribeCustomKeyStores": Operation(key_stores.describe, targets.account_wide),
    "DescribeKey": Operation(keys.describe, targets.key_or_alias, cross_account=True),
    "DisableKey": Operation(keys.disable, states=states.SWITCH),
    "DisableKeyRotation": Operation(rotation.disable, states=states.ROTATION, origin=rotation.check_kind),
    "DisconnectCustomKeyStore": Operation(key_stores.disconnect, targets.account_wide),
    "EnableKey": Operation(keys.enable, states=states.SWITCH),
    "EnableKeyRotation": Operation(rotation.enable, states=states.ROTATION, origin=rotation.check_kind),
    "Encapsulate": Operation(
        key_agreement.encapsulate, targets.key_or_alias, states.USABLE, _ENCAPSULATE, cross_account=True
    ),
    "Encrypt": Operation(encryption.encrypt, targets.key_or_alias, states.CRYPTOGRAPHIC, _ENCRYPT, cross_account=True),
    "GenerateDataKey": Operation(
        data_keys.generate, targets.key_or_alias, states.CRYPTOGRAPHIC, _ENCRYPT, cross_account=True
    ),
    "GenerateDataKeyPair": Operation(
        data_keys.generate_pair,
        targets.key_or_alias,
        states.USABLE,
        _ENCRYPT,
        cross_account=True,
        fits=data_keys.check_kms_store,
    ),
    "GenerateDataKeyPairWithoutPlaintext": Operation(
        data_keys.generate_pair_without_plaintext,
        targets.key_or_alias,
        states.USABLE,
        _ENCRYPT,
        cross_account=True,
        fits=data_keys.check_kms_store,
    ),
    "GenerateDataKeyWithoutPlaintext": Operation(
        data_keys.generate_without_plaintext,
        targets.key_or_alias,
        states.CRYPTOGRAPHIC,
        _ENCRYPT,
        cross_account=True,
    ),
    "GenerateMac": Operation(signing.generate_mac, targets.key_or_alias, states.USABLE, _MAC, cross_account=True),
    "GenerateRandom": Operation(data_keys.random, targets.account_wide),
    "GetKeyLastUsage": Operation(keys.last_usage),
    "GetKeyPolicy": Operation(policies.get),
    "GetKeyRotationStatus": Operation(rotation.status, cross_account=True, origin=rotation.check_in_kms),
    "GetParametersForImport": Operation(
        imports.parameters, states=states.IMPORT_PARAMETERS, origin=imports.check_origin
    ),
    "GetPublicKey": Operation(
        key_agreement.get_public_key,
        targets.key_or_alias,
        states.PUBLIC_KEY,
        cross_account=True,
        fits=key_agreement.check_asymmetric,
    ),
    "ImportKeyMaterial": Operation(imports.import_, states=states.IMPORT, origin=imports.check_origin),
    "ListAliases": Operation(aliases.list_, targets.optional_key),
    "ListGrants": Operation(grants.list_, cross_account=True),
    "ListKeyPolicies": Operation(policies.list_),
    "ListKeyRotations": Operation(rotation.list_, origin=rotation.check_in_kms),
    "ListKeys": Operation(keys.list_, targets.account_wide),
    "ListResourceTags": Operation(tags.list_),
    "ListRetirableGrants": Operation(grants.list_retirable, targets.account_wide),
    "PutKeyPolicy": Operation(policies.put),
    "ReEncrypt": Operation(
        encryption.re_encrypt, targets.source_and_destination, states.CRYPTOGRAPHIC, cross_account=True
    ),
    "ReplicateKey": Operation(
        replicas.replicate, targets.replicated_key, states=states.REPLICATE, fits=replicas.check_primary
    ),
    "RetireGrant": Operation(grants.retire, targets.retired_grant, cross_account=True),
    "RevokeGrant": Operation(grants.revoke, cross_account=True),
    "RotateKeyOnDemand": Operation(rotation.rotate_now, states=states.ROTATE_NOW, fits=rotation.check_kind),
    "ScheduleKeyDeletion": Operation(deletion.schedule, states=states.SCHEDULE_DELETION),
    "Sign": Operation(signing.sign, targets.key_or_alias, states.USABLE, _SIGN, cross_account=True),
    "TagResource": Operation(tags.tag, states=states.NOT_PENDING),
    "UntagResource": Operation(tags.untag, states=states.NOT_PENDING),
    "UpdateAlias": Operation(aliases.update, targets.alias_and_both_keys),
    "UpdateCustomKeyStore": Operation(key_stores.update, targets.account_wide),
    "UpdateKeyDescription": Operation(keys.update_description, states=states.NOT_PENDING),
    "UpdatePrimaryRegion": Operation(
        replicas.update_primary, targets.both_primaries, states=states.USABLE, fits=replicas.check_updates
    ),
    "Verify": Operation(signing.verify, targets.key_or_alias, states.USABLE, _SIGN, cross_account=True),
    "VerifyMac": Operation(signing.verify_mac, targets.key_or_alias, states.USABLE, _MAC, cross_account=True),
}
