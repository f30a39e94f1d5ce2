"""Databases, tables, their snapshots, backups, replicas and shares."""

from __future__ import annotations

from collections.abc import Iterator

from kmsmock.iam.arn import Arn
from kmsmock.radius.dependents import Dependent
from kmsmock.radius.rows.look import UNDER, Look, Row, at
from kmsmock.records import everything
from kmsmock.services.dynamodb.records import Tables
from kmsmock.services.rds.records import CLUSTER, INSTANCE, Databases
from kmsmock.wire.regions import partition_by_name

_DATABASES = {
    INSTANCE.arn_type: ("database", "CreateDBSnapshot"),
    CLUSTER.arn_type: ("database cluster", "CreateDBClusterSnapshot"),
}
_RESTORED = {
    INSTANCE.snapshot_type: "RestoreDBInstanceFromDBSnapshot",
    CLUSTER.snapshot_type: "RestoreDBClusterFromSnapshot",
}


def _databases(look: Look) -> Iterator[Dependent]:
    for arn, held in look.store.records(Databases).held.items():
        if held.key_arn == look.key.arn:
            kind, lost = _DATABASES[Arn.of(arn).kind]
            yield at(kind, arn, UNDER, lost)


def _members(look: Look) -> Iterator[Dependent]:
    clusters = look.arns("database cluster")
    for database, cluster in everything.database_instances():
        through = clusters.get(str(Arn.of(database.arn)._replace(resource=f"{CLUSTER.arn_type}:{cluster}")))
        if through is not None:
            yield at("database", database.arn, "in the cluster", "", through.arn)


def _snapshots(look: Look) -> Iterator[Dependent]:
    records = look.store.records(Databases)
    for arn, envelope in records.snapshots.items():
        if envelope.key_arn != look.key.arn:
            continue
        source, lost = records.copied.get(arn), _RESTORED[Arn.of(arn).kind]
        yield at("database snapshot", arn, UNDER if source is None else f"{UNDER}; a copy of {source}", lost)
        for account in sorted(records.shared.get(arn, set()) - {"all", Arn.of(arn).account}):
            why = f"the snapshot is shared with {account}"
            yield at("share", arn, why, lost, arn)._replace(account=account)


def _tables(look: Look) -> Iterator[Dependent]:
    records = look.store.records(Tables)
    for (account, region, name), table in records.places.items():
        held = table.keys.get(region)
        if held is not None and held.key_arn == look.key.arn:
            kind = "table" if region == table.home else "table replica"
            arn = f"arn:{partition_by_name(region)}:dynamodb:{region}:{account}:table/{name}"
            yield at(kind, arn, UNDER, "GetItem")
    for arn, held in records.backups.items():
        if held is not None and held.key_arn == look.key.arn:
            yield at("table backup", arn, UNDER, "RestoreTableFromBackup")


ROWS = (
    Row(("rds", "neptune"), ("database", "database cluster"), _databases),
    Row(("rds", "neptune"), ("database",), _members),
    Row(("rds", "neptune"), ("database snapshot", "share"), _snapshots),
    Row(("dynamodb",), ("table", "table replica", "table backup"), _tables),
)
