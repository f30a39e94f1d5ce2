"""What a cause is, and those that do not hang on one error text: denials, states, ciphertexts, credentials, tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from kmsmock.call import Problem
from kmsmock.iam import Layer
from kmsmock.kms.errors import keys as key_errors


class Cause(NamedTuple):
    """A stable code, what is wrong in one sentence, and what can be done about it.

    Both may hold ``{key}``, ``{operation}``, ``{service}`` and ``{caller}``.
    """

    code: str
    why: str
    remedies: tuple[str, ...]


def cause(code: str, why: str, *remedies: str) -> Cause:
    """A cause with at least one thing to do."""
    return Cause(code, why, remedies)


# --- denials --------------------------------------------------------------------------------------------------------

_ADD = "Add the Allow that the explanation ends with, or ask as somebody who has it."
EXPLICIT_DENY = cause(
    "IAM-EXPLICIT-DENY",
    "A statement with Effect Deny matches the request; no Allow outweighs it.",
    "Send what its Condition asks for, or exempt the caller in that Deny.",
)
BY_LAYER: Mapping[Layer, Cause] = {
    Layer.RESOURCE: cause("IAM-RESOURCE-POLICY", "The policy of the resource does not let the caller in.", _ADD),
    Layer.IDENTITY: cause("IAM-IDENTITY-POLICY", "No policy of the caller allows the action.", _ADD),
    Layer.BOUNDARY: cause("IAM-BOUNDARY", "The caller's permissions boundary does not allow the action.", _ADD),
    Layer.SESSION: cause("IAM-SESSION-POLICY", "The session policy does not allow the action.", _ADD),
    Layer.SCP: cause("IAM-SCP", "A level of service control policies does not allow the action.", _ADD),
    Layer.RCP: cause("IAM-RCP", "A resource control policy does not allow the action.", _ADD),
    Layer.VPCE: cause("IAM-VPC-ENDPOINT", "The policy of the VPC endpoint does not allow the action.", _ADD),
    Layer.GRANT: cause("IAM-GRANT", "No grant allows the action.", "Create a grant for the caller on {key}."),
}
ACCESS_DENIED = cause(
    "IAM-ACCESS-DENIED",
    "The caller lacks a permission that {operation} needs.",
    "Give the caller the permission that the message names, on the resource that it names.",
)
OTHER_ACCOUNT = cause(
    "KMS-KEY-OF-OTHER-ACCOUNT",
    "{operation} is not possible with another account's key, whatever policies say.",
    "Call {operation} as a principal of the account that owns {key}.",
)
ABSENT = cause(
    "KMS-KEY-ABSENT",
    "The key does not exist in this Region, which nobody from outside its account is told.",
    "Check the account id, the key id and the client's Region.",
    "If the key was deleted, what was encrypted under it cannot be read any more: restore it from elsewhere.",
)

KEY_DELETED = cause(
    "KMS-KEY-DELETED",
    "{key} was deleted for good: its waiting period is over.",
    "Use another key. What was encrypted under this one cannot be read any more.",
    "Cancel a deletion (CancelKeyDeletion) while the key is pending; a longer PendingWindowInDays leaves more time.",
)

# --- states of keys -------------------------------------------------------------------------------------------------

DISABLED = cause("KMS-STATE-DISABLED", "{key} is disabled.", "Call EnableKey on it first, or use a key that is on.")
STATES: Mapping[str, Cause] = {
    "pending deletion": cause(
        "KMS-STATE-PENDING-DELETION",
        "{key} is scheduled for deletion.",
        "Call CancelKeyDeletion, then EnableKey: a cancelled key is disabled.",
        "Use another key, and re-encrypt what this one protects before its time is over.",
    ),
    "pending replica deletion": cause(
        "KMS-STATE-PENDING-REPLICA-DELETION",
        "{key} is a primary key that is scheduled for deletion and waits for its replicas to go.",
        "Call CancelKeyDeletion and EnableKey, or make a replica the primary key (UpdatePrimaryRegion).",
    ),
    "pending import": cause(
        "KMS-STATE-PENDING-IMPORT",
        "{key} has no key material: it was not imported yet, was deleted, or has expired.",
        "Call GetParametersForImport and ImportKeyMaterial with the same material as before.",
    ),
    "unavailable": cause(
        "KMS-STATE-UNAVAILABLE",
        "The custom key store of {key} is not connected.",
        "Call ConnectCustomKeyStore, and wait until its ConnectionState is CONNECTED.",
    ),
    "creating": cause(
        "KMS-STATE-CREATING",
        "{key} is a replica that is still being made.",
        "Wait until DescribeKey says Enabled: world.clock.advance(), or World(delays=False).",
    ),
    "updating": cause(
        "KMS-STATE-UPDATING",
        "The primary key of {key}'s family is being changed.",
        "Wait until DescribeKey says Enabled: world.clock.advance(), or World(delays=False).",
    ),
    "not pending deletion": cause(
        "KMS-STATE-NOT-PENDING-DELETION",
        "{key} is not scheduled for deletion, so that there is nothing to cancel.",
        "Leave CancelKeyDeletion out, or call ScheduleKeyDeletion before it.",
    ),
}
"""The condition in the message of KMSInvalidStateException -> its cause."""

# --- key policies ---------------------------------------------------------------------------------------------------

POLICIES: Mapping[str, Cause] = {
    key_errors.LOCKOUT: cause(
        "KMS-POLICY-LOCKOUT",
        "Under this key policy the caller could not change it any more.",
        "Let the caller do kms:PutKeyPolicy in it, or the account's root with a policy of IAM for the caller.",
        "Pass BypassPolicyLockoutSafetyCheck=True if that is meant.",
    ),
    key_errors.INVALID_PRINCIPALS: cause(
        "KMS-POLICY-PRINCIPAL",
        "The key policy names somebody who does not exist.",
        "Create the user or role before the key, or correct the ARN; wildcards go into aws:PrincipalArn, not here.",
    ),
    key_errors.CONDITION_KEYS: cause(
        "KMS-POLICY-CONDITION-KEY",
        "Key policies may not ask for the key's own tags and aliases.",
        "Put the statement with this Condition into a policy of IAM.",
    ),
}
"""What is wrong with a key policy, by KMS's text -> its cause."""

