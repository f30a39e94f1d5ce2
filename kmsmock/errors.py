"""Every AWS error text that kmsmock can answer with, one function each, and the error for misuse of the tool itself."""

from __future__ import annotations

from collections.abc import Sequence


class KmsMockError(Exception):
    """kmsmock was used wrongly, or was asked for something it does not model. Never an AWS answer."""


class RealRequestRefused(KmsMockError):
    """A request was about to leave the process while a world is active."""


class AwsError(Exception):
    """What AWS would answer: goes over the wire and reaches the test as botocore's ClientError.

    ``code`` is AWS's error code, ``message`` its text (may be empty), ``status`` the HTTP status.
    """

    def __init__(self, code: str, message: str = "", status: int = 400, **details: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.details = details
        """What services add to some errors, such as ``ArgumentName`` (S3) and ``Reason`` (EBS)."""


def access_denied(message: str) -> AwsError:
    return AwsError("AccessDeniedException", message)


def validation(message: str) -> AwsError:
    return AwsError("ValidationException", message)


def constraint_violations(violations: Sequence[str]) -> AwsError:
    count = len(violations)
    noun = "error" if count == 1 else "errors"
    return validation(f"{count} validation {noun} detected: " + "; ".join(violations))


def serialization(message: str) -> AwsError:
    return AwsError("SerializationException", message)


def unknown_operation() -> AwsError:
    return AwsError("UnknownOperationException")


_JSON_NAMES = {True: "TRUE_VALUE", False: "FALSE_VALUE"}
_WANTED = {"str": "a String", "int": "an Integer", "bool": "a Boolean", "list": "a List", "dict": "a Map"}


def wrong_json_type(value: object, wanted: type) -> AwsError:
    # The words of AWS's JSON protocol as other services show them; for KMS they were never recorded.
    if isinstance(value, dict):
        return serialization("Start of structure or map found where not expected.")
    if isinstance(value, list):
        return serialization("Start of list found where not expected.")
    if value is None:
        return serialization("NULL_VALUE can not be converted to a String")
    seen = "STRING_VALUE" if isinstance(value, str) else "NUMBER_VALUE"
    seen = _JSON_NAMES[value] if isinstance(value, bool) else seen
    return serialization(f"{seen} can not be converted to {_WANTED.get(wanted.__name__, 'a Timestamp')}")


# --- identifying keys and aliases -----------------------------------------------------------------------------------


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


def only_default_policy() -> AwsError:
    # Unverified: AWS's text for PutKeyPolicy with another PolicyName was never recorded.
    return AwsError("UnsupportedOperationException", "Only default policy is supported")


# --- aliases --------------------------------------------------------------------------------------------------------


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


# --- key states -----------------------------------------------------------------------------------------------------


def disabled(arn: str) -> AwsError:
    return AwsError("DisabledException", f"{arn} is disabled.")


def invalid_state(arn: str, condition: str) -> AwsError:
    return AwsError("KMSInvalidStateException", f"{arn} is {condition}.")


def origin_not_valid(arn: str, origin: str) -> AwsError:
    return AwsError("UnsupportedOperationException", f"{arn} origin is {origin} which is not valid for this operation.")


def unsupported(message: str = "") -> AwsError:
    return AwsError("UnsupportedOperationException", message)


# --- key usage and cryptography -------------------------------------------------------------------------------------


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


def recipient_document(problem: str) -> AwsError:
    # Unverified text; the code is documented.
    return validation(f"The attestation document in the Recipient parameter is not valid: {problem}.")


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


# --- request quotas and failures of AWS itself ---------------------------------------------------------------------


def throttled() -> AwsError:
    return AwsError(
        "ThrottlingException",
        "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.",
    )


# --- lifecycle ------------------------------------------------------------------------------------------------------


def pending_window() -> AwsError:
    return validation("PendingWindowInDays must be between 7 and 30")


# --- policies -------------------------------------------------------------------------------------------------------


def malformed_policy(message: str) -> AwsError:
    return AwsError("MalformedPolicyDocumentException", message)


def policy_too_long(limit: int) -> AwsError:
    # Unverified text; the code and the limit are documented.
    return AwsError("LimitExceededException", f"Key policy size quota is {limit} bytes.")


LOCKOUT = "The new key policy will not allow you to update the key policy in the future."
INVALID_PRINCIPALS = "Policy contains a statement with one or more invalid principals."


# --- tags, grants, paging -------------------------------------------------------------------------------------------


def tag_error(message: str) -> AwsError:
    return AwsError("TagException", message)


def invalid_marker() -> AwsError:
    return AwsError("InvalidMarkerException")


def key_quota(limit: int, usage: int) -> AwsError:
    return AwsError(
        "LimitExceededException",
        f"Key quota for this account in this region is {limit} but the current usage is {usage}.",
    )


def security_token_invalid() -> AwsError:
    return AwsError("UnrecognizedClientException", "The security token included in the request is invalid.")
