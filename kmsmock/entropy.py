"""The only source of randomness: bytes, and identifiers in the forms that AWS uses.

While a world is active that has a seed, they are the same from run to run.
"""

from __future__ import annotations

import base64
import hashlib
import os
import uuid as uuids
from collections.abc import Callable
from itertools import count
from random import Random as PythonsRandom
from typing import Any


class _Stream:
    """Bytes that follow from a seed: each request the next of SHAKE256 over seed and number."""

    def __init__(self, seed: str) -> None:
        self._seed = hashlib.sha256(seed.encode()).digest()
        self._numbers = count()

    def read(self, size: int) -> bytes:
        return hashlib.shake_256(self._seed + next(self._numbers).to_bytes(8, "big")).digest(size)


_streams: list[_Stream] = []
"""Of the worlds that are active and have a seed, the innermost last."""


def random_bytes(size: int) -> bytes:
    """Bytes that nobody can foresee, or those that follow from the seed of the innermost world."""
    return _streams[-1].read(size) if _streams else os.urandom(size)


def keep() -> Callable[[], None]:
    """Remember which seeds are followed; returns what ends those that come after."""
    before = list(_streams)

    def put_back_seeds() -> None:
        _streams[:] = before

    return put_back_seeds


def follow(seed: str) -> None:
    """From now on everything follows from a seed."""
    _streams.append(_Stream(seed))


_worlds: dict[str, int] = {}
"""How many worlds the test that runs has had."""


def seed_of_test() -> str | None:
    """A seed for the next world of the test that runs; None outside of pytest."""
    test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0]
    if not test:
        return None
    number = _worlds.get(test, 0) + 1
    _worlds.clear()
    _worlds[test] = number
    return f"{test} {number}"


def _hex(digits: int) -> str:
    return random_bytes((digits + 1) // 2).hex()[:digits]


def uuid() -> str:
    """A random UUID in lower case: key ids, request ids, event ids."""
    raw = bytearray(random_bytes(16))
    raw[6] = (raw[6] & 0x0F) | 0x40
    raw[8] = (raw[8] & 0x3F) | 0x80
    digits = raw.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def multi_region_key_id() -> str:
    """The id of a multi-Region key."""
    return "mrk-" + _hex(32)


def grant_id() -> str:
    """64 hex digits."""
    return _hex(64)


def resource_id(prefix: str) -> str:
    """An EC2-style id such as ``snap-0123456789abcdef0``."""
    return f"{prefix}-{_hex(17)}"


def s3_host_id() -> str:
    """The extended request id of S3: 76 characters of base64."""
    return base64.b64encode(random_bytes(57)).decode()


_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def database_id(prefix: str) -> str:
    """An RDS-style resource id such as ``db-ABCDEFGHIJKLMNOPQRSTUVWXYZ``."""
    return prefix + _base32(26)


_OURS = "KMSMOCK"
"""What the access keys that worlds make up begin with, after the four letters of their kind."""


def _base32(length: int) -> str:
    return "".join(_BASE32[byte & 31] for byte in random_bytes(length))


def s3_request_id() -> str:
    """The id of a request to S3: 16 letters and digits."""
    return "".join(_BASE32[byte & 31] for byte in random_bytes(16))


def access_key_id(prefix: str) -> str:
    """``AKIA…`` or ``ASIA…``: 20 characters, by which a world's credentials are known also in another process."""
    return prefix + _OURS + _base32(20 - len(prefix) - len(_OURS))


def is_ours(access_key: str) -> bool:
    """Whether an access key has the form of those that worlds make up."""
    return access_key.startswith(_OURS, 4)


def unique_id(prefix: str) -> str:
    """The unique id of a role or of something else that has such ids, such as ``AROA…``: 21 characters."""
    return prefix + _base32(21 - len(prefix))


# --- what stands in other people's modules for Python's own ----------------------------------------------------------


class _Chance(PythonsRandom):
    """For the module ``random``, and for what it makes without a seed."""

    def random(self) -> float:
        return self.getrandbits(53) / (1 << 53)

    def getrandbits(self, k: int, /) -> int:
        return int.from_bytes(random_bytes((k + 7) // 8), "big") >> (-k % 8)

    @staticmethod
    def Random(seed: Any = None) -> PythonsRandom:  # noqa: N802  # as the module's class is called
        return RANDOM if seed is None else PythonsRandom(seed)  # noqa: S311  # as whoever has a seed asks for


class _Instead:
    """For a module of which some functions are others."""

    def __init__(self, module: Any, **functions: Any) -> None:
        self._module = module
        vars(self).update(functions)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


def uuid4() -> uuids.UUID:
    """For the function of the module ``uuid``."""
    return uuids.UUID(uuid())


RANDOM = _Chance()
UUID = _Instead(uuids, uuid4=uuid4)
OS = _Instead(os, urandom=random_bytes)
