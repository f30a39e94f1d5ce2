"""Quotas of KMS, in the developer guide "Request quotas" and "Resource quotas".

Of requests: tokens per account, Region and bucket, in world time.

A bucket holds as many requests as its quota allows in a second and fills up as time passes; under a frozen clock that
is exact. The caller's account pays, also for another account's key, and for what a service does in his name; so it does
for calls that are refused, whatever for, but for those that were throttled or that nobody signed: no page says so.
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


class Resource(NamedTuple):
    """How many there may be of something (None: as many as you like), and what is counted."""

    limit: int | None
    about: str


RESOURCES: Mapping[str, Resource] = {
    "keys": Resource(100_000, "customer managed keys of an account in a Region, in whatever state, replicas too"),
    "aliases per key": Resource(50, "aliases of one key, but for AWS's own"),
    "grants per key": Resource(50_000, "grants on one customer managed key"),
    "grants per grantee": Resource(None, "grants on one key for one principal; AWS had 500 until 2021, and none today"),
    "key policy size": Resource(32_768, "bytes of a key policy"),
    "custom key stores": Resource(10, "custom key stores of an account in a Region, of both types"),
    "on-demand rotations": Resource(25, "on-demand rotations of one key, ever; AWS does not adjust it"),
}
"""The quotas of resources, which hold without being asked for."""
_FIXED = "on-demand rotations"


@dataclass(slots=True)
class Resources:
    """How many there may be in a world."""

    limits: dict[str, int] = field(default_factory=dict)
    """What a test has set."""

    def limit(self, name: str) -> int | None:
        return self.limits.get(name, RESOURCES[name].limit)


def checked(limits: Mapping[str, float]) -> tuple[dict[str, float], dict[str, int]]:
    """Limits that a test set, of requests and of resources.

    Raises ValueError for a quota that there is not and for one that AWS does not adjust, TypeError for a rate or number
    that is none.
    """
    if not isinstance(limits, Mapping):
        raise TypeError(
            f"quotas={limits!r}: give True, False, or a mapping of quotas to requests per second, such as "
            "{'CreateKey': 1}, or to how many there may be of something, such as {'keys': 10}"
        )
    known = {SYMMETRIC, *DEFAULTS}
    for name, rate in limits.items():
        if name not in known and name not in RESOURCES:
            meant = did_you_mean(str(name), {*known, *RESOURCES}, "").replace("?", "? ")
            raise ValueError(
                f"there is no quota {name!r}; {meant}there are, of requests: {', '.join(sorted(known))}; of resources: "
                f"{', '.join(sorted(RESOURCES))}"
            )
        if name == _FIXED:
            raise ValueError(f"the quota {name} is {RESOURCES[name].limit} for everybody: AWS does not adjust it")
        if name in RESOURCES:
            if type(rate) is not int or rate < 0:
                raise TypeError(f"the quota {name} is a whole number, not {rate!r}")
        elif type(rate) not in (int, float) or not 0 < rate < inf:
            raise TypeError(f"the quota {name} is a positive number of requests per second, not {rate!r}")
    of_requests = {name: rate for name, rate in limits.items() if name in known}
    return of_requests, {name: int(most) for name, most in limits.items() if name in RESOURCES}


def _buckets(call: Call, keys: tuple[Key, ...]) -> Iterator[tuple[str, str]]:
    """Where a call is counted: Region and bucket. One that was refused before its keys were found has none."""
    operation, region = call.operation, call.region
    if operation in SHARE_A_QUOTA:
        yield region, _kind(keys[0]) if keys else SYMMETRIC
    elif operation.startswith("GenerateDataKeyPair"):
        spec = call.params.get("KeyPairSpec")
        yield region, f"GenerateDataKeyPair {spec}" if f"GenerateDataKeyPair {spec}" in DEFAULTS else SYMMETRIC
    else:
        yield region, operation
    for key in keys:
        if key.key_store is not None and operation in SHARE_A_QUOTA:
            yield region, f"{KEY_STORE} {key.key_store}"
    if not keys:
        return
    if operation == "ReplicateKey":
        yield call.params["ReplicaRegion"], "CreateKey"
        yield call.params["ReplicaRegion"], "CreateKey"
    if operation == "UpdatePrimaryRegion" and call.params["PrimaryRegion"] != region:
        yield call.params["PrimaryRegion"], operation


def _kind(key: Key) -> str:
    return _KINDS.get(KEY_SPECS[key.spec].family, SYMMETRIC)
