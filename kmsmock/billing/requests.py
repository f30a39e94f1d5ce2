"""What requests cost: by kind, for the account that makes them, less the free tier.

Follows "Key usage" and "Free tier" on the page "AWS Key Management Service Pricing".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from kmsmock.billing.lines import Line, amount
from kmsmock.billing.periods import Month, month_of
from kmsmock.billing.prices import (
    ASYMMETRIC,
    ECC_PAIR,
    FREE_REQUESTS,
    RSA_2048,
    RSA_PAIR,
    SYMMETRIC,
    Prices,
)
from kmsmock.clock import instant
from kmsmock.crypto.specs import KEY_SPECS
from kmsmock.faults import STATUS
from kmsmock.store import Store
from kmsmock.trail.callers import INTERNAL

Record = dict[str, Any]

_REFERENCE_ASYMMETRIC_KEYS = frozenset(
    {
        "Decapsulate",
        "Decrypt",
        "DeriveSharedSecret",
        "Encapsulate",
        "Encrypt",
        "GetPublicKey",
        "ReEncrypt",
        "Sign",
        "Verify",
    }
)
"""What is priced by its key. Unverified: that other operations on an asymmetric key, such as DescribeKey, are priced as
with any key; AWS names Sign, Verify, Encrypt, Decrypt and GetPublicKey, "such as"."""

_NOT_BILLED = frozenset(
    {
        "DependencyTimeoutException",
        "InvalidArnException",
        "KMSInternalException",
        "NotFoundException",
        "SerializationException",
        "ThrottlingException",
        "ValidationException",
        *STATUS,
    }
)
"""Unverified: requests count unless KMS was asked too often, failed itself, could not read them, or did not find what
they name; AWS documents none of it. A dry run counts, as the developer guide says."""

_KMS = "kms.amazonaws.com"
_WEIGHTS: Mapping[tuple[str, str], int] = {("CreateKey", _KMS): 2}
"""ReplicateKey counts as two of CreateKey where the replica is ("Request quotas"), and the trail shows one. Unverified:
that this is billed as it is counted."""


class Request(NamedTuple):
    """One request that somebody pays for. ``who`` tells apart those who share no data key in memory."""

    when: datetime
    month: Month
    account: str
    region: str
    operation: str
    kind: str
    key: str
    via: str
    principal: str
    who: str
    context: Mapping[str, str]
    times: int


def requests(store: Store, events: Iterable[Record]) -> Iterator[Request]:
    """The requests in a trail, oldest first. Of the records of one event the first is the caller's, who pays.

    What a service asks in its own name, by its principal, is charged to the key's owner, whose trail has it.
    """
    seen = set[str]()
    for event in events:
        identity = event["userIdentity"]
        invoked = identity.get("invokedBy", "")
        shared = event.get("sharedEventID", "")
        if invoked == INTERNAL or shared in seen or event.get("errorCode") in _NOT_BILLED:
            continue
        if shared:
            seen.add(shared)
        when, operation = instant(event["eventTime"]), event["eventName"]
        asked = event["requestParameters"] or {}
        keys = [each["ARN"] for each in event["resources"] if ":key/" in each["ARN"]]
        yield Request(
            when,
            month_of(when),
            event["recipientAccountId"],
            event["awsRegion"],
            operation,
            _kind(store, operation, str(asked.get("keyPairSpec", "")), keys),
            keys[0] if keys else "",
            "" if invoked == _KMS else invoked,
            _principal(identity),
            identity.get("accessKeyId", "") or _principal(identity),
            asked.get("encryptionContext") or {},
            _WEIGHTS.get((operation, invoked), 1),
        )


def _principal(identity: Mapping[str, Any]) -> str:
    """Who asked; a role for all its sessions."""
    issuer = identity.get("sessionContext", {}).get("sessionIssuer", {})
    return str(issuer.get("arn") or identity.get("arn") or identity.get("invokedBy", ""))


def _kind(store: Store, operation: str, pair: str, keys: list[str]) -> str:
    """The row of the table of prices. Unverified: that ReEncrypt between keys of two kinds costs what the dearer does,
    and that pairs of SM2 cost what those of ECC do."""
    if operation.startswith("GenerateDataKeyPair"):
        return RSA_PAIR if pair.startswith("RSA") else ECC_PAIR
    if operation not in _REFERENCE_ASYMMETRIC_KEYS:
        return SYMMETRIC
    kinds = [_KINDS[_spec(store, arn)] for arn in keys]
    return next((kind for kind in (ASYMMETRIC, RSA_2048) if kind in kinds), SYMMETRIC)


_KINDS: Mapping[str, str] = {
    **{name: SYMMETRIC if spec.family in ("symmetric", "hmac") else ASYMMETRIC for name, spec in KEY_SPECS.items()},
    "RSA_2048": RSA_2048,
}
"""Key spec -> the kind of requests that reference it."""


def _spec(store: Store, arn: str) -> str:
    key = store.keys.get(arn) or store.deleted_keys.get(arn)
    return "SYMMETRIC_DEFAULT" if key is None else key.spec


Payer = Callable[[str], str]
"""Who has one free tier together with others: the organization of an account, or the account alone."""


def lines(made: Iterable[Request], prices: Prices, payer: Payer) -> Iterator[Line]:
    """The lines of requests, given oldest first: the first of a month are free, in whatever Region they are made.

    The free tier is for what references no asymmetric key and makes no pair. Unverified: that the accounts of an
    organization share one free tier, as others report of consolidated billing.
    """
    counts, free, used = Counter[tuple[Any, ...]](), Counter[tuple[Any, ...]](), Counter[tuple[Month, str]]()
    for each in made:
        line = (each.month, each.account, each.region, each.kind, each.key, each.via, each.principal)
        counts[line] += each.times
        if each.kind == SYMMETRIC:
            pool = each.month, payer(each.account)
            granted = min(each.times, int(prices[FREE_REQUESTS]) - used[pool])
            used[pool] += granted
            free[line] += granted
    for line, count in counts.items():
        month, account, region, kind, key, via, principal = line
        charged = amount(prices[kind], count - free[line], 10_000)
        yield Line(str(month), account, region, kind, count, charged, key, free[line], via, principal)
