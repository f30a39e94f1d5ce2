"""What a row of the table is given: the key, and what was found before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from kmsmock.iam.arn import Arn, kms_arn
from kmsmock.model.key import Key
from kmsmock.radius.dependents import Dependent
from kmsmock.records.everything import Named
from kmsmock.store import Store
from kmsmock.wire.regions import partition_by_name

UNDER = "under the key"


@dataclass(slots=True)
class Look:
    """``accounts`` are those of the world; ``found`` is what the rows before have found."""

    store: Store
    key: Key
    accounts: tuple[str, ...]
    found: list[Dependent] = field(default_factory=list)

    def means(self, name: str | None, account: str, region: str) -> bool:
        """Whether what a resource names as its key is this key: an id, an ARN or an alias of its account and Region."""
        if not name:
            return False
        arn = kms_arn(name, partition_by_name(region), region, account)
        alias = self.store.aliases.get(arn)
        return (arn if alias is None else alias.target) == self.key.arn

    def named(self, kind: str, each: Named, lost: str, why: str = UNDER) -> Iterator[Dependent]:
        """A resource that names its key, if that is this one."""
        if self.means(each.key, each.account, each.region):
            yield Dependent(kind, each.arn, each.account, each.region, why, lost)

    def of_kind(self, *kinds: str) -> list[Dependent]:
        """What was found of some kinds."""
        return [each for each in self.found if each.kind in kinds]

    def arns(self, *kinds: str) -> dict[str, Dependent]:
        """The same by ARN."""
        return {each.arn: each for each in self.of_kind(*kinds)}


class Row(NamedTuple):
    """``services`` are botocore's ids of those whose records it walks; ``kinds`` what it may find."""

    services: tuple[str, ...]
    kinds: tuple[str, ...]
    walk: Callable[[Look], Iterable[Dependent]]


def at(kind: str, arn: str, why: str, lost: str, through: str = "", part: str = "") -> Dependent:
    """A dependent whose ARN tells its account and Region."""
    place = Arn.of(arn)
    return Dependent(kind, arn, place.account, place.region, why, lost, through, part)
