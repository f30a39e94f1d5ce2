"""A grant: permission on one key for one grantee, under optional constraints on the encryption context."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations

Pairs = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Grant:
    """What CreateGrant stored. ``issuing_account`` is the account of the principal that created it."""

    id: str
    key_arn: str
    grantee: str
    operations: tuple[str, ...]
    issuing_account: str
    created: datetime
    retiring: str | None = None
    name: str = ""
    context_equals: Mapping[str, str] | None = None
    context_subset: Mapping[str, str] | None = None
    source_arn: str | None = None
    grantee_is_service: bool = False
    retiring_is_service: bool = False
    known_from: datetime | None = None
    """When it is known everywhere; None for at once. Until then only its token makes it count."""
    named: str = field(default="", compare=False)
    """The grantee as the request named him, which he may have lost to another since."""

    @property
    def pairs(self) -> Pairs:
        """The pairs of the encryption context that the constraint demands."""
        return frozenset((self.context_equals or self.context_subset or {}).items())

    def admits(self, context: Mapping[str, str] | None) -> bool:
        """True if the constraint allows this encryption context; None stands for a call without one.

        Follows "Using grant constraints" of the KMS developer guide; names and values are compared case-sensitively,
        where the API reference and the guide disagree.
        """
        if context is None:
            return True
        if self.context_equals is not None:
            return dict(context) == dict(self.context_equals)
        if self.context_subset is not None:
            return all(context.get(name) == value for name, value in self.context_subset.items())
        return True


@dataclass(slots=True)
class GrantIndex:
    """The grants of a key, found at a cost that does not grow with their number.

    Filed by grantee, then by what they give and by whom, then by the pairs that their constraints demand: a call can
    only use those of a subset of its own encryption context, and any one of a pile is as good as the others. They are
    filed when somebody looks for one: of an account that is loaded most keys are never asked for.
    """

    by_id: dict[str, Grant] = field(default_factory=dict)
    _filed: dict[str, dict[_Gift, dict[Pairs, dict[str, Grant]]]] = field(default_factory=dict)
    _not_filed: list[Grant] = field(default_factory=list)

    def add(self, grant: Grant) -> None:
        self.by_id[grant.id] = grant
        self._not_filed.append(grant)

    def _all(self) -> dict[str, dict[_Gift, dict[Pairs, dict[str, Grant]]]]:
        for grant in self._not_filed:
            gifts = self._filed.setdefault(grant.grantee, {})
            gifts.setdefault(_gift(grant), {}).setdefault(grant.pairs, {})[grant.id] = grant
        if self._not_filed:
            self._not_filed = []
        return self._filed

    def remove(self, grant_id: str) -> None:
        grant = self.by_id.pop(grant_id)
        piles = self._all()[grant.grantee][_gift(grant)]
        del piles[grant.pairs][grant_id]
        if not piles[grant.pairs]:
            del piles[grant.pairs]

    def count_of(self, grantee: str) -> int:
        """How many grants somebody has."""
        gifts = self._filed.get(grantee, {})
        return sum(len(pile) for piles in gifts.values() for pile in piles.values())

    def alike(self, grant: Grant) -> Iterator[Grant]:
        """The grants that give the same to the same grantee under the same constraint."""
        for gift, piles in self._all().get(grant.grantee, {}).items():
            if gift[:-1] == _gift(grant)[:-1]:
                yield from piles.get(grant.pairs, {}).values()

    def fitting(self, grantee: str, operation: str, context: Mapping[str, str] | None) -> Iterator[Grant]:
        """Grants of a grantee for an operation that admit an encryption context (None: whatever the constraint)."""
        for gift, piles in self._all().get(grantee, {}).items():
            if operation in gift[1]:
                for pairs in _candidates(piles, context):
                    grant = next(iter(piles.get(pairs, {}).values()), None)
                    if grant is not None and grant.admits(context):
                        yield grant


_Gift = tuple[str, tuple[str, ...], str | None, bool, datetime | None]


def _gift(grant: Grant) -> _Gift:
    operations = tuple(sorted(grant.operations))
    return (grant.issuing_account, operations, grant.source_arn, grant.context_equals is not None, grant.known_from)


def _candidates(piles: Mapping[Pairs, object], context: Mapping[str, str] | None) -> Iterator[Pairs]:
    """The pairs that constraints may demand of a call with this encryption context."""
    if context is None or len(piles) <= 2 ** len(context):
        yield from list(piles)
        return
    for size in range(len(context) + 1):
        yield from map(frozenset, combinations(context.items(), size))
