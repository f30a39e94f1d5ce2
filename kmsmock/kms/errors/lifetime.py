"""What KMS answers about rotation, imported key material, multi-Region keys and custom key stores."""

from __future__ import annotations

from kmsmock.errors import AwsError, validation

# --- rotation -------------------------------------------------------------------------------------------------------


def replica_not_valid(arn: str, operation: str) -> AwsError:
    return AwsError(
        "UnsupportedOperationException", f"{arn} is a multi-region replica key which is not valid for {operation}."
    )


def no_material_pending(arn: str) -> AwsError:
    return AwsError("KMSInvalidStateException", f"No available key material pending rotation for the key: {arn}.")


def replicas_lack_material() -> AwsError:
    return AwsError(
        "KMSInvalidStateException",
        "Cannot perform key material rotation: Key material has not been imported for replicas of the "
        "Multi-Region key.",
    )


def rotations_used_up(arn: str) -> AwsError:
    return AwsError(
        "LimitExceededException",
        "The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be "
        f"performed for this key: {arn}",
    )


def rotation_conflict(arn: str) -> AwsError:
    # Unverified text; the code and the 20 minutes are documented.
    return AwsError("ConflictException", f"An automatic rotation of {arn} is in progress or due within 20 minutes.")


def only_for_symmetric(parameter: str) -> AwsError:
    return validation(f"Input parameter {parameter} can only be used with symmetric keys.")


# --- imported key material ------------------------------------------------------------------------------------------


def cannot_import(algorithm: str, wrapping_spec: str, spec: str) -> AwsError:
    return validation(
        f"Wrapping algorithm {algorithm} and wrapping key spec {wrapping_spec} cannot be used to import a {spec} key."
    )


def valid_to_required() -> AwsError:
    return validation("A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES")


def valid_to_forbidden() -> AwsError:
    return validation("A validTo date cannot be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE")


def valid_to_past() -> AwsError:
    return validation("ValidTo must be in the future")


def valid_to_too_far() -> AwsError:
    return validation("ValidTo must be less than 365 days in the future")


def unexpected_material(material_id: str) -> AwsError:
    return AwsError(
        "IncorrectKeyMaterialException",
        f"Imported key material does not have the expected identifier ({material_id}).",
    )


def material_known(material_id: str, arn: str) -> AwsError:
    return AwsError(
        "IncorrectKeyMaterialException",
        f"Key material (id: {material_id}) being imported as NEW_KEY_MATERIAL is already associated with KMS key "
        f"{arn}.",
    )


def other_material_pending(new_id: str, arn: str, pending_id: str) -> AwsError:
    return AwsError(
        "KMSInvalidStateException",
        f"New key material (id: {new_id}) cannot be imported into KMS key {arn}, because another key material "
        f"(id: {pending_id}) is pending rotation.",
    )


def material_id_with_new() -> AwsError:
    return validation("Input parameter keyMaterialId cannot be used with NEW_KEY_MATERIAL importType.")


def parameter_not_for(parameter: str, spec: str) -> AwsError:
    return validation(f"Input parameter {parameter} cannot be used with {spec} imported keys.")


def never_imported(material_id: str, arn: str) -> AwsError:
    return validation(f"Key material (id: {material_id}) has never been imported into KMS key {arn}.")


def new_on_replica() -> AwsError:
    return validation("Input parameter ImportType NEW_KEY_MATERIAL cannot be used on replica Multi-Region keys")


def description_on_replica() -> AwsError:
    return validation("Key material description can only be specified on primary Multi-Region keys")


def invalid_import_token() -> AwsError:
    return AwsError("InvalidImportTokenException")


def expired_import_token() -> AwsError:
    # The text was never recorded.
    return AwsError("ExpiredImportTokenException")


# --- multi-Region keys ----------------------------------------------------------------------------------------------


def contains_primary(region: str) -> AwsError:
    return validation(f"{region} cannot have a replica because it contains the primary.")


def other_partition() -> AwsError:
    return validation("The replica key Region must be in the same AWS partition as the primary key Region.")


def not_a_region(region: str) -> AwsError:
    return validation(
        f"Region {region} is not a valid Region or multi-Region keys are not supported in Region {region}."
    )


def replica_exists() -> AwsError:
    return AwsError("AlreadyExistsException", "You can create only one replica of each primary key in each AWS Region.")


def not_primary(arn: str) -> AwsError:
    return AwsError("UnsupportedOperationException", f"{arn} is not a multi-region primary key.")


def no_replica_there(key_id: str) -> AwsError:
    return validation(f"{key_id} does not have a replica key in the specified Region.")


def update_from_replica(arn: str) -> AwsError:
    return AwsError("KMSInvalidStateException", f"{arn} is not a multi-Region primary key.")


# --- custom key stores: codes from the API reference; their texts were never recorded -------------------------------


def key_store_not_found(store_id: str) -> AwsError:
    return AwsError("CustomKeyStoreNotFoundException", f"Custom key store {store_id} does not exist.")


def key_store_state(store_id: str, state: str) -> AwsError:
    return AwsError(
        "CustomKeyStoreInvalidStateException",
        f"The connection state of custom key store {store_id} is {state}, which is not valid for this operation.",
    )


def key_store_has_keys(store_id: str) -> AwsError:
    return AwsError("CustomKeyStoreHasCMKsException", f"Custom key store {store_id} contains KMS keys.")


def key_store_in_use(code: str, what: str) -> AwsError:
    return AwsError(code, f"{what} is already used by another custom key store of this account and Region.")


def key_store_quota(limit: int, usage: int) -> AwsError:
    # Unverified text, worded like the recorded alias quota.
    return AwsError(
        "LimitExceededException",
        f"Custom key store quota for this account in this region is {limit}, current usage is {usage}.",
    )


def key_store_parameter(message: str) -> AwsError:
    return validation(message)


def xks_key_in_use(xks_key_id: str) -> AwsError:
    return AwsError("XksKeyAlreadyInUseException", f"External key {xks_key_id} is already used by another KMS key.")


def cluster_unreachable() -> AwsError:
    return AwsError("KMSInvalidStateException", "KMS cannot communicate with your CloudHSM cluster")


def proxy_rejected() -> AwsError:
    return AwsError(
        "KMSInvalidStateException",
        "The external key store proxy rejected the request because the specified ciphertext or additional "
        "authenticated data is corrupted, missing, or otherwise invalid.",
    )


def proxy_failed() -> AwsError:
    return AwsError("KMSInvalidStateException", "KMS cannot communicate with the external key store proxy.")
