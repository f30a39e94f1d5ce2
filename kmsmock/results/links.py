"""What goes from one account or Region to another: shares, related keys, grants."""

from __future__ import annotations

from collections.abc import Iterator

from kmsmock.iam.arn import Arn
from kmsmock.model.key import Key
from kmsmock.radius import losses
from kmsmock.results import kinds
from kmsmock.store import Store


def links(store: Store) -> Iterator[kinds.Record]:
    """The links of all keys that a world has."""
    for key in store.keys.values():
        yield from _replicas(key)
        yield from _others(store, key)


def _replicas(key: Key) -> Iterator[kinds.Record]:
    if key.multi_region_type == "PRIMARY":
        for each in key.related:
            if each is not key:
                yield kinds.Link("replica", key.account, key.region, each.account, each.region, each.arn, key.arn)


def _others(store: Store, key: Key) -> Iterator[kinds.Record]:
    for each in losses.depends_on(store, key.arn, ()):
        if each.kind in ("share", "grant") and (each.account, each.region) != (key.account, key.region):
            home = Arn.of(each.arn)
            yield kinds.Link(
                each.kind, home.account or key.account, home.region or key.region, each.account, each.region,
                each.arn, key.arn, each.why,
            )  # fmt: skip
