"""What buckets are told about encryption, access and ownership."""

from __future__ import annotations

from typing import Any

from kmsmock.authorization import services
from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.foreign.notes import Note
from kmsmock.records import buckets
from kmsmock.records.buckets import Rule, find_bucket, rule_of
from kmsmock.services import Advice, Moto
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.s3 import errors, ownership, policies
from kmsmock.services.s3.ownership import ENFORCED, ownership_of
from kmsmock.wire.answers import Answer

# --- default encryption ---------------------------------------------------------------------------------------------


def put_bucket_encryption(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """PutBucketEncryption keeps the key as it is named: nobody looks whether there is such a key.

    A block of SSE-C stays until it is lifted by name.
    """
    bucket = find_bucket(call.params["Bucket"])
    if bucket is None:
        raise errors.no_such_bucket(call.params["Bucket"])
    rules = (call.params.get("ServerSideEncryptionConfiguration") or {}).get("Rules") or []
    if len(rules) != 1:
        raise errors.malformed_xml()
    rule = _checked(rules[0], rule_of(bucket))
    bucket.encryption = {"Rule": _for_moto(rules[0])}
    buckets.keep(bucket, rule)
    return {}


def _checked(given: dict[str, Any], before: Rule) -> Rule:
    default = given.get("ApplyServerSideEncryptionByDefault") or {}
    mode, key_id = default.get("SSEAlgorithm", "AES256"), default.get("KMSMasterKeyID")
    if mode not in ("AES256", "aws:kms", "aws:kms:dsse"):
        raise errors.malformed_xml()
    if mode == "AES256" and key_id is not None:
        text = "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse"
        raise errors.invalid(text, ArgumentName="ApplyServerSideEncryptionByDefault")
    blocked = before.blocked
    if "BlockedEncryptionTypes" in given:
        named = given["BlockedEncryptionTypes"].get("EncryptionType") or []
        if not named or not set(named) <= {"SSE-C", "NONE"}:
            raise errors.malformed_xml()
        blocked = tuple(each for each in named if each != "NONE")
    return Rule(mode, key_id, bool(given.get("BucketKeyEnabled", False)), blocked)


def _for_moto(rule: dict[str, Any]) -> dict[str, Any]:
    """The form in which moto keeps a rule."""
    default = rule.get("ApplyServerSideEncryptionByDefault") or {"SSEAlgorithm": "AES256"}
    return {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": rule.get("BucketKeyEnabled", False)}


def get_bucket_encryption(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """GetBucketEncryption: every bucket has a default."""
    bucket = find_bucket(call.params["Bucket"])
    if bucket is None:
        raise errors.no_such_bucket(call.params["Bucket"])
    rule = rule_of(bucket)
    default = {"SSEAlgorithm": rule.mode, **({"KMSMasterKeyID": rule.key_id} if rule.key_id else {})}
    answer: dict[str, Any] = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": rule.bucket_key}
    if rule.blocked:
        answer["BlockedEncryptionTypes"] = {"EncryptionType": list(rule.blocked)}
    return {"ServerSideEncryptionConfiguration": {"Rules": [answer]}}


def delete_bucket_encryption(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """DeleteBucketEncryption: back to SSE-S3. Whether a block of SSE-C goes too is not documented; here it stays."""
    bucket = find_bucket(call.params["Bucket"])
    if bucket is None:
        raise errors.no_such_bucket(call.params["Bucket"])
    blocked = rule_of(bucket).blocked
    moto()
    buckets.keep(bucket, Rule(blocked=blocked))
    return None


# --- bucket policy --------------------------------------------------------------------------------------------------


def put_bucket_policy(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """PutBucketPolicy: the users and roles that it names are those that there are now."""
    bucket = call.params["Bucket"]
    policies.check(call, kms)
    moto()
    written = moto("GetBucketPolicy", Bucket=bucket)["Policy"]
    kms.store.directory.bind_principals(f"arn:{call.partition}:s3:::{bucket}", written)


# --- ownership ------------------------------------------------------------------------------------------------------

_HARMLESS = {"bucket-owner-full-control"}
_NO_CONTROLS = Note[bool]("no_controls")
"""On a bucket whose ownership controls were deleted."""


def must_allow_acls(call: Call, kms: ServiceKms) -> None:
    """Where ACLs are off, requests that bring one are refused, except with full control for the bucket's owner.

    The default caller of a suite that was written for moto, where ACLs are never off, is only held to what the
    bucket says expressly.
    """
    params = call.params
    if not services.asks(kms.store):
        return
    granted = any(name.startswith("Grant") for name in params) or "AccessControlPolicy" in params
    if not granted and params.get("ACL") in (None, *_HARMLESS):
        return
    bucket = find_bucket(params["Bucket"])
    if bucket is None or ownership_of(bucket) != ENFORCED:
        return
    caller = call.caller
    known = caller.access_key in kms.store.credentials or caller.principal.kind != "root"
    if bucket.ownership_rule or known:
        kms.store.insist(call, AwsError("AccessControlListNotSupported", "The bucket does not allow ACLs"))


def get_bucket_ownership_controls(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """GetBucketOwnershipControls: a bucket that was never told otherwise has BucketOwnerEnforced."""
    bucket = find_bucket(call.params["Bucket"])
    if bucket is None or bucket.ownership_rule:
        return None
    if _NO_CONTROLS.get(bucket):
        return None
    return {"OwnershipControls": {"Rules": [{"ObjectOwnership": ENFORCED}]}}


def delete_bucket_ownership_controls(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """DeleteBucketOwnershipControls: then there are none to get."""
    bucket = find_bucket(call.params["Bucket"])
    moto()
    _NO_CONTROLS.set(bucket, True)


def put_acl(call: Call, kms: ServiceKms, moto: Moto) -> Answer:
    """PutBucketAcl and PutObjectAcl."""
    must_allow_acls(call, kms)
    answer = moto.own_answer()
    if answer[0] < 300 and "Key" in call.params:
        ownership.changed(call, find_bucket(call.params["Bucket"]))
    return answer


OPERATIONS: dict[str, Advice] = {
    "DeleteBucketEncryption": delete_bucket_encryption,
    "DeleteBucketOwnershipControls": delete_bucket_ownership_controls,
    "GetBucketEncryption": get_bucket_encryption,
    "GetBucketOwnershipControls": get_bucket_ownership_controls,
    "PutBucketAcl": put_acl,
    "PutBucketEncryption": put_bucket_encryption,
    "PutBucketPolicy": put_bucket_policy,
    "PutObjectAcl": put_acl,
}
