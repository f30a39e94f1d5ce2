"""The causes of errors by their text, where the code says little: those that people ask about."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kmsmock.errors import AwsError
from kmsmock.kms.errors import keys
from kmsmock.refusals.causes import Cause, cause
from kmsmock.refusals.kms_causes import KEYS

_MANAGED = "What is encrypted under an AWS managed key cannot be used from another account."
_ELSEWHERE = "What is encrypted under a customer managed key needs one of the Region that it goes to."
_SHARE = cause(
    "KEY-MANAGED-SHARED",
    _MANAGED,
    "Make a copy under a customer managed key (KmsKeyId) whose key policy admits the other account, and share that.",
)

BY_TEXT: Mapping[str, Cause] = {
    "Snapshots encrypted with the AWS Managed CMK can’t be shared. Specify another snapshot.": _SHARE,
    "Encrypted snapshots with EBS default key cannot be shared": _SHARE,
    "Snapshots encrypted with the default RDS key cannot be shared.": _SHARE,
    "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service "
    "key.": cause(
        "KEY-MANAGED-SHARED",
        _MANAGED,
        "Put the secret under a customer managed key (UpdateSecret with KmsKeyId) whose key policy admits the reader.",
    ),
    "KMSMasterKeyId must be specified for each replica.": cause(
        "KEY-OF-REGION-MISSING", _ELSEWHERE, "Pass KMSMasterKeyId for each replica: the ARN of a key of its Region."
    ),
    "Must specify new KMS key for cross region encrypted snapshot copy.": cause(
        "KEY-OF-REGION-MISSING", _ELSEWHERE, "Pass KmsKeyId: the ARN of a key of the Region that is copied to."
    ),
    "Cannot create a cross region unencrypted read replica from encrypted source.": cause(
        "KEY-OF-REGION-MISSING", _ELSEWHERE, "Pass KmsKeyId: the ARN of a key of the Region of the replica."
    ),
    "Creating an unencrypted copy from an encrypted snapshot is not supported.": cause(
        "EC2-COPY-UNENCRYPTED",
        "A copy of what is encrypted is encrypted.",
        "Leave Encrypted out, or send Encrypted=True with the KmsKeyId of a key of the copy's Region.",
    ),
    "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4.": cause(
        "S3-SIGNATURE-VERSION",
        "Objects under KMS keys are for requests that are signed by version 4.",
        "Make the client with Config(signature_version='s3v4'), also for presigned URLs.",
    ),
    "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption": cause(
        "S3-KEY-WITHOUT-MODE",
        "A key is taken together with the mode only.",
        "Send ServerSideEncryption='aws:kms' with SSEKMSKeyId.",
    ),
    "Value at 'plaintext' failed to satisfy constraint: Member must have length less than": KEYS[
        keys.plaintext_too_long
    ],
    "at 'operations' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum": cause(
        "KMS-GRANT-OPERATIONS",
        "Grants can allow the operations that the message lists, and no others.",
        "Leave the others out of Operations, and allow them in a policy.",
    ),
}
"""What a message has in it -> its cause."""

_ANY = re.compile("|".join(f"({re.escape(text)})" for text in BY_TEXT))
_CAUSES = tuple(BY_TEXT.values())


def cause_of(error: AwsError) -> Cause | None:
    """The cause of an error by what its message says."""
    found = _ANY.search(error.message)
    return _CAUSES[found.lastindex - 1] if found is not None and found.lastindex is not None else None
