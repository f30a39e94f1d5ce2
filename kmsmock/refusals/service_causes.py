"""The causes of errors by their code: those of the integrated services, and KMS's where a text has no function."""

from __future__ import annotations

from collections.abc import Mapping

from kmsmock.refusals import causes
from kmsmock.refusals.causes import Cause, cause

_PARAMETER = cause(
    "REQUEST-PARAMETER",
    "A parameter of {operation} is not one that {service} takes.",
    "Correct the parameter that the message names.",
)
_MISSING = cause("REQUEST-MISSING", "{operation} lacks something.", "Pass what the message names.")
_COMBINATION = cause(
    "REQUEST-COMBINATION", "The parameters do not go together.", "Leave one of those out that the message names."
)
_UNREADABLE = cause(
    "REQUEST-UNREADABLE",
    "The request cannot be read: its body or its headers are not what the protocol asks for.",
    "Send it with boto3, or serialize the body as the service's protocol says.",
)
_OPERATION = cause("REQUEST-OPERATION", "There is no such operation.", "Name an operation of {service}.")
_SIGNATURE = cause(
    "CREDENTIALS-SIGNATURE",
    "The signature does not fit the request, or its time is over.",
    "Sign with the secret of the access key, send what was signed unchanged, and before it expires.",
)
_CREDENTIALS = cause(
    "CREDENTIALS-UNKNOWN",
    "Nobody has these credentials.",
    "Use a client of this world: account.client(...), role.client(...), or with principal.acting().",
)
_NOT_FOUND = cause(
    "RESOURCE-NOT-FOUND",
    "What {operation} names does not exist for the caller: in this account, this Region, under this name.",
    "Create it in this world first; check the client's Region, the caller's account and the spelling.",
    "If it was made a moment ago and is gone, look for a refusal of KMS before this one: work that KMS refuses later "
    "leaves nothing behind.",
)
_EXISTS = cause("RESOURCE-EXISTS", "There is one of this name.", "Choose another name, or delete that one first.")
_STATE = cause(
    "RESOURCE-STATE",
    "What {operation} names is not in a state for it.",
    "Wait for it (a waiter, world.clock.advance()), or bring it into the state that the message names.",
)
_KMS = cause(
    "SERVICE-KMS",
    "{service} could not use the KMS key.",
    "Do what the refusal of KMS below asks for: {service} asks KMS for the caller.",
)
_POLICY = cause(
    "POLICY-MALFORMED", "{service} does not store this document.", "Correct the element that the message names."
)
_POLICY_OF_TARGET = cause(
    "SERVICE-DESTINATION",
    "The destination does not let {service} in.",
    "Allow the service in the policy of the bucket, and in the policy of the key (kms:GenerateDataKey*).",
)
_QUOTA = cause("RESOURCE-QUOTA", "There are as many as there may be.", "Delete some, or raise the quota.")
_PAGE = cause(
    "REQUEST-PAGE", "The token of the page is not one of this list.", "Pass the token of the page before, unchanged."
)
_AWS = cause(
    "SERVICE-FAILED",
    "{service} failed, or KMS failed behind it.",
    "Retry, as the SDKs do; see the refusal of KMS below if there is one.",
)
_UNSUPPORTED = cause(
    "REQUEST-UNSUPPORTED", "{service} does not do this.", "Leave it out, or use what the message names instead."
)
_CHECKSUM = cause("REQUEST-CHECKSUM", "The body is not what its checksum says.", "Send the checksum of this body.")
_SIZE = cause("REQUEST-SIZE", "A part or the body is too small or too large.", "Split it as the message says.")
_ACLS = cause("S3-ACLS-OFF", "ACLs are switched off for the bucket.", "Leave the ACL out, and use a bucket policy.")
_ENCODED = cause("STS-MESSAGE", "It is no encoded message.", "Pass the text after 'failure message:' unchanged.")
_KEY_STORE = cause(
    "KMS-KEY-STORE-CLUSTER-OTHER", "It is no copy of the cluster that the key store had.", "Name a related cluster."
)
_TWICE = cause(
    "REQUEST-TOKEN-REUSED", "The client token was used with other parameters.", "Use a new token for a new request."
)
_REVOKED = cause(
    "IMAGE-KEY-REVOKED", "The key of the image cannot be used any more.", "Enable the key, or share the image anew."
)
_VERIFY = cause("KMS-NOT-VERIFIED", "It does not verify.", "Verify with the key and algorithm that made it.")

