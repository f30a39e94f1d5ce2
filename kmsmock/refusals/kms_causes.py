"""The causes of KMS's own errors, one row for each function of ``kms/errors``."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kmsmock import errors
from kmsmock.errors import AwsError
from kmsmock.kms.errors import grants, keys, lifetime
from kmsmock.refusals import causes
from kmsmock.refusals.causes import Cause, cause

Says = Callable[..., AwsError]

_FIX = "Correct the parameter that the message names."
_MORE = "Raise the quota in AWS, or delete what is not needed any more."
_SPEC = "Make a key of a fitting KeySpec and KeyUsage, or call the operation that fits this one."
_ONE = "Give one of the two, not both."

KEYS: Mapping[Says, Cause] = {
    keys.key_not_found: cause(
        "KMS-KEY-NOT-FOUND",
        "There is no such key in the caller's account and the client's Region.",
        "Check the Region of the client and the account of the caller; name a key of another account by its ARN.",
        "Create the key in the test's own world: keys of another world, or of AWS, are not in it.",
    ),
    keys.invalid_key_id: cause(
        "KMS-KEY-ID-MALFORMED",
        "The KeyId is no key id, no key ARN, no alias name and no alias ARN.",
        "Pass the KeyId or Arn that CreateKey answered, or alias/NAME with its prefix.",
    ),
    keys.invalid_arn_region: cause(
        "KMS-KEY-OTHER-REGION",
        "The ARN is of another Region than the one that the client asks.",
        "Make the client for the key's Region: boto3.client('kms', region_name=...).",
        "Or use a multi-Region key, and name its replica in this Region.",
    ),
    keys.alias_not_found: cause(
        "KMS-ALIAS-NOT-FOUND",
        "There is no alias of this name in the caller's account and the client's Region.",
        "Call CreateAlias in this account and Region, or check the spelling; another account's alias is named by ARN.",
    ),
    keys.alias_not_supported: cause(
        "KMS-ALIAS-NOT-TAKEN",
        "{operation} takes no alias.",
        "Pass the key's id or ARN: DescribeKey tells it for an alias.",
    ),
    keys.invalid_arn: cause("KMS-ARN-MALFORMED", "The text is no ARN of a key or alias.", "Pass the key's whole ARN."),
    keys.no_such_policy: cause("KMS-POLICY-NAME", "Keys have one policy.", "Pass PolicyName='default', or none."),
    keys.policy_of_ram: cause("KMS-POLICY-RAM", "RAM alone writes this policy.", "Share the key through RAM."),
    keys.only_default_policy: cause("KMS-POLICY-NAME", "Keys have one policy.", "Pass PolicyName='default', or none."),
    keys.alias_prefix: cause("KMS-ALIAS-PREFIX", "The name lacks its prefix.", "Write alias/ before it."),
    keys.alias_characters: cause(
        "KMS-ALIAS-CHARACTERS", "The name has characters that none may have.", "Use letters, digits, and / _ - only."
    ),
    keys.alias_empty: cause("KMS-ALIAS-EMPTY", "There is no name after the prefix.", "Write a name after alias/."),
    keys.alias_reserved: cause(
        "KMS-ALIAS-RESERVED", "alias/aws/ is for AWS's own keys.", "Choose a name that does not begin with alias/aws/."
    ),
    keys.alias_exists: cause(
        "KMS-ALIAS-TAKEN",
        "The name is taken, also by a key that is pending deletion.",
        "Call UpdateAlias to point it to another key, or DeleteAlias first.",
    ),
    keys.alias_target_is_alias: cause(
        "KMS-ALIAS-OF-ALIAS", "An alias points to a key.", "Pass the id or ARN of a key as TargetKeyId."
    ),
    keys.alias_target_mismatch: cause(
        "KMS-ALIAS-OTHER-KIND", "An alias stays with keys of one kind.", "Delete the alias and create it anew."
    ),
    keys.alias_quota: cause("KMS-QUOTA-ALIASES", "The key has as many aliases as it may have.", _MORE),
    keys.disabled: causes.DISABLED,
    keys.origin_not_valid: cause(
        "KMS-KEY-ORIGIN",
        "{operation} is not for a key of this origin.",
        "Use a key whose material KMS made (Origin AWS_KMS), or rotate imported material by importing it.",
    ),
    keys.unsupported: cause("KMS-UNSUPPORTED", "{operation} is not for such a key.", _SPEC),
    keys.wrong_usage: cause("KMS-KEY-USAGE", "{key} has another usage than {operation} needs.", _SPEC),
    keys.incompatible_algorithm: cause(
        "KMS-KEY-ALGORITHM",
        "The algorithm is not one of this key's spec.",
        "Pass one of the algorithms that DescribeKey lists for the key.",
    ),
    keys.usage_spec_mismatch: cause("KMS-KEY-SPEC", "KeyUsage and KeySpec do not go together.", _SPEC),
    keys.spec_not_for_origin: cause("KMS-KEY-SPEC", "No key of this spec can have this origin.", _SPEC),
    keys.usage_required: cause("KMS-KEY-USAGE-MISSING", "The spec allows several usages.", "Pass KeyUsage."),
    keys.two_key_specs: cause("KMS-TWO-PARAMETERS", "KeySpec was given twice.", "Pass KeySpec alone."),
    keys.data_key_from_asymmetric: cause("KMS-KEY-USAGE", "Data keys are made by symmetric encryption keys.", _SPEC),
    keys.invalid_signature: cause(
        "KMS-SIGNATURE",
        "The signature is not one of this message by this key and algorithm.",
        "Verify with the key, the SigningAlgorithm and the MessageType (RAW or DIGEST) with which it was signed.",
    ),
    keys.invalid_mac: cause(
        "KMS-MAC", "The MAC is not of this message by this key.", "Verify with the key and MacAlgorithm that made it."
    ),
    keys.message_type_for_spec: cause("KMS-MESSAGE-TYPE", "The key takes no such MessageType.", _FIX),
    keys.message_type_for_algorithm: cause("KMS-MESSAGE-TYPE", "The algorithm takes no such MessageType.", _FIX),
    keys.digest_length: cause(
        "KMS-DIGEST-LENGTH", "The digest has another length than the algorithm's.", "Hash with the algorithm's hash."
    ),
    keys.plaintext_too_long: cause(
        "KMS-PLAINTEXT-TOO-LONG",
        "KMS encrypts a few kilobytes at most.",
        "Call GenerateDataKey and encrypt with the data key (envelope encryption).",
    ),
    keys.context_with_asymmetric: cause(
        "KMS-CONTEXT-ASYMMETRIC", "Asymmetric keys know no encryption context.", "Leave EncryptionContext out."
    ),
    keys.dry_run_modifiers: cause("KMS-DRY-RUN-MODIFIERS", "They are for dry runs.", "Pass DryRun=True with them."),
    keys.ciphertext_required: cause("KMS-PARAMETER-MISSING", "There is no ciphertext.", "Pass CiphertextBlob."),
    keys.invalid_ciphertext: causes.CIPHERTEXT_DAMAGED,
    keys.incorrect_key: causes.CIPHERTEXT_OTHER_KEY,
    keys.key_id_required: cause(
        "KMS-PARAMETER-MISSING", "The key must be named here.", "Pass KeyId: asymmetric ciphertexts do not name it."
    ),
    keys.data_key_size_required: cause("KMS-PARAMETER-MISSING", "No size was given.", "Pass KeySpec or NumberOfBytes."),
    keys.number_of_bytes_required: cause("KMS-PARAMETER-MISSING", "No size was given.", "Pass NumberOfBytes."),
    keys.dry_run: causes.DRY_RUN,
    keys.pending_window: cause("KMS-PENDING-WINDOW", "Deletion waits for 7 to 30 days.", "Pass 7 to 30."),
    keys.malformed_policy: cause(
        "KMS-POLICY-MALFORMED", "KMS does not store this key policy.", "Correct the statement that is named here."
    ),
    keys.policy_too_long: cause("KMS-QUOTA-POLICY", "The policy is too long.", "Use grants for some principals."),
    keys.tag_error: cause("KMS-TAG", "KMS does not take such tags.", "Correct the tag that the message names."),
    keys.invalid_marker: cause(
        "KMS-MARKER", "The Marker is not one of this list.", "Pass the NextMarker of the page before, unchanged."
    ),
    keys.key_quota: cause("KMS-QUOTA-KEYS", "The account has as many keys here as it may have.", _MORE),
}

GRANTS: Mapping[Says, Cause] = {
    grants.invalid_grant_token: cause(
        "KMS-GRANT-TOKEN", "No grant has this token.", "Pass the GrantToken that CreateGrant answered, of this Region."
    ),
    grants.invalid_grant_id: cause("KMS-GRANT-ID", "The key has no such grant.", "Look it up with ListGrants."),
    grants.grant_not_found: cause(
        "KMS-GRANT-NOT-FOUND", "The key has no such grant, or it was retired or revoked.", "Look it up with ListGrants."
    ),
    grants.grant_identifiers_missing: cause(
        "KMS-PARAMETER-MISSING", "The grant is not named.", "Pass GrantToken, or KeyId (an ARN) with GrantId."
    ),
    grants.arn_not_valid: cause("KMS-ARN-MALFORMED", "The text is no ARN of a principal.", "Pass a whole ARN."),
    grants.grant_principal_required: cause("KMS-GRANT-PRINCIPAL", "A grant has one grantee.", _ONE),
    grants.grant_source_arn_required: cause(
        "KMS-GRANT-SOURCE-ARN", "Grants to services are for one resource.", "Pass Constraints={'SourceArn': ...}."
    ),
    grants.grant_retiring_required: cause(
        "KMS-GRANT-RETIRING", "Somebody must be able to retire it.", "Pass RetiringPrincipal."
    ),
    grants.two_retiring_principals: cause("KMS-TWO-PARAMETERS", "A grant has one retiring principal.", _ONE),
    grants.principal_not_valid: cause(
        "KMS-GRANT-PRINCIPAL", "The ARN names nobody.", "Create the user or role first, or pass the ARN of one."
    ),
    grants.dead_principal: cause(
        "KMS-GRANT-PRINCIPAL", "The principal was deleted.", "Pass the ARN of one that exists."
    ),
    grants.two_constraints: cause("KMS-TWO-PARAMETERS", "A grant has one constraint.", _ONE),
    grants.grant_of_create_grant_alone: cause(
        "KMS-GRANT-OPERATIONS", "CreateGrant hands on something else.", "Add the operations that it may hand on."
    ),
    grants.grant_constraint_too_large: cause("KMS-QUOTA-GRANT", "The constraint is too large.", "Demand fewer pairs."),
    grants.grant_operations_not_supported: cause("KMS-GRANT-OPERATIONS", "The key has no such operations.", _FIX),
    grants.grant_context_not_supported: cause(
        "KMS-GRANT-CONSTRAINT", "Only symmetric encryption keys know a context.", "Leave Constraints out."
    ),
    grants.grant_quota: cause("KMS-QUOTA-GRANTS", "The key has as many grants as it may have.", "Retire some."),
    grants.grantee_quota: cause(
        "KMS-QUOTA-GRANTS", "The principal has as many grants on the key as it may have.", "Retire some."
    ),
}

_STORE = "Look at DescribeCustomKeyStores."
LIFETIME: Mapping[Says, Cause] = {
    lifetime.replica_not_valid: cause(
        "KMS-REPLICA", "{operation} is for primary keys.", "Call {operation} on the primary key, in its Region."
    ),
    lifetime.no_material_pending: cause(
        "KMS-IMPORT-NONE-PENDING", "There is no new material.", "Import it first, with ImportType NEW_KEY_MATERIAL."
    ),
    lifetime.replicas_lack_material: cause(
        "KMS-IMPORT-REPLICAS", "A replica lacks the new material.", "Import it into every replica first."
    ),
    lifetime.rotations_used_up: cause("KMS-QUOTA-ROTATIONS", "The key was rotated as often as it may be.", _MORE),
    lifetime.rotation_conflict: cause("KMS-ROTATION-RUNS", "A rotation runs or is due.", "Try again later."),
    lifetime.only_for_symmetric: cause("KMS-PARAMETER", "The parameter is for symmetric keys.", "Leave it out."),
    lifetime.cannot_import: cause(
        "KMS-IMPORT-WRAPPING", "Such a key is not wrapped like this.", "Choose another WrappingAlgorithm or key spec."
    ),
    lifetime.valid_to_required: cause("KMS-IMPORT-VALID-TO", "Material that expires has a date.", "Pass ValidTo."),
    lifetime.valid_to_forbidden: cause(
        "KMS-IMPORT-VALID-TO", "Material that stays has no date.", "Leave ValidTo out, or let it expire."
    ),
    lifetime.valid_to_past: cause("KMS-IMPORT-VALID-TO", "ValidTo is over.", "Pass a date after world.clock.now()."),
    lifetime.valid_to_too_far: cause("KMS-IMPORT-VALID-TO", "ValidTo is too far away.", "Pass one within 365 days."),
    lifetime.unexpected_material: cause(
        "KMS-IMPORT-OTHER-MATERIAL", "It is not the material that the key had.", "Import the same bytes again."
    ),
    lifetime.material_known: cause("KMS-IMPORT-KNOWN", "It is not new.", "Leave ImportType out to import it again."),
    lifetime.other_material_pending: cause(
        "KMS-IMPORT-PENDING", "Other new material waits.", "Call RotateKeyOnDemand first, or delete that material."
    ),
    lifetime.material_id_with_new: cause("KMS-TWO-PARAMETERS", "New material has no id yet.", _ONE),
    lifetime.parameter_not_for: cause("KMS-PARAMETER", "The parameter is not for such keys.", "Leave it out."),
    lifetime.never_imported: cause("KMS-IMPORT-ID", "The key never had it.", "Look it up with ListKeyRotations."),
    lifetime.new_on_replica: cause("KMS-REPLICA", "New material begins at the primary key.", "Import it there first."),
    lifetime.description_on_replica: cause("KMS-REPLICA", "The primary key describes it.", "Leave it out here."),
    lifetime.invalid_import_token: cause(
        "KMS-IMPORT-TOKEN", "The token is for another key.", "Pass what GetParametersForImport answered for this key."
    ),
    lifetime.expired_import_token: cause(
        "KMS-IMPORT-TOKEN-EXPIRED", "The token is good for a day.", "Call GetParametersForImport again."
    ),
    lifetime.contains_primary: cause("KMS-REPLICA-REGION", "The primary key is there.", "Choose another Region."),
    lifetime.other_partition: cause("KMS-REPLICA-REGION", "It is of another partition.", "Choose another Region."),
    lifetime.not_a_region: cause("KMS-REPLICA-REGION", "There is no such Region.", "Choose another Region."),
    lifetime.replica_exists: cause("KMS-REPLICA-EXISTS", "A replica is there already.", "Use the one that is there."),
    lifetime.not_primary: cause("KMS-REPLICA", "{key} is not a multi-Region primary key.", "Name the primary key."),
    lifetime.no_replica_there: cause("KMS-REPLICA-MISSING", "No replica is there.", "Call ReplicateKey first."),
    lifetime.update_from_replica: cause("KMS-REPLICA", "{key} is not the primary key.", "Call it on the primary key."),
    lifetime.key_store_not_found: cause("KMS-KEY-STORE-NOT-FOUND", "There is no such key store.", _STORE),
    lifetime.key_store_state: cause(
        "KMS-KEY-STORE-STATE",
        "The key store is not in the state that {operation} needs.",
        "Call ConnectCustomKeyStore or DisconnectCustomKeyStore first.",
    ),
    lifetime.key_store_has_keys: cause("KMS-KEY-STORE-HAS-KEYS", "It has keys.", "Delete its keys first."),
    lifetime.key_store_in_use: cause("KMS-KEY-STORE-IN-USE", "Another key store has it.", "Use what is free."),
    lifetime.key_store_quota: cause("KMS-QUOTA-KEY-STORES", "There are as many as there may be.", _MORE),
    lifetime.key_store_parameter: cause("KMS-KEY-STORE-PARAMETER", "It does not fit such a key store.", _FIX),
    lifetime.xks_key_in_use: cause("KMS-KEY-STORE-IN-USE", "Another KMS key has it.", "Name another XksKeyId."),
    lifetime.cluster_unreachable: cause(
        "KMS-KEY-STORE-CLUSTER", "The CloudHSM cluster does not answer.", "Repair it: world.key_store_fault(id, None)."
    ),
    lifetime.proxy_rejected: cause(
        "KMS-KEY-STORE-CIPHERTEXT",
        "The proxy does not know the ciphertext under this encryption context.",
        "Send the encryption context with which it was encrypted, and the ciphertext unchanged.",
    ),
    lifetime.proxy_failed: cause(
        "KMS-KEY-STORE-PROXY", "The proxy does not answer.", "Repair it: world.key_store_fault(id, None)."
    ),
}

SHARED: Mapping[Says, Cause] = {
    errors.throttled: causes.QUOTA,
    errors.security_token_invalid: causes.CREDENTIALS["deleted"],
    errors.unknown_operation: cause("KMS-OPERATION", "There is no such operation.", "Check X-Amz-Target."),
    errors.recipient_document: cause(
        "KMS-ATTESTATION", "The attestation document is not valid.", "Pass one of the Nitro Security Module, unchanged."
    ),
}
INVALID_STATE = keys.invalid_state
"""The one function whose cause hangs on the state that it is told."""
OF_KMS: Mapping[Says, Cause] = {**KEYS, **GRANTS, **LIFETIME, **SHARED}