# --- ciphertexts ----------------------------------------------------------------------------------------------------

CIPHERTEXT_CONTEXT = cause(
    "KMS-CIPHERTEXT-CONTEXT",
    "The encryption context is not the one under which the ciphertext was made.",
    "Send the encryption context with which it was encrypted: every name and value, letter by letter.",
)
CIPHERTEXT_BASE64 = cause(
    "KMS-CIPHERTEXT-BASE64",
    "The CiphertextBlob is base64 text; boto3 takes the bytes and encodes them itself.",
    "Pass base64.b64decode(text) as CiphertextBlob.",
)
CIPHERTEXT_OTHER_FORMAT = cause(
    "KMS-CIPHERTEXT-NOT-OF-KMS",
    "The CiphertextBlob is nothing that KMS has made.",
    "Pass the CiphertextBlob that Encrypt, GenerateDataKey or ReEncrypt answered, unchanged; what was encrypted with a "
    "data key (or the AWS Encryption SDK) is decrypted with the data key, not by KMS.",
)
CIPHERTEXT_DAMAGED = cause(
    "KMS-CIPHERTEXT-DAMAGED",
    "The bytes of the ciphertext are not those that KMS answered: some were changed, cut off or added.",
    "Keep ciphertexts as bytes or base64 text; look for a decode('utf-8'), a strip() or a column that is too short.",
)
CIPHERTEXT_UNKNOWN = cause(
    "KMS-CIPHERTEXT-UNKNOWN-KEY",
    "The ciphertext names key material that no key of this world has had.",
    "Encrypt it in this world: ciphertexts of another world, of a mock before it or of AWS cannot be read here.",
)
CIPHERTEXT_OTHER_KEY = cause(
    "KMS-CIPHERTEXT-OTHER-KEY",
    "The ciphertext was made under another key than the one that the request names.",
    "Name the key that made it, or leave KeyId out: a symmetric ciphertext knows its key.",
)
CIPHERTEXT_ASYMMETRIC = cause(
    "KMS-CIPHERTEXT-ASYMMETRIC",
    "The ciphertext was not made with the public key of {key} and this algorithm.",
    "Name the key and the EncryptionAlgorithm with which it was encrypted.",
)

