"""The causes of errors by their code: those of the integrated services, and KMS's where a text has no function."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kmsmock.refusals import causes
from kmsmock.refusals.causes import Cause, cause

_CODES: Mapping[Cause, tuple[str, ...]] = {
    causes.ACCESS_DENIED: (
        "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "NotAuthorizedException",
        "OperationNotPermitted", "AuthorizationError",
    ),
    causes.DRY_RUN: ("DryRunOperation", "DryRunOperationException"),
    causes.CREDENTIALS["expired"]: ("ExpiredToken", "ExpiredTokenException", "RequestExpired"),
    causes.CREDENTIALS["token"]: ("InvalidToken",),
    causes.CREDENTIALS["skewed"]: ("RequestTimeTooSkewed",),
    causes.CREDENTIALS["body"]: ("XAmzContentSHA256Mismatch",),
    causes.CREDENTIALS["region"]: ("AuthorizationHeaderMalformed",),
    causes.CREDENTIALS["unsigned"]: ("MissingAuthenticationTokenException",),
    cause(
        "CREDENTIALS-UNKNOWN",
        "Nobody has these credentials.",
        "Use a client of this world: account.client(...), role.client(...), or with principal.acting().",
    ): ("UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId", "AuthFailure"),
    cause(
        "CREDENTIALS-SIGNATURE",
        "The signature does not fit the request, or its time is over.",
        "Sign with the secret of the access key, send what was signed unchanged, and before it expires.",
    ): (
        "SignatureDoesNotMatch", "InvalidSignatureException", "AuthorizationQueryParametersError",
        "IncompleteSignatureException", "IncompleteSignature",
    ),
    causes.QUOTA: ("ThrottlingException",),
    cause(
        "REQUEST-PARAMETER",
        "A parameter of {operation} is not one that {service} takes.",
        "Correct the parameter that the message names.",
    ): (
        "ValidationException", "ValidationError", "InvalidParameterValue", "InvalidParameterException",
        "InvalidRequest", "InvalidParameterValueException", "InvalidParameter", "InvalidInput", "InvalidArgument",
        "InvalidArgumentException", "InvalidArnException", "InvalidAliasNameException", "InvalidRequestException",
        "BadRequest", "InvalidAttributeName", "InvalidBucketName", "InvalidTrailNameException",
        "InvalidTimeRangeException", "InvalidMaxResultsException", "InvalidLookupAttributesException",
        "InvalidEventSelectorsException", "InvalidEventCategoryException", "InvalidBucketOwnerAWSAccountID",
        "InvalidEncryptionAlgorithmError", "InvalidAMIAttributeItemValue", "InvalidPartNumber", "TagException",
        "IncorrectKeyMaterialException", "InvalidEncryptionConfiguration", "InvalidKMSResourceException",
        "InvalidSecurity", "InvalidPart", "InvalidKmsKeyIdException", "InvalidKeyId", "ValidationErrorException",
        "InvalidKeyUsageException", "InvalidPartOrder", "InvalidDocument", "InvalidRange", "InvalidStorageClass",
        "InvalidVolumeID.Malformed", "InvalidSnapshotID.Malformed", "InvalidAMIID.Malformed", "BadRequestException",
        "InvalidParametersException", "InvalidLayerException", "InvalidLaunchTemplateName.MalformedException",
        "UnknownParameter",
    ),
    cause("REQUEST-MISSING", "{operation} lacks something.", "Pass what the message names."): (
        "MissingParameter", "MissingAction", "MissingAuthenticationToken",
    ),
    cause(
        "REQUEST-COMBINATION", "The parameters do not go together.", "Leave one of those out that the message names."
    ): ("InvalidParameterCombination", "InvalidParameterCombinationException"),
    cause(
        "REQUEST-UNREADABLE",
        "The request cannot be read: its body or its headers are not what the protocol asks for.",
        "Send it with boto3, or serialize the body as the service's protocol says.",
    ): (
        "SerializationException", "MalformedXML", "MalformedQueryString", "MalformedPOSTRequest",
        "InvalidCompressionFormat", "InvalidTextEncoding", "TruncatedInput",
    ),
    cause("REQUEST-OPERATION", "There is no such operation.", "Name an operation of {service}."): (
        "UnknownOperationException", "InvalidAction", "MethodNotAllowed",
    ),
    cause(
        "RESOURCE-NOT-FOUND",
        "What {operation} names does not exist for the caller: in this account, this Region, under this name.",
        "Create it in this world first; check the client's Region, the caller's account and the spelling.",
        "If it was made a moment ago and is gone, look for a refusal of KMS before this one: work that KMS "
        "refuses later leaves nothing behind.",
    ): (
        "NotFoundException", "ResourceNotFoundException", "ResourceNotFoundFault", "NoSuchEntity", "NoSuchUpload",
        "NoSuchKey", "NoSuchBucket", "TrailNotFoundException", "S3BucketDoesNotExistException",
        "PolicyNotFoundException", "NotFound", "InvalidVolume.NotFound", "InvalidSnapshot.NotFound",
        "InvalidInstanceID.NotFound", "InvalidAMIID.NotFound", "InvalidImageUsageReportId.NotFound",
        "NoSuchAccessPoint", "NoSuchConfiguration", "NoSuchJob", "NoSuchVersion",
        "InvalidReplaceRootVolumeTaskId.NotFound", "KmsKeyNotFoundException", "CustomKeyStoreNotFoundException",
        "NotFoundFault", "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", "DBSnapshotNotFound",
        "DBClusterSnapshotNotFoundFault", "404", "PatchBaselineNotFound", "ParameterNotFound",
        "InvalidLaunchTemplateName.NotFoundException",
    ),
    cause("RESOURCE-EXISTS", "There is one of this name.", "Choose another name, or delete that one first."): (
        "AlreadyExistsException", "TrailAlreadyExistsException", "ResourceInUseException", "ConflictException",
        "XksKeyAlreadyInUseException", "InvalidSnapshot.InUse", "BucketAlreadyExists",
    ),
    cause(
        "RESOURCE-STATE",
        "What {operation} names is not in a state for it.",
        "Wait for it (a waiter, world.clock.advance()), or bring it into the state that the message names.",
    ): (
        "KMSInvalidStateException", "IncorrectState", "IncorrectInstanceState", "InvalidAMIID.Unavailable",
        "JobStatusException",
        "NotStabilized", "CustomKeyStoreHasCMKsException", "InvalidDBInstanceState", "InvalidDBClusterStateFault",
        "InvalidDBSnapshotState", "InvalidState", "InvalidGrantIdException", "InvalidDBClusterSnapshotStateFault",
        "InvalidImportTokenException", "InvalidGrantTokenException", "ExpiredImportTokenException",
        "CustomKeyStoreInvalidStateException", "VolumeInUse",
    ),
    causes.DISABLED: ("DisabledException",),
    cause(
        "SERVICE-KMS",
        "{service} could not use the KMS key.",
        "Do what the refusal of KMS below asks for: {service} asks KMS for the caller.",
    ): (
        "KmsException", "KMSKeyNotAccessibleFault", "Client.InternalError", "KMSDisabled", "KMSInvalidState",
        "KMSNotFound", "KMSAccessDenied", "KMSAccessDeniedException", "KMSDisabledException", "KMSNotFoundException",
        "KMSThrottling", "KMSOptInRequired", "KMSThrottlingException", "KmsAccessDenied", "KmsDisabled",
        "KmsInvalidKeyUsage", "KmsInvalidState", "KmsNotFound", "KmsThrottled", "DecryptionFailure",
        "EncryptionFailure", "KMS.DisabledException", "KMS.NotFoundException", "KMS.KMSInvalidStateException",
        "InvalidKmsKey", "KmsOptInRequired", "InvalidKMSKey", "Client.InvalidKMSKey.InvalidState",
    ),
    cause(
        "POLICY-MALFORMED", "{service} does not store this document.", "Correct the element that the message names."
    ): (
        "InvalidPolicyDocument", "MalformedPolicyDocument", "MalformedPolicyDocumentException", "PolicyTooLarge",
        "MalformedPolicy", "InvalidPolicy", "MalformedPolicyException", "PolicyLengthExceededException",
        "InvalidPolicyException", "MalformedPolicyDocumentFault", "InvalidResourcePolicy",
        "ResourcePolicyInvalidParameterException",
    ),
    cause(
        "SERVICE-DESTINATION",
        "The destination does not let {service} in.",
        "Allow the service in the policy of the bucket, and in the policy of the key (kms:GenerateDataKey*).",
    ): ("InsufficientS3BucketPolicyException", "InsufficientEncryptionPolicyException"),
    cause("RESOURCE-QUOTA", "There are as many as there may be.", "Delete some, or raise the quota."): (
        "LimitExceededException", "LimitExceeded", "VcpuLimitExceeded",
    ),
    cause(
        "REQUEST-PAGE",
        "The token of the page is not one of this list.",
        "Pass the token of the page before, unchanged.",
    ): ("InvalidNextTokenException", "InvalidNextToken", "InvalidMarkerException"),
    cause(
        "SERVICE-FAILED",
        "{service} failed, or KMS failed behind it.",
        "Retry, as the SDKs do; see the refusal of KMS below if there is one.",
    ): (
        "InternalError", "InternalServerError", "InternalServerException", "InternalFailure", "SlowDown",
        "ServiceUnavailable", "RequestThrottledException", "KMSInternalException", "DependencyTimeoutException",
        "KeyUnavailableException", "Unavailable", "InternalServiceError", "InternalServiceErrorException", "Throttling",
    ),
    cause(
        "REQUEST-CONDITION",
        "A condition of the request does not hold for what is there.",
        "Read what is there first, and send the condition that fits it.",
    ): ("ConditionalCheckFailedException", "PreconditionFailed"),
    cause(
        "SERVICE-THROTTLED",
        "{service} has had more requests than it takes, or KMS has behind it.",
        "Retry with backoff, as the SDKs do; see the refusal of KMS below if there is one.",
    ): ("RequestLimitExceeded", "EC2ThrottledException", "TooManyRequestsException"),
    cause(
        "REQUEST-UNSUPPORTED", "{service} does not do this.", "Leave it out, or use what the message names instead."
    ): ("UnsupportedOperation", "UnsupportedOperationException"),
    cause("REQUEST-CHECKSUM", "The body is not what its checksum says.", "Send the checksum of this body."): (
        "BadDigest", "InvalidDigest", "ManifestETagMismatch",
    ),
    cause("REQUEST-SIZE", "A part or the body is too small or too large.", "Split it as the message says."): (
        "EntityTooSmall", "EntityTooLarge",
    ),
    cause("S3-ACLS-OFF", "ACLs are switched off for the bucket.", "Leave the ACL out, and use a bucket policy."): (
        "AccessControlListNotSupported",
    ),
    causes.IDENTITY_TOKEN: ("InvalidIdentityToken",),
    cause("STS-MESSAGE", "It is no encoded message.", "Pass the text after 'failure message:' unchanged."): (
        "InvalidAuthorizationMessageException",
    ),
    cause(
        "KMS-KEY-STORE-CLUSTER-OTHER", "It is no copy of the cluster that the key store had.", "Name a related cluster."
    ): ("CloudHsmClusterNotRelatedException",),
    cause(
        "REQUEST-TOKEN-REUSED", "The client token was used with other parameters.", "Use a new token for a new request."
    ): ("IdempotentParameterMismatch",),
    cause(
        "IMAGE-KEY-REVOKED", "The key of the image cannot be used any more.", "Enable the key, or share the image anew."
    ): ("CustomerKeyHasBeenRevoked",),
    cause("KMS-NOT-VERIFIED", "It does not verify.", "Verify with the key and algorithm that made it."): (
        "KMSInvalidSignatureException", "KMSInvalidMacException",
    ),
    causes.CIPHERTEXT_DAMAGED: ("InvalidCiphertextException",),
    causes.CIPHERTEXT_OTHER_KEY: ("IncorrectKeyException",),
}  # fmt: skip
BY_CODE: Mapping[str, Cause] = {code: found for found, codes in _CODES.items() for code in codes}
_WORDS: tuple[tuple[str, str], ...] = (
    ("kms", "KmsException"),
    ("condition", "ConditionalCheckFailedException"),
    ("throttl|toomanyrequests|requestlimit|throughput", "TooManyRequestsException"),
    ("policy.*(notvalid|toolarge)|malformed.*policy|publicpolicy", "MalformedPolicyDocument"),
    ("notfound|nosuch|notexist|notpresent|nopublished", "NotFoundException"),
    ("notinuse|notregistered|notattached", "IncorrectState"),
    ("alreadyexist|already.*registered|duplicate|exists|inuse|conflict|owned|contention", "ConflictException"),
    ("denied|notauthorized|noauthorization|authorizationerror|missingpermission|notpermitted|callerisnot|notallowed",
     "AccessDenied"),
    ("limit|quota|toomany|exceed|toolarge|toolong|maximum|maxconcurrent|nofree|insufficient.*capacity",
     "LimitExceededException"),
    ("state|status|notready|progress|disabled|enabled|inactive|pending|notempty|deleting|deleted|already|ongoing",
     "IncorrectState"),
    ("unsupported|notsupported|notavailable|nolonger|optedout|unmodifiable|cannot", "UnsupportedOperation"),
    ("missing|notprovided|required", "MissingParameter"),
    ("invalid|notvalid|malformed|mismatch|doesnotmatch|badrequest|validation|incorrect|empty|expired|unrecognized",
     "ValidationException"),
    ("internal|unavailable|failure|timeout|timedout|unexpected|server|service|dependency|connect|unable",
     "InternalFailure"),
)  # fmt: skip
"""Words of codes -> a listed code that means the like; the first that is found counts."""


def like(code: str) -> Cause | None:
    """The cause of a code that is not listed, by the words of which it is made."""
    spelled = code.lower()
    return next((BY_CODE[listed] for words, listed in _WORDS if re.search(words, spelled)), None)


OTHER = cause(
    "SERVICE-REFUSED",
    "{service} refuses {operation}.",
    "Read the message; the cause is not one of those that kmsmock knows more about.",
)
"""What moto's own services say beyond the codes of the table."""
