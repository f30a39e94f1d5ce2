"""THE TABLE: one row for each of the 56 operations of KMS, holding what botocore's model does not say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from kmsmock import resources, states
from kmsmock.handlers import aliases, data_keys, deletion, encryption, grants, keys, policies, tags
from kmsmock.resources import Targets
from kmsmock.states import StateRule

Handler = Callable[..., dict[str, Any]]
"""``handler(store, call, *keys)``: the keys are those that ``targets`` found, in its order."""


@dataclass(frozen=True, slots=True)
class Operation:
    """``targets`` finds what the call needs permission on; ``handler`` is None where the operation is not built yet."""

    handler: Handler | None
    targets: Targets = resources.the_key
    states: StateRule = field(default_factory=dict)
    usage: str | None = None
    cross_account: bool = False


_ENCRYPT = "ENCRYPT_DECRYPT"
_SIGN = "SIGN_VERIFY"
_MAC = "GENERATE_VERIFY_MAC"
_AGREE = "KEY_AGREEMENT"
_ENCAPSULATE = "ENCAPSULATE_DECAPSULATE"

OPERATIONS: dict[str, Operation] = {
    "CancelKeyDeletion": Operation(deletion.cancel, states=states.CANCEL_DELETION),
    "ConnectCustomKeyStore": Operation(None, resources.account_wide),
    "CreateAlias": Operation(aliases.create, resources.alias_and_target, states.NOT_PENDING),
    "CreateCustomKeyStore": Operation(None, resources.account_wide),
    "CreateGrant": Operation(grants.create, states=states.USABLE, cross_account=True),
    "CreateKey": Operation(keys.create, resources.new_key),
    "Decapsulate": Operation(None, resources.key_or_alias, states.USABLE, _ENCAPSULATE, cross_account=True),
    "Decrypt": Operation(encryption.decrypt, resources.ciphertext_key, states.CRYPTOGRAPHIC, cross_account=True),
    "DeleteAlias": Operation(aliases.delete, resources.alias_and_its_key),
    "DeleteCustomKeyStore": Operation(None, resources.account_wide),
    "DeleteImportedKeyMaterial": Operation(None, states=states.DELETE_MATERIAL),
    "DeriveSharedSecret": Operation(None, resources.key_or_alias, states.USABLE, _AGREE, cross_account=True),
    "DescribeCustomKeyStores": Operation(None, resources.account_wide),
    "DescribeKey": Operation(keys.describe, resources.key_or_alias, cross_account=True),
    "DisableKey": Operation(keys.disable, states=states.SWITCH),
    "DisableKeyRotation": Operation(None, states=states.ROTATION),
    "DisconnectCustomKeyStore": Operation(None, resources.account_wide),
    "EnableKey": Operation(keys.enable, states=states.SWITCH),
    "EnableKeyRotation": Operation(None, states=states.ROTATION),
    "Encapsulate": Operation(None, resources.key_or_alias, states.USABLE, _ENCAPSULATE, cross_account=True),
    "Encrypt": Operation(
        encryption.encrypt, resources.key_or_alias, states.CRYPTOGRAPHIC, _ENCRYPT, cross_account=True
    ),
    "GenerateDataKey": Operation(
        data_keys.generate, resources.key_or_alias, states.CRYPTOGRAPHIC, _ENCRYPT, cross_account=True
    ),
    "GenerateDataKeyPair": Operation(None, resources.key_or_alias, states.KEY_PAIR, _ENCRYPT, cross_account=True),
    "GenerateDataKeyPairWithoutPlaintext": Operation(
        None, resources.key_or_alias, states.KEY_PAIR, _ENCRYPT, cross_account=True
    ),
    "GenerateDataKeyWithoutPlaintext": Operation(
        data_keys.generate_without_plaintext,
        resources.key_or_alias,
        states.CRYPTOGRAPHIC,
        _ENCRYPT,
        cross_account=True,
    ),
    "GenerateMac": Operation(None, resources.key_or_alias, states.USABLE, _MAC, cross_account=True),
    "GenerateRandom": Operation(data_keys.random, resources.account_wide),
    "GetKeyLastUsage": Operation(None),
    "GetKeyPolicy": Operation(policies.get),
    "GetKeyRotationStatus": Operation(None, states=states.ROTATION_STATUS, cross_account=True),
    "GetParametersForImport": Operation(None, states=states.IMPORT_PARAMETERS),
    "GetPublicKey": Operation(None, resources.key_or_alias, states.PUBLIC_KEY, cross_account=True),
    "ImportKeyMaterial": Operation(None, states=states.IMPORT),
    "ListAliases": Operation(aliases.list_, resources.optional_key),
    "ListGrants": Operation(grants.list_, cross_account=True),
    "ListKeyPolicies": Operation(policies.list_),
    "ListKeyRotations": Operation(None, states=states.ROTATION_STATUS),
    "ListKeys": Operation(keys.list_, resources.account_wide),
    "ListResourceTags": Operation(tags.list_),
    "ListRetirableGrants": Operation(grants.list_retirable, resources.account_wide),
    "PutKeyPolicy": Operation(policies.put),
    "ReEncrypt": Operation(
        encryption.re_encrypt, resources.source_and_destination, states.CRYPTOGRAPHIC, cross_account=True
    ),
    "ReplicateKey": Operation(None, states=states.REPLICATE),
    "RetireGrant": Operation(grants.retire, resources.retired_grant, cross_account=True),
    "RevokeGrant": Operation(grants.revoke, cross_account=True),
    "RotateKeyOnDemand": Operation(None, states=states.ROTATE_NOW),
    "ScheduleKeyDeletion": Operation(deletion.schedule, states=states.SCHEDULE_DELETION),
    "Sign": Operation(None, resources.key_or_alias, states.USABLE, _SIGN, cross_account=True),
    "TagResource": Operation(tags.tag, states=states.NOT_PENDING),
    "UntagResource": Operation(tags.untag, states=states.NOT_PENDING),
    "UpdateAlias": Operation(aliases.update, resources.alias_and_both_keys),
    "UpdateCustomKeyStore": Operation(None, resources.account_wide),
    "UpdateKeyDescription": Operation(keys.update_description, states=states.NOT_PENDING),
    "UpdatePrimaryRegion": Operation(None, states=states.USABLE),
    "Verify": Operation(None, resources.key_or_alias, states.USABLE, _SIGN, cross_account=True),
    "VerifyMac": Operation(None, resources.key_or_alias, states.USABLE, _MAC, cross_account=True),
}
