"""Measures what worlds leave behind: memory, and objects of kmsmock and of moto, after thousands of them.

``python -m tools.soak_worlds [worlds] [ec2 | kms | all]``; the first hundred warm up. Exits with 1 when 5,000 worlds
after them cost more than a megabyte, or leave an object.
"""

from __future__ import annotations

import gc
import resource
import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import kmsmock
from kmsmock.accounts import Account

_WARM_UP = 100
_AT_MOST = 1024 * 1024
_PAGE = resource.getpagesize()


def _kms(account: Account) -> None:
    kms, s3 = account.client("kms"), account.client("s3")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.decrypt(CiphertextBlob=kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"])
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    s3.get_object(Bucket="bucket", Key="k")["Body"].read()


def _ec2(account: Account) -> None:
    ec2 = account.client("ec2")
    ec2.describe_subnets()
    ec2.create_volume(AvailabilityZone="us-east-1a", Size=1, Encrypted=True)


def _all(account: Account) -> None:
    _kms(account)
    _ec2(account)


Use = Callable[[Account], None]
USES: Mapping[str, Use] = {"kms": _kms, "ec2": _ec2, "all": _all}
"""What a world is used for."""


_BOUNDED = {"kmsmock.identity.issued.Issue", "kmsmock.identity.issued.Origin", "kmsmock.iam.arn.Arn"}
"""What is kept of worlds that are over, a thousand or so of each: whose credentials theirs were, and names read."""


def one(use: Use) -> None:
    """A world that is used and left, with time moved and somebody acting."""
    with kmsmock.World() as world:
        account = world.account("111111111111")
        with account.root.acting():
            world.clock.advance(days=1)
            use(account)


def objects() -> Counter[str]:
    """How many objects there are of kmsmock's types and of moto's, classes and functions aside."""
    gc.collect()
    kinds = [type(each) for each in gc.get_objects()]
    names = Counter(
        f"{kind.__module__}.{kind.__qualname__}"
        for kind in kinds
        if str(getattr(kind, "__module__", "")).split(".")[0] in ("kmsmock", "moto") and not issubclass(kind, type)
    )
    return Counter({name: count for name, count in names.items() if name not in _BOUNDED})


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _make_room() -> None:
    """In the interpreter's table of interned strings, which goes from 1.9 to 3.8 MB once, when it has had so many of
    them (pathlib interns each part of a path), and would be taken for something that worlds leave."""
    held = [sys.intern(f"room {number}") for number in range(100_000)]
    held.clear()


def main(count: int, use: str) -> int:
    """Run, print the figures; 0 if nothing was left behind."""
    tracemalloc.start()  # before the first of them: what takes the place of something that was there is no more
    _make_room()
    for _ in range(_WARM_UP):
        one(USES[use])
    before, resident = objects(), _resident()
    one(USES[use])
    gc.collect()
    traced = tracemalloc.get_traced_memory()[0]
    for number in range(1, count + 1):
        one(USES[use])
        if number % max(1, count // 5) == 0:
            gc.collect()
            grown = tracemalloc.get_traced_memory()[0] - traced
            _say(
                f"{number:6} worlds ({use}): {grown / 1024:8.1f} KiB more in Python, "
                f"{(_resident() - resident) / 1024:8.0f} KiB more resident",
            )
    grown, left = tracemalloc.get_traced_memory()[0] - traced, objects() - before
    _say(f"objects left: {dict(left) or 'none'}")
    return int(grown > _AT_MOST or bool(left))


if __name__ == "__main__":
    given = sys.argv[1:]
    sys.exit(main(int(given[0]) if given else 5000, given[1] if len(given) > 1 else "all"))
