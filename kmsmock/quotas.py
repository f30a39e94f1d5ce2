"""Request quotas of KMS: tokens per account, Region and bucket, in world time ("Request quotas", developer guide).

A bucket holds as many requests as its quota allows in a second and fills up as time passes; under a frozen clock that
is exact. The caller's account pays, also for another account's key, and for what a service does in his name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from math import inf
from typing import NamedTuple

from kmsmock.call import Call
from kmsmock.crypto.specs import KEY_SPECS
from kmsmock.errors import did_you_mean, throttled
from kmsmock.model.key import Key

SYMMETRIC, RSA, ECC, ML_DSA, KEY_STORE = "symmetric", "RSA", "ECC", "ML_DSA", "custom key store"

_FASTER: Mapping[str, int] = {
    **dict.fromkeys(("us-east-1", "us-west-2", "eu-west-1"), 100_000),
    **dict.fromkeys(
        ("us-east-2", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1", "eu-central-1", "eu-west-2"), 20_000
    ),
}
"""Cryptographic operations with symmetric keys; 10,000 in all other Regions."""

_SHARED: Mapping[str, int] = {RSA: 1000, ECC: 1000, ML_DSA: 1000, KEY_STORE: 1800}

_OWN: Mapping[int, tuple[str, ...]] = {
    1: ("GetParametersForImport", "GenerateDataKeyPair RSA_4096"),
    4: ("GenerateDataKeyPair RSA_3072",),
    5: (
        "CancelKeyDeletion",
        "ConnectCustomKeyStore",
        "CreateAlias",
        "CreateCustomKeyStore",
        "CreateKey",
        "DeleteCustomKeyStore",
        "DescribeCustomKeyStores",
        "DisableKey",
        "DisableKeyRotation",
        "DisconnectCustomKeyStore",
        "EnableKey",
        "GetKeyLastUsage",
        "ReplicateKey",
        "RotateKeyOnDemand",
        "UntagResource",
        "UpdateAlias",
        "UpdateCustomKeyStore",
        "UpdateKeyDescription",
        "UpdatePrimaryRegion",
    ),
    10: ("TagResource",),
    15: (
        "DeleteAlias",
        "DeleteImportedKeyMaterial",
        "EnableKeyRotation",
        "ImportKeyMaterial",
        "PutKeyPolicy",
        "ScheduleKeyDeletion",
    ),
    20: ("GenerateDataKeyPair RSA_2048",),
    50: ("CreateGrant", "RetireGrant", "RevokeGrant"),
    100: (
        "GenerateDataKeyPair ECC_NIST_EDWARDS25519",
        "GenerateDataKeyPair ECC_NIST_P256",
        "GenerateDataKeyPair ECC_NIST_P384",
        "GenerateDataKeyPair ECC_NIST_P521",
        "GenerateDataKeyPair ECC_SECG_P256K1",
        "ListGrants",
        "ListKeyPolicies",
        "ListKeyRotations",
        "ListRetirableGrants",
    ),
    500: ("ListAliases", "ListKeys"),
    1000: ("GetKeyPolicy", "GetKeyRotationStatus"),
    2000: ("DescribeKey", "GetPublicKey", "ListResourceTags"),
}
DEFAULTS: Mapping[str, int] = {**_SHARED, **{name: rate for rate, names in _OWN.items() for name in names}}
"""Bucket -> requests per second, wherever the Region makes no difference."""

SHARE_A_QUOTA = frozenset(
    {
        "Decapsulate",
        "Decrypt",
        "DeriveSharedSecret",
        "Encapsulate",
        "Encrypt",
        "GenerateDataKey",
        "GenerateDataKeyWithoutPlaintext",
        "GenerateMac",
        "GenerateRandom",
        "ReEncrypt",
        "Sign",
        "Verify",
        "VerifyMac",
    }
)
"""The operations that share a quota with all others on the same kind of key."""

_KINDS: Mapping[str, str] = {"rsa": RSA, "ecc": ECC, "ed25519": ECC, "sm2": ECC, "ml-dsa": ML_DSA, "ml-kem": ECC}
"""Key family -> shared bucket. That of ML-KEM is nowhere documented."""


_EPOCH, _INSTANT = datetime(1970, 1, 1, tzinfo=timezone.utc), timedelta(microseconds=1)
_REQUEST = 1_000_000
"""Tokens of one request. A rate is as many tokens a microsecond, so that whole numbers count what is left."""


class UsedUp(NamedTuple):
    """A quota that a call found empty; ``left`` is how many requests are left after it, which is less than none."""

    account: str
    region: str
    bucket: str
    rate: float
    left: float


@dataclass(slots=True)
class Quotas:
    """The quotas of a world, and what is left of them."""

    limits: dict[str, float] = field(default_factory=dict)
    """Those that a test has set, by bucket."""
    _left: dict[tuple[str, str, str], tuple[float, int]] = field(default_factory=dict)
    """Account, Region and bucket -> tokens, and the microsecond at which there were so many."""

    def rate(self, bucket: str, region: str) -> float:
        """Requests per second."""
        name = KEY_STORE if bucket.startswith(KEY_STORE) else bucket
        if name in self.limits:
            return self.limits[name]
        return DEFAULTS[name] if name in DEFAULTS else _FASTER.get(region, 10_000)

    def spend(self, call: Call, keys: tuple[Key, ...], now: datetime) -> None:
        """Count a call. Raises ThrottlingException, and counts nothing, if any of its buckets is empty."""
        account, instant = call.account or (keys[0].account if keys else ""), (now - _EPOCH) // _INSTANT
        wanted = Counter((account, region, bucket) for region, bucket in _buckets(call, keys))
        left = {place: self._filled(place, count, instant) - count * _REQUEST for place, count in wanted.items()}
        if any(tokens < 0 for tokens in left.values()):
            place = next(place for place, tokens in left.items() if tokens < 0)
            raise throttled().because(UsedUp(*place, self.rate(place[2], place[1]), left[place] / _REQUEST))
        self._left.update({place: (tokens, instant) for place, tokens in left.items()})

    def _filled(self, place: tuple[str, str, str], count: int, now: int) -> float:
        """Tokens of a bucket. However low its quota, it holds enough for a call that takes ``count`` at once."""
        _, region, bucket = place
        rate = self.rate(bucket, region)
        most = max(rate, count) * _REQUEST
        tokens, since = self._left.get(place, (most, now))
        return min(most, tokens + max(now - since, 0) * rate)


def checked(limits: Mapping[str, float]) -> dict[str, float]:
    """Limits that a test set. Raises ValueError for a bucket that there is not, TypeError for a rate that is none."""
    if not isinstance(limits, Mapping):
        raise TypeError(
            f"quotas={limits!r}: give True, False, or a mapping of quotas to requests per second, such as "
            "{'CreateKey': 1}"
        )
    known = {SYMMETRIC, *DEFAULTS}
    for name, rate in limits.items():
        if name not in known:
            meant = did_you_mean(str(name), known, "").replace("?", "? ")
            raise ValueError(f"there is no request quota {name!r}; {meant}there are: {', '.join(sorted(known))}")
        if type(rate) not in (int, float) or not 0 < rate < inf:
            raise TypeError(f"the quota {name} is a positive number of requests per second, not {rate!r}")
    return dict(limits)


def _buckets(call: Call, keys: tuple[Key, ...]) -> Iterator[tuple[str, str]]:
    """Where a call is counted: Region and bucket."""
    operation, region = call.operation, call.region
    if operation in SHARE_A_QUOTA:
        yield region, _kind(keys[0]) if keys else SYMMETRIC
    elif operation.startswith("GenerateDataKeyPair"):
        spec = call.params["KeyPairSpec"]
        yield region, f"GenerateDataKeyPair {spec}" if f"GenerateDataKeyPair {spec}" in DEFAULTS else SYMMETRIC
    else:
        yield region, operation
    for key in keys:
        if key.key_store is not None and operation in SHARE_A_QUOTA:
            yield region, f"{KEY_STORE} {key.key_store}"
    if operation == "ReplicateKey":
        yield call.params["ReplicaRegion"], "CreateKey"
        yield call.params["ReplicaRegion"], "CreateKey"
    if operation == "UpdatePrimaryRegion" and call.params["PrimaryRegion"] != region:
        yield call.params["PrimaryRegion"], operation


def _kind(key: Key) -> str:
    return _KINDS.get(KEY_SPECS[key.spec].family, SYMMETRIC)
