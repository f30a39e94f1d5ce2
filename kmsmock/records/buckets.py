"""The default encryption of buckets, and what the uploads to them were started with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from kmsmock.call import Call
from kmsmock.foreign.notes import Note
from kmsmock.records import backends


class Rule(NamedTuple):
    """A bucket's rule of default encryption; a bucket that was never configured has this one."""

    mode: str = "AES256"
    key_id: str | None = None
    bucket_key: bool = False
    blocked: tuple[str, ...] = ()
    """Encryption types that writes may not ask for; only SSE-C can be blocked."""


NEVER_SET = Rule()
_RULE = Note[tuple[Any, Rule]]("rule")
"""On a bucket: what moto was told, and the rule that it stands for."""


def rule_of(bucket: Any) -> Rule:
    """The rule of one of moto's buckets. Templates write it into moto, past PutBucketEncryption."""
    written = bucket.encryption
    known = _RULE.get(bucket)
    if known is not None and known[0] is written:
        return known[1]
    return NEVER_SET if not written else _read(written["Rule"])


def keep(bucket: Any, rule: Rule) -> None:
    """Remember a rule for what moto has just been told."""
    _RULE.set(bucket, (bucket.encryption, rule))


def _read(rule: Mapping[str, Any]) -> Rule:
    default = rule.get("ApplyServerSideEncryptionByDefault") or {}
    bucket_key = str(rule.get("BucketKeyEnabled", False)).lower() == "true"
    return Rule(default.get("SSEAlgorithm", "AES256"), default.get("KMSMasterKeyID"), bucket_key)


def find_bucket(name: str) -> Any:
    """moto's record of a bucket, whoever owns it, or None. Imports nothing of moto."""
    found = owner_of(name)
    return None if found is None else bucket_in(backends.made("s3", *found), name)


def bucket_in(backend: Any, name: str) -> Any:
    """The record of a bucket in one of moto's backends, or None: also of the storage under a table of S3 Tables."""
    return backend.buckets.get(name) or backend.table_buckets.get(name)


def owner_of(name: str) -> tuple[str, str] | None:
    """The account that owns a bucket, and its partition; None for a bucket that is not there."""
    table = backends.table("s3")
    found = None if table is None else table.bucket_accounts.get(name)
    return None if found is None else (found[1], found[0])


def policy_of(name: str) -> str | None:
    """The policy of a bucket, if it has one."""
    bucket = find_bucket(name)
    return None if bucket is None or bucket.policy is None else str(bucket.policy.decode())


# --- uploads --------------------------------------------------------------------------------------------------------

_ASKED = Note[tuple["str | None", "str | None"]]("asked")
"""On an upload: the encryption that its start asked for, and the key that it got."""


def keep_asked(upload: Any, call: Call, key_arn: str | None) -> None:
    """Remember what the start of an upload asked for, and the key that it got."""
    _ASKED.set(upload, (call.params.get("ServerSideEncryption"), key_arn))


def asked_by_start(call: Call) -> tuple[str | None, str | None]:
    """What ``keep_asked`` remembers of the upload that a call is about; nothing of one that is not there."""
    bucket = find_bucket(call.params.get("Bucket", ""))
    upload = None if bucket is None else bucket.multiparts.get(call.params.get("UploadId"))
    return (None if upload is None else _ASKED.get(upload)) or (None, None)
