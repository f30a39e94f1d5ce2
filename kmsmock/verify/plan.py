"""What is told before the first call to AWS: what is made and removed, and what that costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from kmsmock.telling.words import counted

_REMOVED = {
    "key": "scheduled for deletion in 7 days, which costs nothing",
    "alias": "deleted",
    "grant": "revoked",
    "bucket": "deleted, empty again",
    "object": "deleted",
    "queue": "deleted",
    "secret": "deleted at once",
}
"""How each kind is removed."""
_PLURALS = {"alias": "aliases"}
_ELSEWHERE = {"bucket": "S3", "object": "S3", "queue": "SQS", "secret": "Secrets Manager"}
"""Whose requests kmsmock's bill, which is that of KMS, does not have."""


@dataclass(frozen=True)
class Costs:
    """What one case makes, and what its calls of KMS cost in US dollars."""

    reads: bool
    total: Decimal
    requests: int
    made: tuple[str, ...]


def lines(who: str, region: str, cases: Mapping[str, Costs]) -> Iterator[str]:
    """The plan, as printed."""
    yield f"as {who} in {region}"
    reading = [name for name, costs in cases.items() if costs.reads]
    making = {name: costs for name, costs in cases.items() if not costs.reads}
    if reading:
        yield f"{counted(len(reading), 'case')} that only read: {', '.join(map(_short, reading))}"
    if making:
        yield f"{counted(len(making), 'case')} that make something and remove it:"
        for name, costs in making.items():
            yield f"  {_short(name)}: {_kinds(costs.made)}"
        for kind in dict.fromkeys(kind for costs in making.values() for kind in costs.made):
            yield f"  {_PLURALS.get(kind, kind + 's')} are {_REMOVED[kind]}"
    total = sum((costs.total for costs in cases.values()), Decimal(0))
    asked = sum(costs.requests for costs in cases.values())
    requests = counted(asked, "request")
    price = round(total, 4)
    yield f"about {price} USD without a free tier: {requests} of KMS, and an hour of each key"
    others = sorted({_ELSEWHERE[kind] for costs in making.values() for kind in costs.made if kind in _ELSEWHERE})
    if others:
        yield f"requests of {' and '.join(others)} come on top"


def _kinds(made: tuple[str, ...]) -> str:
    return ", ".join(counted(number, kind, _PLURALS.get(kind, "")) for kind, number in Counter(made).items())


def _short(name: str) -> str:
    return name.rpartition("::")[2]
