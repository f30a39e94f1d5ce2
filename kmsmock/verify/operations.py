"""THE TABLES of what a case may call: what only reads, what makes something and how that is removed, what changes it.

What stands in none of them is not sent, neither to a world nor to AWS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

Values = Mapping[str, Any]


class Making(NamedTuple):
    """An operation that makes something."""

    kind: str
    removal: str
    """The operation that removes it."""
    told: Callable[[Values, Values], Values]
    """The parameters of that, from the parameters and the answer of the making."""
    names: Callable[[Values, Values], tuple[str, ...]]
    """By what later calls name it."""
    is_named: str = ""
    """The parameter that has to be one of ``aws_case.name()``: it may also answer with what was there."""


MAKES: Mapping[tuple[str, str], Making] = {
    ("kms", "CreateKey"): Making(
        "key",
        "ScheduleKeyDeletion",
        lambda _, answer: {"KeyId": answer["KeyMetadata"]["Arn"], "PendingWindowInDays": 7},
        lambda _, answer: (answer["KeyMetadata"]["Arn"], answer["KeyMetadata"]["KeyId"]),
    ),
    ("kms", "CreateAlias"): Making(
        "alias",
        "DeleteAlias",
        lambda sent, _: {"AliasName": sent["AliasName"]},
        lambda sent, _: (sent["AliasName"],),
    ),
    ("kms", "CreateGrant"): Making(
        "grant",
        "RevokeGrant",
        lambda sent, answer: {"KeyId": sent["KeyId"], "GrantId": answer["GrantId"]},
        lambda _, answer: (answer["GrantId"], answer["GrantToken"]),
    ),
    ("s3", "CreateBucket"): Making(
        "bucket",
        "DeleteBucket",
        lambda sent, _: {"Bucket": sent["Bucket"]},
        lambda sent, _: (sent["Bucket"],),
        is_named="Bucket",
    ),
    ("s3", "PutObject"): Making(
        "object",
        "DeleteObject",
        lambda sent, answer: {
            "Bucket": sent["Bucket"],
            "Key": sent["Key"],
            **({"VersionId": answer["VersionId"]} if "VersionId" in answer else {}),
        },
        lambda sent, _: (sent["Key"],),
    ),
    ("sqs", "CreateQueue"): Making(
        "queue",
        "DeleteQueue",
        lambda _, answer: {"QueueUrl": answer["QueueUrl"]},
        lambda _, answer: (answer["QueueUrl"],),
        is_named="QueueName",
    ),
    ("secretsmanager", "CreateSecret"): Making(
        "secret",
        "DeleteSecret",
        lambda _, answer: {"SecretId": answer["ARN"], "ForceDeleteWithoutRecovery": True},
        lambda _, answer: (answer["ARN"], answer["Name"]),
        is_named="Name",
    ),
}
CHANGES: Mapping[str, frozenset[str]] = {
    "kms": frozenset(
        {
            *("CancelKeyDeletion", "DeleteAlias", "DisableKey", "DisableKeyRotation", "EnableKey", "EnableKeyRotation"),
            *("PutKeyPolicy", "RetireGrant", "RevokeGrant", "ScheduleKeyDeletion", "TagResource", "UntagResource"),
            *("UpdateAlias", "UpdateKeyDescription"),
        }
    ),
    "s3": frozenset({"DeleteBucketEncryption", "DeleteObject", "PutBucketEncryption"}),
    "sqs": frozenset({"SendMessage", "SetQueueAttributes"}),
    "secretsmanager": frozenset({"PutSecretValue", "UpdateSecret"}),
}
"""What changes what the case made itself. RotateKeyOnDemand is not here: a rotation costs as much as a key."""
READS: Mapping[str, frozenset[str]] = {
    "kms": frozenset(
        {
            *("Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "GenerateMac"),
            *("GenerateRandom", "ReEncrypt", "Sign", "Verify", "VerifyMac"),
        }
    ),
}
"""What changes nothing, beside what begins with ``_READS``; requests cost."""
_READS = ("Describe", "Get", "Head", "List")
_OWNED = ("Bucket", "KeyId", "QueueUrl", "SecretId", "TargetKeyId", "AliasName", "GrantToken")
"""The parameters that name what a change changes."""
_GONE = frozenset({"NotFoundException", "NoSuchBucket", "NoSuchKey", "ResourceNotFoundException"})


def is_gone(error: Values) -> bool:
    """Whether an error says that nothing is left to remove; a key that waits for its deletion is on its way."""
    waits = error["Code"] == "KMSInvalidStateException" and "pending deletion" in error["Message"]
    return error["Code"] in _GONE or waits


def reads_only(service: str, operation: str) -> bool:
    """Whether a call changes nothing."""
    return operation in READS.get(service, ()) or operation.startswith(_READS)


def owned(service: str, operation: str, sent: Values) -> dict[str, str]:
    """The parameters that have to name what the case made itself, where a call changes or makes something."""
    making = MAKES.get((service, operation))
    free = {"AliasName"} if making is not None and making.kind == "alias" else set()
    mine = {making.is_named} if making is not None else set()
    return {name: str(sent[name]) for name in _OWNED if name in sent and name not in free | mine}


def is_known(service: str, operation: str) -> bool:
    """Whether a case may call it."""
    return reads_only(service, operation) or (service, operation) in MAKES or operation in CHANGES.get(service, ())
