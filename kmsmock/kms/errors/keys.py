"""What KMS answers when it refuses: one function for one text. Names and texts are AWS's."""

from __future__ import annotations

from kmsmock.errors import AwsError, validation


def key_not_found(arn: str) -> AwsError:
    return AwsError("NotFoundException", f"Key '{arn}' does not exist")


def invalid_key_id(key_id: str) -> AwsError:
    return AwsError("NotFoundException", f"Invalid keyId '{key_id}'")


def invalid_arn_region(region: str) -> AwsError:
    return AwsError("NotFoundException", f"Invalid arn {region}")


def alias_not_found(alias_arn: str) -> AwsError:
    return AwsError("NotFoundException", f"Alias {alias_arn} is not found.")


def alias_not_supported() -> AwsError:
    return AwsError("InvalidArnException", "Key Aliases are not supported for this operation.")


def invalid_arn(arn: str) -> AwsError:
    return AwsError("InvalidArnException", f"Invalid arn {arn}")


def no_such_policy() -> AwsError:
    return AwsError("NotFoundException", "No such policy exists")


def policy_of_ram() -> AwsError:
    return validation("The AWS_RAM policy can only be managed by the RAM service")


def only_default_policy() -> AwsError:
    # Unverified: AWS's text for PutKeyPolicy with another PolicyName was never recorded.
    return AwsError("UnsupportedOperationException", "Only default policy is supported")


def alias_prefix() -> AwsError:
    return validation(
        'Alias must start with the prefix "alias/". Please see '
        "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"
    )


def alias_characters(alias: str) -> AwsError:
    return validation(f"{alias} contains invalid characters for an alias")


def alias_empty() -> AwsError:
    # Unverified: AWS names either this code or ValidationException for the bare prefix.
    return AwsError("InvalidAliasNameException")


def alias_reserved() -> AwsError:
    # Unverified code: only emulators answer for create, update and delete of alias/aws/….
    return AwsError("NotAuthorizedException")


def alias_exists(alias_arn: str) -> AwsError:
    return AwsError("AlreadyExistsException", f"An alias with the name {alias_arn} already exists")


def alias_target_is_alias() -> AwsError:
    return validation("Aliases must refer to keys. Not aliases")


def alias_target_mismatch() -> AwsError:
    # Unverified text: the rule is documented (same type and usage), the words are not.
    return validation("The current and new KMS keys of an alias must have the same key type and key usage.")


def alias_quota(limit: int, usage: int) -> AwsError:
    return AwsError(
        "LimitExceededException",
        f"Aliases per key quota for this account in this region is {limit}, current usage is {usage}.",
    )


def disabled(arn: str) -> AwsError:
    return AwsError("DisabledException", f"{arn} is disabled.")


def invalid_state(arn: str, condition: str) -> AwsError:
    return AwsError("KMSInvalidStateException", f"{arn} is {condition}.")


def origin_not_valid(arn: str, origin: str) -> AwsError:
    return AwsError("UnsupportedOperationException", f"{arn} origin is {origin} which is not valid for this operation.")


def unsupported(message: str = "") -> AwsError:
    return AwsError("UnsupportedOperationException", message)


def wrong_usage(arn: str, usage: str, operation: str) -> AwsError:
    return AwsError("InvalidKeyUsageException", f"{arn} key usage is {usage} which is not valid for {operation}.")


def incompatible_algorithm(algorithm: str, spec: str) -> AwsError:
    return AwsError("InvalidKeyUsageException", f"Algorithm {algorithm} is incompatible with key spec {spec}.")


def usage_spec_mismatch(usage: str, spec: str) -> AwsError:
    return validation(f"KeyUsage {usage} is not compatible with KeySpec {spec}")


def spec_not_for_origin(spec: str, origin: str) -> AwsError:
    return validation(f"KeySpec {spec} is not supported for Origin {origin}")


def usage_required() -> AwsError:
    return validation("You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.")


def two_key_specs() -> AwsError:
    # Unverified text; that one of them is enough is documented.
    return validation(
        "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated."
    )


def data_key_from_asymmetric() -> AwsError:
    return AwsError("InvalidKeyUsageException", "You cannot generate a data key pair with an asymmetric CMK")


def invalid_signature() -> AwsError:
    return AwsError("KMSInvalidSignatureException")


def invalid_mac() -> AwsError:
    return AwsError("KMSInvalidMacException")


def message_type_for_spec(message_type: str, spec: str) -> AwsError:
    return validation(f"Message type {message_type} is incompatible with key spec {spec}.")


def message_type_for_algorithm(message_type: str, algorithm: str) -> AwsError:
    return validation(f"Message type {message_type} is incompatible with algorithm {algorithm}.")


def digest_length(algorithm: str) -> AwsError:
    return validation(f"Digest is invalid length for algorithm {algorithm}.")


def plaintext_too_long(algorithm: str, spec: str, most: int) -> AwsError:
    return validation(f"Algorithm {algorithm} and key spec {spec} cannot encrypt data larger than {most} bytes.")


def context_with_asymmetric() -> AwsError:
    return validation("EncryptionContext is not supported when encrypting/decrypting with asymmetric CMKs.")


def dry_run_modifiers() -> AwsError:
    # Unverified text; that DryRunModifiers belong to a dry run is documented.
    return validation("DryRunModifiers can only be specified when DryRun is true.")


def ciphertext_required() -> AwsError:
    return validation(
        "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: "
        "Member must not be null"
    )


def invalid_ciphertext() -> AwsError:
    return AwsError("InvalidCiphertextException")


def incorrect_key() -> AwsError:
    return AwsError(
        "IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation."
    )


def key_id_required() -> AwsError:
    return validation("KeyId must not be null")


def data_key_size_required() -> AwsError:
    return validation("Please specify either number of bytes or key spec.")


def number_of_bytes_required() -> AwsError:
    return validation("NumberOfBytes is required.")


def dry_run() -> AwsError:
    return AwsError("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.")


def pending_window() -> AwsError:
    return validation("PendingWindowInDays must be between 7 and 30")


def malformed_policy(message: str) -> AwsError:
    return AwsError("MalformedPolicyDocumentException", message)


def policy_too_long(limit: int) -> AwsError:
    # Unverified text; the code and the limit are documented.
    return AwsError("LimitExceededException", f"Key policy size quota is {limit} bytes.")


LOCKOUT = "The new key policy will not allow you to update the key policy in the future."


CONDITION_KEYS = (
    "These condition keys are not permitted in a key policy: aws:ResourceTag, kms:ResourceTag, kms:ResourceAliases"
)
INVALID_PRINCIPALS = "Policy contains a statement with one or more invalid principals."


def tag_error(message: str) -> AwsError:
    return AwsError("TagException", message)


def invalid_marker() -> AwsError:
    return AwsError("InvalidMarkerException")


def key_quota(limit: int, usage: int) -> AwsError:
    return AwsError(
        "LimitExceededException",
        f"Key quota for this account in this region is {limit} but the current usage is {usage}.",
    )
