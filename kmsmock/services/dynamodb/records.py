"""What DynamoDB remembers beside moto: the key of a table in each of its Regions, and that of each backup."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from kmsmock.iam.arn import Arn
from kmsmock.services.kms import resource_keys
from kmsmock.services.kms.data_keys import DataKeys
from kmsmock.services.kms.resource_keys import ResourceKey
from kmsmock.services.table_names import plain
from kmsmock.store import Store

INACCESSIBLE = "INACCESSIBLE_ENCRYPTION_CREDENTIALS"
ARCHIVED_AFTER = timedelta(days=7)
DROPPED_AFTER = timedelta(hours=20)
"""How long a replica is waited for."""


class State(NamedTuple):
    """TableStatus, and since when."""

    status: str
    since: datetime | None = None


@dataclass(slots=True)
class Table:
    """A table in all its Regions; ``home`` is the one in which moto keeps it.

    ``keys`` has an entry for each Region: what DynamoDB holds there, or None under a key that belongs to DynamoDB.
    """

    account: str
    name: str
    home: str
    keys: dict[str, ResourceKey | None]
    changes: list[datetime] = field(default_factory=list)
    """When its encryption was changed, within a day of the first of these changes."""
    archive: str | None = None
    """The ARN of the backup that it was archived to."""

    def context(self) -> dict[str, str]:
        """The encryption context of everything that is done for it."""
        return {"aws:dynamodb:tableName": self.name, "aws:dynamodb:subscriberId": self.account}


@dataclass(slots=True)
class Tables:
    """The records of a world. A table without one is under DynamoDB's own key, in one Region."""

    places: dict[tuple[str, str, str], Table] = field(default_factory=dict)
    """Account, Region and name -> the table that is there."""
    backups: dict[str, ResourceKey | None] = field(default_factory=dict)
    data_keys: DataKeys = field(default_factory=DataKeys)
    """The keys of tables that DynamoDB has in memory, for each caller."""


def find(store: Store, account: str, region: str, name: str) -> Table | None:
    """The record of a table by its name or ARN, without the replicas that DynamoDB has given up."""
    records = store.records(Tables)
    arn = Arn.find(name)
    if arn is not None:
        if arn.region != region:
            return None  # moto says that there is no such table here
        account = arn.account
    table = records.places.get((account, region, plain(name)))
    if table is None:
        return None
    for replica in [each for each in table.keys if each != table.home]:
        held = table.keys[replica]
        if held is not None and any(each.reached(DROPPED_AFTER) for each in resource_keys.outages(store, held)):
            forget(records, table, replica)
    return table if region in table.keys else None


def forget(records: Tables, table: Table, region: str) -> None:
    """A table is not in a Region any more."""
    del table.keys[region]
    del records.places[table.account, region, table.name]


def state(store: Store, held: ResourceKey | None) -> State:
    """What a table is in, given what DynamoDB holds for it: archived for good after seven days without its key."""
    outages = [] if held is None else resource_keys.outages(store, held)
    for outage in outages:
        archived = outage.reached(ARCHIVED_AFTER)
        if archived is not None:
            return State("ARCHIVED", archived)
    if outages and outages[-1].end is None:
        return State(INACCESSIBLE, outages[-1].start)
    return State("ACTIVE")