_CODES: Mapping[Cause, str] = {
    causes.ACCESS_DENIED: "AccessDenied AccessDeniedException UnauthorizedOperation NotAuthorizedException "
    "OperationNotPermitted",
    causes.DRY_RUN: "DryRunOperation DryRunOperationException",
    causes.CREDENTIALS["expired"]: "ExpiredToken ExpiredTokenException RequestExpired",
    causes.CREDENTIALS["token"]: "InvalidToken",
    _CREDENTIALS: "UnrecognizedClientException InvalidClientTokenId InvalidAccessKeyId AuthFailure",
    _SIGNATURE: "SignatureDoesNotMatch InvalidSignatureException AuthorizationQueryParametersError "
    "IncompleteSignatureException IncompleteSignature",
    causes.QUOTA: "ThrottlingException",
    _PARAMETER: "ValidationException ValidationError InvalidParameterValue InvalidParameterException InvalidRequest "
    "InvalidParameterValueException InvalidParameter InvalidInput InvalidArgument InvalidArgumentException "
    "InvalidArnException InvalidAliasNameException InvalidRequestException BadRequest InvalidAttributeName "
    "InvalidBucketName InvalidTrailNameException InvalidTimeRangeException InvalidMaxResultsException "
    "InvalidLookupAttributesException InvalidEventSelectorsException InvalidEventCategoryException "
    "InvalidBucketOwnerAWSAccountID InvalidEncryptionAlgorithmError InvalidAMIAttributeItemValue InvalidPartNumber "
    "TagException IncorrectKeyMaterialException "
    "InvalidEncryptionConfiguration InvalidKMSResourceException InvalidSecurity InvalidPart "
    "InvalidKmsKeyIdException InvalidKeyId ValidationErrorException InvalidKeyUsageException InvalidPartOrder "
    "InvalidDocument InvalidRange InvalidStorageClass InvalidVolumeID.Malformed InvalidSnapshotID.Malformed "
    "InvalidAMIID.Malformed BadRequestException InvalidParametersException InvalidLayerException",
    _MISSING: "MissingParameter MissingAction MissingAuthenticationToken",
    _COMBINATION: "InvalidParameterCombination InvalidParameterCombinationException",
    _UNREADABLE: "SerializationException MalformedXML MalformedQueryString MalformedPOSTRequest "
    "InvalidCompressionFormat InvalidTextEncoding TruncatedInput",
    _OPERATION: "UnknownOperationException InvalidAction MethodNotAllowed",
    _NOT_FOUND: "NotFoundException ResourceNotFoundException ResourceNotFoundFault NoSuchEntity NoSuchUpload "
    "NoSuchKey NoSuchBucket TrailNotFoundException S3BucketDoesNotExistException PolicyNotFoundException NotFound "
    "InvalidVolume.NotFound InvalidSnapshot.NotFound InvalidInstanceID.NotFound InvalidAMIID.NotFound NoSuchVersion "
    "InvalidReplaceRootVolumeTaskId.NotFound KmsKeyNotFoundException CustomKeyStoreNotFoundException NotFoundFault "
    "QueueDoesNotExist AWS.SimpleQueueService.NonExistentQueue DBSnapshotNotFound DBClusterSnapshotNotFoundFault "
    "404 PatchBaselineNotFound ParameterNotFound",
    _EXISTS: "AlreadyExistsException TrailAlreadyExistsException ResourceInUseException ConflictException "
    "XksKeyAlreadyInUseException InvalidSnapshot.InUse BucketAlreadyExists",
    _STATE: "KMSInvalidStateException IncorrectState IncorrectInstanceState InvalidAMIID.Unavailable NotStabilized "
    "CustomKeyStoreHasCMKsException InvalidDBInstanceState InvalidDBClusterStateFault InvalidDBSnapshotState "
    "InvalidState InvalidGrantIdException InvalidDBClusterSnapshotStateFault InvalidImportTokenException "
    "InvalidGrantTokenException ExpiredImportTokenException CustomKeyStoreInvalidStateException",
    causes.DISABLED: "DisabledException",
    _KMS: "KmsException KMSKeyNotAccessibleFault Client.InternalError KMSDisabled KMSInvalidState KMSNotFound "
    "KMSAccessDenied KMSAccessDeniedException KMSDisabledException KMSNotFoundException KMSThrottling KMSOptInRequired "
    "KMSThrottlingException KmsAccessDenied KmsDisabled KmsInvalidKeyUsage KmsInvalidState KmsNotFound KmsThrottled "
    "DecryptionFailure EncryptionFailure KMS.DisabledException KMS.NotFoundException KMS.KMSInvalidStateException "
    "InvalidKmsKey KmsOptInRequired KMSOptInRequired InvalidKMSKey",
    _POLICY: "InvalidPolicyDocument MalformedPolicyDocument MalformedPolicyDocumentException PolicyTooLarge "
    "MalformedPolicy InvalidPolicy MalformedPolicyException PolicyLengthExceededException "
    "InvalidPolicyException MalformedPolicyDocumentFault InvalidResourcePolicy ResourcePolicyInvalidParameterException",
    _POLICY_OF_TARGET: "InsufficientS3BucketPolicyException InsufficientEncryptionPolicyException",
    _QUOTA: "LimitExceededException LimitExceeded VcpuLimitExceeded",
    _PAGE: "InvalidNextTokenException InvalidNextToken InvalidMarkerException",
    _AWS: "InternalError InternalServerError InternalServerException InternalFailure SlowDown ServiceUnavailable "
    "RequestThrottledException KMSInternalException DependencyTimeoutException KeyUnavailableException "
    "InternalServiceError InternalServiceErrorException Throttling",
    _UNSUPPORTED: "UnsupportedOperation UnsupportedOperationException",
    _CHECKSUM: "BadDigest",
    _SIZE: "EntityTooSmall EntityTooLarge",
    _ACLS: "AccessControlListNotSupported",
    _ENCODED: "InvalidAuthorizationMessageException",
    _KEY_STORE: "CloudHsmClusterNotRelatedException",
    _TWICE: "IdempotentParameterMismatch",
    _REVOKED: "CustomerKeyHasBeenRevoked",
    _VERIFY: "KMSInvalidSignatureException KMSInvalidMacException",
    causes.CIPHERTEXT_DAMAGED: "InvalidCiphertextException",
    causes.CIPHERTEXT_OTHER_KEY: "IncorrectKeyException",
}
BY_CODE: Mapping[str, Cause] = {code: found for found, codes in _CODES.items() for code in codes.split()}
OTHER = cause(
    "SERVICE-REFUSED",
    "{service} refuses {operation}.",
    "Read the message; the cause is not one of those that kmsmock knows more about.",
)
"""What moto's own services say beyond the codes of the table."""
