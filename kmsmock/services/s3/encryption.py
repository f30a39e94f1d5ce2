"""How a new object is to be encrypted: what the request says, else the bucket ("Setting default encryption")."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kmsmock.authorization.condition_keys.s3_encryption import MANAGED_KEY, default_key
from kmsmock.call import Call
from kmsmock.model.sealed import Sealed
from kmsmock.records import s3_objects
from kmsmock.records.buckets import Rule, rule_of
from kmsmock.services.s3 import customer_keys, errors
from kmsmock.services.s3.customer_keys import CustomerKey

KMS, DSSE = "aws:kms", "aws:kms:dsse"
HEADER = "x-amz-server-side-encryption"
VERSION = "x-amz-version-id"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The encryption of a new object. ``pairs`` is the client's part of the encryption context."""

    mode: str
    key_id: str = MANAGED_KEY
    bucket_key: bool = False
    pairs: Mapping[str, str] = field(default_factory=dict)
    customer: CustomerKey | None = None

    @property
    def kms(self) -> bool:
        return self.mode in (KMS, DSSE)


def wanted(call: Call, bucket: Any) -> Wanted:
    """What a write asks for. Raises S3's errors for what cannot be asked."""
    params, rule = call.params, rule_of(bucket)
    mode = params.get("ServerSideEncryption")
    customer = customer_keys.of(call)
    if customer is not None:
        if mode is not None:
            raise errors.two_modes(mode)
        _over_tls(call, "Customer provided")
        return Wanted("customer", customer=customer)
    if mode not in (None, "AES256", KMS, DSSE):
        raise NotImplementedError(f"kmsmock does not model S3's {mode}") if mode == "aws:fsx" else errors.unknown_mode()
    if "SSEKMSKeyId" in params and mode not in (KMS, DSSE):
        raise errors.key_without_mode()
    found = _by_request(params, rule, mode) if mode is not None else _by_default(call, bucket, rule)
    if found.kms:
        if call.signed != 4:
            raise errors.needs_signature_4()
        _over_tls(call, "AWS KMS managed")
    return found


def must_not_choose(call: Call) -> None:
    """Raise InvalidArgument for an operation that says how to encrypt, where that is not its to say."""
    asked = call.headers.get(HEADER)
    if asked is not None:
        raise errors.mode_not_supported(asked.decode() if isinstance(asked, bytes) else str(asked))


def _over_tls(call: Call, keys: str) -> None:
    if not (call.secure or call.local):
        raise errors.needs_tls(keys)


def _by_request(params: Mapping[str, Any], rule: Rule, mode: str) -> Wanted:
    """Without a key id it is aws/s3, also where the bucket's default has another (the API reference; unverified)."""
    if mode == "AES256":
        return Wanted(mode)
    return _with_kms(params, rule, mode, params.get("SSEKMSKeyId", MANAGED_KEY))


def _by_default(call: Call, bucket: Any, rule: Rule) -> Wanted:
    if rule.mode == "AES256":
        return Wanted("AES256")
    return _with_kms(call.params, rule, rule.mode, rule.key_id or default_key(call, bucket))


def _with_kms(params: Mapping[str, Any], rule: Rule, mode: str, key_id: str) -> Wanted:
    """DSSE-KMS has no Bucket Keys."""
    enabled = params.get("BucketKeyEnabled")
    bucket_key = mode == KMS and (rule.bucket_key if enabled is None else bool(enabled))
    arn = f"{params['Bucket']}" if bucket_key else f"{params['Bucket']}/{params['Key']}"
    return Wanted(mode, key_id, bucket_key, _pairs(params, arn))


def _pairs(params: Mapping[str, Any], place: str) -> dict[str, str]:
    """The client's own pairs, from base64 JSON."""
    sent = params.get("SSEKMSEncryptionContext")
    if sent is None:
        return {}
    try:
        pairs = json.loads(base64.b64decode(sent, validate=True))
    except (binascii.Error, ValueError):
        pairs = None
    if not isinstance(pairs, dict) or not all(isinstance(value, str) for value in pairs.values()):
        raise errors.bad_context()
    arn = pairs.pop("aws:s3:arn", None)
    if arn is not None and arn.partition(":::")[2] != place:
        raise errors.invalid("The encryption context aws:s3:arn does not name this object.")
    return pairs


# --- what answers show ----------------------------------------------------------------------------------------------


def shown(sealed: Sealed | None, *, with_context: bool = False) -> dict[str, str]:
    """The headers that tell how an object is encrypted; the context only where the client sent pairs of its own."""
    if sealed is None:
        return {HEADER: "AES256"}
    if sealed.envelope is None:
        return {f"{HEADER}-customer-algorithm": "AES256", f"{HEADER}-customer-key-MD5": sealed.customer or ""}
    record = {HEADER: sealed.mode, f"{HEADER}-aws-kms-key-id": sealed.envelope.key_arn}
    if sealed.bucket_key:
        record[f"{HEADER}-bucket-key-enabled"] = "true"
    if with_context and len(sealed.envelope.context) > 1:
        text = json.dumps(dict(sealed.envelope.context), ensure_ascii=False)
        record[f"{HEADER}-context"] = base64.b64encode(text.encode()).decode()
    return record


def shown_of(key: Any) -> dict[str, str]:
    """The same of moto's record of an object; one that was let pass without KMS shows what it was to be."""
    sealed = s3_objects.sealed_of(key)
    if sealed is not None or key.encryption not in (KMS, DSSE):
        return shown(sealed)
    name = {} if key.kms_key_id is None else {f"{HEADER}-aws-kms-key-id": str(key.kms_key_id)}
    return {HEADER: str(key.encryption), **name}


def amended(headers: Mapping[str, str], told: Mapping[str, str]) -> dict[str, str]:
    """moto's headers with ours about encryption and versions in place of its own."""
    return {**{name: each for name, each in headers.items() if not name.lower().startswith((HEADER, VERSION))}, **told}