# --- the test itself, credentials, quotas ---------------------------------------------------------------------------

FAULT = cause(
    "TEST-FAULT",
    "The test asked for this failure with world.fault().",
    "Retry as for AWS's own failures, or leave the block of world.fault().",
)
NOT_YET = cause(
    "KMS-NOT-YET-KNOWN",
    "A change that was made just now is not known everywhere yet.",
    "Retry after a while, as code for AWS has to: world.clock.advance() lets time pass.",
    "Or leave it out of World(delays=...).",
)
QUOTA = cause(
    "KMS-QUOTA-REQUESTS",
    "The account has used up a request quota of KMS.",
    "Retry with backoff, cache data keys, spread the calls (world.clock.advance(seconds=1)), or raise the quota: "
    "world.quotas({...}).",
)
IDENTITY_TOKEN = cause(
    "STS-IDENTITY-TOKEN",
    "The token or assertion is not one that the account takes.",
    "Register its issuer in the account of the role (CreateOpenIDConnectProvider with its audiences, "
    "CreateSAMLProvider), and give the world its keys: world.identity_provider(url).",
)
IDENTITY_TOKEN_EXPIRED = cause(
    "STS-IDENTITY-TOKEN-EXPIRED",
    "The token or assertion is too old.",
    "Ask the identity provider for a new one before each use: issuer.token(sub=...).",
)
CREDENTIALS: Mapping[Problem, Cause] = {
    "deleted": cause(
        "CREDENTIALS-DELETED",
        "The access key was deleted, or its user or role is gone.",
        "Make new credentials: account.user(...) or account.role(...), CreateAccessKey, AssumeRole.",
    ),
    "inactive": cause(
        "CREDENTIALS-INACTIVE",
        "The access key was made inactive.",
        "Call UpdateAccessKey with Status Active, or use another key.",
    ),
    "expired": cause(
        "CREDENTIALS-EXPIRED",
        "The session's time is over.",
        "Assume the role again; a longer DurationSeconds makes sessions last longer.",
    ),
    "token": cause(
        "CREDENTIALS-TOKEN",
        "The session token does not go with the access key.",
        "Pass access key, secret and session token of one and the same answer of STS.",
    ),
    "secret": cause(
        "CREDENTIALS-SECRET",
        "The secret access key does not go with the access key.",
        "Pass the secret that came with this key: principal.credentials, or the answer of CreateAccessKey or STS.",
    ),
    "skewed": cause(
        "SIGNATURE-TIME",
        "The request was signed at another time than it is, by the clock of the world and by that of the machine.",
        "Set the clock of whatever signs: a signature is good for five minutes, with S3 for fifteen.",
    ),
    "body": cause(
        "SIGNATURE-BODY",
        "The body is not the one that was signed.",
        "Send the body as it was when x-amz-content-sha256 was computed.",
    ),
    "region": cause(
        "SIGNATURE-REGION",
        "The signature is for a Region that does not exist.",
        "Tell the client its Region: AWS_REGION, or an option such as --region of s3cmd.",
    ),
    "undigested": cause(
        "SIGNATURE-DIGEST",
        "The request to S3 does not say which body it was signed for.",
        "Send x-amz-content-sha256, signed too: the body's SHA-256, or UNSIGNED-PAYLOAD.",
    ),
    "chunk": cause(
        "SIGNATURE-CHUNK",
        "A chunk of the body, or what trails it, is not what was signed, or the last one is missing.",
        "Sign each chunk with the signature before it, and send all of them as they were signed.",
    ),
    "unsigned": cause(
        "SIGNATURE-NONE",
        "Nobody signed the request, which has to be signed.",
        "Give the client credentials; without it, sign the request with Signature Version 4.",
    ),
}
"""What is wrong with credentials -> its cause."""
DRY_RUN = cause(
    "DRY-RUN",
    "Nothing was refused: the call would have succeeded, and DryRun was asked for.",
    "Leave DryRun out to do it.",
)
