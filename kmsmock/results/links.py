"""What goes from one account or Region to another: grants and related keys, shares, copies, replications.

THE TABLE is ``_OF_SERVICES``: the records of a service are looked at where the world keeps any.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from kmsmock.iam.arn import Arn
from kmsmock.records import everything
from kmsmock.results.kinds import Link
from kmsmock.store import Store

Place = tuple[str, str]
"""Account and Region."""


def links(store: Store) -> Iterator[Link]:
    """The links of a world, which is still there."""
    yield from _of_keys(store)
    yield from _of_buckets()
    for kind, find in _OF_SERVICES.items():
        if store.keeps(kind):
            yield from find(store)


def _link(what: str, here: Place, there: Place, about: str, key: str | None = "", why: str = "") -> Iterator[Link]:
    if here != there:
        yield Link(what, *here, *there, about, key or "", why)


def _place(arn: str) -> Place:
    return Arn.of(arn).account, Arn.of(arn).region


def _of_keys(store: Store) -> Iterator[Link]:
    for key in store.keys.values():
        here = key.account, key.region
        if key.multi_region_type == "PRIMARY":
            for each in key.related:
                yield from _link("replica", here, (each.account, each.region), each.arn, key.arn)
        for grant in () if key.grants is None else key.grants.by_id.values():
            who = store.directory.render(grant.grantee)
            found = Arn.find(who)
            if found is not None and found.account:
                why = f"{who}: {', '.join(grant.operations)}"
                yield from _link("grant", here, (found.account, key.region), key.arn, key.arn, why)


def _of_disks(store: Store) -> Iterator[Link]:
    from kmsmock.services.ec2.records import Disks

    disks = store.records(Disks)
    for each in disks.snapshots.values():
        key = None if each.envelope is None else each.envelope.key_arn
        for account in sorted(each.shared_with):
            yield from _link("share", each.place, (account, each.region), each.id, key)
        source = disks.snapshots.get(each.copy_of)
        if source is not None and each.outcome != "error":
            yield from _link("copy", source.place, each.place, each.id, key, f"of {source.id}")
    for image in disks.images.values():
        for account in sorted({named["UserId"] for named in image.permissions if "UserId" in named}):
            yield from _link("share", image.place, (account, image.region), image.id)


def _of_databases(store: Store) -> Iterator[Link]:
    from kmsmock.services.rds.records import Databases

    databases = store.records(Databases)
    for arn, envelope in databases.snapshots.items():
        account, region = _place(arn)
        for other in sorted(databases.shared.get(arn, set()) - {"all"}):
            yield from _link("share", (account, region), (other, region), arn, envelope.key_arn)
        source = databases.copied.get(arn)
        if source is not None:
            yield from _link("copy", _place(source), (account, region), arn, envelope.key_arn, f"of {source}")


def _of_tables(store: Store) -> Iterator[Link]:
    from kmsmock.services.dynamodb.records import Tables

    for (account, region, name), table in store.records(Tables).places.items():
        held = table.keys.get(region)
        key = None if held is None else held.key_arn
        yield from _link("replication", (account, table.home), (account, region), f"table {name}", key)


def _of_buckets() -> Iterator[Link]:
    places = {each.arn: ((each.account, each.region), record) for each, record in everything.buckets()}
    if len(places) < _TWO:
        return
    from kmsmock.services.s3.replication import configuration

    for arn, (here, record) in places.items():
        for rule in _rules(configuration.of(record)):
            destination = rule["Destination"]
            there = places.get(destination.get("Bucket", ""))
            if there is not None:
                key = (destination.get("EncryptionConfiguration") or {}).get("ReplicaKmsKeyID", "")
                yield from _link("replication", here, there[0], arn, key, f"to {destination['Bucket']}")


def _rules(configured: Mapping[str, Any] | None) -> Iterable[Mapping[str, Any]]:
    return () if configured is None else configured["Rules"]


def _of_secrets(store: Store) -> Iterator[Link]:
    from kmsmock.records import secrets
    from kmsmock.services.secretsmanager.replicas import Secrets

    for arn in store.records(Secrets).keys:
        for replica in getattr(secrets.find(arn), "replicas", ()):
            yield from _link("replication", _place(arn), _place(replica.arn), arn)


_OF_SERVICES: Mapping[str, Callable[[Store], Iterator[Link]]] = {
    "Disks": _of_disks,
    "Databases": _of_databases,
    "Tables": _of_tables,
    "Secrets": _of_secrets,
}
"""By the name of the type of their records: who looks for these alone does not load the services."""
_TWO = 2
"""Buckets between which something can be replicated."""
