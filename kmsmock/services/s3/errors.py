"""S3's words for what it refuses ("Error responses" in the Amazon S3 API reference)."""

from __future__ import annotations

from functools import partial

from kmsmock.errors import AwsError
from kmsmock.services.kms import outages
from kmsmock.services.kms.translation import translating
from kmsmock.wire import complaints

malformed_xml = complaints.malformed_xml

_MODE = "x-amz-server-side-encryption"
_CUSTOMER = "Requests specifying Server Side Encryption with Customer provided keys must provide"


def invalid(message: str, **details: str) -> AwsError:
    return AwsError("InvalidArgument", message, 400, **details)


def invalid_request(message: str, **details: str) -> AwsError:
    return AwsError("InvalidRequest", message, 400, **details)


def access_denied(message: str = "Access Denied") -> AwsError:
    return AwsError("AccessDenied", message, 403)


def bad_digest(algorithm: str) -> AwsError:
    return AwsError("BadDigest", f"The {algorithm.lower()} you specified did not match the calculated checksum.")


def bad_checksum(algorithm: str) -> AwsError:
    """Of a body, as the AWS CLI shows it; of the parts of an upload the algorithm is in lower case."""
    return AwsError("BadDigest", f"The {algorithm} you specified did not match the calculated checksum.")


def bad_md5(expected: str, found: str) -> AwsError:
    text = "The Content-MD5 you specified did not match what we received."
    return AwsError("BadDigest", text, ExpectedDigest=expected, CalculatedDigest=found)


def invalid_md5(value: str) -> AwsError:
    details = {"Content-MD5": value}
    return AwsError("InvalidDigest", "The Content-MD5 you specified was invalid.", 400, **details)


def no_such_bucket(name: str) -> AwsError:
    return AwsError("NoSuchBucket", "The specified bucket does not exist", 404, BucketName=name)


def no_account(value: str) -> AwsError:
    text = f"The value of the expected bucket owner parameter must be an AWS Account ID... [{value}]"
    return AwsError("InvalidBucketOwnerAWSAccountID", text)


def no_such_key(name: str) -> AwsError:
    return AwsError("NoSuchKey", "The specified key does not exist.", 404, Key=name)


def no_such_upload(upload_id: str) -> AwsError:
    text = (
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or "
        "completed."
    )
    return AwsError("NoSuchUpload", text, 404, UploadId=upload_id)


def no_such_part() -> AwsError:
    return AwsError("InvalidPartNumber", "The requested partnumber is not satisfiable", 416)


def key_without_mode() -> AwsError:
    return invalid(
        "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms"
    )


def unknown_mode() -> AwsError:
    return invalid("The encryption method specified is not supported")


def needs_signature_4() -> AwsError:
    return invalid(
        "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4.",
        ArgumentName="Authorization",
        ArgumentValue="null",
    )


def needs_tls(keys: str) -> AwsError:
    # the status is documented, the words are those that public issues show for SSE-C
    return invalid(
        f"Requests specifying Server Side Encryption with {keys} keys must be made over a secure connection."
    )


def bad_context() -> AwsError:
    return invalid(
        "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string holding JSON which "
        "represents a string-string map"
    )


def mode_not_supported(mode: str) -> AwsError:
    """For operations that have nothing to choose: reads, parts, the end of an upload."""
    return invalid(
        "x-amz-server-side-encryption header is not supported for this operation.",
        ArgumentName=_MODE,
        ArgumentValue=mode,
    )


# --- SSE-C ----------------------------------------------------------------------------------------------------------


def two_modes(mode: str) -> AwsError:
    return invalid(
        "Server Side Encryption with Customer provided key is incompatible with the encryption method specified",
        ArgumentName=_MODE,
        ArgumentValue=mode,
    )


def customer_algorithm(algorithm: str) -> AwsError:
    text = "The Encryption request you specified is not valid. Supported value: AES256."
    return AwsError("InvalidEncryptionAlgorithmError", text, 400, ArgumentName=_MODE, ArgumentValue=algorithm)


def _invalid_customer_key(message: str) -> AwsError:
    """Which argument it is about, S3 tells as recorded: always the same, without its value."""
    return invalid(message, ArgumentName=_MODE, ArgumentValue="null")


def no_customer_algorithm() -> AwsError:
    return _invalid_customer_key(f"{_CUSTOMER} a valid encryption algorithm.")


def no_customer_key() -> AwsError:
    return _invalid_customer_key(f"{_CUSTOMER} an appropriate secret key.")


def customer_key_length() -> AwsError:
    return _invalid_customer_key("The secret key was invalid for the specified algorithm.")


def customer_key_digest() -> AwsError:
    return _invalid_customer_key("The calculated MD5 hash of the key did not match the hash that was provided.")


def customer_key_missing() -> AwsError:
    return invalid_request(
        "The object was stored using a form of Server Side Encryption. "
        "The correct parameters must be provided to retrieve the object."
    )


def customer_key_wrong() -> AwsError:
    return access_denied(f"{_CUSTOMER} the correct secret key.")


def customer_key_not_applicable() -> AwsError:
    return invalid_request("The encryption parameters are not applicable to this object.")


def part_without_customer_key() -> AwsError:
    return invalid_request(
        "The multipart upload initiate requested encryption. "
        "Subsequent part requests must include the appropriate encryption parameters."
    )


def part_with_other_customer_key() -> AwsError:
    return invalid_request("The provided encryption parameters did not match the ones used originally.")


def blocked(caller: str, action: str, arn: str) -> AwsError:
    return access_denied(
        f'User: {caller} is not authorized to perform: {action} on resource: "{arn}" because this bucket has blocked '
        "upload requests that specify Server Side Encryption with Customer provided keys (SSE-C). "
        "Please specify a different server-side encryption type"
    )


# --- KMS ------------------------------------------------------------------------------------------------------------


def translate(error: AwsError) -> AwsError:
    """A refusal of KMS as S3 passes it on: 403 for a denial, else the KMS code behind ``KMS.``.

    "Error responses" has no code of KMS's for what KMS fails at itself, so that is S3's own failure (unverified).
    """
    if outages.is_throttling(error):
        return AwsError("SlowDown", "Please reduce your request rate for operations involving AWS KMS.", 503)
    if outages.is_failure(error):
        return AwsError("InternalError", "We encountered an internal error. Please try again.", 500)
    if error.code == "AccessDeniedException":
        return access_denied(error.message)
    return AwsError(f"KMS.{error.code}", error.message, 400)


in_words_of_s3 = partial(translating, translate)
"""A block: what KMS refuses meanwhile, S3 says."""
